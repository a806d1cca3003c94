"""What colleagues tell each other: mentions in comments, announcements and hand-over notes, what is overdue, and the
team's chat."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from maildesk.domain.agent import Agent, Role

_AT = re.compile(r"(?<![A-Za-z0-9._%+-])@(?=\S)")
"""An at sign that begins a mention: not the one in an address."""
_WORD = re.compile(r"[a-z0-9_]")
_BEING_TYPED = re.compile(r"(?<![A-Za-z0-9._%+-])[@\uff20]([^\s@\uff20、。,()()]{0,20})$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A comment in which I am named. ``read_at`` is None until I have opened the conversation since."""

    comment_id: int
    conversation_id: int
    subject: str
    customer_name: str
    author: str
    at: datetime
    text: str
    read_at: datetime | None = None


def mentioned(text: str, agents: Iterable[Agent]) -> tuple[Agent, ...]:
    """The agents whom ``@login``, ``@name`` or ``@reading`` in a text means, each once, in the order of the text.

    The longest name wins, so that ``@佐藤花子`` is not 佐藤. Full-width letters and capitals do not matter, さん may
    follow at once, and a name that two have means both. An address is no mention.
    """
    folded = _fold(text)
    known = [(name, agent) for agent in agents for name in _names(agent)]
    found: dict[int, Agent] = {}
    for at in _AT.finditer(folded):
        for agent in _meant(folded, at.end(), known):
            found.setdefault(agent.id, agent)
    return tuple(found.values())


def _meant(folded: str, start: int, known: Sequence[tuple[str, Agent]]) -> Iterator[Agent]:
    fitting = [(name, agent) for name, agent in known if _stands(folded, start, name)]
    longest = max((len(name) for name, _ in fitting), default=0)
    return (agent for name, agent in fitting if len(name) == longest)


def _stands(folded: str, start: int, name: str) -> bool:
    """Whether a name stands there, as a whole where it ends in a letter: ``@sato`` is not in ``@satomi``."""
    if not folded.startswith(name, start):
        return False
    following = folded[start + len(name) : start + len(name) + 1]
    return not (_WORD.match(name[-1]) and following and _WORD.match(following))


def _names(agent: Agent) -> Iterator[str]:
    for name in (agent.login, agent.name, agent.reading):
        if folded := _fold(name):
            yield folded
            if (joined := "".join(folded.split())) != folded:
                yield joined


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def begun(before_cursor: str) -> str | None:
    """What of a mention is typed so far, '' right after the at sign; None where none is being typed."""
    found = _BEING_TYPED.search(before_cursor)
    return found[1] if found else None


def written(agent: Agent, agents: Iterable[Agent]) -> str:
    """How an agent is mentioned: by name, by login where a colleague has the same name or it is several words."""
    others = [other for other in agents if other.id != agent.id and _fold(other.name) == _fold(agent.name)]
    return agent.login if others or not agent.name or " " in agent.name else agent.name


@dataclass(frozen=True, slots=True)
class Note:
    """What everybody should know (an announcement, ``mailbox_id`` None), or whoever works on a mailbox next (a
    hand-over note, 申し送り). ``read_by`` are the names of those who said that they read it as it stands now."""

    id: int
    mailbox_id: int | None
    shop: str
    author_id: int
    author: str
    at: datetime
    text: str
    changed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    read_by: tuple[str, ...] = ()
    unread: bool = False
    """The asking agent neither wrote it nor said that he read it."""

    @property
    def is_announcement(self) -> bool:
        """Whether it is for everybody."""
        return self.mailbox_id is None


def may_withdraw(me: Agent, author_id: int) -> bool:
    """Whether an agent may take back what ``author_id`` wrote for all: the author, and who leads."""
    return me.id == author_id or me.role is not Role.AGENT


TalkAct = Literal["written", "edited", "withdrawn"]


@dataclass(frozen=True, slots=True)
class TalkUndo:
    """Hand this back to take an act back: ``act`` (written, edited, withdrawn) on a note or a line of the chat,
    ``before`` its text then. ``version`` tells whether somebody changed it since."""

    of: Literal["note", "line", "rules"]
    id: int
    act: TalkAct
    version: int
    before: str = ""


LATE = timedelta(hours=24)
"""After so long a mail that waits for an answer is overdue where no reply target says when."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A conversation that should have been answered by now: its reply target is over, or its mail has waited for
    :data:`LATE`. ``since`` is when it should have been."""

    id: int
    subject: str
    customer_name: str
    shop: str
    assignee: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OverdueList:
    """The overdue ones, the longest first, and how many there are of each shop in all."""

    rows: tuple[Overdue, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """How many there are in all."""
        return sum(count for _, count in self.counts)


EVERYBODY = 0
"""The room of the whole team; every other room has the number of its mailbox."""
_REFERENCE = re.compile(r"(?<![0-9A-Za-z&/])[#\uff03]([0-9\uff10-\uff19]{1,9})(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the team's chat. ``name`` is the mailbox's, '' for everybody's; ``unread`` counts what others wrote
    since I was last there."""

    id: int
    name: str
    unread: int
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChatLine:
    """What somebody said in a room."""

    id: int
    room: int
    author_id: int
    author: str
    at: datetime
    text: str

    @property
    def references(self) -> tuple[int, ...]:
        """The conversations that it names, ``#1044``."""
        return tuple(dict.fromkeys(int(number) for _, _, number in references(self.text)))


def references(text: str) -> Iterator[tuple[int, int, int]]:
    """Where a text names conversations: from, to, and the number. An anchor of a URL is none."""
    for found in _REFERENCE.finditer(text):
        yield found.start(), found.end(), int(found[1])


def folded(text: str) -> str:
    """A text as it is searched: width and capitals do not matter."""
    return _fold(text)


@dataclass(frozen=True, slots=True)
class RulesPage:
    """How a mailbox is worked on, in the team's own words (markdown). ``version`` is 0 while nobody has written it."""

    mailbox_id: int
    mailbox: str
    text: str = ""
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


def may_edit_rules(me: Agent) -> bool:
    """Whether an agent may write the rules of a mailbox: who leads."""
    return me.role is not Role.AGENT
