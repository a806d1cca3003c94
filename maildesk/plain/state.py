"""What the linear mode remembers: where it is, and the reply that is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.letter import Letter
from maildesk.domain.reply import Draft
from maildesk.domain.status import Tab


@dataclass(slots=True)
class Writing:
    """A reply that is written: the draft as the store has it, and the version of the conversation that it answers.
    ``place`` is the conversation on which it leaves, whose claim is held; ``letter`` what it is for where it answers
    nobody; ``is_kept`` whether the store has all of the draft."""

    draft: Draft
    version: int
    place: int
    letter: Letter | None = None
    is_kept: bool = True


@dataclass(slots=True)
class Place:
    """The list that is shown: its tab and filter, the rows read so far, where it goes on."""

    tab: Tab = Tab.NEW
    query: str = ""
    rows: list[ConversationSummary] = field(default_factory=list)
    cursor: str | None = None
