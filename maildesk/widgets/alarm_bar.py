"""The red line under the header, for what must not be overlooked on any screen."""

from __future__ import annotations

from typing import ClassVar

from maildesk.domain.safetext import SafeText
from maildesk.widgets.bar import Bar, Run, spread
from maildesk.widgets.text import NOTHING


class AlarmBar(Bar):
    """``! what is wrong … what to do``: one row, there only while something is wrong. What to do stays, the rest is
    cut."""

    DEFAULT_CSS = """
    AlarmBar {
        display: none;
        & > .alarm-bar--words { color: $text-error; background: $background; text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"alarm-bar--words"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = self._do = NOTHING

    def show(self, words: SafeText, do: SafeText = NOTHING) -> None:
        """Show ``words`` and at the right end ``do``; without words the row goes away."""
        if (words, do) != (self._words, self._do):
            self._words, self._do = words, do
            self.display = bool(words)
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        left: list[Run] = [(SafeText(f" ! {self._words}"), "alarm-bar--words")]
        right: list[Run] = [(SafeText(f"  {self._do} " if self._do else " "), "alarm-bar--words")]
        return [(text, "alarm-bar--words") for text, _ in spread(left, right, width)]
