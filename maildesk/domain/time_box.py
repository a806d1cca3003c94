"""A time box for sorting: how long it still is, what was done in it, and how fast. Pure computation; moments are
seconds of any clock that only goes on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST = 8 * 60
"""Minutes."""
_WRITTEN = re.compile(r"(?:(\d{1,2})\s*(?:h|時間))?\s*(?:(\d{1,3})\s*(?:m|min|分)?)?")


def minutes(text: str) -> int | None:
    """``15m``, ``15``, ``1h30m``, ``1時間``, ``25分`` in minutes; None for what is no such time, or more than
    :data:`LONGEST`."""
    said = unicodedata.normalize("NFKC", text).casefold().strip()
    found = _WRITTEN.fullmatch(said)
    if found is None or not said:
        return None
    total = 60 * int(found[1] or 0) + int(found[2] or 0)
    return total if 0 < total <= LONGEST else None


@dataclass(slots=True)
class TimeBox:
    """It began at ``began`` and lasts ``minutes``."""

    began: float
    minutes: int
    _acts: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)

    def did(self, act: int, what: str, conversations: tuple[int, ...]) -> None:
        """The act of that number did ``what`` (in words) to these."""
        self._acts[act] = what, conversations

    def undone(self, act: int) -> None:
        """It was taken back. An act from before the time began is none of it."""
        self._acts.pop(act, None)

    def left(self, now: float) -> float:
        """Seconds left, 0 when it is over."""
        return max(0.0, self.began + 60 * self.minutes - now)

    @property
    def handled(self) -> int:
        """Conversations that something was done to."""
        return len({one for _, conversations in self._acts.values() for one in conversations})

    def pace(self, now: float) -> float:
        """Conversations a minute, over the time that has passed (at least half a minute of it)."""
        passed = min(max(now - self.began, 30.0), 60.0 * self.minutes)
        return self.handled * 60 / passed

    def by_act(self) -> Mapping[str, int]:
        """How many conversations each was done to, the most first."""
        found: dict[str, set[int]] = {}
        for what, conversations in self._acts.values():
            found.setdefault(what, set()).update(conversations)
        return dict(Counter({what: len(some) for what, some in found.items()}).most_common())
