"""A picture of coloured characters."""

from __future__ import annotations

from collections.abc import Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from maildesk.domain.safetext import safe_line

Shade = tuple[int, int, int]
Run = tuple[str, Shade | None, Shade | None]
"""Some characters, their colour and that of their ground, red, green and blue from 0 to 255; None for those of the
screen."""


class PictureView(Widget, can_focus=False):
    """Shows lines of runs as they are."""

    DEFAULT_CSS = "PictureView { width: 1fr; height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Sequence[Run]] = ()

    def show(self, lines: Sequence[Sequence[Run]]) -> None:
        """Show a picture."""
        self._lines = lines
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Textual: the rows needed."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Textual: one line."""
        plain = self.rich_style
        runs = self._lines[y] if y < len(self._lines) else ()
        parts = [Segment(safe_line(text), plain + _style(front, ground)) for text, front, ground in runs]
        return Strip(parts).adjust_cell_length(self.size.width, plain)


def _style(front: Shade | None, ground: Shade | None) -> Style:
    return Style(
        color=Color.from_rgb(*front) if front is not None else None,
        bgcolor=Color.from_rgb(*ground) if ground is not None else None,
    )
