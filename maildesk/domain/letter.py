"""Mails that answer nobody: a forward, a question to an outsider, and the first mail of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FORWARD = "forward"
"""What such a mail is called in the outbox. It is no answer: neither does it answer a turn nor keep anybody from it."""


class LetterKind(StrEnum):
    """What a letter is for. Whoever is asked (ASK) is waited for."""

    NEW = "new"
    FORWARD = "forward"
    ASK = "ask"


class Outside(StrEnum):
    """How a question to an outsider stands: none, asked, or answered and not yet taken up by a reply."""

    NOBODY = ""
    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a letter is written: ``conversation_id`` holds the draft, ``place`` is the conversation on which the mail
    leaves (the same for a new one), and ``message_id`` the mail that is passed on."""

    conversation_id: int
    kind: LetterKind
    place: int
    message_id: int | None = None

    @property
    def is_forward(self) -> bool:
        """Whether it passes something on, to somebody who is not the customer."""
        return self.kind is not LetterKind.NEW
