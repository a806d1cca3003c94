"""What the app says in passing: one short line, in which the newest takes the place of the one before."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from textual.notifications import Notification, Notifications
from textual.widgets._toast import Toast, ToastRack

from maildesk.domain.safetext import SafeText, safe
from maildesk.screens.deeds import Deed

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp

Severity = Literal["information", "warning", "error"]

STANDING = 24 * 3600.0
"""Seconds that what stands until the next key may stand."""


class Toasts:
    """Says things on the line over the footer."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._deed: Deed | None = None
        self._numbers: tuple[int, ...] = ()
        self._said_at = 0.0

    def say(self, text: str, severity: Severity = "information") -> None:
        """Say something instead of what is said now. It is shown as it stands: no markup is read in it."""
        self._deed = None
        self._app.notify(safe(text), severity=severity, markup=False)

    def explain(self, text: str) -> None:
        """Say what went wrong, until the next key, whatever else is said."""
        self._deed = None
        self._app.notify(safe(text), severity="error", timeout=STANDING, markup=False)

    def did(
        self, deed: Deed, numbers: Sequence[int], *, undoable: bool = True, more: Sequence[SafeText] = ()
    ) -> None:
        """Say what was done. The same again, while that is still said, is counted; ``more`` is what was left alone."""
        now = time.monotonic()
        again = deed == self._deed and now - self._said_at < self._app.NOTIFICATION_TIMEOUT
        together = (*self._numbers, *numbers) if again else tuple(numbers)
        key = self._app.keymap.shown("app.undo") if undoable else ""
        words = deed.done(tuple(dict.fromkeys(together)), key, numbers if again else ())
        self.say("\n".join((words, *more[:1])), "warning" if more else "information")
        self._deed, self._numbers, self._said_at = deed, together, now

    def make_room(self) -> None:
        """Something is said: what was said before goes, but for what went wrong."""
        shown = self._app._notifications
        for one in [one for one in shown if one.timeout < STANDING]:
            del shown[one]

    def show(self) -> None:
        """Show what is said on the screen in front. What stands on a screen that is seen behind a dialog stays there,
        and does not come a second time; what is not said any more goes from there, too."""
        stack = self._app.screen_stack
        if not stack:
            return
        said = self._app._notifications
        stands: list[Notification] = []
        for screen in self._app._background_screens if stack[-1].is_modal else ():
            for rack in screen.query(ToastRack):
                here = [toast._notification for toast in rack.query(Toast)]
                rack.show(_only(one for one in here if one in said))
                stands += here
        for rack in stack[-1].query(ToastRack):
            rack.show(_only(one for one in said if one not in stands))

    def forget(self) -> None:
        """What was said does not hold any more."""
        self._deed = None
        self.make_room()
        self._app._refresh_notifications()


def _only(some: Iterable[Notification]) -> Notifications:
    found = Notifications()
    for one in some:
        found.add(one)
    return found
