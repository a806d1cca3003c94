"""A Dovecot with generated mail, and the two that fetch it: mbsync and maildesk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Skip
from bench.mailgen import Generator
from bench.screens import environment, resident
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.secret import SecretRef
from maildesk.store import mailboxes
from maildesk.store.engine import open_store
from tests.support import desk as small
from tests.support import dovecot as servers
from tests.support.dovecot import Dovecot

USER, PASSWORD = "bench", "bench-password"
MBSYNC = """
FSync {fsync}

IMAPAccount bench
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bench

MaildirStore near
Path {top}/
Inbox {top}/INBOX
SubFolders Verbatim

Channel bench
Far :far:
Near :near:
Patterns INBOX Sent
Create Near
Sync Pull
SyncState *
"""


@contextmanager
def dovecot(count: int) -> Iterator[Dovecot]:
    """A Dovecot whose INBOX has ``count`` mails, indexed. Raises Skip."""
    if servers.find() is None:
        raise Skip("Dovecot 2.3 is not here: apt-get install dovecot-imapd dovecot-lmtpd")
    with servers.server({USER: PASSWORD}) as server:
        _fill(server, count)
        yield server


def _fill(server: Dovecot, count: int) -> None:
    """Mails that have long been there: in ``cur``, their sizes in their names, so that Dovecot neither moves nor opens
    them before somebody reads them."""
    maildir = server.top / "mail" / USER / "Maildir"
    owner = (server.top / "mail").stat()
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    for number, mail in enumerate(Generator().mails(count)):
        wire = len(mail) + mail.count(b"\n")
        name = f"{1_700_000_000 + number}.M{number:07}P1.bench,S={len(mail)},W={wire}:2,S"
        (maildir / "cur" / name).write_bytes(mail)
    for path in (maildir.parent, *maildir.parent.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds on the clock and of the processor, and the most memory of all its processes
    together at any moment, in MB."""

    wall: float
    cpu: float
    memory: float


def cost(command: Sequence[str], env: dict[str, str]) -> Cost:
    """Run a command to its end. Raises Skip when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    most = 0.0
    ended = threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.02):
            most = max(most, sum(resident(pid) for pid in _family(process.pid)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert process.stderr is not None
    try:
        words = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        ended.set()
        process.stderr.close()
    wall = time.perf_counter() - started
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Skip(f"{command[0]} failed: {words.decode(errors='replace').strip()[-300:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(most, usage.ru_maxrss / 1024))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
    return found


class Mbsync:
    """mbsync with its default settings, its mail in a folder of its own. ``fsync=False`` is faster and not durable.
    Raises Skip."""

    def __init__(self, top: Path, port: int, *, fsync: bool = True) -> None:
        binary = shutil.which("mbsync")
        if binary is None:
            raise Skip("mbsync is not here: apt-get install isync")
        self._binary = binary
        self._top = top
        self._fsync = "yes" if fsync else "no"
        self.maildir = top / "mail"
        self.maildir.mkdir(parents=True)
        self.point_to(port)

    def point_to(self, port: int) -> None:
        """Another port for the same server."""
        text = MBSYNC.format(port=port, user=USER, password=PASSWORD, top=self.maildir, fsync=self._fsync)
        (self._top / "mbsyncrc").write_text(text)

    def sync(self) -> Cost:
        """Bring it up to date."""
        return cost(
            [self._binary, "-q", "-c", str(self._top / "mbsyncrc"), "bench"], environment_of(self._top)
        )

    def count(self) -> int:
        """Mails in its INBOX."""
        return sum(1 for name in ("cur", "new") for _ in (self.maildir / "INBOX" / name).iterdir())


class Maildesk:
    """``maildesk sync --once`` on a new SQLite store, or on ``url``."""

    def __init__(self, top: Path, port: int, url: str = "") -> None:
        top.mkdir(parents=True, exist_ok=True)
        self._top = top
        self.url = url or f"sqlite:///{top / 'desk.db'}"
        store = open_store(self.url, create=True)
        small.fill(store)
        store.close()
        self.point_to(port)

    def point_to(self, port: int) -> None:
        """Another port for the same server."""
        imap = Endpoint("127.0.0.1", port, "loopback", USER)
        box = Mailbox(0, small.RAKUTEN.name, "楽天", "support@desk.example", imap=imap)
        store = open_store(self.url)
        with store.transaction() as tx:
            mailboxes.put(tx, box, {"imap": SecretRef("env", "BENCH_PASSWORD")})
        store.close()

    def sync(self) -> Cost:
        """Bring it up to date."""
        more = {"MAILDESK_STORE": self.url, "MAILDESK_AGENT": "sato", "BENCH_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "maildesk", "sync", "--once", "--only", "in"]
        return cost(command, environment_of(self._top) | more)

    def count(self) -> int:
        """Messages in the store."""
        from sqlalchemy import text

        store = open_store(self.url)
        try:
            with store.reading() as tx:
                return int(tx.execute(text("SELECT count(*) FROM message")).scalar_one())
        finally:
            store.close()


def environment_of(home: Path) -> dict[str, str]:
    """The environment of a command that is run without a terminal."""
    more = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONPATH": os.getcwd()}
    return environment(home) | more
