"""What belongs to a conversation: links between mails, shared orders, and how the customer's others began."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, literal, select, union_all

from maildesk.domain.related import Link, Reason, Why
from maildesk.domain.status import Status
from maildesk.store import merged
from maildesk.store.tables import conversation, message, message_body, order_ref

LIMIT = 20
"""Of each kind, the newest."""
_IN = "in"


def links(tx: Connection, conversation_id: int) -> tuple[Link, ...]:
    """The conversations that mails of this one were linked with, or whose mails were linked with it; what was merged
    counts as what it is in. The newest first."""
    there, here = message.c.related_id, message.c.conversation_id
    wanted = union_all(
        select(there.label("other"), message.c.related_by.label("by"), literal(0).label("back")).where(
            here == conversation_id, there.is_not(None)
        ),
        select(here, message.c.related_by, literal(1)).where(there == conversation_id),
    )
    rows = sorted(
        {(row.other, row.back, row.by) for row in tx.execute(wanted)}, key=lambda row: (-row[0], *row[1:])
    )
    where = merged.survivors(tx, (row[0] for row in rows))
    found: dict[int, Link] = {}
    for other, back, by in rows:
        number = where.get(other, other)
        if number != conversation_id:
            found.setdefault(number, Link(number, Reason(Why.LINKED, by, bool(back))))
    return tuple(found.values())[:LIMIT]


def of_orders(tx: Connection, conversation_id: int) -> dict[int, tuple[str, ...]]:
    """Other conversations about an order that this one is about, the newest first, and the numbers of these orders."""
    own = select(order_ref.c.number).where(order_ref.c.conversation_id == conversation_id)
    newest = (
        select(order_ref.c.conversation_id)
        .where(order_ref.c.number.in_(own), order_ref.c.conversation_id != conversation_id)
        .distinct()
        .order_by(order_ref.c.conversation_id.desc())
        .limit(LIMIT)
    )
    rows = tx.execute(
        select(order_ref.c.conversation_id, order_ref.c.shown)
        .where(order_ref.c.number.in_(own), order_ref.c.conversation_id.in_(newest))
        .order_by(order_ref.c.conversation_id.desc(), order_ref.c.number)
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.shown)
    gone = merged.survivors(tx, found)
    return {number: shown for number, shown in found.items() if number not in gone}


def beginnings(tx: Connection, ids: Sequence[int], limit: int = 2000) -> dict[int, tuple[str, str]]:
    """How conversations began: the subject, and so many characters of the first mail that came in ('' without one)."""
    first = (
        select(message.c.conversation_id.label("c"), func.min(message.c.id).label("m"))
        .where(message.c.conversation_id.in_(list(ids)), message.c.kind == _IN)
        .group_by(message.c.conversation_id)
        .subquery()
    )
    rows = tx.execute(
        select(
            conversation.c.id,
            conversation.c.subject,
            func.substr(message_body.c.text, 1, limit).label("text"),
        )
        .outerjoin(first, first.c.c == conversation.c.id)
        .outerjoin(message_body, message_body.c.message_id == first.c.m)
        .where(conversation.c.id.in_(list(ids)))
    )
    return {row.id: (row.subject, row.text or "") for row in rows}


def others_of(tx: Connection, members: Sequence[int], but: int, limit: int) -> tuple[int, ...]:
    """The newest conversations of a customer but for one, without spam and trash, where merged ones lie, too."""
    rows = tx.execute(
        select(conversation.c.id)
        .where(
            conversation.c.customer_id.in_(list(members)),
            conversation.c.id != but,
            conversation.c.status.not_in((Status.SPAM.value, Status.TRASH.value)),
        )
        .order_by(conversation.c.last_message_at.desc(), conversation.c.id.desc())
        .limit(limit)
    )
    return tuple(rows.scalars())
