"""Changing fields of many conversations at once, keeping what they were, and putting it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Before, Skipped, Undo
from maildesk.store import claims, conversations, events
from maildesk.store.events import Actor
from maildesk.store.tables import event


def summaries(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[ConversationSummary, ...]:
    """The conversations as list rows."""
    return conversations.summaries(tx, agent_id, ids)


def set_fields(
    tx: Connection,
    who: Actor,
    what: str,
    ids: Sequence[int],
    values: Mapping[str, Any],
    *,
    visible: bool,
    skip_claimed: bool,
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Set the same fields of many conversations. ``visible`` raises their versions; ``skip_claimed`` leaves alone what
    another agent answers now. Returns what they were, and what was skipped."""
    rows = conversations.lock(tx, list(ids))
    before: list[Before] = []
    skipped: list[Skipped] = []
    for conversation_id in ids:
        row = rows.get(conversation_id)
        if row is None:
            skipped.append(Skipped(conversation_id, "gone"))
            continue
        if (
            skip_claimed
            and (holder := claims.holder(tx, conversation_id)) is not None
            and holder.agent_id != who.id
        ):
            skipped.append(Skipped(conversation_id, "replying", holder))
            continue
        old = {name: getattr(row, name) for name in values}
        conversations.change(tx, conversation_id, values, visible=visible)
        number = events.record(
            tx, who, what, conversation_id, detail={"from": _plain(old), "to": _plain(values)}
        )
        before.append(Before(conversation_id, row.version, old, event=number))
    return tuple(before), tuple(skipped)


def label(
    tx: Connection, who: Actor, ids: Sequence[int], add: Iterable[str], remove: Iterable[str]
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Put labels on and take labels off many conversations."""
    rows = conversations.lock(tx, list(ids))
    before: list[Before] = []
    skipped = tuple(Skipped(i, "gone") for i in ids if i not in rows)
    added, removed = list(add), list(remove)
    for conversation_id in (i for i in ids if i in rows):
        old = conversations.labels_of(tx, conversation_id)
        conversations.add_labels(tx, conversation_id, added)
        conversations.remove_labels(tx, conversation_id, removed)
        number = events.record(tx, who, "labels", conversation_id, detail={"add": added, "remove": removed})
        before.append(Before(conversation_id, rows[conversation_id].version, {"labels": old}, event=number))
    return tuple(before), skipped


def changed_since(tx: Connection, undo: Undo) -> tuple[str, str] | None:
    """Who did the same kind of thing to one of them since (a reply that was queued counts against a state): the actor
    and the word of the event."""
    words = (undo.what, "queued", "received") if undo.what == "status" else (undo.what,)
    for one in undo.before:
        latest = tx.execute(
            select(event.c.actor, event.c.what)
            .where(
                event.c.conversation_id == one.conversation_id,
                event.c.what.in_(words),
                event.c.id > one.event,
            )
            .order_by(event.c.id.desc())
            .limit(1)
        ).first()
        if latest is not None:
            return latest.actor, latest.what
    return None


def restore(tx: Connection, who: Actor, undo: Undo) -> None:
    """Put the fields back as they were."""
    conversations.lock(tx, [b.conversation_id for b in undo.before])
    for one in undo.before:
        if undo.what == "labels":
            old = set(one.fields["labels"])  # type: ignore[call-overload]  # a tuple of names, by label()
            now_on = set(conversations.labels_of(tx, one.conversation_id))
            conversations.add_labels(tx, one.conversation_id, sorted(old - now_on))
            conversations.remove_labels(tx, one.conversation_id, sorted(now_on - old))
        else:
            conversations.change(tx, one.conversation_id, one.fields, visible=undo.what == "status")
        events.record(
            tx, who, undo.what, one.conversation_id, detail={"undone": True, "to": _plain(one.fields)}
        )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
