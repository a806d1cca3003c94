"""Until when a customer is to have his answer, and what a mail of his does to a conversation that was settled.

The clock of a conversation runs from ``due_from``; ``spent`` seconds of it were over before that. It stops while the
conversation waits, unless the shop lets it run there, and goes on where it stopped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from maildesk.domain.business import Calendar
from maildesk.domain.status import WaitingReason
from maildesk.domain.thanks import only_thanks

OWN = "own"
"""A state of the desk's own, among what a conversation can wait for."""
WAITS = (*(reason.value for reason in WaitingReason), OWN)
SOON = timedelta(minutes=60)
"""So little time left is worth a colour."""
_LENGTH = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?")


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """A shop's target: an answer ``within`` so many open seconds. ``runs_while`` names the waits (:data:`WAITS`) that
    do not stop the clock."""

    within: int
    calendar: Calendar = field(default_factory=Calendar)
    runs_while: tuple[str, ...] = ()

    def due(self, since: datetime, spent: float = 0.0) -> datetime:
        """Until when, for a clock that runs since then and had spent so many open seconds before."""
        return self.calendar.after(since, self.within - spent)

    def spent(self, since: datetime, until: datetime, before: float = 0.0) -> float:
        """The open seconds that a clock has spent when it stops."""
        return before + self.calendar.between(since, until)


def target_values(target: ReplyTarget | None) -> dict[str, Any] | None:
    """As the store keeps it."""
    if target is None:
        return None
    calendar = asdict(target.calendar)
    lists = {"hours": list(target.calendar.hours), "closed": list(target.calendar.closed)}
    return {
        "within": target.within,
        "calendar": calendar | lists,
        "runs_while": list(target.runs_while),
    }


def target_from(values: Mapping[str, Any] | None) -> ReplyTarget | None:
    """The reverse of :func:`target_values`."""
    if not values:
        return None
    known = values["calendar"]
    calendar = Calendar(known["zone"], tuple(known["hours"]), tuple(known["closed"]), known["holidays"])
    return ReplyTarget(int(values["within"]), calendar, tuple(values["runs_while"]))


def seconds_of(length: str) -> int:
    """``4h``, ``90m``, ``1h30m`` in seconds; 0 for what is none of these."""
    found = _LENGTH.fullmatch(length.strip().lower())
    return 0 if found is None else int(found[1] or 0) * 3600 + int(found[2] or 0) * 60


Kind = Literal["late", "soon", "later"]


def urgency(due: datetime, now: datetime) -> Kind:
    """How pressing a reply is."""
    return "late" if due <= now else "soon" if due - now <= SOON else "later"


def left(due: datetime, now: datetime) -> str:
    """What is left, for a narrow column: ``0:42``, ``-0:12`` past it, days from a hundred hours on: ``5d``."""
    minutes = int((due - now).total_seconds() // 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("", minutes)
    if minutes >= 6000:
        return f"{sign}{minutes // 1440}d"
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


_SIGNS: Mapping[Kind, str] = {"late": "!", "soon": ">", "later": ""}


def signed(due: datetime, now: datetime) -> str:
    """The same with a sign before it, for whoever sees no colour: ``1:20``, ``>0:42`` in the last hour, ``!-0:12``
    past it."""
    return f"{_SIGNS[urgency(due, now)]}{left(due, now)}"


Policy = Literal["reopen", "new"]
POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True, slots=True)
class ReopenPolicy:
    """A shop's rule for mail to a conversation that is done. With ``within_days`` the conversation is new again where
    its last mail is no older, and another one begins after that. ``thanks``: a pattern (case is ignored) that a short
    mail without a question matches when it only says thank you: it leaves the conversation done. '': none."""

    kind: Policy = "reopen"
    within_days: int | None = None
    thanks: str = ""

    @property
    def may_begin_anew(self) -> bool:
        """Whether there are mails after which another conversation begins."""
        return self.kind == "new" or self.within_days is not None

    def begins_anew(self, last: datetime, at: datetime) -> bool:
        """Whether a mail of ``at`` begins a conversation of its own, where the last mail of the old one is of
        ``last``."""
        if self.within_days is not None:
            return at - last > timedelta(days=self.within_days)
        return self.kind == "new"

    def is_thanks(self, words: str) -> bool:
        """Whether a mail only says thank you. ``words`` are its own, without what it quotes."""
        return bool(self.thanks) and only_thanks(self.thanks, words)


REOPENS = ReopenPolicy()
"""What a shop has that says nothing."""


def policy_values(policy: ReopenPolicy) -> dict[str, Any] | None:
    """As the store keeps it; None for the ordinary one."""
    return None if policy == ReopenPolicy() else asdict(policy)


def policy_from(values: Mapping[str, Any] | None) -> ReopenPolicy:
    """The reverse of :func:`policy_values`."""
    return ReopenPolicy(**values) if values else ReopenPolicy()


def is_pattern(text: str) -> bool:
    """Whether that is a regular expression."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True
