"""Comments on several conversations at once."""

from __future__ import annotations

import pytest

from maildesk.domain.conversation import MessageKind
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
