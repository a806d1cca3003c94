"""The first row: where we are, and how mail and outbox stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len

from maildesk.domain.safetext import SafeText
from maildesk.widgets.bar import Bar, Run, spread
from maildesk.widgets.phone import PHONE

Tone = Literal["", "muted", "ok", "warning", "error"]
Part = tuple[SafeText, Tone]


class HeaderBar(Bar):
    """``maildesk ▸ <place>`` at the left; at the right the parts given, the first of which go first when it
    gets narrow."""

    DEFAULT_CSS = """
    HeaderBar {
        background: $panel; color: $foreground;
        & > .header-bar--name { color: $text-primary; text-style: bold; }
        & > .header-bar--muted { color: $text-muted; }
        & > .header-bar--ok { color: $foreground; }
        & > .header-bar--warning { color: $text-warning; text-style: bold; }
        & > .header-bar--error { color: $text-error; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"header-bar--{name}" for name in ("name", "muted", "ok", "warning", "error")
    }
    LEFT = 34
    """Cells that the place keeps before parts at the right are left out."""
    LEFT_SHORT = 16
    """The same on a telephone."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._place = SafeText("")
        self._parts: tuple[Part, ...] = ()

    def show(self, place: SafeText, parts: Sequence[Part]) -> None:
        """Show ``place`` (mailbox, or the conversation) and ``parts`` (synchronised, outbox, me), texts with
        a tone."""
        if (place, tuple(parts)) != (self._place, self._parts):
            self._place, self._parts = place, tuple(parts)
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        parts = list(self._parts)
        if width < PHONE:
            return self._short(parts, width)
        least = min(self.LEFT, 14 + cell_len(self._place))
        while len(parts) > 1 and sum(cell_len(text) + 2 for text, _ in parts) + least > width:
            parts.pop(0)
        left: list[Run] = [(SafeText(" maildesk "), "header-bar--name")]
        if self._place:
            left.append((SafeText(f"▸ {self._place}"), ""))
        return self._row(left, parts, width)

    def _short(self, parts: list[Part], width: int) -> list[Run]:
        """The row on a telephone: where we are, and what wants somebody; the last part where that leaves room."""
        wanted, last = [part for part in parts[:-1] if part[1] in ("warning", "error")], parts[-1:]
        least = min(self.LEFT_SHORT, 1 + cell_len(self._place))
        while wanted + last and sum(cell_len(text) + 2 for text, _ in wanted + last) + least > width:
            (last or wanted).pop(0)
        return self._row(
            [(SafeText(f" {self._place or 'maildesk'}"), "header-bar--name")], wanted + last, width
        )

    @staticmethod
    def _row(left: list[Run], parts: list[Part], width: int) -> list[Run]:
        right: list[Run] = []
        for text, tone in parts:
            right.append((SafeText("  " if right else " "), ""))
            right.append((text, f"header-bar--{tone}" if tone else ""))
        right.append((SafeText(" "), ""))
        return spread(left, right, width)
