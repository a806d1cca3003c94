"""The forms of the customer screen: a line of text, what somebody is known by."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from maildesk.domain.customer import IdentityKind
from maildesk.locale import t
from maildesk.screens.dialogs import TextDialog
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.widgets.text import content

LONGEST = 500


class LineDialog(TextDialog[str | None]):
    """Change a line of text; the result is it, None for Escape."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog line-dialog") as box:
            box.border_title = content(self._title)
            yield Input(self._value, placeholder=self._hint, compact=True, max_length=LONGEST)
            yield self.keys(t("customer.save"))

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_finish()

    def action_finish(self) -> None:
        self.dismiss(self.query_one(Input).value.strip())


def kinds() -> Picker[IdentityKind]:
    """By what the customer is to be known."""
    found = [Choice(kind, t(f"customer.kind.{kind}")) for kind in IdentityKind]
    return Picker(t("customer.add"), found)
