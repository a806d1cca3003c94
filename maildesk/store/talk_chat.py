"""The team's chat: lines of rooms, and up to where each agent has read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from maildesk.domain.talk import EVERYBODY, ChatLine, Room, folded
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, chat_line, chat_seen, mailbox


def rooms(tx: Connection, agent_id: int) -> tuple[Room, ...]:
    """Everybody's room, then one for each mailbox, with what an agent has not read in it."""
    there = chat_line.c.withdrawn_at.is_(None)
    last = {
        row.room: row.at
        for row in tx.execute(
            select(chat_line.c.room, func.max(chat_line.c.at).label("at"))
            .where(there)
            .group_by(chat_line.c.room)
        )
    }
    seen = and_(chat_seen.c.room == chat_line.c.room, chat_seen.c.agent_id == agent_id)
    counted = tx.execute(
        select(chat_line.c.room, func.count())
        .outerjoin(chat_seen, seen)
        .where(
            there,
            chat_line.c.author_id != agent_id,
            chat_line.c.id > func.coalesce(chat_seen.c.line_id, 0),
        )
        .group_by(chat_line.c.room)
    )
    unread: dict[int, int] = {row[0]: row[1] for row in counted}
    boxes = [(row.id, row.name) for row in tx.execute(select(mailbox).order_by(mailbox.c.id))]
    return tuple(Room(n, name, unread.get(n, 0), last.get(n)) for n, name in ((EVERYBODY, ""), *boxes))


_LINES = select(chat_line, agent.c.name.label("author")).join(agent, agent.c.id == chat_line.c.author_id)


def _line(row: Any) -> ChatLine:
    return ChatLine(row.id, row.room, row.author_id, row.author, row.at, row.text)


def lines(tx: Connection, room: int | None, query: str, limit: int) -> tuple[ChatLine, ...]:
    """The newest lines of a room, None of all, in the order of time; with ``query`` those that contain it."""
    found = _LINES.where(chat_line.c.withdrawn_at.is_(None)).order_by(chat_line.c.id.desc()).limit(limit)
    if room is not None:
        found = found.where(chat_line.c.room == room)
    for word in folded(query).split():
        found = found.where(chat_line.c.folded.contains(word, autoescape=True))
    return tuple(_line(row) for row in reversed(tx.execute(found).all()))


def unread(tx: Connection, agent_id: int, limit: int) -> tuple[ChatLine, ...]:
    """The newest lines with an ``@`` that an agent has not read, of all rooms, in the order of time; never his own."""
    mine = and_(chat_seen.c.room == chat_line.c.room, chat_seen.c.agent_id == agent_id)
    found = (
        _LINES.outerjoin(chat_seen, mine)
        .where(
            chat_line.c.withdrawn_at.is_(None),
            chat_line.c.author_id != agent_id,
            chat_line.c.id > func.coalesce(chat_seen.c.line_id, 0),
            or_(chat_line.c.text.contains("@"), chat_line.c.text.contains("\uff20")),
        )
        .order_by(chat_line.c.id.desc())
        .limit(limit)
    )
    return tuple(_line(row) for row in reversed(tx.execute(found).all()))


def by_id(tx: Connection, line_id: int) -> ChatLine | None:
    """A line that was not withdrawn."""
    row = tx.execute(_LINES.where(chat_line.c.id == line_id, chat_line.c.withdrawn_at.is_(None))).first()
    return None if row is None else _line(row)


def add(tx: Connection, room: int, author_id: int, text: str) -> int:
    """Say something in a room. The line's number."""
    values = {"room": room, "author_id": author_id, "at": db_now(), "text": text, "folded": folded(text)}
    return int(tx.execute(chat_line.insert().values(**values).returning(chat_line.c.id)).scalar_one())


def withdraw(tx: Connection, line_id: int, author_id: int, back: bool = False) -> bool:
    """Take a line of an agent's own away, or ``back``: bring it back. False: it is not his, or is so already."""
    is_there = chat_line.c.withdrawn_at.is_(None)
    done = (
        chat_line.update()
        .where(chat_line.c.id == line_id, chat_line.c.author_id == author_id, ~is_there if back else is_there)
        .values(withdrawn_at=None if back else db_now())
    )
    return tx.execute(done.returning(chat_line.c.id)).first() is not None


def seen(tx: Connection, agent_id: int, room: int, line_id: int) -> None:
    """An agent has read a room up to a line; never back."""
    upsert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    added = upsert(chat_seen).values(agent_id=agent_id, room=room, line_id=line_id)
    tx.execute(
        added.on_conflict_do_update(
            index_elements=["agent_id", "room"],
            set_={"line_id": line_id},
            where=chat_seen.c.line_id < line_id,
        )
    )
