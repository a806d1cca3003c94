"""Fresh stores for tests, on SQLite and on PostgreSQL: copies of one that has the tables, made once per process."""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from maildesk.store.engine import open_store
from tests.support import postgres
from tests.support.install import needs

KINDS = ("sqlite", "postgresql")
TEMPLATE = "maildesk_template"
_numbers = itertools.count(1)


@functools.cache
def cluster() -> postgres.Postgres:
    """One PostgreSQL for this process, with a template database that has our tables."""
    needs("postgres")
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    server = stack.enter_context(postgres.server())
    server.create_database(TEMPLATE)
    open_store(server.url(TEMPLATE), create=True).close()
    return server


@functools.cache
def sqlite_template() -> Path:
    """A SQLite file that has our tables."""
    folder = Path(tempfile.mkdtemp(prefix="md-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_store(f"sqlite:///{folder}/desk.db", create=True).close()
    return folder / "desk.db"


def missing_sqlite(folder: Path) -> str:
    """The address of a SQLite store that is not there yet."""
    return f"sqlite:///{folder / f'desk{next(_numbers)}.db'}"


def fresh_sqlite(folder: Path) -> str:
    """The address of a fresh SQLite store."""
    url = missing_sqlite(folder)
    shutil.copy(sqlite_template(), url.removeprefix("sqlite:///"))
    return url


@contextlib.contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """The address of a fresh store of ``kind``, gone afterwards."""
    if kind == "sqlite":
        yield fresh_sqlite(folder)
        return
    name = cluster().create_database(template=TEMPLATE)
    try:
        yield cluster().url(name)
    finally:
        cluster().drop_database(name)
