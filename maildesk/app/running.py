"""Running the app on this terminal: the desk, or the wizard that makes one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from maildesk.app.desk_app import MaildeskApp
from maildesk.app.settings import UiSettings

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.desk import Desk
    from maildesk.screens.wizard.answers import WizardActions


class SetupApp(MaildeskApp):
    """The first-run wizard. ``run`` returns 1 when a desk was made, None when the agent stopped."""

    def __init__(self, actions: WizardActions, settings: UiSettings | None = None) -> None:
        super().__init__(None, settings)
        self._actions = actions

    def first_screen(self) -> Screen[Any]:
        from maildesk.screens.wizard.screen import WizardScreen

        return WizardScreen(self._actions)

    def begin(self) -> None:
        """There is no desk to open yet."""


def run_setup(actions: WizardActions, settings: UiSettings) -> bool:
    """Run the wizard on this terminal; whether a desk was made."""
    return bool(SetupApp(actions, settings).run(mouse=_mouse(settings)))


def run_app(open_desk: Callable[[], Desk], settings: UiSettings) -> int:
    """Run the app on this terminal and return the exit code. Over SSH the mouse is off unless set ``on``."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # set but empty means nothing (no-color.org); Textual takes it for a wish
    app = MaildeskApp(open_desk, settings)
    app.run(mouse=_mouse(settings))
    return app.return_code or 0


def _mouse(settings: UiSettings) -> bool:
    return settings.mouse == "on" or (settings.mouse == "auto" and "SSH_CONNECTION" not in os.environ)
