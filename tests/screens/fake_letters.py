"""Mails that answer nobody, of the desk in memory: forwards are begun on the conversation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.domain.claim import HeldByOther
from maildesk.domain.letter import Letter, LetterKind
from maildesk.domain.outcomes import Begun, Waiting
from maildesk.domain.reply import Draft

if TYPE_CHECKING:
    from tests.screens.fakes import FakeDesk

CARRIER = 9000
"""So much is added to a conversation's number to name where its forward is written."""


class FakeLetters:
    """As :class:`maildesk.desk.letters.Letters`."""

    def __init__(self, desk: FakeDesk) -> None:
        self.d = desk
        self.begun: dict[int, Letter] = {}

    def of(self, conversation_id: int) -> Letter | None:
        """What a draft is for."""
        return self.begun.get(conversation_id)

    def place(self, conversation_id: int) -> int:
        """Where a draft leaves."""
        letter = self.begun.get(conversation_id)
        return conversation_id if letter is None else letter.place

    def forward(
        self,
        conversation_id: int,
        message_id: int | None = None,
        *,
        attached: bool = False,
        ask: bool = False,
    ) -> Begun | HeldByOther | Waiting:
        """Begin a forward."""
        self.d.called("letters.forward", conversation_id, message_id, attached, ask)
        outcome = self.d.claims.take(conversation_id)
        if isinstance(outcome, HeldByOther):
            return outcome
        kind = LetterKind.ASK if ask else LetterKind.FORWARD
        letter = Letter(CARRIER + conversation_id, kind, conversation_id, message_id)
        self.begun[letter.conversation_id] = letter
        row = self.d.row(conversation_id)
        draft = Draft(letter.conversation_id, (), (), f"Fwd: {row.subject}", "\n\n-- 転送 --\n")
        return Begun(outcome.claim, draft, self.d.conversations.get(conversation_id), letter)
