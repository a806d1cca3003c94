"""What belongs to a conversation, and why."""

from __future__ import annotations

import pytest

from maildesk.domain.related import Reason, Why
from maildesk.errors import NotFound
from tests.support.stores import Team, mail

ORDER = "503-1234567-1234567"
SAME = "客 1 <customer1@example.jp>"


def reasons(team: Team, number: int) -> dict[int, tuple[Reason, ...]]:
    """What belongs to a conversation."""
    return {one.summary.id: one.reasons for one in team.sato.conversations.related(number)}


def test_links_orders_and_likeness_each_say_why(both: Team) -> None:
    """One row per conversation, with all its reasons, in both directions; strangers are not compared."""
    stool = "木製スツールの座面が割れていました。"
    first = both.conversation(1, subject=f"注文 {ORDER}", body=stool)
    alike = both.conversation(2, sender=SAME, subject="破損", body=f"木製スツールの座面です。\r\n{ORDER}")
    other = both.conversation(3, body=stool)
    ordered = both.conversation(4, body="５０３−１２３４５６７−１２３４５６７ はいつ届きますか")
    both.arrive(mail(5, sender=SAME, headers=["In-Reply-To: <m1@example.jp>"]))
    last = both.sato.conversations.get(first).messages[-1].id
    split = both.sato.triage.split(last).summaries[1].id
    assert reasons(both, first) == {
        split: (Reason(Why.LINKED, "split", back=True),),
        alike: (Reason(Why.ORDER, ORDER), Reason(Why.SIMILAR)),
        ordered: (Reason(Why.ORDER, ORDER),),
    }
    assert reasons(both, split) == {first: (Reason(Why.LINKED, "split"),)}
    assert [link.reason for link in both.sato.customers.beside(split).links] == [Reason(Why.LINKED, "split")]
    assert reasons(both, other) == {}


def test_what_was_merged_is_told_and_leads_to_where_it_is(both: Team) -> None:
    """Links with what was merged are links with the survivor; spam is never offered for its words."""
    text = "木製スツールの座面が割れていました。"
    first = both.conversation(1, subject="破損", body=text)
    second, spam = (both.conversation(n, sender=SAME, subject="破損", body=text) for n in (2, 3))
    both.sato.triage.spam([spam])
    both.sato.triage.merge([first, second], first)
    assert reasons(both, first) == {second: (Reason(Why.MERGED),)}
    with pytest.raises(NotFound) as gone:
        both.sato.conversations.related(second)
    assert gone.value.key == "conversation_merged"
    with pytest.raises(NotFound):
        both.sato.conversations.related(999_999)
