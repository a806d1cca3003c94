"""Queries about what is neither word nor column, names that there are not, and in which tab a query is asked."""

from __future__ import annotations

import pytest

from maildesk.domain.customer import CustomerField, FieldType
from maildesk.domain.phone import Call, CallState
from maildesk.domain.query import QueryError
from maildesk.domain.status import Status, Tab
from maildesk.store import customers
from tests.support.stores import Team, mail


def found(team: Team, query: str, tab: Tab = Tab.ALL) -> set[int]:
    """What a query finds."""
    return {row.id for row in team.sato.inbox.page(tab, query=query).rows}


def test_how_it_was_closed_and_answered(both: Team) -> None:
    """Closed because it needs no answer is told from done, until the customer writes again."""
    a, b, c = (both.conversation(n) for n in (1, 2, 3))
    both.sato.triage.no_answer([a], "広告")
    both.sato.triage.set_status([b], Status.DONE)
    assert found(both, "is:no-answer") == found(both, "条件:対応不要") == {a}
    assert found(both, "state:done -is:no-answer") == {b}
    both.sql("UPDATE conversation SET answered = true WHERE id = :c", c=c)
    assert found(both, "is:answered") == {c}
    assert found(both, "-assignee:sato") == {a, b, c}


def test_what_cannot_be_read_is_found(both: Team) -> None:
    """A mail that was stored raw is found without knowing where it lies."""
    good = both.conversation(1)
    assert found(both, "is:unreadable") == set()
    both.sql("UPDATE message SET quarantined = true WHERE conversation_id = :c", c=good)
    assert found(both, "is:解読不可") == {good}


def test_calls_and_what_they_leave_to_do(both: Team) -> None:
    """Telephone memos, and those of them after which something is still to be done."""
    a, b, c = (both.conversation(n) for n in (1, 2, 3))
    both.sato.comments.add(c, "電話ではない")
    both.sato.phone.memo("折り返し希望", Call(state=CallState.FOLLOW_UP), conversation_id=a)
    both.sato.phone.memo("解決済み", Call(), conversation_id=b)
    assert found(both, "has:phone") == found(both, "あり:電話メモ") == {a, b}
    assert found(both, "is:follow-up") == {a}


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("label:返", "返品"),
        ("返品 -label:hempin", "返品"),
        ("shop:自車", "自社"),
        ("assignee:sate", "sato"),
        ("field:rang=gold", "rank"),
    ],
)
def test_a_name_that_there_is_not_is_said(both: Team, query: str, nearest: str) -> None:
    """Labels, shops, people and fields that nothing has are slips: said where they stand, with the nearest."""
    number = both.conversation(1)
    both.sato.triage.label([number], ["返品"])
    both.sql("INSERT INTO customer_field (name, label, type, place) VALUES ('rank', 'ランク', 'text', 0)")
    with pytest.raises(QueryError) as refused:
        found(both, query)
    assert nearest in str(refused.value)
    assert refused.value.at == query.index(":") + 1


def test_a_desk_without_labels_says_that_there_is_none(both: Team) -> None:
    """There is no nearest one."""
    with pytest.raises(QueryError, match="label"):
        found(both, "label:返品")


def test_fields_of_the_customer(both: Team) -> None:
    """By name or label, whatever the case; of customers who are one person, what one says counts for all."""
    a, b, c = (both.conversation(n) for n in (1, 2, 3))
    both.sql("INSERT INTO customer_field (name, label, type, place) VALUES ('rank', 'ランク', 'text', 0)")
    desk = both.sato
    of = {n: desk.conversations.get(n).customer.id for n in (a, b, c)}
    desk.customers.set_field(of[b], "rank", "Gold")
    assert found(both, "field:rank=gold") == found(both, "項目:ランク=GOLD") == {b}
    desk.customers.merge(of[a], of[b])
    assert found(both, "field:rank=gold -field:rank=silver") == {a, b}
    with pytest.raises(QueryError):
        found(both, "field:gold")


FIELDS = (
    CustomerField("rank", "ランク", FieldType.CHOICE, ("Gold", "Silver", "ゴールド プラス")),
    CustomerField("points", "ポイント", FieldType.NUMBER),
    CustomerField("since", "入会日", FieldType.DATE),
    CustomerField("memo", "メモ", FieldType.TEXT),
)


def with_fields(team: Team) -> list[int]:
    """Three conversations: of a customer with all fields, of one with another rank, of one without any."""
    numbers = [team.conversation(n) for n in (1, 2, 3)]
    with team.store.transaction() as tx:
        for place, described in enumerate(FIELDS):
            customers.put_field(tx, described, place)
    act = team.sato.customers
    full, other, _ = (team.sato.conversations.get(n).customer.id for n in numbers)
    for name, text in (
        ("rank", "gold"),
        ("points", "1,200"),
        ("since", "2024年4月1日"),
        ("memo", "ＶＩＰ様"),
    ):
        act.set_field(full, name, text)
    act.set_field(other, "rank", "ゴールドプラス")
    return numbers


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("field:rank=GOLD", {0}),
        ("項目：ランク＝ｇｏｌｄ", {0}),
        ("field:Rank=gold", {0}),
        ("-field:rank=gold", {1, 2}),
        ('field:"rank=ゴールド プラス"', {1}),
        ("field:ランク=ｺﾞｰﾙﾄﾞﾌﾟﾗｽ", {1}),
        ("field:rank=gold | field:rank=ゴールドプラス", {0, 1}),
        ("field:points=1200", {0}),
        ("field:points=1,200", {0}),
        ("field:since=2024/4/1", {0}),
        ("field:memo=ＶＩＰ様", {0}),
        ("field:memo=vip", set()),
    ],
)
def test_fields_are_asked_for_as_they_are_typed_on_the_card(both: Team, query: str, which: set[int]) -> None:
    """Choices without case, width and blanks, numbers and days in any of their forms; ``-`` finds also whom the field
    says nothing of."""
    numbers = with_fields(both)
    assert found(both, query) == {numbers[n] for n in which}
    assert set(both.sato.inbox.numbers(Tab.ALL, query=query)) == {numbers[n] for n in which}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("field:rank=glod", "rank=Gold"),
        ("x -field:ランク=silber", "ランク=Silver"),
        ("field:points=many", "points"),
        ("field:since=soon", "since"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_said(both: Team, query: str, told: str) -> None:
    """A choice that there is not names the nearest and tells all of them; a number and a day say what they are."""
    with_fields(both)
    with pytest.raises(QueryError) as refused:
        found(both, query)
    assert told in str(refused.value)
    assert refused.value.hint
    assert refused.value.at == query.index(":") + 1


def test_a_choice_that_was_is_still_found(both: Team) -> None:
    """The configuration has it no more, and of some customer it is still said."""
    first = with_fields(both)[0]
    both.sql("UPDATE customer_value SET value = 'Bronze' WHERE value = 'Gold'")
    assert found(both, "field:rank=Bronze") == {first}


def test_a_query_that_names_a_state_is_asked_everywhere(both: Team) -> None:
    """``state:`` overrides the tab, also spam and trash; what was merged stays out."""
    a, b, c, d = (both.conversation(n) for n in (1, 2, 3, 4))
    both.sato.triage.set_status([a], Status.DONE)
    both.sato.triage.spam([b], ())
    both.sato.triage.merge([c, d])
    assert found(both, "state:done", Tab.NEW) == {a}
    assert found(both, "state:done,spam", Tab.WAITING) == {a, b}
    assert found(both, "state:trash", Tab.NEW) == set()
    assert both.sato.inbox.page(Tab.NEW, query="state:done").anywhere
    assert found(both, "-state:done", Tab.DONE) == set()
    assert not both.sato.inbox.page(Tab.NEW, query="-state:done").anywhere


def test_where_else_there_are_hits(both: Team) -> None:
    """Counted over all tabs, spam and trash apart, up to a bound."""
    a, b, _ = (both.conversation(n, body="返品") for n in (1, 2, 3))
    both.sato.triage.set_status([a], Status.DONE)
    both.sato.triage.spam([b], ())
    assert both.sato.inbox.found_anywhere("返品").by_tab == {"all": 2, "spam": 1, "trash": 0}
    assert both.sato.inbox.found_anywhere("返品", mine=True).by_tab == {"all": 0, "spam": 0, "trash": 0}
    assert sum(both.sato.inbox.found_anywhere("返品", most=2).by_tab.values()) == 2
    assert both.sato.inbox.found_anywhere("").by_tab == {}


def test_the_next_one_of_a_query_with_states(both: Team) -> None:
    """Only what is open is offered, whatever tab is shown."""
    a, b = both.conversation(1), both.conversation(2)
    both.sato.triage.set_status([a], Status.WAITING)
    both.sato.triage.set_status([b], Status.DONE)
    claim = both.sato.queue.next(Tab.NEW, query="state:waiting,done")
    assert claim is not None
    assert claim.conversation_id == a
    assert both.suzuki.queue.next(Tab.NEW, query="state:waiting,done") is None
    both.arrive(mail(9))
