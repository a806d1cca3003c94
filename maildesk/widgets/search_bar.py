"""The row in which a list is filtered: its name, what is typed, how many fit."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from maildesk.widgets.text import content


class SearchBar(Horizontal):
    """Tells of what is typed once the typing rests, and at once for Enter."""

    REST = 0.25
    """Seconds without a key before the list is filtered."""

    DEFAULT_CSS = """
    SearchBar {
        height: 1; display: none; background: $surface;
        & > .label { width: auto; padding: 0 1; color: $text-primary; text-style: bold; }
        & > .count { width: auto; padding: 0 1; color: $text-muted; }
        & > Input { width: 1fr; }
    }
    """

    class Searched(Message):
        """The list is to show what fits ``text``; ``done``: Enter was pressed."""

        def __init__(self, text: str, done: bool) -> None:
            super().__init__()
            self.text = text
            self.done = done

    def __init__(self, label: str, hint: str) -> None:
        super().__init__()
        self._label = label
        self._hint = hint
        self._told = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(content(self._label), classes="label")
        yield Input(placeholder=self._hint, compact=True, id="search")
        yield Static(classes="count")

    def on_mount(self) -> None:
        self._field.cursor_blink = False

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    def open(self) -> None:
        """Show it and take what is typed."""
        self.display = True
        self._field.focus()

    def close(self) -> bool:
        """Empty it and take it away; whether it was there."""
        was_open, self.display = self.display, False
        self._stop()
        self._told = ""
        with self._field.prevent(Input.Changed):
            self._field.value = ""
        self.show_count("")
        return was_open

    def show_count(self, words: str) -> None:
        """How many fit, in words."""
        self.query_one(".count", Static).update(content(words))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Textual: something was typed."""
        event.stop()
        self._stop()
        self._timer = self.set_timer(self.REST, self._tell)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Textual: Enter."""
        event.stop()
        self._stop()
        self._told = event.value.strip()
        self.post_message(self.Searched(self._told, True))

    def _tell(self) -> None:
        text = self._field.value.strip()
        if text != self._told:
            self._told = text
            self.post_message(self.Searched(text, False))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
