"""What all screens share: header, footer, what is wrong, what was sent, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Hint
from maildesk.locale import t
from maildesk.screens import alarms
from maildesk.screens.asking import Asks
from maildesk.screens.gotos import Gotos
from maildesk.screens.header_words import header_parts
from maildesk.screens.typed import Typed
from maildesk.widgets.alarm_bar import AlarmBar
from maildesk.widgets.bindings import action_name, bindings, rebind
from maildesk.widgets.countdown import Countdown
from maildesk.widgets.footer_bar import FooterBar
from maildesk.widgets.header_bar import HeaderBar
from maildesk.widgets.rule import Rule
from maildesk.widgets.sheet import Sheet

if TYPE_CHECKING:
    from maildesk.app.undoing import Held

Result = TypeVar("Result")


class StoreHint(Message, bubble=False):
    """The store told the app, from a thread, that something changed."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class StoreChanged(Message, bubble=False):
    """Something in the store changed; ``number`` only grows. Several changes may come as one."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class DeskOpened(Message, bubble=False):
    """The desk is there: screens may ask it from now on."""


class DeskFailed(Message, bubble=False):
    """The desk did not open."""

    def __init__(self, error: MaildeskError) -> None:
        super().__init__()
        self.error = error


class DeskScreen(Gotos[Result]):
    """A full screen of the app: header, what is wrong, :meth:`body`, the seconds of a sent reply, footer."""

    AUTO_FOCUS = ""

    def body(self) -> ComposeResult:
        """What stands between header and footer."""
        yield from ()

    def compose(self) -> ComposeResult:
        yield HeaderBar()
        yield AlarmBar()
        yield from self.body()
        yield Countdown()
        yield Rule(classes="above-footer")
        yield FooterBar()
        yield Sheet()

    def on_mount(self) -> None:
        self.show_standing()
        self.refresh_footer()
        self.show_held()

    def on_screen_resume(self) -> None:
        self.show_held()
        self.show_standing()

    def speak(self) -> None:
        """The language has changed: say everything in it. What is typed, marked and chosen stays."""
        self.__dict__.pop("_hints", None)
        rebind(self, self.context, self.host.keymap)
        self.show_standing()
        self.refresh_footer()
        self.show_held()
        self.refresh(layout=True)
        for widget in self.query("*"):
            widget.refresh()

    # header and footer

    @property
    def place(self) -> SafeText:
        """Where we are, for the header."""
        return SafeText("")

    def refresh_header(self) -> None:
        """Show the header as things are now."""
        self.query_one(HeaderBar).show(self.place, header_parts(self.host))

    @cached_property
    def _hints(self) -> Sequence[Hint]:
        return self.host.keymap.hints(self.context)

    @property
    def typed(self) -> Sequence[Typed] | None:
        """What keys do while somebody types on this screen; None where nobody does, or where that is said elsewhere."""
        return None

    def refresh_footer(self) -> None:
        """Show the hints for what can be done now; while somebody types, for what works then."""
        keymap = self.host.keymap
        hints = []
        off: set[str] = set()
        typed = self.typed
        for hint in self._hints if typed is None else [hint for one in typed for hint in one.hints(keymap)]:
            actions = tuple(name for name in hint.actions if self.offered(name) is not False)
            if actions:
                hints.append(hint)
                off.update(name for name in actions if self.offered(name) is None)
        docked = Hint(keymap.shown("app.palette"), t("keymap.app.palette"), 0, ("app.palette",))
        self.query_one(FooterBar).show(hints, docked, off)

    def on_descendant_focus(self) -> None:
        self.refresh_footer()

    def on_descendant_blur(self) -> None:
        self.refresh_footer()

    async def on_footer_bar_pressed(self, event: FooterBar.Pressed) -> None:
        await self.run_action(action_name(event.action))

    def show_standing(self) -> None:
        """How store, mail and outbox stand is known anew: show it in the header, and what is wrong under it."""
        self.refresh_header()
        host = self.host
        found = alarms.alarms(host.standing, host.keymap, host.settings.zone)
        self.query_one(AlarmBar).show(*alarms.line(found))

    # what was sent and can be taken back

    def brought_back(self, ids: Sequence[int]) -> None:
        """What was done to these conversations was taken back."""

    def show_held(self) -> None:
        """Count down what is left to take the last reply back."""
        countdown = self.query_one(Countdown)
        held = self.host.undoing.last_held
        self.set_class(held is not None, "-held")
        if held is None:
            countdown.stop()
        else:
            what = safe_line(t("app.held", number=held.conversation_id))
            countdown.start(held.seconds_left, what, self._how_to_cancel(held), self.host.settings.hold)

    def on_countdown_finished(self) -> None:
        self.remove_class("-held")

    def _how_to_cancel(self, held: Held) -> SafeText:
        """By undo while nothing was done since; in the outbox then."""
        shown = self.host.keymap.shown
        if self.host.undoing.is_next(held):
            return safe_line(t("widgets.countdown_undo", key=shown("app.undo")))
        keys = f"{shown('app.goto')} {shown('goto.outbox')}"
        return safe_line(t("app.held.elsewhere", key=keys))

    def rows_changed(self, summaries: Iterable[ConversationSummary]) -> None:
        """Conversations were changed from elsewhere: show them as they are now."""

    # keys

    def key_pressed(self) -> None:
        """A key is about to have its effect here; it may mean what the agent sees now."""

    @property
    def keys_wait(self) -> bool:
        """Whether keys have to wait because what was asked for is not there yet."""
        return False

    @property
    def rows_wait(self) -> bool:
        """Whether there are no rows yet that keys could be for."""
        return False

    def show_pending(self, words: SafeText) -> None:
        """What was typed and waits for the next key (a count), or that keys are recorded; '' for nothing."""
        self.query_one(".above-footer", Rule).show(right=words)

    def choose_rows(self, count: int) -> None:
        """Choose so many conversations from the cursor on."""

    def choose_place(self, number: int) -> None:
        """Go to a row by its place, from 1."""

    def action_app_ex(self) -> None:
        self.host.open_command_line(self)

    def action_app_repeat(self) -> None:
        self.host.keyboard.repeat()

    def action_macro_record(self) -> None:
        self.host.keyboard.macros.record()

    def action_macro_run(self) -> None:
        self.host.keyboard.macros.run()

    # the actions that every screen has

    def action_app_undo(self) -> None:
        self.host.undoing.undo()

    def action_app_palette_alias(self) -> None:
        self.host.action_app_palette()

    def on_key(self, event: events.Key) -> None:
        self._answer_miss(event.key)

    def _answer_miss(self, key: str) -> bool:
        """Say which key does what ``key`` does elsewhere; False where there is nothing to say."""
        miss = self.host.keymap.miss(self.context, key)
        if miss is not None:
            self.host.say(miss)
        return miss is not None

    def action_copy_text(self) -> None:
        """Textual: ctrl+c. Without a selection it is a key like others."""
        if self.get_selected_text() is not None or not self._answer_miss("ctrl+c"):
            super().action_copy_text()

    def action_app_redraw(self) -> None:
        self.host.painted.forget()
        self.refresh(layout=True)

    def action_app_suspend(self) -> None:
        self.app.action_suspend_process()


class DeskDialog(ModalScreen[Result], Asks[Result]):
    """A dialog over another screen. The keys of the app stop at a dialog, but for help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("app", only=lambda name: name in ("app.help", "app.jump"))
    ]
    asks: ClassVar[bool] = False
    """Whether it is a question that only a person answers: no macro does."""

    @property
    def is_deciding(self) -> bool:
        """Whether the next key tells what the last one was."""
        return False

    def action_app_help(self) -> None:
        self.host.action_app_help()

    def action_app_jump(self) -> None:
        self.host.action_app_jump()
