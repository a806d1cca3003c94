"""The states of a conversation and the tabs that show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal, get_args


class Status(StrEnum):
    """The stored state of a conversation.

    返信処理中 (replying) is not stored: it is derived from a live claim, so that an expired lease can never leave a
    conversation in it.
    """

    NEW = "new"
    APPROVAL = "approval"
    WAITING = "waiting"
    DONE = "done"
    SPAM = "spam"
    TRASH = "trash"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self in (Status.NEW, Status.APPROVAL, Status.WAITING)


class Tab(StrEnum):
    """One tab of the inbox, in the order in which they stand."""

    NEW = "new"
    REPLYING = "replying"
    APPROVAL = "approval"
    WAITING = "waiting"
    DONE = "done"
    ALL = "all"
    SPAM = "spam"
    TRASH = "trash"

    @property
    def status(self) -> Status | None:
        """The stored state that the tab shows; None for the derived tabs (replying, all)."""
        return None if self in (Tab.REPLYING, Tab.ALL) else Status(self.value)


class WaitingReason(StrEnum):
    """What a waiting (保留) conversation waits for."""

    CUSTOMER = "customer"
    COLLEAGUE = "colleague"
    UNTIL = "until"


Colour = Literal["red", "yellow", "green", "blue", "purple", "grey"]
COLOURS: tuple[Colour, ...] = get_args(Colour)


@dataclass(frozen=True, slots=True)
class CustomState:
    """A state of this desk's own (``[[states]]``). ``key`` sets it in list and conversation, '' for none; the labels
    are Japanese and English. ``is_open``: somebody still has to do something."""

    name: str
    label_ja: str
    label_en: str
    key: str = ""
    colour: Colour = "grey"
    is_open: bool = True

    @property
    def base(self) -> Status:
        """What is stored beside it, and what a client shows that does not know it."""
        return Status.WAITING if self.is_open else Status.DONE


@dataclass(frozen=True, slots=True)
class StateTab:
    """The tab of a state of the desk's own, or of one reason to wait (``waiting-customer``)."""

    value: str

    @property
    def status(self) -> None:
        """No stored state has this tab to itself."""

    @property
    def reason(self) -> WaitingReason | None:
        """The reason to wait, None for a state of the desk's own."""
        return REASON_TABS.get(self.value)

    def __str__(self) -> str:
        return self.value


AnyTab = Tab | StateTab
REASON_TABS = {f"waiting-{reason.value}": reason for reason in WaitingReason}
_STATE_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
_TAKEN = frozenset((*Tab, *REASON_TABS, "open", "no-answer", "status", "state"))


def tab_of(word: str) -> AnyTab:
    """The tab of that name; every word that is none of ours names a state of the desk's own."""
    return Tab(word) if word in [*Tab] else StateTab(word)


def is_state_name(name: str) -> bool:
    """Whether a state of the desk's own can be called that: queries and the command line write it."""
    return _STATE_NAME.fullmatch(name) is not None and name not in _TAKEN


def state_named(states: Iterable[CustomState], word: str) -> CustomState | None:
    """The state with that name or label, in either language."""
    said = word.strip().casefold()
    return next((s for s in states if said in (s.name, s.label_ja.casefold(), s.label_en.casefold())), None)


class Priority(IntEnum):
    """重要, 至急 and 大至急, above the ordinary."""

    NORMAL = 0
    IMPORTANT = 1
    URGENT = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The name used on the command line and in JSON."""
        return self.name.lower()


class Sort(StrEnum):
    """The order of a list. ``DUE``: the least time left to the reply target, then the highest priority, then the
    longest waiting."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PRIORITY = "priority"
    DUE = "due"
