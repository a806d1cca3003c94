"""A line between two parts of the screen, with words in it where needed."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len

from maildesk.domain.safetext import SafeText
from maildesk.widgets.bar import Bar, Run
from maildesk.widgets.text import NOTHING
from maildesk.widgets.wrap import cut


class Rule(Bar):
    """``── left ──────── right ──``; heavy only for claims, errors and what is being sent."""

    DEFAULT_CSS = """
    Rule {
        & > .rule--line { color: $foreground 35%; }
        & > .rule--heavy { color: $text-warning; }
        & > .rule--words { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rule--line", "rule--heavy", "rule--words"}

    def __init__(
        self,
        left: SafeText = NOTHING,
        right: SafeText = NOTHING,
        *,
        heavy: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._left, self._right, self._heavy = left, right, heavy

    def set_left(self, left: SafeText) -> None:
        """Other words at the left end."""
        self.show(left, self._right)

    def set_right(self, right: SafeText) -> None:
        """Other words at the right end."""
        self.show(self._left, right)

    def show(self, left: SafeText = NOTHING, right: SafeText = NOTHING) -> None:
        """Other words."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells; the right words go first when it gets narrow."""
        line, look = ("━", "rule--heavy") if self._heavy else ("─", "rule--line")
        left = self._left
        right = self._right if cell_len(left) + cell_len(self._right) + 10 <= width else NOTHING
        if not left and not right:
            return [(SafeText(line * width), look)]
        runs: list[Run] = []
        used = 0
        if left:
            left = cut(left, max(width - 6, 0))
            runs += [(SafeText(line * 2), look), (SafeText(f" {left} "), "rule--words")]
            used = cell_len(left) + 4
        tail = cell_len(right) + 4 if right else 0
        runs.append((SafeText(line * max(width - used - tail, 0)), look))
        if right:
            runs += [(SafeText(f" {right} "), "rule--words"), (SafeText(line * 2), look)]
        return runs
