"""What an agent is told, on both stores: assignments, mentions, customers who wrote, reply targets that are over."""

from __future__ import annotations

import time

from maildesk.desk import Desk
from maildesk.domain.notify import Kind, Seen
from tests.desk.test_waiting import write_again
from tests.support.stores import Team


def told(desk: Desk, seen: Seen) -> list[tuple[str, int, str]]:
    """What is new: kind, conversation, who."""
    return [(one.kind.value, one.conversation_id, one.who) for one in desk.notices.news(seen).notices]


def test_assignments_mentions_and_mail_on_mine_are_told_once(both: Team) -> None:
    """By others, since the last look, and only while it is mine; what I do myself is not told to me."""
    numbers = [both.conversation(n) for n in range(1, 5)]
    begin = both.sato.notices.news()
    assert begin.notices == ()
    me = both.sato.me.id
    both.suzuki.triage.assign(numbers[:2], me)
    both.suzuki.triage.assign(numbers[1:2], None)
    both.sato.triage.assign(numbers[2:3], me)
    both.suzuki.comments.add(numbers[3], "@佐藤 お願いします。住所は a@sato.example です")
    both.suzuki.comments.add(numbers[0], "確認しました")
    both.sato.comments.add(numbers[0], "@佐藤 メモ")
    write_again(both)
    write_again(both, 101)
    assert told(both.sato, begin.seen) == [
        ("assigned", numbers[0], "鈴木"),
        ("mention", numbers[3], "鈴木"),
        ("reply", numbers[0], "sync"),
    ]
    after = both.sato.notices.news(begin.seen)
    assert told(both.sato, after.seen) == []
    assert told(both.suzuki, begin.seen) == []


def test_what_was_taken_back_is_not_told(both: Team) -> None:
    """An assignment that was undone, before I looked or after."""
    number = both.conversation()
    begin = both.sato.notices.news()
    changed = both.suzuki.triage.assign([number], both.sato.me.id)
    both.suzuki.triage.undo(changed.undo)
    assert told(both.sato, begin.seen) == []


def test_a_reply_target_is_told_when_it_is_over(both: Team) -> None:
    """Once, of mine, while it is open: by the store's clock, without any event."""
    mine, closed, other = (both.conversation(n) for n in range(1, 4))
    both.sato.triage.assign([mine, closed], both.sato.me.id)
    both.suzuki.triage.assign([other], both.suzuki.me.id)
    begin = both.sato.notices.news()
    soon = begin.seen.at.timestamp() + 0.05
    both.sql("UPDATE conversation SET due_at = :at", at=soon)
    both.sql("UPDATE conversation SET status = 'done' WHERE id = :c", c=closed)
    seen = begin.seen
    while time.time() < soon + 0.1:
        pass
    found = both.sato.notices.news(seen)
    assert [(one.kind, one.conversation_id) for one in found.notices] == [(Kind.BREACH, mine)]
    assert told(both.sato, found.seen) == []
