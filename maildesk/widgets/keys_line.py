"""The last line of a dialog: keys as a footer shows them, each with what it does."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from maildesk.domain.safetext import safe_line
from maildesk.widgets.text import Part, joined

Key = tuple[str, str]
"""A key and what it does."""
GAP = "   "


class KeysLine(Widget):
    """``^s 保存   Esc 戻る``, on as many lines as it needs: no key stands apart from its words."""

    DEFAULT_CSS = "KeysLine { width: 1fr; height: auto; }"

    def __init__(self, *keys: Key, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._keys = [(str(safe_line(key)), str(safe_line(words))) for key, words in keys]

    def _lines(self, width: int) -> list[list[Key]]:
        lines: list[list[Key]] = [[]]
        left = width
        for key, words in self._keys:
            needed = cell_len(f"{key} {words}") + (len(GAP) if lines[-1] else 0)
            if lines[-1] and needed > left:
                lines.append([])
                needed, left = needed - len(GAP), width
            lines[-1].append((key, words))
            left -= needed
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        parts: list[str | Part] = []
        for number, line in enumerate(self._lines(self.size.width)):
            parts.append("\n" if number else "")
            for place, (key, words) in enumerate(line):
                parts += [GAP if place else "", (key, "$text-primary bold"), f" {words}"]
        return joined(*parts)
