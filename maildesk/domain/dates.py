"""Times as people say them: ``15:00``, ``明日 9:00``, ``金 15時``, ``3営業日``, ``+3d``, ISO 8601."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, tzinfo

MORNING = 9
"""The hour that a day without a time means."""
LAST_YEAR = 9000
"""A later year is a slip, and some of its moments are beyond what a clock can say in another zone."""

_AFTER = re.compile(
    r"(?:\+\s*(\d{1,4})\s*(m|min|分|h|時間|d|日|w|週間?)後?|(\d{1,4})\s*(分|時間|日|週間?)後)"
)
_WORKING = re.compile(r"(\d{1,2})\s*営業日後?")
_UNITS = {
    "m": "minutes",
    "min": "minutes",
    "分": "minutes",
    "h": "hours",
    "時間": "hours",
    "d": "days",
    "日": "days",
}
_TIME = re.compile(r"(?:^|\s*)(\d{1,2})(?::(\d{2})|時(?:(\d{1,2})分|(半))?)$")
_DAY = re.compile(r"(?:(\d{4})[/年-])?\s*(\d{1,2})[/月-]\s*(\d{1,2})日?")
_NEAR = {
    "今日": 0,
    "本日": 0,
    "today": 0,
    "明日": 1,
    "あす": 1,
    "あした": 1,
    "tomorrow": 1,
    "明後日": 2,
    "あさって": 2,
}
_WEEKDAYS = {
    **{name: day for day, name in enumerate("月火水木金土日")},
    **{
        name: day
        for day, name in enumerate(
            ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        )
    },
    **{name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
}


def moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The moment that ``text`` means, seen from ``now``, in the zone ``zone`` (None: this computer's); None for a text
    that says no time. It may be over.

    A time that is over today means tomorrow, a day that is over this year next year, a weekday the next one after
    today, and a working day one from Monday to Friday; a day without a time means nine in the morning.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    here = now.astimezone(zone)
    found = _after(said, here) or _working(said, here) or _iso(said, here) or _spoken(said, here)
    return found if found is not None and found.year <= LAST_YEAR else None


def _after(said: str, here: datetime) -> datetime | None:
    if not (match := _AFTER.fullmatch(said)):
        return None
    count, unit = int(match[1] or match[3]), match[2] or match[4]
    if unit in ("w", "週", "週間"):
        return here + timedelta(weeks=count)
    return here + timedelta(**{_UNITS[unit]: count})


def _working(said: str, here: datetime) -> datetime | None:
    match = _WORKING.fullmatch(said)
    if match is None:
        return None
    at = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    left = int(match[1])
    while left > 0:
        at += timedelta(days=1)
        left -= at.weekday() < 5
    return at


def _iso(said: str, here: datetime) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d", said):
        return None
    try:
        found = datetime.fromisoformat(said.upper())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=here.tzinfo)


def _spoken(said: str, here: datetime) -> datetime | None:
    """A day, a time, or both."""
    hour, minute, rest = MORNING, 0, said
    time = _TIME.search(said)
    if time:
        hour, minute = int(time[1]), int(time[2] or time[3] or (30 if time[4] else 0))
        rest = said[: time.start()].strip().removesuffix("の").strip()
    try:
        at = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if not rest:
            return (at if at > here else at + timedelta(days=1)) if time else None
        if rest in _NEAR:
            return at + timedelta(days=_NEAR[rest])
        named = rest.endswith(("曜", "曜日")) or len(rest) > 1 or time is not None
        weekday = _WEEKDAYS.get(re.sub(r"曜日?$", "", rest) if named else "")
        if weekday is not None:
            return at + timedelta(days=(weekday - here.weekday() - 1) % 7 + 1)
        if day := _DAY.fullmatch(rest):
            at = at.replace(year=int(day[1] or here.year), month=int(day[2]), day=int(day[3]))
            return at if day[1] or at > here else at.replace(year=here.year + 1)
    except ValueError:
        return None
    return None
