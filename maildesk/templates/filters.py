"""The filters of reply templates. All are pure but for business days, which know the calendar of the rendering they run
in; none gives back much more text than it got."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from maildesk.domain.template import Value

_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1873, 1, 1), "明治"),  # from here on the Gregorian calendar
)
_WEEKDAYS = "月火水木金土日"
_MONTHS: tuple[str, ...] = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
)
_MONTHS += ("November", "December")  # not %B: the C library's locale must not decide
_ORGANISATION = re.compile(r"(?:株式|有限|合同|合資)会社|[(\(][株有][)\)]|[㈱㈲]|(?:学校|医療|財団|社団)法人")
_DEPARTMENT = re.compile(
    r"(?:購買|総務|営業|経理|管理|商品|仕入|業務|人事|企画|開発|資材|調達)[部課室]|(?:係|支店|センター)$"
)
_HONORIFIC = ("様", "御中", "さま", "先生")
FARTHEST = 366
_FARTHEST_DAY = 4 * FARTHEST
"""Days among which so many business days must be."""
LARGEST = 10**15


class FilterFailure(ValueError):
    """A value that a filter cannot use. ``key`` names the text in ``locale/errors.py``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def sama(name: Value) -> str:
    """A customer's name as a letter addresses it: ``渡邉 美咲 様``; 御中 for a company or its department,
    nothing added where the name has an honorific."""
    text = str(name).strip()
    if text.endswith(_HONORIFIC):
        return text
    words = text.split()
    organisation = _ORGANISATION.search(text) and (len(words) == 1 or _DEPARTMENT.search(words[-1]))
    return f"{text} {'御中' if organisation else '様'}"


def as_date(value: Value) -> date | None:
    """The day of a date, a time, or ISO 8601 text; None for other text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", str(value)).strip().replace("/", "-"))
    except ValueError:
        return None


def _day(value: Value) -> date:
    if (day := as_date(value)) is None:
        raise FilterFailure("template_not_a_date", value=str(value)[:40])
    return day


def hiduke(value: Value) -> str:
    """``2026年11月21日(土)``. Text that is no ISO date was written by a person and stays as it is."""
    day = as_date(value)
    return str(value) if day is None else f"{day.year}年{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


def short_hiduke(value: Value) -> str:
    """``11月21日(土)``; other text stays as it is."""
    day = as_date(value)
    return str(value) if day is None else f"{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


def english_date(value: Value) -> str:
    """``21 November 2026``; other text stays as it is."""
    day = as_date(value)
    return str(value) if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def wareki(value: Value) -> str:
    """The Japanese era: ``令和8年11月21日``, 元年 for an era's first year.

    Raises FilterFailure for what is no date or is before 1873.
    """
    day = _day(value)
    for first, era in _ERAS:
        if day >= first:
            year = day.year - (1867 if era == "明治" else first.year - 1)
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    raise FilterFailure("template_not_a_date", value=day.isoformat())


def yen(value: Value) -> str:
    """An amount: ``1,234円`` from a number or from digits with ¥, commas or full-width forms.

    Raises FilterFailure for other text.
    """
    if isinstance(value, str):
        digits = re.sub(r"[¥\\,円\s]", "", unicodedata.normalize("NFKC", value))
        if not re.fullmatch(r"-?[0-9]{1,15}", digits):
            raise FilterFailure("template_not_a_number", value=value[:40])
        return f"{int(digits):,}円"
    if isinstance(value, date) or not abs(value) <= LARGEST:
        raise FilterFailure("template_not_a_number", value=str(value)[:40])
    return f"{round(value):,}円"


def on_weekdays(day: date) -> bool:
    """Whether it is a day from Monday to Friday."""
    return day.weekday() < 5


works: ContextVar[Callable[[date], bool]] = ContextVar("works", default=on_weekdays)
"""Which days are business days, in the rendering under way."""


def business_days(value: Value, days: object = 1) -> date:
    """The day that is ``days`` business days after a date (before it when negative; 0 = this day, or the
    next business day when it is none). Which days those are the shop says: :data:`works`.

    Raises FilterFailure for what is no date and for more than 366 days.
    """
    day = _day(value)
    if not isinstance(days, int) or abs(days) > FARTHEST or not 1 < day.year < 9998:
        raise FilterFailure("template_not_a_number", value=str(days)[:40])
    step = timedelta(days=-1 if days < 0 else 1)
    is_one, left = works.get(), abs(days)
    for _ in range(_FARTHEST_DAY):
        if not left and is_one(day):
            return day
        day += step
        left -= bool(left) and is_one(day)
    raise FilterFailure("template_not_a_number", value=str(days))


FILTERS: dict[str, Callable[..., Value]] = {
    "様": sama,
    "sama": sama,
    "円": yen,
    "yen": yen,
    "日付": hiduke,
    "短い日付": short_hiduke,
    "date": english_date,
    "和暦": wareki,
    "wareki": wareki,
    "営業日": business_days,
    "business_days": business_days,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "trim": lambda value: str(value).strip(),
}
"""Every filter but ``default``, which Jinja brings. Each has a description ``templates.filter.<name>``."""

ARGUMENTS: dict[str, int] = {"営業日": 1, "business_days": 1, "default": 2, "d": 2}
"""How many arguments a filter takes at most; none where it is not named."""

SUFFIX: dict[str, str] = {"様": " 様", "sama": " 様", "円": "円", "yen": "円"}
"""What a filter adds to the visible placeholder of a gap."""
