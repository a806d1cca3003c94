"""What all screens share: asking the desk without blocking, saying what went wrong, hearing of changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.day_hours import until
from maildesk.domain.mailbox import SyncHealth
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.errors import MaildeskError, StoreError
from maildesk.keymap import Context, Hint
from maildesk.locale import t
from maildesk.screens import alarms
from maildesk.screens.words import clock
from maildesk.widgets.alarm_bar import AlarmBar
from maildesk.widgets.bindings import action_name, bindings, rebind
from maildesk.widgets.compositor import WholeCells
from maildesk.widgets.countdown import Countdown
from maildesk.widgets.footer_bar import FooterBar
from maildesk.widgets.header_bar import HeaderBar, Part
from maildesk.widgets.rule import Rule
from maildesk.widgets.sheet import Choice, Sheet, choices

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp
    from maildesk.app.undoing import Held
    from maildesk.desk import Desk

Result = TypeVar("Result")
T = TypeVar("T")

log = logging.getLogger("maildesk.screens")


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


class _Asks(Screen[Result]):
    """The way from a screen to the desk."""

    context: ClassVar[Context] = "app"
    """Which keys of the keymap work here, and which page of the help is this screen's."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = WholeCells()
        self._under_way = False

    @property
    def host(self) -> MaildeskApp:
        """The app, by its own type."""
        return cast("MaildeskApp", self.app)

    @property
    def desk(self) -> Desk:
        """The open desk. Only for screens that are shown after it was opened."""
        desk = self.host.desk
        assert desk is not None
        return desk

    @property
    def is_going(self) -> bool:
        """Whether the screen was closed or is about to be: after an await its widgets may be gone."""
        return not (self.is_attached and self.display)

    async def ask(self, work: Callable[[Desk], T]) -> T:
        """What ``work`` makes of the desk, run in a thread. Raises what it raises."""
        try:
            return await self.host.in_thread(work, self.desk)
        except StoreError as error:
            self.host.standing.failed(error)
            raise

    async def tried(self, work: Callable[[Desk], T]) -> T | None:
        """Like :meth:`ask`, but an error is shown and None comes back."""
        try:
            return await self.ask(work)
        except MaildeskError as error:
            log.warning("the desk refused", extra={"error": error.key})
            self.host.explain(error)
            return None

    async def once(self, work: Callable[[Desk], T]) -> T | None:
        """Like :meth:`tried` for what must not be done twice because a key was pressed twice while the store was slow:
        None while one of these is under way. Not from an exclusive worker, whose thread goes on when it is ended."""
        if self._under_way:
            return None
        self._under_way = True
        try:
            return await self.tried(work)
        finally:
            self._under_way = False

    async def did(self, work: Callable[[Desk], None]) -> bool:
        """Like :meth:`tried` for what gives nothing back: whether it was done."""

        def done(desk: Desk) -> bool:
            work(desk)
            return True

        return bool(await self.tried(done))

    def on_mount(self) -> None:
        rebind(self, self.context, self.host.keymap)

    def _compositor_refresh(self) -> None:
        """Textual: show what has changed. Behind a screen that lets nothing through that is nothing; it is laid out and
        painted as a whole when it comes to the front."""
        if self is not self.app.screen and self.app.screen.styles.background.a == 1:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()
            return
        super()._compositor_refresh()

    def offered(self, action_id: str) -> bool | None:
        """How the footer shows an action: None dimmed, False not at all."""
        return True


class DeskScreen(_Asks[Result]):
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

    @cached_property
    def sheet(self) -> Sheet:
        """Where the keys after a prefix are shown."""
        return self.query_one(Sheet)

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

    def refresh_footer(self) -> None:
        """Show the hints for what can be done now."""
        keymap = self.host.keymap
        hints = []
        off: set[str] = set()
        for hint in self._hints:
            actions = tuple(name for name in hint.actions if self.offered(name) is not False)
            if actions:
                hints.append(hint)
                off.update(name for name in actions if self.offered(name) is None)
        docked = Hint(keymap.shown("app.palette"), t("keymap.app.palette"), 0, ("app.palette",))
        self.query_one(FooterBar).show(hints, docked, off)

    async def on_footer_bar_pressed(self, event: FooterBar.Pressed) -> None:
        await self.run_action(action_name(event.action))

    def show_standing(self) -> None:
        """How store, mail and outbox stand is known anew: show it in the header, and what is wrong under it."""
        self.refresh_header()
        host = self.host
        found = alarms.alarms(host.standing, host.keymap, host.settings.zone)
        self.query_one(AlarmBar).show(*alarms.line(found))

    # what was sent and can be taken back

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

    # the sheets after g and y

    def open_sheet(self, context: Context) -> None:
        """Take the next key for an action of ``context``."""
        title = safe_line(t(f"picker.sheet.{context}"))
        self.sheet.open(context, title, choices(self.host.keymap, context))

    async def on_sheet_chosen(self, event: Sheet.Chosen) -> None:
        if len(event.value) == 1:
            self.host.open_view(event.value)
        else:
            await self.run_action(action_name(event.value))

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

    def action_app_goto(self) -> None:
        title = safe_line(t("picker.sheet.goto"))
        sheet = self.sheet
        sheet.open("goto", title, choices(self.host.keymap, "goto"), letters=True)
        self._offer_views(sheet)

    @work(exclusive=True, group="letters")
    async def _offer_views(self, sheet: Sheet) -> None:
        """Show the saved views that a letter opens, too; a letter typed before they are known opens its view all the
        same."""
        with suppress(MaildeskError):
            if self.host.desk is not None:
                views = await self.ask(lambda desk: desk.views.list())
                letters = {view.letter: view.name for view in reversed(views) if view.letter}
                sheet.offer("goto", [Choice(key, safe_line(name), key) for key, name in letters.items()])

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

    def action_goto_inbox(self) -> None:
        self.host.go("inbox")

    def action_goto_outbox(self) -> None:
        self.host.go("outbox")

    def action_goto_drafts(self) -> None:
        self.host.go("drafts")

    def action_goto_stopped(self) -> None:
        self.host.go("stopped")

    def action_goto_customers(self) -> None:
        self.host.find_customer()

    def action_goto_health(self) -> None:
        self.host.go("health")

    def action_goto_start(self) -> None:
        self.host.go("start")

    def action_goto_rules(self) -> None:
        self.host.show_rules()

    def action_goto_chat(self) -> None:
        self.host.go("chat")

    def action_goto_mentions(self) -> None:
        self.host.go("mentions")

    def action_goto_views(self) -> None:
        self.host.go("inbox")
        if self.host.inbox is not None:
            self.host.inbox.choose_view()

    def action_goto_approval(self) -> None:
        self.host.go("approval")


def header_parts(host: MaildeskApp) -> list[Part]:
    """The right end of the header: synchronised, outbox, what needs a person, me."""
    parts: list[Part] = []
    health = host.standing.health
    if health is not None:
        parts += _synced(health, host.settings.zone)
        word = t("inbox.waiting_out", count=health.queued)
        parts.append((safe_line(word), "" if health.queued else "muted"))
        if health.uncertain or health.failed:
            count = health.uncertain + health.failed
            parts.append((safe_line(t("inbox.attention", count=count)), "warning"))
        if host.standing.overdue:
            parts.append((safe_line(t("inbox.overdue", count=host.standing.overdue)), "error"))
        if host.standing.stopped:
            parts.append((safe_line(t("inbox.stopped", count=host.standing.stopped)), "warning"))
    if host.standing.read_at is not None:
        end = until(host.standing.focus, host.standing.read_at.astimezone(host.settings.zone).time())
        if end is not None:
            parts.append((safe_line(t("talk.header.focus", end=f"{end:%H:%M}")), "ok"))
    if host.talking.lines:
        parts.append((safe_line(t("talk.header.chat", count=host.talking.lines)), ""))
    if host.talking.notes:
        parts.append((safe_line(t("talk.header.notes", count=host.talking.notes)), "warning"))
    if host.talking.mentions:
        parts.append((safe_line(t("talk.header.mentions", count=host.talking.mentions)), "warning"))
    if host.desk is not None:
        parts.append((safe_line(host.desk.me.name), ""))
    return parts


def _synced(health: SyncHealth, zone: tzinfo | None) -> Iterator[Part]:
    """How the mailboxes stand, in one word: what is fetched now, who is in trouble, when the last of them was looked
    at."""
    running = [folder for folder in health.folders if folder.total > folder.done]
    troubled = [box for box in health.mailboxes if box.state.is_trouble]
    checked = [box.checked_at for box in health.mailboxes if box.checked_at is not None]
    if running:
        done, total = sum(f.done for f in running), sum(f.total for f in running)
        yield safe_line(t("inbox.syncing", done=f"{done:,}", total=f"{total:,}")), "warning"
    elif troubled and len(troubled) == len(health.mailboxes):
        at = max(checked, default=None)
        text = t("inbox.offline", at=clock(at, zone)) if at is not None else t("inbox.sync_failed")
        yield safe_line(text), "error"
    elif troubled:
        yield safe_line(t("inbox.troubled", count=len(troubled))), "error"
    elif checked:
        yield safe_line(t("inbox.synced", at=clock(min(checked), zone))), "ok"


class DeskDialog(ModalScreen[Result], _Asks[Result]):
    """A dialog over another screen. The keys of the app stop at a dialog, but for help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("app", only=lambda name: name in ("app.help", "app.jump"))
    ]
    asks: ClassVar[bool] = False
    """Whether it is a question that only a person answers: no macro does."""

    def action_app_help(self) -> None:
        self.host.action_app_help()

    def action_app_jump(self) -> None:
        self.host.action_app_jump()
