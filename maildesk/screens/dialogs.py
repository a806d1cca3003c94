"""The one rule of all dialogs: what is typed is finished with ^s, a question is answered with y, Esc goes back and does
nothing. The last line of each says so in the same words."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraphs
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import content

Result = TypeVar("Result")


class TextDialog(DeskDialog[Result]):
    """A dialog in which something is typed: ^s finishes it, Esc goes back."""

    context: ClassVar[Context] = "dialog"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog")]

    def keys(self, finish: str) -> KeysLine:
        """The last line; ``finish`` is what ^s does, in words."""
        shown = self.host.keymap.shown
        keys = (shown("dialog.finish"), finish), (shown("dialog.close"), t("common.back"))
        return KeysLine(*keys, classes="keys")

    def action_dialog_finish(self) -> None:
        self.action_finish()

    def action_dialog_close(self) -> None:
        self.action_close()

    def action_dialog_complete(self) -> None:
        """Go on to the next field; comments complete a name."""
        self.focus_next()

    def action_dialog_target(self) -> None:
        """Nothing here: a comment chooses what it is about."""

    def action_finish(self) -> None:
        """Take what was typed."""

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


class Reason(TextDialog[str | None]):
    """Asks for a line of text that a colleague will read; the result is it, None for Escape."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, line: str, *, hint: str, finish: str, needed: str) -> None:
        """``needed`` is said where nothing was typed."""
        super().__init__()
        self._title = title
        self._line = line
        self._hint = hint
        self._finish = finish
        self._needed = needed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog claim") as box:
            box.border_title = content(self._title)
            yield Paragraphs((safe(self._line), "text"), id="line", classes="line")
            yield Input(placeholder=self._hint, compact=True, max_length=200)
            yield self.keys(self._finish)

    def say(self, *lines: SafeText) -> None:
        """Another text above the field: what it is about has changed."""
        self.query_one("#line", Paragraphs).show(*((line, "text") for line in lines))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_finish()

    def action_finish(self) -> None:
        reason = safe_line(self.query_one(Input).value.strip())
        if reason:
            self.dismiss(reason)
        else:
            self.host.say(self._needed, "warning")
