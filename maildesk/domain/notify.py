"""Who is told of what: which event notifies whom, when nothing is told, and how much at most.

:func:`told` is the whole rule; a table in the tests says what it says. The store only offers what might matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Literal

from maildesk.domain.day_hours import DayHours


class Kind(StrEnum):
    """Why somebody is told."""

    ASSIGNED = "assigned"
    MENTION = "mention"
    REPLY = "reply"
    """A customer wrote on what is mine."""
    BREACH = "breach"
    """The reply target of what is mine is over."""
    FREED = "freed"
    """A claim that I waited for."""
    FOLLOWED = "followed"
    """Somebody did something to what I follow."""


KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the rule sees it: ``what`` is its word, ``actor_id`` who did it (None: a customer, or maildesk),
    ``assignee_id`` who is in charge now, ``given_to`` whom an assignment names, ``named`` whom a comment names."""

    what: str
    conversation_id: int
    actor_id: int | None = None
    actor: str = ""
    assignee_id: int | None = None
    given_to: int | None = None
    named: frozenset[int] = frozenset()
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one agent is told, and ``who`` did it."""

    kind: Kind
    conversation_id: int
    who: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far an agent has been told: the newest event, and the store's clock."""

    event: int
    at: datetime


def told(happening: Happening, me: int) -> Kind | None:
    """Why ``me`` is told of it; None: he is not. Nobody is told of what he did himself, nor of what was taken back."""
    if happening.actor_id == me or happening.undone:
        return None
    match happening.what:
        case "assigned" if happening.given_to == me == happening.assignee_id:
            return Kind.ASSIGNED
        case "commented" | "mentioned" if me in happening.named:
            return Kind.MENTION
        case "received" if happening.assignee_id == me:
            return Kind.REPLY
        case "breached" if happening.assignee_id == me:
            return Kind.BREACH
        case _:
            return None


# ---- when, and how much


@dataclass(frozen=True, slots=True)
class NotifyRules:
    """What one agent wants to be told, and how. ``terminal`` is the escape sequence, ``command`` the words of a command
    (() for none)."""

    events: frozenset[Kind] = frozenset(Kind)
    bell: bool = True
    terminal: Literal["auto", "osc9", "osc777", "off"] = "auto"
    command: tuple[str, ...] = ()
    command_seconds: float = 10.0
    per_minute: int = 6
    status_file: Path | None = None
    quiet: DayHours | None = None
    quiet_zone: tzinfo | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether nothing is told at ``now``."""
        return self.quiet is not None and self.quiet.cover(now.astimezone(self.quiet_zone).time())


class Rate:
    """Lets so many through in a minute, and counts the others for the next that comes through."""

    WINDOW = 60.0

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._times: deque[float] = deque()
        self._held = 0

    def take(self, now: float) -> int | None:
        """None: not now. Else how many were held back before this one. ``now`` is in seconds, of any clock that does
        not go back."""
        while self._times and now - self._times[0] >= self.WINDOW:
            self._times.popleft()
        if len(self._times) >= self._most:
            self._held += 1
            return None
        self._times.append(now)
        held, self._held = self._held, 0
        return held


def terminal_kind(environ: Mapping[str, str]) -> Literal["osc9", "osc777", "off"]:
    """The notification that the terminal of this environment is known to have. Inside tmux nothing is known of the
    terminal, unless its variables came along."""
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if program in ("iTerm.app", "WezTerm", "ghostty") or "KITTY_WINDOW_ID" in environ:
        return "osc9"
    if environ.get("WT_SESSION") or "ConEmuPID" in environ:
        return "osc9"
    if term.startswith(("foot", "rxvt")):
        return "osc777"
    return "off"


def sequence(kind: Literal["osc9", "osc777"], text: str, *, tmux: bool) -> str:
    """The escape sequence that shows ``text`` as a notification: iTerm2's OSC 9, or urxvt's OSC 777. ``text`` has no
    control characters any more; ``;`` would end a field of OSC 777. For tmux it is wrapped (``allow-passthrough``)."""
    body = f"9;{text}" if kind == "osc9" else f"777;notify;maildesk;{text.replace(';', ',')}"
    said = f"\x1b]{body}\x1b\\"
    return "\x1bPtmux;" + said.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else said
