"""What servers do to a sync on a bad day: labels, quotas, limits, stand-ins, large mails, dead lines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maildesk.demo.imapd import Faults, ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health, Mailbox, MailboxHealth
from maildesk.errors import ConnectionLost, LoginRefused
from maildesk.store import folders, health, seats, wires
from maildesk.store.engine import Store
from maildesk.sync import plan
from maildesk.sync.folder import FolderReport, look, reconcile
from maildesk.sync.imap import NotNow, OverQuota, TooMany
from maildesk.sync.wires import Wires
from maildesk.sync.worker import RECONNECT, TOO_MANY_WAIT, Worker, _Receiving, _Sleep
from tests.store import stores
from tests.store.stores import mail, rows
from tests.support.latency import proxy
from tests.support.mailhost import PASSWORD
from tests.support.waiting import until
from tests.sync.test_worker import count, password, running

ROOT = Path(__file__).resolve().parents[2]
USER = "info@shop.example"


def endpoint(server: ImapServer, port: int = 0) -> Endpoint:
    """Where the server is, or the line in front of it."""
    return Endpoint("127.0.0.1", port or server.port, "loopback", USER)


@pytest.fixture
def gmail() -> Iterator[ImapServer]:
    """A server with Gmail's numbers."""
    with ImapServer({USER: PASSWORD}, also=("X-GM-EXT-1",)) as server:
        yield server


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """A server."""
    with ImapServer({USER: PASSWORD}) as server:
        yield server


def once(store: Store, box: Mailbox, folder: str = "INBOX", role: str = "inbox") -> FolderReport:
    """Connect, look, go."""
    with Wires(store, box, password).imap() as session:
        return look(store, session, box, folder, role)


def stands(store: Store) -> MailboxHealth:
    """How the only mailbox stands."""
    with store.reading() as tx:
        (found,) = health.read(tx).mailboxes
    return found


# ---- Gmail (rows 39, 41)


def test_a_label_is_another_place_of_a_mail_and_nothing_is_fetched_for_it(
    store: Store, gmail: ImapServer
) -> None:
    """One mail under three labels is one message with three places; its body comes once (row 41)."""
    box = stores.add_mailbox(store, imap=endpoint(gmail))
    gmail.create_folder(USER, "返品")
    for folder in ("INBOX", "返品", "Archive"):
        gmail.deliver(USER, mail(1), folder)
    gmail.deliver(USER, mail(2), "返品")
    for folder in ("INBOX", "返品", "Archive"):
        once(store, box, folder)
    assert sorted(gmail.given) == [("INBOX", 1), ("返品", 2)]
    assert rows(store, "SELECT COUNT(*) FROM message") == [(2,)]
    assert rows(store, "SELECT result, COUNT(*) FROM location GROUP BY result ORDER BY result") == [
        ("duplicate", 2),
        ("stored", 2),
    ]
    assert once(store, box, "Archive").duplicate == 0


def test_a_form_that_mails_to_its_own_shop_is_news_though_it_lies_in_sent(
    store: Store, gmail: ImapServer
) -> None:
    """A contact form that sends by the shop's own account: the mail is in Sent and in INBOX, under one number. Read in
    Sent first it is a mail of ours that needs nobody; its other label says that a customer waits (row 41)."""
    box = stores.add_mailbox(store, imap=endpoint(gmail))
    form = mail(1, sender=USER, to=USER, extra="Reply-To: customer@mail.example")
    gmail.deliver(USER, form, "Sent")
    once(store, box, "Sent", "sent")
    gmail.deliver(USER, form)
    once(store, box)
    assert rows(store, "SELECT kind FROM message") == [("in",)]
    assert rows(store, "SELECT status FROM conversation") == [("new",)]


def test_quota_is_left_alone_for_hours(store: Store, gmail: ImapServer) -> None:
    """OVERQUOTA: the mailbox says so, and until its time nobody connects, whoever asks (row 39)."""
    stores.add_mailbox(store, imap=endpoint(gmail))
    gmail.faults = Faults(quota=0)
    gmail.deliver(USER, mail(1))
    worker = Worker(store, password)
    (first, *_) = worker.run_once("in")
    assert isinstance(first.error, OverQuota)
    found = stands(store)
    assert found.state is Health.QUOTA
    assert found.retry_at is not None
    assert found.retry_at.timestamp() - store.now().timestamp() > 3 * 3600
    before = gmail.accepted
    for _ in range(5):
        worker.run_once("in")
    assert gmail.accepted == before
    gmail.faults = Faults()
    stores.execute(store, "UPDATE wire SET retry_at = 1")
    assert next(r.new for r in worker.run_once("in") if isinstance(r, FolderReport)) == 1
    assert stands(store).state is Health.OK


def test_a_day_of_gmail_has_a_budget(
    store: Store, gmail: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We stop before Google does; what came is in, the rest comes the next day (row 39)."""
    monkeypatch.setattr("maildesk.sync.folder.GMAIL_DAILY", 6_000)
    monkeypatch.setattr("maildesk.sync.folder.BATCH", 2)
    box = stores.add_mailbox(store, imap=endpoint(gmail))
    for n in range(1, 9):
        gmail.deliver(USER, mail(n, body="x" * 1500))
    report = once(store, box)
    assert isinstance(report.error, OverQuota)
    assert 0 < report.new < 8
    with store.reading() as tx:
        rest = wires.of(tx, box.id, "imap")
    assert rest.state is Health.QUOTA
    assert 0 < rest.retry_in <= 24 * 3600
    stores.execute(store, "UPDATE wire SET retry_at = NULL, day = '2020-01-01'")
    monkeypatch.undo()
    assert once(store, box).new == 8 - report.new
    assert rows(store, "SELECT COUNT(*) FROM message") == [(8,)]


# ---- connections (row 40)


def test_a_full_server_is_not_stormed(store: Store, server: ImapServer) -> None:
    """Too many connections: told, and tried again after a minute at the earliest (row 40)."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    server.faults = Faults(most=0)
    receiving = _Receiving(store, Wires(store, box, password), 90.0, None)
    assert receiving._spell() >= TOO_MANY_WAIT
    assert stands(store).state is Health.FAILED
    receiving._bell.close()


def test_three_connections_at_most(store: Store, server: ImapServer) -> None:
    """However many threads want one, the fourth waits until one of three is closed (row 40): counted at the server."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    lines = Wires(store, box, password)
    opened, enough = threading.Semaphore(0), threading.Event()

    def use() -> None:
        with lines.imap():
            opened.release()
            enough.wait(20)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert all(opened.acquire(timeout=10) for _ in range(3))
    assert not opened.acquire(timeout=0.5)
    assert (server.connections, server.most_at_once) == (3, 3)
    enough.set()
    for thread in threads:
        thread.join(20)
    assert server.accepted == 6


def test_a_worker_uses_three_connections_at_most(store: Store, server: ImapServer) -> None:
    """Receiving, filing and looking for evidence together (row 40)."""
    stores.add_mailbox(store, imap=endpoint(server))
    server.deliver(USER, mail(1))
    with running(store):
        until(lambda: count(store) == 1, "mail")
    assert server.most_at_once <= 3


# ---- stand-ins (row 33)


def test_a_stand_in_is_not_the_mail(store: Store, server: ImapServer) -> None:
    """What Exchange gives instead is noted and shown; the mail itself comes in when the server gives it."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    server.deliver(USER, mail(1))
    server.deliver(USER, mail(2))
    server.faults = Faults(stubs=frozenset({1}))
    assert once(store, box).new == 1
    assert rows(store, "SELECT uid, result FROM location ORDER BY uid") == [(1, "stub"), (2, "stored")]
    with store.reading() as tx:
        assert health.read(tx).stubs == 1
    given = len(server.given)
    once(store, box)  # not at every look
    assert len(server.given) == given
    server.faults = Faults()
    stores.execute(store, "UPDATE location SET retry_at = 1")
    assert once(store, box).new == 1
    with store.reading() as tx:
        assert health.read(tx).stubs == 0
    assert rows(store, "SELECT COUNT(*) FROM message WHERE subject LIKE 'Retrieval%'") == [(0,)]


def test_who_writes_like_a_stand_in_is_not_put_off(store: Store, server: ImapServer) -> None:
    """A mail that a server has handed on is no stand-in, whatever its subject; nor is one that quotes one."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    words = "Retrieval using the IMAP4 protocol failed for the following message: 7"
    handed_on = b"Received: from mail.example by mx.shop.example; Fri, 1 Aug 2025 10:00:00 +0900\r\n"
    server.deliver(USER, handed_on + mail(1, subject=words))
    server.deliver(USER, mail(2, body=f"What is this?\r\nSubject: {words}"))
    assert once(store, box).new == 2


def test_after_a_week_the_stand_in_is_taken(store: Store, server: ImapServer) -> None:
    """It tells at least who wrote: nothing is lost without a trace."""
    assert 6.5 * 86400 < sum(plan.STUB_WAITS) < 8 * 86400
    box = stores.add_mailbox(store, imap=endpoint(server))
    server.deliver(USER, mail(1))
    server.faults = Faults(stubs=frozenset({1}))
    once(store, box)
    stores.execute(store, f"UPDATE location SET retry_at = 1, tries = {len(plan.STUB_WAITS)}")
    assert once(store, box).new == 1
    assert rows(store, "SELECT COUNT(*) FROM message WHERE subject LIKE 'Retrieval%'") == [(1,)]


def test_a_mail_that_is_withheld_is_asked_for_later_and_later(store: Store, server: ImapServer) -> None:
    """Listed and not handed out: twice at once, then after a minute, at last every hour (row 32)."""
    assert [plan.missing_wait(n) for n in (0, 1, 2, 99)] == [0.0, 0.0, 60.0, 3600.0]
    box = stores.add_mailbox(store, imap=endpoint(server))
    server.deliver(USER, mail(1))
    server.faults = Faults(withheld=frozenset({1}))
    for _ in range(3):
        once(store, box)
    assert rows(store, "SELECT result, tries FROM location") == [("missing", 3)]
    with Wires(store, box, password).imap() as session:
        assert reconcile(store, session, box, "INBOX")["missing"] == [1]
    server.remove(USER, [1])
    server.deliver(USER, mail(2))
    stores.execute(store, "UPDATE location SET retry_at = 1")
    once(store, box)
    assert rows(store, "SELECT uid FROM location WHERE gone_at IS NOT NULL") == [(1,)]


# ---- the ledger


def test_a_renumbered_folder_stores_no_bytes_twice(store: Store, server: ImapServer) -> None:
    """The same bytes under other UIDs are bound to what is here (row 28); a new mail among them is new (row 29)."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    for n in (1, 2, 3):
        server.deliver(USER, mail(n))
    once(store, box)
    server.reset_uidvalidity(USER)
    server.deliver(USER, mail(4))
    report = once(store, box)
    assert (report.new, report.duplicate) == (1, 3)
    assert rows(store, "SELECT COUNT(*) FROM raw") == [(4,)]
    assert rows(store, "SELECT COUNT(*) FROM message") == [(4,)]


def test_renumbered_while_it_is_read(
    store: Store, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UIDVALIDITY changes in the middle of a look, and ten mails come in just then: all are in, once (rows 28, 29)."""
    monkeypatch.setattr("maildesk.sync.folder.BATCH", 5)
    box = stores.add_mailbox(store, imap=endpoint(server))
    for n in range(1, 21):
        server.deliver(USER, mail(n))
    looked = 0

    def going() -> bool:
        nonlocal looked
        looked += 1
        if looked == 2:
            server.reset_uidvalidity(USER)
            for n in range(21, 31):
                server.deliver(USER, mail(n))
        return True

    with Wires(store, box, password).imap() as session:
        look(store, session, box, "INBOX", "inbox", going=going)
    report = once(store, box)
    assert report.error is None
    assert rows(store, "SELECT COUNT(*), COUNT(DISTINCT message_id) FROM message") == [(30, 30)]
    assert rows(store, "SELECT COUNT(*) FROM location WHERE gone_at IS NULL") == [(30,)]


def test_every_uid_is_accounted_for(store: Store, server: ImapServer) -> None:
    """Stored, duplicate, quarantined, pending, stub or missing: the sum is what the server has. Nothing is filtered."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    for raw in (mail(1), mail(1), mail(2), mail(3), mail(4), b"\x00\x01\x02" * 100):
        server.deliver(USER, raw)
    server.faults = Faults(stubs=frozenset({4}), withheld=frozenset({5}))
    once(store, box)
    with Wires(store, box, password).imap() as session:
        found = reconcile(store, session, box, "INBOX")
    assert found["server"] == 6
    assert (found["stored"], found["duplicate"], found["quarantined"], found["stub"], found["missing"]) == (
        2,
        1,
        1,
        1,
        [5],
    )
    assert found["filtered"] == 0
    with store.reading() as tx:
        shown = health.read(tx)
    assert (shown.quarantined, shown.unaccounted, shown.stubs) == (1, 1, 1)


@pytest.mark.parametrize(
    ("age", "hour", "due"),
    [(None, 14, True), (None, 3, True), (3600.0, 3, False), (80_000.0, 14, False), (80_000.0, 2, True), (180_000.0, 14, True)],
)  # fmt: skip
def test_folders_are_compared_at_night(age: float | None, hour: int, due: bool) -> None:
    """Once a day, in a quiet hour; where there was none for two days, or never one, at any."""
    assert plan.is_reconcile_due(age, hour) is due


def test_what_a_night_finds_missing_is_fetched_at_once(
    store: Store, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that the ledger lost, and one that was believed gone: both are there in the morning."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    for n in (1, 2, 3):
        server.deliver(USER, mail(n))
    once(store, box)
    stores.execute(store, "DELETE FROM location WHERE uid = 1")
    stores.execute(store, "UPDATE location SET gone_at = 1 WHERE uid = 2")
    monkeypatch.setattr("maildesk.sync.folder.is_reconcile_due", lambda _age, _hour: True)
    once(store, box)
    assert rows(store, "SELECT uid FROM location WHERE gone_at IS NULL ORDER BY uid") == [(1,), (2,), (3,)]
    assert rows(store, "SELECT unaccounted FROM folder") == [(0,)]
    assert rows(store, "SELECT COUNT(*) FROM folder WHERE reconciled_at IS NOT NULL") == [(1,)]


# ---- a dead line (rows 37, 38)


def test_a_dead_idle_is_noticed(store: Store, server: ImapServer) -> None:
    """The line to the server dies without a word while it waits in IDLE: mail that comes then is here within the poll,
    one answer's time and one reconnection, which is 90 + 30 + 1 seconds, here 0.5 + 0.5 + 1 (row 37)."""
    with proxy(server.port) as line:
        stores.add_mailbox(store, imap=endpoint(server, line.port))
        server.deliver(USER, mail(1))
        with running(store, poll_seconds=0.5, imap_timeout=0.5):
            until(lambda: count(store) == 1 and server.idling == 1, "first mail")
            line.deaden()
            began = time.monotonic()
            server.deliver(USER, mail(2))
            until(lambda: count(store) == 2, "second mail")
            assert time.monotonic() - began < 10


def test_the_times_of_a_dead_idle_are_within_three_minutes() -> None:
    """What the test above scales down."""
    from maildesk.sync.imap import IDLE_AT_MOST, TIMEOUT
    from maildesk.sync.worker import POLL_SECONDS

    assert POLL_SECONDS + TIMEOUT + RECONNECT[0] + TIMEOUT <= 180
    assert IDLE_AT_MOST <= 9 * 60


def test_keepalive_is_on(server: ImapServer, store: Store) -> None:
    """The system asks a silent peer after a minute (row 37)."""
    import socket

    box = stores.add_mailbox(store, imap=endpoint(server))
    with Wires(store, box, password).imap() as session:
        raw = session._client.socket()
        assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


def test_a_machine_that_slept_drops_its_connection(
    store: Store, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock that runs through sleep is ahead of the one that does not: a new connection (row 38)."""
    gap = 0.0
    monkeypatch.setattr("maildesk.sync.worker.boottime", lambda: time.monotonic() + gap)
    slept = _Sleep()
    assert not slept.much()
    gap = 6.0
    assert slept.much()
    assert not slept.much()
    stores.add_mailbox(store, imap=endpoint(server))
    with running(store, poll_seconds=0.3):
        until(lambda: server.accepted >= 1 and stands(store).state is not Health.UNKNOWN, "a first look")
        before = server.accepted
        gap = 20.0
        until(lambda: server.accepted > before, "a new connection")


# ---- large mails (row 47)


def large(size: int, n: int = 9) -> bytes:
    """A mail with an attachment of about ``size`` bytes."""
    line = b"QUJD" * 19 + b"\r\n"
    head = mail(n).partition(b"\r\n\r\n")[0].replace(b"Content-Type: text/plain", b"X-Was: text/plain")
    return (
        head
        + b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n\r\nhello\r\n"
        + b"--cut\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        + b"Content-Disposition: attachment; filename=big.bin\r\n\r\n"
        + line * (size // len(line))
        + b"--cut--\r\n"
    )


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large is what is over a megabyte and a half."""
    monkeypatch.setattr("maildesk.sync.folder.LARGE", 1_500_000)


@pytest.mark.usefixtures("small_limits")
def test_a_large_mail_is_stored_in_parts_and_read_from_a_file(
    store: Store, server: ImapServer, tmp_path: Path
) -> None:
    """Its bytes are what the server has, its attachment can be saved, and the mails around it are in; nothing is left
    in the spool (row 47)."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    big = large(5_000_000)
    for raw in (mail(1), big, mail(2)):
        server.deliver(USER, raw)
    spool = tmp_path / "spool"
    spool.mkdir()
    with Wires(store, box, password).imap() as session:
        report = look(store, session, box, "INBOX", "inbox", spool=spool)
    assert (report.new, report.error) == (3, None)
    assert list(spool.iterdir()) == []
    ((raw_id, kept),) = rows(store, "SELECT id, length(data) FROM raw WHERE size > 1000000")
    assert kept == 0
    with store.reading() as tx:
        assert b"".join(folders.parts(tx, raw_id)) == big
    ((message_id,),) = rows(store, "SELECT id FROM message WHERE message_id = '<9@mail.example>'")
    stores.add_agent(store)
    from maildesk.desk import Desk
    from maildesk.store import agents

    with store.reading() as tx:
        me = agents.by_login(tx, "sato")
    assert me is not None
    desk = Desk(store, me)
    assert desk.conversations.raw(message_id) == big
    assert len(desk.conversations.raw(message_id, 1000)) == 1000
    saved = desk.files.save(message_id, 0, tmp_path)
    assert saved.stat().st_size == 5_000_000 // 78 * 57


@pytest.mark.usefixtures("small_limits")
def test_a_line_lost_in_a_large_mail_loses_nothing(store: Store, server: ImapServer) -> None:
    """The large mail begins anew with the next connection; what came before it is in (row 47)."""
    for raw in (mail(1), large(5_000_000), mail(2)):
        server.deliver(USER, raw)
    with proxy(server.port, reset_after=3_000_000) as line:
        box = stores.add_mailbox(store, imap=endpoint(server, line.port))
        assert isinstance(once(store, box).error, ConnectionLost)
    box = replace(box, imap=endpoint(server))
    assert once(store, box).error is None
    assert rows(store, "SELECT COUNT(*), COUNT(DISTINCT message_id) FROM message") == [(3, 3)]


@pytest.mark.usefixtures("small_limits")
def test_a_large_mail_whose_reader_was_killed_is_read_later(
    store: Store, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored before it is read: another worker reads it out of the store (row 25)."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    server.deliver(USER, large(3_000_000))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("maildesk.sync.ingest.read_carefully", killed)
        with pytest.raises(KeyboardInterrupt):
            once(store, box)
    assert rows(store, "SELECT result FROM location") == [("pending",)]
    assert once(store, box).new == 1


# ---- health (row 46)


def test_empty_dead_and_refused_look_different(store: Store, server: ImapServer) -> None:
    """Three states and a fourth: empty, ok, failed, and a person must sign in; with how long ago it was well."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    assert stands(store).state is Health.UNKNOWN
    worker = Worker(store, password)
    worker.run_once("in")
    empty = stands(store)
    assert (empty.state, empty.error) == (Health.EMPTY, "")
    assert empty.age is not None
    assert empty.age < 60
    server.deliver(USER, mail(1))
    worker.run_once("in")
    assert stands(store).state is Health.OK
    Worker(store, lambda _ref, _account: "wrong").run_once("in")
    refused = stands(store)
    assert refused.state is Health.LOGIN
    assert refused.hint
    assert refused.checked_at is not None
    worker.run_once("in")
    assert stands(store).state is Health.OK
    server.faults = Faults(drop_after=0)
    worker.run_once("in")
    dead = stands(store)
    assert dead.state is Health.FAILED
    assert dead.error
    server.faults = Faults()
    server.remove(USER, [1])
    worker.run_once("in")
    emptied = stands(store)
    assert emptied.state is Health.EMPTY
    assert "1" in emptied.error
    assert box.id == emptied.mailbox_id


def test_errors_that_end_a_session_are_told_apart() -> None:
    """What the states are made of."""
    assert issubclass(OverQuota, NotNow)
    assert issubclass(TooMany, NotNow)
    assert not issubclass(LoginRefused, NotNow)


def test_a_person_who_asks_wakes_the_worker(store: Store) -> None:
    """F5 and a mail that is to be read again use the same bell."""
    box = stores.add_mailbox(store)
    with store.reading() as tx:
        before = seats.wanted_at(tx, box.id)
    store.run(seats.want)
    with store.reading() as tx:
        assert seats.wanted_at(tx, box.id) > before


@pytest.mark.slow
def test_a_very_large_mail_needs_little_memory(tmp_path: Path) -> None:
    """64 MiB, out of a process of its own that says how much it and its reader ever had: together less than 240 MiB, where holding
    it in memory took three times its size on top. (200 MiB were measured at 191.)"""
    mebibytes = 64
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from maildesk.domain.endpoint import Endpoint\n"
        "from maildesk.store import mailboxes\n"
        "from maildesk.store.engine import open_store\n"
        "from maildesk.sync.worker import Worker\n"
        "store = open_store(sys.argv[1])\n"
        "for report in Worker(store, lambda _r, _a: sys.argv[2], state=Path(sys.argv[3])).run_once('in'):\n"
        "    assert report.error is None, report.error\n"
        "children = Path(f'/proc/self/task/{os.getpid()}/children').read_text().split()\n"
        "assert len(children) == 1, children\n"
        "for each in ('self', *children):\n"
        "    print(Path(f'/proc/{each}/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    with stores.opened("sqlite", tmp_path) as store, ImapServer({USER: PASSWORD}) as host:
        stores.add_mailbox(store, imap=endpoint(host))
        for raw in (mail(1), large(mebibytes << 20), mail(2)):
            host.deliver(USER, raw)
        done = subprocess.run(
            [sys.executable, "-c", code, stores.url_of(store), PASSWORD, str(tmp_path)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            check=True,
        )
        assert rows(store, "SELECT COUNT(*) FROM message WHERE NOT quarantined") == [(3,)]
        assert rows(store, "SELECT COUNT(*) FROM raw_part") == [(mebibytes + 1,)]
        assert list((tmp_path / "spool").iterdir()) == []
    most = sum(int(kibibytes) << 10 for kibibytes in done.stdout.split())
    assert 40 << 20 < most < 240 << 20


def test_a_spool_without_room_stops_no_other_mail(store: Store, server: ImapServer, tmp_path: Path) -> None:
    """Where no file can be written, a large mail is put off and counts as missing; those before and behind it come in.
    When there is room again it comes as well, and is read even where the room went meanwhile."""
    box = stores.add_mailbox(store, imap=endpoint(server))
    spool = tmp_path / "spool"
    for raw in (mail(1), large(9 << 20), mail(2)):
        server.deliver(USER, raw)

    def at() -> FolderReport:
        with Wires(store, box, password).imap() as session:
            return look(store, session, box, "INBOX", "inbox", spool=spool)

    first = at()
    assert (first.error, first.new) == (None, 2)
    assert rows(store, "SELECT uid, result FROM location ORDER BY uid") == [
        (1, "stored"),
        (2, "missing"),
        (3, "stored"),
    ]
    with store.reading() as tx:
        assert health.read(tx).unaccounted == 1
    spool.mkdir()
    assert at().new == 1
    stores.execute(store, "UPDATE location SET result = 'pending', message_id = NULL WHERE uid = 2")
    spool.rmdir()
    server.deliver(USER, mail(3))
    again = at()
    assert (again.error, again.new, again.duplicate) == (None, 1, 1)
    assert rows(store, "SELECT COUNT(*) FROM message WHERE NOT quarantined") == [(4,)]


def test_an_old_numbering_moves_no_cursor(store: Store) -> None:
    """Each change of a folder's row is one of its columns under a condition: who is late changes nothing, and the
    numbering is never forgotten (row 30)."""
    box = stores.add_mailbox(store)
    with store.transaction() as tx:
        cursor = folders.ensure(tx, box.id, "INBOX", "inbox")
        folders.renumber(tx, cursor.folder_id, None, 7)
        folders.advance(tx, cursor.folder_id, 7, 40)
    with store.transaction() as tx:
        folders.renumber(tx, cursor.folder_id, None, 8)  # somebody who had not heard of 7
        folders.advance(tx, cursor.folder_id, 6, 90)
        folders.advance(tx, cursor.folder_id, 7, 30)
        folders.caught_up(tx, cursor.folder_id, uidvalidity=6, last_uid=99, modseq=5)
        folders.report(tx, cursor.folder_id, Health.FAILED, "x")
        folders.ensure(tx, box.id, "INBOX", "inbox")
    assert rows(store, "SELECT uidvalidity, last_uid, modseq FROM folder") == [(7, 40, None)]
