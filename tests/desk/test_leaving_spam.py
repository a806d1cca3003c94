"""Leaving spam, by whichever way: the sender is no longer blocked, and new means what it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.desk import Desk
from maildesk.domain.outcomes import Begun, Changed
from maildesk.domain.reply import Queued
from maildesk.domain.status import Status, WaitingReason
from tests.support.stores import Team, mail


def events(both: Team) -> list[str]:
    rows = both.sql("SELECT what FROM event WHERE what IN ('blocked', 'unblocked') ORDER BY id")
    return [str(what) for (what,) in rows]


def sender(desk: Desk, number: int) -> str:
    return desk.conversations.summary(number).customer_address.casefold()


def test_new_is_what_it_was_before_it_was_spam(both: Team) -> None:
    """As `!` does; the undo of that blocks the sender again."""
    desk, number = both.sato, both.conversation(1)
    until = desk.now() + timedelta(days=2)
    desk.triage.set_status([number], Status.WAITING, until=until, note="入荷待ち")
    blocked = sender(desk, number)
    desk.triage.spam([number], [blocked])
    changed = desk.triage.set_status([number], Status.NEW)
    (row,) = changed.summaries
    assert (row.status, row.waiting_reason, row.note) == (Status.WAITING, WaitingReason.UNTIL, "入荷待ち")
    assert desk.blocks.all() == ()
    desk.triage.undo(changed.undo)
    assert desk.conversations.summary(number).status is Status.SPAM
    assert [one.address for one in desk.blocks.all()] == [blocked]
    assert events(both) == ["blocked", "unblocked", "blocked"]


WAYS: dict[str, Callable[[Desk, int], Changed]] = {
    "done": lambda desk, number: desk.triage.set_status([number], Status.DONE),
    "waiting": lambda desk, number: desk.triage.set_status([number], Status.WAITING),
    "no answer": lambda desk, number: desk.triage.no_answer([number]),
    "not spam": lambda desk, number: desk.triage.not_spam([number]),
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_leaves_spam_is_not_blocked(both: Team, way: str) -> None:
    """His next mail comes to the new ones; others stay blocked."""
    desk, number = both.sato, both.conversation(1)
    desk.blocks.add(["other@elsewhere.example"])
    desk.triage.spam([number], [sender(desk, number)])
    WAYS[way](desk, number)
    assert [one.address for one in desk.blocks.all()] == ["other@elsewhere.example"]


def answered(desk: Desk, number: int) -> int:
    """Answer a conversation; the number of the outbox item."""
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun)
    queued = desk.replies.submit(
        begun.claim,
        replace(begun.draft, body="お待たせしました。"),
        seen_version=begun.claim.version,
        request_id="00000000-0000-4000-8000-000000000001",
        hold=600.0,
    )
    assert isinstance(queued, Queued)
    return queued.outbox_id


def test_whom_we_answer_is_not_blocked(both: Team) -> None:
    """A reply takes a conversation out of spam, and its sender with it: his next mail is new. A reply that is taken back
    leaves him unblocked, and the conversation is spam again."""
    desk, number = both.sato, both.conversation(1)
    desk.blocks.add(["other@elsewhere.example"])
    desk.triage.spam([number], [sender(desk, number)])
    outbox = answered(desk, number)
    assert desk.conversations.summary(number).status is Status.DONE
    assert [one.address for one in desk.blocks.all()] == ["other@elsewhere.example"]
    assert events(both)[-1] == "unblocked"
    (taken,) = both.arrive(mail(1, message_id="<again@example.jp>", subject="別件", body="お願いします。"))
    assert taken.conversation_id is not None
    assert desk.conversations.summary(taken.conversation_id).status is Status.NEW
    desk.replies.recall(outbox)
    assert desk.conversations.summary(number).status in (Status.SPAM, Status.NEW)
    assert [one.address for one in desk.blocks.all()] == ["other@elsewhere.example"]


def test_an_answer_unblocks_nobody_who_is_blocked_by_hand(both: Team) -> None:
    """What is no spam is answered, and its sender stays as he is."""
    desk, number = both.sato, both.conversation(1)
    desk.blocks.add([sender(desk, number)])
    answered(desk, number)
    assert len(desk.blocks.all()) == 1


def test_trash_is_no_way_out_of_spam(both: Team) -> None:
    """What is thrown away from the spam tab leaves its sender blocked."""
    desk, number = both.sato, both.conversation(1)
    blocked = sender(desk, number)
    desk.triage.spam([number], [blocked])
    desk.triage.set_status([number], Status.TRASH)
    assert [one.address for one in desk.blocks.all()] == [blocked]


def test_a_status_of_what_is_no_spam_unblocks_nobody(both: Team) -> None:
    """A sender who was blocked by hand stays so while older conversations of his are worked on."""
    desk, number = both.sato, both.conversation(1)
    blocked = sender(desk, number)
    desk.blocks.add([blocked])
    desk.triage.set_status([number], Status.DONE)
    assert [one.address for one in desk.blocks.all()] == [blocked]


def test_every_block_is_an_event(both: Team) -> None:
    """By the key, by the command and by the undo; what was blocked already is none."""
    desk, number = both.sato, both.conversation(1)
    blocked = sender(desk, number)
    changed = desk.triage.spam([number], [blocked])
    desk.blocks.add([blocked])
    desk.triage.undo(changed.undo)
    desk.blocks.remove([blocked])
    assert events(both) == ["blocked", "unblocked"]


def test_others_at_a_domain_are_counted(both: Team) -> None:
    """People who wrote from it, each once, but for those whose mail is spam now; other domains that end alike are
    others."""
    for number, sender in enumerate(
        ("a@mall.example", "B@Mall.example", "c_c@mall.example", "d@small.example"), 1
    ):
        both.arrive(mail(number, sender=sender))
    assert both.sato.blocks.others(["@mall.example"], ["a@mall.example"]) == 2
    assert both.sato.blocks.others(["@mall.example", "@small.example"], []) == 4
    assert both.sato.blocks.others(["@m_ll.example"], []) == 0
