"""The seconds in which a sent reply can still be called back."""

from __future__ import annotations

import math
import time
from typing import ClassVar

from textual.message import Message
from textual.timer import Timer

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.widgets.bar import Bar, Run
from maildesk.widgets.text import NOTHING


class Countdown(Bar):
    """``<what> あと 8 秒 ████████░░ z で取り消し``, once a second. Not there until :meth:`start`."""

    CELLS = 10

    DEFAULT_CSS = """
    Countdown {
        background: $panel; display: none;
        & > .countdown--words { color: $foreground; text-style: bold; }
        & > .countdown--bar { color: $text-warning; }
        & > .countdown--key { color: $text-primary; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"countdown--words", "countdown--bar", "countdown--key"}

    class Finished(Message):
        """The time is over."""

        def __init__(self, countdown: Countdown) -> None:
            super().__init__()
            self.countdown = countdown

        @property
        def control(self) -> Countdown:
            """The countdown."""
            return self.countdown

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._seconds = 1.0
        self._end = 0.0
        self._what = SafeText("")
        self._how = NOTHING
        self._timer: Timer | None = None

    @property
    def left(self) -> int:
        """Whole seconds left, rounded up."""
        return max(0, math.ceil(self._end - time.monotonic()))

    @property
    def running(self) -> bool:
        """Whether it counts."""
        return self._timer is not None

    def start(self, seconds: float, what: SafeText, how: SafeText = NOTHING, of: float = 0.0) -> None:
        """Count ``seconds`` down, the rest of ``of`` where that is longer; ``what`` says what happens at the end,
        ``how`` what prevents it."""
        self.stop()
        self._seconds, self._what, self._how = max(seconds, of, 0.001), what, how
        self._end = time.monotonic() + seconds
        self.display = True
        self._timer = self.set_interval(min(1.0, max(seconds, 0.001)), self._tick)
        self.refresh()

    def stop(self) -> None:
        """Go away without a word."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = False

    def _tick(self) -> None:
        if time.monotonic() >= self._end - 0.05:
            self.stop()
            self.post_message(self.Finished(self))
        else:
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        full = min(self.CELLS, round(self.left / self._seconds * self.CELLS))
        return [
            (SafeText(f" {self._what}  "), "countdown--words"),
            (safe_line(t("widgets.countdown", count=self.left)), "countdown--words"),
            (SafeText(f" {'█' * full}{'░' * (self.CELLS - full)} "), "countdown--bar"),
            (self._how, "countdown--key"),
        ]
