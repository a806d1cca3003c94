"""The child that reads: what a mail does to it stays there (``failures.md`` rows 25 to 27)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from maildesk.mail.mapped import mapped, pieces
from maildesk.mail.parse import parse, sha256
from maildesk.store.engine import Store
from maildesk.sync import ingest, reader
from maildesk.sync.folder import FolderReport, look
from maildesk.sync.reader import Reader, ReaderDied, give_back, lend
from tests.store import stores
from tests.store.stores import mail, rows
from tests.support.mailhost import Mailhost

MODULE = "maildesk.sync.reader"


def child(monkeypatch: pytest.MonkeyPatch, what: str, settings: str = "") -> None:
    """Children that do ``what`` (an expression) on a mail that says ``(2)``."""
    monkeypatch.setattr(
        f"{MODULE}._COMMAND",
        "import os, time, sys, maildesk.sync.reader as r\n"
        f"{settings}\n"
        "def burn():\n"
        "    while True: pass\n"
        "real = r.parse\n"
        f"r.parse = lambda raw, *more: {what} if b'(2)' in raw[:] else real(raw, *more)\n"
        "r.main()",
    )


def once(store: Store, host: Mailhost, numbers: range = range(1, 4)) -> FolderReport:
    """Mails come in; one look."""
    for n in numbers:
        host.deliver(mail(n, body=f"({n})"))
    box = stores.add_mailbox(store)
    with host.open() as session:
        return look(store, session, box, "INBOX", "inbox")


@pytest.mark.parametrize(
    ("what", "settings"),
    [
        ("os._exit(9)", ""),
        ("burn()", "r.CPU_SECONDS = 0"),
        ("time.sleep(60)", ""),
        ("os.kill(os.getpid(), 11)", ""),
    ],
    ids=["ends", "burns", "stalls", "crashes"],
)
def test_what_kills_or_stalls_its_reader_is_kept_unread(
    store: Store, embedded_host: Mailhost, monkeypatch: pytest.MonkeyPatch, what: str, settings: str
) -> None:
    """Two tries, then quarantine: visible, with its source; the mails before and after it are in (rows 26, 27)."""
    child(monkeypatch, what, settings)
    monkeypatch.setattr(f"{MODULE}.WALL_SECONDS", 2.0 if "sleep" in what else 30.0)
    began = time.monotonic()
    report = once(store, embedded_host)
    assert time.monotonic() - began < 30
    assert (report.new, report.quarantined, report.error) == (2, 1, None)
    assert rows(store, "SELECT uid, result FROM location ORDER BY uid") == [
        (1, "stored"),
        (2, "quarantined"),
        (3, "stored"),
    ]
    assert rows(store, "SELECT COUNT(*) FROM raw") == rows(store, "SELECT COUNT(*) FROM message")


def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that blows up cannot take the machine's memory: its reader has none to give."""
    child(monkeypatch, "bytearray(700 << 20) and real(raw)")
    one = Reader()
    try:
        one.send([mail(1), mail(2, body="(2)")])
        with pytest.raises(ReaderDied):
            one.receive()
    finally:
        one.close()


def test_processor_time_is_counted_for_each_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that has read for long is not ended for the sum."""
    child(monkeypatch, "None", "r.CPU_SECONDS = 1\nstarted = time.process_time()")
    one = lend()
    assert one.command != reader._COMMAND or one.usable
    for _ in range(3):
        one.send([mail(1)] * 200)
        assert len(one.receive()) == 200
    give_back(one)


def test_one_child_is_kept_in_reserve() -> None:
    """A mail that comes alone does not wait for a process to start."""
    first = lend()
    first.send([mail(1)])
    first.receive()
    give_back(first)
    second = lend()
    assert second.pid == first.pid
    third = lend()
    assert third.pid != second.pid
    give_back(second)
    give_back(third)
    assert not third.usable


def test_a_child_with_something_in_hand_is_not_lent() -> None:
    """Its next answer would be to another question."""
    first = lend()
    first.send([mail(1)])
    give_back(first)
    second = lend()
    assert second.pid != first.pid
    give_back(second)


def test_a_quarantined_mail_is_read_again_when_asked(
    store: Store, embedded_host: Mailhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update: its words, its sender and its place in the ledger are as if it had been readable (row 27)."""
    from maildesk.store import mailboxes, quarantine

    with monkeypatch.context() as patch:
        child(patch, "os._exit(9)")
        once(store, embedded_host)
    ((number, conversation),) = rows(store, "SELECT id, conversation_id FROM message WHERE quarantined")
    with store.reading() as tx:
        (box,) = mailboxes.all_mailboxes(tx)
    assert ingest.read_again(store, box) == 0  # nobody asked
    with store.transaction() as tx:
        assert quarantine.ask(tx, number)
    assert ingest.read_again(store, box) == 1
    assert ingest.read_again(store, box) == 0
    assert rows(store, f"SELECT subject, quarantined FROM message WHERE id = {number}") == [
        ("order 2", False)
    ]
    assert rows(store, f"SELECT subject FROM conversation WHERE id = {conversation}") == [("order 2",)]
    assert rows(store, "SELECT DISTINCT result FROM location") == [("stored",)]
    with store.transaction() as tx:
        assert not quarantine.ask(tx, number)


def test_a_copy_that_could_not_be_read_is_no_second_mail(
    store: Store, embedded_host: Mailhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lay in quarantine while the readable copy came in at another mailbox: read again, it is that mail, which is
    listed in both mailboxes and answered once."""
    from maildesk.store import mailboxes, quarantine

    with monkeypatch.context() as patch:
        child(patch, "os._exit(9)")
        once(store, embedded_host)
    ((number, unread),) = rows(store, "SELECT id, conversation_id FROM message WHERE quarantined")
    with store.reading() as tx:
        (box,) = mailboxes.all_mailboxes(tx)
    other = stores.add_mailbox(store, name="二号店", address="second@shop.example")
    raw = mail(2, body="(2)")
    (read,) = stores.receive(store, other, [b"Delivered-To: second@shop.example\r\n" + raw])
    with store.transaction() as tx:
        assert quarantine.ask(tx, number)
    assert ingest.read_again(store, box) == 1
    assert rows(store, "SELECT result, message_id FROM location WHERE folder_id = 1 AND uid = 2") == [
        ("duplicate", read.message_id)
    ]
    assert rows(store, "SELECT conversation_id, mailbox_id FROM also_in") == [(read.conversation_id, box.id)]
    waiting = rows(store, "SELECT id FROM conversation WHERE status = 'new' AND subject = 'order 2'")
    assert waiting == [(read.conversation_id,)]
    assert rows(store, "SELECT id, related_id, related_by FROM message WHERE related_by <> ''") == [
        (number, read.conversation_id, "copy")
    ]
    counted = "SELECT n, also FROM counter WHERE status = 'new' AND mailbox_id = :m"
    assert rows(store, counted, m=box.id) == [(2, 1)]
    assert rows(store, counted, m=other.id) == [(1, 0)]
    (again,) = stores.receive(store, other, [b"Delivered-To: third@shop.example\r\n" + raw])
    assert (again.result.value, again.message_id) == ("duplicate", read.message_id)
    assert unread != read.conversation_id


def test_bombs_between_good_mails(store: Store, embedded_host: Mailhost) -> None:
    """Crafted mails that crash parsers, between good ones: every raw mail is a message (rows 26, 27)."""
    head = b"Message-ID: <%d@bomb.example>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0900\r\n"
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    )
    bombs = [
        b"From: " + b"(" * 5000 + b"\r\n" + head % 1 + b"\r\nx",
        b"From: a@b.example\r\nMessage-ID: " + b"<" * 5000 + b"\r\n\r\nx",
        b"From: " + b"a:;" * 20000 + b"\r\n" + head % 2 + b"\r\nx",
        b"From: a@b.example\r\n" + head % 3 + nested,
        b"\x00" * 5000,
        b"From: a@b.example\r\nSubject: " + b"=?utf-8?b?" * 5000 + b"\r\n" + head % 4 + b"\r\nx",
    ]
    for n, bomb in enumerate(bombs):
        embedded_host.deliver(mail(n))
        embedded_host.deliver(bomb)
    box = stores.add_mailbox(store)
    with embedded_host.open() as session:
        report = look(store, session, box, "INBOX", "inbox")
    assert report.error is None
    assert report.new + report.quarantined == 2 * len(bombs)
    assert rows(store, "SELECT COUNT(*) FROM raw") == rows(store, "SELECT COUNT(*) FROM message")


@pytest.mark.parametrize("window", [1, 7, 64, 8 << 20])
def test_a_mail_in_a_file_reads_as_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """However few pages are in memory at once."""
    monkeypatch.setattr("maildesk.mail.mapped.WINDOW", window)
    boundary = b"----=_cut"
    raw = (
        b"From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=\"" + boundary + b"\"\r\n\r\n"
        + b"--" + boundary + b"\r\n\r\nhello --" + boundary + b" is not one\r\n--" + boundary + b"x\r\nnor this\r\n"
        + b"--" + boundary + b"\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"QUJDRA==\r\n" * 50 + b"--" + boundary + b"--\r\n"
    )  # fmt: skip
    file = tmp_path / "mail"
    file.write_bytes(raw)
    with mapped(file) as data:
        assert parse(data) == parse(raw)
        assert sha256(data) == sha256(raw)
        assert b"".join(pieces(data, 10)) == raw
        assert data.find(b"nowhere") == -1
        assert data.startswith((b"To", b"From"))


def test_a_mail_in_a_file_takes_little_memory(tmp_path: Path) -> None:
    """Pages that were looked at are given back: 64 MiB are searched and hashed within 24 (row 47)."""

    def resident() -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.split("RssFile:")[1].split()[0]) << 10

    file = tmp_path / "mail"
    file.write_bytes(b"x" * (64 << 20))
    before = resident()
    with mapped(file) as data:
        assert data.find(b"nowhere") == -1
        assert resident() - before < 24 << 20
        assert len(sha256(data)) == 64
        assert resident() - before < 24 << 20
