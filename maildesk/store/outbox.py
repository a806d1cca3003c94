"""The outbox: queueing a reply, and each step on its way out, as one conditional statement or one transaction.

The unique index ``one_answer`` on (conversation, turn, kind, seq) is what no crash, no race and no lost claim can get
past; the claim, the token and the version are checked before it so that people are told in time (``protocol.md``).
Every step writes an event: together they are the attempt log that a person reads before deciding an uncertain item.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, Row, and_, func, select, type_coerce, update
from sqlalchemy.exc import IntegrityError

from maildesk.domain.address import Address
from maildesk.domain.claim import Claim
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import (
    RESEND_AFTER,
    SEND_LEASE,
    TRANSITIONS,
    OutboxItem,
    OutboxState,
    Step,
    backoff,
)
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Draft, Queued
from maildesk.domain.status import Status
from maildesk.store import claims, events, schema
from maildesk.store.clock import db_now
from maildesk.store.events import SENDER, Actor
from maildesk.store.tables import agent, conversation, desk, file, message, message_body, outbox, outbox_mime
from maildesk.store.tables import draft as draft_table

_SEND_LEASE = SEND_LEASE.total_seconds()
_FILING_LEASE = 120.0


class NotHeld(NamedTuple):
    """The claim that a submit relied on is not held any more."""


class Stale(NamedTuple):
    """The conversation is not as the submit saw it; ``version`` is what it is now."""

    version: int


def new_message_id(address: str) -> str:
    """A Message-ID of ours: 128 random bits, never a serial number (``failures.md`` finding 9)."""
    domain = address.rpartition("@")[2] or "localhost"
    return f"<md.{secrets.token_hex(16)}@{domain}>"


def queue(
    tx: Connection,
    who: Actor,
    box: Mailbox,
    held: Claim,
    reply: Draft,
    *,
    references: tuple[str, Sequence[str]],
    seen_version: int,
    request_id: str,
    after: AfterSend,
    hold: float,
    follow_up: bool,
) -> Queued | AlreadyQueued | NotHeld | Stale | AlreadyAnswered:
    """Queue a reply: this request is not there yet, the claim is still ours with this token, the conversation is still
    as seen, this turn has no answer. All or nothing, in the caller's transaction.

    ``references`` are the Message-ID answered and its References. The draft is gone afterwards, its files move along.
    """
    assert who.id is not None
    if (known := _by_request(tx, request_id)) is not None:
        return AlreadyQueued(known.id, known.message_id)
    row = tx.execute(
        select(conversation).where(conversation.c.id == held.conversation_id).with_for_update()
    ).one()
    if not claims.holds(tx, held, who.id):
        return NotHeld()
    if row.version != seen_version:
        if (answered := _answer_of(tx, row)) is not None and not follow_up:
            return answered
        return Stale(row.version)
    seq = _next_seq(tx, row.id, row.turn) if follow_up else 0
    values = _values(tx, box, held, reply, row, references) | {
        "kind": "followup" if follow_up else "reply",
        "seq": seq,
        "author_id": who.id,
        "request_id": request_id,
        "not_before": db_now() + hold,
    }
    try:
        with tx.begin_nested():
            item = tx.execute(
                outbox.insert()
                .values(**values)
                .returning(outbox.c.id, outbox.c.message_id, outbox.c.not_before)
            ).one()
    except IntegrityError:
        if (known := _by_request(tx, request_id)) is not None:
            return AlreadyQueued(known.id, known.message_id)
        answered = _answer_of(tx, row)
        assert answered is not None
        return answered
    claims.release(tx, held, who.id)
    _settle(tx, who, held, row, item.id, after, reply)
    return Queued(item.id, item.message_id, item.not_before)


def _by_request(tx: Connection, request_id: str) -> Row[int, str] | None:
    return tx.execute(
        select(outbox.c.id, outbox.c.message_id).where(outbox.c.request_id == request_id)
    ).first()


def _answer_of(tx: Connection, row: Row[Any]) -> AlreadyAnswered | None:
    """The live reply to the conversation's present turn."""
    found = tx.execute(
        select(outbox.c.id, outbox.c.queued_at, agent.c.name)
        .join(agent, agent.c.id == outbox.c.author_id)
        .where(
            outbox.c.conversation_id == row.id,
            outbox.c.turn == row.turn,
            outbox.c.kind == "reply",
            outbox.c.state.not_in((OutboxState.CANCELLED.value, OutboxState.FAILED.value)),
        )
    ).first()
    return None if found is None else AlreadyAnswered(found.name, found.queued_at, found.id)


def _next_seq(tx: Connection, conversation_id: int, turn: int) -> int:
    last = tx.execute(
        select(func.max(outbox.c.seq)).where(
            outbox.c.conversation_id == conversation_id, outbox.c.turn == turn, outbox.c.kind == "followup"
        )
    ).scalar()
    return (last or 0) + 1


def _values(
    tx: Connection,
    box: Mailbox,
    held: Claim,
    reply: Draft,
    row: Row[Any],
    references: tuple[str, Sequence[str]],
) -> dict[str, Any]:
    return {
        "conversation_id": held.conversation_id,
        "mailbox_id": box.id,
        "turn": row.turn,
        "token": held.token,
        "message_id": new_message_id(box.address),
        "epoch": schema.epoch(tx),
        "state": OutboxState.QUEUED.value,
        "queued_at": db_now(),
        "from_name": box.name,
        "from_address": box.address,
        "to": [[a.name, a.address] for a in reply.to],
        "cc": [[a.name, a.address] for a in reply.cc],
        "subject": reply.subject,
        "body": reply.body,
        "in_reply_to": references[0],
        "refs": list(references[1]),
        "answers": reply.in_reply_to,
        "template_id": reply.template_id,
        "template_version": reply.template_version,
        "before_status": row.status,
        "before_reason": row.waiting_reason,
        "cursor_line": reply.cursor[0],
        "cursor_column": reply.cursor[1],
    }


def _settle(
    tx: Connection, who: Actor, held: Claim, row: Row[Any], outbox_id: int, after: AfterSend, reply: Draft
) -> None:
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.id)
        .values(
            version=conversation.c.version + 1,
            status=after.status.value,
            waiting_reason=after.waiting_reason.value if after.waiting_reason else None,
            waiting_until=None,
            answered=True,
        )
    )
    mine = and_(draft_table.c.conversation_id == row.id, draft_table.c.author_id == who.id)
    for old in tx.execute(select(draft_table.c.id).where(mine)):
        tx.execute(file.update().where(file.c.draft_id == old.id).values(draft_id=None, outbox_id=outbox_id))
    tx.execute(draft_table.delete().where(mine))
    detail = {
        "token": held.token,
        "turn": row.turn,
        "template": reply.template_id,
        "status": after.status.value,
    }
    events.record(tx, who, "queued", row.id, outbox_id=outbox_id, detail=detail)


# ---- on its way out


class Picked(NamedTuple):
    """An item that a worker took: who it is from and to, and what it says."""

    id: int
    attempt: int
    mailbox_id: int
    conversation_id: int
    message_id: str
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    body: str
    in_reply_to: str
    references: tuple[str, ...]


def _picked(row: Row[Any]) -> Picked:
    return Picked(
        row.id,
        row.attempt,
        row.mailbox_id,
        row.conversation_id,
        row.message_id,
        Address(row.from_name, row.from_address),
        tuple(Address(n, a) for n, a in row.to),
        tuple(Address(n, a) for n, a in row.cc),
        row.subject,
        row.body,
        row.in_reply_to,
        tuple(row.refs),
    )


def pick(tx: Connection, worker: str, mailbox_id: int | None = None) -> Picked | None:
    """Take the oldest item that may leave now. None: there is none. One statement, so no two workers take the same."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.state == OutboxState.QUEUED.value,
            outbox.c.not_before <= db_now(),
            outbox.c.epoch == select(desk.c.epoch).scalar_subquery(),
        )
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if mailbox_id is not None:
        due = due.where(outbox.c.mailbox_id == mailbox_id)
    row = tx.execute(
        outbox.update()
        .where(outbox.c.id == due.scalar_subquery(), outbox.c.state == OutboxState.QUEUED.value)
        .values(
            state=OutboxState.SENDING.value,
            attempt=outbox.c.attempt + 1,
            lease_by=worker,
            lease_until=db_now() + _SEND_LEASE,
        )
        .returning(outbox)
    ).first()
    if row is None:
        return None
    _log(tx, SENDER, "sending", row, {"attempt": row.attempt})
    return _picked(row)


def renew(tx: Connection, outbox_id: int, attempt: int) -> bool:
    """A new lease for an attempt that is still on its way to the dot (a large mail on a slow line)."""
    row = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.attempt == attempt,
            outbox.c.state == OutboxState.SENDING.value,
            outbox.c.lease_until > db_now(),
        )
        .values(lease_until=db_now() + _SEND_LEASE)
        .returning(outbox.c.id)
    ).first()
    return row is not None


def mime_of(tx: Connection, outbox_id: int) -> bytes | None:
    """The bytes built for an item."""
    return tx.execute(select(outbox_mime.c.data).where(outbox_mime.c.outbox_id == outbox_id)).scalar()


def keep_mime(tx: Connection, outbox_id: int, data: bytes) -> bytes:
    """Keep the bytes of an item: built once, sent and resent as they are. Returns those that are kept."""
    if (kept := mime_of(tx, outbox_id)) is not None:
        return kept
    tx.execute(
        outbox_mime.insert().values(outbox_id=outbox_id, sha256=hashlib.sha256(data).hexdigest(), data=data)
    )
    return data


def files_of(tx: Connection, outbox_id: int) -> list[tuple[str, str, bytes]]:
    """The files of an item: name, content type, bytes."""
    rows = tx.execute(select(file).where(file.c.outbox_id == outbox_id).order_by(file.c.id))
    return [(r.name, r.content_type, r.data) for r in rows]


def mark_committing(tx: Connection, outbox_id: int, attempt: int) -> bool:
    """Write the point of no return, before the final dot. False: the attempt lost its lease, send no dot."""
    row = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.attempt == attempt,
            outbox.c.state == OutboxState.SENDING.value,
            outbox.c.lease_until > db_now(),
        )
        .values(state=OutboxState.COMMITTING.value, committing_at=db_now(), lease_until=db_now() + 900.0)
        .returning(outbox)
    ).first()
    if row is not None:
        _log(tx, SENDER, "committing", row, {"attempt": attempt})
    return row is not None


def finish(
    tx: Connection,
    outbox_id: int,
    attempt: int,
    step: Step,
    words: str,
    *,
    refused: Mapping[str, str] | None = None,
) -> OutboxState | None:
    """Save how an attempt ended. ``words`` are the server's. None: the item has moved on, nothing was changed.

    ACCEPTED also counts for an item that was already declared uncertain: a late 250 is the truth.
    """
    row = tx.execute(
        select(outbox.c.state, outbox.c.attempt).where(outbox.c.id == outbox_id).with_for_update()
    ).one()
    state = TRANSITIONS.get((OutboxState(row.state), step))
    if row.attempt != attempt or state is None:
        return None
    values: dict[str, Any] = {
        "state": state.value,
        "last_reply": words,
        "lease_by": None,
        "lease_until": None,
    }
    if refused is not None:
        values["refused"] = [f"{address}: {reply}" for address, reply in refused.items()]
    if state is OutboxState.QUEUED:
        values["not_before"] = db_now() + backoff(attempt).total_seconds()
    if state is OutboxState.SENT:
        values["sent_at"] = db_now()
    item = tx.execute(
        outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
    ).one()
    _log(tx, SENDER, state.value, item, {"attempt": attempt, "reply": words[:500]})
    if state is OutboxState.SENT:
        _write_message(tx, item)
    elif state is OutboxState.FAILED:
        _bring_back(tx, item)
    return state


def _write_message(tx: Connection, item: Row[Any]) -> None:
    """Put a mail that left into its conversation, once."""
    if tx.execute(select(message.c.id).where(message.c.outbox_id == item.id)).first() is not None:
        return
    from maildesk.store.search import fold

    files = [
        {"index": i, "name": f.name, "type": f.content_type, "size": f.size, "inline": False}
        for i, f in enumerate(tx.execute(select(file).where(file.c.outbox_id == item.id).order_by(file.c.id)))
    ]
    new_id = tx.execute(
        message.insert()
        .values(
            conversation_id=item.conversation_id,
            mailbox_id=item.mailbox_id,
            kind="out",
            outbox_id=item.id,
            author_id=item.author_id,
            at=db_now(),
            from_name=item.from_name,
            from_address=item.from_address,
            to=item.to,
            cc=item.cc,
            subject=item.subject,
            message_id=item.message_id,
            in_reply_to=item.in_reply_to,
            refs=item.refs,
            files=files,
        )
        .returning(message.c.id)
    ).scalar_one()
    tx.execute(
        message_body.insert().values(
            message_id=new_id, text=item.body, folded=fold(f"{item.subject} {item.body}")
        )
    )
    tx.execute(
        conversation.update()
        .where(conversation.c.id == item.conversation_id)
        .values(messages=conversation.c.messages + 1, last_message_at=db_now(), answered=True)
    )


def _bring_back(tx: Connection, item: Row[Any]) -> None:
    """A reply that will not be delivered: its conversation is new again, so that nobody takes it for answered."""
    tx.execute(
        conversation.update()
        .where(
            conversation.c.id == item.conversation_id,
            conversation.c.status.in_((Status.DONE.value, Status.WAITING.value)),
        )
        .values(
            status=Status.NEW.value,
            waiting_reason=None,
            version=conversation.c.version + 1,
            news_version=conversation.c.version + 1,
        )
    )


def reap(tx: Connection) -> list[tuple[int, OutboxState]]:
    """Free the items whose worker is gone: before the mark back to queued (no dot can follow, its mark will fail),
    after it uncertain. Any client may run this at any time; it deletes nothing."""
    done: list[tuple[int, OutboxState]] = []
    for before in (OutboxState.SENDING, OutboxState.COMMITTING):
        after = TRANSITIONS[before, Step.REAP]
        rows = tx.execute(
            outbox.update()
            .where(outbox.c.state == before.value, outbox.c.lease_until <= db_now())
            .values(state=after.value, lease_by=None, lease_until=None)
            .returning(outbox)
        ).all()
        for row in rows:
            _log(tx, SENDER, after.value, row, {"attempt": row.attempt, "reaped": before.value})
            done.append((row.id, after))
    return done


# ---- the copy in Sent


class Unfiled(NamedTuple):
    """A mail that left and whose copy is not known to be in Sent. ``tries`` counts this one, too."""

    id: int
    message_id: str
    tries: int
    sent_at: datetime


def pick_unfiled(tx: Connection, mailbox_id: int) -> Unfiled | None:
    """Take a sent item whose copy is to be filed, for two minutes: one worker at a time looks and appends."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.mailbox_id == mailbox_id,
            outbox.c.state == OutboxState.SENT.value,
            outbox.c.filed_at.is_(None),
            func.coalesce(outbox.c.filing_after, 0.0) <= db_now(),
        )
        .order_by(outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = tx.execute(
        outbox.update()
        .where(outbox.c.id == due.scalar_subquery(), outbox.c.filed_at.is_(None))
        .values(filing_tries=outbox.c.filing_tries + 1, filing_after=db_now() + _FILING_LEASE)
        .returning(outbox.c.id, outbox.c.message_id, outbox.c.filing_tries, outbox.c.sent_at)
    ).first()
    return None if row is None else Unfiled(row.id, row.message_id, row.filing_tries, row.sent_at)


def filed(tx: Connection, outbox_id: int) -> None:
    """The copy is in Sent."""
    tx.execute(outbox.update().where(outbox.c.id == outbox_id).values(filed_at=db_now()))


def filing_failed(tx: Connection, outbox_id: int, tries: int) -> None:
    """Try again later, for ever; it can never cause a send."""
    wait = timedelta(minutes=min(2 ** min(tries - 1, 10), 60)).total_seconds()
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id, outbox.c.filed_at.is_(None))
        .values(filing_after=db_now() + wait)
    )


def next_due(tx: Connection, mailbox_id: int) -> float | None:
    """In how many seconds the next thing is to be done for a mailbox: an item to send, a copy to file, a lease to
    reap. None: nothing waits."""
    queued = select(func.min(outbox.c.not_before)).where(
        outbox.c.mailbox_id == mailbox_id,
        outbox.c.state == OutboxState.QUEUED.value,
        outbox.c.epoch == select(desk.c.epoch).scalar_subquery(),
    )
    leased = select(func.min(outbox.c.lease_until)).where(
        outbox.c.mailbox_id == mailbox_id,
        outbox.c.state.in_((OutboxState.SENDING.value, OutboxState.COMMITTING.value)),
    )
    filing = select(func.min(func.coalesce(outbox.c.filing_after, 0.0))).where(
        outbox.c.mailbox_id == mailbox_id,
        outbox.c.state == OutboxState.SENT.value,
        outbox.c.filed_at.is_(None),
    )
    found = [
        tx.execute(select(type_coerce(q.scalar_subquery(), Double()))).scalar()
        for q in (queued, leased, filing)
    ]
    times = [float(at) for at in found if at is not None]
    if not times:
        return None
    return max(0.0, min(times) - float(tx.execute(select(db_now())).scalar_one()))


class SeenBack(NamedTuple):
    """Where the reply stands whose copy came back."""

    conversation_id: int
    message_id: int | None


def by_message_ids(tx: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Our outbox items by the Message-IDs they carry, locked: whoever needs a conversation as well takes it after
    them, as the sender does."""
    rows = tx.execute(
        select(outbox.c.message_id, outbox.c.id)
        .where(outbox.c.message_id.in_(list(ids)))
        .order_by(outbox.c.id)
        .with_for_update(key_share=True)
    )
    return {r.message_id: r.id for r in rows}


def seen_back(tx: Connection, outbox_id: int, *, in_sent_folder: bool) -> SeenBack:
    """A copy of our own mail came in: it is filed, and if nobody knew whether it left, now it is known."""
    row = tx.execute(select(outbox).where(outbox.c.id == outbox_id).with_for_update()).one()
    values: dict[str, Any] = {}
    if in_sent_folder and row.filed_at is None:
        values["filed_at"] = db_now()
    if row.state in (OutboxState.UNCERTAIN.value, OutboxState.COMMITTING.value):
        values |= {"state": OutboxState.SENT.value, "sent_at": func.coalesce(outbox.c.sent_at, db_now())}
        values |= {"lease_by": None, "lease_until": None}
    if values:
        row = tx.execute(
            outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
        ).one()
    if "state" in values:
        _log(tx, SENDER, "sent", row, {"evidence": "copy"})
        _write_message(tx, row)
    found = tx.execute(select(message.c.id).where(message.c.outbox_id == outbox_id)).scalar()
    return SeenBack(row.conversation_id, found)


def draft_of(row: Row[Any]) -> Draft:
    """The draft that an outbox item was made from."""
    return Draft(
        conversation_id=row.conversation_id,
        to=tuple(Address(n, a) for n, a in row.to),
        cc=tuple(Address(n, a) for n, a in row.cc),
        subject=row.subject,
        body=row.body,
        cursor=(row.cursor_line, row.cursor_column),
        template_id=row.template_id,
        template_version=row.template_version,
        in_reply_to=row.answers,
    )


# ---- what a person does


def recall(tx: Connection, who: Actor, outbox_id: int) -> Row[Any] | None:
    """Take a queued item of one's own back before it leaves. None: too late."""
    row = tx.execute(
        update(outbox)
        .where(
            outbox.c.id == outbox_id,
            outbox.c.state == OutboxState.QUEUED.value,
            outbox.c.author_id == who.id,
            outbox.c.attempt == 0,
        )
        .values(state=OutboxState.CANCELLED.value)
        .returning(outbox)
    ).first()
    if row is None:
        return None
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.conversation_id)
        .values(
            status=row.before_status,
            waiting_reason=row.before_reason,
            version=conversation.c.version + 1,
        )
    )
    _log(tx, who, "recalled", row, {})
    return row


def decide(tx: Connection, who: Actor, outbox_id: int, step: Step) -> bool:
    """What a person decides of a failed or uncertain item, or of one that still waits. False: not possible in the
    state that it has now, or (a resend) too early: a paused worker may still write its dot."""
    row = tx.execute(select(outbox).where(outbox.c.id == outbox_id).with_for_update()).first()
    if row is None or (after := TRANSITIONS.get((OutboxState(row.state), step))) is None:
        return False
    if step is Step.RESEND and row.state == OutboxState.UNCERTAIN.value:
        age = tx.execute(select(db_now())).scalar_one() - row.committing_at.timestamp()
        if age < RESEND_AFTER.total_seconds():
            return False
    values: dict[str, Any] = {"state": after.value}
    if after is OutboxState.QUEUED:
        values["not_before"] = db_now()
    if after is OutboxState.SENT:
        values["sent_at"] = db_now()
    try:
        with tx.begin_nested():
            item = tx.execute(
                outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
            ).one()
    except IntegrityError:  # a failed reply was answered anew meanwhile: one_answer refuses the second
        return False
    _log(
        tx,
        who,
        {Step.CONFIRM: "marked-sent", Step.RESEND: "resend", Step.CANCEL: "cancelled"}[step],
        item,
        {},
    )
    if after is OutboxState.SENT:
        _write_message(tx, item)
    return True


def _log(tx: Connection, who: Actor, what: str, row: Row[Any], detail: Mapping[str, object]) -> None:
    events.record(tx, who, what, row.conversation_id, outbox_id=row.id, detail=detail)


# ---- lists


def items(tx: Connection, state: OutboxState | None = None, limit: int = 200) -> tuple[OutboxItem, ...]:
    """The newest items, of one state or all."""
    statement = _ITEMS.order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(outbox.c.state == state.value)
    return tuple(_item(r) for r in tx.execute(statement))


def item(tx: Connection, outbox_id: int) -> OutboxItem | None:
    """One item."""
    row = tx.execute(_ITEMS.where(outbox.c.id == outbox_id)).first()
    return None if row is None else _item(row)


_ITEMS = select(outbox, agent.c.name.label("author")).join(agent, agent.c.id == outbox.c.author_id)


def _item(row: Row[Any]) -> OutboxItem:
    return OutboxItem(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        state=OutboxState(row.state),
        attempt=row.attempt,
        author=row.author,
        subject=row.subject,
        recipients=tuple(Address(n, a) for n, a in (*row.to, *row.cc)),
        message_id=row.message_id,
        not_before=row.not_before,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
        committing_at=row.committing_at,
        last_reply=row.last_reply,
        refused=tuple(row.refused),
        filed=row.filed_at is not None,
    )


class Waiting(NamedTuple):
    """What waits in the outbox."""

    queued: int
    oldest_queued_at: datetime | None
    attention: int
    next_at: datetime | None


def waiting(tx: Connection) -> Waiting:
    """How many replies wait, since when the oldest could have left, and how many need a person."""
    busy = (OutboxState.QUEUED.value, OutboxState.SENDING.value, OutboxState.COMMITTING.value)
    row = tx.execute(
        select(func.count(), func.min(outbox.c.queued_at), func.min(outbox.c.not_before)).where(
            outbox.c.state.in_(busy)
        )
    ).one()
    attention = tx.execute(
        select(func.count()).where(
            outbox.c.state.in_([s.value for s in OutboxState if s.needs_a_person]),
        )
    ).scalar_one()
    return Waiting(row[0], row[1], attention, row[2])
