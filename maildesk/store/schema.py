"""The schema: which version a store has, bringing it up to date, and refusing what cannot be used.

The version is Alembic's, read by plain SQL so that an up-to-date store does not pay for importing Alembic.
"""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

from maildesk.errors import StoreError
from maildesk.store import tables
from maildesk.store.clock import db_now

HEAD = "0002"
CLIENT = 2
"""The protocol this client speaks; a store whose ``min_client`` is higher refuses it."""


def version(tx: Connection) -> str | None:
    """The schema version of a store, None for an empty database."""
    if not inspect(tx).has_table("alembic_version"):
        if inspect(tx).has_table("conversation"):
            raise StoreError("store_not_a_store", path=tx.engine.url.database)
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar()


def bring_up_to_date(engine: Engine, *, create: bool) -> None:
    """Make or migrate the tables where needed. A SQLite file is copied beside itself before a migration.

    Raises StoreError for a store of a newer maildesk, or (without ``create``) an empty one.
    """
    with engine.connect() as tx:
        found = version(tx)
        if found == HEAD:
            _check(tx)
            return
    if found is None and not create:
        raise StoreError("store_empty", path=engine.url.database)
    if found is not None and found > HEAD:
        raise StoreError("store_newer", path=engine.url.database, found=found, known=HEAD)
    if found is not None and engine.dialect.name == "sqlite":
        _copy_beside(engine, found)
    upgrade(engine)
    with engine.connect() as tx:
        _check(tx)


def _check(tx: Connection) -> None:
    clock = tx.execute(select(db_now().label("now"))).scalar()
    if clock is None or not 1_500_000_000 < clock < 10_000_000_000:
        raise StoreError("store_clock")
    needs = tx.execute(select(tables.desk.c.min_client)).scalar()
    if needs is not None and needs > CLIENT:
        raise StoreError("store_newer_client", path=tx.engine.url.database, needs=needs, known=CLIENT)


def _copy_beside(engine: Engine, found: str) -> None:
    source = Path(str(engine.url.database))
    target = source.with_name(f"{source.name}.before-{found}-{datetime.now(UTC):%Y%m%d%H%M%S}")
    with engine.connect() as tx:
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy2(source, target)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, all in one transaction, once however many clients start together."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.connect().execution_options(maildesk_writes=True) as tx, tx.begin():
        if engine.dialect.name == "postgresql":
            tx.execute(text("SELECT pg_advisory_xact_lock(hashtext('maildesk schema'))"))
        config.attributes["connection"] = tx
        command.upgrade(config, revision)
        if tx.execute(select(tables.desk.c.id)).first() is None:
            tx.execute(
                tables.desk.insert().values(id=1, epoch=str(uuid.uuid4()), min_client=CLIENT, created_at=db_now())
            )


def epoch(tx: Connection) -> str:
    """The store's epoch: replaced when a backup is restored, so that no old reply leaves by itself."""
    return str(tx.execute(select(tables.desk.c.epoch)).scalar_one())
