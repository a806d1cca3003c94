"""The worker: mail in and out by itself, with one worker per mailbox, whatever happens to connections and processes."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.outbox import OutboxState
from maildesk.domain.secret import SecretRef
from maildesk.errors import ConfigError, LoginRefused, NotFound
from maildesk.store import folders, health, outbox, seats
from maildesk.store.engine import Store
from maildesk.sync import ingest
from maildesk.sync.folder import FolderReport
from maildesk.sync.folder import look as look_at_folder
from maildesk.sync.wires import Wires
from maildesk.sync.worker import LOGIN_REFUSED_WAIT, Worker, _Sending
from tests.store import stores
from tests.store.stores import mail, rows, state_of
from tests.support.mailhost import PASSWORD, Mailhost
from tests.support.smtp import SmtpServer
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def filed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is looked for without giving the server its ten seconds to file it."""
    monkeypatch.setattr("maildesk.store.outbox.filing.SENT_SETTLES", timedelta(0))


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """The outgoing server."""
    with SmtpServer() as running:
        yield running


def password(_ref: SecretRef, _account: str) -> str:
    """Where the tests' passwords are."""
    return PASSWORD


def count(store: Store) -> int:
    """How many mails are in."""
    return int(rows(store, "SELECT COUNT(*) FROM message WHERE kind = 'in'")[0][0])


@contextlib.contextmanager
def running(store: Store, **values: Any) -> Iterator[Worker]:
    """A worker at work."""
    worker = Worker(store, password, **values)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def health_of(store: Store) -> dict[str, tuple[Health, str]]:
    """The folders' health, by name."""
    with store.reading() as tx:
        return {h.folder: (h.health, h.error) for h in folders.health(tx)}


# ---- one pass


@pytest.mark.parametrize("refused", [True, False])
def test_a_refused_login_is_not_repeated_every_minute(store: Store, refused: bool) -> None:
    """Providers lock accounts for that. A server that is only away is asked again soon."""
    with SmtpServer({"shop": "right"}) as locked:
        endpoint = locked.endpoint("shop")
        box = stores.add_mailbox(store, smtp=endpoint if refused else replace(endpoint, port=9))
        (found,) = ingest.import_mails(store, box, [("x", mail(1))])
        assert found.conversation is not None
        stores.queue_reply(store, box, stores.add_agent(store), found.conversation)
        wires = Wires(store, box, lambda _ref, _account: "wrong")
        sending = _Sending(store, wires, Worker(store, password).sender(wires))
        sending._pass()
        sending._bell.close()
    wait = sending._not_before - time.monotonic()
    assert (wait > LOGIN_REFUSED_WAIT - 10) if refused else (50 < wait < 61)


def test_one_pass_brings_in_sends_and_files(store: Store, anyhost: Mailhost, smtp: SmtpServer) -> None:
    """`maildesk sync --once`: a report per folder and per outbox item, as cli.md has it."""
    box = stores.add_mailbox(store, imap=anyhost.endpoint, smtp=smtp.endpoint())
    who = stores.add_agent(store)
    anyhost.deliver(mail(1))
    worker = Worker(store, password)
    first = [report.json() for report in worker.run_once("in")]
    assert [(r["mailbox"], r["folder"], r["new"]) for r in first] == [
        (box.name, "INBOX", 1),
        (box.name, "Sent", 0),
    ]
    assert set(first[0]) == {
        "mailbox",
        "folder",
        "new",
        "duplicate",
        "filtered",
        "quarantined",
        "gone",
        "seconds",
    }
    ((number,),) = rows(store, "SELECT id FROM conversation")
    queued = stores.queue_reply(store, box, who, number)
    assert [r.json() for r in worker.run_once("out")] == [{"outbox": queued.outbox_id, "result": "sent"}]
    assert smtp.count(queued.message_id) == 1
    stores.execute(store, "UPDATE outbox SET filing_after = 1")  # the server had its time to file it itself
    again = [r.json() for r in worker.run_once()]
    assert [(r["folder"], r["new"], r["duplicate"]) for r in again] == [("INBOX", 0, 0), ("Sent", 0, 1)]
    assert rows(store, "SELECT holder FROM seat") == [(None,)]
    (inbox, sent) = worker.reconcile()
    assert (inbox["missing"], sent["missing"]) == ([], [])


def test_one_mailbox_by_its_name(store: Store, embedded_host: Mailhost) -> None:
    """Only that one; an unknown name is told, with the names there are."""
    stores.add_mailbox(store, imap=embedded_host.endpoint)
    stores.add_mailbox(store, imap=embedded_host.endpoint, name="二号店", address="second@shop.example")
    worker = Worker(store, password)
    reports = worker.run_once("in", "二号店")
    assert {r.mailbox for r in reports if isinstance(r, FolderReport)} == {"二号店"}
    with pytest.raises(NotFound) as raised:
        worker.run_once(None, "三号店")
    assert "二号店" in raised.value.hint


def test_a_wrong_password_is_told_to_people(store: Store, anyhost: Mailhost, smtp: SmtpServer) -> None:
    """In the report and in the health of the folders, with the remedy."""
    stores.add_mailbox(store, imap=anyhost.endpoint, smtp=smtp.endpoint())
    (report,) = Worker(store, lambda _ref, _account: "wrong").run_once("in")
    assert isinstance(report, FolderReport)
    assert isinstance(report.error, LoginRefused)
    health, words = health_of(store)["INBOX"]
    assert health is Health.FAILED
    assert report.error.hint in words
    assert Worker(store, password).run_once("in")
    assert health_of(store)["INBOX"] == (Health.EMPTY, "")


def test_a_password_that_is_nowhere(store: Store, embedded_host: Mailhost) -> None:
    """A missing secret is a sentence, not a traceback."""

    def nowhere(_ref: SecretRef, account: str) -> str:
        raise ConfigError("secret_missing", account=account)

    stores.add_mailbox(store, imap=embedded_host.endpoint)
    Worker(store, nowhere).run_once()
    health, words = health_of(store)["INBOX"]
    assert health is Health.FAILED
    assert embedded_host.user in words


# ---- for as long as it is wanted


def test_mail_comes_in_while_it_waits(store: Store, anyhost: Mailhost) -> None:
    """By IDLE: at once, long before the next poll."""
    stores.add_mailbox(store, imap=anyhost.endpoint)
    with running(store):
        until(lambda: "INBOX" in health_of(store) and "Sent" in health_of(store), "no first look")
        anyhost.deliver(mail(1))
        until(lambda: count(store) == 1, "IDLE did not wake it")
        anyhost.deliver(mail(2))
        until(lambda: count(store) == 2, "the second did not come")


def test_f5_looks_at_every_folder_at_once(store: Store, embedded_host: Mailhost) -> None:
    """Sent is looked at by the poll only, or when somebody asks."""
    box = stores.add_mailbox(store, imap=embedded_host.endpoint)
    with running(store, poll_seconds=3600.0):
        until(lambda: "Sent" in health_of(store), "no first look")
        with embedded_host.open() as session:
            session.append("Sent", mail(5, sender=box.address, to="customer@mail.example"))
        with store.transaction() as tx:
            seats.want(tx)
        until(lambda: rows(store, "SELECT COUNT(*) FROM message") == [(1,)], "nobody looked")


def test_the_poll_finds_what_idle_does_not_tell(store: Store, embedded_host: Mailhost) -> None:
    """A server without IDLE, or one that is silent."""
    from maildesk.demo.imapd import ImapServer

    assert isinstance(embedded_host.server, ImapServer)
    stores.add_mailbox(store, imap=embedded_host.endpoint)
    with running(store, poll_seconds=0.3), embedded_host.open() as session:
        until(lambda: "Sent" in health_of(store), "no first look")
        session.append("Sent", mail(5, sender=stores.SHOP, to="customer@mail.example"))
        until(lambda: rows(store, "SELECT COUNT(*) FROM message") == [(1,)], "the poll did not look at Sent")


def test_a_reply_leaves_as_soon_as_it_is_queued(store: Store, anyhost: Mailhost, smtp: SmtpServer) -> None:
    """Woken by the store's hint; the copy is filed, and known again when it comes back."""
    box = stores.add_mailbox(store, imap=anyhost.endpoint, smtp=smtp.endpoint())
    who = stores.add_agent(store)
    anyhost.deliver(mail(1))
    with running(store):
        until(lambda: count(store) == 1, "no mail")
        ((number,),) = rows(store, "SELECT id FROM conversation")
        queued = stores.queue_reply(store, box, who, number)
        until(lambda: state_of(store, queued.outbox_id) is OutboxState.SENT, "not sent")
        until(
            lambda: rows(store, "SELECT COUNT(*) FROM outbox WHERE filed_at IS NOT NULL") == [(1,)],
            "not filed",
        )
    assert smtp.count(queued.message_id) == 1


def test_the_worker_looks_for_what_is_uncertain(
    store: Store, embedded_host: Mailhost, smtp: SmtpServer
) -> None:
    """Nobody wakes it when the time of the look has come: the copy in Sent makes it sent."""
    box = stores.add_mailbox(store, imap=embedded_host.endpoint, smtp=smtp.endpoint(), folders=("Junk",))
    (found,) = ingest.import_mails(store, box, [("x", mail(1))])
    assert found.conversation is not None
    queued = stores.queue_reply(store, box, stores.add_agent(store), found.conversation)
    smtp.fault("dot", accept=True, drop=True)
    worker = Worker(store, password)
    assert [r.json()["result"] for r in worker.run_once("out")] == ["uncertain"]
    with embedded_host.open() as session:
        session.append("Sent", smtp.mails[0].raw)
    worker.run_once("out")
    assert state_of(store, queued.outbox_id) is OutboxState.UNCERTAIN
    stores.execute(store, "UPDATE outbox SET evidence_after = 0")
    wires = Wires(store, box, password)
    sending = _Sending(store, wires, worker.sender(wires))
    sending.start()
    try:
        until(lambda: state_of(store, queued.outbox_id) is OutboxState.SENT, "not looked for")
    finally:
        sending.end()
        sending.join()
    assert smtp.count(queued.message_id) == 1


def test_a_held_reply_leaves_when_its_time_has_come(
    store: Store, embedded_host: Mailhost, smtp: SmtpServer
) -> None:
    """Undo-send: nobody wakes the worker when the time is over."""
    box = stores.add_mailbox(store, imap=embedded_host.endpoint, smtp=smtp.endpoint())
    who = stores.add_agent(store)
    (found,) = ingest.import_mails(store, box, [("x", mail(1))])
    with running(store):
        until(lambda: "Sent" in health_of(store), "no first look")
        assert found.conversation is not None
        queued = stores.queue_reply(store, box, who, found.conversation, hold=1.0)
        until(lambda: state_of(store, queued.outbox_id) is OutboxState.SENT, "not sent")


def test_it_connects_again(store: Store, embedded_host: Mailhost) -> None:
    """The line is cut while it waits: mail that comes then is in soon after."""
    from maildesk.demo.imapd import ImapServer

    assert isinstance(embedded_host.server, ImapServer)
    stores.add_mailbox(store, imap=embedded_host.endpoint)
    with running(store):
        until(lambda: "Sent" in health_of(store), "no first look")
        embedded_host.server.cut()
        embedded_host.deliver(mail(1))
        until(lambda: count(store) == 1, "it did not connect again")
    assert health_of(store)["INBOX"][0] is Health.OK


def standing(store: Store) -> tuple[Health, str, str]:
    """How the only mailbox stands, as the health view has it: state, error, hint."""
    with store.reading() as tx:
        (box,) = health.read(tx).mailboxes
    return box.state, box.error, box.hint


def test_a_defect_in_receiving_is_on_everybodys_screen(
    store: Store, embedded_host: Mailhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw is not only in the log: the mailbox has failed, in words, until it goes well again."""
    box = stores.add_mailbox(store, imap=embedded_host.endpoint)
    broken = threading.Event()
    broken.set()

    def look(*given: Any, **more: Any) -> FolderReport:
        if broken.is_set():
            raise RuntimeError("a secret of a mail")
        return look_at_folder(*given, **more)

    monkeypatch.setattr("maildesk.sync.worker.look", look)
    monkeypatch.setattr("maildesk.sync.worker.RECONNECT", (0.1,))
    with running(store):
        until(lambda: standing(store)[0] is Health.FAILED, "failed")
        _, error, hint = standing(store)
        assert "RuntimeError" in error
        assert "secret" not in error + hint
        assert hint
        assert "RuntimeError" in health_of(store)[box.folders[0]][1]
        broken.clear()
        until(lambda: standing(store)[0] not in (Health.FAILED, Health.UNKNOWN), "well again")
        assert standing(store)[1] == ""


def test_a_defect_in_sending_is_on_everybodys_screen(
    store: Store, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing waits to be sent when it goes well again."""
    box = stores.add_mailbox(store, smtp=smtp.endpoint())
    wires = Wires(store, box, password)
    sending = _Sending(store, wires, Worker(store, password).sender(wires))
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "next_due", lambda *_: 1 / 0)
        sending._pass()
    assert standing(store)[0] is Health.FAILED
    assert "ZeroDivisionError" in standing(store)[1]
    sending._pass()
    sending._bell.close()
    assert standing(store)[:2] == (Health.UNKNOWN, "")


def test_one_worker_per_mailbox(store: Store, embedded_host: Mailhost) -> None:
    """The second one waits for the seat, and has it when the first one ends."""
    from maildesk.demo.imapd import ImapServer

    assert isinstance(embedded_host.server, ImapServer)
    server = embedded_host.server
    stores.add_mailbox(store, imap=embedded_host.endpoint)
    with running(store, round_seconds=0.2) as second:
        with running(store, round_seconds=0.2) as first:
            until(lambda: "Sent" in health_of(store), "no first look")
            ((holder,),) = rows(store, "SELECT holder FROM seat")
            assert holder in (first.name, second.name)
            assert server.connections == 1
            if holder == second.name:
                return
        until(
            lambda: rows(store, "SELECT holder FROM seat") == [(second.name,)], "the seat was not taken over"
        )


def test_a_seat_that_was_lost_is_given_up(store: Store, embedded_host: Mailhost) -> None:
    """Somebody else has the seat: this worker ends its connections."""
    from maildesk.demo.imapd import ImapServer

    assert isinstance(embedded_host.server, ImapServer)
    server = embedded_host.server
    stores.add_mailbox(store, imap=embedded_host.endpoint)
    with running(store, round_seconds=0.2):
        until(lambda: server.connections == 1, "no connection")
        stores.execute(store, "UPDATE seat SET holder = 'somebody', expires_at = 5000000000")
        until(lambda: server.connections == 0, "it went on")


def test_it_ends_and_frees_its_seats(store: Store, anyhost: Mailhost) -> None:
    """At once, also out of IDLE."""
    stores.add_mailbox(store, imap=anyhost.endpoint)
    with running(store):
        until(lambda: "Sent" in health_of(store), "no first look")
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert rows(store, "SELECT holder FROM seat") == [(None,)]


def test_conversations_that_were_put_off_wake_up(store: Store) -> None:
    """Once a round."""
    box = stores.add_mailbox(store)
    list(ingest.import_mails(store, box, [("x", mail(1))]))
    stores.execute(
        store, "UPDATE conversation SET status = 'waiting', waiting_reason = 'until', waiting_until = 1"
    )
    Worker(store, password).run_once()
    assert rows(store, "SELECT status, waiting_until FROM conversation") == [("new", None)]


# ---- processes


ONE_PASS = """
import sys
from maildesk.store.engine import open_store
from maildesk.sync.worker import Worker
Worker(open_store(sys.argv[1]), lambda ref, account: sys.argv[2]).run_once()
"""
SEND = """
import os, signal, sys
from maildesk.store import outbox
from maildesk.store.engine import Store, open_store
from maildesk.sync.smtp import SmtpSession
from maildesk.sync.worker import Worker

def dying(real, before):
    def run(*args, **values):
        if before:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*args, **values)
        os.kill(os.getpid(), signal.SIGKILL)
    return run

where, before, after_commit = sys.argv[3], sys.argv[4] == "before", sys.argv[4] == "committed"
if where == "dot":
    SmtpSession._finish = dying(SmtpSession._finish, before)
elif after_commit:
    real_run, armed = Store.run, []
    wrapped = getattr(outbox, where)
    def marked(*args, **values):
        armed.append(1)
        return wrapped(*args, **values)
    setattr(outbox, where, marked)
    def run(store, act):
        found = real_run(store, act)
        if armed:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    Store.run = run
else:
    setattr(outbox, where, dying(getattr(outbox, where), before))
Worker(open_store(sys.argv[1]), lambda ref, account: sys.argv[2]).run_once("out")
"""


def start(code: str, store: Store, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of maildesk at work on the same store."""
    return subprocess.Popen(
        [sys.executable, "-c", code, stores.url_of(store), PASSWORD, *arguments], cwd=ROOT
    )


def free_seats(store: Store) -> None:
    """The leases of those who were killed run out."""
    stores.execute(store, "UPDATE seat SET expires_at = 1 WHERE holder IS NOT NULL")
    stores.execute(store, "UPDATE outbox SET lease_until = 1 WHERE lease_until IS NOT NULL")


BEFORE_MARK = {
    ("pick", "committed"), ("keep_mime", "before"), ("keep_mime", "after"), ("keep_mime", "committed"),
    ("mark_committing", "before"), ("mark_committing", "after"), ("pick", "before"), ("pick", "after"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "when", "delivered"),
    [
        ("pick", "before", 0), ("pick", "after", 0), ("pick", "committed", 0),
        ("keep_mime", "before", 0), ("keep_mime", "after", 0), ("keep_mime", "committed", 0),
        ("mark_committing", "before", 0), ("mark_committing", "after", 0), ("mark_committing", "committed", 0),
        ("dot", "before", 0), ("dot", "after", 1),
        ("finish", "before", 1), ("finish", "after", 1), ("finish", "committed", 1),
    ],
)  # fmt: skip
def test_a_sender_killed_between_any_two_steps(
    store: Store, smtp: SmtpServer, where: str, when: str, delivered: int
) -> None:
    """kill -9 of a real process: nothing is sent twice; before the mark it is sent by the next worker, after it a
    person decides (the table of protocol.md 1.7)."""
    box = stores.add_mailbox(store, smtp=smtp.endpoint())
    who = stores.add_agent(store)
    (found,) = ingest.import_mails(store, box, [("x", mail(1))])
    assert found.conversation is not None
    queued = stores.queue_reply(store, box, who, found.conversation)
    process = start(SEND, store, where, when)
    assert process.wait(60) == -signal.SIGKILL
    assert smtp.count(queued.message_id) == delivered
    free_seats(store)
    for _ in range(2):
        Worker(store, password).run_once()
    if (where, when) in BEFORE_MARK or (where, when) == ("finish", "committed"):
        assert state_of(store, queued.outbox_id) is OutboxState.SENT
        assert smtp.count(queued.message_id) == 1
    else:
        assert state_of(store, queued.outbox_id) is OutboxState.UNCERTAIN
        assert smtp.count(queued.message_id) == delivered


@pytest.mark.slow
def test_eight_processes_sync_one_folder(store: Store, dovecot_host: Mailhost) -> None:
    """All at once, without asking for the seat: each mail is in once (row 22)."""
    dovecot_host.fill(mail(n) for n in range(1, 401))
    stores.add_mailbox(store, imap=dovecot_host.endpoint)
    processes = [start(ONE_PASS, store) for _ in range(8)]
    assert [p.wait(80) for p in processes] == [0] * 8
    found = sorted(row[0] for row in rows(store, "SELECT message_id FROM message"))
    assert found == sorted(f"<{n}@mail.example>" for n in range(1, 401))
    assert rows(store, "SELECT result, COUNT(*) FROM location GROUP BY result") == [("stored", 400)]


@pytest.mark.slow
def test_killed_at_any_moment(store: Store, dovecot_host: Mailhost) -> None:
    """kill -9 again and again during a first sync: at the end everything is in once."""
    dovecot_host.fill(mail(n, body="x" * 3000) for n in range(1, 1501))
    stores.add_mailbox(store, imap=dovecot_host.endpoint)
    chance = random.Random(7)
    for _ in range(6):
        process = start(ONE_PASS, store)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.6 + chance.random() * 1.2)
        assert process.poll() in (None, 0)  # a quick machine may be through already
        process.kill()
        process.wait()
        free_seats(store)
    assert start(ONE_PASS, store).wait(80) == 0
    found = sorted(row[0] for row in rows(store, "SELECT message_id FROM message"))
    assert found == sorted(f"<{n}@mail.example>" for n in range(1, 1501))
    results = {row[0] for row in rows(store, "SELECT DISTINCT result FROM location")}
    assert results <= {"stored", "duplicate", "quarantined"}


def test_ten_reapers_at_once_lose_nothing(store: Store, smtp: SmtpServer) -> None:
    """Any client may reap at any time; the number of items stays (row 5)."""
    box: Mailbox = stores.add_mailbox(store, smtp=smtp.endpoint())
    who = stores.add_agent(store)
    for n, imported in enumerate(
        ingest.import_mails(store, box, [(str(n), mail(n, sender=f"c{n}@mail.example")) for n in range(10)])
    ):
        assert imported.conversation is not None
        stores.queue_reply(store, box, who, imported.conversation)
        state = "sending" if n % 2 else "committing"
        stores.execute(store, "UPDATE outbox SET state = :s, lease_until = 1 WHERE id = :i", s=state, i=n + 1)
    reaped: list[int] = []

    def reap() -> None:
        reaped.extend(item for item, _ in store.run(outbox.reap))

    threads = [threading.Thread(target=reap) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reaped) == list(range(1, 11))
    assert sorted(rows(store, "SELECT state, COUNT(*) FROM outbox GROUP BY state")) == [
        ("queued", 5),
        ("uncertain", 5),
    ]
