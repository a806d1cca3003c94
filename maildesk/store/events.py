"""Who did what, when: append-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Double, func, select, type_coerce

from maildesk.domain.agent import Agent
from maildesk.domain.conversation import Event
from maildesk.errors import Told
from maildesk.store import merged
from maildesk.store.clock import db_now
from maildesk.store.tables import event


class Actor(NamedTuple):
    """Who acts: an agent, or a part of maildesk (``id`` None)."""

    id: int | None
    name: str


SYNC = Actor(None, "sync")
SENDER = Actor(None, "outbox")
CLOCK = Actor(None, "clock")


def actor(agent: Agent) -> Actor:
    """The actor for an agent."""
    return Actor(agent.id, agent.name)


def record(
    tx: Connection,
    who: Actor,
    what: str,
    conversation_id: int | None,
    *,
    outbox_id: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Write down that ``who`` did ``what``. ``detail`` holds identifiers and words of states, no mail text. Returns the
    event's number."""
    number = tx.execute(
        event.insert()
        .values(
            at=db_now(),
            conversation_id=conversation_id,
            outbox_id=outbox_id,
            actor_id=who.id,
            actor=who.name,
            what=what,
            detail=dict(detail or {}),
        )
        .returning(event.c.id)
    ).scalar_one()
    return int(number)


_OTHER = {"merged": "into", "split": "from"}
"""Where an event names the conversation whose own event tells the same."""


def of_conversation(tx: Connection, conversation_id: int) -> tuple[Event, ...]:
    """All that happened to a conversation, and to those that were merged into it, in order. What happened between two
    of them is told once: by the one into which the other was merged, or off which it was split."""
    ids = (conversation_id, *merged.absorbed(tx, conversation_id))
    rows = tx.execute(select(event).where(event.c.conversation_id.in_(ids)).order_by(event.c.id))
    return tuple(
        Event(r.at, r.actor, r.what, dict(r.detail))
        for r in rows
        if r.detail.get(_OTHER.get(r.what, "")) not in ids
    )


def newest(tx: Connection) -> int:
    """The number of the newest event of all, 0 where nothing has happened yet."""
    return int(tx.execute(select(func.max(event.c.id))).scalar() or 0)


def of_outbox(tx: Connection, outbox_id: int) -> tuple[Event, ...]:
    """The attempt log of an outbox item, in order; what went wrong in the language in use."""
    rows = tx.execute(select(event).where(event.c.outbox_id == outbox_id).order_by(event.c.id))
    return tuple(Event(r.at, r.actor, r.what, _retold(r.detail)) for r in rows)


def _retold(detail: Mapping[str, Any]) -> dict[str, Any]:
    if "key" not in detail:
        return dict(detail)
    kept = {name: value for name, value in detail.items() if name not in ("key", "values")}
    return kept | {"reply": str(Told(kept.get("reply", ""), detail["key"], detail.get("values") or {}))}


def last_of_conversation(tx: Connection, conversation_id: int, words: tuple[str, ...]) -> Event | None:
    """The newest event of a conversation whose word is one of ``words``."""
    row = tx.execute(
        select(event)
        .where(event.c.conversation_id == conversation_id, event.c.what.in_(words))
        .order_by(event.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Event(row.at, row.actor, row.what, dict(row.detail))


def last_by_others(tx: Connection, conversation_id: int, agent_id: int) -> Event | None:
    """The newest event of a conversation that is not this agent's."""
    row = tx.execute(
        select(event)
        .where(event.c.conversation_id == conversation_id, event.c.actor_id.is_distinct_from(agent_id))
        .order_by(event.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Event(row.at, row.actor, row.what, dict(row.detail))


_ON_ITS_WAY = (
    "picked",
    "sending",
    "committing",
    "retry",
    "evidence",
    "sent",
    "filed",
    "draft-read",
    "draft-copied",
)
"""What happens to a reply by itself, and what changes nothing."""


_IN_PLACE = ("labels", "assigned", "priority", "commented", "comment-withdrawn", "call-state", "skipped")
"""What leaves a conversation in the state in which it is."""


def is_last_by(tx: Connection, conversation_id: int, agent_id: int, *, moving: bool) -> bool:
    """Whether the last that was done to a conversation was done by this agent; how a reply goes on its way is left
    out. ``moving``: only what may bring it into another state counts."""
    beside = (*_ON_ITS_WAY, *_IN_PLACE) if moving else _ON_ITS_WAY
    last = (
        select(event.c.actor_id)
        .where(event.c.conversation_id == conversation_id, event.c.what.not_in(beside))
        .order_by(event.c.id.desc())
        .limit(1)
    )
    return bool(tx.execute(last).scalar() == agent_id)


_seconds: ColumnElement[float] = type_coerce(event.c.at, Double())


def marks(tx: Connection, numbers: Iterable[int]) -> dict[int, float]:
    """The times, in seconds, of those of the events that are there: number and time together tell an event, for a store
    that went back in time uses numbers again."""
    rows = tx.execute(select(event.c.id, _seconds).where(event.c.id.in_(list(numbers))))
    return {row[0]: row[1] for row in rows}


def latest_mark(tx: Connection, outbox_id: int | None = None) -> dict[int, float]:
    """Number and time of the newest event, or of the newest of an outbox item; empty when there is none."""
    newest = select(event.c.id, _seconds).order_by(event.c.id.desc()).limit(1)
    if outbox_id is not None:
        newest = newest.where(event.c.outbox_id == outbox_id)
    return {row[0]: row[1] for row in tx.execute(newest)}
