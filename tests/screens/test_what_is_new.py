"""What is said to be new in a conversation that is open: what came, not what was put there."""

from __future__ import annotations

from maildesk.screens.conversation_reading import Reader, news
from tests.support.stores import Team, mail


def test_only_what_came_is_new(both: Team) -> None:
    """A split that is taken back and a merge bring mails and comments that were there before."""
    (first,) = both.arrive(mail(1))
    number = first.conversation_id
    assert number is not None
    both.arrive(mail(2, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]))
    (other,) = both.arrive(mail(3))
    assert other.conversation_id is not None
    both.suzuki.comments.add(other.conversation_id, "見ました")
    desk, me, reader = both.sato, both.agents["sato"].name, Reader()
    whole = reader.read(desk, number)
    apart = desk.triage.split(whole.conversation.messages[1].id)
    left = reader.read(desk, number)
    desk.triage.undo(apart.undo)
    again = reader.read(desk, number)
    assert (len(left.conversation.messages), len(again.conversation.messages)) == (1, 2)
    assert news(left, again, me) is None
    desk.triage.merge([number, other.conversation_id])
    merged = reader.read(desk, number)
    assert len(merged.conversation.messages) == 4
    assert news(again, merged, me) is None
    both.suzuki.comments.add(number, "これは新しい")
    commented = reader.read(desk, number)
    assert news(merged, commented, me) == "conversation.new_comment"
    both.arrive(mail(4, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]))
    assert news(commented, reader.read(desk, number), me) == "conversation.new_mail"
