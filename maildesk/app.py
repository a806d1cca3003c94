"""The app: its theme, its keys, its first screen, and what must happen however it ends.

It draws its frame first and opens the desk in a thread: nothing that takes long is imported here. Hints of the store
become :class:`~maildesk.screens.base.StoreChanged` for the screens.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from rich.text import Text
from textual import events, work
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.widgets import Input, TextArea

from maildesk import keymap, themes
from maildesk.domain.outcomes import NotUndone, Undo, Undone
from maildesk.domain.reply import Recalled, TooLate
from maildesk.domain.safetext import safe
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens import external, palette
from maildesk.screens.base import DeskDialog, DeskFailed, DeskOpened, DeskScreen, StoreChanged, StoreHint
from maildesk.screens.confirm import Confirm
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.drafts import DraftsScreen
from maildesk.screens.help import HelpScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.outbox import OutboxScreen
from maildesk.screens.replying import Replying
from maildesk.screens.small import HEIGHT, WIDTH, TooSmall
from maildesk.screens.wizard.answers import WizardActions
from maildesk.screens.wizard.screen import WizardScreen
from maildesk.screens.words import event_word, words
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.guard import ControlGuard

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.desk import Desk
    from maildesk.domain.agent import Agent
    from maildesk.domain.conversation import ConversationSummary
    from maildesk.domain.mailbox import SyncHealth
    from maildesk.domain.template import Template

T = TypeVar("T")
Given = TypeVar("Given")

log = logging.getLogger("maildesk.app")

FAREWELL = 0.7
"""Seconds that saving and releasing may take when the app is told to end."""

IME_EVERY = 60.0
"""Seconds between two hints that an input method is on."""


@dataclass(frozen=True, slots=True)
class UiSettings:
    """What the app wants to know of the configuration. ``hold`` is in seconds; ``zone`` is the team's (None: this
    computer's); ``crash_log`` is named to the user after a crash."""

    theme: str = themes.DARK.name
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    preset: str = "standard"
    hold: float = 10.0
    after_done: Literal["next", "list"] = "next"
    zone: tzinfo | None = None
    mouse: Literal["auto", "on", "off"] = "auto"
    downloads: Path = field(default_factory=lambda: Path.home() / "Downloads")
    crash_log: Path | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that was queued here and can still be taken back, until ``until`` on the monotonic clock."""

    outbox_id: int
    conversation_id: int
    until: float

    @property
    def seconds_left(self) -> float:
        """How long it can still be taken back."""
        return self.until - time.monotonic()


class MaildeskApp(App[int]):
    """maildesk on a terminal. ``open_desk`` is called in a thread once the frame is on screen; the app closes what it
    opened."""

    TITLE = "maildesk"
    CSS_PATH = "screens/app.tcss"
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (92, "-normal"), (130, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    def __init__(self, open_desk: Callable[[], Desk] | None, settings: UiSettings | None = None) -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.settings = settings or UiSettings()
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.keymap = keymap.resolve(self.settings.keys, self.settings.preset)
        self.desk: Desk | None = None
        self.guard = ControlGuard()
        self.health: SyncHealth | None = None
        self.held: list[Held] = []
        self.unsaved: dict[int, Callable[[Desk], object]] = {}
        """What composers have to save before the app may end, by the id of the screen."""
        self._open_desk = open_desk
        self._acts: list[Undo] = []
        self._watched: set[int] = set()
        self._threads = ThreadPoolExecutor(max_workers=6, thread_name_prefix="maildesk-desk")
        self._unsubscribe: Callable[[], None] | None = None
        self._change = 0
        self._announcing = False
        self._ime_told = float("-inf")
        self._error_shown = False
        self._farewell = threading.Lock()
        self._left: bool | None = None

    # beginning

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.guard]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"rule": "ansi_bright_black" if self.ansi_color else "#707880"}  # for themes that are not ours

    def on_mount(self) -> None:
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else themes.DARK.name
        self.animation_level = "none"
        rebind(self, "app", self.keymap)
        self._catch_signals()
        self.push_screen(self.first_screen())
        self.call_after_refresh(self.begin)

    def first_screen(self) -> Screen[Any]:
        """The screen that is there before the desk is."""
        return InboxScreen()

    def begin(self) -> None:
        """What follows the first paint."""
        self.open_desk()

    @work(exclusive=True, group="open")
    async def open_desk(self) -> None:
        """Open the desk in a thread. Where that fails, the inbox says why and offers to try again."""
        opener = self._open_desk
        if opener is None or self.desk is not None:
            return
        try:
            desk = await self.in_thread(lambda opener: opener(), opener)
        except MaildeskError as error:
            log.warning("the desk did not open", extra={"error": error.key})
            for screen in self.screen_stack:
                screen.post_message(DeskFailed(error))
            return
        self.desk = desk
        self._unsubscribe = desk.subscribe(self._hinted)
        for screen in self.screen_stack:
            screen.post_message(DeskOpened())

    async def in_thread(self, work: Callable[[Given], T], given: Given) -> T:
        """What ``work(given)`` makes, run in a thread of the app's own. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, given)

    # hearing of changes

    def watch_claim(self, conversation_id: int) -> None:
        """Ring and say so when nobody replies to a conversation any more."""
        self._watched.add(conversation_id)

    @work(exclusive=True, group="watched")
    async def _look_at_watched(self) -> None:
        for conversation_id in list(self._watched):
            if self.desk is None:
                return
            try:
                row = await self.in_thread(partial(_summary, conversation_id), self.desk)
            except MaildeskError:
                continue
            if row.claim is None and conversation_id in self._watched:
                self._watched.discard(conversation_id)
                self.bell()
                self.say(t("app.claim_free", number=conversation_id))

    def _hinted(self, number: int) -> None:
        self.post_message(StoreHint(number))

    def on_store_hint(self, event: StoreHint) -> None:
        self._change = event.number
        if not self._announcing:
            self._announcing = True
            self.set_timer(0.05, self._announce)

    def _announce(self) -> None:
        self._announcing = False
        for screen in self.screen_stack:
            screen.post_message(StoreChanged(self._change))
        if self._watched:
            self._look_at_watched()

    # saying things

    def say(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A toast of at most two lines. It is shown as it stands: no markup is read in it."""
        self.notify(safe(text), severity=severity, markup=False)

    def explain(self, error: MaildeskError) -> None:
        """Show an error and its remedy until the next key."""
        self._error_shown = True
        self.notify(words(error), severity="error", timeout=3600, markup=False)

    # keys

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._error_shown:
                self._error_shown = False
                self.clear_notifications()
            meant = keymap.normalise(event.key, event.character)
            if meant is not None and not isinstance(self.focused, Input | TextArea):
                self._tell_of_ime()
                event = events.Key(meant, None)
        await super().on_event(event)

    def _tell_of_ime(self) -> None:
        now = time.monotonic()
        if now - self._ime_told >= IME_EVERY:
            self._ime_told = now
            self.say(t("app.ime"), "warning")

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < WIDTH or event.size.height < HEIGHT
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    def action_app_help(self) -> None:
        if isinstance(self.screen, DeskScreen | DeskDialog) and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen.context))

    def action_app_palette(self) -> None:
        if isinstance(self.screen, DeskScreen):
            self.open_palette(self.screen)

    @work(exclusive=True, group="palette")
    async def open_palette(self, screen: DeskScreen[object]) -> None:
        """Let the agent choose a command, and do it on ``screen``."""
        agents: Sequence[Agent] = ()
        templates: Sequence[Template] = ()
        if self.desk is not None:
            found = await screen.tried(lambda desk: (desk.people.agents(), desk.templates.all()))
            if found is not None:
                agents, templates = found
        command = await self.push_screen_wait(palette.Palette(screen, agents, templates))
        if command is not None:
            await palette.run(screen, command)

    # going places

    @property
    def inbox(self) -> InboxScreen | None:
        """The inbox, None where the app began with another screen."""
        return next((screen for screen in self.screen_stack if isinstance(screen, InboxScreen)), None)

    def _back_to_inbox(self) -> InboxScreen | None:
        inbox = self.inbox
        while inbox is not None and self.screen is not inbox and isinstance(self.screen, DeskScreen):
            self.screen.dismiss(None)
            if self.screen is not inbox and len(self.screen_stack) < 2:
                break
        return inbox

    def go(self, place: Literal["inbox", "outbox", "drafts"]) -> None:
        """Show a place, over the inbox."""
        self._back_to_inbox()
        if self.desk is not None and place == "outbox":
            self.push_screen(OutboxScreen())
        elif self.desk is not None and place == "drafts":
            self.push_screen(DraftsScreen())

    def open_conversation(self, conversation_id: int) -> None:
        """Show a conversation, over the inbox."""
        inbox = self._back_to_inbox()
        if inbox is not None and self.desk is not None:
            self.push_screen(ConversationScreen(conversation_id, inbox))

    def search(self) -> None:
        """Show the inbox with the cursor in its filter."""
        inbox = self._back_to_inbox()
        if inbox is not None:
            inbox.action_search_open()

    @work(exclusive=True, group="look")
    async def look_away(self) -> None:
        """Tell the colleagues that nothing is open here any more."""
        if self.desk is not None and self._left is None:
            try:
                await self.in_thread(lambda desk: desk.people.look(None), self.desk)
            except MaildeskError:
                log.debug("nobody could be told")  # what is open lapses by itself

    # other programs

    def page(self, text: str) -> None:
        """Show ``text`` in the pager."""
        try:
            external.page(self, text)
        except external.NoProgram as error:
            self.no_program(error)

    def no_program(self, error: external.NoProgram) -> None:
        """Say that the editor or the pager did not do it, and where the text is."""
        if error.reason == "terminal":
            self.say(t("app.no_suspend"), "warning")
            return
        text = t("app.no_program", program=error.program, reason=error.reason)
        if error.kept is not None and error.kept.exists():
            text += "\n" + t("app.no_program.kept", file=error.kept)
        self.say(text, "error")

    @work(exclusive=True, group="sync")
    async def action_app_sync(self) -> None:
        if self.desk is None:
            self.open_desk()
            return
        try:
            await self.in_thread(lambda desk: desk.sync.now(), self.desk)
        except MaildeskError as error:
            self.explain(error)
        else:
            self.say(t("app.synced"))

    # undoing

    def remember(self, undo: Undo) -> None:
        """Make ``undo`` what the next z takes back."""
        self._acts.append(undo)
        del self._acts[:-50]

    def hold(self, outbox_id: int, conversation_id: int) -> None:
        """A reply was queued: count down, and let z take it back until then."""
        if self.settings.hold > 0:
            self.held.append(Held(outbox_id, conversation_id, time.monotonic() + self.settings.hold))
            self._show_held()

    @property
    def last_held(self) -> Held | None:
        """The reply that z would take back now."""
        now = time.monotonic()
        self.held = [held for held in self.held if held.until > now]
        return self.held[-1] if self.held else None

    def _show_held(self) -> None:
        if isinstance(self.screen, DeskScreen):
            self.screen.show_held()

    @work(exclusive=True, group="undo")
    async def undo(self) -> None:
        """Take back the last act: first a reply that has not left yet, then the last change of a conversation."""
        if self.desk is None:
            return
        try:
            if (held := self.last_held) is not None:
                self.held.remove(held)
                await self._recall(held)
            elif self._acts:
                await self._take_back(self._acts.pop())
            else:
                self.say(t("app.nothing_to_undo"))
        except MaildeskError as error:
            self.explain(error)

    async def _recall(self, held: Held) -> None:
        assert self.desk is not None
        self._show_held()
        outcome = await self.in_thread(lambda desk: desk.replies.recall(held.outbox_id), self.desk)
        match outcome:
            case TooLate():
                self.say(t("app.too_late", number=held.conversation_id), "warning")
            case Recalled():
                if isinstance(self.screen, Replying):
                    self.screen.reply_to(held.conversation_id)

    async def _take_back(self, undo: Undo) -> None:
        assert self.desk is not None
        outcome = await self.in_thread(lambda desk: desk.triage.undo(undo), self.desk)
        match outcome:
            case Undone(summaries):
                if self.inbox is not None:
                    self.inbox.bring_back([row.id for row in summaries])
                self._announce()
                self.say(t("app.undone"))
            case NotUndone(who, what):
                self.say(t("app.not_undone", who=who, what=event_word(what)), "warning")

    # ending

    def _catch_signals(self) -> None:
        if self.is_headless or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.leave_on_signal, number)

    def leave_on_signal(self, number: int) -> None:
        """Save drafts, release claims and end within a second, as SIGHUP and SIGTERM ask for."""
        if not self.is_headless:
            last = threading.Timer(FAREWELL + 0.25, os._exit, (128 + number,))
            last.daemon = True
            last.start()
        self._leave_soon(128 + number)

    @work(exclusive=True, group="leave")
    async def _leave_soon(self, return_code: int) -> None:
        loop = asyncio.get_running_loop()
        said: asyncio.Future[None] = loop.create_future()

        def say_farewell() -> None:
            self.farewell()
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(said.set_result, None)

        threading.Thread(target=say_farewell, daemon=True).start()
        await asyncio.wait([said], timeout=FAREWELL)
        self.exit(return_code=return_code)

    def farewell(self) -> bool:
        """Save what is typed, give up this session's claims and close the desk; whether all of it was saved. May be
        called from any thread, and more than once."""
        with self._farewell:
            if self._left is None:
                self._left = True
                if self.desk is not None:
                    if self._unsubscribe is not None:
                        self._unsubscribe()
                    for save in list(self.unsaved.values()):
                        self._left = self._attempt("draft", save) and self._left
                    self._attempt("close", lambda desk: desk.close())
            return self._left

    def _attempt(self, what: str, work: Callable[[Desk], object]) -> bool:
        assert self.desk is not None
        try:
            work(self.desk)
        except Exception as error:  # the end must go on whatever one step does
            log.error("leaving", extra={"step": what, "error": type(error).__name__})
            return False
        return True

    @work(exclusive=True, group="quit")
    async def action_app_quit(self) -> None:
        """End, asking only when something would be lost."""
        questions = []
        if self.desk is not None:
            for save in list(self.unsaved.values()):
                try:
                    await self.in_thread(save, self.desk)
                except MaildeskError as error:
                    questions.append(t("app.quit.unsaved", reason=error))
        if self.last_held is not None:
            questions.append(t("app.quit.hold", count=len(self.held)))
        if questions and not await self.push_screen_wait(Confirm(t("app.quit.title"), *questions)):
            return
        self._leave_soon(0)

    async def on_unmount(self) -> None:
        self.farewell()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print the local variables of every frame: mail and passwords among them.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._crash(type(error).__name__, traceback.extract_tb(error.__traceback__))

    def panic(self, *renderables: object) -> None:
        self._return_code = 1
        self._crash("terminal", [])

    def _crash(self, kind: str, frames: Sequence[traceback.FrameSummary]) -> None:
        log.error(
            "crash",
            extra={"error": kind, "stack": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]},
        )
        farewell = threading.Thread(target=self.farewell, daemon=True)
        farewell.start()
        farewell.join(FAREWELL)
        if not self._exit_renderables:
            lines = [t("app.crash") if self._left and not farewell.is_alive() else t("app.crash.unsaved")]
            lines.append(t("app.crash.kind", kind=kind))
            if self.settings.crash_log is not None:
                lines.append(t("app.crash.log", file=self.settings.crash_log))
            self._exit_renderables.append(Text("\n".join(lines)))
        self._close_messages_no_wait()


def _summary(conversation_id: int, desk: Desk) -> ConversationSummary:
    return desk.conversations.summary(conversation_id)


class SetupApp(MaildeskApp):
    """The first-run wizard. ``run`` returns 1 when a desk was made, None when the agent stopped."""

    def __init__(self, actions: WizardActions, settings: UiSettings | None = None) -> None:
        super().__init__(None, settings)
        self._actions = actions

    def first_screen(self) -> Screen[Any]:
        return WizardScreen(self._actions)

    def begin(self) -> None:
        """There is no desk to open yet."""


def run_setup(actions: WizardActions, settings: UiSettings) -> bool:
    """Run the wizard on this terminal; whether a desk was made."""
    return bool(SetupApp(actions, settings).run(mouse=_mouse(settings)))


def run_app(open_desk: Callable[[], Desk], settings: UiSettings) -> int:
    """Run the app on this terminal and return the exit code. Over SSH the mouse is off unless set ``on``."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # set but empty means nothing (no-color.org); Textual takes it for a wish
    app = MaildeskApp(open_desk, settings)
    app.run(mouse=_mouse(settings))
    return app.return_code or 0


def _mouse(settings: UiSettings) -> bool:
    return settings.mouse == "on" or (settings.mouse == "auto" and "SSH_CONNECTION" not in os.environ)
