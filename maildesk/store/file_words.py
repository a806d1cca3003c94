"""What search reads in the files of mails: which mails wait for it, who reads which, and keeping what was read.

Intake and sending know nothing of it: the database itself notes every mail with files, whoever writes it, and it is
worked off beside everything else (:mod:`maildesk.sync.indexing`), the newest first. Whoever reads a mail has it for
:data:`LEASE` seconds; a mail on which readers end is given up after :data:`TRIES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, Label, select, type_coerce

from maildesk.domain.conversation import Attachment
from maildesk.store import search_index
from maildesk.store.clock import db_now
from maildesk.store.messages import attachments
from maildesk.store.tables import file_text, message, unread_files

LEASE = 600.0
"""Seconds that a reader has for the mails that it took."""
TRIES = 2

_NOTE = """INSERT INTO unread_files (message_id) VALUES (new.id)
    ON CONFLICT (message_id) DO UPDATE SET tries = 0, free_at = 0"""
_HAS = "CAST(new.files AS TEXT) <> '[]'"
_HAD = f"CAST(old.files AS TEXT) <> '[]' OR {_HAS}"


def install(tx: Connection) -> None:
    """Make the triggers that note mails with files."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql(
            f"CREATE TRIGGER message_files AFTER INSERT ON message WHEN {_HAS} BEGIN {_NOTE}; END"
        )
        tx.exec_driver_sql(
            f"CREATE TRIGGER message_files_reread AFTER UPDATE OF files ON message WHEN {_HAD} BEGIN {_NOTE}; END"
        )
        return
    schema = tx.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    # a table of the same name in a session's own pg_temp would be asked first
    tx.exec_driver_sql(
        f"CREATE FUNCTION note_files() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = {schema}, pg_temp AS $$ BEGIN {_NOTE}; RETURN NULL; END $$"
    )
    act = "FOR EACH ROW WHEN ({}) EXECUTE FUNCTION note_files()"
    tx.exec_driver_sql(f"CREATE TRIGGER message_files AFTER INSERT ON message {act.format(_HAS)}")
    tx.exec_driver_sql(
        f"CREATE TRIGGER message_files_reread AFTER UPDATE OF files ON message {act.format(_HAD)}"
    )


def remove(tx: Connection) -> None:
    """Undo :func:`install`."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("DROP FUNCTION note_files CASCADE")
        return
    for name in ("message_files", "message_files_reread"):
        tx.exec_driver_sql(f"DROP TRIGGER {name}")


class Job(NamedTuple):
    """A mail whose files are to be read. ``until`` is the lease, by which it is known; ``raw_id`` is None for a mail
    that was built here."""

    message_id: int
    tries: int
    until: float
    raw_id: int | None
    files: tuple[Attachment, ...]


def take(tx: Connection, most: int) -> list[Job]:
    """Take the newest few that nobody reads now."""
    free = (
        select(unread_files.c.message_id)
        .where(unread_files.c.free_at <= db_now())
        .order_by(unread_files.c.message_id.desc())
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    seconds: Label[float] = type_coerce(unread_files.c.free_at, Double()).label("until")
    taken = {
        row.message_id: row
        for row in tx.execute(
            unread_files.update()
            .where(unread_files.c.message_id.in_(free), unread_files.c.free_at <= db_now())
            .values(tries=unread_files.c.tries + 1, free_at=db_now() + LEASE)
            .returning(unread_files.c.message_id, unread_files.c.tries, seconds)
        )
    }
    rows = tx.execute(
        select(message.c.id, message.c.raw_id, message.c.files)
        .where(message.c.id.in_(list(taken)))
        .order_by(message.c.id.desc())
    )
    return [
        Job(row.id, taken[row.id].tries, taken[row.id].until, row.raw_id, attachments(row.files))
        for row in rows
    ]


def put(tx: Connection, job: Job, texts: Mapping[int, str]) -> bool:
    """Keep what was read in the files of a mail, by their indexes, and index it. False: somebody else has the mail, or
    it reads otherwise by now."""
    mine = unread_files.c.message_id == job.message_id, unread_files.c.free_at == job.until
    if tx.execute(unread_files.delete().where(*mine).returning(unread_files.c.message_id)).first() is None:
        return False
    had = tx.execute(
        file_text.delete().where(file_text.c.message_id == job.message_id).returning(file_text.c.file)
    ).all()
    rows: Sequence[dict[str, Any]] = [
        {"message_id": job.message_id, "file": index, "text": words}
        for index, words in sorted(texts.items())
        if words
    ]
    if rows:
        tx.execute(file_text.insert(), rows)
    if rows or had:
        search_index.reindex(tx, job.message_id)
    return True


def is_waiting(tx: Connection) -> bool:
    """Whether there is a mail that could be taken."""
    free = select(unread_files.c.message_id).where(unread_files.c.free_at <= db_now()).limit(1)
    return tx.execute(free).first() is not None
