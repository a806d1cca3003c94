"""Migrations while everybody works: a client of the version before goes on, and nothing is lost or half done.

The client of the version before is its statements, frozen here as SQL: what it wrote when a mail came in, a claim was
taken and a reply was queued. They must work on every schema that a running one can meet.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from maildesk.errors import StoreError, StoreRefused
from maildesk.store import engine as engine_module
from maildesk.store import guards, schema
from maildesk.store.engine import Store, open_store
from maildesk.sync.worker import Worker
from tests.store import stores
from tests.support.databases import KINDS, cluster, fresh

WRITERS = 16
MIGRATIONS = Path(schema.__file__).with_name("migrations")
_NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "(extract(epoch from clock_timestamp())::double precision)",
}
_numbers = itertools.count(1)


class OldClient:
    """A client of schema 0001, with a connection of its own."""

    def __init__(self, url: str, agent: int) -> None:
        self.engine = _engine(url)
        self.agent = agent
        self.waits: list[float] = []
        """How long each claim took, in seconds."""

    def work(self) -> None:
        """A mail comes in, its claim is taken, and a reply is queued."""
        number = next(_numbers)
        conversation = self._receive(number)
        began = time.monotonic()
        token = self._claim(conversation)
        self.waits.append(time.monotonic() - began)
        self._reply(conversation, token, number)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Callable[..., Any]]:
        now = _NOW[self.engine.dialect.name]
        with self.engine.connect() as tx, tx.begin():
            yield lambda sql, **values: tx.execute(text(sql.replace("NOW()", now)), values)

    def _receive(self, number: int) -> int:
        with self._writing() as run:
            raw = run(
                "INSERT INTO raw (size, attempts, data) VALUES (:s, 1, :d) RETURNING id", s=9, d=b"mail data"
            ).scalar_one()
            customer = run(
                "INSERT INTO customer (name, reading, created_at) VALUES ('客', '', NOW()) RETURNING id"
            ).scalar_one()
            address = f"customer{number}@mail.example"
            run("INSERT INTO customer_address (address, customer_id) VALUES (:a, :c)", a=address, c=customer)
            conversation = run(
                "INSERT INTO conversation (mailbox_id, customer_id, customer_name, customer_address, subject, "
                "status, priority, version, turn, news_version, received_at, last_message_at, messages, "
                "attachments, automatic, answered, bounced, snippet) VALUES (1, :c, '客', :a, '質問', 'new', 0, 1, "
                "1, 1, NOW(), NOW(), 1, 0, false, false, false, '') RETURNING id",
                c=customer,
                a=address,
            ).scalar_one()
            run(
                "INSERT INTO claim (conversation_id, token, forced_reason) VALUES (:c, 0, '')", c=conversation
            )
            run(
                "INSERT INTO participant (conversation_id, address) VALUES (:c, :a) ON CONFLICT DO NOTHING",
                c=conversation,
                a=address,
            )
            message = run(
                'INSERT INTO message (conversation_id, mailbox_id, kind, raw_id, at, from_name, from_address, "to", '
                "cc, reply_to, subject, message_id, in_reply_to, refs, quarantined, joined_by, content_key, files) "
                "VALUES (:c, 1, 'in', :r, NOW(), '客', :a, '[]', '[]', '[]', '質問', :m, '', '[]', false, '', :k, "
                "'[]') RETURNING id",
                c=conversation,
                r=raw,
                a=address,
                m=f"<{number}@mail.example>",
                k=f"key {number}",
            ).scalar_one()
            run("INSERT INTO message_body (message_id, text, folded) VALUES (:m, '本文', '本文')", m=message)
            run(
                "INSERT INTO event (at, conversation_id, actor, what, detail) "
                "VALUES (NOW(), :c, 'sync', 'received', '{}')",
                c=conversation,
            )
        return int(conversation)

    def _claim(self, conversation: int) -> int:
        with self._writing() as run:
            token = run(
                "UPDATE claim SET owner_id = :o, session = 'old', token = token + 1, taken_at = NOW(), "
                "expires_at = NOW() + 90.0, last_key_at = NOW(), forced_from = NULL, forced_reason = '' "
                "WHERE conversation_id = :c AND (owner_id IS NULL OR expires_at <= NOW()) RETURNING token",
                o=self.agent,
                c=conversation,
            ).scalar_one()
            run(
                "INSERT INTO event (at, conversation_id, actor_id, actor, what, detail) "
                "VALUES (NOW(), :c, :o, '佐藤', 'claimed', '{}')",
                c=conversation,
                o=self.agent,
            )
        return int(token)

    def _reply(self, conversation: int, token: int, number: int) -> None:
        lock = "" if self.engine.dialect.name == "sqlite" else " FOR UPDATE"
        with self._writing() as run:
            run(f"SELECT version FROM conversation WHERE id = :c{lock}", c=conversation)
            epoch = run("SELECT epoch FROM desk").scalar_one()
            row = run(
                "INSERT INTO outbox (conversation_id, mailbox_id, turn, kind, seq, author_id, request_id, token, "
                "message_id, epoch, state, attempt, not_before, queued_at, filing_tries, last_reply, refused, "
                'from_name, from_address, "to", cc, subject, body, in_reply_to, refs, before_status, cursor_line, '
                "cursor_column) VALUES (:c, 1, 1, 'reply', 0, :o, :r, :t, :m, :e, 'queued', 0, NOW(), NOW(), 0, '', "
                "'[]', '店', 'info@shop.example', '[]', '[]', 'Re: 質問', '本文', '', '[]', 'new', 0, 0) RETURNING id",
                c=conversation,
                o=self.agent,
                r=str(uuid.uuid4()),
                t=token,
                m=f"<md.{uuid.uuid4().hex}@shop.example>",
                e=epoch,
            ).scalar_one()
            run(
                "UPDATE claim SET owner_id = NULL, session = NULL, expires_at = NULL "
                "WHERE conversation_id = :c AND owner_id = :o AND session = 'old' AND token = :t",
                c=conversation,
                o=self.agent,
                t=token,
            )
            run(
                "UPDATE conversation SET version = version + 1, status = 'done', waiting_reason = NULL, "
                "waiting_until = NULL, answered = true WHERE id = :c",
                c=conversation,
            )
            run(
                "INSERT INTO event (at, conversation_id, outbox_id, actor_id, actor, what, detail) "
                "VALUES (NOW(), :c, :i, :o, '佐藤', 'queued', '{}')",
                c=conversation,
                i=row,
                o=self.agent,
            )


def _engine(url: str) -> Engine:
    """A connection as the old client made it."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=1)
    engine = create_engine(url, pool_size=1, connect_args={"timeout": 10.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def downgrade(store: Store, to: str) -> None:
    """Take the store back to an older schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.transaction() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, to)


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store as the version before left it: a mailbox, an agent, five conversations with replies."""
    with fresh(request.param, tmp_path) as url:
        store = open_store(url)
        stores.add_mailbox(store)
        stores.add_agent(store)
        downgrade(store, "0001")
        store.close()
        client = OldClient(url, 1)
        for _ in range(5):
            client.work()
        client.engine.dispose()
        yield url


def version(url: str) -> str:
    """The schema version that a store says it has."""
    engine = _engine(url)
    with engine.connect() as tx:
        found = str(tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    engine.dispose()
    return found


def columns(url: str) -> dict[str, list[str]]:
    """The columns of every table."""
    engine = _engine(url)
    with engine.connect() as tx:
        look = inspect(tx)
        found = {n: [c["name"] for c in look.get_columns(n)] for n in look.get_table_names()}
    engine.dispose()
    return found


def content(url: str, shape: dict[str, list[str]]) -> dict[str, str]:
    """A digest of every row of each table, as far as ``shape`` goes; without what a migration is to change."""
    engine = _engine(url)
    found = {}
    with engine.connect() as tx:
        for table, names in shape.items():
            if table == "alembic_version":
                continue
            chosen = ", ".join(f'"{n}"' for n in names if (table, n) != ("desk", "min_client"))
            rows = sorted(repr(tuple(row)) for row in tx.execute(text(f'SELECT {chosen} FROM "{table}"')))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    engine.dispose()
    return found


def test_every_row_is_kept(old: str) -> None:
    """Compared by the digests of all rows; a copy of the old state lies beside a SQLite store."""
    shape = columns(old)
    before = content(old, shape)
    open_store(old).close()
    assert version(old) == schema.HEAD
    assert content(old, shape) == before
    if old.startswith("sqlite"):
        file = Path(old.removeprefix("sqlite:///"))
        (kept,) = file.parent.glob(f"{file.name}.before-0001-*")
        assert kept.stat().st_mode & 0o777 == 0o600
        assert content(f"sqlite:///{kept}", shape) == before


def test_the_files_of_old_mail_are_read_after_an_upgrade(old: str) -> None:
    """The migration notes the mails that have some: search catches up with them."""
    engine = create_engine(old)
    with engine.begin() as tx:
        (first, *_) = tx.execute(text("SELECT id FROM message ORDER BY id")).scalars()
        files = '[{"index": 0, "name": "a.csv", "type": "text/csv", "size": 9, "inline": false}]'
        tx.execute(text("UPDATE message SET files = :f WHERE id = :m"), {"f": files, "m": first})
    engine.dispose()
    with contextlib.closing(open_store(old)) as store:
        assert stores.rows(store, "SELECT message_id, tries FROM unread_files") == [(first, 0)]


def test_the_copy_before_a_migration_holds_what_is_only_in_the_wal(tmp_path: Path) -> None:
    """A copy of the file alone would lack it while another client has the store open."""
    with fresh("sqlite", tmp_path) as url, contextlib.closing(open_store(url)) as other:
        stores.add_agent(other, "in-the-wal")
        downgrade(other, "0002")
        open_store(url).close()
        file = Path(url.removeprefix("sqlite:///"))
        (kept,) = file.parent.glob(f"{file.name}.before-0002-*")
        with contextlib.closing(sqlite3.connect(kept)) as copy:
            assert copy.execute("SELECT login FROM agent").fetchall() == [("in-the-wal",)]


def schema_indexes() -> list[str]:
    """What migration 0003 makes."""
    import importlib

    module = importlib.import_module("maildesk.store.migrations.versions.0003_indexes")
    return [str(index[0]) for index in module.INDEXES]


@pytest.mark.slow
def test_sixteen_old_clients_work_on_while_the_store_is_migrated(old: str) -> None:
    """No error, whatever moment the migration comes; what they write before, during and after it is whole, and the new
    client works beside them."""
    stop, errors = threading.Event(), []
    clients = [OldClient(old, 1) for _ in range(WRITERS)]
    done = [0] * WRITERS

    def write(number: int) -> None:
        try:
            while not stop.is_set():
                clients[number].work()
                done[number] += 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()

    def go_on(more: int) -> None:
        enough, between = sum(done) + more, threading.Event()
        while sum(done) < enough and not errors:
            between.wait(0.01)

    try:
        go_on(WRITERS)
        store = open_store(old)
        go_on(2 * WRITERS)
        new = stores.add_mailbox(store, name="新店", short_name="新", address="new@shop.example")
        assert new.id == 2
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.engine.dispose()
    assert errors == []
    assert version(old) == schema.HEAD
    wanted = sum(done) + 5
    for table in ("conversation", "claim", "outbox", "message", "message_body", "raw"):
        assert stores.rows(store, f"SELECT count(*) FROM {table}") == [(wanted,)]
    assert stores.rows(store, "SELECT sum(n) FROM counter") == [(wanted,)]
    assert stores.rows(store, "SELECT count(*) FROM outbox WHERE held_reason <> '' OR bounced") == [(0,)]
    store.close()
    if not old.startswith("sqlite"):  # SQLite's own waiting is not fair, with or without a migration
        waits = sorted(wait for client in clients for wait in client.waits)
        assert waits[int(len(waits) * 0.99)] < 2.0


def test_an_interrupted_migration_leaves_the_old_state(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: killed at its last step it has not begun, the old client works, and the next try does it."""
    shape = columns(old)
    before = content(old, shape)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(guards, "install", killed)
        with pytest.raises(KeyboardInterrupt):
            open_store(old)
    assert version(old) == "0001"
    assert columns(old) == shape
    assert content(old, shape) == before
    client = OldClient(old, 1)
    client.work()
    client.engine.dispose()
    open_store(old).close()
    assert version(old) == schema.HEAD


def test_two_clients_that_migrate_at_once_do_it_once(old: str) -> None:
    """One does, the others wait for it; there is one copy on SQLite."""
    errors: list[BaseException] = []

    def start() -> None:
        try:
            open_store(old).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert version(old) == schema.HEAD
    if old.startswith("sqlite"):
        file = Path(old.removeprefix("sqlite:///"))
        assert len(list(file.parent.glob(f"{file.name}.before-*"))) == 1


# ---- PostgreSQL: locks, indexes, rights


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_an_index_that_was_interrupted_is_built_again(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store stays at 0002, whole and usable by the next try, which removes what is left."""
    run = schema._run

    def killed(tx: Any, revision: str, *, concurrently: bool = False) -> None:
        if concurrently:
            tx.exec_driver_sql(
                "CREATE INDEX ix_location_gm_msgid ON location (uid)"
            )  # what is left, and wrong
            raise KeyboardInterrupt
        run(tx, revision)

    with monkeypatch.context() as patched:
        patched.setattr(schema, "_run", killed)
        with pytest.raises(KeyboardInterrupt):
            open_store(old)
    assert version(old) == "0002"
    open_store(old).close()
    assert version(old) == schema.HEAD
    with psycopg.connect(cluster().dsn(make_url(old).database or "")) as tx:
        rows = tx.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_location_gm_msgid'"
        ).fetchall()
        assert "gm_msgid" in rows[0][0].partition(" ON ")[2]
        assert tx.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchall() == [(0,)]


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_indexes_are_built_without_stopping_writers(old: str) -> None:
    """CONCURRENTLY, outside a transaction: seen in what the server is asked."""
    said: list[str] = []
    engine = create_engine(old)

    @event.listens_for(engine, "before_cursor_execute")
    def hear(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    schema.upgrade(engine)
    engine.dispose()
    made = [s for s in said if "CREATE INDEX" in s and any(name in s for name in schema_indexes())]
    assert len(made) == len(schema_indexes())
    assert all("CONCURRENTLY" in s for s in made)


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_a_migration_gives_up_before_a_client_has_to(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client holds a row of the outbox and comes for a conversation: the migration, which waits for the outbox with
    the conversations in hand, lets go before the server would call it a deadlock and end the client."""
    monkeypatch.setattr(schema, "GIVE_UP_SECONDS", 0.0)
    client = _engine(old)
    with client.connect() as tx, tx.begin():
        tx.execute(text("UPDATE outbox SET attempt = attempt"))
        failed: list[BaseException] = []

        def migrate() -> None:
            try:
                open_store(old)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=migrate)
        thread.start()
        waiting, between = "SELECT count(*) FROM pg_locks WHERE NOT granted", threading.Event()
        with psycopg.connect(cluster().dsn(), autocommit=True) as look:
            while thread.is_alive() and look.execute(waiting).fetchone() == (0,):
                between.wait(0.005)
        began = time.monotonic()
        tx.execute(text("UPDATE conversation SET version = version"))  # would raise "deadlock detected"
        assert time.monotonic() - began < 1.0
        thread.join(30)
    client.dispose()
    (error,) = failed
    assert isinstance(error, StoreError)
    assert error.key == "store_migration_blocked"
    assert version(old) == "0001"
    open_store(old).close()
    assert version(old) == schema.HEAD


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_a_login_that_may_not_migrate_says_who_can(old: str) -> None:
    """An agent who updated first: one line, not the server's words about ownership."""
    with psycopg.connect(cluster().dsn(), autocommit=True) as owner:
        owner.execute("CREATE ROLE early LOGIN")
        try:
            with psycopg.connect(cluster().dsn(make_url(old).database or ""), autocommit=True) as there:
                there.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO early")
                with pytest.raises(StoreRefused, match="古い形式") as refused:
                    open_store(old.replace("postgres@", "early@"))
                there.execute("DROP OWNED BY early")
            assert refused.value.key == "store_older"
            assert "maildesk doctor" in refused.value.hint
        finally:
            owner.execute("DROP ROLE early")


# ---- a client that is running


def outdated(store: Store) -> None:
    """Another client has migrated the store to something that this one does not know."""
    stores.execute(store, "UPDATE desk SET min_client = 99")


@pytest.mark.parametrize("kind", KINDS)
def test_a_running_client_notices_that_it_is_too_old(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within seconds, without being restarted: from then on every transaction says so in one line."""
    monkeypatch.setattr(engine_module, "CLIENT_SECONDS", 0.0)
    heard = threading.Event()
    with (
        stores.opened(kind, tmp_path) as store,
        contextlib.closing(open_store(stores.url_of(store))) as other,
    ):
        subscription = store.subscribe(lambda _: heard.set(), 0.2)
        assert subscription.ready.wait(10)
        assert heard.wait(10)
        with store.reading() as tx:
            tx.execute(text("SELECT 1"))
        outdated(other)
        for _ in range(3):
            heard.clear()
            assert heard.wait(10)
        for transaction in (store.reading, store.transaction):
            with pytest.raises(StoreError, match="新しい版") as refused, transaction():
                pass
            assert (refused.value.key, bool(refused.value.hint)) == (schema.NEWER_CLIENT, True)
        subscription.close()


def test_a_running_worker_ends_when_it_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not go on sending by rules that hold no more."""
    monkeypatch.setattr(engine_module, "CLIENT_SECONDS", 0.0)
    with (
        stores.opened("sqlite", tmp_path) as store,
        contextlib.closing(open_store(stores.url_of(store))) as other,
    ):
        outdated(other)
        with pytest.raises(StoreError) as ended:
            Worker(store, round_seconds=0.1).run(threading.Event())
        assert ended.value.key == schema.NEWER_CLIENT


def test_an_error_that_is_no_lock_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what passes by itself is tried again."""
    tries: list[int] = []

    def wrong(*_: object) -> None:
        tries.append(1)
        raise DBAPIError("SELECT", None, Exception("syntax error"))

    monkeypatch.setattr(schema, "_upgrade_postgresql", wrong)
    with fresh("postgresql", tmp_path) as url:
        engine = create_engine(url)
        with pytest.raises(DBAPIError):
            schema.upgrade(engine)
        engine.dispose()
    assert len(tries) == 1
