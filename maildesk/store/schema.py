"""The schema: which version a store has, bringing it up to date, and refusing what cannot be used.

Versions are mixed while a team updates, so a migration only adds (expand; then migrate; then contract, when nobody
uses the old any more), and ``desk.min_client`` says from which client on a store may be used. A store with a newer
schema that still allows this client opens and works.

The version is Alembic's, read by plain SQL so that an up-to-date store does not pay for importing Alembic.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, Engine, exc, inspect, select, text

from maildesk.errors import StoreError, StoreRefused
from maildesk.store import copying, events, grants, tables
from maildesk.store.clock import db_now

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"
CLIENT = 2
"""The protocol this client speaks; a store whose ``min_client`` is higher refuses it."""
NEWER_CLIENT = "store_newer_client"
"""The key of the error of a client that is too old."""
LOCK_TIMEOUT_MS = 2000
"""How long a migration waits for the first lock on PostgreSQL: everybody else waits behind it."""
ALL_LOCKS_MS = 150
"""In what time it must have the others then. Transactions that were under way end in a few milliseconds; what takes
longer waits for us, as we for it. Far shorter than ``deadlock_timeout`` (1 s): it is always the migration that gives
up, never a client."""
GIVE_UP_SECONDS = 60.0
"""For so long it is tried again."""
_PAUSE = (0.05, 0.4)
"""Seconds between two tries, at random: clients catch up meanwhile."""
_GATES = ("folder", "raw", "conversation", "outbox", "claim")
"""Where transactions begin, in the order in which most of them go on: whoever waits at one holds little or nothing."""
_SOLE = "hashtext('maildesk schema')"
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


def version(tx: Connection) -> str | None:
    """The schema version of a store, None for an empty database."""
    if not inspect(tx).has_table("alembic_version"):
        if inspect(tx).has_table("conversation"):
            raise StoreError("store_not_a_store", path=tx.engine.url.database)
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar()


def bring_up_to_date(engine: Engine, *, create: bool) -> None:
    """Make or migrate the tables where needed. A SQLite store is copied beside itself before a migration.

    Raises StoreError for a store that wants a newer maildesk, an older one that this login may not migrate or that is
    too busy to, or (without ``create``) an empty one.
    """
    with engine.connect() as tx:
        found = version(tx)
        if found is not None and found >= HEAD:
            _check_clock(tx)
            check_client(tx)
            return
        if found is not None and not _may_migrate(tx):
            raise StoreRefused("store_older", path=engine.url.database, found=found, known=HEAD)
    if found is None and not create:
        raise StoreError("store_empty", path=engine.url.database)
    upgrade(engine)
    with engine.connect() as tx:
        _check_clock(tx)
        check_client(tx)


def _check_clock(tx: Connection) -> None:
    clock = tx.execute(select(db_now().label("now"))).scalar()
    if clock is None or not 1_500_000_000 < clock < 10_000_000_000:
        raise StoreError("store_clock")


def check_client(tx: Connection) -> None:
    """Whether this client may (still) use the store: another one may have brought it to a state that this one does not
    know. Raises StoreError."""
    needs = tx.execute(select(tables.desk.c.min_client)).scalar()
    if needs is not None and needs > CLIENT:
        raise StoreError(NEWER_CLIENT, path=tx.engine.url.database, needs=needs, known=CLIENT)


def _may_migrate(tx: Connection) -> bool:
    """Whether this login owns the tables."""
    if tx.dialect.name != "postgresql":
        return True
    owns = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'alembic_version'::regclass"
    return bool(tx.execute(text(owns)).scalar())


# ---- migrations


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, once however many clients start together.

    All of a SQLite store is one transaction, after a copy of it was made. On PostgreSQL each migration that builds
    indexes on tables in use is a step of its own, outside any transaction; an interrupted one is repeated at the next
    start. Raises StoreError.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(maildesk_writes=True) as tx, tx.begin():
            if (found := version(tx)) is not None and found < HEAD:
                _copy_beside(engine, found)
            _run(tx, revision)
        return
    end = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            _upgrade_postgresql(engine, revision)
            return
        except _Busy:
            pass
        except exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
                raise
        if time.monotonic() > end:
            raise StoreError("store_migration_blocked", path=engine.url.database)
        time.sleep(random.uniform(*_PAUSE))


class _Busy(Exception):
    """Another client migrates this store now."""


def _copy_beside(engine: Engine, found: str) -> None:
    """Copy what is there. The caller holds the write lock, so that nothing is written between copy and migration."""
    source = Path(str(engine.url.database))
    copying.copy_beside(
        source, source.with_name(f"{source.name}.before-{found}-{datetime.now(UTC):%Y%m%d%H%M%S}")
    )


def _upgrade_postgresql(engine: Engine, revision: str) -> None:
    with engine.connect() as tx, tx.begin():
        if not tx.execute(text(f"SELECT pg_try_advisory_xact_lock({_SOLE})")).scalar():
            raise _Busy
        if (found := version(tx)) is None:
            _run(tx, revision)
            return
        steps = _steps(found, revision)
        together = [step for step in steps if not step.apart]
        if together and together[0] is steps[0]:
            _lock_all(tx)
            for step in steps:
                if step.apart:
                    break
                _run(tx, step.revision)
            grants.refresh(tx)
    with engine.connect() as tx:
        steps = _steps(version(tx), revision)
    for step in steps:
        if not step.apart:  # one more transaction after an index
            _upgrade_postgresql(engine, revision)
            return
        with _alone(engine) as tx:
            _run(tx, step.revision, concurrently=True)


class _Step(NamedTuple):
    revision: str
    apart: bool


def _steps(found: str | None, revision: str) -> list[_Step]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).iterate_revisions(revision, found or "base")
    return [_Step(s.revision, bool(getattr(s.module, "CONCURRENTLY", False))) for s in scripts][::-1]


def _lock_all(tx: Connection) -> None:
    """Take every lock that a migration can need before it changes anything: afterwards it waits for nobody."""
    there = set(inspect(tx).get_table_names()) & set(tables.metadata.tables)
    names = [n for n in _GATES if n in there] + sorted(there - set(_GATES))
    quote = tx.dialect.identifier_preparer.quote
    began = time.monotonic()
    for number, name in enumerate(names):
        left = ALL_LOCKS_MS - int((time.monotonic() - began) * 1000)
        tx.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, left) if number else LOCK_TIMEOUT_MS}")
        tx.exec_driver_sql(f"LOCK TABLE {quote(name)} IN ACCESS EXCLUSIVE MODE")
        if not number:
            began = time.monotonic()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection without transactions, as the only one that migrates. Nobody waits for this lock: whoever waits in
    a statement keeps ``CREATE INDEX CONCURRENTLY`` from ending."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
        if not tx.execute(text(f"SELECT pg_try_advisory_lock({_SOLE})")).scalar():
            raise _Busy
        try:
            tx.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
            yield tx
        finally:
            tx.exec_driver_sql("RESET lock_timeout")
            tx.execute(text(f"SELECT pg_advisory_unlock({_SOLE})"))


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _run(tx: Connection, revision: str, *, concurrently: bool = False) -> None:
    from alembic import command

    config = _config()
    config.attributes |= {"connection": tx, "concurrently": concurrently}
    command.upgrade(config, revision)
    if tx.execute(select(tables.desk.c.id)).first() is None:
        tx.execute(
            tables.desk.insert().values(id=1, epoch=str(uuid.uuid4()), min_client=CLIENT, created_at=db_now())
        )


# ---- the epoch, and whether anything may leave


class Hold(NamedTuple):
    """Nothing is sent: since when, and why (``restored``, ``rolled-back``)."""

    since: datetime
    reason: str


STORE = events.Actor(None, "store")


def epoch(tx: Connection) -> str:
    """The store's epoch: replaced when a backup is restored, so that no old reply leaves by itself."""
    return str(tx.execute(select(tables.desk.c.epoch)).scalar_one())


def held(tx: Connection) -> Hold | None:
    """Whether sending is held, for the whole desk, until ``maildesk outbox reconcile`` has run."""
    row = tx.execute(select(tables.desk.c.held_at, tables.desk.c.held_reason)).first()
    return None if row is None or row.held_at is None else Hold(row.held_at, row.held_reason)


def hold(tx: Connection, reason: str, **detail: object) -> str:
    """Hold all sending, and begin a new epoch: everything that is on its way now is of the old one and never leaves by
    itself, also after the release. Returns the new epoch."""
    begun = str(uuid.uuid4())
    tx.execute(tables.desk.update().values(held_at=db_now(), held_reason=reason, epoch=begun))
    events.record(tx, STORE, "sending-held", None, detail={"reason": reason, **detail})
    return begun


def release(tx: Connection, who: events.Actor) -> None:
    """Let what is of the present epoch leave again."""
    tx.execute(
        tables.desk.update().where(tables.desk.c.held_at.is_not(None)).values(held_at=None, held_reason="")
    )
    events.record(tx, who, "sending-released", None)
