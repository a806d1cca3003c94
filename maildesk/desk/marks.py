"""What I set for myself, on any number of conversations in one transaction, undoable: seen, followed, my claim given
back. Colleagues see of it at most that a claim is free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.outcomes import Before, Changed, Skipped, Undo
from maildesk.store import changes, marks
from maildesk.store.events import Actor

if TYPE_CHECKING:
    from sqlalchemy import Connection

_Done = tuple[tuple[Before, ...], tuple[Skipped, ...]]


class Marks:
    """Each returns the conversations that it changed, which were skipped and why, and what ``triage.undo`` takes
    back."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def see(self, ids: Sequence[int], is_seen: bool = True) -> Changed:
        """I have seen them as they are now, or (False) not at all. Their states and my colleagues' marks are not
        touched."""
        return self._did(marks.SEEN, lambda tx, who: marks.see(tx, who, ids, is_seen))

    def follow(self, ids: Sequence[int], on: bool = True) -> Changed:
        """Tell me what others do to them from now on, or (False) no more."""
        return self._did(marks.FOLLOWED, lambda tx, who: marks.follow(tx, who, ids, on))

    def release(self, ids: Sequence[int]) -> Changed:
        """Give back my claims on them, whichever sessions of mine hold them. The undo claims them again for these
        sessions, as long as nobody had them meanwhile."""
        return self._did(marks.RELEASED, lambda tx, who: marks.release(tx, who, ids))

    def _did(self, what: str, act: Callable[[Connection, Actor], _Done]) -> Changed:
        def run(tx: Connection) -> Changed:
            before, skipped = act(tx, self._desk.actor)
            rows = changes.summaries(tx, self._desk.me.id, [one.conversation_id for one in before])
            return Changed(rows, Undo(what, before), skipped)

        return self._desk.act(run)
