"""Migrations, and stores that cannot be used."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import exc, inspect, text
from sqlalchemy.exc import DBAPIError

from maildesk.errors import StoreError
from maildesk.store import schema, tables
from maildesk.store.engine import open_store
from tests.support.databases import cluster, missing_sqlite
from tests.support.stores import Team

MIGRATIONS = Path(schema.__file__).with_name("migrations")


def test_the_migrations_make_the_tables(make_store: Callable[[], str]) -> None:
    """Upgrading from nothing gives exactly what the tables say, on both databases."""
    store = open_store(make_store())
    with store.reading() as tx:
        options = {"compare_type": True, "include_name": _is_ours}
        context = MigrationContext.configure(tx, opts=options)
        assert compare_metadata(context, tables.metadata) == []
    store.close()


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """The indexes of words are made by each database's own means."""
    return kind != "table" or not str(name).startswith(tables.FULL_TEXT)


def test_head_is_the_newest_migration() -> None:
    """The version that the code expects is the one that the migrations end with."""
    newest = max(
        re.findall(r'^revision = ["\'](\w+)', p.read_text("utf-8"), re.M)[0]
        for p in MIGRATIONS.glob("versions/*.py")
    )
    assert newest == schema.HEAD


def test_every_migration_can_be_undone(make_store: Callable[[], str]) -> None:
    """Down to nothing and up again."""
    store = open_store(make_store())
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.transaction() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "base")
        assert set(inspect(tx).get_table_names()) == {"alembic_version"}
    schema.upgrade(store.engine)
    with store.reading() as tx:
        assert set(tables.metadata.tables) <= set(inspect(tx).get_table_names())
    store.close()


def test_a_newer_schema_that_still_allows_this_client_opens_and_works(both: Team) -> None:
    """Expand, migrate, contract: who updated first does not lock the others out."""
    both.sql("UPDATE alembic_version SET version_num = '9999'")
    desk = both.new_session("sato")
    desk.claims.take(both.conversation())
    desk.close()
    assert both.sql("SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_store_that_wants_a_newer_client_is_refused(both: Team) -> None:
    """``min_client``, whatever the schema: one line, and what to do."""
    both.sql("UPDATE desk SET min_client = 99")
    for version in ("9999", schema.HEAD):
        both.sql("UPDATE alembic_version SET version_num = :v", v=version)
        with pytest.raises(StoreError, match="新しい版") as refused:
            open_store(both.url)
        assert refused.value.key == "store_newer_client"
        assert "更新" in refused.value.hint


def test_a_store_that_is_not_there_is_not_made_by_the_way(tmp_path: Path) -> None:
    """A misspelt path is an error, not a new empty desk."""
    url = missing_sqlite(tmp_path)
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert refused.value.key == "store_missing"
    assert not list(tmp_path.glob("*.db*"))


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_what_is_not_a_store(url: str) -> None:
    """Anything else than a SQLite file or a PostgreSQL database."""
    with pytest.raises(StoreError) as refused:
        open_store(url, create=True)
    assert refused.value.key == "store_url"


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    """Not a database, or somebody else's."""
    file = tmp_path / "notes.txt"
    file.write_text("買い物リスト\n" * 1000, "utf-8")
    with pytest.raises(StoreError) as refused:
        open_store(f"sqlite:///{file}", create=True)
    assert refused.value.key == "store_not_a_store"
    assert file.read_text("utf-8").startswith("買い物リスト")


def test_a_read_only_folder_is_named(small: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written is said before anything is tried (root may write anywhere, so the check is asked)."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StoreError) as refused:
        open_store(small.url)
    assert refused.value.key == "store_readonly"


def test_events_are_append_only(both: Team) -> None:
    """The database refuses to change or delete what happened."""
    both.sato.claims.take(both.conversation())
    for statement in ("DELETE FROM event", "UPDATE event SET what = 'nothing'"):
        with pytest.raises((DBAPIError, StoreError)):
            both.sql(statement)
    assert both.sql("SELECT count(*) FROM event WHERE what = 'claimed'")[0][0] == 1


def test_sqlite_keeps_what_was_committed(small: Team) -> None:
    """WAL, full synchronisation, foreign keys: on every connection."""
    with small.store.reading() as tx:
        values: list[Any] = [
            tx.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]


def test_the_clock_is_the_databases(both: Team) -> None:
    """Never NULL, advancing, in UTC."""
    first, second = both.store.now(), both.store.now()
    assert first <= second
    assert first.utcoffset() is not None


def test_two_clients_may_start_at_once_on_an_empty_database() -> None:
    """Both want to make the tables: one does, the other waits and finds them."""
    import threading

    url = cluster().url(cluster().create_database())
    errors: list[BaseException] = []

    def start() -> None:
        try:
            open_store(url, create=True).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("database or disk is full", "store_full"),
        ("disk I/O error", "store_io"),
        ("permission denied for table outbox", "store_permission"),
    ],
)
def test_what_the_drivers_say_is_told_with_a_remedy(small: Team, said: str, key: str) -> None:
    """A full disk says ``disk I/O error`` where SQLite cannot even make its shared memory."""
    with pytest.raises(StoreError) as raised, small.store.reading():
        raise exc.OperationalError("SELECT 1", None, sqlite3.OperationalError(said))
    assert (raised.value.key, bool(raised.value.hint)) == (key, True)
    assert raised.value.exit_code == (8 if key == "store_permission" else 1)
