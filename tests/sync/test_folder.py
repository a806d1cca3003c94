"""One look at a folder: everything once, nothing lost, nothing touched on the server."""

from __future__ import annotations

import pytest

from maildesk.demo.imapd import ImapServer
from maildesk.domain.mailbox import Health, Mailbox
from maildesk.errors import ConnectionLost
from maildesk.mail.values import ParsedMail
from maildesk.store import folders
from maildesk.store.engine import Store
from maildesk.store.intake import writing
from maildesk.sync.folder import FolderReport, look, reconcile
from maildesk.sync.imap import ImapSession
from tests.store import stores
from tests.store.stores import mail, rows
from tests.support.latency import proxy
from tests.support.mailhost import Mailhost


@pytest.fixture
def box(store: Store) -> Mailbox:
    """The shop's mailbox."""
    return stores.add_mailbox(store)


def once(
    store: Store, host: Mailhost, box: Mailbox, folder: str = "INBOX", role: str = "inbox"
) -> FolderReport:
    """Connect, look, go."""
    with host.open() as session:
        return look(store, session, box, folder, role)


def stored_ids(store: Store) -> list[str]:
    """The Message-IDs in the store, sorted, repeated where they are doubled."""
    return sorted(row[0] for row in rows(store, "SELECT message_id FROM message"))


def ids(*numbers: int) -> list[str]:
    """What :func:`stored_ids` says when these mails are there."""
    return sorted(f"<{n}@mail.example>" for n in numbers)


def embedded(host: Mailhost) -> ImapServer:
    """The embedded server behind ``host``."""
    assert isinstance(host.server, ImapServer)
    return host.server


def test_new_mail_comes_in_once(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """The first look brings everything, the second nothing, the third what came since."""
    for n in (1, 2, 3):
        anyhost.deliver(mail(n))
    assert (report := once(store, anyhost, box)).new == 3, report
    assert once(store, anyhost, box).new == 0
    anyhost.deliver(mail(4))
    assert once(store, anyhost, box).new == 1
    assert stored_ids(store) == ids(1, 2, 3, 4)


def test_mail_that_was_read_elsewhere_comes_in(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """\\Seen means nothing to us (row 24), and a look sets no flag."""
    anyhost.deliver(mail(1))
    anyhost.deliver(mail(2))
    anyhost.flag(1, "\\Seen")
    assert once(store, anyhost, box).new == 2
    with anyhost.other() as client:
        _, found = client.uid("SEARCH", "UNSEEN")
    assert found == [b"2"]


def test_what_is_gone_from_the_server_stays_here(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """A removed mail is marked gone in the ledger; its message stays."""
    for n in (1, 2, 3):
        anyhost.deliver(mail(n))
    once(store, anyhost, box)
    anyhost.remove(2)
    anyhost.deliver(mail(4))
    report = once(store, anyhost, box)
    assert (report.new, report.gone) == (1, 1)
    assert stored_ids(store) == ids(1, 2, 3, 4)
    assert rows(store, "SELECT uid FROM location WHERE gone_at IS NOT NULL") == [(2,)]


@pytest.mark.parametrize("offers", ["QRESYNC CONDSTORE", "CONDSTORE", ""])
def test_changes_are_found_whatever_the_server_can_tell(
    store: Store, embedded_host: Mailhost, offers: str
) -> None:
    """With QRESYNC, with CONDSTORE alone, with neither: the same result."""
    box = stores.add_mailbox(store)
    server = embedded(embedded_host)
    server.capabilities = " ".join(
        word
        for word in server.capabilities.split()
        if word not in ("QRESYNC", "CONDSTORE", "ENABLE")
        or word in offers.split()
        or (word == "ENABLE" and offers)
    )
    for n in range(1, 6):
        embedded_host.deliver(mail(n))
    assert once(store, embedded_host, box).new == 5
    embedded_host.remove(1, 3)
    report = once(store, embedded_host, box)
    assert (report.new, report.gone) == (0, 2)
    embedded_host.deliver(mail(6))
    embedded_host.remove(2)
    report = once(store, embedded_host, box)
    assert (report.new, report.gone) == (1, 1)
    report = once(store, embedded_host, box)
    assert (report.new, report.gone) == (0, 0)


def test_renumbering_doubles_and_loses_nothing(store: Store, embedded_host: Mailhost, box: Mailbox) -> None:
    """A new UIDVALIDITY: known mails are known by what they say, mail that came around the change is new (28, 29)."""
    server = embedded(embedded_host)
    for n in range(1, 6):
        embedded_host.deliver(mail(n))
    once(store, embedded_host, box)
    embedded_host.deliver(mail(6))
    server.reset_uidvalidity(embedded_host.user)
    embedded_host.deliver(mail(7))
    report = once(store, embedded_host, box)
    assert (report.new, report.duplicate, report.gone) == (2, 5, 0)
    assert stored_ids(store) == ids(1, 2, 3, 4, 5, 6, 7)
    live = rows(store, "SELECT COUNT(*) FROM location WHERE gone_at IS NULL")
    assert live == [(7,)]


def test_an_emptied_folder_stops_and_says_so(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """A folder that had mail and has none is believed to be broken: nothing is marked gone until something is in it."""
    for n in (1, 2):
        anyhost.deliver(mail(n))
    once(store, anyhost, box)
    anyhost.remove(1, 2)
    report = once(store, anyhost, box)
    assert (report.health, report.gone) == (Health.EMPTY, 0)
    with store.reading() as tx:
        (health,) = folders.health(tx)
    assert health.health is Health.EMPTY
    assert "2" in health.error
    anyhost.deliver(mail(3))
    report = once(store, anyhost, box)
    assert (report.new, report.gone, report.health) == (1, 2, Health.OK)


def test_an_empty_folder_is_not_a_dead_one(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """Empty, ok and failed are three states (row 46)."""
    assert once(store, anyhost, box).health is Health.EMPTY
    report = once(store, anyhost, box, "なし")
    assert report.health is Health.FAILED
    assert report.error is not None
    with store.reading() as tx:
        shown = {h.folder: h for h in folders.health(tx)}
    assert shown["INBOX"].error == ""
    assert "なし" in shown["なし"].error


def test_a_mail_that_kills_its_reader_goes_to_quarantine_alone(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored and not read is read one at a time in a child; a mail on which the child dies twice is kept
    unread (row 26), and the mails around it come in."""
    for n in (1, 2, 3):
        embedded_host.deliver(mail(n))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("maildesk.sync.ingest.lend", killed)
        with pytest.raises(KeyboardInterrupt):
            once(store, embedded_host, box)
    assert rows(store, "SELECT result, COUNT(*) FROM location GROUP BY result") == [("pending", 3)]
    monkeypatch.setattr(
        "maildesk.sync.reader._COMMAND",
        "import os, maildesk.sync.reader as r\n"
        "real = r.parse\n"
        "r.parse = lambda raw, *more: os._exit(9) if b'(2)' in raw else real(raw, *more)\n"
        "r.main()",
    )
    report = once(store, embedded_host, box)
    assert (report.new, report.quarantined) == (2, 1)
    assert rows(store, "SELECT uid, result FROM location ORDER BY uid") == [
        (1, "stored"),
        (2, "quarantined"),
        (3, "stored"),
    ]
    assert rows(store, "SELECT COUNT(*) FROM message WHERE quarantined") == [(1,)]


def test_a_dead_reader_in_the_middle_of_many_costs_only_its_mail(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same in the pipeline of a first sync."""
    monkeypatch.setattr("maildesk.sync.folder.BATCH", 4)
    monkeypatch.setattr(
        "maildesk.sync.reader._COMMAND",
        "import os, maildesk.sync.reader as r\n"
        "real = r.parse\n"
        "r.parse = lambda raw, *more: os._exit(9) if b'(6)' in raw else real(raw, *more)\n"
        "r.main()",
    )
    for n in range(1, 15):
        embedded_host.deliver(mail(n))
    report = once(store, embedded_host, box)
    assert (report.new, report.quarantined) == (13, 1)
    assert len(stored_ids(store)) == 14


def test_what_the_store_cannot_take_stops_nobody(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail whose words make an insert fail is kept unread; the rest of its batch comes in."""
    real = writing.body_of

    def body_of(parsed: ParsedMail) -> dict[str, str]:
        if "(2)" in parsed.text:
            raise ValueError("cannot be written")
        return real(parsed)

    monkeypatch.setattr(writing, "body_of", body_of)
    for n in (1, 2, 3):
        embedded_host.deliver(mail(n))
    report = once(store, embedded_host, box)
    assert (report.new, report.quarantined) == (2, 1)


def test_a_lost_line_keeps_what_came(store: Store, embedded_host: Mailhost, box: Mailbox) -> None:
    """The connection goes in the middle: what came is in, the rest comes with the next look."""
    for n in range(1, 40):
        embedded_host.deliver(mail(n, body="x" * 2000))
    with (
        proxy(embedded_host.clear_port, reset_after=40_000) as line,
        ImapSession.open(
            type(embedded_host.endpoint)("127.0.0.1", line.port, "loopback", embedded_host.user),
            "correct horse",
            5.0,
        ) as session,
    ):
        report = look(store, session, box, "INBOX", "inbox")
    assert isinstance(report.error, ConnectionLost)
    assert report.health is Health.FAILED
    assert 0 < report.new < 39
    assert once(store, embedded_host, box).new == 39 - report.new
    assert stored_ids(store) == ids(*range(1, 40))


def test_expunged_between_list_and_fetch(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UIDs that were listed and then removed do not stop the look (row 32); the ledger knows that they were there."""
    server = embedded(embedded_host)
    for n in range(1, 5):
        embedded_host.deliver(mail(n))
    real = ImapSession.uids

    def uids(self: ImapSession, low: int = 1, high: int | None = None) -> list[int]:
        found = real(self, low, high)
        server.remove(embedded_host.user, [2])
        return found

    monkeypatch.setattr(ImapSession, "uids", uids)
    report = once(store, embedded_host, box)
    assert (report.new, report.error) == (3, None)
    monkeypatch.undo()
    once(store, embedded_host, box)
    assert rows(store, "SELECT result FROM location WHERE uid = 2 AND gone_at IS NOT NULL") == [("missing",)]
    with embedded_host.open() as session:
        assert reconcile(store, session, box, "INBOX")["missing"] == []


def test_a_mail_that_is_listed_and_not_handed_out_is_asked_for_again(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that fails on one mail (row 33): it is reported as missing until it comes."""
    for n in range(1, 4):
        embedded_host.deliver(mail(n))
    real = ImapSession.fetch

    def fetch(self: ImapSession, uids: object, *rest: object, **more: object) -> object:
        return (m for m in real(self, uids, *rest, **more) if m.uid != 2)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "fetch", fetch)
        assert once(store, embedded_host, box).new == 2
        with embedded_host.open() as session:
            found = reconcile(store, session, box, "INBOX")
    assert (found["server"], found["stored"], found["missing"]) == (3, 2, [2])
    assert once(store, embedded_host, box).new == 1
    assert stored_ids(store) == ids(1, 2, 3)


def test_the_sent_folder_recognises_our_own(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """What we sent comes back through Sent and is linked, not stored again; an answer from elsewhere counts."""
    who = stores.add_agent(store)
    anyhost.deliver(mail(1))
    once(store, anyhost, box)
    ((conversation,),) = rows(store, "SELECT id FROM conversation")
    queued = stores.queue_reply(store, box, who, conversation)
    stores.execute(store, "UPDATE outbox SET state = 'uncertain'")
    ours = mail(2, sender=stores.SHOP, to="customer@mail.example", message_id=queued.message_id)
    elsewhere = mail(
        3,
        sender=stores.SHOP,
        to="customer@mail.example",
        references=("<1@mail.example>",),
        in_reply_to="<1@mail.example>",
    )
    with anyhost.open() as session:
        session.append("Sent", ours)
        session.append("Sent", elsewhere)
        report = look(store, session, box, "Sent", "sent")
    assert (report.new, report.duplicate) == (1, 1)
    assert stores.state_of(store, queued.outbox_id).value == "sent"
    assert rows(store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(2,)]
    assert rows(store, "SELECT COUNT(*) FROM conversation") == [(1,)]


def test_reconcile_tells_what_is_missing(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """UID by UID, before and after a look."""
    for n in (1, 2):
        anyhost.deliver(mail(n))
    with anyhost.open() as session:
        before = reconcile(store, session, box, "INBOX")
        look(store, session, box, "INBOX", "inbox")
        after = reconcile(store, session, box, "INBOX")
    assert before["missing"] == [1, 2]
    assert after == {
        "mailbox": box.name,
        "folder": "INBOX",
        "server": 2,
        "stored": 2,
        "duplicate": 0,
        "filtered": 0,
        "quarantined": 0,
        "pending": 0,
        "stub": 0,
        "missing": [],
    }


def test_progress_is_shown_while_many_come_in(
    store: Store, embedded_host: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a first sync runs the health has how many of how many; afterwards no more."""
    shown: list[tuple[int, int]] = []
    real = folders.report

    def report(*args: object, **values: object) -> None:
        real(*args, **values)  # type: ignore[arg-type]
        shown.append((values.get("done", 0), values.get("total", 0)))  # type: ignore[arg-type]

    monkeypatch.setattr(folders, "report", report)
    monkeypatch.setattr("maildesk.sync.folder.BATCH", 30)
    for n in range(1, 101):
        embedded_host.deliver(mail(n))
    once(store, embedded_host, box)
    assert shown == [(30, 100), (60, 100), (90, 100), (100, 100), (0, 0)]


def test_a_mail_without_a_date_of_receipt_or_from_the_future(
    store: Store, embedded_host: Mailhost, box: Mailbox
) -> None:
    """INTERNALDATE, but never later than now (row 48)."""
    with embedded_host.open() as session:
        from datetime import UTC, datetime

        session.append("INBOX", mail(1), (), datetime(2099, 1, 1, tzinfo=UTC))
        session.append("INBOX", mail(2), (), datetime(2020, 1, 1, tzinfo=UTC))
        look(store, session, box, "INBOX", "inbox")
    ((future, past),) = rows(store, "SELECT MAX(at), MIN(at) FROM message")
    assert past == datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert future <= store.now().timestamp()
