"""A question with yes and no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from maildesk.domain.safetext import safe
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.dialogs import keys_line
from maildesk.screens.paragraphs import Paragraphs
from maildesk.widgets.text import content


class Confirm(DeskDialog[bool]):
    """Asks; the result is whether the answer was ``y``. Escape is no, and so is silence for ``seconds``."""

    asks = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("escape,n,q", "answer(False)", show=False),
    ]

    def __init__(self, title: str, *lines: str, seconds: float | None = None) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._seconds = seconds

    def on_mount(self) -> None:
        if self._seconds is not None:
            self.set_timer(self._seconds, self._silence)

    def _silence(self) -> None:
        self.dismiss(False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -warning") as box:
            box.border_title = content(self._title)
            for line in self._lines:
                yield Paragraphs((safe(line), "text"), classes="line")
            yield Static(keys_line(("y", t("common.yes")), ("Esc", t("common.back"))), classes="answers")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
