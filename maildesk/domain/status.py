"""The states of a conversation and the tabs that show them."""

from __future__ import annotations

from enum import IntEnum, StrEnum


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
    """The order of a list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PRIORITY = "priority"
