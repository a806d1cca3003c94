"""A question with yes and no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from maildesk.domain.safetext import safe
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraphs
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import content


class Confirm(DeskDialog[bool]):
    """Asks; the result is whether the answer was ``y``. Escape is no, and so is silence for ``seconds``."""

    asks = True
    context: ClassVar[Context] = "confirm"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("confirm")]

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
            shown = self.host.keymap.shown
            keys = (shown("confirm.yes"), t("common.yes")), (shown("confirm.no"), t("common.back"))
            yield KeysLine(*keys, classes="answers")

    def action_confirm_yes(self) -> None:
        self.dismiss(True)

    def action_confirm_no(self) -> None:
        self.dismiss(False)
