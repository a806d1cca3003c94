"""What is in the outbox, for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from maildesk.domain.address import Address
from maildesk.domain.outbox import (
    OutboxItem,
    OutboxState,
)
from maildesk.store.tables import agent, outbox


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
