"""Mails that are not what they say they are get in nowhere, and everybody sees why (row 62)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from maildesk.domain.conversation import Message
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import Step
from maildesk.domain.trust import Verdict
from maildesk.store import conversations, mailboxes, messages, outbox
from maildesk.store.engine import Store
from maildesk.store.intake import Result
from tests.store import stores
from tests.store.stores import SHOP, mail, receive, rows

MX = "mx.shop.example"
PASS = f"Authentication-Results: {MX}; dmarc=pass header.from=mail.example"
FAIL = (
    f"Authentication-Results: {MX}; spf=fail smtp.mailfrom=evil.example; dmarc=fail header.from=mail.example"
)
OURS_PASS = f"Authentication-Results: {MX}; dkim=pass header.d=shop.example"
RECEIVED = f"Received: from evil.example by {MX}; Fri, 1 Aug 2025 10:00:00 +0900"


@pytest.fixture
def box(store: Store) -> Mailbox:
    """A mailbox whose server says who sent what."""
    return stores.add_mailbox(store, authserv_id=MX)


def newest(store: Store) -> Message:
    """The mail that was taken in last."""
    ((number,),) = rows(store, "SELECT MAX(id) FROM message")
    with store.reading() as tx:
        found = messages.by_id(tx, number)
    assert found is not None
    return found


def with_fields(raw: bytes, *fields: str) -> bytes:
    """Header fields on top."""
    return "".join(f"{f}\r\n" for f in fields).encode() + raw


def about_first(number: int, sender: str = "customer@mail.example", to: str = SHOP) -> bytes:
    """A mail that answers the first one."""
    return mail(
        number, sender=sender, to=to, in_reply_to="<1@mail.example>", references=("<1@mail.example>",)
    )


def test_a_participant_who_is_none_is_linked(store: Store, box: Mailbox) -> None:
    """The customer's address in From, DMARC failed: a conversation of its own that names the other, both ways."""
    (first,) = receive(store, box, [with_fields(mail(1), PASS)])
    (forged,) = receive(store, box, [with_fields(about_first(2), FAIL)])
    assert forged.result is Result.STORED
    assert forged.conversation_id != first.conversation_id
    found = newest(store)
    assert found.related is not None
    assert (found.related.conversation_id, found.related.reason) == (first.conversation_id, "authentication")
    assert "authentication" in found.warnings
    assert found.authentication is not None
    assert (found.authentication.spf, found.authentication.verdict) == ("fail", Verdict.FAIL)
    with store.reading() as tx:
        ids = [first.conversation_id or 0, forged.conversation_id or 0]
        one, other = conversations.summaries(tx, 0, ids)
    assert (one.related, other.related) == ((ids[1],), (ids[0],))
    (true,) = receive(store, box, [with_fields(about_first(3), PASS)])
    assert true.conversation_id == first.conversation_id


def test_results_that_the_mail_brought_along_are_not_believed(store: Store, box: Mailbox) -> None:
    """In the name of another server, or in ours below what ours wrote."""
    (first,) = receive(store, box, [mail(1)])
    theirs = "Authentication-Results: mx.evil.example; dmarc=pass"
    (forged,) = receive(store, box, [with_fields(about_first(2), FAIL, RECEIVED, PASS, theirs)])
    assert forged.conversation_id != first.conversation_id
    receive(store, box, [with_fields(mail(3, sender="b@mail.example"), theirs)])
    assert newest(store).authentication is None


@pytest.mark.parametrize("fields", [(), (FAIL,), (PASS.replace("pass", "none"),)])
def test_our_address_without_proof_is_not_ours(store: Store, box: Mailbox, fields: Sequence[str]) -> None:
    """From one of our addresses, not out of Sent, not proven: it answers nothing, closes nothing, and says so (row 12)."""
    (first,) = receive(store, box, [mail(1)])
    raw = about_first(2, sender=SHOP, to="customer@mail.example")
    (forged,) = receive(store, box, [with_fields(raw, *fields)])
    assert forged.conversation_id != first.conversation_id
    found = newest(store)
    assert found.kind.value == "in"
    assert found.warnings[0] == "own-address"
    assert found.related is not None
    assert found.related.reason == "own-address"
    assert rows(
        store, "SELECT status, answered FROM conversation WHERE id = :i", i=first.conversation_id
    ) in (
        [("new", 0)],
        [("new", False)],
    )


def test_our_address_answers_nothing_where_nobody_can_prove_it(store: Store) -> None:
    """Without ``authserv_id``: what comes in under our address may be a colleague's from elsewhere or anybody's. It
    stands in the conversation, marked, and the conversation waits for an answer as before."""
    box = stores.add_mailbox(store)
    (first,) = receive(store, box, [mail(1)])
    (maybe,) = receive(store, box, [about_first(2, sender=SHOP, to="customer@mail.example")])
    assert maybe.conversation_id == first.conversation_id
    assert newest(store).warnings[0] == "own-address"
    assert rows(store, "SELECT status, answered FROM conversation") in ([("new", 0)], [("new", False)])


def test_our_address_with_proof_is_ours(store: Store, box: Mailbox) -> None:
    """Signed by our domain, it joins, as what we sent; out of Sent it needs no proof."""
    (first,) = receive(store, box, [mail(1)])
    answer = about_first(2, sender=SHOP, to="customer@mail.example")
    (ours,) = receive(store, box, [with_fields(answer, OURS_PASS)])
    other = about_first(3, sender=SHOP, to="customer@mail.example")
    (sent,) = receive(store, box, [other], folder="Sent")
    assert ours.conversation_id == sent.conversation_id == first.conversation_id
    assert newest(store).joined_by == "sent-copy"


def test_whoever_answers_our_own_mail_is_added_and_the_customer_stays(store: Store, box: Mailbox) -> None:
    """He has our unguessable id; the badge says that he is new (F057)."""
    who = stores.add_agent(store)
    (first,) = receive(store, box, [mail(1)])
    assert first.conversation_id is not None
    reply = stores.queue_reply(store, box, who, first.conversation_id)
    (answer,) = receive(store, box, [mail(2, sender="wife@home.example", in_reply_to=reply.message_id)])
    assert answer.conversation_id == first.conversation_id
    assert newest(store).new_sender
    assert rows(store, "SELECT customer_address FROM conversation") == [("customer@mail.example",)]
    assert ("wife@home.example",) in rows(store, "SELECT address FROM participant")
    receive(store, box, [about_first(3, sender="wife@home.example")])
    assert not newest(store).new_sender
    (forged,) = receive(
        store, box, [with_fields(mail(4, sender="x@mail.example", in_reply_to=reply.message_id), FAIL)]
    )
    assert forged.conversation_id != first.conversation_id


STRANGER = "stranger@evil.example"


@pytest.mark.parametrize("trap", ["id", "reference"])
@pytest.mark.parametrize("together", [True, False])
def test_a_stranger_draws_no_mail_to_himself_by_naming_our_customer(
    store: Store, box: Mailbox, trap: str, together: bool
) -> None:
    """He puts our customer in To and Cc of a mail that bears the id which the customer's next mail names, or waits for
    that mail itself: the customer's mail stands apart, and names his."""
    coming = "<next@mail.example>"
    lure = mail(
        1,
        sender=STRANGER,
        to=f"{SHOP}, customer@mail.example",
        message_id=coming if trap == "id" else None,
        references=(coming,) if trap == "reference" else (),
        extra="Cc: customer@mail.example, wife@home.example",
    )
    theirs = mail(
        2,
        message_id=coming if trap == "reference" else None,
        in_reply_to=coming if trap == "id" else "",
    )
    if together:
        lured, true = receive(store, box, [lure, theirs])
    else:
        (lured,), (true,) = receive(store, box, [lure]), receive(store, box, [theirs])
    assert lured.conversation_id != true.conversation_id
    (wife,) = receive(store, box, [mail(3, sender="wife@home.example", in_reply_to=coming)])
    assert wife.conversation_id not in (lured.conversation_id, true.conversation_id)


def test_whom_we_wrote_to_takes_part(store: Store, box: Mailbox) -> None:
    """By a reply of ours, and by what we sent from elsewhere: he joins by an id of the customer's, too."""
    who = stores.add_agent(store)
    (first,) = receive(store, box, [mail(1, extra="Cc: wife@home.example")])
    assert first.conversation_id is not None
    (before,) = receive(store, box, [about_first(2, sender="wife@home.example")])
    assert before.conversation_id != first.conversation_id
    stores.queue_reply(
        store, box, who, first.conversation_id, to=("customer@mail.example", "wife@home.example")
    )
    with store.transaction() as tx:
        item = outbox.pick(tx, "worker")
        assert item is not None
        assert outbox.mark_committing(tx, item.id, item.attempt, item.message_id)
        outbox.finish(tx, item.id, item.attempt, Step.ACCEPTED, "250 ok")
    (after,) = receive(store, box, [about_first(3, sender="wife@home.example")])
    assert after.conversation_id == first.conversation_id
    receive(
        store,
        box,
        [about_first(4, sender=SHOP, to="customer@mail.example, boss@work.example")],
        folder="Sent",
    )
    (boss,) = receive(store, box, [about_first(5, sender="boss@work.example")])
    assert boss.conversation_id == first.conversation_id


def test_what_was_proved_later_to_be_ours_counts_then(store: Store) -> None:
    """It came in before it was seen in Sent; where nobody can prove who wrote it, its recipients take no part before."""
    box = stores.add_mailbox(store)
    ours = mail(1, sender=SHOP, to="boss@work.example")
    (came,) = receive(store, box, [ours])
    (early,) = receive(store, box, [about_first(2, sender="boss@work.example")])
    assert early.conversation_id != came.conversation_id
    receive(store, box, [ours], folder="Sent")
    (late,) = receive(store, box, [about_first(3, sender="boss@work.example")])
    assert late.conversation_id == came.conversation_id


def test_a_forged_mail_makes_nobody_take_part(store: Store, box: Mailbox) -> None:
    """It bears the customer's name and the id that his next mail names: that mail does not join it (row 62)."""
    (forged,) = receive(store, box, [with_fields(mail(1), FAIL)])
    (true,) = receive(store, box, [with_fields(about_first(2), PASS)])
    assert true.conversation_id != forged.conversation_id
    (form,) = receive(store, box, [mail(3, sender=SHOP, extra="Reply-To: customer@mail.example")])
    (answer,) = receive(store, box, [with_fields(mail(4, in_reply_to="<3@mail.example>"), PASS)])
    assert answer.conversation_id != form.conversation_id


def test_who_reports_takes_no_part(store: Store, box: Mailbox) -> None:
    """A report about a mail of ours joins, and is no way in for its sender."""
    (first,) = receive(store, box, [mail(1)])
    receive(
        store,
        box,
        [mail(2, sender=SHOP, to="customer@mail.example", in_reply_to="<1@mail.example>")],
        folder="Sent",
    )
    (bounce,) = receive(store, box, [report(3, "<2@mail.example>")])
    assert bounce.conversation_id == first.conversation_id
    ((sender,),) = rows(store, "SELECT from_address FROM message WHERE automatic = 'bounce'")
    (after,) = receive(store, box, [about_first(4, sender=sender)])
    assert after.conversation_id != first.conversation_id


def report(number: int, about: str) -> bytes:
    """A delivery report (RFC 3464) about the mail with this id."""
    parts = (
        "--b\r\nContent-Type: text/plain\r\n\r\nCould not be delivered.\r\n",
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; customer@mail.example\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {about}\r\n\r\n--b--\r\n",
    )
    head = (
        "From: MAILER-DAEMON@mx.example\r\nTo: info@shop.example\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <r{number}@mx.example>\r\nDate: Fri, 1 Aug 2025 10:00:00 +0900\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    return (head + "".join(parts)).encode()


def test_only_a_report_about_a_mail_of_ours_counts(store: Store, box: Mailbox) -> None:
    """One that names a mail of the customer, or none that we know, changes no conversation."""
    who = stores.add_agent(store)
    (first,) = receive(store, box, [mail(1)])
    assert first.conversation_id is not None
    reply = stores.queue_reply(store, box, who, first.conversation_id)
    forged = [report(1, "<1@mail.example>"), report(2, "<md.0123456789abcdef0123456789abcdef@shop.example>")]
    for raw in forged:
        (taken,) = receive(store, box, [raw])
        assert taken.conversation_id != first.conversation_id
    assert {r[0] for r in rows(store, "SELECT bounced FROM conversation")} <= {0}
    (true,) = receive(store, box, [report(3, reply.message_id)])
    assert true.conversation_id == first.conversation_id
    bounced = "SELECT bounced FROM conversation WHERE id = :i"
    assert rows(store, bounced, i=first.conversation_id) in ([(1,)], [(True,)])
    assert rows(store, "SELECT bounced FROM outbox") in ([(1,)], [(True,)])


def test_marks_of_a_careful_reader(store: Store, box: Mailbox) -> None:
    """Kept with the mail; who has written before is no first-time sender (row 63)."""
    odd = mail(1, sender='"info@bank.example" <x@evil.example>', extra="Reply-To: y@evil.example")
    receive(store, box, [odd])
    assert newest(store).warnings == ("address-in-name", "reply-to-differs", "first-time")
    receive(store, box, [mail(2, sender="x@evil.example")])
    assert newest(store).warnings == ()
    form = mail(3, sender=SHOP, extra="Reply-To: new@mail.example\r\n" + OURS_PASS)
    receive(store, box, [form])
    assert newest(store).warnings == ("first-time",)
    assert rows(store, "SELECT customer_address FROM conversation ORDER BY id DESC LIMIT 1") == [
        ("new@mail.example",)
    ]


def test_two_children_whose_parent_comes_last(store: Store, box: Mailbox) -> None:
    """In-Reply-To only: they meet, and the parent finds them; of strangers each stays alone."""
    receive(store, box, [mail(2, in_reply_to="<1@mail.example>")])
    receive(store, box, [mail(3, in_reply_to="<1@mail.example>")])
    receive(store, box, [mail(4, sender="x@evil.example", in_reply_to="<1@mail.example>")])
    receive(store, box, [mail(1)])
    found = rows(store, "SELECT messages FROM conversation ORDER BY id")
    assert found == [(3,), (1,)]


def test_a_mail_that_bridges_two_conversations_links_them(store: Store, box: Mailbox) -> None:
    """The missing link of a chain comes last: both conversations stay, and each names the other."""
    (one,) = receive(store, box, [mail(1)])
    (three,) = receive(store, box, [mail(3, in_reply_to="<2@mail.example>")])
    (two,) = receive(store, box, [mail(2, in_reply_to="<1@mail.example>")])
    assert two.conversation_id == one.conversation_id != three.conversation_id
    found = newest(store)
    assert found.related is not None
    assert (found.related.conversation_id, found.related.reason) == (three.conversation_id, "bridge")
    with store.reading() as tx:
        linked = conversations.summaries(tx, 0, [one.conversation_id or 0, three.conversation_id or 0])
    assert [row.related for row in linked] == [(three.conversation_id,), (one.conversation_id,)]


def test_addresses_for_which_mail_comes_in_are_learned(store: Store, box: Mailbox) -> None:
    """After three mails an address is held for one of ours that nobody has named; the topmost Delivered-To is our own
    server's, what a mail brought along below it is not (row 12)."""
    for number in range(1, 4):
        with store.reading() as tx:
            assert mailboxes.learned_addresses(tx) == ()
        fields = ("Delivered-To: Help@shop.example", "Delivered-To: x@evil.example")
        receive(store, box, [with_fields(mail(number), *fields)])
        receive(store, box, [with_fields(mail(10 + number), f"Delivered-To: {SHOP}")])
    with store.reading() as tx:
        assert mailboxes.learned_addresses(tx) == ((box.id, "help@shop.example"),)
    stores.execute(store, "UPDATE mailbox SET aliases = :a", a='["help@shop.example"]')
    with store.reading() as tx:
        assert mailboxes.learned_addresses(tx) == ()
