"""Who is named in comments, and whether he has read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select

from maildesk.domain.talk import Mention
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, comment, conversation, mention


def add(tx: Connection, comment_id: int, agent_ids: Iterable[int]) -> None:
    """A comment that was written just now names these agents."""
    rows = [{"comment_id": comment_id, "agent_id": number} for number in agent_ids]
    if rows:
        tx.execute(mention.insert(), rows)


def of_agent(tx: Connection, agent_id: int, unread: bool, limit: int) -> tuple[Mention, ...]:
    """The comments that name an agent, the newest first; only those that he has not read yet."""
    found = (
        select(
            comment.c.id,
            comment.c.conversation_id,
            comment.c.at,
            comment.c.text,
            mention.c.read_at,
            conversation.c.subject,
            conversation.c.customer_name,
            agent.c.name.label("author"),
        )
        .select_from(mention)
        .join(comment, comment.c.id == mention.c.comment_id)
        .join(conversation, conversation.c.id == comment.c.conversation_id)
        .join(agent, agent.c.id == comment.c.author_id)
        .where(mention.c.agent_id == agent_id, comment.c.withdrawn_at.is_(None))
        .order_by(comment.c.id.desc())
        .limit(limit)
    )
    if unread:
        found = found.where(mention.c.read_at.is_(None))
    return tuple(_mention(row) for row in tx.execute(found))


def _mention(row: Any) -> Mention:
    return Mention(
        row.id,
        row.conversation_id,
        row.subject,
        row.customer_name,
        row.author,
        row.at,
        row.text,
        row.read_at,
    )


def unread(tx: Connection, agent_id: int) -> int:
    """How many of them an agent has not read."""
    count = (
        select(func.count())
        .select_from(mention)
        .join(comment, comment.c.id == mention.c.comment_id)
        .where(mention.c.agent_id == agent_id, mention.c.read_at.is_(None), comment.c.withdrawn_at.is_(None))
    )
    return int(tx.execute(count).scalar_one())


def read(tx: Connection, agent_id: int, comment_ids: Sequence[int] | None) -> int:
    """An agent has read these, None: all. How many were unread."""
    done = mention.update().where(mention.c.agent_id == agent_id, mention.c.read_at.is_(None))
    if comment_ids is not None:
        done = done.where(mention.c.comment_id.in_(list(comment_ids)))
    return len(tx.execute(done.values(read_at=db_now()).returning(mention.c.comment_id)).all())


def read_in(tx: Connection, agent_id: int, conversation_id: int) -> tuple[int, ...]:
    """An agent has opened a conversation: he has read what names him there. The comments that he had not read."""
    there = select(comment.c.id).where(comment.c.conversation_id == conversation_id)
    done = (
        mention.update()
        .where(mention.c.agent_id == agent_id, mention.c.read_at.is_(None), mention.c.comment_id.in_(there))
        .values(read_at=db_now())
        .returning(mention.c.comment_id)
    )
    return tuple(tx.execute(done).scalars())


def unread_again(tx: Connection, agent_id: int, comment_ids: Sequence[int]) -> None:
    """An agent has not read these after all."""
    named = and_(mention.c.agent_id == agent_id, mention.c.comment_id.in_(list(comment_ids)))
    tx.execute(mention.update().where(named).values(read_at=None))
