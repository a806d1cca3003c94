"""Changing fields of many conversations at once, keeping what they were, and putting it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Before, NotUndone, Skipped, Undo
from maildesk.store import blocking, claims, conversations, events, marks, merged, merging, moving, targets
from maildesk.store.events import Actor
from maildesk.store.tables import event

Values = Callable[[Row[Any]], Mapping[str, Any]]
"""What a conversation's fields become, from what they are."""
_FORCED = ("status", "assigned", "priority", "labels", "moved")
"""What may be taken back although somebody did something since."""
_SOFT = ("received", "status")
"""What never keeps anything from being taken back where that is insisted on."""
_SINCE: Mapping[str, tuple[str, ...]] = {
    "status": ("status", "queued", "received", "merged"),
    "merged": ("merged", "split", "moved", "queued", "received", "status"),
    "split": ("merged", "split", "moved", "queued", "received", "status"),
    "moved": ("moved", "merged", "queued"),
    marks.RELEASED: ("claimed", "taken-over", "queued"),
}
"""What counts as a change of the same thing, by the act that is to be taken back."""


def summaries(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[ConversationSummary, ...]:
    """The conversations as list rows."""
    return conversations.summaries(tx, agent_id, ids)


def set_fields(
    tx: Connection,
    who: Actor,
    what: str,
    ids: Sequence[int],
    values: Mapping[str, Any] | Values,
    *,
    visible: bool,
    skip_claimed: bool,
    detail: Mapping[str, Any] | None = None,
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Set fields of many conversations: the same, or what ``values`` makes of each row. ``visible`` raises their
    versions; ``skip_claimed`` leaves alone what another agent answers now; ``detail`` goes into each event. What was
    merged into another conversation is left alone. Returns what they were, and what was skipped; what was so already
    has no event."""
    rows = conversations.lock(tx, list(ids))
    where = merged.survivors(tx, ids)
    before: list[Before] = []
    skipped: list[Skipped] = []
    for conversation_id in ids:
        row = rows.get(conversation_id)
        if row is None:
            skipped.append(Skipped(conversation_id, "gone"))
            continue
        if conversation_id in where:
            skipped.append(Skipped(conversation_id, "merged", note=str(where[conversation_id])))
            continue
        if (
            skip_claimed
            and (holder := claims.holder(tx, conversation_id)) is not None
            and holder.agent_id != who.id
        ):
            skipped.append(Skipped(conversation_id, "replying", holder))
            continue
        new = values(row) if callable(values) else values
        new = {**new, **targets.gone_on(tx, row, new)}
        old = {name: getattr(row, name) for name in new}
        if new == old:
            before.append(Before(conversation_id, row.version, old))
            continue
        conversations.change(tx, conversation_id, new, visible=visible)
        told = {"from": _plain(old), "to": _plain(new), **(detail or {})}
        number = events.record(tx, who, what, conversation_id, detail=told)
        before.append(Before(conversation_id, row.version, old, event=number))
    return tuple(before), tuple(skipped)


def label(
    tx: Connection, who: Actor, ids: Sequence[int], add: Iterable[str], remove: Iterable[str]
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Put labels on and take labels off many conversations. What had them so already has no event."""
    rows = conversations.lock(tx, list(ids))
    before: list[Before] = []
    skipped = tuple(Skipped(i, "gone") for i in ids if i not in rows)
    added, removed = list(add), list(remove)
    for conversation_id in (i for i in ids if i in rows):
        old = conversations.labels_of(tx, conversation_id)
        conversations.add_labels(tx, conversation_id, added)
        conversations.remove_labels(tx, conversation_id, removed)
        number = 0
        if conversations.labels_of(tx, conversation_id) != old:
            told = {"add": added, "remove": removed}
            number = events.record(tx, who, "labels", conversation_id, detail=told)
        before.append(Before(conversation_id, rows[conversation_id].version, {"labels": old}, event=number))
    return tuple(before), skipped


def changed_since(tx: Connection, undo: Undo) -> NotUndone | None:
    """Who did the same kind of thing to one of them since (a reply that was queued counts against a state)."""
    words = _SINCE.get(undo.what, (undo.what,))
    for one in undo.before:
        found = (
            select(event.c.actor, event.c.what)
            .where(
                event.c.conversation_id == one.conversation_id,
                event.c.what.in_(words),
                event.c.id > one.event,
            )
            .order_by(event.c.id.desc())
            .limit(1)
        )
        # what is in the way for good counts before what merely came after it
        hard = None if undo.what in _FORCED else tx.execute(found.where(event.c.what.not_in(_SOFT))).first()
        if hard is not None:
            return NotUndone(hard.actor, hard.what, False)
        latest = tx.execute(found).first()
        if latest is not None:
            return NotUndone(latest.actor, latest.what, True)
    return None


def restore(tx: Connection, who: Actor, undo: Undo) -> bool:
    """Put everything back as it was. False: it cannot be any more, and nothing was changed."""
    if undo.what in marks.WHATS:
        return marks.restore(tx, who, undo)
    if undo.what == "merged":
        return merging.unmerge(tx, who, undo)
    if undo.what == "split":
        return merging.unsplit(tx, who, undo)
    conversations.lock(tx, [b.conversation_id for b in undo.before])
    blocking.remove(tx, who, undo.blocked)
    blocking.add(tx, who, undo.unblocked)
    for one in undo.before:
        if undo.what == "labels":
            old = set(one.fields["labels"])  # type: ignore[call-overload]  # a tuple of names, by label()
            now_on = set(conversations.labels_of(tx, one.conversation_id))
            conversations.add_labels(tx, one.conversation_id, sorted(old - now_on))
            conversations.remove_labels(tx, one.conversation_id, sorted(now_on - old))
        elif undo.what == "moved":
            moving.put_back(tx, one)
        else:
            conversations.change(tx, one.conversation_id, one.fields, visible=undo.what == "status")
        events.record(
            tx, who, undo.what, one.conversation_id, detail={"undone": True, "to": _plain(one.fields)}
        )
    return True


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
