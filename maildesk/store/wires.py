"""How the connections of a mailbox stand, and how much came over them today: for everybody to see, and for the next
worker, who may be another process, to know when to try again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, case, select, text

from maildesk.domain.mailbox import Health
from maildesk.store.clock import db_now
from maildesk.store.engine import now as store_now
from maildesk.store.tables import wire

WireName = Literal["imap", "smtp"]


class WireState(NamedTuple):
    """How a connection stands. ``retry_in`` is how many seconds to leave the server alone, 0 for none; ``bytes`` came
    over it today (UTC)."""

    state: Health
    error: str
    hint: str
    retry_in: float
    bytes: int


def of(tx: Connection, mailbox_id: int, name: WireName) -> WireState:
    """How it stands; unknown before the first connection."""
    row = tx.execute(select(wire).where(wire.c.mailbox_id == mailbox_id, wire.c.wire == name)).first()
    if row is None:
        return WireState(Health.UNKNOWN, "", "", 0.0, 0)
    now = store_now(tx)
    wait = (row.retry_at - now).total_seconds() if row.retry_at else 0.0
    bytes_today = row.bytes if row.day == _day(now) else 0
    return WireState(Health(row.state), row.error, row.hint, max(0.0, wait), bytes_today)


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _put(tx: Connection, mailbox_id: int, name: WireName, values: dict[str, Any]) -> None:
    tx.execute(
        text(
            "INSERT INTO wire (mailbox_id, wire, state, error, hint, day, bytes) "
            "VALUES (:m, :w, 'unknown', '', '', '', 0) ON CONFLICT DO NOTHING"
        ),
        {"m": mailbox_id, "w": name},
    )
    tx.execute(wire.update().where(wire.c.mailbox_id == mailbox_id, wire.c.wire == name).values(values))


def ok(tx: Connection, mailbox_id: int, name: WireName) -> None:
    """The server has answered as it should."""
    state = Health.OK.value
    since = case((wire.c.state == state, wire.c.since), else_=db_now())
    values = {"state": state, "error": "", "hint": "", "since": since, "ok_at": db_now(), "retry_at": None}
    _put(tx, mailbox_id, name, values)


def trouble(
    tx: Connection,
    mailbox_id: int,
    name: WireName,
    state: Health,
    error: str,
    hint: str = "",
    retry_in: float | None = None,
) -> None:
    """The server cannot be used now: why, what a person can do, and in how many seconds it is tried again."""
    values = {
        "state": state.value,
        "error": error,
        "hint": hint,
        "since": case((wire.c.state == state.value, wire.c.since), else_=db_now()),
        "retry_at": None if retry_in is None else db_now() + retry_in,
    }
    _put(tx, mailbox_id, name, values)


def count_bytes(tx: Connection, mailbox_id: int, name: WireName, size: int) -> int:
    """Add ``size`` bytes to what came over the connection today (UTC); the sum."""
    today = _day(store_now(tx))
    bytes_today = case((wire.c.day == today, wire.c.bytes + size), else_=size)
    _put(tx, mailbox_id, name, {"day": today, "bytes": bytes_today})
    return int(
        tx.execute(
            select(wire.c.bytes).where(wire.c.mailbox_id == mailbox_id, wire.c.wire == name)
        ).scalar_one()
    )
