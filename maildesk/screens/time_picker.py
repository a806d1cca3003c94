"""Choosing a time: from a list by a digit, or as it is said, which may begin with one (``11/25 15時``, ``3営業日``)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import OptionList

from maildesk import keymap
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Narrow, Picker

Value = TypeVar("Value")

GOES_ON = 0.5
"""Seconds after a digit in which what follows makes it the beginning of a time."""
_SAID = frozenset("0123456789/:.-+ dhwm")
"""What follows the first digit of a time; every letter that is not ASCII does, too (``3営業日``)."""


class TimeField(Narrow):
    """A digit in the empty field is a choice, unless what follows it makes it a time."""

    class Tried(Message):
        """A digit was pressed; it is not known yet what it is."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    _first: events.Key | None = None
    _timer: Timer | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what a digit is."""
        return self._first is not None

    async def _on_key(self, event: events.Key) -> None:
        key = keymap.normalise(event.key, event.character) or event.key
        if self._first is not None:
            event.stop()
            event.prevent_default()
            said = unicodedata.normalize("NFKC", event.character or "")
            if said and (said in _SAID or not said.isascii()):
                self.say(f"{self._first_digit}{event.character}")
            else:
                self.screen.host.keyboard.put_first(event)  # type: ignore[attr-defined]
                self.choose()
        elif key in set("123456789") and not self.value and self.digits:
            event.stop()
            event.prevent_default()
            self._first = event
            self._timer = self.set_timer(GOES_ON, self.choose)
            self.post_message(self.Tried(int(key)))
        else:
            await super()._on_key(event)

    @property
    def _first_digit(self) -> str:
        assert self._first is not None
        return keymap.normalise(self._first.key, self._first.character) or self._first.key

    def say(self, text: str) -> None:
        """It is a time."""
        self.forget()
        self.digits = False
        self.value = text
        self.cursor_position = len(text)

    def choose(self) -> None:
        """It is a choice."""
        if self._first is not None:
            number = int(self._first_digit)
            self.forget()
            self.post_message(self.Digit(number))

    def forget(self) -> None:
        """Wait no longer for what follows the digit."""
        self._first = None
        if self._timer is not None:
            self._timer.stop()


class TimePicker(Picker[Value]):
    """Choose a time. ``typed`` makes a choice of what was typed."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[Value]],
        *,
        typed: Callable[[str], Choice[Value] | None],
    ) -> None:
        super().__init__(
            title,
            choices,
            hint=t("picker.snooze.hint"),
            typed=typed,
            typing=t("picker.snooze.typing"),
        )

    def field(self) -> TimeField:
        return TimeField(self._query, placeholder=self._hint, compact=True)

    @property
    def is_deciding(self) -> bool:
        return self.query_one(TimeField).is_open

    def on_time_field_tried(self, event: TimeField.Tried) -> None:
        """Show what the digit would choose; one that chooses nothing is text."""
        if event.number <= len(self.found) + 1:
            self.query_one(OptionList).highlighted = event.number - 1
        else:
            self.query_one(TimeField).say(str(event.number))

    def action_picker_choose(self) -> None:
        self.query_one(TimeField).forget()
        super().action_picker_choose()

    def action_picker_down(self) -> None:
        self.query_one(TimeField).forget()
        super().action_picker_down()

    def action_picker_up(self) -> None:
        self.query_one(TimeField).forget()
        super().action_picker_up()
