"""Every key, in the order in which it was pressed, each after the one before has had its effect.

Textual hands a key to the focused widget and looks at the next before that one was acted on: of two keys that come in
one packet the second can meet a screen that is about to go, a sheet that is not there yet, a field that has not heard
the first. Here a key waits until what the last one began has come through: a screen that was asked for is open, a
conversation that was asked for is read. Counts (``3j``), repetition and macros stand on that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Set
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual.dom import DOMNode
from textual.widget import Widget
from textual.worker import Worker

from maildesk import keymap
from maildesk.app.counting import Counting
from maildesk.app.macros import Macros
from maildesk.domain.safetext import safe_line
from maildesk.domain.steps import Act, Pressed, Step, Typed
from maildesk.locale import t
from maildesk.screens.base import DeskDialog, DeskScreen
from maildesk.screens.time_boxed import is_offered
from maildesk.screens.triage import Triage
from maildesk.screens.unasked import Unasked
from maildesk.widgets.bindings import action_name
from maildesk.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.app.desk_app import MaildeskApp

HOLD = 1.5
"""Seconds after which it is said that keys wait for what was asked for before them, and how to go on without it."""
PAINT = 0.003
"""Seconds in which what a key did is painted, before anything else is done about it."""
STEP = 0.01
"""Seconds between two looks at whether it is there."""
HOP = 0.5
"""Seconds that one widget may take to hear of a key."""

OPENERS = frozenset(
    (
        "pick",
        "reply",
        "palette",
        "review",
        "template",
        "attach",
        "files",
        "after",
        "act",
        "quit",
        "undo",
        "view",
        "ex",
        "jump",
    )
)
"""The groups of workers that are about to open a screen."""


class Keyboard:
    """The keys of the app. :meth:`press` takes them as they come from the terminal."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._waiting: deque[events.Key | Step] = deque()
        self._passing: asyncio.Task[None] | None = None
        self._is_late = False
        """Whether it was said that keys wait."""
        self._gave_up = False
        self.asked: WeakKeyDictionary[Worker[Any], Screen[Any]] = WeakKeyDictionary()
        """The screen on which a worker asked last."""
        self._again: Callable[[Triage], object] | None = None
        self.counting = Counting(app)
        self.macros = Macros(app, self)

    @property
    def is_busy(self) -> bool:
        """Whether there is a key that has not had its effect."""
        return self._passing is not None or bool(self._waiting) or self.counting.is_pending

    @property
    def has_steps(self) -> bool:
        """Whether steps of a macro wait."""
        return any(not isinstance(one, events.Key) for one in self._waiting)

    # in order

    async def press(self, event: events.Key) -> None:
        """A key from the terminal. Runs in the app's own queue, as all of this."""
        self._app.command_line.take_answer()  # nobody asked for it
        if self.macros.is_playing and event.key == "escape":
            self.macros.stop(t("macro.stopped.key"))
        elif event.key in self._app.keymap.of("app.quit"):  # whatever hangs
            await self._app.deliver(event)
        elif self._is_late and event.key == "escape":
            self._give_up()
        else:
            self._waiting.append(event)
            await self.go_on()

    def put_first(self, *waiting: events.Key | Step) -> None:
        """These come before everything that waits."""
        self._waiting.extendleft(reversed(waiting))
        self._app.call_later(self.go_on)

    def drop_steps(self) -> None:
        """Forget the steps that wait; keys that were pressed stay."""
        self._waiting = deque(one for one in self._waiting if isinstance(one, events.Key))

    async def go_on(self) -> None:
        """Take the next key, if the last one has come through."""
        while self._waiting and self._passing is None:
            workers = {worker for worker in self._app.workers if not self._asks(worker)}
            if isinstance(self._waiting[0], events.Key) and not self._app.is_typing:
                self.counting.followed_by(_meant(self._waiting[0]))
            if self._lacks_rows():
                self._passing = asyncio.create_task(self._pass(workers))
                return
            one = self._waiting.popleft()
            try:
                if isinstance(one, events.Key):
                    await self._key(one)
                else:
                    await self.macros.step(one)
            finally:
                if not self.counting.is_pending:
                    self._passing = asyncio.create_task(self._pass(workers))

    async def _pass(self, workers: Set[Worker[Any]]) -> None:
        """Wait until what the last key began has come through, then let the next one go. However slow the store is, no
        key is for something else than what it was pressed for: Escape gives up."""
        late = monotonic() + HOLD
        if not self._waiting:
            await asyncio.sleep(PAINT)
        while not self._gave_up:
            screen = self._app.screen
            await _through(screen)
            if self._app.screen is screen and not self._is_opening(workers):
                break
            if monotonic() >= late:
                self._say_late(True)
            await asyncio.sleep(STEP)
        self._say_late(False)
        self._gave_up = False
        self._passing = None
        self._app.call_later(self.go_on)

    def _say_late(self, is_late: bool) -> None:
        """Say that keys wait, or that they do no more."""
        if is_late == self._is_late:
            return
        self._is_late = is_late
        self.show_pending(t("app.keys_wait") if is_late else "")

    def show_pending(self, words: str = "") -> None:
        """Say what keys wait for, or else whether they are recorded."""
        said = safe_line(words or self.macros.words)
        for screen in self._app.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.show_pending(said)

    def _give_up(self) -> None:
        """Wait no longer for what was asked for. It may still come; the keys that waited for it are forgotten."""
        if self._waiting:
            self._app.say(t("app.keys_forgotten"))
        self._waiting.clear()
        self.counting.forget()
        self._gave_up = True

    def _is_opening(self, workers: Set[Worker[Any]]) -> bool:
        """Whether a screen is on its way, or what it shows. ``workers`` were at work before the key, for nothing that
        is waited for; one that had asked something goes on when it is answered, and may open the next screen."""
        screen = self._app.screen
        if (isinstance(screen, DeskScreen) and screen.keys_wait) or self._lacks_rows():
            return True
        if isinstance(screen, DeskDialog) and screen.is_deciding:
            return not (self._waiting and isinstance(self._waiting[0], events.Key))
        return any(
            worker.group in OPENERS
            and not worker.is_finished
            and worker not in workers
            and not self._asks(worker)
            for worker in self._app.workers
        )

    def _asks(self, worker: Worker[Any]) -> bool:
        """Whether a worker waits for an answer, on a screen that is there."""
        return self.asked.get(worker) in self._app.screen_stack

    def _lacks_rows(self) -> bool:
        """Whether the next key is for a row of a list that is being read: a tab and what is done there may be typed
        in one go, while from tab to tab nothing waits."""
        app, screen = self._app, self._app.screen
        if not self._waiting or not isinstance(screen, DeskScreen) or not screen.rows_wait or app.is_typing:
            return False
        match self._waiting[0]:
            case Act(action_id):
                return _is_for_rows(action_id)
            case events.Key() as event:
                action = app.keymap.action(screen.context, _meant(event))
                return action is not None and _is_for_rows(action.id)
        return False

    # one key

    async def _key(self, event: events.Key) -> None:
        """Do what a key does in front of what is there now."""
        app = self._app
        if app.is_typing:
            self._hear(event)
            await app.deliver(event)
            return
        if isinstance(app.screen, Unasked) and app.screen.was_typed_on(event):
            app.say(t("app.typed_on"), "warning")
            return
        if isinstance(app.screen, DeskScreen):
            app.screen.key_pressed()
        if event.key.startswith("alt+"):  # Escape and a key, typed quickly: a terminal says the same for both
            rest = event.key.removeprefix("alt+")
            self.put_first(events.Key("escape", None), events.Key(rest, rest if len(rest) == 1 else None))
            return
        meant = keymap.normalise(event.key, event.character)
        if meant is not None:
            app.tell_of_ime()
            event = events.Key(meant, None)
        if isinstance(app.screen, DeskScreen) and app.screen.sheet.waiting:
            await self._to_sheet(app.screen.sheet, event)
            return
        taken = self.counting.take(event)
        if taken is None:
            return
        if taken.back:
            self.put_first(*taken.back)
            return
        if taken.action is not None:
            action = taken.action
            if action in keymap.BY_PLACE and taken.times == 1:
                action = "list.top"  # 1G: once to the end is another thing
            self.macros.hear(Act(action, taken.times))
            await self.run(action, taken.times)
            return
        self._hear(event)
        await app.deliver(event)

    def _hear(self, event: events.Key) -> None:
        """Tell the macro that is recorded."""
        if not self.macros.is_recording:
            return
        app = self._app
        focused = app.focused
        if focused is not None and focused.check_consume_key(event.key, event.character) and event.character:
            self.macros.hear(Typed(event.character))
            return
        context: keymap.Context = getattr(app.screen, "context", "app")
        action = app.keymap.action(context, event.key)
        if action is None:
            if self._may_take(event.key):
                self.macros.hear(Pressed(event.key))
        elif action.sheet is None and not action.id.startswith("macro."):
            self.macros.hear(Act(action.id))

    def _may_take(self, key: str) -> bool:
        """Whether a key that is no action can do anything here: on a full screen a character does so only as the key of
        a state of the desk's own."""
        app = self._app
        if keymap.canonical(key) != key:
            return False
        is_full = isinstance(app.screen, DeskScreen)
        return not (is_full and keymap.is_character(key)) or any(one.key == key for one in app.states)

    async def _to_sheet(self, sheet: Sheet, event: events.Key) -> None:
        name, value = sheet.about, sheet.take(event.key, event.character)
        if value is None:
            return
        if name.startswith("macro."):
            await self.macros.chosen(name, value)
        elif name == "goto" and value not in keymap.BY_ID:
            self._app.open_view(value)
        elif name in keymap.SHEETS:
            self.macros.hear(Act(value))
            await self.run(value)
        else:
            sheet.post_message(Sheet.Chosen(sheet, name, value))

    # actions by name

    async def run(self, action_id: str, times: int = 1) -> bool:
        """Do an action of the keymap where it belongs, so many times; whether it could be done here."""
        app = self._app
        action, place = keymap.BY_ID[action_id], self.place_of(action_id)
        if place is None:
            return False
        if action_id == "macro.run":
            self.macros.run(times)
            return True
        if times > 1 and action_id in keymap.BY_ROWS and isinstance(app.screen, DeskScreen):
            app.screen.choose_rows(times)
            times = 1
        elif times > 1 and action_id in keymap.BY_PLACE and isinstance(app.screen, DeskScreen):
            app.screen.choose_place(times)
            return True
        inbox = app.inbox
        if inbox is not None and inbox.box is not None and app.screen is inbox and not is_offered(action_id):
            inbox.say_not_now(action.label)
            return True
        for _ in range(times):
            await app.run_action(action_name(action_id), place)
        return True

    def place_of(self, action_id: str, screen: Screen[Any] | None = None) -> DOMNode | None:
        """The widget, screen or app that does an action on ``screen`` (None: the one in front), None where nothing
        there does."""
        app = self._app
        screen = screen or app.screen
        action = keymap.BY_ID[action_id]
        context: keymap.Context = getattr(screen, "context", "app")
        sheets = [one.sheet for one in keymap.ACTIONS if one.sheet is not None and context in one.contexts]
        if not {context, "app", *sheets} & set(action.contexts):
            return None
        method = f"action_{action_name(action_id)}"
        focused = screen.focused
        chain: list[DOMNode] = [*(focused.ancestors_with_self if focused is not None else (screen,))]
        if "app" in action.contexts and context not in action.contexts:
            chain = [screen, app]
        found = next((node for node in chain if hasattr(node, method) and node is not app), None)
        if found is None:
            found = next((node for node in screen.query("*") if hasattr(node, method)), None)
        if found is None and hasattr(app, method):
            return app
        return found

    # once more

    def remember(self, again: Callable[[Triage], object]) -> None:
        """An act was done: ``again`` does it on another screen or for other conversations."""
        self._again = again

    def repeat(self) -> None:
        """Do the last act again, for what is chosen now."""
        screen = self._app.screen
        if self._again is None:
            self._app.say(t("app.nothing_to_repeat"))
        elif isinstance(screen, Triage):
            self._again(screen)


def _meant(event: events.Key) -> str:
    """The key without what an input method makes of it."""
    return keymap.normalise(event.key, event.character) or event.key


async def _through(screen: Screen[Any]) -> None:
    """Return when the focused widget and everything around it have heard what was sent to them until now."""
    nodes: list[Widget] = [screen]
    if screen.focused is not None:
        nodes = [node for node in screen.focused.ancestors_with_self if isinstance(node, Widget)]
    for node in nodes:
        heard = asyncio.Event()
        if node.post_message(events.Callback(heard.set)):
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), HOP)


_OF_THE_LIST = frozenset(("list.layout", "list.mine", "list.sort", "list.shop", "conversation.new"))
"""What needs no row."""


def _is_for_rows(action_id: str) -> bool:
    return action_id.startswith(("conversation.", "list.", "claim.")) and action_id not in _OF_THE_LIST
