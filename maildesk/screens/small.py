"""What is shown where the terminal is too small for anything else. What was on screen stays underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from maildesk.locale import t
from maildesk.widgets.text import content

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp

WIDTH, HEIGHT = 40, 16
"""The smallest terminal that shows the screens, in cells."""


class TooSmall(Screen[None]):
    """One line until the terminal grows again."""

    DEFAULT_CSS = """
    TooSmall { align: left top; }
    TooSmall > Static { width: 100%; height: auto; }
    """

    def compose(self) -> ComposeResult:
        key = cast("MaildeskApp", self.app).keymap.shown("app.quit")
        yield Static(content(t("app.too_small", width=WIDTH, height=HEIGHT, key=key)))
