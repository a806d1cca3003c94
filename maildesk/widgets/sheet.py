"""The sheet at the bottom that waits for one key: after ``g`` and ``y``, for the order of a list, for a
reason to wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context, Keymap, normalise, shown
from maildesk.locale import t
from maildesk.widgets.text import segments
from maildesk.widgets.wrap import cut, fit


@dataclass(frozen=True, slots=True)
class Choice:
    """A key, as Textual names it, what it stands for in words, and as a value."""

    key: str
    label: SafeText
    value: str


def choices(keymap: Keymap, context: Context) -> tuple[Choice, ...]:
    """The choices of a sheet of the keymap; their values are ids of actions."""
    return tuple(
        Choice(key, safe_line(action.label), action.id)
        for action in keymap.actions(context)
        for key in action.keys[:1]
    )


class Sheet(Widget, can_focus=True):
    """Takes the next key. It shows itself only when that does not come within 0.4 s, so that ``g i`` typed
    quickly paints nothing."""

    DELAY = 0.4

    DEFAULT_CSS = """
    Sheet {
        dock: bottom; height: auto; display: none; background: $surface; layer: sheet;
        & > .sheet--rule { color: $text-muted; }
        & > .sheet--title { color: $text-primary; text-style: bold; }
        & > .sheet--key { color: $text-primary; text-style: bold; }
        & > .sheet--label { color: $foreground; }
        & > .sheet--hint { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sheet--rule",
        "sheet--title",
        "sheet--key",
        "sheet--label",
        "sheet--hint",
    }

    class Chosen(Message):
        """One of the keys was pressed; ``value`` is its choice's."""

        def __init__(self, sheet: Sheet, name: str, value: str) -> None:
            super().__init__()
            self.sheet = sheet
            self.name = name
            self.value = value

        @property
        def control(self) -> Sheet:
            """The sheet."""
            return self.sheet

    class Closed(Message):
        """The sheet went away without a choice."""

        def __init__(self, sheet: Sheet, name: str) -> None:
            super().__init__()
            self.sheet = sheet
            self.name = name

        @property
        def control(self) -> Sheet:
            """The sheet."""
            return self.sheet

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about = ""
        self._title = SafeText("")
        self._choices: tuple[Choice, ...] = ()
        self._back: Widget | None = None
        self._timer: Timer | None = None
        self._waiting = False
        self._letters = False

    @property
    def waiting(self) -> bool:
        """Whether the next key is the sheet's."""
        return self._waiting

    @property
    def about(self) -> str:
        """The name that it was opened with."""
        return self._about

    def open(
        self,
        name: str,
        title: SafeText,
        choices: Sequence[Choice],
        delay: float | None = None,
        *,
        letters: bool = False,
    ) -> None:
        """Take the next key for one of ``choices``. ``name`` comes back in the message; ``delay`` 0 shows at
        once; with ``letters`` any letter is a choice and its own value."""
        self._about, self._title, self._choices, self._letters = name, title, tuple(choices), letters
        if not self._waiting:
            self._back = self.screen.focused
        self._waiting = True
        self.screen.set_focus(self, scroll_visible=False)  # now: the next key may be under way already
        wait = self.DELAY if delay is None else delay
        if self._timer is not None:
            self._timer.stop()
        if wait:
            self._timer = self.set_timer(wait, self._appear)
        else:
            self._appear()

    def offer(self, name: str, choices: Sequence[Choice]) -> None:
        """Further choices have become known while the next key is waited for; keys that are taken stay what they
        are."""
        if self._waiting and self._about == name:
            taken = {choice.key for choice in self._choices}
            self._choices += tuple(choice for choice in choices if choice.key not in taken)
            self.refresh(layout=True)

    def close(self) -> None:
        """Go away and give the focus back."""
        if not self._waiting:
            return
        self._waiting = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = False
        self.screen.remove_class("-sheet")
        if self._back is not None and self._back.is_mounted:
            self._back.focus(scroll_visible=False)
        self._back = None

    def _appear(self) -> None:
        if self._waiting:
            self.display = True
            self.screen.add_class("-sheet")
            self.refresh(layout=True)

    def on_key(self, event: events.Key) -> None:
        """Textual: the key that was waited for."""
        if not self._waiting:
            return
        event.stop()
        event.prevent_default()
        value = self.take(event.key, event.character)
        if value is not None:
            self.post_message(self.Chosen(self, self._about, value))

    def take(self, key: str, character: str | None = None) -> str | None:
        """The key that was waited for: close, and what it chose; None where it is none of the choices."""
        key = normalise(key, character) or key
        chosen = next((choice.value for choice in self._choices if choice.key == key), None)
        if chosen is None and self._letters and len(key) == 1 and key.isascii() and key.isalpha():
            chosen = key.lower()
        self.close()
        if chosen is None:
            self.post_message(self.Closed(self, self._about))
        return chosen

    def on_blur(self) -> None:
        """Textual: something else has the focus now."""
        if self._waiting:
            self._back = None
            self.close()
            self.post_message(self.Closed(self, self._about))

    def _grid(self, width: int) -> tuple[int, int]:
        """How many columns, and how wide each is."""
        widest = max(
            (cell_len(shown(choice.key)) + cell_len(choice.label) + 6 for choice in self._choices), default=8
        )
        columns = max(1, min(4, (width - 2) // max(widest, 20)))
        return columns, max(1, (width - 2) // columns)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Textual: the rows needed."""
        columns, _ = self._grid(width)
        return -(-len(self._choices) // columns) + 2

    def render_line(self, y: int) -> Strip:
        """Textual: one line."""
        width = self.size.width
        look = self.get_component_rich_style
        if y == 0:
            title = cut(SafeText(f" {self._title} "), max(width - 4, 0))
            rest = SafeText("─" * max(width - 2 - cell_len(title), 0))
            runs = [
                (SafeText("─" * min(2, width)), look("sheet--rule")),
                (title, look("sheet--title")),
                (rest, look("sheet--rule")),
            ]
            return Strip(segments(*runs), width)
        if y == self.size.height - 1:
            return Strip(
                [Segment(fit(safe_line(f"  {t('widgets.sheet_cancel')}"), width), look("sheet--hint"))], width
            )
        columns, size = self._grid(width)
        runs = [(SafeText(" " * min(2, width)), look("sheet--label"))]
        at = min(2, width)
        for choice in self._choices[(y - 1) * columns : y * columns]:
            key = fit(SafeText(shown(choice.key)), min(3, width - at))
            label = fit(choice.label, max(min(size - 3, width - at - 3), 0))
            runs += [(key, look("sheet--key")), (label, look("sheet--label"))]
            at += cell_len(key) + cell_len(label)
        runs.append((SafeText(" " * max(width - at, 0)), look("sheet--label")))
        return Strip(segments(*runs), width)
