"""From the claim to the outbox: what a reply can come to, and that no text is lost on the way."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from maildesk.desk import Desk
from maildesk.domain.address import Address
from maildesk.domain.claim import HeldByOther, LostClaim
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import (
    AfterSend,
    AlreadyAnswered,
    AlreadyQueued,
    Draft,
    Queued,
    Recalled,
    StaleView,
    TooLate,
)
from maildesk.domain.status import Status, Tab, WaitingReason
from maildesk.errors import MaildeskError
from maildesk.store import outbox
from tests.support.stores import SHOP, Team, mail


def _begin(desk: Desk, number: int) -> Begun:
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun)
    return begun


def _written(begun: Begun, text: str = "ご連絡ありがとうございます。") -> Draft:
    return replace(begun.draft, body=text + begun.draft.body)


def _submit(desk: Desk, begun: Begun, draft: Draft, **more: object) -> object:
    options: dict[str, object] = {
        "seen_version": begun.conversation.summary.version,
        "request_id": str(uuid.uuid4()),
    }
    return desk.replies.submit(begun.claim, draft, **(options | more))  # type: ignore[arg-type]  # chosen by the tests


def test_a_fresh_draft_answers_the_customer(both: Team) -> None:
    """To the sender, Re: once, the signature, the customer's words quoted; our own addresses nowhere."""
    number = both.arrive(
        mail(
            1,
            to=f"{SHOP}, 友 <friend@example.jp>",
            headers=["Cc: info@shop.example, third@example.jp"],
            subject="Re: 傷",
        )
    )[0].conversation_id
    draft = _begin(both.sato, number or 0).draft
    assert [a.address for a in draft.to] == ["customer1@example.jp"]
    assert [a.address for a in draft.cc] == ["friend@example.jp", "third@example.jp"]
    assert draft.subject == "Re: 傷"
    assert "-- \nテスト店" in draft.body
    assert "> お世話になっております。質問 1 です。" in draft.body


def test_reply_to_the_sender_only(both: Team) -> None:
    """``R`` leaves the others out."""
    number = both.conversation(1, to=f"{SHOP}, friend@example.jp")
    begun = both.sato.replies.begin(number, reply_all=False)
    assert isinstance(begun, Begun)
    assert begun.draft.cc == ()


def test_reply_to_is_obeyed(both: Team) -> None:
    """Where the sender wants answers is where the answer goes."""
    taken = both.arrive(mail(1, headers=["Reply-To: other@example.jp"]))[0]
    draft = _begin(both.sato, taken.conversation_id or 0).draft
    assert [a.address for a in draft.to] == ["other@example.jp"]


def test_a_queued_reply_closes_the_turn(both: Team) -> None:
    """One transaction: in the outbox, done, claim free, draft gone, an event."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    outcome = _submit(both.sato, begun, _written(begun))
    assert isinstance(outcome, Queued)
    summary = both.suzuki.conversations.summary(number)
    assert (summary.status, summary.claim, summary.answered) == (Status.DONE, None, True)
    assert both.sato.drafts.of(number) is None
    assert [i.state for i in both.suzuki.outbox.items()] == [OutboxState.QUEUED]
    assert [e.what for e in both.suzuki.outbox.attempts(outcome.outbox_id)] == ["queued"]


def test_the_state_after_sending_is_chosen(both: Team) -> None:
    """``s`` in the review: waiting for the customer instead of done."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    after = AfterSend(Status.WAITING, WaitingReason.CUSTOMER)
    assert isinstance(_submit(both.sato, begun, _written(begun), after=after), Queued)
    summary = both.sato.conversations.summary(number)
    assert (summary.status, summary.waiting_reason) == (Status.WAITING, WaitingReason.CUSTOMER)


def test_the_same_request_queues_once(both: Team) -> None:
    """A repeated call (a lost answer of the database) adds nothing."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    draft = _written(begun)
    first = _submit(both.sato, begun, draft, request_id="one")
    again = _submit(both.sato, begun, draft, request_id="one")
    assert isinstance(first, Queued)
    assert isinstance(again, AlreadyQueued)
    assert again.message_id == first.message_id
    assert len(both.sato.outbox.items()) == 1


def test_a_lost_claim_queues_nothing_and_keeps_the_text(both: Team) -> None:
    """Taken over while typing: the send is refused with the new holder's name, the draft stays."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    seen = both.suzuki.conversations.summary(number).claim
    assert seen is not None
    both.suzuki.claims.take_over(number, seen, "急ぎ")
    outcome = _submit(both.sato, begun, _written(begun, "書きかけ"))
    assert isinstance(outcome, LostClaim)
    assert outcome.holder is not None
    assert outcome.holder.agent_name == "鈴木"
    assert not both.sato.outbox.items()
    draft = both.sato.drafts.of(number)
    assert draft is not None
    assert draft.body.startswith("書きかけ")


def test_new_mail_since_stops_the_reply(both: Team) -> None:
    """The customer wrote again while we wrote: nothing leaves, the new mail is shown, the claim stays."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    both.arrive(
        mail(
            2, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"], body="やはり結構です"
        )
    )
    outcome = _submit(both.sato, begun, _written(begun))
    assert isinstance(outcome, StaleView)
    assert [m.text.strip() for m in outcome.newer] == ["やはり結構です"]
    assert not both.sato.outbox.items()
    assert isinstance(both.suzuki.claims.take(number), HeldByOther)
    again = _submit(both.sato, begun, _written(begun), seen_version=outcome.version)
    assert isinstance(again, Queued)


def test_a_turn_has_one_answer(both: Team) -> None:
    """Somebody who comes later is told that it was answered, by whom; a second mail is a deliberate follow-up."""
    number = both.conversation()
    first = _begin(both.sato, number)
    _submit(both.sato, first, _written(first))
    second = _begin(both.suzuki, number)
    outcome = _submit(both.suzuki, second, _written(second))
    assert isinstance(outcome, AlreadyAnswered)
    assert outcome.by == "佐藤"
    assert len(both.sato.outbox.items()) == 1
    deliberate = _submit(both.suzuki, second, _written(second), follow_up=True)
    assert isinstance(deliberate, Queued)
    assert sorted(i.kind for i in both.sato.outbox.items()) == ["followup", "reply"]


def test_an_answer_from_elsewhere_counts(both: Team) -> None:
    """A reply that a colleague sent from webmail comes in through Sent and stops ours."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    both.arrive(
        mail(9, sender=f"店 <{SHOP}>", to="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]),
        sent=True,
    )
    assert both.sato.conversations.summary(number).status is Status.DONE
    assert isinstance(_submit(both.sato, begun, _written(begun)), StaleView)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": ()}, "宛先がありません"),
        ({"to": (Address("", SHOP),)}, "自社のアドレスだけ"),
        ({"to": (Address("", "no address"),)}, "メールアドレスではありません"),
        ({"body": "{{ 到着予定日 }} に届きます"}, "到着予定日"),
        ({"subject": "{% if %}"}, "未入力"),
        ({"body": "\n> 引用だけ"}, "本文が空"),
    ],
)
def test_what_must_be_mended_blocks(small: Team, change: dict[str, object], words: str) -> None:
    """A blocked draft is saved and says what is wrong; nothing is queued."""
    number = small.conversation()
    begun = _begin(small.sato, number)
    draft = replace(_written(begun), **change)  # type: ignore[arg-type]  # fields of a draft, from the table above
    with pytest.raises(MaildeskError, match=words):
        _submit(small.sato, begun, draft)
    assert not small.sato.outbox.items()
    saved = small.sato.drafts.of(number)
    assert saved is not None
    assert (saved.body, saved.subject, saved.to) == (draft.body, draft.subject, draft.to)


def test_recall_gives_everything_back(both: Team) -> None:
    """``z`` within the hold: the text, the cursor, the files and the claim are there again, the state is as before."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    draft = both.sato.replies.attach(
        replace(_written(begun), cursor=(3, 4)), "手順.pdf", "application/pdf", b"%PDF"
    )
    queued = _submit(both.sato, begun, draft, hold=10.0)
    assert isinstance(queued, Queued)
    with both.store.transaction() as tx:
        assert outbox.pick(tx, "worker") is None, "it is held"
    recalled = both.sato.replies.recall(queued.outbox_id)
    assert isinstance(recalled, Recalled)
    assert recalled.draft.body == draft.body
    assert recalled.draft.cursor == (3, 4)
    assert [f.name for f in recalled.draft.files] == ["手順.pdf"]
    summary = both.sato.conversations.summary(number)
    assert summary.status is Status.NEW
    assert summary.claim is not None
    again = _begin(both.sato, number)
    assert isinstance(_submit(both.sato, again, again.draft), Queued)


def test_recall_comes_too_late_once_it_is_on_its_way(both: Team) -> None:
    """A reply that a worker has picked is not taken back."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    queued = _submit(both.sato, begun, _written(begun))
    assert isinstance(queued, Queued)
    with both.store.transaction() as tx:
        assert outbox.pick(tx, "worker") is not None
    assert both.sato.replies.recall(queued.outbox_id) == TooLate("sending")


def test_what_can_still_be_taken_back(both: Team) -> None:
    """Mine, and not begun to be sent."""
    begun = _begin(both.sato, both.conversation())
    queued = _submit(both.sato, begun, _written(begun))
    assert isinstance(queued, Queued)
    asked = [queued.outbox_id, 999]
    assert both.sato.outbox.recallable(asked) == {queued.outbox_id}
    assert both.suzuki.outbox.recallable(asked) == frozenset()
    with both.store.transaction() as tx:
        assert outbox.pick(tx, "worker") is not None
    assert both.sato.outbox.recallable(asked) == frozenset()


def test_a_colleague_cannot_recall_my_reply(both: Team) -> None:
    """Taking back is the author's."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    queued = _submit(both.sato, begun, _written(begun), hold=10.0)
    assert isinstance(queued, Queued)
    assert isinstance(both.suzuki.replies.recall(queued.outbox_id), TooLate)


def test_drafts_are_each_agents_own(both: Team) -> None:
    """Two agents' drafts of one conversation do not touch each other; a private draft needs no claim."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    both.sato.replies.save(_written(begun, "佐藤の下書き"))
    private = both.suzuki.replies.begin_private(number)
    both.suzuki.replies.save(replace(private, body="鈴木の下書き"))
    mine, hers = both.sato.drafts.of(number), both.suzuki.drafts.of(number)
    assert mine is not None
    assert hers is not None
    assert mine.body.startswith("佐藤")
    assert hers.body.startswith("鈴木")
    assert [d.conversation_id for d in both.sato.drafts.mine()] == [number]
    both.sato.drafts.discard(number)
    assert both.sato.drafts.of(number) is None
    assert both.suzuki.drafts.of(number) is not None


def test_a_refused_reply_brings_its_conversation_back(both: Team) -> None:
    """5xx: failed, on screen, the conversation is new again, and the turn may be answered anew."""
    number = both.conversation()
    begun = _begin(both.sato, number)
    queued = _submit(both.sato, begun, _written(begun))
    assert isinstance(queued, Queued)
    with both.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        outbox.finish(tx, picked.id, picked.attempt, Step.REFUSED, "550 5.1.1 no such user")
    assert both.sato.inbox.page(Tab.NEW).rows[0].id == number
    assert both.sato.outbox.items(OutboxState.FAILED)[0].last_reply == "550 5.1.1 no such user"
    again = _begin(both.sato, number)
    assert isinstance(_submit(both.sato, again, _written(again)), Queued)
    with pytest.raises(MaildeskError, match="再送信できません"):
        both.sato.outbox.send_again(queued.outbox_id)


def test_too_many_megabytes_are_refused_before_they_are_stored(small: Team) -> None:
    """What most servers would refuse is said when the file is chosen, not when the mail is sent."""
    number = small.conversation()
    begun = _begin(small.sato, number)
    with pytest.raises(MaildeskError, match="大きい動画"):
        small.sato.replies.attach(begun.draft, "大きい動画.mp4", "video/mp4", bytes(21 << 20))


def test_the_quote_tells_the_teams_time(small: Team) -> None:
    """Not the server's: an agent over SSH reads the hour that he and the customer know."""
    number = small.arrive(mail(1), at=datetime(2026, 11, 21, 0, 17, tzinfo=UTC))[0].conversation_id
    desk = Desk(small.store, small.agents["sato"], zone=ZoneInfo("Asia/Tokyo"))
    assert "2026/11/21 09:17 客 1:" in _begin(desk, number or 0).draft.body


def test_what_comes_while_a_reply_is_held_is_not_lost_by_a_recall(both: Team) -> None:
    """The customer's new mail decides the state, not what it was before."""
    number = both.conversation(1)
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.CUSTOMER)
    begun = _begin(both.sato, number)
    queued = _submit(both.sato, begun, _written(begun), hold=60.0)
    assert isinstance(queued, Queued)
    both.arrive(mail(1, message_id="<next@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    assert isinstance(both.sato.replies.recall(queued.outbox_id), Recalled)
    summary = both.sato.conversations.summary(number)
    assert (summary.status, summary.answered, summary.turn) == (Status.NEW, False, 2)


def test_a_recalled_reply_to_what_was_put_off_is_new(both: Team) -> None:
    """Its time is not kept: waiting without one, it would never wake."""
    number = both.conversation(1)
    both.sato.triage.set_status([number], Status.WAITING, until=datetime(2099, 1, 1, tzinfo=UTC))
    begun = _begin(both.sato, number)
    queued = _submit(both.sato, begun, _written(begun), hold=60.0)
    assert isinstance(queued, Queued)
    both.sato.replies.recall(queued.outbox_id)
    summary = both.sato.conversations.summary(number)
    assert (summary.status, summary.waiting_reason) == (Status.NEW, None)


def test_only_my_own_draft_is_on_the_row(both: Team) -> None:
    """A list knows of which conversations I have an unsent reply, without a question per row: not of a colleague's, nor
    of one that was thrown away or sent."""
    number = both.arrive(mail(1))[0].conversation_id
    other = both.arrive(mail(2))[0].conversation_id
    assert number is not None
    assert other is not None

    def marked(desk: Desk) -> list[int]:
        return sorted(row.id for row in desk.inbox.page(Tab.ALL).rows if row.drafted)

    begun = _begin(both.sato, number)
    assert marked(both.sato) == []
    both.sato.replies.save(_written(begun))
    both.suzuki.replies.save(_written(_begin(both.suzuki, other)))
    assert marked(both.sato) == [number]
    assert marked(both.suzuki) == [other]
    assert both.sato.conversations.summary(number).drafted
    both.sato.drafts.discard(number)
    assert marked(both.sato) == []
    both.sato.drafts.undiscard(number)
    assert isinstance(_submit(both.sato, begun, _written(begun)), Queued)
    assert marked(both.sato) == []
