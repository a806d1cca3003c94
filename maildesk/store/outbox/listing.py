"""What is in the outbox, for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Double, Row, func, select, type_coerce

from maildesk.domain.address import Address
from maildesk.domain.outbox import OVERDUE, Evidence, EvidenceKind, HeldReason, OutboxItem, OutboxState
from maildesk.errors import Told
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, event, outbox


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


def selected(
    tx: Connection, which: ColumnElement[bool], *order: ColumnElement[Any]
) -> tuple[OutboxItem, ...]:
    """The items that a condition chooses, by default the newest first."""
    chosen = _ITEMS.where(which).order_by(*(order or (outbox.c.id.desc(),)))
    return tuple(_item(r) for r in tx.execute(chosen))


_approver = agent.alias("approver")
_ITEMS = (
    select(outbox, agent.c.name.label("author"), _approver.c.name.label("approver"))
    .join(agent, agent.c.id == outbox.c.author_id)
    .outerjoin(_approver, _approver.c.id == outbox.c.approved_by)
)


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
        last_reply=str(Told(row.last_reply, row.reply_key, row.reply_values)),
        refused=tuple(row.refused),
        filed=row.filed_at is not None,
        bounced=row.bounced,
        evidence=tuple(
            Evidence(
                datetime.fromtimestamp(e["at"], UTC),
                EvidenceKind(e["kind"]),
                e["found"],
                e["counts"],
                e["detail"],
            )
            for e in row.evidence
        ),
        author_id=row.author_id,
        scheduled=row.scheduled,
        approval=row.approval,
        held_reason=HeldReason(row.held_reason) if row.held_reason else None,
        approved_by=row.approver or "",
        approved_at=row.approved_at,
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


class Overdue(NamedTuple):
    """Replies that should have left more than five minutes ago. ``oldest``: seconds since the first of them should."""

    number: int
    oldest: float


def overdue(tx: Connection) -> Overdue:
    """How many replies are stuck: due, or tried without success, for longer than :data:`OVERDUE`.

    What waits for its own time (undo, a scheduled reply) is not; what a server puts off again and again is, although
    its next try lies in the future.
    """
    again = event.alias()
    resent = (
        select(func.max(again.c.at))
        .where(again.c.outbox_id == outbox.c.id, again.c.what == "resend")
        .scalar_subquery()
    )
    first_try = (
        select(func.min(event.c.at))
        .where(
            event.c.outbox_id == outbox.c.id,
            event.c.what == "sending",
            event.c.at >= func.coalesce(resent, 0.0),
        )
        .correlate(outbox)
        .scalar_subquery()
    )
    since = func.coalesce(first_try, outbox.c.not_before)
    waits: ColumnElement[float] = type_coerce(db_now() - since, Double()).label("waits")
    busy = (OutboxState.QUEUED.value, OutboxState.SENDING.value, OutboxState.COMMITTING.value)
    waiting_since = select(waits).where(outbox.c.state.in_(busy)).subquery()
    row = tx.execute(
        select(func.count(), func.max(waiting_since.c.waits)).where(
            waiting_since.c.waits > OVERDUE.total_seconds()
        )
    ).one()
    return Overdue(row[0], float(row[1] or 0.0))
