"""The index of words: in the store, in the transaction of the mail, the same hits on both databases.

SQLite has an FTS5 table without content (rows go by ``delete`` with the text they came with), PostgreSQL a ``tsvector``
without positions and a GIN index. The index only finds candidates; whether one is a hit is decided by
``message_words``, the very text that was indexed, except where the candidates are certain
(:class:`maildesk.domain.query_text.Needle`). A very long mail is several rows on PostgreSQL, whose values are limited.

What stands in ``unindexed`` is not found here: :func:`catch_up` works it off, newest first, in short transactions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Row, select, text

from maildesk.domain.progress import Progress
from maildesk.domain.query_text import LONGEST_PHRASE, WORD_START, fold, marked, tokens
from maildesk.store import working_off
from maildesk.store.addresses import addresses_from
from maildesk.store.tables import (
    comment,
    comment_words,
    file_text,
    message,
    message_body,
    message_words,
    unindexed,
    unread_files,
)

if TYPE_CHECKING:
    from maildesk.domain.address import Address
    from maildesk.store.engine import Store

MAIL, COMMENT = "mail", "comment"
BATCH = 100
"""Mails that are indexed by one transaction of :func:`catch_up`."""
_PART = 50_000
"""Characters of a mail in one row of PostgreSQL: far from the megabyte that a tsvector may have."""
_WORDS = {MAIL: message_words, COMMENT: comment_words}
_INDEX = {MAIL: "message_fts", COMMENT: "comment_fts"}
_KEY = {MAIL: "message_id", COMMENT: "comment_id"}
_COLUMNS = ("subject", "sender", "recipients", "files", "body", "attached")
"""What is indexed of a mail, in the order of the table; the last two may be long."""


# ---- making and removing it (migration 0004)

_NOTED = {MAIL: ("message_body", "message_id", "text, folded"), COMMENT: ("comment", "id", "text")}


def install(tx: Connection) -> None:
    """Make the indexes, and the triggers that note what a client writes that knows nothing of them."""
    if tx.dialect.name == "sqlite":
        for kind, index in _INDEX.items():
            tx.exec_driver_sql(
                f"CREATE VIRTUAL TABLE {index} USING fts5(words, content='', tokenize='ascii')"
            )
            table, key, columns = _NOTED[kind]
            note = f"INSERT OR IGNORE INTO unindexed (kind, id) VALUES ('{kind}', new.{key})"
            tx.exec_driver_sql(
                f"CREATE TRIGGER {table}_unindexed AFTER INSERT ON {table} WHEN NOT new.indexed BEGIN {note}; END"
            )
            tx.exec_driver_sql(
                f"CREATE TRIGGER {table}_reread AFTER UPDATE OF {columns} ON {table} BEGIN {note}; END"
            )
        return
    tx.exec_driver_sql(
        """CREATE FUNCTION note_unindexed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
           BEGIN
             INSERT INTO unindexed (kind, id) VALUES (TG_ARGV[0], (to_jsonb(new) ->> TG_ARGV[1])::integer)
             ON CONFLICT DO NOTHING;
             RETURN NULL;
           END $$"""
    )
    schema = tx.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    # a table of the same name in a session's own pg_temp would be asked first
    tx.exec_driver_sql(f"ALTER FUNCTION note_unindexed() SET search_path = {schema}, pg_temp")
    for kind, index in _INDEX.items():
        table, key, columns = _NOTED[kind]
        tx.exec_driver_sql(
            f"CREATE TABLE {index} ({_KEY[kind]} integer NOT NULL REFERENCES {kind_table(kind)} (id), "
            f"part smallint NOT NULL DEFAULT 0, words tsvector NOT NULL, PRIMARY KEY ({_KEY[kind]}, part))"
        )
        tx.exec_driver_sql(f"CREATE INDEX ix_{index}_words ON {index} USING gin (words)")
        act = f"FOR EACH ROW {{}} EXECUTE FUNCTION note_unindexed('{kind}', '{key}')"
        tx.exec_driver_sql(
            f"CREATE TRIGGER {table}_unindexed AFTER INSERT ON {table} {act.format('WHEN (NOT new.indexed)')}"
        )
        tx.exec_driver_sql(
            f"CREATE TRIGGER {table}_reread AFTER UPDATE OF {columns} ON {table} {act.format('')}"
        )


def kind_table(kind: str) -> str:
    """The table of what is indexed."""
    return "message" if kind == MAIL else "comment"


def remove(tx: Connection) -> None:
    """Undo :func:`install`."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("DROP FUNCTION note_unindexed CASCADE")
    else:
        for table, _, _ in _NOTED.values():
            tx.exec_driver_sql(f"DROP TRIGGER {table}_unindexed")
            tx.exec_driver_sql(f"DROP TRIGGER {table}_reread")
    for index in _INDEX.values():
        tx.exec_driver_sql(f"DROP TABLE {index}")


# ---- writing


class Words(NamedTuple):
    """What is indexed of a mail, or (``body`` alone) of a comment: as it was written."""

    id: int
    body: str
    subject: str = ""
    sender: str = ""
    recipients: str = ""
    files: str = ""
    attached: str = ""


def people(addresses: Iterable[Address]) -> str:
    """Names and addresses as search looks into them."""
    return " ".join(f"{one.name} <{one.address}>" for one in addresses)


def file_names(files: Iterable[Any]) -> str:
    """The names of the files of a mail, from its row."""
    return " / ".join(f["name"] for f in files)


def add(tx: Connection, rows: Sequence[Words], kind: str = MAIL) -> None:
    """Index what was just written, in its transaction. Its own row says ``indexed``."""
    if not rows:
        return
    folded = [_folded(row, kind) for row in rows]
    tx.execute(
        _WORDS[kind].insert(),
        [{name: marked(value) if value else "" for name, value in one.items()} | _key(kind, row.id)
         for row, one in zip(rows, folded, strict=True)],
    )  # fmt: skip
    _put(tx, kind, [(row.id, list(one.values())) for row, one in zip(rows, folded, strict=True)])


def replace(tx: Connection, rows: Sequence[Words], kind: str = MAIL) -> None:
    """The same for what may be indexed with other words, or not yet. What was read in the files of a mail stays with
    it (:mod:`maildesk.store.file_words`)."""
    table, ids = _WORDS[kind], [row.id for row in rows]
    if kind == MAIL:
        mine = select(message.c.id).where(message.c.id.in_(ids)).order_by(message.c.id)
        tx.execute(mine.with_for_update(key_share=True))  # two who index one mail would both insert its words
        attached = _attached(tx, ids)
        rows = [row._replace(attached=attached.get(row.id, "")) for row in rows]
    key = table.c[_KEY[kind]]
    if tx.dialect.name == "sqlite":
        names = [column.name for column in table.c if column.name != _KEY[kind]]
        old = [
            {"i": getattr(row, _KEY[kind]), "w": _joined([_unmarked(getattr(row, n)) for n in names])}
            for row in tx.execute(select(table).where(key.in_(ids)))
        ]
        if old:
            index = _INDEX[kind]
            tx.execute(text(f"INSERT INTO {index} ({index}, rowid, words) VALUES ('delete', :i, :w)"), old)
    else:
        gone = text(f"DELETE FROM {_INDEX[kind]} WHERE {_KEY[kind]} = ANY(:ids)")
        tx.execute(gone, {"ids": ids})
    tx.execute(table.delete().where(key.in_(ids)))
    add(tx, rows, kind)
    tx.execute(unindexed.delete().where(unindexed.c.kind == kind, unindexed.c.id.in_(ids)))


def _key(kind: str, number: int) -> dict[str, Any]:
    return {_KEY[kind]: number}


def _folded(row: Words, kind: str) -> dict[str, str]:
    """The folded columns, in the order of the table."""
    if kind == COMMENT:
        return {"body": fold(row.body)}
    return {name: fold(getattr(row, name)) for name in _COLUMNS}


def _unmarked(words: str) -> str:
    return words.replace(WORD_START, "")


def _joined(parts: Iterable[str]) -> str:
    """The text that FTS5 is given: for the same words always the same, or they could never be taken out again."""
    words: list[str] = []
    for part in parts:
        words += tokens(part)
    return " ".join(words)


def _put(tx: Connection, kind: str, rows: Sequence[tuple[int, list[str]]]) -> None:
    index = _INDEX[kind]
    if tx.dialect.name == "sqlite":
        given = [{"i": number, "w": _joined(parts)} for number, parts in rows]
        tx.execute(text(f"INSERT INTO {index} (rowid, words) VALUES (:i, :w)"), given)
        return
    given = [
        {"i": number, "p": place, "w": words}
        for number, parts in rows
        for place, words in enumerate(_lexemes(parts))
    ]
    put = f"INSERT INTO {index} ({_KEY[kind]}, part, words) VALUES (:i, :p, array_to_tsvector(CAST(:w AS text[])))"
    tx.execute(text(put), given)


def _lexemes(parts: list[str]) -> list[list[str]]:
    """The words of each row of PostgreSQL. Every phrase stands whole in one of them."""
    heads, long = parts[:-2], parts[-2:]
    rows = [[*heads, *(one[:_PART] for one in long)]]
    for one in long:
        rows += [[one[start - LONGEST_PHRASE : start + _PART]] for start in range(_PART, len(one), _PART)]
    return [sorted({word for part in row for word in tokens(part)}) for row in rows]


def folded_before(words: str) -> str:
    """``words`` as clients of the version before search fold them: what they find must go on being found."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


# ---- working off


def progress(tx: Connection) -> Progress | None:
    """How many mails and comments there are and how many the index does not have yet, or not with the text in their
    files; None: it has all."""
    waits = (
        tx.execute(select(unindexed.c.id).limit(1)).first()
        or tx.execute(select(unread_files.c.message_id).limit(1)).first()
    )
    if waits is None:
        return None
    counted = tx.execute(
        text(
            "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM comment), "
            "(SELECT count(*) FROM unindexed WHERE kind = 'comment') + (SELECT count(*) FROM "
            "(SELECT id FROM unindexed WHERE kind = 'mail' UNION SELECT message_id FROM unread_files) AS mails)"
        )
    ).one()
    return Progress(int(counted[0]), int(counted[1]))


def catch_up(store: Store, going: Callable[[], bool], rest: Callable[[float], object]) -> int:
    """Index what is not yet, while ``going()``: a batch in a transaction, then as long a rest (``rest(seconds)``), so
    that nobody waits for it. Returns how many were indexed. Raises StoreError."""
    return working_off.work_off(store, step, going, rest)


def step(tx: Connection) -> int:
    """Index the newest few that are not. How many they were."""
    chosen = (
        select(unindexed)
        .order_by(unindexed.c.kind, unindexed.c.id.desc())
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(chosen).all()
    for kind in _INDEX:
        ids = [row.id for row in rows if row.kind == kind]
        if ids:
            found = _mails(tx, ids) if kind == MAIL else _comments(tx, ids)
            replace(tx, found, kind)
            tx.execute(unindexed.delete().where(unindexed.c.kind == kind, unindexed.c.id.in_(ids)))
    return len(rows)


def _mails(tx: Connection, ids: Sequence[int]) -> list[Words]:
    rows = tx.execute(
        select(message, message_body.c.text.label("body"))
        .join(message_body, message_body.c.message_id == message.c.id)
        .where(message.c.id.in_(ids))
    )
    return [_of_row(row) for row in rows]


def _of_row(row: Row[Any]) -> Words:
    return Words(
        row.id,
        row.body,
        row.subject,
        f"{row.from_name} <{row.from_address}>",
        people((*addresses_from(row.to), *addresses_from(row.cc))),
        file_names(row.files),
    )


def reindex(tx: Connection, message_id: int) -> None:
    """Index a mail anew: its files have been read."""
    replace(tx, _mails(tx, [message_id]))


def _attached(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The text in the files of mails."""
    rows = tx.execute(
        select(file_text)
        .where(file_text.c.message_id.in_(ids))
        .order_by(file_text.c.message_id, file_text.c.file)
    )
    found: dict[int, str] = {}
    for row in rows:
        found[row.message_id] = f"{found.get(row.message_id, '')}\n{row.text}"
    return found


def _comments(tx: Connection, ids: Sequence[int]) -> list[Words]:
    rows = tx.execute(select(comment.c.id, comment.c.text).where(comment.c.id.in_(ids)))
    return [Words(row.id, row.text) for row in rows]
