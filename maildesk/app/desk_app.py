"""The app: its theme, its keys, its first screen, and what must happen however it ends.

It draws its frame first and opens the desk in a thread: nothing that takes long is imported here. Hints of the store
become :class:`~maildesk.screens.base.StoreChanged` for the screens. What is not on the first screen is imported where
it is first shown.
"""

from __future__ import annotations

import asyncio
import logging
import os
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, cast

from textual import events, work
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.notifications import Notify
from textual.worker import WorkerFailed

from maildesk import keymap, themes
from maildesk.app import live
from maildesk.app.command_line import CommandLine
from maildesk.app.going import Going
from maildesk.app.hearing import Concerns, Hearing
from maildesk.app.keyboard import Keyboard
from maildesk.app.leaving import Leaving
from maildesk.app.notifying import Notifier
from maildesk.app.settings import UiSettings
from maildesk.app.standing import Standing
from maildesk.app.talking import Talking
from maildesk.app.toasts import Toasts
from maildesk.app.undoing import Undoing
from maildesk.errors import MaildeskError
from maildesk.locale import current, t
from maildesk.screens.base import DeskDialog, DeskFailed, DeskOpened, DeskScreen, StoreHint
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.small import HEIGHT, WIDTH, TooSmall
from maildesk.screens.words import words
from maildesk.widgets import cells
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.glyphs import FRAMES, TABLE, AsciiSigns
from maildesk.widgets.guard import ControlGuard
from maildesk.widgets.painted import Painted
from maildesk.widgets.phone import PHONE

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.config.macros import MacroShelf
    from maildesk.desk import Desk
    from maildesk.domain.agent import Agent
    from maildesk.domain.template import Template
    from maildesk.screens.external import NoProgram

T = TypeVar("T")
Given = TypeVar("Given")

log = logging.getLogger("maildesk.app")


class MaildeskApp(Going):
    """maildesk on a terminal. ``open_desk`` is called in a thread once the frame is on screen; the app closes what it
    opened."""

    TITLE = "maildesk"
    CSS_PATH = "../screens/app.tcss"
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (92, "-normal"), (130, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    def __init__(self, open_desk: Callable[[], Desk] | None, settings: UiSettings | None = None) -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.settings = settings or UiSettings()
        cells.measure(self.settings.ambiguous, self._signs)
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else themes.DARK.name
        self.keymap = keymap.resolve(self.settings.keys, self.settings.preset)
        self.desk: Desk | None = None
        self.guard = ControlGuard()
        self.painted = Painted()
        self.standing = Standing(self)
        self.notifier = Notifier(self)
        self.hearing = Hearing(self)
        self.concerns = Concerns(self)
        self.talking = Talking(self)
        self.toasts = Toasts(self)
        self.undoing = Undoing(self)
        self.leaving = Leaving(self)
        self.keyboard = Keyboard(self)
        self.command_line = CommandLine(self)
        self._open_desk = open_desk
        self._threads = ThreadPoolExecutor(max_workers=6, thread_name_prefix="maildesk-desk")
        self.answering: Counter[int] = Counter()
        """How many replies to a conversation are being begun or written here."""
        self.recent: list[str] = []
        """The actions that were chosen in the palette, the last one at the end."""

    @cached_property
    def macro_shelf(self) -> MacroShelf:
        """Where the macros are kept."""
        from maildesk.config.macros import MacroShelf

        return MacroShelf(self.settings.macros)

    # beginning

    def get_line_filters(self) -> Sequence[LineFilter]:
        signs = [AsciiSigns(self._signs)] if self._signs else []
        return [*super().get_line_filters(), *signs, self.guard]

    @property
    def _signs(self) -> Mapping[int, str]:
        """What is drawn in ASCII."""
        if self.settings.glyphs == "ascii":
            return TABLE
        return FRAMES if self.settings.ambiguous == "wide" else {}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"rule": "ansi_bright_black" if self.ansi_color else "#707880"}  # for themes that are not ours

    def on_mount(self) -> None:
        self.animation_level = "none"
        rebind(self, "app", self.keymap)
        self.leaving.catch_signals()
        dim = self.settings.dim
        self.set_class(dim == "off" or (dim == "auto" and "SSH_CONNECTION" in os.environ), "-undimmed")
        for other in (self.app_suspend_signal, self.app_resume_signal):
            other.subscribe(self, lambda _: self.painted.forget(), immediate=True)
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
        self.hearing.begin(desk)
        self.standing.begin()
        self.concerns.begin()
        self.notifier.look()
        self.talking.look()
        for screen in self.screen_stack:
            screen.post_message(DeskOpened())

    async def in_thread(self, work: Callable[[Given], T], given: Given) -> T:
        """What ``work(given)`` makes, run in a thread of the app's own. Raises what it raises, and CancelledError when
        the app has ended: nobody waits for it any more."""
        try:
            begun = asyncio.get_running_loop().run_in_executor(self._threads, work, given)
        except RuntimeError:
            raise asyncio.CancelledError from None
        return await begun

    def beside(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        """Do ``work`` beside everything else, instead of what its group does. Its coroutine is made when it begins: an
        app that ends before that leaves none behind."""
        self.run_worker(cast("Any", work), group=group, exclusive=True)

    def on_store_hint(self, event: StoreHint) -> None:
        self.hearing.hint(event.number)

    # saying things

    def say(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Say something in passing, in at most two lines: :class:`~maildesk.app.toasts.Toasts`."""
        self.toasts.say(text, severity)

    def on_notify(self, event: Notify) -> None:
        """Textual: a toast comes, before it is shown."""
        self.toasts.make_room()

    def _refresh_notifications(self) -> None:
        """Textual: what is said, or the screen in front, has changed."""
        self.call_later(self.toasts.show)

    def explain(self, error: MaildeskError) -> None:
        """Show an error and its remedy until the next key."""
        self.error_stands = True
        self.keyboard.macros.stop(t("macro.stopped.error"))
        self.toasts.explain(words(error))

    def ring(self) -> None:
        """Ring the terminal's bell, where the agent wants to hear it."""
        if self.settings.bell:
            self.bell()

    def write_to_terminal(self, sequence: str) -> None:
        """Send an escape sequence past the screen, where there is a terminal. It must not draw anything."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    # painting

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, cast("Any", self.painted.changes(renderable)))

    def on_resize(self, event: events.Resize) -> None:
        self.painted.forget()
        self.set_class(event.size.width < PHONE, "-phone")
        small = event.size.width < WIDTH or event.size.height < HEIGHT
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    # asking

    def action_app_help(self) -> None:
        from maildesk.screens.help import HelpScreen

        if isinstance(self.screen, DeskScreen | DeskDialog) and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen.context, self.focused))

    def action_app_palette(self) -> None:
        if isinstance(self.screen, DeskScreen):
            self.open_palette(self.screen)

    @work(exclusive=True, group="palette")
    async def open_palette(self, screen: DeskScreen[object]) -> None:
        """Let the agent choose a command, and do it on ``screen``."""
        from maildesk.screens import palette

        agents: Sequence[Agent] = ()
        templates: Sequence[Template] = ()
        if self.desk is not None:
            found = await screen.tried(lambda desk: (desk.people.agents(), desk.templates.all()))
            if found is not None:
                agents, templates = found
        command = await self.push_screen_wait(palette.Palette(screen, agents, templates))
        if command is not None:
            await palette.run(screen, command)

    @work(exclusive=True, group="ex")
    async def open_command_line(self, screen: DeskScreen[object]) -> None:
        """Let the agent type a command, and do it on ``screen``."""
        await self.command_line.ask(screen)

    @work(exclusive=True, group="jump")
    async def action_app_jump(self) -> None:
        """Put a letter on every place in front, and go where the agent says."""
        from maildesk.screens import jump

        await jump.choose(self)

    def action_app_language(self) -> None:
        """The other language, for this session."""
        live.speak(self, "en" if current() == "ja" else "ja")

    def used(self, action_id: str) -> None:
        """An action was chosen in the palette: it comes first there next time."""
        self.recent = [*(one for one in self.recent if one != action_id), action_id][-20:]

    @work(exclusive=True, group="pick")
    async def show_rules(self) -> None:
        """Show the rules of the mailbox that the agent works on, else of one that he chooses."""
        from maildesk.screens import rules

        await rules.show(self)

    # colleagues

    @work(exclusive=True, group="look")
    async def look_away(self) -> None:
        """Tell the colleagues that nothing is open here any more."""
        if self.desk is not None and not self.leaving.has_begun:
            try:
                await self.in_thread(lambda desk: desk.people.look(None), self.desk)
            except MaildeskError:
                log.debug("nobody could be told")  # what is open lapses by itself

    # other programs

    def page(self, text: str) -> None:
        """Show ``text`` in the pager."""
        from maildesk.screens import external

        try:
            external.page(self, text)
        except external.NoProgram as error:
            self.no_program(error)

    def no_program(self, error: NoProgram) -> None:
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
        self.standing.look()

    # ending

    @work(exclusive=True, group="quit")
    async def action_app_quit(self) -> None:
        """End, asking only when something would be lost."""
        await self.leaving.quit()

    async def on_unmount(self) -> None:
        self.leaving.farewell()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print the local variables of every frame: mail and passwords among them.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        cause = (
            error.error if isinstance(error, WorkerFailed) else error
        )  # a worker's own says nothing of where
        self._crash(type(cause).__name__, traceback.extract_tb(cause.__traceback__))

    def panic(self, *renderables: object) -> None:
        self._return_code = 1
        self._crash("terminal", [])

    def _crash(self, kind: str, frames: Sequence[traceback.FrameSummary]) -> None:
        said = self.leaving.crashed(kind, frames)
        if not self._exit_renderables:
            self._exit_renderables.append(said)
        self._close_messages_no_wait()
