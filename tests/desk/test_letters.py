"""Passing mails on, asking somebody outside and writing first: the same outbox, and never a mail to the customer."""

from __future__ import annotations

import random
import threading
import uuid
from dataclasses import replace

import pytest

from maildesk.desk import Desk
from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import Outside
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Draft, Queued, Recalled, StaleView
from maildesk.domain.status import Status, Tab, WaitingReason
from maildesk.errors import MaildeskError
from maildesk.store import outbox
from tests.support.stores import SHOP, Team, mail

CARRIER = Address("運送会社", "carrier@delivery.example")


def _forward(desk: Desk, number: int, to: Address = CARRIER, **how: bool) -> tuple[Begun, Draft]:
    begun = desk.letters.forward(number, **how)
    assert isinstance(begun, Begun)
    return begun, replace(begun.draft, to=(to,), body=f"ご確認ください。{begun.draft.body}")


def _submit(desk: Desk, begun: Begun, draft: Draft, **more: object) -> object:
    options: dict[str, object] = {"seen_version": begun.claim.version, "request_id": str(uuid.uuid4())}
    return desk.replies.submit(begun.claim, draft, **(options | more))  # type: ignore[arg-type]  # chosen by the tests


def _queued(desk: Desk, begun: Begun, draft: Draft) -> Queued:
    outcome = _submit(desk, begun, draft)
    assert isinstance(outcome, Queued)
    return outcome


def _reply(desk: Desk, number: int) -> object:
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun)
    return _submit(desk, begun, replace(begun.draft, body="承りました。"))


def _deliver(team: Team) -> list[outbox.Picked]:
    """Send all that may leave, and give what left."""
    left = []
    while (item := team.store.run(lambda tx: outbox.pick(tx, "worker"))) is not None:
        with team.store.transaction() as tx:
            outbox.mark_committing(tx, item.id, item.attempt, item.message_id)
            outbox.finish(tx, item.id, item.attempt, Step.ACCEPTED, "250 ok")
        left.append(item)
    return left


def test_a_forward_is_no_answer(both: Team) -> None:
    """It leaves the state and the turn as they are; the customer's mail still gets its one answer."""
    number = both.conversation()
    begun, draft = _forward(both.sato, number)
    item = both.sato.outbox.item(_queued(both.sato, begun, draft).outbox_id)
    assert (item.kind, item.conversation_id) == ("forward", number)
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.answered, seen.claim, seen.outside) == (Status.NEW, False, None, Outside.NOBODY)
    (left,) = _deliver(both)
    assert ([a.address for a in left.to], left.in_reply_to, left.references) == (
        [CARRIER.address],
        "",
        (),
    )
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.answered) == (Status.NEW, False)
    assert isinstance(_reply(both.suzuki, number), Queued)


def test_a_forward_after_the_answer_and_a_second_one(both: Team) -> None:
    """Nothing of a turn is used up: any number of forwards, before and after its answer."""
    number = both.conversation()
    for _ in range(2):
        _queued(both.sato, *_forward(both.sato, number))
    assert isinstance(_reply(both.sato, number), Queued)
    _queued(both.sato, *_forward(both.sato, number))
    assert both.sato.conversations.summary(number).status is Status.DONE


def test_what_left_is_a_note_among_us(both: Team) -> None:
    """Neither does it count as an answer, nor does who got it take part in the conversation."""
    number = both.conversation()
    _queued(both.sato, *_forward(both.sato, number))
    _deliver(both)
    sent = both.sato.conversations.get(number).messages[-1]
    assert (sent.kind, sent.is_mail, [a.address for a in sent.to]) == (
        MessageKind.COMMENT,
        True,
        [CARRIER.address],
    )
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    assert CARRIER.address not in {a.address for a in (*begun.draft.to, *begun.draft.cc)}


def test_the_files_go_along_or_the_mail_itself(both: Team) -> None:
    """The choice: text with its files, or the mail as it came."""
    raw = mail(1, headers=["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"]).split(
        b"\r\n\r\n"
    )[0]
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: text/csv\r\n"
        b'Content-Disposition: attachment; filename="a.csv"\r\n\r\n1,2\r\n--b--\r\n'
    )
    lines = [line for line in raw.split(b"\r\n") if not line.lower().startswith(b"content-t")]
    head = [*lines, b"Content-Type: multipart/mixed; boundary=b"]
    number = both.arrive(b"\r\n".join(head) + b"\r\n\r\n" + body)[0].conversation_id or 0
    begun, _ = _forward(both.sato, number)
    assert [(f.name, f.size) for f in begun.draft.files] == [("a.csv", 3)]
    assert "hello" in begun.draft.body
    both.sato.drafts.discard(begun.draft.conversation_id)
    begun, _ = _forward(both.sato, number, attached=True)
    (file,) = begun.draft.files
    assert file.content_type == "message/rfc822"
    assert "hello" not in begun.draft.body


def test_nothing_is_forwarded_to_the_customer(both: Team) -> None:
    """Neither to his address nor where he wants answers: that is what replies are for. The store refuses it, too."""
    number = both.arrive(mail(1, headers=["Reply-To: other@example.jp"]))[0].conversation_id or 0
    for address in ("customer1@example.jp", "Other@Example.jp"):
        begun, draft = _forward(both.sato, number, Address("", address))
        with pytest.raises(MaildeskError):
            _submit(both.sato, begun, draft)
    both.sato.replies.check = lambda draft: ()  # type: ignore[method-assign]
    with pytest.raises(MaildeskError) as refused:
        _submit(both.sato, begun, draft)
    assert refused.value.key == "forward_to_customer"
    assert both.sato.outbox.items() == ()


def test_no_comment_can_be_forwarded(both: Team) -> None:
    """Only mails: a comment is found neither by itself nor by its number."""
    number = both.conversation()
    note = both.sato.comments.add(number, "内緒です")
    taken = both.sato.letters.forward(number)
    assert isinstance(taken, Begun)
    assert "内緒" not in taken.draft.body
    with pytest.raises(MaildeskError):
        both.sato.letters.forward(number, 100_000 + note.id)


def test_new_mail_is_seen_before_a_forward_leaves(both: Team) -> None:
    """The same check of the version as for a reply; the draft stays, marked as stopped."""
    number = both.conversation()
    begun, draft = _forward(both.sato, number)
    both.arrive(mail(2, sender="customer1@example.jp", headers=["In-Reply-To: <1@example.jp>"]))
    if both.sato.conversations.summary(number).version == begun.claim.version:
        both.sato.comments.add(number, "見てください")
    assert isinstance(_submit(both.sato, begun, draft), StaleView)
    kept = both.sato.drafts.of(draft.conversation_id)
    assert kept is not None
    assert kept.stop is not None


def test_a_forward_is_taken_back(both: Team) -> None:
    """``z`` within its seconds: the draft is there again, with its files, and its conversation as it was."""
    number = both.conversation()
    begun, draft = _forward(both.sato, number, ask=True, attached=True)
    queued = _queued(both.sato, begun, draft)
    assert both.sato.conversations.summary(number).status is Status.WAITING
    back = both.sato.replies.recall(queued.outbox_id)
    assert isinstance(back, Recalled)
    assert ([a.address for a in back.draft.to], len(back.draft.files)) == ([CARRIER.address], 1)
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.outside) == (Status.NEW, Outside.NOBODY)
    again = both.sato.replies.begin(back.draft.conversation_id)
    assert isinstance(again, Begun)
    assert again.claim.conversation_id == number
    _queued(both.sato, again, again.draft)


def test_the_draft_of_a_forward_is_kept_apart_from_the_reply(both: Team) -> None:
    """One may be at both; neither is lost, and the list of drafts leads to each."""
    number = both.conversation()
    _, draft = _forward(both.sato, number)
    both.sato.replies.save(draft)
    reply = both.sato.replies.begin(number)
    assert isinstance(reply, Begun)
    both.sato.replies.save(replace(reply.draft, body="返信です"))
    assert {one.conversation_id for one in both.sato.drafts.mine()} == {number, draft.conversation_id}
    assert {a.address for a in reply.draft.to} == {"customer1@example.jp"}


def test_new_mail_does_not_stop_a_forward_that_waits(both: Team) -> None:
    """What waits for an approval or for its time keeps nobody from answering, and a customer's next mail does not make
    it wrong."""
    number = both.conversation()
    begun, draft = _forward(both.sato, number)
    queued = _submit(both.sato, begun, draft, approval=True)
    assert isinstance(queued, Queued)
    assert queued.held
    assert isinstance(_reply(both.suzuki, number), Queued)
    both.arrive(mail(2, sender="customer1@example.jp", headers=["In-Reply-To: <1@example.jp>"]))
    assert both.sato.outbox.item(queued.outbox_id).state is OutboxState.HELD
    boss = both.suzuki
    text = boss.outbox.reply_of(queued.outbox_id)
    assert boss.outbox.approve(queued.outbox_id, text.sha256) is not None


# ---- an outsider's answer


def _ask(team: Team, number: int) -> str:
    queued = _queued(team.sato, *_forward(team.sato, number, ask=True))
    _deliver(team)
    return queued.message_id


def _answer(to: str, n: int = 50, sender: str = CARRIER.address, more: tuple[str, ...] = ()) -> bytes:
    return mail(n, sender=sender, headers=[f"In-Reply-To: {to}", f"References: {to}", *more])


def test_an_outsiders_answer_is_a_note(both: Team) -> None:
    """It waits for the colleague until then, comes back with a mark, and the customer's turn is as it was."""
    number = both.conversation()
    before = both.sato.conversations.summary(number)
    asked = _ask(both, number)
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.waiting_reason) == (Status.WAITING, WaitingReason.COLLEAGUE)
    assert seen.outside is Outside.ASKED
    taken = both.arrive(_answer(asked))[0]
    assert taken.conversation_id == number
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.outside, seen.turn) == (Status.NEW, Outside.ANSWERED, before.turn)
    assert seen.unread
    assert seen.customer_address == before.customer_address
    note = both.sato.conversations.get(number).messages[-1]
    assert (note.kind, note.from_ and note.from_.address) == (MessageKind.COMMENT, CARRIER.address)
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    assert [a.address for a in begun.draft.to] == [before.customer_address]
    assert begun.draft.cc == ()
    assert "質問 50" not in begun.draft.body
    assert isinstance(_submit(both.sato, begun, replace(begun.draft, body="承りました。")), Queued)
    assert both.sato.conversations.summary(number).outside is Outside.NOBODY


def test_his_further_answers_are_notes_too(both: Team) -> None:
    """Also one that names his own mail only, and one of his colleague's."""
    number = both.conversation()
    asked = _ask(both, number)
    both.arrive(_answer(asked, 50, more=("Message-ID: <his@delivery.example>",)))
    (first,) = [m for m in both.sato.conversations.get(number).messages if "50" in m.text]
    both.arrive(
        _answer(first.message_id, 51),
        _answer(asked, 52, "boss@delivery.example"),
    )
    found = both.sato.conversations.get(number).messages
    assert [m.kind for m in found if m.from_ and "delivery" in m.from_.address] == [MessageKind.COMMENT] * 3


def test_the_customers_mail_stays_his(both: Team) -> None:
    """Whatever it quotes: an outsider may have passed our question on to him."""
    number = both.conversation()
    asked = _ask(both, number)
    both.arrive(_answer(asked, 60, "customer1@example.jp"))
    newest = both.sato.conversations.get(number).messages[-1]
    assert newest.kind is MessageKind.IN
    assert both.sato.conversations.summary(number).turn == 2


def test_a_question_that_does_not_arrive_comes_back(both: Team) -> None:
    """Refused by his server: nobody waits for an answer that cannot come."""
    number = both.conversation()
    queued = _queued(both.sato, *_forward(both.sato, number, ask=True))
    item = both.store.run(lambda tx: outbox.pick(tx, "worker"))
    assert item is not None
    both.store.run(lambda tx: outbox.finish(tx, item.id, item.attempt, Step.REFUSED, "550 no such user"))
    assert both.sato.outbox.item(queued.outbox_id).state is OutboxState.FAILED
    seen = both.sato.conversations.summary(number)
    assert (seen.status, seen.outside) == (Status.NEW, Outside.NOBODY)


# ---- the first mail


def test_a_new_mail_begins_a_conversation(both: Team) -> None:
    """Nobody sees it before it is sent; then it is with whom it was sent to, and his answer joins it."""
    begun = both.sato.letters.new(both.box.id, (Address("新規 花子", "hanako@example.jp"),))
    number = begun.claim.conversation_id
    assert number not in {row.id for row in both.suzuki.inbox.page(Tab.ALL).rows}
    assert both.suzuki.inbox.page(Tab.ALL, query="state:trash").rows == ()
    draft = replace(begun.draft, subject="商品のご案内", body=f"ご案内です。{begun.draft.body}")
    assert [c for c in both.sato.replies.check(draft) if c.blocks and not c.ok] == []
    queued = _queued(both.sato, begun, draft)
    (left,) = _deliver(both)
    assert (left.conversation_id, left.in_reply_to) == (number, "")
    seen = both.suzuki.conversations.summary(number)
    assert (seen.customer_address, seen.customer_name, seen.subject, seen.status, seen.answered) == (
        "hanako@example.jp",
        "新規 花子",
        "商品のご案内",
        Status.DONE,
        True,
    )
    assert number in {row.id for row in both.suzuki.inbox.page(Tab.ALL).rows}
    taken = both.arrive(_answer(queued.message_id, 70, "hanako@example.jp"))[0]
    assert taken.conversation_id == number
    assert both.suzuki.conversations.summary(number).status is Status.NEW


def test_a_new_mail_is_taken_back_and_sent_once(both: Team) -> None:
    """The turn of a conversation that we begin has one mail, as any other."""
    begun = both.sato.letters.new(both.box.id, (Address("", "hanako@example.jp"),))
    draft = replace(begun.draft, subject="件名", body="本文です。")
    queued = _queued(both.sato, begun, draft)
    assert isinstance(both.sato.replies.recall(queued.outbox_id), Recalled)
    number = begun.claim.conversation_id
    assert both.sato.conversations.summary(number).status is Status.TRASH
    again = both.sato.replies.begin(number)
    assert isinstance(again, Begun)
    assert again.draft.subject == "件名"
    _queued(both.sato, again, again.draft)
    assert len(_deliver(both)) == 1


def test_a_place_that_nobody_needs_is_used_again(both: Team) -> None:
    """Whoever presses the key and leaves makes no second empty conversation."""
    first = both.sato.letters.new(both.box.id)
    both.sato.claims.release(first.claim)
    second = both.sato.letters.new(both.box.id)
    assert first.claim.conversation_id == second.claim.conversation_id


# ---- whatever happens


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_no_story_writes_to_the_customer_or_tells_what_is_ours(small: Team, seed: int) -> None:
    """Any sequence of forwards, questions, answers from outside, comments, recalls and mails of the customer: nothing
    that leaves as a forward has him among its recipients, nothing that leaves at all has a word of a comment or of an
    outsider's answer, his turn grows by his own mails only, and an answer to him goes to nobody else."""
    rng = random.Random(seed)
    number = small.conversation()
    customer = "customer1@example.jp"
    asked: list[str] = []
    waiting: list[int] = []
    turns, mails = 1, 100
    targets = [CARRIER, Address("", "maker@factory.example"), Address("", customer), Address("", SHOP)]
    for step in range(30):
        act = rng.choice(
            ("forward", "ask", "answer", "comment", "customer", "recall", "send", "reply", "bounce", "other")
        )
        if act in ("forward", "ask"):
            begun = small.sato.letters.forward(number, ask=act == "ask", attached=rng.random() < 0.3)
            assert isinstance(begun, Begun)
            to = rng.choice(targets)
            draft = replace(begun.draft, to=(to,), cc=(rng.choice(targets),), body=f"{begun.draft.body}確認")
            small.sato.drafts.discard(draft.conversation_id)
            try:
                outcome = _submit(small.sato, begun, draft)
            except MaildeskError:
                small.sato.claims.release(begun.claim)
                small.sato.drafts.discard(draft.conversation_id)
            else:
                assert isinstance(outcome, Queued)
                assert customer not in {a.address for a in (*draft.to, *draft.cc)}
                asked.append(outcome.message_id)
                waiting.append(outcome.outbox_id)
        elif act == "answer" and asked:
            mails += 1
            small.arrive(_answer(rng.choice(asked), mails, rng.choice(targets[:2]).address))
        elif act == "other" and asked:
            mails += 1
            small.arrive(_answer(rng.choice(asked), mails, f"colleague{step}@delivery.example"))
        elif act == "bounce" and asked:
            mails += 1
            small.arrive(_answer(rng.choice(asked), mails, more=("Auto-Submitted: auto-replied",)))
        elif act == "comment":
            small.suzuki.comments.add(number, f"KANARIA{step} お客様には言わない")
        elif act == "customer":
            mails += 1
            turns += 1
            quoted = rng.choice([*asked, "<m1@example.jp>"])
            text = mail(mails, sender=customer, body="お客様の文です", headers=[f"In-Reply-To: {quoted}"])
            small.arrive(text)
        elif act == "recall" and waiting:
            small.sato.replies.recall(waiting.pop())
            for kept in small.sato.drafts.mine():
                small.sato.drafts.discard(kept.conversation_id)
            _free(small, number)
        elif act == "send":
            _look_at(_deliver(small), customer)
        elif act == "reply":
            begun = small.sato.replies.begin(number)
            assert isinstance(begun, Begun)
            assert {a.address for a in (*begun.draft.to, *begun.draft.cc)} == {customer}
            _submit(small.sato, begun, replace(begun.draft, body=f"お返事です。{begun.draft.body}"))
            small.sato.drafts.discard(number)
            _free(small, number)
        seen = small.sato.conversations.summary(number)
        assert (seen.turn, seen.customer_address) == (turns, customer), act
    _look_at(_deliver(small), customer)


def _free(team: Team, number: int) -> None:
    team.sato.claims.release_held(number)


def _look_at(left: list[outbox.Picked], customer: str) -> None:
    for item in left:
        to = {a.address for a in (*item.to, *item.cc)}
        assert "KANARIA" not in item.body
        if item.subject.startswith("Fwd:"):
            assert customer not in to
        else:
            assert to == {customer}
            assert not any(f"質問 {n} です" in item.body for n in range(101, 200))


def test_who_was_asked_takes_no_part_in_what_is_split_off(both: Team) -> None:
    """His answer stays a note among us, and the reply goes to the customer; whom a mail only names takes no part."""
    number = both.conversation()
    headers = ["In-Reply-To: <m1@example.jp>", "Cc: friend@other.example"]
    second = both.arrive(mail(2, sender="客 1 <customer1@example.jp>", headers=headers))[0].message_id
    assert second is not None
    begun, draft = _forward(both.sato, number)
    _queued(both.sato, begun, draft)
    (left,) = _deliver(both)
    new = both.sato.triage.split(second, following=True).undo.before[1].conversation_id
    answered = [f"In-Reply-To: {left.message_id}"]
    taken = both.arrive(mail(3, sender="carrier@delivery.example", headers=answered))[0]
    assert taken.conversation_id == new
    assert both.sato.conversations.get(new).messages[-1].kind is MessageKind.COMMENT
    reply = both.sato.replies.begin_private(new)
    assert [a.address for a in reply.to] == ["customer1@example.jp"]
    people = both.sql("SELECT address FROM participant WHERE conversation_id = :n", n=new)
    assert people == [("customer1@example.jp",)]


def test_what_only_holds_a_draft_is_in_no_list(both: Team) -> None:
    """Neither in the trash, where a colleague could bring it back as an empty conversation, nor in its number."""
    both.sato.letters.new(both.box.id)
    both.sato.letters.forward(both.conversation())
    assert both.suzuki.inbox.page(Tab.TRASH).rows == ()
    assert both.suzuki.inbox.counts()["trash"] == 0
    assert both.suzuki.inbox.counts(mailbox_id=both.box.id)["trash"] == 0


def test_two_windows_never_write_in_one_place(both: Team) -> None:
    """A forward in which nothing is written yet stays what it is, whatever I begin elsewhere; the place of one that was
    left empty long ago is used again."""
    first, second = both.conversation(1), both.conversation(2)
    begun, draft = _forward(both.sato, first)
    window = both.new_session("sato")
    other, second_draft = _forward(window, second)
    third = window.letters.new(both.box.id)
    fourth = both.sato.letters.new(both.box.id)
    places = [one.conversation_id for one in (draft, second_draft, third.draft, fourth.draft)]
    assert len(set(places)) == 4
    _queued(window, other, second_draft)
    queued = _queued(both.sato, begun, draft)
    assert both.sato.outbox.item(queued.outbox_id).conversation_id == first
    left, _ = _forward(window, second)
    window.claims.release(left.claim)
    both.sql("UPDATE conversation SET received_at = received_at - 90000 WHERE messages = 0")
    again, _ = _forward(both.sato, first)
    assert again.draft.conversation_id == left.draft.conversation_id
    assert again.letter is not None
    assert again.letter.place == first
    window.close()


def test_windows_that_begin_at_the_same_time_get_places_of_their_own(both: Team) -> None:
    """Both find the same empty one, and one of them gets it."""
    left = both.sato.letters.new(both.box.id)
    both.sato.claims.release(left.claim)
    windows = [both.new_session("sato") for _ in range(4)]
    ready = threading.Barrier(len(windows))
    places: list[int] = []

    def begin(window: Desk) -> None:
        ready.wait(10)
        places.append(window.letters.new(both.box.id).claim.conversation_id)

    threads = [threading.Thread(target=begin, args=(window,)) for window in windows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(places) == len(set(places)) == len(windows)
    for window in windows:
        window.close()
