"""What an agent sets for himself: seen, followed, his claim given back; each in one act that can be taken back."""

from __future__ import annotations

import pytest

from maildesk.domain.claim import Claimed, HeldByOther
from maildesk.domain.outcomes import NotUndone, Undone
from tests.support.stores import Team


def unread(both: Team, ids: list[int]) -> list[bool]:
    return [both.sato.conversations.summary(number).unread for number in ids]


def test_seen_and_unseen_are_taken_back(both: Team) -> None:
    """Several at once; those that were so already stay as they were, also after the undo."""
    ids = [both.conversation(n) for n in (1, 2, 3)]
    both.sato.conversations.mark_seen(ids[0])
    changed = both.sato.marks.see(ids)
    assert [row.id for row in changed.summaries] == ids[1:]
    assert unread(both, ids) == [False] * 3
    assert isinstance(both.sato.triage.undo(changed.undo), Undone)
    assert unread(both, ids) == [False, True, True]
    changed = both.sato.marks.see(ids, False)
    assert [row.id for row in changed.summaries] == ids[:1]
    assert unread(both, ids) == [True] * 3
    both.sato.triage.undo(changed.undo)
    assert unread(both, ids) == [False, True, True]
    assert both.suzuki.conversations.summary(ids[0]).unread


def test_what_was_opened_since_stays_seen(both: Team) -> None:
    """Unread, opened, and the undo of an earlier act comes: what was read is read."""
    number = both.conversation(1)
    changed = both.sato.marks.see([number])
    both.suzuki.comments.add(number, "x")
    both.sato.conversations.mark_seen(number)
    assert isinstance(both.sato.triage.undo(changed.undo), Undone)
    assert not both.sato.conversations.summary(number).unread


def test_a_mention_is_unread_again_with_its_conversation(both: Team) -> None:
    """Seen counts as read; taking that back, the mention waits again."""
    number = both.conversation(1)
    both.suzuki.comments.add(number, "@sato 見てください")
    changed = both.sato.marks.see([number])
    assert both.sato.mentions.unread() == 0
    both.sato.triage.undo(changed.undo)
    assert both.sato.mentions.unread() == 1


def test_following_is_taken_back_without_missing_anything(both: Team) -> None:
    """Followed again by the undo of an unfollow, one is told of what happened between."""
    number, other = both.conversation(1), both.conversation(2)
    started = both.sato.marks.follow([number, other])
    assert [row.followed for row in started.summaries] == [True, True]
    assert both.sato.marks.follow([number]).summaries == ()
    stopped = both.sato.marks.follow([number], False)
    both.suzuki.triage.assign([number], both.suzuki.me.id)
    assert both.sato.triage.news() == ()
    both.sato.triage.undo(stopped.undo)
    assert [news.conversation_id for news in both.sato.triage.news()] == [number]
    both.sato.triage.undo(started.undo)
    assert not both.sato.conversations.summary(number).followed
    assert not both.sato.conversations.summary(other).followed


def test_a_claim_given_back_is_claimed_again(both: Team) -> None:
    """The undo gives it to the session that held it, under a new token, and colleagues do not get it."""
    number, free = both.conversation(1), both.conversation(2)
    taken = both.sato.claims.take(number)
    assert isinstance(taken, Claimed)
    changed = both.sato.marks.release([number, free])
    assert [(one.id, one.reason) for one in changed.skipped] == [(free, "not_held")]
    assert both.sato.conversations.summary(number).claim is None
    assert isinstance(both.sato.triage.undo(changed.undo), Undone)
    again = both.sato.claims.take(number)
    assert isinstance(again, Claimed)
    assert again.claim.token == taken.claim.token + 1
    assert isinstance(both.suzuki.claims.take(number), HeldByOther)


@pytest.mark.parametrize("left", [False, True])
def test_a_claim_that_a_colleague_had_since_does_not_come_back(both: Team, left: bool) -> None:
    """Whether he still has it or gave it back: his token is newer, and the undo names him."""
    number = both.conversation(1)
    both.sato.claims.take(number)
    changed = both.sato.marks.release([number])
    both.suzuki.claims.take(number)
    if left:
        both.suzuki.claims.release_held(number)
    refused = both.sato.triage.undo(changed.undo)
    assert refused == NotUndone("鈴木", "claimed")
    claim = both.sato.conversations.summary(number).claim
    assert claim is None if left else claim is not None and claim.agent_login == "suzuki"


def test_a_colleagues_claim_is_not_given_back(both: Team) -> None:
    """It is skipped, and said whose it is."""
    number = both.conversation(1)
    both.suzuki.claims.take(number)
    (skipped,) = both.sato.marks.release([number]).skipped
    assert skipped.reason == "replying"
    assert skipped.holder is not None
    assert skipped.holder.agent_login == "suzuki"


def test_what_is_only_tried_leaves_no_mark(both: Team) -> None:
    """In a rehearsal all three say what would be, and nothing stays."""
    number = both.conversation(1)
    both.sato.claims.take(number)
    with both.sato.triage.rehearsing():
        assert both.sato.marks.see([number]).summaries
        assert both.sato.marks.follow([number]).summaries
        assert both.sato.marks.release([number]).summaries
    row = both.sato.conversations.summary(number)
    assert (row.unread, row.followed, row.claim is not None) == (True, False, True)


def test_what_is_not_there_is_skipped(both: Team) -> None:
    """A wrong number and one that was merged away are named, the others are done."""
    first, second = both.conversation(1), both.conversation(2)
    both.sato.triage.merge([first, second])
    changed = both.sato.marks.follow([first, second, 4711])
    assert [row.id for row in changed.summaries] == [first]
    assert {(one.id, one.reason) for one in changed.skipped} == {(second, "merged"), (4711, "gone")}
