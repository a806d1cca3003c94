"""What I am told of: assignments, mentions, customers who wrote on what is mine, reply targets that are over."""

from __future__ import annotations

from typing import NamedTuple

from maildesk.desk.context import Context
from maildesk.domain.notify import Notice, Seen, told
from maildesk.store import notices


class News(NamedTuple):
    """What is new, the oldest first, each conversation once for each kind; ``seen`` is what to ask with next."""

    notices: tuple[Notice, ...]
    seen: Seen


class Notices:
    """Looking writes nothing: each window is told by itself."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def news(self, seen: Seen | None = None) -> News:
        """What happened since ``seen``; None: where to begin."""
        me = self._desk.me.id
        with self._desk.store.reading() as tx:
            until = notices.here(tx)
            if seen is None:
                return News((), until)
            found = []
            for happening in notices.since(tx, me, seen, until):
                kind = told(happening, me)
                if kind is not None:
                    found.append(Notice(kind, happening.conversation_id, happening.actor))
        once = {(one.kind, one.conversation_id): one for one in found}
        return News(tuple(once.values()), until)
