"""Mentions: comments that name me, and naming colleagues in mine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.talk import Mention, mentioned
from maildesk.store import agents, talk_mentions

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST = 500
"""How many mentions a list shows at most."""


class Mentions:
    """Whoever is named hears of it and finds it in a list. Nobody follows a conversation by being named in it."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def list(self, *, unread: bool = False, limit: int = MOST) -> tuple[Mention, ...]:
        """The comments that name me, the newest first."""
        with self._desk.store.reading() as tx:
            return talk_mentions.of_agent(tx, self._desk.me.id, unread, limit)

    def unread(self) -> int:
        """How many of them I have not read."""
        with self._desk.store.reading() as tx:
            return talk_mentions.unread(tx, self._desk.me.id)

    def read(self, comment_ids: Sequence[int] | None = None) -> int:
        """I have read these, None: all of them. How many were unread."""
        with self._desk.store.transaction() as tx:
            return talk_mentions.read(tx, self._desk.me.id, comment_ids)


def note_mentions(tx: Connection, me: int, comment_id: int, text: str) -> tuple[int, ...]:
    """Write down whom a comment of mine names, in the transaction that writes it. Their ids; I am not told of what I
    wrote myself."""
    if "@" not in text and "\uff20" not in text:
        return ()
    named = tuple(agent.id for agent in mentioned(text, agents.active(tx)) if agent.id != me)
    talk_mentions.add(tx, comment_id, named)
    return named
