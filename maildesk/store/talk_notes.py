"""Announcements and hand-over notes, and who has read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from maildesk.domain.talk import Note
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, mailbox, note, note_read


def _read_now(agent_id: int) -> Any:
    """That an agent has read the text that stands there now."""
    return and_(
        note_read.c.note_id == note.c.id,
        note_read.c.agent_id == agent_id,
        note_read.c.version == note.c.version,
    )


def _unread(agent_id: int) -> Any:
    read = select(note_read.c.note_id).where(_read_now(agent_id)).exists()
    return and_(note.c.author_id != agent_id, note.c.withdrawn_at.is_(None), ~read)


def _notes(agent_id: int) -> Any:
    return (
        select(
            note,
            agent.c.name.label("author"),
            mailbox.c.short_name.label("shop"),
            _unread(agent_id).label("is_unread"),
        )
        .join(agent, agent.c.id == note.c.author_id)
        .outerjoin(mailbox, mailbox.c.id == note.c.mailbox_id)
    )


def listed(
    tx: Connection, agent_id: int, mailbox_id: int | None, limit: int, withdrawn: bool = False
) -> tuple[Note, ...]:
    """Notes, the newest first: announcements, and hand-over notes of one mailbox or (None) of all."""
    found = _notes(agent_id).order_by(note.c.id.desc()).limit(limit)
    if mailbox_id is not None:
        found = found.where(or_(note.c.mailbox_id.is_(None), note.c.mailbox_id == mailbox_id))
    if not withdrawn:
        found = found.where(note.c.withdrawn_at.is_(None))
    return _with_readers(tx, [_note(row) for row in tx.execute(found)])


def by_id(tx: Connection, agent_id: int, note_id: int) -> tuple[Note, int] | None:
    """One note, also one that was withdrawn, and its version."""
    row = tx.execute(_notes(agent_id).where(note.c.id == note_id)).first()
    return None if row is None else (_with_readers(tx, [_note(row)])[0], row.version)


def _note(row: Any) -> Note:
    return Note(
        row.id,
        row.mailbox_id,
        row.shop or "",
        row.author_id,
        row.author,
        row.at,
        row.text,
        row.changed_at,
        row.withdrawn_at,
        unread=bool(row.is_unread),
    )


def _with_readers(tx: Connection, notes: Sequence[Note]) -> tuple[Note, ...]:
    readers: dict[int, list[str]] = {}
    rows = tx.execute(
        select(note_read.c.note_id, agent.c.name)
        .join(note, and_(note.c.id == note_read.c.note_id, note.c.version == note_read.c.version))
        .join(agent, agent.c.id == note_read.c.agent_id)
        .where(note_read.c.note_id.in_([one.id for one in notes]))
        .order_by(note_read.c.at, agent.c.id)
    )
    for number, name in rows:
        readers.setdefault(number, []).append(name)
    return tuple(replace(one, read_by=tuple(readers.get(one.id, ()))) for one in notes)


def unread(tx: Connection, agent_id: int) -> int:
    """How many notes an agent has not read."""
    return int(tx.execute(select(func.count()).select_from(note).where(_unread(agent_id))).scalar_one())


def add(tx: Connection, author_id: int, mailbox_id: int | None, text: str) -> int:
    """Write a note. Its number."""
    made = note.insert().values(mailbox_id=mailbox_id, author_id=author_id, at=db_now(), text=text)
    return int(tx.execute(made.returning(note.c.id)).scalar_one())


def edit(tx: Connection, note_id: int, text: str, version: int) -> bool:
    """Give a note another text, unless it was changed or withdrawn since ``version``: then False."""
    done = (
        note.update()
        .where(note.c.id == note_id, note.c.version == version, note.c.withdrawn_at.is_(None))
        .values(text=text, version=version + 1, changed_at=db_now())
    )
    return tx.execute(done.returning(note.c.id)).first() is not None


def withdraw(tx: Connection, note_id: int, version: int) -> bool:
    """Take a note back, unless it was changed or withdrawn since ``version``: then False."""
    done = (
        note.update()
        .where(note.c.id == note_id, note.c.version == version, note.c.withdrawn_at.is_(None))
        .values(withdrawn_at=db_now())
    )
    return tx.execute(done.returning(note.c.id)).first() is not None


def restore(tx: Connection, note_id: int, version: int) -> bool:
    """Bring a note back that was withdrawn. False: it was not, or has another text."""
    done = (
        note.update()
        .where(note.c.id == note_id, note.c.version == version, note.c.withdrawn_at.is_not(None))
        .values(withdrawn_at=None)
    )
    return tx.execute(done.returning(note.c.id)).first() is not None


def read(tx: Connection, agent_id: int, ids: Iterable[int]) -> None:
    """An agent has read notes as they stand now."""
    upsert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    for row in tx.execute(select(note.c.id, note.c.version).where(note.c.id.in_(sorted(ids)))).all():
        values = {"version": row.version, "at": db_now()}
        added = upsert(note_read).values(note_id=row.id, agent_id=agent_id, **values)
        tx.execute(added.on_conflict_do_update(index_elements=["note_id", "agent_id"], set_=values))


def unread_ids(tx: Connection, agent_id: int) -> tuple[int, ...]:
    """The notes that an agent has not read."""
    return tuple(tx.execute(select(note.c.id).where(_unread(agent_id)).order_by(note.c.id)).scalars())
