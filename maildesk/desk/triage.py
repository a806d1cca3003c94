"""Triage: state, assignee, priority, labels; each act on any number of conversations, in one transaction, undoable."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maildesk.desk.context import Context
from maildesk.domain.outcomes import Changed, NotUndone, Undo, Undone, UndoOutcome
from maildesk.domain.status import Priority, Status, WaitingReason
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import agents, changes

MAX_LABEL = 60
"""Characters of a label."""


def is_label(name: str) -> bool:
    """Whether a name can be a label: something in one line, with nothing in it that a terminal obeys."""
    unseen = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in name)
    return bool(name.strip()) and len(name) <= MAX_LABEL and not unseen


class Triage:
    """Acts on conversations. Each returns what they are now, which were skipped and why, and how to take it back."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def set_status(
        self,
        ids: Sequence[int],
        status: Status,
        *,
        reason: WaitingReason | None = None,
        until: datetime | None = None,
    ) -> Changed:
        """Give them a state. Those that a colleague answers just now are skipped: his reply decides."""
        values: dict[str, Any] = {"status": status.value, "waiting_reason": None, "waiting_until": None}
        if status is Status.WAITING:
            kind = reason or (WaitingReason.UNTIL if until else WaitingReason.CUSTOMER)
            values |= {"waiting_reason": kind.value, "waiting_until": until}
        return self._change("status", ids, values, visible=True, skip_claimed=True)

    def assign(self, ids: Sequence[int], agent_id: int | None) -> Changed:
        """Put an agent in charge; None for nobody. Raises NotFound for an unknown agent."""
        with self._desk.store.reading() as tx:
            if agent_id is not None and agent_id not in {a.id for a in agents.active(tx)}:
                raise NotFound("no_agent", agent=agent_id)
        return self._change("assigned", ids, {"assignee_id": agent_id})

    def set_priority(self, ids: Sequence[int], priority: Priority) -> Changed:
        """重要, 至急, 大至急 or ordinary."""
        return self._change("priority", ids, {"priority": int(priority)})

    def label(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Changed:
        """Put labels on and take labels off; others stay. Raises MaildeskError for a name that cannot be one."""
        for name in add:
            if not is_label(name):
                raise MaildeskError("label_wrong", name=name[: MAX_LABEL + 1], limit=MAX_LABEL)
        with self._desk.store.transaction() as tx:
            before, skipped = changes.label(tx, self._desk.actor, ids, add, remove)
            rows = changes.summaries(tx, self._desk.me.id, [b.conversation_id for b in before])
        return Changed(rows, Undo("labels", before), skipped)

    def _change(
        self,
        what: str,
        ids: Sequence[int],
        values: Mapping[str, Any],
        *,
        visible: bool = False,
        skip_claimed: bool = False,
    ) -> Changed:
        with self._desk.store.transaction() as tx:
            before, skipped = changes.set_fields(
                tx, self._desk.actor, what, ids, values, visible=visible, skip_claimed=skip_claimed
            )
            rows = changes.summaries(tx, self._desk.me.id, [b.conversation_id for b in before])
        return Changed(rows, Undo(what, before), skipped)

    def undo(self, undo: Undo) -> UndoOutcome:
        """Take an act back, all of it, unless somebody changed the same field of one of them since."""
        with self._desk.store.transaction() as tx:
            blocker = changes.changed_since(tx, undo)
            if blocker is not None:
                return NotUndone(*blocker)
            changes.restore(tx, self._desk.actor, undo)
            return Undone(changes.summaries(tx, self._desk.me.id, [b.conversation_id for b in undo.before]))
