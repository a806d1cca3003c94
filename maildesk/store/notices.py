"""What might matter to an agent: events since the last look, and reply targets that are over since then."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select

from maildesk.domain.notify import Happening, Seen
from maildesk.store.due_guards import FAR
from maildesk.store.engine import now
from maildesk.store.tables import conversation, event

MOST = 200
"""Events that are looked at in one go: who was away for long is not told of thousands."""


def here(tx: Connection) -> Seen:
    """Where to begin: what was before is not told."""
    return Seen(int(tx.execute(select(func.max(event.c.id))).scalar() or 0), now(tx))


def since(tx: Connection, agent_id: int, seen: Seen, until: Seen) -> Iterator[Happening]:
    """What happened after ``seen`` up to ``until`` to the conversations of an agent, or names somebody, oldest first;
    others' acts and reply targets only. :func:`maildesk.domain.notify.told` decides what of it is told."""
    if until.event > seen.event:
        yield from _events(tx, agent_id, seen.event, until.event)
    for row in tx.execute(
        select(conversation.c.id, conversation.c.assignee_id)
        .where(
            conversation.c.assignee_id == agent_id,
            conversation.c.due_at > seen.at,
            conversation.c.due_at <= until.at,
            conversation.c.due_order < FAR,  # its clock runs
            conversation.c.archived_at.is_(None),
        )
        .order_by(conversation.c.due_at, conversation.c.id)
    ):
        yield Happening("breached", row.id, assignee_id=row.assignee_id)


def _events(tx: Connection, agent_id: int, after: int, newest: int) -> Iterator[Happening]:
    rows = tx.execute(
        select(
            event.c.what,
            event.c.conversation_id,
            event.c.actor_id,
            event.c.actor,
            event.c.detail,
            conversation.c.assignee_id,
        )
        .join(conversation, conversation.c.id == event.c.conversation_id)
        .where(
            event.c.id > after,
            event.c.id <= newest,
            event.c.what.in_(("assigned", "commented", "mentioned", "received")),
            event.c.actor_id.is_distinct_from(agent_id),
            or_(conversation.c.assignee_id == agent_id, event.c.what.in_(("commented", "mentioned"))),
        )
        .order_by(event.c.id.desc())
        .limit(MOST)
    ).all()
    for row in reversed(rows):
        detail = row.detail or {}
        to = detail.get("to")
        yield Happening(
            row.what,
            row.conversation_id,
            row.actor_id,
            row.actor,
            row.assignee_id,
            to.get("assignee_id") if isinstance(to, dict) else None,
            frozenset(detail.get("mentions") or ()),
            bool(detail.get("undone")),
        )
