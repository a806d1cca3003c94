"""Who syncs a mailbox: a lease, so that of all running maildesks one does. If two overlap for a moment nothing doubles:
intake is idempotent and outbox items are taken one by one."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from maildesk.store.clock import db_now
from maildesk.store.tables import seat

LEASE_SECONDS = 60.0


def take(tx: Connection, mailbox_id: int, holder: str) -> bool:
    """Take the seat, or keep it. False: somebody else has it."""
    row = tx.execute(
        seat.update()
        .where(
            seat.c.mailbox_id == mailbox_id,
            or_(seat.c.holder.is_(None), seat.c.holder == holder, seat.c.expires_at <= db_now()),
        )
        .values(holder=holder, token=seat.c.token + 1, expires_at=db_now() + LEASE_SECONDS)
        .returning(seat.c.token)
    ).first()
    return row is not None


def leave(tx: Connection, holder: str) -> None:
    """Free all seats of a worker that ends."""
    tx.execute(seat.update().where(seat.c.holder == holder).values(holder=None, expires_at=None))


def occupied(tx: Connection) -> int:
    """How many mailboxes somebody syncs now."""
    held = seat.c.holder.is_not(None), seat.c.expires_at > db_now()
    return int(tx.execute(select(func.count()).select_from(seat).where(*held)).scalar_one())


def want(tx: Connection) -> None:
    """Ask whoever has the seats to look at once."""
    tx.execute(seat.update().values(wanted_at=db_now()))


def wanted_at(tx: Connection, mailbox_id: int) -> float:
    """When somebody last asked for a look at this mailbox; 0 for never."""
    row = tx.execute(select(seat.c.wanted_at).where(seat.c.mailbox_id == mailbox_id)).scalar()
    return row.timestamp() if row is not None else 0.0
