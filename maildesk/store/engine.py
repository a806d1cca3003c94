"""Connections and transactions, the same way on SQLite and PostgreSQL.

A transaction that writes is ``BEGIN IMMEDIATE`` on SQLite: Python's driver begins none on SELECT, and a transaction
that reads first and writes later fails with "database is locked" in spite of any timeout. Store functions take the
connection of a transaction, never open or commit one; only ``desk`` and ``sync`` say ``with store.transaction()``.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, select, text
from sqlalchemy.engine import URL

from maildesk.errors import StoreError, StoreLoginRefused, StoreRefused, StoreUnreachable, system_words
from maildesk.store import hints, schema
from maildesk.store.clock import Instant, db_now

T = TypeVar("T")
BUSY_TIMEOUT_MS = 10_000
_TRIES = 6
CLIENT_SECONDS = 10.0
"""Between two looks whether this client may still use the store; with the ticks of the hints, at most twice that."""


class _Rehearsal(threading.local):
    """The transaction in which a thread only tries things; None: it does them."""

    tx: Connection | None = None


class _Together(threading.local):
    """The transaction in which a thread reads several things; None: each in its own."""

    tx: Connection | None = None


class Store:
    """An open store. ``transaction()`` writes, ``reading()`` reads; both give a connection of their own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._rehearsal = _Rehearsal()
        self._together = _Together()
        self._refused: StoreError | None = None
        self._client_due = time.monotonic() + CLIENT_SECONDS

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-host mode."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back on an exception. Raises StoreError."""
        self._require_client()
        if (rehearsed := self._rehearsal.tx) is not None:
            with translated(self.engine), rehearsed.begin_nested():
                yield rehearsed
            return
        with translated(self.engine), self.engine.connect() as tx:
            tx.execution_options(maildesk_writes=True)
            with tx.begin():
                yield tx
                hints.announce(tx)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """What this thread does within is only tried: its transactions see what the ones before did, and at the end
        nothing of it stays. Others who write wait meanwhile (on SQLite all of them), so it must not wait for anybody.
        Raises StoreError."""
        with translated(self.engine), self.engine.connect() as tx:
            tx.execution_options(maildesk_writes=True)
            with tx.begin() as all_of_it:
                self._rehearsal.tx = tx
                try:
                    yield
                finally:
                    self._rehearsal.tx = None
                    all_of_it.rollback()

    def run(self, act: Callable[[Connection], T]) -> T:
        """``act`` in a transaction of its own, and again when the database had to choose a victim among those that
        waited for each other: nothing of the victim's was written. Raises StoreError."""
        for attempt in range(1, _TRIES):
            try:
                with self.transaction() as tx:
                    return act(tx)
            except StoreError as error:
                if error.key != "store_busy":
                    raise
                time.sleep(0.02 * attempt)  # let the others finish: at once it would be the next victim
        with self.transaction() as tx:
            return act(tx)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, on one consistent state. Raises StoreError."""
        self._require_client()
        if self._rehearsal.tx is not None:
            yield self._rehearsal.tx
            return
        if self._together.tx is not None:
            yield self._together.tx
            return
        with translated(self.engine), self.engine.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def reading_together(self) -> Iterator[None]:
        """What this thread reads within is read in one transaction: over a long line to the database each of its own
        costs two round trips more. What is written within is not seen within. Raises StoreError."""
        with self.reading() as tx:
            before, self._together.tx = self._together.tx, tx
            try:
                yield
            finally:
                self._together.tx = before

    @property
    def is_reading_together(self) -> bool:
        """Whether this thread reads several things in one transaction."""
        return self._together.tx is not None

    def _require_client(self) -> None:
        if self._refused is not None:
            raise StoreError(self._refused.key, **self._refused.values)

    def now(self) -> datetime:
        """The store's clock."""
        with self.reading() as tx:
            return now(tx)

    def subscribe(self, callback: Callable[[int], None], every: float | None = None) -> hints.Subscription:
        """Call ``callback(serial)`` from a thread after any client changed the store (see :mod:`.hints`).

        That thread also looks, every few seconds, whether the store wants a newer maildesk by now. From then on every
        transaction raises that StoreError: this client says so instead of going on."""

        def changed(serial: int) -> None:
            self._look_at_client()
            callback(serial)

        return hints.subscribe(self.engine, changed, every)

    def _look_at_client(self) -> None:
        if time.monotonic() < self._client_due:
            return
        self._client_due = time.monotonic() + CLIENT_SECONDS
        try:
            with self.reading() as tx:
                schema.check_client(tx)
        except StoreError as error:
            if error.key == schema.NEWER_CLIENT:
                self._refused = error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def now(tx: Connection) -> datetime:
    """The database's clock, inside a transaction."""
    value = tx.execute(select(db_now().label("now"))).scalar_one()
    found = Instant().process_result_value(value, tx.dialect)
    if found is None:
        raise StoreError("store_clock")
    return found


def open_store(url: str, *, create: bool = False) -> Store:
    """Open the store at ``url`` (``sqlite:///path`` or ``postgresql://…``) and bring its schema up to date.

    A store that is not there is made only with ``create``. Raises StoreError: not there, not readable, read-only,
    on a network file system, of a newer maildesk.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise StoreError("store_url", url=url) from None
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(parsed, create)
    elif parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed)
    else:
        raise StoreError("store_url", url=parsed.render_as_string(hide_password=True))
    try:
        with translated(engine):
            schema.bring_up_to_date(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _sqlite(url: URL, create: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("store_url", url=str(url))
    path = Path(url.database)
    if not path.exists():
        if not create:
            raise StoreError("store_missing", path=path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError("store_unwritable", path=path, reason=system_words(error)) from None
    _refuse_shared_filesystem(path)
    if path.exists() and not os.access(path, os.W_OK):
        raise StoreError("store_readonly", path=path)
    if not os.access(path.parent, os.W_OK):
        raise StoreError("store_readonly", path=path.parent)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("maildesk_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _refuse_shared_filesystem(path: Path) -> None:
    """WAL needs memory that all processes share: one host, a local disk (SQLite documentation, "Write-Ahead Log")."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            kinds = {f[4]: line.split(" - ", 1)[1].split()[0] for line in mounts if (f := line.split())}
    except (OSError, IndexError):
        return
    folder = path.parent.resolve()
    mount = max((m for m in kinds if folder == Path(m) or Path(m) in folder.parents), key=len, default="/")
    kind = kinds.get(mount, "")
    if kind.startswith(("nfs", "cifs", "smb", "fuse.sshfs", "9p", "afs")):
        raise StoreError("store_network_disk", path=path, kind=kind)


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    patience = {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # ms: a cut line says nothing, and nobody may wait for it for hours
    }
    return create_engine(
        url,
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=patience,
    )


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the drivers' errors into a StoreError that a person can act on."""
    where = (
        engine.url.database
        if engine.dialect.name == "sqlite"
        else engine.url.render_as_string(hide_password=True)
    )
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error) as error:
        key = _reason(str(error))
        raise _KINDS.get(key, StoreError)(key, path=where, reason=_first_line(error)) from error


_KINDS: Mapping[str, type[StoreError]] = {
    "store_permission": StoreRefused,
    "store_unreachable": StoreUnreachable,
    "store_login": StoreLoginRefused,
}


def _reason(words: str) -> str:
    for sign, key in (
        ("disk is full", "store_full"),
        ("No space left", "store_full"),
        ("could not extend file", "store_full"),
        ("disk I/O error", "store_io"),
        ("readonly database", "store_readonly"),
        ("database is locked", "store_busy"),
        ("deadlock detected", "store_busy"),
        ("could not serialize", "store_busy"),
        ("not a database", "store_not_a_store"),
        ("malformed", "store_damaged"),
        ("unable to open database", "store_unwritable"),
        ("permission denied", "store_permission"),
        ("must be owner", "store_permission"),
        ("password authentication failed", "store_login"),
        ('role "', "store_login"),
        ("does not exist", "store_no_such"),
        ("connection", "store_unreachable"),
    ):
        if sign in words:
            return key
    return "store_failed"


def _first_line(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).strip().splitlines()[0] if str(original).strip() else type(original).__name__


def ping(tx: Connection) -> None:
    """Ask the store anything, to see whether it answers."""
    tx.execute(text("SELECT 1"))
