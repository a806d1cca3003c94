"""Running text as Japanese is set, where Textual would put 、 at the start of a line."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from maildesk.domain.safetext import SafeText
from maildesk.widgets.tables import wrap_text
from maildesk.widgets.wrap import fit

Look = Literal["text", "muted", "title", "ok", "warning", "error", "key"]
Paragraph = tuple[SafeText, Look]


class Paragraphs(Widget):
    """Paragraphs, each in one look, wrapped to the width; as high as they need."""

    DEFAULT_CSS = """
    Paragraphs {
        height: auto; width: 1fr;
        & > .paragraphs--text { color: $foreground; }
        & > .paragraphs--muted { color: $text-muted; }
        & > .paragraphs--title { color: $foreground; text-style: bold; }
        & > .paragraphs--ok { color: $text-success; }
        & > .paragraphs--warning { color: $text-warning; text-style: bold; }
        & > .paragraphs--error { color: $text-error; text-style: bold; }
        & > .paragraphs--key { color: $text-primary; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"paragraphs--{name}" for name in ("text", "muted", "title", "ok", "warning", "error", "key")
    }

    def __init__(self, *paragraphs: Paragraph, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._paragraphs = paragraphs
        self._lines: list[tuple[SafeText, Look]] = []
        self._width = 0

    def show(self, *paragraphs: Paragraph) -> None:
        """Show other paragraphs. What is around them is laid out anew only where they need another height."""
        if paragraphs != self._paragraphs:
            width, height = self._width, len(self._lines)
            self._paragraphs = paragraphs
            self._width = 0
            self.refresh(layout=not width or len(self._laid_out(width)) != height)

    def wrapped(self, text: SafeText, width: int) -> list[SafeText]:
        """A paragraph in lines of at most ``width`` cells."""
        return wrap_text(text, width)

    def _laid_out(self, width: int) -> list[tuple[SafeText, Look]]:
        if width != self._width:
            self._width = width
            self._lines = [
                (line, look) for text, look in self._paragraphs for line in self.wrapped(text, max(width, 2))
            ]
        return self._lines

    def on_resize(self) -> None:
        if len(self._laid_out(self.size.width)) != self.size.height:
            self.refresh(layout=True)  # at this width it was laid out for paragraphs before these

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._laid_out(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._laid_out(width)
        text, look = lines[y] if y < len(lines) else (SafeText(""), "text")
        style = self.get_component_rich_style(f"paragraphs--{look}")
        return Strip([Segment(fit(SafeText(text.rstrip()), width), style)], width)
