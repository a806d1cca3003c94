"""The keys of ``[[mailboxes]]`` about reply targets and about mail to what is done."""

from __future__ import annotations

import zoneinfo
from typing import Literal

from maildesk.config.tomlfile import Table
from maildesk.domain.business import Calendar, Holidays, is_closed, is_hours
from maildesk.domain.reply_target import POLICIES, WAITS, ReopenPolicy, ReplyTarget, is_pattern, seconds_of
from maildesk.locale import t

_HOLIDAYS: tuple[Holidays, ...] = ("none", "japan")
_YEARS = 3650
"""Days that ``reopen_within_days`` can name at most."""


def read_target(table: Table | None) -> ReplyTarget | None:
    """``[mailboxes.reply_target]``: ``within``, ``hours``, ``closed``, ``holidays``, ``time_zone``, ``runs_while``.
    Raises ConfigError."""
    if table is None:
        return None
    within = seconds_of(table.text("within", check=lambda v: seconds_of(v) > 0, expected="length"))
    calendar = Calendar(
        table.text("time_zone", Calendar().zone, check=_is_zone, expected="zone"),
        table.texts("hours", check=is_hours, expected="hours"),
        table.texts("closed", check=is_closed, expected="closed"),
        _holidays(table),
    )
    waits = table.texts("runs_while")
    if not set(waits) <= set(WAITS):
        table.wrong("runs_while", t("config.expected.choice", choices=", ".join(WAITS)))
    return table.done(ReplyTarget(within, calendar, waits))


def _holidays(table: Table) -> Holidays:
    written = table.text(
        "holidays", "none", check=lambda v: v in _HOLIDAYS, expected="choice", choices=", ".join(_HOLIDAYS)
    )
    return next(known for known in _HOLIDAYS if known == written)


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False


def read_policy(table: Table) -> ReopenPolicy:
    """``reopen``, ``reopen_within_days`` and ``thanks`` of ``[[mailboxes]]``. Raises ConfigError."""
    written = table.text(
        "reopen", POLICIES[0], check=lambda v: v in POLICIES, expected="choice", choices=", ".join(POLICIES)
    )
    kind: Literal["reopen", "new"] = next(known for known in POLICIES if known == written)
    days = table.number("reopen_within_days", 0, _YEARS)
    thanks = table.text("thanks", "", check=lambda v: not v or is_pattern(v), expected="pattern")
    return ReopenPolicy(kind, days, thanks)
