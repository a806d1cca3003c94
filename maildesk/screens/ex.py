"""The command line: ``:done``, ``:assign suzuki``, ``:snooze 金 15時``, ``:#1044``. An error keeps the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import ex_commands
from maildesk.screens.base import DeskDialog
from maildesk.screens.ex_commands import ARGUMENTS, SET, Kind, Line
from maildesk.screens.fuzzy import Choice, best
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import Part, content, joined


class ExScreen(DeskDialog[Line | None]):
    """One line at the bottom. The result is what it says, None for Escape."""

    context: ClassVar[Context] = "ex"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("ex")]
    DEFAULT_CSS = """
    ExScreen > Vertical { height: auto; width: 1fr; background: $surface; }
    ExScreen Static { height: 1; width: 1fr; }
    ExScreen Horizontal { height: 1; }
    ExScreen .colon { width: 2; padding: 0 0 0 1; color: $text-primary; text-style: bold; }
    ExScreen Input { width: 1fr; background: $surface; }
    """

    def __init__(
        self,
        history: list[str],
        words: Mapping[Kind, Sequence[Choice[str]]],
        can: Callable[[Line], str | None],
    ) -> None:
        """``words`` are what arguments may be; ``can`` says what is against a line, None for nothing."""
        super().__init__()
        self._history = history
        self._place = len(history)
        self._words = words
        self._can = can
        self._typed = ""
        self._offered: Sequence[str] = ()
        self._chosen = -1

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="said")
            with Horizontal():
                yield Static(":", classes="colon")
                yield Input(compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._offer("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._typed, self._chosen = event.value, -1
        self._offer(event.value)

    # what fits

    def _offer(self, text: str) -> None:
        self._offered = [] if text.startswith("#") else self._fitting(text)
        self._show_offered()

    def _fitting(self, text: str) -> Sequence[str]:
        """Whole lines that begin with what is typed, as it is spoken."""
        text = text.lstrip(": ")
        first, blank, rest = text.partition(" ")
        if not blank:
            ids = dict.fromkeys(ex_commands.ALIASES[i].split()[0] for i in ex_commands.ALIASES)
            known = [name for name in ex_commands.names() if " " not in name]
            starts = [name for name in known if name.startswith(first.casefold())]
            return (
                [*sorted(starts, key=lambda name: (name not in ids, len(name), name))][:40]
                if first
                else [*ids]
            )
        if first in SET:
            return [f"{first} {choice.value}" for choice in best(rest, self._words.get("text", ()))]
        try:
            line = ex_commands.read(text)
        except MaildeskError:
            return ()
        kind = ARGUMENTS.get(line.action, "")
        command = text[: len(text) - len(line.argument)].rstrip() if line.argument else text.rstrip()
        *done, last = line.argument.split(" ") if kind == "labels" else [line.argument]
        sign = last[:1] if kind == "labels" and last[:1] in ("+", "-") else ""
        found = best(last.removeprefix(sign), self._words.get(kind, ()))
        return [" ".join([command, *done, f"{sign}{choice.value}"]) for choice in found]

    def _show_offered(self) -> None:
        """As many as fit on the line, the one that Tab chose among them."""
        parts: list[str | Part] = [" "]
        room = self.app.size.width - 2
        first = max(0, self._chosen - 2)
        for place, line in enumerate(self._offered[first:], first):
            word = safe_line(line if " " not in line else line.rpartition(" ")[2])
            room -= cell_len(word) + 2
            if room < 0:
                break
            parts += [(word, "$text-primary bold reverse" if place == self._chosen else "$text-muted"), "  "]
        self.query_one("#said", Static).update(joined(*parts))

    def say(self, words: str) -> None:
        """What is wrong, in place of what fits; the text stays."""
        self.query_one("#said", Static).update(content(f" {words}", "$text-error"))

    # keys

    def _put(self, text: str) -> None:
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)

    def action_ex_complete(self) -> None:
        if self._offered:
            self._chosen = (self._chosen + 1) % len(self._offered)
            line = self._offered[self._chosen]
            if " " not in line and _takes_words(line):
                line += " "  # what follows may be typed at once
            self._put(line)
            if len(self._offered) == 1 and line.endswith(" "):
                self._typed, self._chosen = line, -1
                self._offer(line)
            else:
                self._show_offered()

    def action_ex_older(self) -> None:
        self._walk(-1)

    def action_ex_newer(self) -> None:
        self._walk(1)

    def _walk(self, step: int) -> None:
        """To the next line of the history that begins as what was typed."""
        place = self._place + step
        while 0 <= place < len(self._history) and not self._history[place].startswith(self._typed):
            place += step
        if 0 <= place < len(self._history):
            self._place = place
            self._put(self._history[place])
        elif place >= len(self._history):
            self._place = len(self._history)
            self._put(self._typed)

    def action_ex_close(self) -> None:
        self.dismiss(None)

    def action_ex_run(self) -> None:
        text = self.query_one(Input).value.strip()
        if not text.lstrip(": "):
            self.dismiss(None)
            return
        try:
            line = ex_commands.read(text)
        except MaildeskError as error:
            self.say(" ".join(filter(None, (str(error), error.hint))))
            return
        wrong = self._can(line) or self._unknown(line)
        if wrong:
            self.say(wrong)
            return
        if text in self._history:
            self._history.remove(text)
        self._history.append(text)
        self.dismiss(line)

    def _unknown(self, line: Line) -> str:
        """What is wrong with an argument that must be one of those that there are."""
        kind = ARGUMENTS.get(line.action, "")
        must_be = kind in ("people", "status", "priority", "sort") and kind in self._words
        if line.argument and must_be and not best(line.argument, self._words[kind]):
            return t("app.ex.argument", argument=safe_line(line.argument[:40]))
        return ""


def _takes_words(name: str) -> bool:
    """Whether something is meant to follow the name of a command."""
    return name in SET or ex_commands.read(name).action in ARGUMENTS
