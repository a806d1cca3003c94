"""Backups: one file that holds the whole desk as it was at one instant, and says itself what must be in it.

The file is a tar archive of ``manifest.json`` and the data: a SQLite database (online backup API, never a file copy)
or a ``pg_dump`` in its custom format, both of one snapshot, while others go on writing. The manifest has the number of
rows of every table, a digest over all mails and attachments, and the digest of the data. The OAuth tokens of mailboxes
are left out: they are secrets, and a token that was renewed since would be of no use.

A restored store begins a new epoch with all sending held: what is on its way in the backup may have left since.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, func, inspect, make_url, select, text
from sqlalchemy import table as any_table

from maildesk import __version__
from maildesk.errors import StoreError
from maildesk.store import copying, pgtools, schema, tables
from maildesk.store.engine import Store, open_store, translated

FORMAT = 1
MANIFEST = "manifest.json"
LEFT_OUT = ("mailbox_token",)
"""Tables whose rows are in no backup."""
_DATA = {"sqlite": "desk.db", "postgresql": "desk.dump"}
_BYTES = ("raw", "raw_part", "file", "outbox_mime")
"""The tables that hold mails and attachments."""
_CHUNK = 1 << 20
_FRAME = frozenset({"alembic_version", "sqlite_sequence"})


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup must hold. ``counts``: rows by table; ``digests``: SHA-256 over all bytes of a table of mails or
    attachments; ``data``: name, size and SHA-256 of the archive's data."""

    format: int
    maildesk: str
    kind: str
    schema: str
    epoch: str
    taken_at: str
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    data: Mapping[str, Any]
    left_out: tuple[str, ...] = LEFT_OUT


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at in a backup."""

    check: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored store. ``kept``: where the old one lies now (SQLite). ``left``: SQL that the database's administrator
    has to run."""

    manifest: Manifest
    epoch: str
    kept: Path | None = None
    left: tuple[str, ...] = ()


# ---- making one


def make(store: Store, target: Path) -> Manifest:
    """Write a backup of the store to ``target``, which appears whole (mode 0600) or not at all.

    Raises StoreError: the disk, the rights, a ``pg_dump`` that is missing or older than the server.
    """
    with _files(target), translated(store.engine), _beside(target) as data:
        if store.is_sqlite:
            manifest = _dump_sqlite(Path(str(store.engine.url.database)), data)
        else:
            manifest = _dump_postgresql(store.engine, data)
        with copying.appearing(target) as temporary:
            _pack(temporary, manifest, data)
    return manifest


def _dump_sqlite(source: Path, data: Path) -> Manifest:
    copying.copy_snapshot(source, data)
    with contextlib.closing(sqlite3.connect(data, isolation_level=None)) as copy:
        for name in LEFT_OUT:
            copy.execute(f"DELETE FROM {name}").close()
        copy.execute("VACUUM").close()  # older tokens may still lie in free pages
    with _plain(data) as tx:
        return _describe(tx, "sqlite", data)


def _dump_postgresql(engine: Engine, data: Path) -> Manifest:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as tx, tx.begin():
        tx.execute(text("SET LOCAL row_security = off"))  # an error instead of fewer rows
        snapshot = str(tx.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        pgtools.dump(engine.url, pgtools.server_major(tx), data, snapshot, LEFT_OUT)
        return _describe(tx, "postgresql", data)


def _describe(tx: Connection, kind: str, data: Path) -> Manifest:
    return Manifest(
        FORMAT,
        __version__,
        kind,
        str(schema.version(tx)),
        schema.epoch(tx),
        datetime.now(UTC).isoformat(timespec="seconds"),
        counts(tx),
        digests(tx),
        {"name": _DATA[kind], "size": data.stat().st_size, "sha256": _sha256(data)},
    )


def counts(tx: Connection) -> dict[str, int]:
    """The number of rows of every table that a backup holds."""
    names = sorted(set(inspect(tx).get_table_names()) - _FRAME - set(LEFT_OUT))
    return {n: int(tx.execute(select(func.count()).select_from(any_table(n))).scalar_one()) for n in names}


def digests(tx: Connection) -> dict[str, str]:
    """A SHA-256 for each table of mails or attachments: over the keys and the digests of its rows, in their order."""
    found = {}
    for name in _BYTES:
        table = tables.metadata.tables[name]
        keys = list(table.primary_key)
        rows = tx.execution_options(yield_per=16).execute(select(*keys, table.c.data).order_by(*keys))
        whole = hashlib.sha256()
        for row in rows:
            whole.update(f"{row[:-1]} {hashlib.sha256(row[-1]).hexdigest()}\n".encode())
        found[name] = whole.hexdigest()
    return found


def _pack(target: Path, manifest: Manifest, data: Path) -> None:
    told = json.dumps(asdict(manifest), ensure_ascii=False, indent=2).encode() + b"\n"
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        about = tarfile.TarInfo(MANIFEST)
        about.size, about.mode = len(told), 0o600
        archive.addfile(about, io.BytesIO(told))
        about = tarfile.TarInfo(manifest.data["name"])
        about.size, about.mode = data.stat().st_size, 0o600
        with data.open("rb") as opened:
            archive.addfile(about, opened)


# ---- reading one


def read(path: Path) -> Manifest:
    """What a backup says that it holds. Raises StoreError for what is no backup, or one of a newer maildesk."""
    with _opened(path) as archive:
        return _manifest(path, archive)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    with _files(path):
        try:
            with tarfile.open(path, "r:") as archive:
                yield archive
        except (tarfile.TarError, EOFError) as error:
            raise StoreError("backup_not_one", file=path, reason=str(error)) from None


def _manifest(path: Path, archive: tarfile.TarFile) -> Manifest:
    try:
        told = json.load(_member(archive, MANIFEST))
        if told.get("format", 0) > FORMAT:
            raise StoreError("backup_newer", file=path)
        return Manifest(**told | {"left_out": tuple(told["left_out"])})
    except (KeyError, ValueError, TypeError, AttributeError):
        raise StoreError("backup_not_one", file=path, reason=MANIFEST) from None


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def unpack(path: Path, target: Path) -> Manifest:
    """Write a backup's data to ``target``. Raises StoreError when it is not what the manifest says: nothing of it may
    be used then."""
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        digest = hashlib.sha256()
        try:
            with _member(archive, str(manifest.data["name"])) as source, target.open("wb") as out:
                while block := source.read(_CHUNK):
                    digest.update(block)
                    out.write(block)
        except KeyError:
            raise StoreError("backup_damaged", file=path) from None
    if digest.hexdigest() != manifest.data["sha256"]:
        raise StoreError("backup_damaged", file=path)
    return manifest


def verify(path: Path, server: str = "") -> tuple[Manifest, tuple[Check, ...]]:
    """Restore a backup into a scratch database and compare it with its manifest.

    That of SQLite is a temporary file. On PostgreSQL it is made on the server of the store ``server`` and removed; a
    login that may make none gets a check that failed, for then nothing is proved. Raises StoreError for what is no
    backup.
    """
    manifest = read(path)
    with tempfile.TemporaryDirectory(prefix="maildesk-verify-") as folder, _files(path):
        data = Path(folder) / str(manifest.data["name"])
        try:
            unpack(path, data)
        except StoreError as error:
            if error.key != "backup_damaged":
                raise
            return manifest, (Check("data", False, str(error)),)
        found = [Check("data", True, str(manifest.data["sha256"]))]
        if manifest.kind == "sqlite":
            found += _verify_sqlite(data, manifest)
        else:
            found += _verify_postgresql(server, data, manifest)
    return manifest, tuple(found)


def _verify_sqlite(data: Path, manifest: Manifest) -> Iterator[Check]:
    with _plain(data) as tx:
        said = [str(row[0]) for row in tx.exec_driver_sql("PRAGMA integrity_check")]
        yield Check("integrity", said == ["ok"], "; ".join(said[:3]))
        orphans = tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        yield Check("references", not orphans, ", ".join(sorted({str(row[0]) for row in orphans})))
        yield from compare(tx, manifest)


def _verify_postgresql(server: str, data: Path, manifest: Manifest) -> Iterator[Check]:
    url = _postgresql_url(server)
    with pgtools.scratch(url) as scratch:
        if scratch is None:
            yield Check("scratch", False, "CREATE DATABASE")
            return
        yield Check("scratch", True, str(scratch.database))
        pgtools.restore(scratch, data)
        engine = create_engine(scratch)
        try:
            with translated(engine), engine.connect() as tx, tx.begin():
                yield from compare(tx, manifest)
        finally:
            engine.dispose()


def compare(tx: Connection, manifest: Manifest) -> Iterator[Check]:
    """What of the manifest a database holds."""
    is_there = str(schema.version(tx))
    yield Check("schema", is_there == manifest.schema, is_there)
    found = counts(tx)
    other = [n for n in manifest.counts.keys() | found.keys() if manifest.counts.get(n) != found.get(n)]
    yield Check("counts", not other, ", ".join(sorted(other)))
    hashes = digests(tx)
    other = [n for n, digest in manifest.digests.items() if hashes.get(n) != digest]
    yield Check("digests", not other, ", ".join(sorted(other)))


# ---- putting one back


def restore(path: Path, url: str, *, force: bool = False) -> Restored:
    """Make the store at ``url`` what the backup holds, with a new epoch and all sending held.

    A store that is not empty is refused without ``force``; with it a SQLite file is kept aside, and the tables of a
    PostgreSQL database are replaced, in one transaction. Raises StoreError.
    """
    manifest = read(path)
    kind = make_url(url).get_backend_name()
    if kind != manifest.kind:
        raise StoreError("restore_other_kind", file=path, kind=manifest.kind, wanted=kind)
    if kind == "sqlite":
        return _restore_sqlite(path, Path(str(make_url(url).database)), force=force)
    return _restore_postgresql(path, url, force=force)


def _restore_sqlite(path: Path, target: Path, *, force: bool) -> Restored:
    with _files(target):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists() and not force and not _is_empty_sqlite(target):
        raise StoreError("restore_not_empty", path=target)
    with _files(target), _beside(target) as data:
        manifest = unpack(path, data)
        store = open_store(f"sqlite:///{data}")
        try:
            with store.transaction() as tx:
                epoch = schema.hold(tx, "restored", taken_at=manifest.taken_at)
        finally:
            store.close()
        with contextlib.closing(sqlite3.connect(data)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE").close()
        copying.sync(data)
        kept = _put_aside(target) if target.exists() else None
        data.rename(target)
        copying.sync(target.parent)
    return Restored(manifest, epoch, kept)


def _is_empty_sqlite(target: Path) -> bool:
    if target.stat().st_size == 0:
        return True
    try:
        with _plain(target) as tx:
            return is_empty(tx)
    except StoreError:
        return False


def is_empty(tx: Connection) -> bool:
    """Whether a database holds no desk, or one with nobody and nothing in it."""
    if schema.version(tx) is None:
        return not set(inspect(tx).get_table_names()) - _FRAME
    there = (tables.agent, tables.mailbox, tables.conversation, tables.raw)
    return all(tx.execute(select(t.c.id).limit(1)).first() is None for t in there)


def _put_aside(target: Path) -> Path:
    """Rename the old store, alone and whole. Raises StoreError when somebody has it open."""
    kept = target.with_name(f"{target.name}.before-restore-{datetime.now(UTC):%Y%m%d%H%M%S}")
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=2.0)) as old:
            # leaves WAL mode, which SQLite does only for the one connection that there is
            old.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StoreError("restore_in_use", path=target) from None
    for ending in ("-wal", "-shm", "-journal"):  # of a store too damaged to be closed
        with contextlib.suppress(FileNotFoundError):
            target.with_name(target.name + ending).rename(kept.with_name(kept.name + ending))
    return target.rename(kept)


def _restore_postgresql(path: Path, url: str, *, force: bool) -> Restored:
    address = _postgresql_url(url)
    engine = create_engine(address)
    try:
        with translated(engine), engine.connect() as tx:
            if not force and not is_empty(tx):
                raise StoreError("restore_not_empty", path=address.database)
    finally:
        engine.dispose()
    with tempfile.TemporaryDirectory(prefix="maildesk-restore-") as folder:
        data = Path(folder) / _DATA["postgresql"]
        manifest = unpack(path, data)
        pgtools.restore(address, data, replace=True, then=_HOLD)
    store = open_store(url)
    try:
        with store.transaction() as tx:
            epoch = schema.epoch(tx)
            left = pgtools.grant_again(tx)
    finally:
        store.close()
    return Restored(manifest, epoch, left=left)


_HOLD = (
    "UPDATE desk SET epoch = gen_random_uuid()::text, held_at = extract(epoch FROM clock_timestamp()), "
    "held_reason = 'restored';\n"
    "INSERT INTO event (at, actor, what, detail) "
    "VALUES (extract(epoch FROM clock_timestamp()), 'store', 'sending-held', '{\"reason\": \"restored\"}');\n"
)
"""What :func:`maildesk.store.schema.hold` does, in the transaction that restores: nobody sees the store without it."""


# ---- files


def _postgresql_url(url: str) -> Any:
    found = make_url(url) if url else None
    if found is None or found.get_backend_name() != "postgresql":
        raise StoreError("verify_needs_server")
    return found.set(drivername="postgresql+psycopg")


@contextlib.contextmanager
def _plain(path: Path) -> Iterator[Connection]:
    """A SQLite database that nobody else uses."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with translated(engine), engine.connect() as tx:
            yield tx
    finally:
        engine.dispose()


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary file in the folder of ``target``, gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    open(handle, "wb").close()
    temporary = Path(name)
    try:
        yield temporary
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            temporary.with_name(temporary.name + ending).unlink(missing_ok=True)


@contextlib.contextmanager
def _files(path: Path) -> Iterator[None]:
    """Tell what the operating system refuses as an error of the store."""
    try:
        yield
    except OSError as error:
        raise StoreError("backup_file", file=path, reason=error.strerror or type(error).__name__) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
