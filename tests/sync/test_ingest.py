"""Importing files, and transactions that collide."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.domain.mailbox import Mailbox
from maildesk.errors import StoreError
from maildesk.store import folders
from maildesk.store.engine import Store
from maildesk.store.intake import Result
from maildesk.sync import ingest
from maildesk.sync.ingest import import_mails
from maildesk.sync.reader import Reader, ReaderDied
from tests.store import stores
from tests.store.stores import mail, rows


@pytest.fixture
def box(store: Store) -> Mailbox:
    """The shop's mailbox."""
    return stores.add_mailbox(store)


def test_an_import_tells_what_became_of_each(store: Store, box: Mailbox) -> None:
    """Stored, a duplicate, in quarantine: with the number of the conversation."""
    raws = [("a.eml", mail(1)), ("b.eml", mail(1)), ("c.eml", b"\x00\x01\x02"), ("d.eml", mail(2))]
    found = [one.json() for one in import_mails(store, box, raws)]
    assert [(one["path"], one["result"]) for one in found] == [
        ("a.eml", "stored"),
        ("b.eml", "duplicate"),
        ("c.eml", "quarantined"),
        ("d.eml", "stored"),
    ]
    assert found[0]["conversation"] == found[1]["conversation"] != found[3]["conversation"]
    assert found[0]["message"] == found[1]["message"]


def test_importing_again_changes_nothing(store: Store, box: Mailbox) -> None:
    """Everything is a duplicate, and its bytes are not kept twice."""
    raws = [(f"{n}.eml", mail(n)) for n in range(5)]
    list(import_mails(store, box, raws))
    before = rows(store, "SELECT COUNT(*) FROM raw"), rows(store, "SELECT COUNT(*) FROM message")
    assert {one.result for one in import_mails(store, box, raws)} == {Result.DUPLICATE}
    assert (rows(store, "SELECT COUNT(*) FROM raw"), rows(store, "SELECT COUNT(*) FROM message")) == before


def test_large_imports_go_in_batches(store: Store, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a batch is in memory; results come as they are stored."""
    monkeypatch.setattr(ingest, "BATCH", 3)
    taken = []

    def raws() -> Iterator[tuple[str, bytes]]:
        for n in range(7):
            taken.append(n)
            yield str(n), mail(n)

    found = import_mails(store, box, raws())
    next(found)
    assert taken == [0, 1, 2]
    assert len(list(found)) == 6


def test_a_mail_dated_in_the_future_is_received_now(store: Store, box: Mailbox) -> None:
    """It would stand above everything for ever."""
    raw = mail(1).replace(b"2025", b"2099")
    list(import_mails(store, box, [("x", raw)]))
    ((at,),) = rows(store, "SELECT at FROM message")
    assert at <= store.now().timestamp()


def test_a_collision_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that was the victim of a deadlock runs again, another failure does not."""
    monkeypatch.setattr("maildesk.store.engine.time.sleep", lambda _: None)
    calls = []

    def act(_: object) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise StoreError("store_busy", path="", reason="")
        return 5

    assert store.run(act) == 5
    assert len(calls) == 3

    def broken(_: object) -> None:
        calls.append(1)
        raise StoreError("store_full", path="", reason="")

    with pytest.raises(StoreError):
        store.run(broken)
    assert len(calls) == 4


def test_the_child_reads_what_the_parent_would() -> None:
    """The same values, in the order given, batch after batch."""
    from maildesk.mail.parse import parse

    mails = [mail(n, subject="=?utf-8?B?5rOo5paH?=") for n in range(20)]
    reader = Reader()
    try:
        for batch in (mails, mails[:1], []):
            reader.send(batch)
            assert reader.receive() == [parse(raw) for raw in batch]
    finally:
        reader.close()


def _ask(reader: Reader) -> None:
    reader.send([mail(1)])
    reader.receive()


def test_a_child_that_was_killed_is_noticed() -> None:
    """Before and while it answers."""
    import os
    import signal

    reader = Reader()
    try:
        os.kill(reader.pid, signal.SIGKILL)
        with pytest.raises(ReaderDied):
            _ask(reader)
    finally:
        reader.close()


def test_trouble_of_the_store_sends_no_mail_to_quarantine(tmp_path: Path) -> None:
    """A mail that cannot be written is found by writing one at a time. When the store has no more room in the middle of
    that, the others wait; and what a mail says is not taken for the store's own words."""
    with stores.opened("postgresql", tmp_path) as store:
        box = stores.add_mailbox(store)
        stores.execute(
            store,
            "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.subject LIKE 'odd%' THEN RAISE 'odd value'; END IF; "
            "IF NEW.subject LIKE 'full%' THEN RAISE 'No space left on device'; END IF; "
            "RETURN NEW; END $$",
        )
        stores.execute(
            store, "CREATE TRIGGER odd BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION odd()"
        )
        raws = [mail(1), mail(2, subject="odd: disk is full, connection lost"), mail(3, subject="full")]
        with store.transaction() as tx:
            cursor = folders.ensure(tx, box.id, "INBOX", "inbox")
            folders.renumber(tx, cursor.folder_id, None, 1)
            cursor = folders.ensure(tx, box.id, "INBOX", "inbox")
            coming = [
                folders.Fetched(n, store.now(), raw, len(raw), hashlib.sha256(raw).hexdigest())
                for n, raw in enumerate(raws, 1)
            ]
            waiting = folders.store_raw(tx, cursor, 1, coming, upto=3)
        with ingest.Intake(store, box, from_sent_folder=False) as taking:
            taking.feed(waiting)
            with pytest.raises(StoreError) as raised:
                taking.finish()
        assert raised.value.key == "store_full"
        results = "SELECT uid, result FROM location ORDER BY uid"
        assert rows(store, results) == [(1, "stored"), (2, "quarantined"), (3, "pending")]
        stores.execute(store, "DROP TRIGGER odd ON message")
        ingest.read_pending(store, box, cursor)
        assert rows(store, results)[2] == (3, "stored")
