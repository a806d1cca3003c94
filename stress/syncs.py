"""C: a mailbox is brought in while the line drops, the worker is killed at any statement and others change the folder.

Afterwards every mail that stayed on the server is in the store, once. ``naive`` moves the cursor before the mail is in,
as many a program does: it loses mail.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event

from maildesk.demo.imapd import Faults, ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.errors import MailServerError
from maildesk.mail.parse import parse
from maildesk.store import folders
from maildesk.store.engine import Store
from maildesk.sync import folder as sync_folder
from maildesk.sync.folder import look, reconcile
from maildesk.sync.imap import ImapSession
from stress.figures import Line
from tests.store import stores
from tests.store.stores import mail, rows

USER, PASSWORD = "info@shop.example", "word"
TRACE = b"Received: from elsewhere.example; Fri, 1 Aug 2025 10:00:00 +0900\r\n"


class Killed(BaseException):
    """The worker is killed here."""


@contextlib.contextmanager
def killed_at(store: Store, statement: int) -> Iterator[None]:
    """Kill whoever works with ``store`` at its n-th statement from now on, COMMIT included."""
    left = statement

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    for name in ("before_cursor_execute", "commit"):
        event.listen(store.engine, name, count)
    try:
        yield
    except Killed:
        pass
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(store.engine, name, count)


class Day:
    """A folder on a bad day."""

    def __init__(self, store: Store, box: Mailbox, server: ImapServer, seed: int) -> None:
        self.store, self.box, self.server = store, box, server
        self.rng = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.number = 0
        self.expected: set[str] = set()
        """What was on the server at the end of a look that nothing disturbed."""

    def deliver(self, count: int) -> None:
        """New mail."""
        for _ in range(count):
            self.number += 1
            self.server.deliver(USER, mail(self.number))

    def session(self) -> ImapSession:
        """Log in."""
        return ImapSession.open(Endpoint("127.0.0.1", self.server.port, "loopback", USER), PASSWORD, 20.0)

    def disturbed(self) -> None:
        """One look, and something that goes wrong in it."""
        there = self.server.mails(USER)
        fault = self.rng.choice(
            (
                "drop",
                "drop",
                "kill",
                "kill",
                "kill",
                "expunge",
                "move",
                "again",
                "renumber",
                "withheld",
                "stub",
                "split",
            )
        )
        self.faults[fault] += 1
        faults, statement = Faults(), 1_000_000
        match fault:
            case "drop":
                faults = Faults(drop_after=self.rng.randint(0, 14))
            case "kill":
                statement = self.rng.randint(0, 60)
            case "expunge" if there:
                self.server.remove(USER, [self.rng.choice(there).uid])
            case "move" if there:
                moved = self.rng.choice(there)
                self.server.remove(USER, [moved.uid])
                self.server.deliver(USER, moved.raw)
            case "again" if there:
                self.server.deliver(USER, TRACE + self.rng.choice(there).raw)
            case "renumber":
                self.server.reset_uidvalidity(USER)
            case "withheld" if there:
                faults = Faults(withheld=frozenset({self.rng.choice(there).uid}))
            case "stub" if there:
                faults = Faults(stubs=frozenset({self.rng.choice(there).uid}))
            case _:
                faults = Faults(split=7, drop_after=self.rng.randint(3, 14))
        self.server.faults = faults
        try:
            with killed_at(self.store, statement), self.session() as session:
                look(self.store, session, self.box, "INBOX", "inbox")
        except MailServerError:
            pass
        finally:
            self.server.faults = Faults()

    def quiet(self) -> list[int]:
        """One look that nothing disturbs. What the ledger misses after it."""
        stores.execute(self.store, "UPDATE location SET retry_at = NULL WHERE retry_at IS NOT NULL")
        stores.execute(self.store, "UPDATE wire SET retry_at = NULL")
        with self.session() as session:
            look(self.store, session, self.box, "INBOX", "inbox")
            missing = reconcile(self.store, session, self.box, "INBOX")["missing"]
        self.expected |= {parse(m.raw).message_id or "" for m in self.server.mails(USER)}
        assert isinstance(missing, list)
        return missing


def run(kind: str, folder: Path, *, mails: int, faults: int, seed: int, naive: bool = False) -> Line:
    """So many mails and faults, on a fresh store of ``kind``."""
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(stores.opened(kind, folder))
        server = stack.enter_context(ImapServer({USER: PASSWORD}))
        stack.enter_context(mock.patch.object(sync_folder, "BATCH", 7))
        if naive:
            stack.enter_context(mock.patch.object(sync_folder._Look, "_store", cursor_first))
        day = Day(store, stores.add_mailbox(store), server, seed)
        began = time.monotonic()
        missing = 0
        for n in range(faults):
            day.deliver(mails * (n + 1) // faults - day.number)
            day.disturbed()
            if n % 25 == 24:
                missing += len(day.quiet())
                keep = server.mails(USER)[
                    -200:
                ]  # the shop tidies up: the folder stays small, the ledger does not
                first = keep[0].uid if keep else 0
                server.remove(USER, [m.uid for m in server.mails(USER) if m.uid < first])
        for _ in range(2):
            missing += len(day.quiet())
        found = Counter(row[0] for row in rows(store, "SELECT message_id FROM message"))
        lost = len(day.expected - set(found))
        doubled = sum(n > 1 for n in found.values())
        pending = rows(store, "SELECT count(*) FROM location WHERE result = 'pending' AND gone_at IS NULL")[
            0
        ][0]
    figures = {
        "mails": day.number,
        "faults": day.faults.total(),
        "lost": lost,
        "doubled": doubled,
        "missing in the ledger": missing,
        "left unread": pending,
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }
    return Line(
        "sync" + (", cursor before the mail" if naive else ""),
        kind,
        ", ".join(f"{name} {value}" for name, value in figures.items()),
        holds=not (lost or doubled or missing or pending),
        must_hold=not naive,
    )


_store = sync_folder._Look._store


def cursor_first(self: Any, batch: Sequence[Any], upto: int) -> Any:
    """The mistake: how far it was read is saved before what was read."""
    uidvalidity, last = self._uidvalidity, max(mail.uid for mail in batch)
    self.store.run(lambda tx: folders.advance(tx, self.cursor.folder_id, uidvalidity, last))
    return _store(self, batch, upto)
