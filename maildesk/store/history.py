"""Everything with one person, the newest first, by keyset: a page deep in a history costs what the first one costs.

Each channel is one SELECT of the same five columns (:data:`SOURCES`). Their union is sorted by time and cut before
anything is read of the entries themselves, so that bodies are read for the rows of the page only.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from maildesk.domain.conversation import Event
from maildesk.domain.customer_history import HistoryEntry, HistoryFilter, HistoryKind, HistoryPage
from maildesk.domain.status import Status
from maildesk.store import calls
from maildesk.store.tables import (
    agent,
    comment,
    conversation,
    event,
    mailbox,
    message,
    message_body,
    phone_call,
)

TEXT = 600
"""Characters of an entry's text that a page brings."""
EVENTS = ("status", "labels", "merged", "split", "bounced")
"""What happened to a conversation and belongs to the history of its customer."""
_MAILS = (HistoryKind.IN, HistoryKind.OUT, HistoryKind.COMMENT)
"""What a mail can be: between the customer and us, or, passed on to others and come back, a note among us."""
_MAIL_RANK = 2
_NOTES = (HistoryKind.PHONE, HistoryKind.COMMENT)

Source = Callable[[Sequence[str]], Select[Any]]


def _mails(words: Sequence[str]) -> Select[Any]:
    statement = select(
        message.c.kind,
        message.c.id,
        message.c.conversation_id,
        _seconds(message.c.at),
        literal(_MAIL_RANK).label("rank"),
    )
    for word in words:
        written = exists().where(
            message_body.c.message_id == message.c.id, message_body.c.folded.contains(word, autoescape=True)
        )
        statement = statement.where(
            or_(message.c.subject.icontains(word, autoescape=True), written.correlate(message))
        )
    return statement


def _notes(words: Sequence[str]) -> Select[Any]:
    statement = select(
        comment.c.kind,
        comment.c.id,
        comment.c.conversation_id,
        _seconds(comment.c.at),
        literal(1).label("rank"),
    )
    statement = statement.where(comment.c.withdrawn_at.is_(None))
    return statement.where(*(comment.c.text.icontains(word, autoescape=True) for word in words))


def _events(words: Sequence[str]) -> Select[Any]:
    statement = select(
        literal(HistoryKind.EVENT.value).label("kind"),
        event.c.id,
        event.c.conversation_id,
        _seconds(event.c.at),
        literal(0).label("rank"),
    ).where(event.c.what.in_(EVENTS))
    detail = event.c.detail.cast(String)  # JSON, as it is written: labels are the words of an event
    escaped = [json.dumps(word).strip('"') for word in words]
    return statement.where(*(detail.icontains(word, autoescape=True) for word in escaped))


SOURCES: tuple[tuple[frozenset[HistoryKind], Source], ...] = (
    (frozenset(_MAILS), _mails),
    (frozenset(_NOTES), _notes),
    (frozenset({HistoryKind.EVENT}), _events),
)
"""The channels: the kinds that each brings, and its entries that have all of some folded words."""


def _seconds(column: ColumnElement[Any]) -> ColumnElement[float]:
    return type_coerce(column, Double()).label("at")


def _found(members: Sequence[int], wanted: HistoryFilter) -> Subquery:
    """The keys of all entries that are asked for."""
    chosen = select(conversation.c.id).where(conversation.c.customer_id.in_(list(members)))
    if wanted.mailbox_id is not None:
        chosen = chosen.where(conversation.c.mailbox_id == wanted.mailbox_id)
    if wanted.status is not None:
        chosen = chosen.where(conversation.c.status == wanted.status.value)
    words = unicodedata.normalize("NFKC", wanted.words).casefold().split()  # as bodies are folded
    parts = []
    for kinds, source in SOURCES:
        asked = kinds & set(wanted.kinds) if wanted.kinds else kinds
        if not asked:
            continue
        statement = source(words)
        kind, _, conversation_id, _, _ = statement.selected_columns
        statement = statement.where(conversation_id.in_(chosen))
        if asked != kinds:
            statement = statement.where(kind.in_([k.value for k in asked]))
        parts.append(statement)
    return union_all(*parts).subquery("found")


def page(
    tx: Connection,
    members: Sequence[int],
    wanted: HistoryFilter,
    after: str | None = None,
    limit: int = 200,
    without: int | None = None,
) -> HistoryPage:
    """A page of the history of customers who are one person. ``after`` is the cursor of the page before; entries of the
    conversation ``without`` are left out."""
    found = _found(members, wanted)
    keys = select(found)
    if without is not None:
        keys = keys.where(found.c.conversation_id != without)
    if after is not None:
        at, rank, number = json.loads(after)
        keys = keys.where(
            found.c.at <= at,
            or_(
                found.c.at < at,
                and_(found.c.at == at, found.c.rank < rank),
                and_(found.c.at == at, found.c.rank == rank, found.c.id < number),
            ),
        )
    order = (found.c.at.desc(), found.c.rank.desc(), found.c.id.desc())
    rows = tx.execute(_entries(keys.order_by(*order).limit(limit + 1).subquery("keys"))).all()
    more, rows = len(rows) > limit, rows[:limit]
    cursor = json.dumps([rows[-1].seconds, rows[-1].rank, rows[-1].id]) if more else None
    return HistoryPage(
        tuple(_entry(row) for row in rows),
        cursor,
        counts(tx, members, wanted, without) if after is None else {},
    )


def counts(
    tx: Connection, members: Sequence[int], wanted: HistoryFilter, without: int | None = None
) -> dict[HistoryKind, int]:
    """How many entries of each kind, whichever kinds are asked for; none of the conversation ``without``."""
    every = HistoryFilter((), wanted.mailbox_id, wanted.status, wanted.words)
    found = _found(members, every)
    each = select(found.c.kind, func.count()).group_by(found.c.kind)
    rows = tx.execute(each if without is None else each.where(found.c.conversation_id != without))
    return {HistoryKind(kind): int(n) for kind, n in rows}


def _entries(keys: Subquery) -> Select[Any]:
    """What is shown of some entries."""
    happened, note, mail = (keys.c.rank == rank for rank in (0, 1, _MAIL_RANK))
    author = agent.alias("author")
    return (
        select(
            keys.c.kind,
            keys.c.id,
            keys.c.at.label("seconds"),
            keys.c.rank,
            keys.c.conversation_id,
            conversation.c.mailbox_id,
            conversation.c.status,
            conversation.c.archived_at,
            conversation.c.subject.label("about"),
            mailbox.c.short_name.label("shop"),
            message.c.subject,
            message.c.from_name,
            message.c.from_address,
            func.substr(case((mail, message_body.c.text), else_=comment.c.text), 1, TEXT, type_=String).label(
                "text"
            ),
            author.c.name.label("author"),
            event.c.what,
            event.c.detail,
            event.c.actor,
            event.c.at.label("happened_at"),
            func.coalesce(message.c.at, comment.c.at, event.c.at, type_=event.c.at.type).label("at"),
            *calls.COLUMNS,
        )
        .select_from(keys)
        .join(conversation, conversation.c.id == keys.c.conversation_id)
        .join(mailbox, mailbox.c.id == conversation.c.mailbox_id)
        .outerjoin(message, and_(mail, message.c.id == keys.c.id))
        .outerjoin(message_body, message_body.c.message_id == message.c.id)
        .outerjoin(comment, and_(note, comment.c.id == keys.c.id))
        .outerjoin(phone_call, phone_call.c.comment_id == comment.c.id)
        .outerjoin(calls.state_by, calls.state_by.c.id == phone_call.c.state_by_id)
        .outerjoin(event, and_(happened, event.c.id == keys.c.id))
        .outerjoin(
            author, author.c.id == func.coalesce(message.c.author_id, comment.c.author_id, type_=Integer)
        )
        .order_by(keys.c.at.desc(), keys.c.rank.desc(), keys.c.id.desc())
    )


def _entry(row: Row[Any]) -> HistoryEntry:
    kind = HistoryKind(row.kind)
    who = row.author or row.actor or row.from_name or row.from_address or ""
    return HistoryEntry(
        kind,
        row.id,
        row.conversation_id,
        row.at,
        who,
        row.subject if row.rank == _MAIL_RANK else row.about,
        row.text or "",
        row.mailbox_id,
        row.shop,
        Status(row.status),
        Event(row.happened_at, row.actor, row.what, dict(row.detail)) if kind is HistoryKind.EVENT else None,
        calls.call(row) if kind is HistoryKind.PHONE else None,
        row.archived_at is not None,
    )
