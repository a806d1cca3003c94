"""The hours in which the team keeps to the mail: one list for the desk."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from maildesk.domain.day_hours import DayHours
from maildesk.store.tables import desk


def hours(tx: Connection) -> tuple[DayHours, ...]:
    """The desk's focus hours, in the order in which they were written."""
    written = str(tx.execute(select(desk.c.focus_hours)).scalar() or "")
    found = (DayHours.parse(one) for one in written.split(",") if one)
    return tuple(one for one in found if one is not None)


def put(tx: Connection, wanted: tuple[DayHours, ...]) -> bool:
    """Keep these from now on. Whether that is anything new."""
    if hours(tx) == wanted:
        return False
    tx.execute(update(desk).values(focus_hours=",".join(map(str, wanted))))
    return True
