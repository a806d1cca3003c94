"""Recorded macros: ``Q a`` … ``Q``, run by ``, a``. They stop at every question that sends or asks, and at the first
error, so that nothing leaves the house that nobody has looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

from maildesk import keymap
from maildesk.domain import steps as written
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.steps import Act, Macro, Pressed, Step, Typed
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.base import DeskDialog, DeskScreen
from maildesk.widgets.sheet import Choice, Sheet

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.app.keyboard import Keyboard

_QUESTIONS: frozenset[keymap.Context] = frozenset(("review", "waiting", "claim"))
"""Where no step is done: here a person decides."""


class Macros:
    """The macros of this agent, the one that is recorded, and the one that runs."""

    def __init__(self, app: MaildeskApp, keyboard: Keyboard) -> None:
        self._app = app
        self._keyboard = keyboard
        self._letter = ""
        self._steps: list[Step] = []
        self._playing = ""
        self._last = ""
        self._times = 1

    @property
    def is_recording(self) -> bool:
        """Whether keys are noted."""
        return bool(self._letter)

    @property
    def is_playing(self) -> bool:
        """Whether steps wait to be done."""
        return bool(self._playing) and self._keyboard.has_steps

    # choosing

    def record(self) -> None:
        """End the recording, or ask for the letter of a new one."""
        if self.is_recording:
            self._end(t("macro.saved"))
        else:
            self._ask("macro.record")

    def run(self, times: int = 1) -> None:
        """Ask which one to run, so many times."""
        self._times = times
        if self.is_recording:
            self._app.say(t("macro.no_nesting"), "warning")
        else:
            self._ask("macro.run")

    def _ask(self, name: str) -> None:
        screen = self._app.screen
        known = self._load()
        if known is None or not isinstance(screen, DeskScreen):
            return
        broken = self._app.macro_shelf.broken
        if name == "macro.run" and not known and not broken:
            record = self._app.keymap.shown("macro.record")
            self._app.say(t("macro.none", key=record))
            return
        choices = [
            Choice(one.letter, safe_line(one.about or _shown(one)), one.letter) for one in known.values()
        ]
        choices += [Choice(letter, safe_line(t("macro.broken")), letter) for letter in broken]
        if name == "macro.run" and self._last in known:
            again = self._app.keymap.of("macro.run")[:1]
            choices += [
                Choice(key, safe_line(t("macro.last", letter=self._last)), self._last) for key in again
            ]
        sheet = screen.query_one(Sheet)
        sheet.open(name, SafeText(t(f"picker.sheet.{name}")), choices, letters=name == "macro.record")

    async def chosen(self, name: str, letter: str) -> None:
        """A letter was chosen on the sheet ``name``."""
        if name == "macro.record":
            self._letter, self._steps = letter, []
            self.show()
            return
        known = self._load()
        if known is None:
            return
        if letter in known:
            self.play(known[letter], self._times)
        elif letter in (broken := self._app.macro_shelf.broken):
            self._app.explain(broken[letter].error)

    def show(self) -> None:
        """Say that keys are noted, or no more."""
        self._keyboard.show_pending()

    @property
    def words(self) -> str:
        """That keys are noted; '' while none are."""
        key = self._app.keymap.shown("macro.record")
        return t("macro.recording", letter=self._letter, key=key) if self._letter else ""

    # recording

    def hear(self, step: Step) -> None:
        """A key was pressed, an action was done."""
        if not self.is_recording:
            return
        if self._is_question:
            self._end(t("macro.saved.question"))
        elif len(self._steps) >= written.MOST:
            self._end(t("macro.saved.long"))
        else:
            self._steps.append(step)

    def _end(self, said: str) -> None:
        letter, steps = self._letter, written.joined(self._steps)
        self._letter = ""
        self.show()
        if not steps:
            self._app.say(t("macro.empty"))
            return
        try:
            self._app.macro_shelf.put(Macro(letter, tuple(steps)))
        except MaildeskError as error:
            self._app.explain(error)
            return
        self._last = letter
        run = self._app.keymap.shown("macro.run")
        self._app.say(said + t("macro.saved.how", letter=letter, key=run, count=len(steps)))

    # playing

    def play(self, macro: Macro, times: int = 1) -> None:
        """Do the steps of a macro so many times, before anything that was typed meanwhile."""
        self._playing = self._last = macro.letter
        self._keyboard.put_first(*(macro.steps * times))

    def stop(self, why: str) -> None:
        """Do no more steps, and say why. Nothing where none runs."""
        if self._playing:
            had_steps = self._keyboard.has_steps
            self._keyboard.drop_steps()
            letter, self._playing = self._playing, ""
            if had_steps or why:
                self._app.say(t("macro.stopped", letter=letter, why=why), "warning")

    async def step(self, step: Step) -> None:
        """Do one step, or stop where a person decides."""
        if self._is_question:
            self.stop(t("macro.stopped.question"))
            return
        match step:
            case Act(action_id, times):
                if action_id not in keymap.BY_ID or action_id in keymap.SENDING:
                    self.stop(t("macro.stopped.question"))
                elif not await self._keyboard.run(action_id, times):
                    self.stop(t("macro.stopped.here", what=keymap.BY_ID[action_id].help))
            case Typed(text):
                if not isinstance(self._app.focused, Input | TextArea):
                    self.stop(t("macro.stopped.here", what=f"={text}"))
                    return
                if rest := text[1:]:  # one by one: a character may bring up a question
                    self._keyboard.put_first(Typed(rest))
                await self._app.deliver(events.Key(keymap.name_of(text[0]), text[0]))
            case Pressed(key):
                await self._app.deliver(events.Key(key, None))

    @property
    def _is_question(self) -> bool:
        screen = self._app.screen
        context = getattr(screen, "context", "app")
        return context in _QUESTIONS or (isinstance(screen, DeskDialog) and screen.asks)

    def _load(self) -> dict[str, Macro] | None:
        try:
            return self._app.macro_shelf.load()
        except MaildeskError as error:
            self._app.explain(error)
            return None


def _shown(macro: Macro) -> str:
    return " · ".join(
        keymap.BY_ID[step.id].label if isinstance(step, Act) and step.id in keymap.BY_ID else str(step)
        for step in macro.steps[:3]
    )
