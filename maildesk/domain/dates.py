"""Times as people say them, in Japanese and English: ``15:00``, ``明日 9時``, ``来週月曜``, ``金 15時``, ``3営業日後``,
``2時間後``, ``月末``, ``11/25 10:00``, ``tomorrow 9am``, ``next mon``, ``in 3 days``, ``3d``, ISO 8601."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import datetime, timedelta, tzinfo

from maildesk.domain.business import Calendar, next_working_day

MORNING = 9
"""The hour that a day without a time means."""
LAST_YEAR = 9000
"""A later year is a slip, and some of its moments are beyond what a clock can say in another zone."""

_JAPANESE_AFTER = re.compile(r"\+?\s*(\d{1,4}|半)\s*(分|時間半?|日|週間?|か月|ヶ月|カ月|ヵ月|ケ月)後?")
_ENGLISH_AFTER = re.compile(
    r"(?:in\s+|\+\s*)?(\d{1,4}|an?|one|two|three|half an)\s*"
    r"(m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|months?)(?:\s+(?:later|from now))?"
)
_WORKING = re.compile(r"(?:in\s+|\+\s*)?(\d{1,2})\s*(?:営業日|(?:business|working)\s+days?)\s*後?")
_NEXT_WORKING = frozenset(("翌営業日", "次の営業日", "next business day", "next working day"))
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_UNITS = {
    "m": "minutes",
    "分": "minutes",
    "h": "hours",
    "時": "hours",
    "d": "days",
    "日": "days",
    "w": "weeks",
}
_NOON = {
    "正午": 12,
    "noon": 12,
    "朝": 9,
    "昼": 12,
    "夕方": 17,
    "夜": 20,
    "morning": 9,
    "afternoon": 13,
    "evening": 17,
}
_TIME = re.compile(
    r"(?:^|\s*)(?:at\s+)?(?:(午前|午後|am|pm)\s*)?(\d{1,2})"
    r"(?:[:.](\d{2})|時(?:(\d{1,2})分|(半))?|(?=\s*(?:am|pm)$)|(?<=午[前後]\d)|(?<=午[前後]\d\d))(?:\s*(am|pm))?$"
)
_HOUR_WORD = re.compile(rf"(?:^|\s*(?:の|in the|at)?\s*)({'|'.join(_NOON)})$")
_DAY = re.compile(r"(?:(\d{4})[/年.-])?\s*(\d{1,2})[/月-]\s*(\d{1,2})日?")
_DAY_OF_MONTH = re.compile(r"(?:(今月|来月|再来月)の?)?(\d{1,2})日")
_NEAR = {
    "今日": 0,
    "本日": 0,
    "きょう": 0,
    "today": 0,
    "明日": 1,
    "あす": 1,
    "あした": 1,
    "翌日": 1,
    "tomorrow": 1,
    "tmr": 1,
    "明後日": 2,
    "あさって": 2,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
    "明々後日": 3,
    "明明後日": 3,
    "しあさって": 3,
}
_MONTHS = {"今月": 0, "this month": 0, "来月": 1, "翌月": 1, "next month": 1, "再来月": 2}
_WEEKS = {"": -1, "今週": 0, "this": 0, "来週": 1, "翌週": 1, "next": 1, "再来週": 2, "次": -1, "on": -1}
"""How many weeks on the week is that a weekday is of; -1: the first such day after today."""
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {
    **{name: day for day, name in enumerate("月火水木金土日")},
    **{name: day for day, name in enumerate(_NAMES)},
    **{name[:3]: day for day, name in enumerate(_NAMES)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_WEEKDAY = re.compile(
    r"(?:(今週|来週|翌週|再来週|次|this|next|on)の?\s*)?"
    rf"({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})(曜日?)?"
)
_WEEK = {"来週": 1, "翌週": 1, "next week": 1, "再来週": 2}
_ENDS = {
    "月末": 0,
    "今月末": 0,
    "end of month": 0,
    "end of the month": 0,
    "来月末": 1,
    "end of next month": 1,
}


def moment(
    text: str, now: datetime, zone: tzinfo | None = None, calendar: Calendar | None = None
) -> datetime | None:
    """The moment that ``text`` means, seen from ``now``, in the zone ``zone`` (None: this computer's); None for a text
    that says no time. It may be over.

    A time that is over today means tomorrow, a day that is over this year next year, a weekday the next one after
    today (of 来週 that of the week that begins next Monday), and a working day one of ``calendar``
    (:func:`~maildesk.domain.business.next_working_day`); a day without a time means nine in the morning or when that
    calendar opens, and the end of a month its last day.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    here = now.astimezone(zone)
    try:
        found = _after(said, here) or _iso(said, here) or _spoken(said, here, calendar)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.year <= LAST_YEAR else None


def _after(said: str, here: datetime) -> datetime | None:
    if match := _JAPANESE_AFTER.fullmatch(said):
        count, unit = match.groups()
        if not said.endswith("後") and not said.startswith("+") and not unit.startswith(("時間", "分", "週")):
            return None  # 3日 is a day of the month
        half = 0.5 if unit == "時間半" else 0.0
        if count == "半":
            return here + timedelta(minutes=30) if unit == "時間" else None
        if unit.endswith("月"):
            return _months_on(here, int(count))
        return here + timedelta(**{_UNITS.get(unit[0], "weeks"): int(count) + half})
    if match := _ENGLISH_AFTER.fullmatch(said):
        count, unit = match.groups()
        is_short = unit in ("m", "h", "d", "w")
        if not is_short and not said.startswith(("in ", "+")) and not said.endswith(("later", "from now")):
            return None
        if count == "half an":
            return here + timedelta(minutes=30) if unit.startswith("h") else None
        number = _NUMBERS.get(count) or int(count)
        if unit.startswith("mo"):
            return _months_on(here, number)
        return here + timedelta(**{_UNITS[unit[0]]: number})
    return None


def _months_on(here: datetime, months: int) -> datetime:
    year, month = divmod(here.year * 12 + here.month - 1 + months, 12)
    day = min(here.day, monthrange(year, month + 1)[1])
    return here.replace(year=year, month=month + 1, day=day)


def _iso(said: str, here: datetime) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d", said):
        return None
    found = datetime.fromisoformat(said.upper())
    return found if found.tzinfo else found.replace(tzinfo=here.tzinfo)


def _spoken(said: str, here: datetime, calendar: Calendar | None) -> datetime | None:
    """A day, a time, or both."""
    hour, minute, rest = MORNING, 0, said
    has_time = True
    if time := _TIME.search(said):
        half, hour = time[1] or time[6], int(time[2])
        minute = int(time[3] or time[4] or (30 if time[5] else 0))
        if half in ("午後", "pm") and hour < 12:
            hour += 12
        elif half == "am" and hour == 12:
            hour = 0
        rest = said[: time.start()]
    elif word := _HOUR_WORD.search(said):
        hour, rest = _NOON[word[1]], said[: word.start()]
    else:
        has_time = False
    rest = rest.strip().removesuffix(" at").removesuffix(" の").removesuffix("の").strip()
    at = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if not rest:
        return (at if at > here else at + timedelta(days=1)) if has_time else None
    days = 1 if rest in _NEXT_WORKING else int(match[1]) if (match := _WORKING.fullmatch(rest)) else None
    if days is not None:
        return _working(days, at, here, has_time, calendar)
    return _day(rest, at, here, has_time)


def _day(rest: str, at: datetime, here: datetime, has_time: bool) -> datetime | None:
    if rest in _NEAR:
        return at + timedelta(days=_NEAR[rest])
    if rest in _ENDS:
        last = _months_on(at.replace(day=1), _ENDS[rest])
        return last.replace(day=monthrange(last.year, last.month)[1])
    if rest in ("週末", "weekend", "this weekend"):
        return at + timedelta(days=(5 - here.weekday() - 1) % 7 + 1)
    if rest in _WEEK:
        return at + timedelta(days=7 * _WEEK[rest] - here.weekday())
    if rest in _MONTHS:
        return _months_on(at, _MONTHS[rest]).replace(day=1)
    if (match := _DAYS_ON.fullmatch(rest)) is not None and has_time:
        return at + timedelta(days=int(match[1]))
    return _weekday(rest, at, here, has_time) or _date(rest, at, here)


_DAYS_ON = re.compile(r"(?:in )?\+?(\d{1,3})\s*(?:日後|days?|d)")


def _working(days: int, at: datetime, here: datetime, has_time: bool, calendar: Calendar | None) -> datetime:
    day = here
    for _ in range(days):
        day = next_working_day(day, here.tzinfo, calendar)
    return at.replace(year=day.year, month=day.month, day=day.day) if has_time else day


def _weekday(rest: str, at: datetime, here: datetime, has_time: bool) -> datetime | None:
    match = _WEEKDAY.fullmatch(rest)
    if match is None:
        return None
    week, name, ending = match.groups()
    if len(name) == 1 and not (week or ending or has_time):
        return None  # 日 alone is no day
    day, which = _WEEKDAYS[name], _WEEKS[week or ""]
    if which < 0:
        return at + timedelta(days=(day - here.weekday() - 1) % 7 + 1)
    return at + timedelta(days=7 * which + day - here.weekday())


def _date(rest: str, at: datetime, here: datetime) -> datetime | None:
    if match := _DAY.fullmatch(rest):
        at = at.replace(year=int(match[1] or here.year), month=int(match[2]), day=int(match[3]))
        return at if match[1] or at > here else at.replace(year=here.year + 1)
    if match := _DAY_OF_MONTH.fullmatch(rest):
        first = at.replace(day=1)
        on = {"今月": 0, "来月": 1, "再来月": 2}.get(match[1] or "", 0)
        found = _months_on(first, on).replace(day=int(match[2]))
        return found if match[1] or found > here else _months_on(first, 1).replace(day=int(match[2]))
    return None
