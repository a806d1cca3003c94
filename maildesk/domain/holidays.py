"""The public holidays of Japan (国民の祝日に関する法律), computed: nothing is asked for and nothing expires.

Right from 2022 on. The equinoxes are the astronomical ones that the government publishes a year ahead; the usual
formula has given them every year since 1980 and is good until 2099.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_FIXED = ((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23))
_MONDAYS = ((1, 2), (7, 3), (9, 3), (10, 2))
"""Month, and which Monday of it: 成人の日, 海の日, 敬老の日, スポーツの日."""


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday, one observed instead (振替休日) and one between two others included."""
    return day in _of_year(day.year)


@lru_cache(16)
def _of_year(year: int) -> frozenset[date]:
    named = {date(year, month, day) for month, day in _FIXED}
    named |= {_monday(year, month, nth) for month, nth in _MONDAYS}
    named |= {date(year, 3, _equinox(year, 20.8431)), date(year, 9, _equinox(year, 23.2488))}
    one = timedelta(days=1)
    between = {day + one for day in named if day + 2 * one in named} - named
    instead = set()
    for day in named:
        if day.weekday() == 6:
            while day in named:
                day += one
            instead.add(day)
    return frozenset(named | {day for day in between if day.weekday() != 6} | instead)


def _monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (nth - 1))


def _equinox(year: int, base: float) -> int:
    since = year - 1980
    return int(base + 0.242194 * since - since // 4)
