"""Filing the copy of a sent mail: exactly one in Sent, and no failure of it ever sends again."""

from __future__ import annotations

import pytest

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import SELF_TEST, Filer
from maildesk.errors import ConnectionLost, MailServerError
from maildesk.store import outbox
from maildesk.store.engine import Store
from maildesk.sync import ingest
from maildesk.sync.evidence import sent_folder
from maildesk.sync.filing import WAITED_FOR, file_copies
from maildesk.sync.folder import look
from maildesk.sync.imap import ImapSession
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from tests.store import stores
from tests.store.stores import rows
from tests.support.mailhost import Mailhost
from tests.support.smtp import SmtpServer


@pytest.fixture
def box(store: Store, server: SmtpServer) -> Mailbox:
    """The shop's mailbox, with one reply sent that is not filed yet, some time ago."""
    box = stores.add_mailbox(store, smtp=server.endpoint())
    send(store, box, server)
    later(store)
    return box


def send(store: Store, box: Mailbox, server: SmtpServer) -> str:
    """A reply to another customer leaves: its Message-ID."""
    number = 1 + rows(store, "SELECT COUNT(*) FROM outbox")[0][0]
    who = stores.add_agent(store)
    raw = stores.mail(number, sender=f"customer{number}@mail.example")
    (found,) = ingest.import_mails(store, box, [("x", raw)])
    assert found.conversation is not None
    queued = stores.queue_reply(store, box, who, found.conversation)
    (report,) = Sender(store, box, lambda: SmtpSession.open(server.endpoint(), None), "worker").drain()
    assert report.result.value == "sent"
    return queued.message_id


def copies(host: Mailhost, message_id: str) -> list[tuple[bytes, frozenset[str]]]:
    """What is in Sent under a Message-ID, with its flags."""
    with host.open() as session:
        folder = sent_folder(session)
        assert folder is not None
        uids = session.search_header(folder, "Message-ID", message_id)
        return [(m.raw, m.flags) for uid in uids for m in session.fetch(((uid, uid),))]


def later(store: Store) -> None:
    """The pause after sending, or after a failure, is over."""
    stores.execute(store, "UPDATE outbox SET filing_after = 0")


def filer(store: Store, box: Mailbox) -> Filer:
    """What is known about who files copies."""
    with store.reading() as tx:
        return outbox.filer(tx, box.id)


def sent_id(store: Store) -> str:
    """The Message-ID of what was sent."""
    return str(rows(store, "SELECT message_id FROM outbox")[0][0])


def test_a_copy_is_filed_once(store: Store, anyhost: Mailhost, box: Mailbox, server: SmtpServer) -> None:
    """The very bytes that left, read already; a second pass does nothing."""
    assert file_copies(store, box, anyhost.open) == 1
    later(store)
    assert file_copies(store, box, anyhost.open) == 0
    ((raw, flags),) = copies(anyhost, sent_id(store))
    assert raw == server.mails[0].raw
    assert flags == {"\\Seen"}
    assert rows(store, "SELECT filed_at IS NOT NULL FROM outbox") in ([(1,)], [(True,)])


def test_a_server_that_files_itself(
    store: Store, anyhost: Mailhost, box: Mailbox, server: SmtpServer
) -> None:
    """It is looked for first, so there is no second copy (row 18); from then on that is known."""
    with anyhost.open() as session:
        session.append("Sent", server.mails[0].raw)
    assert file_copies(store, box, anyhost.open) == 1
    assert len(copies(anyhost, sent_id(store))) == 1
    assert filer(store, box) is Filer.SERVER


def test_a_server_that_files_late(
    store: Store, embedded_host: Mailhost, box: Mailbox, server: SmtpServer
) -> None:
    """Its copy is waited for, not filed beside it: before anything is known for seconds, then for a quarter of an
    hour, and only after that we file it ourselves (row 18)."""
    sent = send(store, box, server)
    assert file_copies(store, box, embedded_host.open) == 1  # the older one; this one left just now
    stores.execute(store, "UPDATE outbox SET filed_by = 'server' WHERE filed_at IS NOT NULL")
    for _ in range(WAITED_FOR - 1):
        later(store)
        assert file_copies(store, box, embedded_host.open) == 0
        assert copies(embedded_host, sent) == []
    with embedded_host.open() as session:
        session.append("Sent", server.mails[1].raw)
    later(store)
    assert file_copies(store, box, embedded_host.open) == 1
    assert len(copies(embedded_host, sent)) == 1
    never = send(store, box, server)
    for _ in range(WAITED_FOR):
        later(store)
        file_copies(store, box, embedded_host.open)
    assert len(copies(embedded_host, never)) == 1
    assert filer(store, box) is Filer.UNKNOWN


def test_who_files_is_learned_from_the_first_sends(
    store: Store, embedded_host: Mailhost, box: Mailbox, server: SmtpServer
) -> None:
    """Three copies that were missing: this server files none, and we file without waiting. One that is there before
    we filed it: the server does, whatever was before."""
    sent = [sent_id(store)]
    for n in range(SELF_TEST):
        assert filer(store, box) is Filer.UNKNOWN
        assert file_copies(store, box, embedded_host.open) == 1
        sent.append(send(store, box, server))
        if n < SELF_TEST - 1:
            assert file_copies(store, box, embedded_host.open) == 0  # it may still come
            later(store)
    assert filer(store, box) is Filer.MAILDESK
    assert file_copies(store, box, embedded_host.open) == 1
    assert [len(copies(embedded_host, one)) for one in sent] == [1] * len(sent)
    send(store, box, server)
    with embedded_host.open() as session:
        session.append("Sent", server.mails[-1].raw)
    assert file_copies(store, box, embedded_host.open) == 1
    assert filer(store, box) is Filer.SERVER


def test_a_copy_whose_id_was_changed(
    store: Store, anyhost: Mailhost, box: Mailbox, server: SmtpServer
) -> None:
    """The server files what its relay made of the mail: found by X-Maildesk-Id, and its id is an alias (row 19)."""
    ours = sent_id(store).encode()
    with anyhost.open() as session:
        session.append(
            "Sent", server.mails[0].raw.replace(b"Message-ID: " + ours, b"Message-ID: <new.1@relay.example>")
        )
    assert file_copies(store, box, anyhost.open) == 1
    with anyhost.open() as session:
        assert len(session.search_header("Sent", "X-Maildesk-Id", sent_id(store))) == 1
    assert rows(store, "SELECT message_id, outbox_id FROM alias") == [("<new.1@relay.example>", 1)]


def test_an_append_whose_answer_was_lost(
    store: Store, anyhost: Mailhost, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be there or not: the next try looks before it appends."""
    real = ImapSession.append

    def append(self: ImapSession, *args: object, **values: object) -> int | None:
        real(self, *args, **values)  # type: ignore[arg-type]
        raise ConnectionLost("imap_lost", host="imap.example", reason="EOF")

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "append", append)
        assert file_copies(store, box, anyhost.open) == 0
    later(store)
    assert file_copies(store, box, anyhost.open) == 1
    assert len(copies(anyhost, sent_id(store))) == 1
    assert filer(store, box) is Filer.UNKNOWN  # it may have been ours: nothing is learned from it


def test_failures_for_ever_never_send(store: Store, box: Mailbox, server: SmtpServer) -> None:
    """A hundred failures: pauses up to an hour, one delivery (row 2)."""

    def refuse() -> ImapSession:
        raise MailServerError("imap_refused", host="imap.example", reply="over quota")

    pauses = []
    for _ in range(100):
        assert file_copies(store, box, refuse) == 0
        ((after,),) = rows(store, "SELECT filing_after FROM outbox")
        pauses.append(round((after - store.now().timestamp()) / 60))
        assert file_copies(store, box, refuse) == 0
        later(store)
        assert Sender(store, box, lambda: SmtpSession.open(server.endpoint(), None), "worker").drain() == []
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert max(pauses) == 60
    assert len(server.mails) == 1


def test_the_copy_that_comes_back_is_linked(store: Store, anyhost: Mailhost, box: Mailbox) -> None:
    """Sync finds our copy in Sent: a duplicate, and no second message in the conversation."""
    file_copies(store, box, anyhost.open)
    with anyhost.open() as session:
        report = look(store, session, box, "Sent", "sent")
    assert (report.new, report.duplicate) == (0, 1)
    assert rows(store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(1,)]


def test_a_copy_that_sync_saw_first_is_filed(
    store: Store, anyhost: Mailhost, box: Mailbox, server: SmtpServer
) -> None:
    """The server filed it itself and sync has seen it: there is nothing left to file."""
    with anyhost.open() as session:
        session.append("Sent", server.mails[0].raw)
        look(store, session, box, "Sent", "sent")
    with store.transaction() as tx:
        assert outbox.pick_unfiled(tx, box.id) is None


def test_one_worker_at_a_time_files(store: Store, box: Mailbox) -> None:
    """Two that look at the same moment would both append: the item is taken for a while."""
    with store.transaction() as tx:
        assert outbox.pick_unfiled(tx, box.id) is not None
    with store.transaction() as tx:
        assert outbox.pick_unfiled(tx, box.id) is None


def test_without_a_sent_folder(store: Store, embedded_host: Mailhost, box: Mailbox) -> None:
    """It waits until there is one."""
    with embedded_host.other(None) as client:
        client.delete("Sent")
    assert file_copies(store, box, embedded_host.open) == 0
    with embedded_host.other(None) as client:
        client.create("Sent")
    later(store)
    assert file_copies(store, box, embedded_host.open) == 1
