"""Hours of the day: those in which nothing is told, and those in which the team keeps to the mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

_HOURS = re.compile(
    r"\s*([01]?[0-9]|2[0-3]):([0-5][0-9])\s*[-\u2013~\u301c]\s*([01]?[0-9]|2[0-3]):([0-5][0-9])\s*"
)


@dataclass(frozen=True, slots=True)
class DayHours:
    """From ``start`` up to ``end``, over midnight where that is earlier; the whole day where both are the same."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> DayHours | None:
        """``22:00-07:00``; None for what is none."""
        found = _HOURS.fullmatch(text)
        if found is None:
            return None
        a, b, c, d = map(int, found.groups())
        return cls(time(a, b), time(c, d))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def cover(self, at: time) -> bool:
        """Whether a time of the day is one of these hours."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def until(hours: Iterable[DayHours], at: time) -> time | None:
    """When the hours that cover ``at`` end; None where none do."""
    return next((one.end for one in hours if one.cover(at)), None)
