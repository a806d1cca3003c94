"""Sync as a machine: whatever happens at the server, on the line and to the worker, every mail is in once."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from maildesk.demo.imapd import Faults, ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.errors import MailServerError
from maildesk.mail.parse import parse
from maildesk.mail.values import ParsedMail
from maildesk.store.engine import Store
from maildesk.sync.folder import look, reconcile
from maildesk.sync.imap import ImapSession
from tests.store import stores
from tests.store.stores import mail, rows
from tests.support.mailhost import PASSWORD

if TYPE_CHECKING:
    from sqlalchemy import Connection

USER = "info@shop.example"


class Killed(BaseException):
    """The worker is killed here: nothing after it runs, no handler counts on it."""


class HereReader:
    """The child, in this process: as far as sync can see the same, without the time to start it."""

    def __init__(self) -> None:
        self._mails: Sequence[bytes] = ()

    def send(self, mails: Sequence[bytes]) -> None:
        """Take a batch."""
        self._mails = mails

    def receive(self) -> list[ParsedMail]:
        """Give it back, read."""
        return [parse(raw) for raw in self._mails]

    def close(self) -> None:
        """Nothing to end."""


class SyncMachine(RuleBasedStateMachine):
    """Deliver, remove, flag, renumber, drop the line, kill, and sync in between."""

    kind = "sqlite"
    capabilities = ""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.numbers = itertools.count(1)
        self.delivered: set[str] = set()
        """Everything that was ever seen by a finished sync, or is on the server."""
        self.stored: set[str] = set()

    @initialize(batch=st.integers(1, 4), qresync=st.booleans())
    def start(self, batch: int, qresync: bool) -> None:
        """A server, a store, and batches small enough that a few mails are several."""
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.store: Store = self.stack.enter_context(stores.opened(self.kind, folder))
        self.server = self.stack.enter_context(ImapServer({USER: PASSWORD}))
        if not qresync:
            words = self.server.capabilities.split()
            self.server.capabilities = " ".join(
                w for w in words if w not in ("QRESYNC", "CONDSTORE", "ENABLE")
            )
        self.box = stores.add_mailbox(self.store)
        self.stack.enter_context(mock.patch("maildesk.sync.folder.BATCH", batch))
        self.stack.enter_context(mock.patch("maildesk.sync.ingest.lend", HereReader))
        self.stack.enter_context(mock.patch("maildesk.sync.ingest.give_back", HereReader.close))

    def teardown(self) -> None:
        """Close everything."""
        self.stack.close()

    def on_server(self) -> set[str]:
        """The Message-IDs in INBOX."""
        return {parse(m.raw).message_id or "" for m in self.server.mails(USER)}

    @rule(count=st.integers(1, 6))
    def deliver(self, count: int) -> None:
        """New mail comes in."""
        for _ in range(count):
            self.server.deliver(USER, mail(next(self.numbers)))

    @rule(which=st.integers(0, 1000))
    def deliver_again(self, which: int) -> None:
        """A second copy of a mail, with other trace fields."""
        if there := self.server.mails(USER):
            raw = there[which % len(there)].raw
            self.server.deliver(
                USER, b"Received: from elsewhere.example; Fri, 1 Aug 2025 10:00:00 +0900\r\n" + raw
            )

    @rule(which=st.integers(0, 1000))
    def remove(self, which: int) -> None:
        """Somebody deletes a mail, before or after we saw it."""
        if there := self.server.mails(USER):
            self.server.remove(USER, [there[which % len(there)].uid])

    @rule(which=st.integers(0, 1000), flag=st.sampled_from(["\\Seen", "\\Deleted", "\\Flagged"]))
    def flag(self, which: int, flag: str) -> None:
        """Somebody marks a mail."""
        if there := self.server.mails(USER):
            self.server.set_flags(USER, there[which % len(there)].uid, [flag])

    @rule()
    def renumber(self) -> None:
        """The server restores a backup."""
        self.server.reset_uidvalidity(USER)

    @rule()
    def sync(self) -> None:
        """One look, undisturbed: what is on the server is in the store."""
        flags = {m.uid: m.flags for m in self.server.mails(USER)}
        with ImapSession.open(self.endpoint, PASSWORD, 5.0) as session:
            report = look(self.store, session, self.box, "INBOX", "inbox")
            assert report.error is None
            assert report.quarantined == 0
            assert reconcile(self.store, session, self.box, "INBOX")["missing"] == []
        assert {m.uid: m.flags for m in self.server.mails(USER)} == flags
        self.stored |= self.on_server()

    @rule(commands=st.integers(0, 12))
    def sync_on_a_line_that_drops(self, commands: int) -> None:
        """The connection is cut instead of the answer to some command."""
        self.server.faults = Faults(drop_after=commands)
        try:
            with ImapSession.open(self.endpoint, PASSWORD, 5.0) as session:
                look(self.store, session, self.box, "INBOX", "inbox")
        except MailServerError:
            pass
        finally:
            self.server.faults = Faults()

    @rule(transactions=st.integers(0, 8))
    def sync_killed(self, transactions: int) -> None:
        """The worker is killed before its n-th transaction."""
        left = itertools.count(transactions, -1)
        real = Store.run

        def run(store: Store, act: Callable[[Connection], object]) -> object:
            if next(left) <= 0:
                raise Killed
            return real(store, act)

        with mock.patch.object(Store, "run", run):
            try:
                with ImapSession.open(self.endpoint, PASSWORD, 5.0) as session:
                    look(self.store, session, self.box, "INBOX", "inbox")
            except Killed:
                pass

    @property
    def endpoint(self) -> Endpoint:
        """How to reach the server."""
        return Endpoint("127.0.0.1", self.server.port, "loopback", USER)

    @invariant()
    def nothing_is_doubled_or_lost(self) -> None:
        """At any moment: no mail twice, and what was in stays in."""
        if not hasattr(self, "store"):
            return
        found = [row[0] for row in rows(self.store, "SELECT message_id FROM message")]
        assert len(found) == len(set(found))
        assert self.stored <= set(found)
        ((doubled,),) = rows(
            self.store,
            "SELECT COUNT(*) FROM (SELECT folder_id, uidvalidity, uid FROM location"
            " GROUP BY folder_id, uidvalidity, uid HAVING COUNT(*) > 1) AS twice",
        )
        assert doubled == 0


class SyncMachineOnPostgresql(SyncMachine):
    """The same on the other database."""

    kind = "postgresql"


_SETTINGS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestSync = pytest.mark.slow(SyncMachine.TestCase)
TestSync.settings = _SETTINGS
TestSyncOnPostgresql = pytest.mark.slow(SyncMachineOnPostgresql.TestCase)
TestSyncOnPostgresql.settings = settings(_SETTINGS, max_examples=8)
