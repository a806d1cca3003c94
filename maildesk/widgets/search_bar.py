"""The row in which a list is filtered: its name, what is typed, how many fit."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.widgets.text import content

Completer = Callable[[str, int], tuple[int, tuple[str, ...]]]
"""What may stand in place of what ends at a place of a text: where it begins, and the likeliest first."""
HISTORY = 50
"""Searches that are kept for ↑ and ↓."""


def _nothing(text: str, cursor: int) -> tuple[int, tuple[str, ...]]:
    return cursor, ()


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

    def __init__(self, label: str, hint: str, completer: Completer | None = None) -> None:
        super().__init__()
        self._label = label
        self._hint = hint
        self._told = self._counted = ""
        self._timer: Timer | None = None
        self._past: list[str] = []
        self._place = 0
        self.completes = completer is not None
        """Whether it knows what may be meant at the cursor."""
        self._completer = completer or _nothing
        self._offered: tuple[int, tuple[str, ...], tuple[str, int]] | None = None

    def compose(self) -> ComposeResult:
        yield Static(content(self._label), classes="label")
        yield Input(placeholder=self._hint, compact=True, id="search")
        yield Static(classes="count")

    def on_mount(self) -> None:
        self._field.cursor_blink = False

    def say(self, label: str, hint: str) -> None:
        """Another name and hint; what is typed stays."""
        self._label, self._hint = label, hint
        self.query_one(".label", Static).update(content(label))
        self._field.placeholder = hint

    # what was looked for before, and what may be meant

    def remember(self, text: str) -> None:
        """Keep a search for ↑ and ↓."""
        if text:
            others = [one for one in self._past if one != text]
            self._past = [*others[-HISTORY + 1 :], text]
        self._place = 0

    def fill(self, text: str) -> None:
        """Show the bar with ``text``, which is shown already; without any it goes away."""
        self._stop()
        self._told = text
        with self._field.prevent(Input.Changed):
            self._field.value = text
        self.display = bool(text)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.value

    def at(self, place: int) -> None:
        """Put the cursor at a place of the text."""
        self._field.cursor_position = place

    def complete(self) -> bool:
        """Put in what may be meant at the cursor, the next one at each call. False: the bar has not the focus."""
        field = self._field
        if self.screen.focused is not field:
            return False
        if self._offered is None or self._offered[2] != (field.value, field.cursor_position):
            start, texts = self._completer(field.value, field.cursor_position)
            self._offered = (start, texts, (field.value, field.cursor_position))
        start, texts, _ = self._offered
        if texts:
            value = f"{field.value[:start]}{texts[0]}{field.value[field.cursor_position :]}"
            end = start + len(texts[0])
            field.value, field.cursor_position = value, end
            self._offered = (start, (*texts[1:], texts[0]), (value, end))
            self.show_count(SafeText("  ".join(map(safe_line, texts[:6]))))
        return True

    def on_key(self, event: events.Key) -> None:
        """Textual: ↑ and ↓ bring back what was looked for before."""
        if event.key in ("up", "down") and self._past:
            event.stop()
            event.prevent_default()
            step = 1 if event.key == "up" else -1
            self._place = max(0, min(len(self._past), self._place + step))
            self._field.value = self._past[-self._place] if self._place else ""
            self._field.cursor_position = len(self._field.value)

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    def open(self) -> None:
        """Show it and take what is typed."""
        self.display = True
        self._field.focus()

    async def submit(self) -> None:
        """What Enter does."""
        await self._field.action_submit()

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
        if words != self._counted:
            self._counted = words
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
