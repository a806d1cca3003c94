"""A banner between heavy rules, for what must not be overlooked: somebody else's claim, no connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from maildesk.domain.safetext import SafeText
from maildesk.widgets.text import NOTHING, segments
from maildesk.widgets.wrap import cut, fit, wrap


class Notice(Widget):
    """One or more lines between two ━ rules. Not there until :meth:`show`."""

    DEFAULT_CSS = """
    Notice {
        height: auto; display: none; background: $background;
        & > .notice--warning { color: $text-warning; text-style: bold; }
        & > .notice--error { color: $text-error; text-style: bold; }
        & > .notice--more { color: $foreground; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"notice--warning", "notice--error", "notice--more"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[SafeText, ...] = ()
        self._right = NOTHING
        self._tone: Literal["warning", "error"] = "warning"

    def show(
        self, *lines: SafeText, right: SafeText = NOTHING, tone: Literal["warning", "error"] = "warning"
    ) -> None:
        """Show ``lines``, the first in the colour of ``tone``, with ``right`` (the keys that help) at the end
        of the last line where there is room, else on a line of its own."""
        if (lines, right, tone) != (self._lines, self._right, self._tone) or not self.display:
            self._lines, self._right, self._tone = lines, right, tone
            self.display = True
            self.refresh(layout=True)

    def hide(self) -> None:
        """Take the banner away."""
        self.display = False
        self._lines = ()

    def _laid_out(self, width: int) -> Sequence[tuple[SafeText, bool]]:
        """The lines at ``width``, and whether each is of the first."""
        room = max(width - 2, 2)
        lines = [(line, number == 0) for number, text in enumerate(self._lines) for line in wrap(text, room)]
        if self._right and lines:
            last, first = lines[-1]
            spare = (
                Strip([Segment(last.rstrip())]).cell_length + Strip([Segment(self._right)]).cell_length + 2
            )
            if spare <= room:
                lines[-1] = (SafeText(last.rstrip() + " " * (room - spare + 2) + self._right), first)
            else:
                lines += [(line, False) for line in wrap(self._right, room)]
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Textual: the rows needed."""
        return len(self._laid_out(width)) + 2 if self._lines else 0

    def render_line(self, y: int) -> Strip:
        """Textual: one line."""
        width = self.size.width
        look = self.get_component_rich_style(f"notice--{self._tone}")
        if y in (0, self.size.height - 1):
            return Strip([Segment("━" * width, look)], width)
        lines = self._laid_out(width)
        if y - 1 >= len(lines):
            return Strip([Segment(" " * width, look)], width)
        text, first = lines[y - 1]
        style: Style = look if first else self.get_component_rich_style("notice--more")
        return Strip(segments((fit(cut(SafeText(f" {text.rstrip()}"), width), width), style)), width)
