"""What colleagues tell each other at the desk in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maildesk.domain.agent import Agent
from maildesk.domain.talk import Mention
from tests.screens import sample


class FakeMentions:
    """The comments that name me."""

    def __init__(self, desk: Any) -> None:
        self.d = desk
        self.kept: list[Mention] = []

    def told(self, conversation_id: int, text: str, author: Agent = sample.SUZUKI) -> Mention:
        """A colleague names me in a comment; others hear of it when the test says so."""
        row = self.d.row(conversation_id)
        one = Mention(
            900 + len(self.kept),
            conversation_id,
            row.subject,
            row.customer_name,
            author.name,
            self.d.moment,
            text,
        )
        self.kept.insert(0, one)
        return one

    def list(self, *, unread: bool = False, limit: int = 500) -> tuple[Mention, ...]:
        self.d.called("mentions.list")
        return tuple(one for one in self.kept if not unread or one.read_at is None)[:limit]

    def unread(self) -> int:
        return len(self.list(unread=True))

    def read(self, comment_ids: Sequence[int] | None = None) -> int:
        self.d.called("mentions.read", comment_ids)
        fresh = [
            one
            for one in self.kept
            if one.read_at is None and (comment_ids is None or one.comment_id in comment_ids)
        ]
        self.kept = [replace(one, read_at=self.d.moment) if one in fresh else one for one in self.kept]
        return len(fresh)
