"""A row with a title at the left and states at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len

from maildesk.domain.safetext import SafeText
from maildesk.widgets.bar import Bar, Run, spread
from maildesk.widgets.header_bar import Part
from maildesk.widgets.phone import PHONE
from maildesk.widgets.text import NOTHING

LEAST = 12
"""Cells that the title keeps on a telephone; states at the right are left out before."""


class TitleBar(Bar):
    """``‹ 新着 3/12   #1044 届いた商品に…      [処理中] 至急``: the states stay, the title is cut."""

    DEFAULT_CSS = """
    TitleBar {
        & > .title-bar--title { color: $foreground; text-style: bold; }
        & > .title-bar--muted { color: $text-muted; }
        & > .title-bar--ok { color: $text-success; }
        & > .title-bar--warning { color: $text-warning; text-style: bold; }
        & > .title-bar--error { color: $text-error; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"title-bar--{name}" for name in ("title", "muted", "ok", "warning", "error")
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._before = NOTHING
        self._title = NOTHING
        self._parts: tuple[Part, ...] = ()

    def show(self, before: SafeText, title: SafeText, parts: Sequence[Part] = ()) -> None:
        """Show ``before`` (softly) and ``title`` at the left, ``parts`` with their tones at the right."""
        state = (before, title, tuple(parts))
        if state != (self._before, self._title, self._parts):
            self._before, self._title, self._parts = state
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        before, parts = self._before, list(self._parts)
        if width < PHONE:
            before = SafeText("‹") if before.startswith("‹") else before
            while parts and cell_len(before) + LEAST + sum(cell_len(text) + 2 for text, _ in parts) > width:
                parts.remove(next((part for part in parts if part[1] == "muted"), parts[-1]))
        left: list[Run] = [
            (SafeText(f" {before}  "), "title-bar--muted"),
            (self._title, "title-bar--title"),
        ]
        right: list[Run] = []
        for text, tone in parts:
            right += [(SafeText("  "), ""), (text, f"title-bar--{tone}" if tone else "")]
        return spread(left, [*right, (SafeText(" "), "")], width)
