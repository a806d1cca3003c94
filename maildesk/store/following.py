"""Following a conversation: hearing of what others do to it, once, in whichever window asks first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from maildesk.domain.conversation import Heard
from maildesk.store import events
from maildesk.store.tables import conversation_merge, event, follow

_QUIET = (
    "claimed",
    "released",
    "skipped",
    "draft-read",
    "draft-copied",
    "picked",
    "sending",
    "committing",
    "retry",
    "evidence",
    "filed",
    "recoded",
)
"""What nobody needs to hear of: who looks at it, and how a mail goes on its way by itself."""


def start(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[int, ...]:
    """Follow conversations from now on. Those that were not followed."""
    there = set(
        tx.execute(
            select(follow.c.conversation_id).where(
                follow.c.agent_id == agent_id, follow.c.conversation_id.in_(list(ids))
            )
        ).scalars()
    )
    new = tuple(number for number in dict.fromkeys(ids) if number not in there)
    heard = events.newest(tx)
    for number in new:
        tx.execute(follow.insert().values(conversation_id=number, agent_id=agent_id, heard=heard))
    return new


def stop(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[int, ...]:
    """Follow them no longer. Those that were followed."""
    return tuple(sorted(stopped(tx, agent_id, ids)))


def stopped(tx: Connection, agent_id: int, ids: Sequence[int]) -> dict[int, int]:
    """Follow them no longer. Those that were followed, with the newest event of which the agent had been told."""
    done = (
        follow.delete()
        .where(follow.c.agent_id == agent_id, follow.c.conversation_id.in_(list(ids)))
        .returning(follow.c.conversation_id, follow.c.heard)
    )
    return {row.conversation_id: row.heard for row in tx.execute(done)}


def resume(tx: Connection, agent_id: int, conversation_id: int, heard: int) -> None:
    """Follow one again as if it had always been followed: what others did meanwhile is told."""
    if start(tx, agent_id, [conversation_id]):
        tx.execute(
            follow.update()
            .where(follow.c.agent_id == agent_id, follow.c.conversation_id == conversation_id)
            .values(heard=heard)
        )


def has_news(tx: Connection, agent_id: int) -> bool:
    """Whether there is anything to tell an agent."""
    return tx.execute(_news(agent_id).limit(1)).first() is not None


def _news(agent_id: int) -> Select[Any]:
    """Per conversation that an agent follows, or what it was merged into: the newest event of others that he has not
    heard of."""
    place = func.coalesce(conversation_merge.c.into_id, follow.c.conversation_id)
    return (
        select(follow.c.conversation_id, func.max(event.c.id))
        .select_from(follow)
        .outerjoin(conversation_merge, conversation_merge.c.conversation_id == follow.c.conversation_id)
        .join(event, event.c.conversation_id == place)
        .where(
            follow.c.agent_id == agent_id,
            event.c.id > follow.c.heard,
            event.c.what.not_in(_QUIET),
            event.c.actor_id.is_distinct_from(agent_id),
        )
        .group_by(follow.c.conversation_id)
        .order_by(follow.c.conversation_id)
    )


def news(tx: Connection, agent_id: int) -> tuple[Heard, ...]:
    """What others have done to the conversations that an agent follows, the newest of each; it counts as told. A
    conditional statement lets one of several windows tell it."""
    found: list[Heard] = []
    for number, newest in tx.execute(_news(agent_id)).all():
        told = (
            follow.update()
            .where(
                follow.c.agent_id == agent_id,
                follow.c.conversation_id == number,
                follow.c.heard < newest,
            )
            .values(heard=newest)
            .returning(follow.c.heard)
        )
        if tx.execute(told).first() is not None:
            row = tx.execute(select(event).where(event.c.id == newest)).one()
            found.append(Heard(row.conversation_id, row.actor, row.what))
    return tuple(found)
