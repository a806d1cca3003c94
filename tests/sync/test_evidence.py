"""Evidence for mails that may have left: what proves that they did, what proves nothing, and that neither ever sends."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from maildesk.domain.outbox import RESEND_AFTER, EvidenceKind, OutboxItem, OutboxState, Step, ids_in_answer
from maildesk.errors import MailServerError
from maildesk.store import outbox
from maildesk.store.engine import Store
from maildesk.store.intake import Result
from maildesk.store.tables import message
from maildesk.sync import evidence, ingest
from maildesk.sync.evidence import Looked
from maildesk.sync.imap import ImapSession
from tests.store import stores
from tests.store.stores import rows, state_of
from tests.support.mailhost import Mailhost
from tests.sync.outgoing import Desk

JOURNAL = "journal@shop.example"


def doubtful(desk: Desk, *, accepted: bool = True) -> str:
    """A reply whose final dot got no answer: its Message-ID. ``accepted``: whether the server has it all the same."""
    queued = desk.reply()
    desk.server.fault("dot", accept=accepted, drop=True)
    assert [r.result for r in desk.drain()] == [OutboxState.UNCERTAIN]
    assert desk.server.count(queued.message_id) == accepted
    return queued.message_id


def later(desk: Desk) -> None:
    """The time of the next look has come."""
    stores.execute(desk.store, "UPDATE outbox SET evidence_after = 0 WHERE evidence_after IS NOT NULL")


def item(desk: Desk, number: int = 1) -> OutboxItem:
    """As people see it."""
    with desk.store.reading() as tx:
        found = outbox.item(tx, number)
    assert found is not None
    return found


def put_in_sent(host: Mailhost, raw: bytes) -> None:
    """The server files a copy."""
    with host.open() as session:
        session.append("Sent", raw)


def files_by_itself(desk: Desk) -> None:
    """This server is known to file copies: it did with a mail before."""
    desk.reply()
    desk.drain()
    stores.execute(desk.store, "UPDATE outbox SET filed_at = 1, filed_by = 'server'")


def arrive(desk: Desk, raw: bytes) -> tuple[Result, int | None]:
    """A mail comes into the shop's inbox: what became of it, and its conversation."""
    (found,) = ingest.import_mails(desk.store, desk.box, [("x", raw)])
    return found.result, found.conversation


def nothing_more_is_sent(desk: Desk, message_id: str, deliveries: int = 1) -> None:
    """Whatever time passes."""
    desk.due()
    desk.lapse()
    with desk.store.transaction() as tx:
        outbox.reap(tx)
    assert desk.drain() == []
    assert desk.server.count(message_id) == deliveries


def test_a_copy_in_sent_proves_it(desk: Desk, embedded_host: Mailhost) -> None:
    """Looked for after a minute, not before: sent, in its conversation once, and never sent again."""
    message_id = doubtful(desk)
    put_in_sent(embedded_host, desk.server.mails[0].raw)
    assert evidence.look(desk.store, desk.box, embedded_host.open) == []
    with desk.store.reading() as tx:
        due = outbox.next_due(tx, desk.box.id)
    assert due is not None
    assert 50 < due <= 60
    later(desk)
    assert evidence.look(desk.store, desk.box, embedded_host.open) == [Looked(1, True, True)]
    assert evidence.look(desk.store, desk.box, embedded_host.open) == []
    shown = item(desk)
    assert shown.state is OutboxState.SENT
    assert [(e.kind, e.found, e.detail) for e in shown.evidence] == [(EvidenceKind.SENT_COPY, True, "Sent")]
    assert rows(desk.store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(1,)]
    nothing_more_is_sent(desk, message_id)


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_missing_copy_counts_only_where_the_server_files(
    desk: Desk, embedded_host: Mailhost, by_itself: bool
) -> None:
    """Three looks, after 1, 5 and 15 minutes, each written down; then a person decides, who sees them."""
    if by_itself:
        files_by_itself(desk)
    message_id = doubtful(desk, accepted=False)
    number = rows(desk.store, "SELECT MAX(id) FROM outbox")[0][0]
    pauses = []
    for _ in range(3):
        ((after,),) = rows(desk.store, "SELECT evidence_after FROM outbox WHERE state = 'uncertain'")
        pauses.append(round((after - desk.store.now().timestamp()) / 60))
        later(desk)
        assert evidence.look(desk.store, desk.box, embedded_host.open) == [Looked(number, False, by_itself)]
    assert pauses == [1, 4, 10]
    later(desk)
    assert evidence.look(desk.store, desk.box, embedded_host.open) == []
    shown = item(desk, number)
    assert shown.state is OutboxState.UNCERTAIN
    assert [(e.found, e.counts) for e in shown.evidence] == [(False, by_itself)] * 3
    nothing_more_is_sent(desk, message_id, deliveries=0)


def test_a_server_that_cannot_be_asked_proves_nothing(desk: Desk, embedded_host: Mailhost) -> None:
    """Asked again in a minute, as often as it takes; the three looks are still to come."""
    doubtful(desk)
    put_in_sent(embedded_host, desk.server.mails[0].raw)

    def refuse() -> ImapSession:
        raise MailServerError("imap_refused", host="imap.example", reply="not now")

    for _ in range(5):
        later(desk)
        assert evidence.look(desk.store, desk.box, refuse) == []
    assert item(desk).evidence == ()
    ((after,),) = rows(desk.store, "SELECT evidence_after FROM outbox")
    assert 50 < after - desk.store.now().timestamp() <= 60
    later(desk)
    assert [found.found for found in evidence.look(desk.store, desk.box, embedded_host.open)] == [True]


def test_those_asked_for_are_looked_for_now(desk: Desk, embedded_host: Mailhost) -> None:
    """For who reconciles: whatever the time of their look; only what is uncertain."""
    doubtful(desk)
    put_in_sent(embedded_host, desk.server.mails[0].raw)
    waiting = desk.reply(hold=600.0)
    found = evidence.look(desk.store, desk.box, embedded_host.open, [1, waiting.outbox_id, 99])
    assert found == [Looked(1, True, True)]
    assert state_of(desk.store, waiting.outbox_id) is OutboxState.QUEUED


def test_one_worker_at_a_time_looks(desk: Desk) -> None:
    """The item is taken for two minutes; a worker that dies meanwhile leaves it to the next one."""
    doubtful(desk)
    later(desk)
    with desk.store.transaction() as tx:
        assert outbox.pick_doubtful(tx, desk.box.id) is not None
        assert outbox.pick_doubtful(tx, desk.box.id) is None
    later(desk)
    with desk.store.transaction() as tx:
        assert outbox.pick_doubtful(tx, desk.box.id) is not None


# ---- the crash points of the protocol, with what evidence says of each


def killed(desk: Desk) -> None:
    """The worker is gone: its lease runs out."""
    desk.lapse()
    with desk.store.transaction() as tx:
        outbox.reap(tx)


@pytest.mark.parametrize("point", ["before the dot", "after the dot", "after the 250", "after the look"])
def test_a_worker_killed_after_the_mark(
    desk: Desk, embedded_host: Mailhost, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Uncertain, whatever is true; then evidence says what is. At most one delivery, and none is lost."""
    queued = desk.reply()

    class Killed(BaseException):
        """The process ends here."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if point == "before the dot":
            patch.setattr(Store, "run", _committing(Store.run, die))
        elif point == "after the dot":
            desk.server.fault("dot", accept=True, drop=True)
            patch.setattr("maildesk.sync.outbox.Sender._save", die)
        else:
            patch.setattr("maildesk.sync.outbox.Sender._save", die)
        with pytest.raises(Killed):
            desk.drain()
    assert state_of(desk.store, queued.outbox_id) is OutboxState.COMMITTING
    killed(desk)
    assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN
    for mail in desk.server.mails:
        put_in_sent(embedded_host, mail.raw)
    assert evidence.look(desk.store, desk.box, embedded_host.open) == []  # a minute is left for the server
    later(desk)
    if point == "after the look":
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "found", die)
            with pytest.raises(Killed):
                evidence.look(desk.store, desk.box, embedded_host.open)
        assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN
        later(desk)
    evidence.look(desk.store, desk.box, embedded_host.open)
    expected = OutboxState.UNCERTAIN if point == "before the dot" else OutboxState.SENT
    assert state_of(desk.store, queued.outbox_id) is expected
    nothing_more_is_sent(desk, queued.message_id, deliveries=len(desk.server.mails))
    assert len(desk.server.mails) == (point != "before the dot")


def _committing(run: Callable[..., object], die: Callable[[], None]) -> Callable[..., object]:
    """``Store.run`` that ends the process once the mark is in the store."""

    def act(store: object, what: Callable[..., object]) -> object:
        found = run(store, what)
        if found is True:
            die()
        return found

    return act


def test_a_look_that_ends_after_a_person_decided_changes_nothing(desk: Desk) -> None:
    """Somebody sends it again while a worker looks: what the worker did not find says nothing of the next attempt."""
    doubtful(desk)
    later(desk)
    with desk.store.transaction() as tx:
        taken = outbox.pick_doubtful(tx, desk.box.id)
    assert taken is not None
    stores.execute(desk.store, "UPDATE outbox SET committing_at = 1")
    with desk.store.transaction() as tx:
        assert outbox.decide(tx, desk.who, 1, Step.RESEND)
    with desk.store.transaction() as tx:
        outbox.not_found(tx, taken, EvidenceKind.SENT_COPY, counts=True, detail="Sent")
        outbox.not_reached(tx, taken)
    assert item(desk).evidence == ()
    assert state_of(desk.store, 1) is OutboxState.QUEUED


def test_a_late_250_after_the_evidence_changes_nothing(desk: Desk, embedded_host: Mailhost) -> None:
    """A worker that was only paused comes with its answer: everything is there already, once."""
    doubtful(desk)
    put_in_sent(embedded_host, desk.server.mails[0].raw)
    later(desk)
    evidence.look(desk.store, desk.box, embedded_host.open)
    with desk.store.transaction() as tx:
        assert outbox.finish(tx, 1, 1, Step.ACCEPTED, "250 ok") is None
    assert rows(desk.store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(1,)]


def test_evidence_stops_a_resend_that_has_not_left(desk: Desk) -> None:
    """A person sends again, and before that leaves the customer answers the first one: one delivery (I5)."""
    message_id = doubtful(desk)
    old = desk.store.now().timestamp() - RESEND_AFTER.total_seconds() - 1
    stores.execute(desk.store, "UPDATE outbox SET committing_at = :t", t=old)
    with desk.store.transaction() as tx:
        assert outbox.decide(tx, desk.who, 1, Step.RESEND)
    assert arrive(desk, stores.mail(7, in_reply_to=message_id)) == (Result.STORED, desk.numbers[0])
    assert state_of(desk.store, 1) is OutboxState.SENT
    nothing_more_is_sent(desk, message_id)


def test_what_was_cancelled_and_arrived_is_shown(desk: Desk) -> None:
    """Somebody gave it up, and its copy comes after all: the conversation shows what the customer has."""
    message_id = doubtful(desk)
    with desk.store.transaction() as tx:
        assert outbox.decide(tx, desk.who, 1, Step.CANCEL)
    assert arrive(desk, desk.server.mails[0].raw) == (Result.DUPLICATE, desk.numbers[0])
    assert item(desk).state is OutboxState.CANCELLED
    assert [e.found for e in item(desk).evidence] == [True]
    assert rows(desk.store, "SELECT message_id FROM message WHERE kind = 'out'") == [(message_id,)]


# ---- the journal


def with_journal(desk: Desk) -> None:
    """Everything that is sent goes to a journal address as well."""
    desk.box = stores.add_mailbox(desk.store, smtp=desk.server.endpoint(), journal=JOURNAL)


def test_the_journal_is_one_more_recipient_of_the_same_mail(desk: Desk) -> None:
    """In the envelope, in no header; its arrival proves that the server took the mail."""
    with_journal(desk)
    message_id = doubtful(desk)
    (mail,) = desk.server.mails
    assert mail.recipients == ("customer@mail.example", JOURNAL)
    assert JOURNAL.encode() not in mail.raw
    assert b"bcc" not in mail.raw.lower()
    assert arrive(desk, mail.raw) == (Result.DUPLICATE, desk.numbers[0])
    shown = item(desk)
    assert shown.state is OutboxState.SENT
    assert [e.kind for e in shown.evidence] == [EvidenceKind.JOURNAL]
    nothing_more_is_sent(desk, message_id)


@pytest.mark.parametrize("reply", ["550 5.1.1 nobody", "451 4.3.0 later"])
def test_a_journal_that_is_refused_changes_nothing(desk: Desk, reply: str) -> None:
    """The customer gets his mail, and nobody is told of a refused recipient."""
    with_journal(desk)
    desk.server.refuse[JOURNAL] = reply
    desk.reply()
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    assert item(desk).refused == ()
    assert desk.status(desk.numbers[0]) == "done"


def test_nothing_leaves_for_the_journal_alone(desk: Desk) -> None:
    """Every customer refused: failed, though the journal would have taken it."""
    with_journal(desk)
    desk.server.refuse["customer@mail.example"] = "550 5.1.1 nobody"
    desk.reply()
    assert [r.result for r in desk.drain()] == [OutboxState.FAILED]
    assert desk.server.mails == []


# ---- answers and delivery reports


@pytest.mark.parametrize("state", ["uncertain", "committing"])
@pytest.mark.parametrize("extra", ["", "Auto-Submitted: auto-replied"])
def test_a_reply_that_quotes_it_proves_it(desk: Desk, state: str, extra: str) -> None:
    """It joins the conversation, though our mail is not known to have left; an automatic answer proves as much."""
    message_id = doubtful(desk)
    stores.execute(desk.store, "UPDATE outbox SET state = :s", s=state)
    result, conversation = arrive(desk, stores.mail(7, in_reply_to=message_id, extra=extra))
    assert (result, conversation) == (Result.STORED, desk.numbers[0])
    shown = item(desk)
    assert shown.state is OutboxState.SENT
    assert [(e.kind, e.detail) for e in shown.evidence] == [(EvidenceKind.REPLY, message_id)]
    kinds = rows(desk.store, "SELECT kind FROM message ORDER BY id")
    assert kinds == [("in",), ("out",), ("in",)]
    nothing_more_is_sent(desk, message_id)


def report(message_id: str, action: str = "failed", number: int = 50) -> bytes:
    """A delivery report (RFC 3464) about a mail."""
    status = "5.1.1" if action == "failed" else "4.4.1"
    return (
        "From: Mail Delivery System <mailer-daemon@mx.mail.example>\r\n"
        f"To: {stores.SHOP}\r\nSubject: Delivery Status Notification\r\n"
        f"Message-ID: <dsn{number}@mx.mail.example>\r\nDate: Fri, 1 Aug 2025 12:00:00 +0900\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nAbout your mail.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; customer@mail.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n"
        f"From: {stores.SHOP}\r\nTo: customer@mail.example\r\n\r\n--b--\r\n"
    ).encode()


def bounced(desk: Desk) -> tuple[bool, bool]:
    """Whether the item and the conversation say 不達."""
    ((flag,),) = rows(desk.store, "SELECT bounced FROM conversation ORDER BY id LIMIT 1")
    return item(desk).bounced, bool(flag)


@pytest.mark.parametrize("uncertain", [True, False])
def test_a_delivery_report_concerns_the_reply_that_it_quotes(desk: Desk, uncertain: bool) -> None:
    """Back to 新着 with 不達, at the item as well; and an uncertain one was surely accepted."""
    if uncertain:
        message_id = doubtful(desk)
    else:
        message_id = desk.reply().message_id
        desk.drain()
    assert desk.status(desk.numbers[0]) == "done"
    assert arrive(desk, report(message_id)) == (Result.STORED, desk.numbers[0])
    assert bounced(desk) == (True, True)
    assert desk.status(desk.numbers[0]) == "new"
    assert item(desk).state is OutboxState.SENT
    assert [e.kind for e in item(desk).evidence] == [EvidenceKind.DSN] * uncertain
    log = [r[0] for r in rows(desk.store, "SELECT what FROM event WHERE outbox_id = 1 ORDER BY id")]
    assert log[-1] == "bounced"
    with desk.store.reading() as tx:
        linked = [row.bounce["outbox"] for row in tx.execute(select(message)) if row.bounce]
    assert linked == [1]


def test_a_report_about_a_changed_id_that_nobody_told(desk: Desk) -> None:
    """The mail that it returns still carries X-Maildesk-Id."""
    message_id = doubtful(desk)
    returned = report(f"<new.9@relay.example>\r\nX-Maildesk-Id: {message_id}")
    assert arrive(desk, returned) == (Result.STORED, desk.numbers[0])
    assert bounced(desk) == (True, True)
    assert item(desk).state is OutboxState.SENT


def test_a_delay_is_no_failure(desk: Desk) -> None:
    """The server still tries: not 不達. It shows that our server took the mail."""
    message_id = doubtful(desk)
    assert arrive(desk, report(message_id, "delayed"))[1] == desk.numbers[0]
    assert bounced(desk) == (False, False)
    assert desk.status(desk.numbers[0]) == "done"
    assert item(desk).state is OutboxState.SENT


@pytest.mark.parametrize(
    "quoted", ["<1@mail.example>", "<md.00000000000000000000000000000000@shop.example>", ""]
)
def test_a_report_that_quotes_no_mail_of_ours_changes_nothing(desk: Desk, quoted: str) -> None:
    """Forged, or about somebody else's mail (row 62): neither 不達, nor in that conversation, nor evidence."""
    doubtful(desk)
    _, conversation = arrive(desk, report(quoted))
    assert conversation != desk.numbers[0]
    assert bounced(desk) == (False, False)
    assert item(desk).state is OutboxState.UNCERTAIN


# ---- relays that write an id of their own

NEW_ID = "<0100018d5f3a8e2f-8f3c1b2a-4d5e-6f70-8192-a3b4c5d6e7f8-000000@relay.example>"
STYLES: dict[str, tuple[str, str, bool]] = {
    "the answer names the whole id": ("250 2.0.0 OK {new} [Hostname=x.relay.example]", NEW_ID, False),
    "the answer names it without its domain": ("250 Ok {left}", NEW_ID, False),
    "only the copy in Sent shows it": ("250 2.0.0 queued as 4XyZ12", "<abc.123@relay.example>", True),
    "our id on another domain": ("250 2.0.0 queued as 4XyZ12", "<{ours}@relay.example>", True),
}


@pytest.mark.parametrize("style", STYLES)
def test_replies_to_a_changed_id_thread(desk: Desk, embedded_host: Mailhost, style: str) -> None:
    """Four ways in which relays change Message-IDs (row 19): the customer's reply to the new one joins, and so does
    a report about it."""
    answer, template, filed = STYLES[style]
    queued = desk.reply()
    new = template.format(ours=queued.message_id.strip("<>").partition("@")[0])
    left = new.strip("<>").partition("@")[0]
    desk.server.fault("dot", reply=answer.format(new=new, left=left), accept=True)
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    if filed:
        raw = desk.server.mails[0].raw
        changed = re.sub(rb"Message-ID: <[^>]*>", b"Message-ID: " + new.encode(), raw, count=1)
        put_in_sent(embedded_host, changed)
        stores.execute(desk.store, "UPDATE outbox SET filing_after = 0")
        from maildesk.sync.filing import file_copies

        assert file_copies(desk.store, desk.box, embedded_host.open) == 1
    assert arrive(desk, stores.mail(7, sender="customer0@mail.example", in_reply_to=new)) == (
        Result.STORED,
        desk.numbers[0],
    )
    assert arrive(desk, report(new))[1] == desk.numbers[0]
    assert bounced(desk) == (True, True)


def test_a_stranger_cannot_name_an_alias(desk: Desk) -> None:
    """Whoever has our mail could send it to us as our own copy, under an id that is another customer's: without a
    journal nothing from an inbox makes an alias."""
    queued = desk.reply()
    desk.drain()
    forged = desk.server.mails[0].raw.replace(queued.message_id.encode(), b"<victim@mail.example>", 1)
    assert b"X-Maildesk-Id: " + queued.message_id.encode() in forged
    arrive(desk, forged)
    assert rows(desk.store, "SELECT * FROM alias") == []


def test_a_forged_copy_names_no_alias_where_a_journal_makes_them(desk: Desk) -> None:
    """With a journal our copies come to an inbox; what our own server calls forged is none of them."""
    desk.box = stores.add_mailbox(
        desk.store, smtp=desk.server.endpoint(), journal=JOURNAL, authserv_id="mx.shop.example"
    )
    queued = desk.reply()
    desk.drain()
    copy = desk.server.mails[0].raw.replace(queued.message_id.encode(), b"<victim@mail.example>", 1)
    found = b"Authentication-Results: mx.shop.example; dmarc=%s header.from=shop.example\r\n"
    arrive(desk, found % b"fail" + copy)
    assert rows(desk.store, "SELECT * FROM alias") == []
    arrive(desk, found % b"pass" + copy)
    assert len(rows(desk.store, "SELECT * FROM alias")) == 1


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ1234abcd", ()),
        ("250 OK id=1rABCD-000123-4X", ()),
        (
            "250 2.6.0 <a.b@prod.example> [InternalId=123456789012345678901234] Queued",
            ("<a.b@prod.example>",),
        ),
        ("250 Ok 0100018d5f3a8e2f-8f3c1b2a-4d5e", ("0100018d5f3a8e2f-8f3c1b2a-4d5e",)),
        ("250 <>", ()),
        ("", ()),
    ],
)
def test_what_an_answer_names(answer: str, ids: tuple[str, ...]) -> None:
    """A whole id, or a word too long for a queue number; nothing else."""
    assert ids_in_answer(answer) == ids
