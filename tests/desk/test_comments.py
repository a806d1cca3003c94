"""Comments on several conversations at once."""

from __future__ import annotations

import pytest

from maildesk.domain.conversation import MessageKind
from maildesk.domain.status import Tab
from maildesk.errors import NotFound
from tests.support.stores import Team


def test_a_comment_on_several_is_one_act(both: Team) -> None:
    """Each of them has it once, under its own number, also where one is named twice."""
    ids = [both.conversation(n) for n in (1, 2, 3)]
    written = both.sato.comments.add_to([*ids, ids[0]], "@suzuki 確認してください")
    assert len({one.id for one in written}) == 3
    for number in ids:
        kinds = [m.kind for m in both.suzuki.conversations.get(number).messages]
        assert kinds.count(MessageKind.COMMENT) == 1
        assert both.suzuki.conversations.summary(number).unread
        assert not both.sato.conversations.summary(number).unread
    assert both.suzuki.mentions.unread() == 3


def test_where_one_cannot_be_commented_none_is(both: Team) -> None:
    """A number that is not there, or was merged away, leaves nothing behind on the others."""
    first, second, third = (both.conversation(n) for n in (1, 2, 3))
    both.sato.triage.merge([first, third])
    for wrong in (4711, third):
        with pytest.raises(NotFound):
            both.sato.comments.add_to([second, wrong], "x")
    assert [m.kind for m in both.sato.conversations.get(second).messages] == [MessageKind.IN]


def test_a_comment_that_is_only_tried_leaves_nothing(both: Team) -> None:
    """In a rehearsal it is written and taken back."""
    number = both.conversation(1)
    with both.sato.triage.rehearsing():
        assert both.sato.comments.add(number, "x").text == "x"
    assert [m.kind for m in both.sato.conversations.get(number).messages] == [MessageKind.IN]


def test_a_comment_on_a_mail(both: Team) -> None:
    """It says which mail it is about; a mail of another conversation is none of these."""
    one, other = both.conversation(1), both.conversation(2)
    desk = both.sato
    (mail,) = desk.conversations.get(one).messages
    (strange,) = desk.conversations.get(other).messages
    assert desk.comments.add(one, "添付を確認", message_id=mail.id).about == mail.id
    assert desk.comments.add(one, "全体").about is None
    assert [m.about for m in desk.conversations.get(one).messages] == [None, mail.id, None]
    with pytest.raises(NotFound, match=str(strange.id)):
        desk.comments.add(one, "違う", message_id=strange.id)
    assert len(desk.conversations.get(one).messages) == 3


def test_a_comment_that_nobody_has_read_is_withdrawn(both: Team) -> None:
    """It is shown nowhere any more, found by no search and among nobody's mentions; what happened says so."""
    number = both.conversation(1)
    written = both.sato.comments.add(number, "@suzuki 取り下げる言葉")
    assert both.suzuki.mentions.unread() == 1
    assert both.sato.comments.withdraw([written.id])
    assert [m.kind for m in both.suzuki.conversations.get(number).messages] == [MessageKind.IN]
    assert both.suzuki.mentions.unread() == 0
    assert both.suzuki.mentions.list(unread=False) == ()
    for query in ("取り下げる言葉", "has:comment"):
        assert both.sato.inbox.numbers(Tab.ALL, query=query) == ()
    events = both.sato.conversations.get(number).events
    assert "comment-withdrawn" in [event.what for event in events]
    assert not both.sato.comments.withdraw([written.id])


def test_what_was_read_or_is_a_colleagues_stays(both: Team) -> None:
    """Only one's own is withdrawn, and not once a colleague has seen or answered it; of several all or none."""
    first, second, third = (both.conversation(n) for n in (1, 2, 3))
    seen, fresh, answered = both.sato.comments.add_to([first, second, third], "確認してください")
    both.suzuki.marks.see([first], True)
    both.suzuki.comments.add(third, "確認しました")
    for ids in ([seen.id], [seen.id, fresh.id], [answered.id]):
        assert not both.sato.comments.withdraw(ids)
    assert not both.suzuki.comments.withdraw([fresh.id])
    assert [m.kind for m in both.sato.conversations.get(second).messages][-1] is MessageKind.COMMENT
    assert both.sato.comments.withdraw([fresh.id])
