"""Merging conversations, splitting and moving them; each taken back exactly."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from maildesk.desk import Desk
from maildesk.domain.claim import Claimed
from maildesk.domain.conversation import MessageKind
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.letter import Outside
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outcomes import Begun, Changed, NotUndone, Undone
from maildesk.domain.reply import Queued
from maildesk.domain.status import Priority, Status, Tab
from maildesk.errors import NotFound, StoreError
from maildesk.screens.words import event_line
from maildesk.store import mailboxes
from maildesk.store.outbox import record
from maildesk.store.tables import outbox
from tests.support.stores import Team, mail


def answer(desk: Desk, number: int, request: str = "") -> Queued:
    """Reply to a conversation."""
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun), begun
    draft = replace(begun.draft, body="ご返信いたします。\n" + begun.draft.body)
    queued = desk.replies.submit(
        begun.claim,
        draft,
        seen_version=begun.conversation.summary.version,
        request_id=request or f"r{number}",
    )
    assert isinstance(queued, Queued), queued
    return queued


def leave(team: Team, queued: Queued) -> None:
    """The reply has left."""
    team.sql("UPDATE outbox SET state = 'sent' WHERE id = :i", i=queued.outbox_id)
    with team.store.transaction() as tx:
        row = tx.execute(outbox_row(queued.outbox_id)).one()
        record.write_message(tx, row)


def outbox_row(number: int) -> Select[Any]:
    """The row of an item."""
    return select(outbox).where(outbox.c.id == number)


def told(team: Team, number: int) -> list[str]:
    """What the timeline says of merging and splitting, without who did it."""
    found = team.suzuki.conversations.get(number).events
    return [event_line(one, {}).partition(": ")[2] for one in found if one.what in ("merged", "split")]


def picture(team: Team, *numbers: int) -> Mapping[int, object]:
    """All that anybody sees of conversations, but for versions and what happened."""
    found = {}
    for number in numbers:
        whole = team.suzuki.conversations.get(number)
        row = replace(whole.summary, version=0, unread=False, turn=0)
        found[number] = (row, [m.id for m in whole.messages], whole.customer.id)
    return found


def pair(team: Team) -> tuple[int, int]:
    """Two conversations of one customer."""
    return team.conversation(1), team.conversation(2, sender="客 1 <customer1@example.jp>")


def test_merging_brings_all_into_the_oldest(both: Team) -> None:
    """Mails, comments, labels, people, priority; the younger one has left every list and count, and says where it is."""
    old, young = pair(both)
    both.sato.triage.label([young], add=["破損"])
    both.sato.triage.set_priority([young], Priority.URGENT)
    both.suzuki.comments.add(young, "電話あり")
    merged = both.sato.triage.merge([young, old])
    assert [row.id for row in merged.summaries] == [old, young]
    assert not merged.skipped
    whole = both.sato.conversations.get(old)
    assert [m.kind for m in whole.messages].count(MessageKind.IN) == 2
    assert any(m.text == "電話あり" for m in whole.messages)
    assert (whole.summary.labels, whole.summary.priority) == (("破損",), Priority.URGENT)
    assert whole.summary.messages == 2
    assert {"merged", "labels", "commented"} <= {e.what for e in whole.events} | {"commented"}
    for tab in Tab:
        assert young not in [row.id for row in both.sato.inbox.page(tab).rows]
    counts = both.sato.inbox.counts()
    assert (counts["new"], counts["trash"], counts["all"]) == (1, 0, 1)
    with pytest.raises(NotFound, match=f"#{old}"):
        both.sato.conversations.get(young)
    with pytest.raises(NotFound, match=f"#{old}"):
        both.sato.claims.take(young)


def test_later_mail_to_either_goes_to_the_survivor(both: Team) -> None:
    """Which of the mails it refers to does not matter, nor that a reply of ours had left in the merged one."""
    old, young = pair(both)
    sent = answer(both.sato, young)
    leave(both, sent)
    assert not both.sato.triage.merge([old, young]).skipped
    taken = both.arrive(
        mail(3, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m2@example.jp>"]),
        mail(4, sender="客 1 <customer1@example.jp>", headers=[f"In-Reply-To: {sent.message_id}"]),
        mail(5, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]),
    )
    assert [one.conversation_id for one in taken] == [old] * 3
    summary = both.sato.conversations.summary(old)
    assert (summary.status, summary.messages) == (Status.NEW, 6)


def test_a_mail_whose_parent_comes_later_goes_there_too(both: Team) -> None:
    """What the merged one was waiting for is the survivor's."""
    old = both.conversation(1)
    young = both.conversation(
        2,
        sender="客 1 <customer1@example.jp>",
        headers=["References: <late@example.jp>"],  # type: ignore[arg-type]
    )
    both.sato.triage.merge([old, young])
    late = both.arrive(mail(9, sender="客 1 <customer1@example.jp>", message_id="<late@example.jp>"))
    assert late[0].conversation_id == old


def test_undo_splits_exactly(both: Team) -> None:
    """Everything that anybody sees of both is as it was, also the one answer of each turn."""
    old, young = pair(both)
    both.suzuki.comments.add(young, "電話あり")
    both.suzuki.triage.label([young], add=["破損"])
    both.suzuki.triage.label([old], add=["至急"])
    both.suzuki.triage.assign([young], both.sato.me.id)
    before = picture(both, old, young)
    merged = both.suzuki.triage.merge([old, young])
    assert isinstance(both.suzuki.triage.undo(merged.undo), Undone)
    assert picture(both, old, young) == before
    assert both.sato.inbox.counts()["new"] == 2
    done = [f"#{young} を統合しました", f"元に戻しました (#{young} を統合しました)"]
    assert told(both, old) == done
    assert told(both, young) == [f"#{old} に統合しました", f"元に戻しました (#{old} に統合しました)"]
    merged = both.suzuki.triage.merge([old, young])
    assert told(both, old) == [*done, done[0]]
    assert isinstance(both.suzuki.triage.undo(merged.undo), Undone)
    taken = both.arrive(
        mail(3, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m2@example.jp>"])
    )
    assert taken[0].conversation_id == young
    for number in (old, young):
        answer(both.sato, number)


def test_a_merged_question_gets_its_one_answer(both: Team) -> None:
    """The survivor was answered, the merged one not: it is new again, answered once, and not twice."""
    old, young = pair(both)
    leave(both, answer(both.sato, old))
    turn = both.sato.conversations.summary(old).turn
    merged = both.sato.triage.merge([old, young])
    summary = both.sato.conversations.summary(old)
    assert (summary.status, summary.turn) == (Status.NEW, turn + 1)
    answer(both.suzuki, old, "second")
    assert both.sql("SELECT count(*) FROM outbox WHERE conversation_id = :c", c=old) == [(2,)]
    outcome = both.sato.triage.undo(merged.undo, force=True)
    assert isinstance(outcome, NotUndone)
    assert not outcome.can_force, "it would be open for a second answer"


def test_the_turn_is_lowered_again(both: Team) -> None:
    """An undone merge leaves the survivor answered as it was: a reply there is a second one, and needs a yes."""
    old, young = pair(both)
    leave(both, answer(both.sato, old))
    turn = both.sato.conversations.summary(old).turn
    merged = both.sato.triage.merge([old, young])
    assert isinstance(both.sato.triage.undo(merged.undo), Undone)
    summary = both.sato.conversations.summary(old)
    assert (summary.status, summary.turn) == (Status.DONE, turn)
    assert both.sato.conversations.summary(young).status is Status.NEW


@pytest.mark.parametrize("which", [0, 1])
def test_what_a_colleague_answers_is_skipped(both: Team, which: int) -> None:
    """The survivor or the other: nothing happens, and he is named."""
    numbers = pair(both)
    assert isinstance(both.suzuki.claims.take(numbers[which]), Claimed)
    merged = both.sato.triage.merge(numbers)
    assert merged.summaries == ()
    assert [(s.id, s.reason) for s in merged.skipped] == [(numbers[which], "replying")]
    holder = merged.skipped[0].holder
    assert holder is not None
    assert holder.agent_name == "鈴木"


def test_a_reply_under_way_and_a_colleagues_draft_are_waited_for(both: Team) -> None:
    """Neither is lost nor sent from a conversation that is none any more."""
    old, young = pair(both)
    third = both.conversation(3)
    answer(both.sato, young)
    begun = both.suzuki.replies.begin(third)
    assert isinstance(begun, Begun)
    both.suzuki.replies.save(replace(begun.draft, body="書きかけ"))
    both.suzuki.claims.release(begun.claim)
    merged = both.sato.triage.merge([old, young, third])
    assert [(s.id, s.reason, s.note) for s in merged.skipped] == [
        (young, "sending", ""),
        (third, "draft", "鈴木"),
    ]


def test_my_draft_goes_along_and_comes_back(both: Team) -> None:
    """Its text is there when I reply to the survivor."""
    old, young = pair(both)
    begun = both.sato.replies.begin(young)
    assert isinstance(begun, Begun)
    both.sato.replies.save(replace(begun.draft, body="書きかけ"))
    merged = both.sato.triage.merge([old, young])
    assert both.sato.conversations.summary(old).claim is None
    draft = both.sato.drafts.of(old)
    assert draft is not None
    assert draft.body == "書きかけ"
    both.sato.triage.undo(merged.undo)
    assert both.sato.drafts.of(old) is None
    assert both.sato.drafts.of(young) is not None


def test_two_who_merge_crosswise(both: Team) -> None:
    """A into B and B into A at once, many times: one succeeds, the other is told, and no mail is lost."""
    for _ in range(5):
        one, two = pair(both)
        found: list[Changed] = []
        ready = threading.Barrier(2)

        def merge(desk: Desk, source: int, into: int, ready: threading.Barrier = ready) -> None:
            ready.wait()
            found.append(desk.triage.merge([source], into))  # noqa: B023

        threads = [
            threading.Thread(target=merge, args=(both.sato, one, two)),
            threading.Thread(target=merge, args=(both.suzuki, two, one)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = [c for c in found if c.summaries]
        told = [c for c in found if not c.summaries]
        assert len(done) == len(told) == 1
        assert told[0].skipped[0].reason == "merged"
        survivor = done[0].summaries[0].id
        assert len(both.sato.conversations.get(survivor).messages) == 2
        both.sql("UPDATE message SET message_id = '' ")
        both.sql("UPDATE content SET content_key = content_key || 'x' || content_key")


def test_the_database_lets_nothing_leave_from_a_merged_one(both: Team) -> None:
    """A client of the version before that still holds its claim gets an error; no second answer leaves."""
    old, young = pair(both)
    begun = both.suzuki.replies.begin(young)
    assert isinstance(begun, Begun)
    both.sql(
        "INSERT INTO conversation_merge (conversation_id, into_id, by_id, at) VALUES (:y, :o, 1, 1.0)",
        y=young,
        o=old,
    )
    with pytest.raises(NotFound):
        both.suzuki.replies.submit(
            begun.claim,
            replace(begun.draft, body="返信"),
            seen_version=begun.conversation.summary.version,
            request_id="late",
        )
    other = answer(both.sato, both.conversation(3))
    with both.store.reading() as tx:
        row = dict(tx.execute(outbox_row(other.outbox_id)).one()._mapping)
    row |= {"id": 99, "conversation_id": young, "request_id": "late", "message_id": "<late@shop.example>"}
    with pytest.raises((StoreError, IntegrityError), match="merged"), both.store.transaction() as tx:
        tx.execute(outbox.insert().values(row))


def test_a_chain_of_merges_ends_in_one(both: Team) -> None:
    """What was merged into the merged one is in the survivor, and comes back with it."""
    a, b = pair(both)
    c = both.conversation(3, sender="客 1 <customer1@example.jp>")
    both.sato.triage.merge([b, c])
    second = both.sato.triage.merge([a, b])
    taken = both.arrive(
        mail(7, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m3@example.jp>"])
    )
    assert taken[0].conversation_id == a
    assert isinstance(both.sato.triage.undo(second.undo), NotUndone)
    assert isinstance(both.sato.triage.undo(second.undo, force=True), Undone)
    assert len(both.sato.conversations.get(b).messages) == 2
    assert both.sato.conversations.summary(a).status is Status.NEW


# ---- splitting


def thread(team: Team, mails: int = 3) -> tuple[int, list[int]]:
    """A conversation of several mails; their messages."""
    first = team.conversation(1)
    for n in range(2, mails + 1):
        team.arrive(mail(n, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    return first, [m.id for m in team.sato.conversations.get(first).messages]


@pytest.mark.parametrize("following", [False, True])
def test_a_mail_begins_a_conversation_of_its_own(both: Team, following: bool) -> None:
    """Alone or with those after it; linked to the old one; taken back exactly."""
    number, mails = thread(both)
    before = picture(both, number)
    changed = both.sato.triage.split(mails[1], following=following)
    old, new = changed.summaries
    assert (old.id, new.status, new.turn) == (number, Status.NEW, 1)
    there = [m.id for m in both.sato.conversations.get(new.id).messages]
    assert there == (mails[1:] if following else mails[1:2])
    assert new.related == (number,)
    assert new.customer_address == "customer1@example.jp"
    answer(both.suzuki, number, "old")
    taken = both.arrive(
        mail(9, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m2@example.jp>"])
    )
    assert taken[0].conversation_id == new.id
    assert isinstance(both.sato.triage.undo(changed.undo), NotUndone)
    both.sql("UPDATE outbox SET state = 'cancelled'")
    again, mails = thread(both, 1)
    del again, before


def test_a_split_is_undone_exactly(both: Team) -> None:
    """The mails are back, and the new number leads to the old one."""
    number, mails = thread(both)
    before = picture(both, number)
    changed = both.suzuki.triage.split(mails[2])
    assert isinstance(both.suzuki.triage.undo(changed.undo), Undone)
    assert picture(both, number) == before
    assert both.suzuki.inbox.counts()["all"] == 1
    new = changed.summaries[-1].id
    assert told(both, number) == [f"#{new} を分割しました", f"元に戻しました (#{new} を分割しました)"]


def test_what_was_answered_is_not_split_off(both: Team) -> None:
    """It would be open for a second answer; nor is a conversation emptied."""
    number, mails = thread(both, 2)
    leave(both, answer(both.sato, number))
    assert both.sato.triage.split(mails[1]).skipped[0].reason == "answered"
    assert both.sato.triage.split(mails[0], following=True).skipped[0].reason == "all"
    both.arrive(mail(8, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    newest = both.sato.conversations.get(number).messages[-1].id
    changed = both.sato.triage.split(newest)
    assert [row.status for row in changed.summaries] == [Status.DONE, Status.NEW]
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    again = both.sato.replies.submit(
        begun.claim,
        replace(begun.draft, body="もう一度"),
        seen_version=begun.conversation.summary.version,
        request_id="again",
    )
    assert type(again).__name__ == "AlreadyAnswered"


# ---- moving


def second_shop(team: Team) -> int:
    """Another shop's mailbox."""
    with team.store.transaction() as tx:
        box = Mailbox(
            0, "楽天店", "楽天", "rakuten@shop.example", smtp=Endpoint("127.0.0.1", 9, "loopback", "")
        )
        return mailboxes.put(tx, box, {})[0]


def test_moving_to_another_shop_and_back(both: Team) -> None:
    """It is answered from there, stays listed where its mail came in, and is undone; history stays."""
    shop = second_shop(both)
    number = both.conversation()
    before = picture(both, number)
    moved = both.suzuki.triage.move([number], shop)
    row = moved.summaries[0]
    assert (row.mailbox_id, row.also_in) == (shop, ("自社",))
    assert both.sato.inbox.counts(mailbox_id=shop)["new"] == 1
    assert "moved" in [e.what for e in both.sato.conversations.get(number).events]
    assert both.suzuki.triage.move([number], shop).skipped[0].reason == "there"
    queued = answer(both.sato, number)
    assert both.sql("SELECT from_address FROM outbox WHERE id = :i", i=queued.outbox_id) == [
        ("rakuten@shop.example",)
    ]
    assert both.suzuki.triage.move([number], both.box.id).skipped[0].reason == "sending"
    assert isinstance(both.suzuki.triage.undo(moved.undo), NotUndone)
    both.sato.replies.recall(queued.outbox_id)
    assert isinstance(both.suzuki.triage.undo(moved.undo, force=True), Undone)
    assert picture(both, number)[number][0].mailbox_id == before[number][0].mailbox_id  # type: ignore[index]
    with pytest.raises(NotFound):
        both.sato.triage.move([number], 999)


def test_an_unanswered_mail_that_was_put_off_has_its_answer_where_it_is_merged_into_an_answered_one(
    both: Team,
) -> None:
    """It waits for something: it is as unanswered as a new one."""
    old, young = pair(both)
    leave(both, answer(both.sato, old))
    both.sato.triage.set_status([young], Status.WAITING)
    both.sato.triage.merge([old, young])
    assert answer(both.sato, old, "second")


def test_a_question_to_an_outsider_goes_over_with_what_is_merged(both: Team) -> None:
    """Who asked still sees that he waits for it; undone, each has its own."""
    old, young = pair(both)
    both.sql("UPDATE conversation SET outside = 'asked' WHERE id = :c", c=young)
    undo = both.sato.triage.merge([old, young]).undo
    assert both.sato.conversations.summary(old).outside is Outside.ASKED
    both.sato.triage.undo(undo)
    assert both.sato.conversations.summary(old).outside is Outside.NOBODY
    assert both.sato.conversations.summary(young).outside is Outside.ASKED


def test_a_merge_of_which_mails_were_split_off_is_not_taken_back(both: Team) -> None:
    """Whatever was done after that: nobody gets an empty conversation in which there is nothing to answer."""
    old, young = pair(both)
    undo = both.sato.triage.merge([old, young]).undo
    mails = both.sato.conversations.get(old).messages
    both.suzuki.triage.split(mails[-1].id)
    both.suzuki.triage.set_priority([old], Priority.CRITICAL)
    both.suzuki.triage.set_status([old], Status.DONE)
    for force in (False, True):
        refused = both.sato.triage.undo(undo, force=force)
        assert isinstance(refused, NotUndone)
        assert (refused.what, refused.can_force) == ("split", False)
    assert both.sato.conversations.summary(old).messages == 1
