"""Who has a conversation open (閲覧中): shown, never a lock."""

from __future__ import annotations

from sqlalchemy import Connection, select

from maildesk.store.clock import db_now
from maildesk.store.tables import agent, presence

FRESH_SECONDS = 120.0


def look(tx: Connection, session: str, agent_id: int, conversation_id: int | None) -> None:
    """This session has the conversation open now (None: none)."""
    tx.execute(presence.delete().where(presence.c.session == session))
    if conversation_id is not None:
        tx.execute(
            presence.insert().values(
                session=session, agent_id=agent_id, conversation_id=conversation_id, seen_at=db_now()
            )
        )


def viewers(tx: Connection, conversation_id: int, except_agent: int) -> tuple[str, ...]:
    """The names of the others who have it open."""
    rows = tx.execute(
        select(agent.c.name)
        .join(presence, presence.c.agent_id == agent.c.id)
        .where(
            presence.c.conversation_id == conversation_id,
            presence.c.agent_id != except_agent,
            presence.c.seen_at > db_now() - FRESH_SECONDS,
        )
        .distinct()
        .order_by(agent.c.name)
    )
    return tuple(rows.scalars())
