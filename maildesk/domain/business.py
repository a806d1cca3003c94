"""Business hours: when a shop answers mail, and how long of a stretch of time that was. Pure computation.

Hours are what clocks on the wall show in the shop's own time zone; instants are UTC. Where clocks are put forward,
hours that do not exist that day have no length; where they are put back, hours that come twice count twice. No instant
is ever counted for two spans, so that more time never gives an earlier end.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from maildesk.domain.holidays import is_holiday

Holidays = Literal["none", "japan"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ANY_TIME = ("mon-fri 00:00-24:00",)
"""The working days of a shop that says no hours."""
_FAR = 3_660
"""Days in a row without an hour after which a shop counts as always open: it has closed."""
_HOURS = re.compile(
    r"(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+"
    r"(?P<from>\d{1,2}:\d{2})\s*-\s*(?P<to>\d{1,2}:\d{2})"
)
_CLOSED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*\.\.\s*(\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a shop is open. ``hours`` are lines such as ``mon-fri 09:00-12:00``, none: always; ``closed`` are days and
    stretches of days, ``2026-12-29..2027-01-03``."""

    zone: str = "Asia/Tokyo"
    hours: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    holidays: Holidays = "none"

    def after(self, start: datetime, seconds: float) -> datetime:
        """The instant at which so many open seconds have passed since ``start``; before it for a negative number, by
        the clock."""
        if seconds < 0:
            return start + timedelta(seconds=seconds)
        left = timedelta(seconds=seconds)
        for begin, end in self._spans(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start + timedelta(seconds=seconds)

    def between(self, start: datetime, end: datetime) -> float:
        """The open seconds from ``start`` to ``end``; 0 where that is not later."""
        total = timedelta()
        for begin, finish in self._spans(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return total.total_seconds()

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open spans from ``start`` on, in UTC, one after the other; ends after :data:`_FAR` days without one."""
        week, closed = _week(self.hours), _closed(self.closed)
        zone = zoneinfo.ZoneInfo(self.zone)
        over = start.astimezone(UTC)
        day = start.astimezone(zone).date() - timedelta(days=1)
        empty = 0
        while empty < _FAR:
            empty += 1
            is_open = not (self.holidays == "japan" and is_holiday(day))
            if is_open and not any(first <= day <= last for first, last in closed):
                for opens, closes in week[day.weekday()]:
                    begin, end = max(_instant(day, opens, zone, 0), over), _instant(day, closes, zone, 1)
                    if end > begin:
                        empty, over = 0, end
                        yield begin, end
            day += timedelta(days=1)


def next_working_day(now: datetime, zone: tzinfo | None, calendar: Calendar | None = None) -> datetime:
    """When work begins on the first working day after today, in ``zone``: as the calendar's hours say; where they begin
    at midnight, at nine in ``zone``, and where it says none, at nine on the next day from Monday to Friday that it does
    not close. Without a calendar that is one in ``zone``; in Japan's public holidays are no working days."""
    here = now.astimezone(zone)
    nine = here.replace(hour=9, minute=0, second=0, microsecond=0)
    is_japan = getattr(zone, "key", "") == "Asia/Tokyo"
    if calendar is not None:
        own = zoneinfo.ZoneInfo(calendar.zone)
        today = now.astimezone(own).date()
        if not calendar.hours:
            holidays: Holidays = "japan" if is_japan else calendar.holidays
            calendar = replace(calendar, hours=_ANY_TIME, holidays=holidays)
            today = here.date()
        for begin, _ in calendar._spans(datetime.combine(today + timedelta(days=1), time(), own)):
            opens = begin.astimezone(own)
            if opens.time() > time():
                return begin.astimezone(zone)
            return nine.replace(year=opens.year, month=opens.month, day=opens.day)
    day = nine + timedelta(days=1)
    while day.weekday() > 4 or (is_japan and is_holiday(day.date())):
        day += timedelta(days=1)
    return day


def is_working_day(day: date, zone: tzinfo | None, calendar: Calendar | None = None) -> bool:
    """Whether the shop of ``calendar`` works on a day; where it has no hours, that is a day as
    :func:`next_working_day` has it in ``zone``."""
    own = zoneinfo.ZoneInfo(calendar.zone) if calendar is not None and calendar.hours else zone
    before = datetime.combine(day - timedelta(days=1), time(12), own)
    return next_working_day(before, own, calendar).date() == day


def _instant(day: date, minute: int, zone: zoneinfo.ZoneInfo, fold: int) -> datetime:
    whole, rest = divmod(minute, 1440)
    at = datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), zone)
    return at.replace(fold=fold).astimezone(UTC)


_Week = tuple[tuple[tuple[int, int], ...], ...]


@lru_cache(64)
def _week(hours: tuple[str, ...]) -> _Week:
    """The spans of each day of the week in minutes after midnight, in order."""
    if not hours:
        return (((0, 1440),),) * 7
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for line in hours:
        days, opens, closes = _read(line)
        for day in days:
            spans[day].append((opens, closes))
    return tuple(tuple(sorted(day)) for day in spans)


@lru_cache(64)
def _closed(lines: tuple[str, ...]) -> tuple[tuple[date, date], ...]:
    return tuple(_stretch(line) for line in lines)


def _read(line: str) -> tuple[Sequence[int], int, int]:
    """A line of hours: days of the week from 0 (Monday), minutes after midnight. Raises ValueError."""
    found = _HOURS.fullmatch(line.strip().lower())
    if found is None:
        raise ValueError(line)
    days: list[int] = []
    for part in found["days"].split(","):
        first, _, last = part.partition("-")
        at, end = DAYS.index(first), DAYS.index(last or first)
        days += [(at + step) % 7 for step in range((end - at) % 7 + 1)]
    opens, closes = (_minute(found[name]) for name in ("from", "to"))
    if closes <= opens:
        raise ValueError(line)
    return days, opens, closes


def _minute(written: str) -> int:
    hour, minute = map(int, written.split(":"))
    if minute > 59 or hour * 60 + minute > 1440:
        raise ValueError(written)
    return hour * 60 + minute


def _stretch(line: str) -> tuple[date, date]:
    found = _CLOSED.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    first = date.fromisoformat(found[1])
    last = date.fromisoformat(found[2] or found[1])
    if last < first:
        raise ValueError(line)
    return first, last


def is_hours(line: str) -> bool:
    """Whether that is a line of hours: ``mon-fri 09:00-18:00``, ``sat,sun 10:00-24:00``."""
    try:
        _read(line)
    except ValueError:
        return False
    return True


def is_closed(line: str) -> bool:
    """Whether that names a day, or a first and a last one: ``2026-12-29..2027-01-03``."""
    try:
        _stretch(line)
    except ValueError:
        return False
    return True
