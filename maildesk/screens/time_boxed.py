"""Sorting against the clock: a countdown and the pace over the list, only the keys of quick acts, and a summary of what
was done and what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import monotonic
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.time_box import TimeBox, minutes
from maildesk.keymap import BY_ID
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.confirm import Confirm
from maildesk.screens.fuzzy import Choice
from maildesk.screens.inbox_layout import InboxLayout
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.picker import Picker
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import NOTHING, content

OFFERED = (5, 10, 15, 25, 45)
"""Minutes to choose from."""
QUICK = frozenset(
    [
        "conversation.reply_suggest",
        "conversation.snooze",
        "conversation.assign",
        "conversation.take",
        "conversation.label",
        "conversation.no_answer",
        "conversation.done",
        "conversation.done_stay",
        "conversation.status",
        "conversation.priority",
        "conversation.unread",
        "conversation.spam",
    ]
)
"""The acts that are offered meanwhile: answering with the best template, waiting, giving to somebody, marking,
closing."""


def is_offered(action_id: str) -> bool:
    """Whether an action is offered while time is boxed: everything that is not an act, and the quick acts."""
    return action_id in QUICK or not action_id.startswith(("conversation.", "claim."))


def clock_left(seconds: float) -> str:
    """``14:05``."""
    whole = math.ceil(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def box_words(box: TimeBox, now: float, left_over: int) -> SafeText:
    """``仕分け 残り 12:34  8 件(1.2 件/分)  このタブ 残り 24 件``."""
    return safe_line(
        t(
            "inbox.box",
            time=clock_left(box.left(now)),
            count=box.handled,
            pace=f"{box.pace(now):.1f}",
            left=f"{left_over:,}",
        )
    )


class BoxSummary(DeskDialog[bool]):
    """What was done in the time, and what is left. The result is whether it goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close(False)", show=False),
        Binding("m", "close(True)", show=False),
    ]

    def __init__(self, box: TimeBox, now: float, left_over: Mapping[str, int]) -> None:
        super().__init__()
        self._box = box
        self._now = now
        self._left_over = left_over

    @property
    def lines(self) -> list[SafeText]:
        """What it says."""
        box = self._box
        passed = 60 * box.minutes - box.left(self._now)
        done = t(
            "inbox.box.done",
            count=box.handled,
            minutes=max(1, round(passed / 60)),
            pace=f"{box.pace(self._now):.1f}",
        )
        acts = [t("inbox.box.act", what=what, count=count) for what, count in box.by_act().items()]
        left = [t("inbox.box.act", what=name, count=f"{count:,}") for name, count in self._left_over.items()]
        return [safe_line(line) for line in (done, *acts, "", t("inbox.box.left"), *left)]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as frame:
            frame.border_title = content(t("inbox.box.title"))
            yield Paragraphs(*((line, "text") for line in self.lines), classes="line")
            more = t("inbox.box.more", minutes=self._box.minutes)
            yield KeysLine(("Enter", t("common.back")), ("m", more), classes="answers")

    def action_close(self, more: bool) -> None:
        """Go back, or begin another one."""
        self.dismiss(more)


class TimeBoxed(InboxLayout):
    """Mixed into the inbox."""

    box: TimeBox | None = None
    """The time that runs, None outside of one."""
    _ticking: Timer | None = None

    @work(exclusive=True, group="pick")
    async def action_triage_start(self) -> None:
        """Begin a time box, or ask whether the one that runs is to end."""
        if self.box is not None:
            if await self.app.push_screen_wait(Confirm(t("confirm.box.end"))):
                self.end_box()
            return
        picked = await self.app.push_screen_wait(
            Picker(
                t("picker.box"),
                [Choice(each, t("picker.box.minutes", count=each), also=(f"{each}m",)) for each in OFFERED],
                typed=_typed,
                hint=t("picker.box.hint"),
                digits=False,
            )
        )
        if picked is not None:
            self.begin_box(picked)

    def begin_box(self, length: int) -> None:
        """Let the time run, in minutes."""
        self.box = TimeBox(monotonic(), length)
        self._ticking = self.set_interval(1.0, self.tick)
        self.tick()
        self.refresh_footer()

    def tick(self) -> None:
        """A second has passed."""
        box = self.box
        if box is None or not self.is_mounted:
            return
        now = monotonic()
        self.say_over(box_words(box, now, self.listing.total))
        if not box.left(now) and self.is_current:  # what is open over the list is finished first
            self.end_box()

    @work(exclusive=True, group="after")
    async def end_box(self) -> None:
        """Stop, and say what was done and what is left."""
        box, self.box = self.box, None
        if box is None:
            return
        if self._ticking is not None:
            self._ticking.stop()
        self.say_over(NOTHING)
        self.refresh_footer()
        counts = await self.tried(lambda desk: desk.inbox.counts())
        left_over = {}
        if counts is not None:
            open_tabs = ("new", "replying", "approval", "waiting")
            left_over = {t(f"common.{tab}"): counts[tab] for tab in open_tabs if counts[tab]}
        if await self.app.push_screen_wait(BoxSummary(box, monotonic(), left_over)):
            self.begin_box(box.minutes)

    def on_key(self, event: events.Key) -> None:
        """Textual: a key that did nothing."""
        action = self.host.keymap.action(self.context, event.key)
        if self.box is not None and action is not None and not is_offered(action.id):
            self.say_not_now(action.label)

    def say_not_now(self, what: str) -> None:
        """This is not offered while time is boxed."""
        key = self.host.keymap.shown("app.back")
        self.host.say(t("inbox.box.not_now", what=what, key=key))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual: whether an action can be done now."""
        if self.box is not None and action in _NOT_OFFERED:
            return False
        return super().check_action(action, parameters)


def _typed(text: str) -> Choice[int] | None:
    found = minutes(text)
    return None if found is None else Choice(found, t("picker.box.minutes", count=found))


_NOT_OFFERED = frozenset(name.replace(".", "_") for name in BY_ID if not is_offered(name))
