"""Counts before a key: ``3j``, ``5x``, ``3e``, ``12G``. A digit that nothing follows is the key that it is: a tab.

That is shown before it is known; what was there comes back when the digit was a count.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events

from maildesk import keymap
from maildesk.domain.status import Tab
from maildesk.domain.steps import Act
from maildesk.screens.base import DeskScreen

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp

LARGEST = 999
"""What is counted higher counts as this."""
NUMBER = 3
"""How many times as long a number of several digits waits for its key, and a digit that is no tab: hardly anybody
means anything else by it."""
SHOWN_AFTER = 0.08
"""Seconds until the tab of a digit is shown: who types ``3e`` in one go does not see it, who wants the tab waits no
longer than for any key."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a key is: an action and how many times, or keys that are to be taken one by one, or (neither) itself."""

    action: str | None = None
    times: int = 1
    back: tuple[events.Key, ...] = ()


class Counting:
    """The digits that were typed and are not used yet."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._digits: list[events.Key] = []
        self._plain: list[events.Key] = []
        """Digits that are keys, because no key came that can be counted."""
        self._timers: list[asyncio.TimerHandle] = []
        self._turn = 0
        """Which wait it is: what an earlier one has left in the queue of the app is for other digits."""
        self._tried: str | None = None
        """The action of the first digit, when its tab is shown already."""

    @property
    def is_pending(self) -> bool:
        """Whether it is open what a digit means."""
        return bool(self._digits)

    def take(self, event: events.Key) -> Taken | None:
        """What ``event`` is; None: a digit that waits for the next key, or Escape that takes digits back."""
        if event in self._plain:
            self._plain.remove(event)
            return Taken()
        if self._is_digit(event):
            self._digits.append(event)
            self._wait()
            return None
        if not self._digits:
            return Taken()
        action = self._app.keymap.action(self._context, event.key)
        is_counted = action is not None and action.id in keymap.COUNTED
        times = min(int("".join(key.key for key in self._digits)), LARGEST)
        digits = self._end(meant=not is_counted and event.key != "escape")
        if event.key == "escape":
            return None
        if action is not None and is_counted:
            return Taken(action.id, times)
        self._plain += digits
        return Taken(back=(*digits, event))

    def followed_by(self, key: str) -> None:
        """The next key is there, and may have to wait for rows: the digits wait for no other one. Where it is counted
        it is for what was there before their tab."""
        action = self._app.keymap.action(self._context, key) if self._digits else None
        if action is not None and action.id in keymap.COUNTED:
            self._stop()
            self._decide(meant=False)

    def forget(self) -> None:
        """Nobody waits for what the digits are."""
        if self._digits:
            self._end(meant=False)

    @property
    def _context(self) -> keymap.Context:
        screen = self._app.screen
        return screen.context if isinstance(screen, DeskScreen) else "app"

    def _is_digit(self, event: events.Key) -> bool:
        return (
            self._app.settings.count_wait > 0
            and self._context in ("list", "conversation")
            and len(event.key) == 1
            and event.key in "0123456789"
            and (event.key != "0" or self.is_pending)
        )

    def _wait(self) -> None:
        self._stop()
        is_first = len(self._digits) == 1
        is_key = is_first and self._app.keymap.action(self._context, self._digits[0].key) is not None
        wait = self._app.settings.count_wait * (1 if is_key else NUMBER)
        after = [
            (wait, self._are_keys),
            *([(SHOWN_AFTER, self._try)] if is_first and wait > SHOWN_AFTER else []),
        ]
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(seconds, self._app.call_later, then, self._turn) for seconds, then in after
        ]
        self._app.keyboard.show_pending("".join(key.key for key in self._digits) + "…")

    async def _try(self, turn: int) -> None:
        """Show the tab of the first digit."""
        inbox = self._app.inbox
        if turn != self._turn or not self._digits or inbox is None or self._app.screen is not inbox:
            return
        action = self._app.keymap.action(self._context, self._digits[0].key)
        if action is not None and action.id.startswith("tab."):
            self._tried = action.id
            inbox.try_tab(tuple(Tab)[int(action.id.removeprefix("tab.")) - 1])

    async def _are_keys(self, turn: int) -> None:
        """Nothing followed."""
        if turn == self._turn and self._digits:
            digits = self._end(meant=True)
            self._plain += digits
            self._app.keyboard.put_first(*digits)

    def _end(self, meant: bool) -> list[events.Key]:
        """Wait no longer. The digits that are still to be taken; ``meant``: as keys."""
        digits, self._digits = self._digits, []
        self._stop()
        self._app.keyboard.show_pending()
        return digits[1:] if self._decide(meant) else digits

    def _decide(self, meant: bool) -> bool:
        """Keep the tab that is shown already, or leave it; whether it is kept."""
        tried, self._tried = self._tried, None
        inbox = self._app.inbox
        if tried is None or inbox is None:
            return False
        if not meant:
            inbox.leave_tab()
            return False
        inbox.keep_tab()
        if self._app.keyboard.macros.is_recording:
            self._app.keyboard.macros.hear(Act(tried))
        return True

    def _stop(self) -> None:
        self._turn += 1
        for timer in self._timers:
            timer.cancel()
        self._timers = []
