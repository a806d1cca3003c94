"""On its way out: each step of an attempt as one conditional statement, and what a dead worker left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, Row, ScalarSelect, func, select, type_coerce

from maildesk.domain.address import Address
from maildesk.domain.outbox import (
    SEND_LEASE,
    TRANSITIONS,
    EvidenceKind,
    OutboxState,
    Step,
    backoff,
)
from maildesk.errors import Told
from maildesk.store import schema
from maildesk.store.clock import db_now
from maildesk.store.events import SENDER, Actor
from maildesk.store.outbox.aliases import add_aliases
from maildesk.store.outbox.evidence import DOUBTED, found, look_is_due
from maildesk.store.outbox.filing import to_be_filed
from maildesk.store.outbox.reconciling import doubt
from maildesk.store.outbox.record import bring_back, log, write_message
from maildesk.store.tables import desk, file, outbox, outbox_mime

_SEND_LEASE = SEND_LEASE.total_seconds()


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


def _sending_epoch() -> ScalarSelect[str]:
    """The epoch whose items may leave: the store's, and none at all while sending is held."""
    return select(desk.c.epoch).where(desk.c.held_at.is_(None)).scalar_subquery()


def pick(tx: Connection, worker: str, mailbox_id: int | None = None) -> Picked | None:
    """Take the oldest item that may leave now. None: there is none. One statement, so no two workers take the same."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.state == OutboxState.QUEUED.value,
            outbox.c.not_before <= db_now(),
            outbox.c.epoch == _sending_epoch(),
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
    log(tx, SENDER, "sending", row, {"attempt": row.attempt})
    return _picked(row)


def renew(tx: Connection, outbox_id: int, attempt: int, message_id: str) -> bool:
    """A new lease for an attempt that is still on its way to the dot (a large mail on a slow line). ``message_id``: as
    for :func:`mark_committing`."""
    row = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.attempt == attempt,
            outbox.c.message_id == message_id,
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


def mark_committing(tx: Connection, outbox_id: int, attempt: int, message_id: str) -> bool:
    """Write the point of no return, before the final dot. False: the attempt lost its lease, or all sending is held
    meanwhile: send no dot.

    ``message_id`` is what is sent: a store that was put back, or a standby that lost the last seconds, gives the number
    and the attempt of an item to another reply, never its Message-ID.
    """
    row = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.attempt == attempt,
            outbox.c.message_id == message_id,
            outbox.c.state == OutboxState.SENDING.value,
            outbox.c.lease_until > db_now(),
            outbox.c.epoch == _sending_epoch(),
        )
        .values(state=OutboxState.COMMITTING.value, committing_at=db_now(), lease_until=db_now() + 900.0)
        .returning(outbox)
    ).first()
    if row is not None:
        log(tx, SENDER, "committing", row, {"attempt": attempt})
    return row is not None


def finish(
    tx: Connection,
    outbox_id: int,
    attempt: int,
    step: Step,
    told: Told | str,
    *,
    refused: Mapping[str, str] | None = None,
    aliases: Iterable[str] = (),
    message_id: str = "",
) -> OutboxState | None:
    """Save how an attempt ended. ``told`` is why, or the server's own words; ``aliases`` are the ids under which it
    says that it sends the mail on. None: the item has moved on, nothing was changed.

    ACCEPTED also counts for an item that was already declared uncertain, and as evidence for one that was given up or
    is sent again meanwhile: a late 250 is the truth. ``message_id``: what was attempted, for a store that was put back
    gives the number of an item to another.
    """
    row = tx.execute(
        select(outbox.c.state, outbox.c.attempt, outbox.c.mailbox_id, outbox.c.message_id)
        .where(outbox.c.id == outbox_id)
        .with_for_update()
    ).one()
    if message_id and message_id != row.message_id:
        return None
    told = Told(told) if isinstance(told, str) else told
    words = str(told)
    state = TRANSITIONS.get((OutboxState(row.state), step))
    if row.attempt != attempt or state is None:
        if step is Step.ACCEPTED and attempt <= row.attempt:
            found(tx, outbox_id, EvidenceKind.ANSWER, words)
            add_aliases(tx, outbox_id, aliases, "answer")
        return None
    values: dict[str, Any] = {
        "state": state.value,
        "last_reply": words,
        "reply_key": told.key,
        "reply_values": dict(told.values),
        "lease_by": None,
        "lease_until": None,
    }
    if refused is not None:
        values["refused"] = [f"{address}: {reply}" for address, reply in refused.items()]
    if state is OutboxState.QUEUED:
        values["not_before"] = db_now() + backoff(attempt).total_seconds()
    if state is OutboxState.SENT:
        values |= {"sent_at": db_now(), **to_be_filed(tx, row.mailbox_id)}
    if state is OutboxState.UNCERTAIN:
        values |= DOUBTED
    item = tx.execute(
        outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
    ).one()
    key = {"key": told.key, "values": dict(told.values)} if told.key else {}
    log(tx, SENDER, state.value, item, {"attempt": attempt, "reply": words[:500], **key})
    if state is OutboxState.SENT:
        write_message(tx, item)
        add_aliases(tx, outbox_id, aliases, "answer")
        if any(address in (refused or ()) for _, address in item.to):
            bring_back(tx, item)  # the mail left, but not to everybody whom it answers
    elif state is OutboxState.FAILED:
        bring_back(tx, item)
    return state


def retry_now(tx: Connection, who: Actor, outbox_id: int) -> bool:
    """End the pause of an item that a server put off or could not be reached for. False: it has none."""
    row = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.state == OutboxState.QUEUED.value,
            outbox.c.attempt > 0,
        )
        .values(not_before=db_now())
        .returning(outbox)
    ).first()
    if row is not None:
        log(tx, who, "retry", row, {})
    return row is not None


def reap(tx: Connection) -> list[tuple[int, OutboxState]]:
    """Free the items whose worker is gone: before the mark back to queued (no dot can follow, its mark will fail),
    after it uncertain. So is what a transaction queued that began before the store was put back and ended when
    sending went on. Any client may run this at any time; it deletes nothing."""
    done: list[tuple[int, OutboxState]] = []
    if schema.held(tx) is None:
        done += [(number, OutboxState.UNCERTAIN) for number in doubt(tx, SENDER)]
    for before in (OutboxState.SENDING, OutboxState.COMMITTING):
        after = TRANSITIONS[before, Step.REAP]
        looks = DOUBTED if after is OutboxState.UNCERTAIN else {}
        rows = tx.execute(
            outbox.update()
            .where(outbox.c.state == before.value, outbox.c.lease_until <= db_now())
            .values(state=after.value, lease_by=None, lease_until=None, **looks)
            .returning(outbox)
        ).all()
        for row in rows:
            log(tx, SENDER, after.value, row, {"attempt": row.attempt, "reaped": before.value})
            done.append((row.id, after))
    return done


def next_due(tx: Connection, mailbox_id: int) -> float | None:
    """In how many seconds the next thing is to be done for a mailbox: an item to send, a copy to file, a lease to
    reap, an uncertain item to look for. None: nothing waits."""
    queued = select(func.min(outbox.c.not_before)).where(
        outbox.c.mailbox_id == mailbox_id,
        outbox.c.state == OutboxState.QUEUED.value,
        outbox.c.epoch == _sending_epoch(),
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
    doubtful = select(func.min(func.coalesce(outbox.c.evidence_after, 0.0))).where(
        outbox.c.mailbox_id == mailbox_id, look_is_due()
    )
    next_of = [
        tx.execute(select(type_coerce(q.scalar_subquery(), Double()))).scalar()
        for q in (queued, leased, filing, doubtful)
    ]
    times = [float(at) for at in next_of if at is not None]
    if not times:
        return None
    return max(0.0, min(times) - float(tx.execute(select(db_now())).scalar_one()))
