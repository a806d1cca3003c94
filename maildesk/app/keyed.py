"""An app whose keys go through its :class:`~maildesk.app.keyboard.Keyboard`, each in its turn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar, cast

from textual import events
from textual.app import App
from textual.widgets import Input, TextArea
from textual.worker import get_current_worker

from maildesk.app.toasts import Toasts
from maildesk.locale import t
from maildesk.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.app.keyboard import Keyboard

T = TypeVar("T")

IME_EVERY = 60.0
"""Seconds between two hints that an input method is on."""


class KeyedApp(App[int]):
    """Mixed into the app."""

    keyboard: Keyboard
    toasts: Toasts
    error_stands = False
    """Whether an error is shown until the next key."""
    _ime_told = float("-inf")

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self.error_stands:
                self.error_stands = False
                self.clear_notifications()
            await self.keyboard.press(event)
            return
        await super().on_event(event)

    async def push_screen_wait(self, screen: Screen[T], *, mode: str | None = None) -> T:  # type: ignore[override]
        """Textual: ask on a screen. Keys wait for no worker while it does."""
        self.keyboard.asked[get_current_worker()] = screen
        return cast("T", await super().push_screen_wait(screen, mode=mode))

    async def deliver(self, event: events.Key) -> None:
        """Give a key to what is in front now. What it is bound to is done at once; else the focused widget gets it."""
        self.app_focus = True
        if self.is_typing or not (
            await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)
        ):
            await super().on_event(event)

    @property
    def is_typing(self) -> bool:
        """Whether characters are text now."""
        focused = self.focused
        return isinstance(focused, Input | TextArea) or (
            focused is not None and not isinstance(focused, Sheet) and focused.check_consume_key("j", "j")
        )

    def tell_of_ime(self) -> None:
        """Say, once a minute, that an input method is on."""
        now = time.monotonic()
        if now - self._ime_told >= IME_EVERY:
            self._ime_told = now
            self.toasts.say(t("app.ime"), "warning")
