"""``pg_dump`` and its relatives: found, asked for their version, and run with what a store's URL says.

Passwords are handed over in the environment, never as arguments, which everybody on the machine may read. Row level
security stays off, as is their default: a login that may not see every row gets an error, not a part of the rows.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, create_engine, exc, inspect, text
from sqlalchemy.engine import URL

from maildesk.errors import StoreError, StoreRefused
from maildesk.store import grants
from maildesk.store.engine import translated

LOCK_WAIT = "30s"
_DEBIAN = Path("/usr/lib/postgresql")


def server_major(tx: Connection) -> int:
    """The major version of the server."""
    return int(tx.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def _tool(name: str, major: int) -> str:
    """The program of that name for a server of a version, the nearest that is not older. Raises StoreError."""
    places = [shutil.which(name), *(str(path) for path in _DEBIAN.glob(f"*/bin/{name}"))]
    found: list[tuple[int, str]] = []
    for place in dict.fromkeys(p for p in places if p):
        told = subprocess.run([place, "--version"], capture_output=True, text=True, check=False)
        if version := re.search(r"\s(\d+)(?:\.|devel|beta|rc|\s|$)", told.stdout):
            found.append((int(version[1]), place))
    if usable := [one for one in found if one[0] >= major]:
        return min(usable)[1]
    if found:
        raise StoreError("pg_tool_old", tool=name, found=max(found)[0], needs=major)
    raise StoreError("pg_tool_missing", tool=name, needs=major)


def _address(url: URL) -> str:
    """The connection string for libpq, without the password."""
    from psycopg.conninfo import make_conninfo

    parts = url.translate_connect_args(username="user", database="dbname")
    parts.pop("password", None)
    return make_conninfo(**{**parts, **{k: v for k, v in url.query.items() if isinstance(v, str)}})


def _environ(url: URL) -> dict[str, str]:
    return dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})


def dump(url: URL, major: int, target: Path, snapshot: str, without: Sequence[str]) -> None:
    """Dump what an exported snapshot shows into ``target``, without the rows of some tables. Raises StoreError."""
    command = [
        _tool("pg_dump", major),
        "--format=custom",
        "--no-owner",
        "--no-acl",
        "--no-password",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_WAIT}",
        *(f"--exclude-table-data=*.{name}" for name in without),
        f"--dbname={_address(url)}",
        f"--file={target}",
    ]
    done = subprocess.run(
        command, env=_environ(url), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _failure("backup_failed", done.stderr)


def _failure(key: str, stderr: str) -> StoreError:
    reason = next((line for line in stderr.splitlines() if "error" in line.lower()), stderr.strip()[:300])
    if "permission denied" in stderr or "row-level security" in stderr:
        return StoreRefused("backup_partial", reason=reason)
    return StoreError(key, reason=reason)


def restore(url: URL, data: Path, *, replace: bool = False, then: str = "") -> None:
    """Put a dump into a database, and run ``then`` after it, all in one transaction: it is all there or as before.
    ``replace`` removes the tables and functions that are there. Raises StoreError."""
    engine = create_engine(url)
    try:
        with translated(engine), engine.connect() as tx:
            major = server_major(tx)
            begin = _removal(tx) if replace else ""
            place = tx.dialect.identifier_preparer.quote_identifier(
                str(tx.execute(text("SELECT coalesce(current_schema(), 'public')")).scalar_one())
            )
    finally:
        engine.dispose()
    reader = [_tool("pg_restore", major), "--no-owner", "--no-acl", "--file=-", str(data)]
    writer = [
        _tool("psql", major),
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={_address(url)}",
    ]
    with tempfile.TemporaryFile() as said:
        with (
            subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL) as source,
            subprocess.Popen(
                writer, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=_environ(url)
            ) as target,
        ):
            assert source.stdout is not None
            assert target.stdin is not None
            whole = _pour(begin, source.stdout, target.stdin)
            if whole and source.wait() == 0 and target.poll() is None:
                with contextlib.suppress(BrokenPipeError):
                    target.stdin.write(f"SET search_path = {place};\n{then}".encode())
                    target.stdin.flush()
            else:
                target.kill()  # before its input ends, which would commit
                source.kill()
            with contextlib.suppress(BrokenPipeError):
                target.stdin.close()
        if target.returncode or source.returncode:
            said.seek(0)
            raise _failure("restore_failed", said.read(100_000).decode("utf-8", "replace"))


def _pour(begin: str, source: IO[bytes], target: IO[bytes]) -> bool:
    try:
        target.write(f"SET lock_timeout = '{LOCK_WAIT}';\n{begin}".encode())
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
    except BrokenPipeError:
        return False
    return True


def _removal(tx: Connection) -> str:
    quote = tx.dialect.identifier_preparer.quote_identifier
    place = str(tx.execute(text("SELECT current_schema()")).scalar_one())
    gone = [f"DROP TABLE {quote(place)}.{quote(n)} CASCADE;\n" for n in inspect(tx).get_table_names()]
    functions = tx.execute(
        text(
            "SELECT oid::regprocedure::text FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace "
            "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
    ).scalars()
    return "".join([*gone, *(f"DROP FUNCTION {f} CASCADE;\n" for f in functions)])


@contextlib.contextmanager
def scratch(url: URL) -> Iterator[URL | None]:
    """An empty database of its own on the server of ``url``, gone afterwards. None: this login may not make one.
    Raises StoreError."""
    name = f"maildesk_verify_{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with translated(engine), engine.connect() as tx:
            try:
                tx.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
            except exc.ProgrammingError as error:
                if getattr(error.orig, "sqlstate", "") != "42501":
                    raise
                yield None
                return
        try:
            yield url.set(database=name)
        finally:
            with engine.connect() as tx:
                tx.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        engine.dispose()


def grant_again(tx: Connection) -> tuple[str, ...]:
    """Give the groups their rights on restored tables. Returns what could not be done, as SQL."""
    return grants.apply(tx, ())
