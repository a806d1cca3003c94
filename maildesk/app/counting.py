"""Counts before a key: ``3j``, ``5x``, ``3e``, ``12G``. A digit that nothing follows is the key that it is: a tab."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events

from maildesk import keymap
from maildesk.domain.safetext import SafeText
from maildesk.screens.base import DeskScreen

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp

LARGEST = 999
"""What is counted higher counts as this."""
NUMBER = 3
"""How many times as long a number of several digits waits for its key: hardly anybody means two tabs by it."""


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
        self._timer: asyncio.TimerHandle | None = None

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
        digits, times = self._digits, min(int("".join(key.key for key in self._digits)), LARGEST)
        self._end()
        if event.key == "escape":
            return None
        action = self._app.keymap.action(self._context, event.key)
        if action is not None and action.id in keymap.COUNTED:
            return Taken(action.id, times)
        self._plain += digits
        return Taken(back=(*digits, event))

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
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        wait = self._app.settings.count_wait * (1 if len(self._digits) == 1 else NUMBER)
        self._timer = loop.call_later(wait, self._app.call_later, self._are_keys)
        self._show("".join(key.key for key in self._digits) + "…")

    async def _are_keys(self) -> None:
        """Nothing followed."""
        if digits := self._digits:
            self._end()
            self._plain += digits
            self._app.keyboard.put_first(*digits)

    def _end(self) -> None:
        self._digits = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._show("")

    def _show(self, words: str) -> None:
        screen = self._app.screen
        if isinstance(screen, DeskScreen):
            screen.show_pending(SafeText(words))
