"""Lists, counts and search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildesk.domain.status import Priority, Sort, Status, Tab
from tests.support.stores import Team, mail


def _all_pages(team: Team, tab: Tab, sort: Sort, limit: int, *, backwards: bool = False) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = team.sato.inbox.page(tab, sort=sort, after=after, limit=limit, backwards=backwards)
        rows = [r.id for r in page.rows]
        found = [*rows, *found] if backwards else [*found, *rows]
        if page.cursor is None:
            return found
        after = page.cursor


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_neither_repeat_nor_skip(both: Team, sort: Sort) -> None:
    """Paging by keyset gives every conversation once, in order, also when times are the same to the microsecond."""
    at = datetime(2026, 11, 21, 1, 2, 3, 123456, tzinfo=UTC)
    for number in range(12):
        both.arrive(mail(number), at=at + timedelta(seconds=number // 4))
    ids = [r.id for r in both.sato.inbox.page(Tab.NEW, sort=sort).rows]
    assert len(ids) == 12
    both.sato.triage.set_priority(ids[3:6], Priority.URGENT)
    whole = [r.id for r in both.sato.inbox.page(Tab.NEW, sort=sort).rows]
    for limit in (1, 5, 11, 12):
        assert _all_pages(both, Tab.NEW, sort, limit) == whole
        assert _all_pages(both, Tab.NEW, sort, limit, backwards=True) == whole


@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_may_follow_any_row_either_way(both: Team, sort: Sort) -> None:
    """Before and after the key of each row stand its neighbours; ``skip`` counts from where the page would begin."""
    at = datetime(2026, 11, 21, 1, 2, 3, 123456, tzinfo=UTC)
    for number in range(7):
        both.arrive(mail(number), at=at + timedelta(seconds=number // 3))
    inbox = both.sato.inbox
    whole = inbox.page(Tab.NEW, sort=sort)
    ids = [r.id for r in whole.rows]
    for place, key in enumerate(whole.keys):
        below = inbox.page(Tab.NEW, sort=sort, after=key, limit=2)
        above = inbox.page(Tab.NEW, sort=sort, after=key, limit=2, backwards=True)
        assert [r.id for r in below.rows] == ids[place + 1 : place + 3]
        assert [r.id for r in above.rows] == ids[max(0, place - 2) : place]
        assert (above.cursor is None) == (place <= 2)
        jumped = inbox.page(Tab.NEW, sort=sort, limit=2, skip=place)
        assert [r.id for r in jumped.rows] == ids[place : place + 2]
        assert jumped.keys == whole.keys[place : place + 2]
        last = inbox.page(Tab.NEW, sort=sort, limit=1, skip=place, backwards=True)
        assert [r.id for r in last.rows] == [ids[-1 - place]]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from(["done", "waiting", "spam", "trash", "new", "claim", "free"])
        )
    )
)
def test_counts_are_exact_and_every_conversation_is_in_one_tab(
    both: Team, acts: list[tuple[int, str]]
) -> None:
    """Whatever happens, the kept counters equal a count of the rows, and each conversation shows in exactly one tab."""
    have = len(both.sato.inbox.page(Tab.ALL).rows)
    for number in range(have, 6):
        both.conversation(number)
    ids = sorted(r.id for tab in (Tab.ALL, Tab.SPAM, Tab.TRASH) for r in both.sato.inbox.page(tab).rows)
    for index, act in acts:
        number = ids[index % len(ids)]
        if act == "claim":
            both.sato.claims.take(number)
        elif act == "free":
            both.sato.claims.release_held(number)
        else:
            both.sato.triage.set_status([number], Status(act))
    counts = both.sato.inbox.counts()
    seen: list[int] = []
    for tab in Tab:
        rows = both.sato.inbox.page(tab, limit=500).rows
        assert counts[tab.value] == len(rows), tab
        if tab is not Tab.ALL:
            seen.extend(r.id for r in rows)
    assert sorted(seen) == ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("返品", {"a"}),
        ("品", {"a"}),
        ("返品 -髙橋", set()),
        ("ﾃｰﾌﾞﾙ", {"b"}),
        ("テーブル", {"b"}),
        ("ORDER-9", {"c"}),
        ("order-9", {"c"}),
        ('"まで お願い"', {"b"}),
        ("from:customer3", {"c"}),
        ("subject:質問", {"a", "b", "c"}),
        ("label:破損", {"b"}),
        ("status:done", {"c"}),
        ("is:unread", {"a", "b", "c"}),
        ("priority:urgent", {"a"}),
        ("assignee:me", {"a"}),
        ("assignee:none", {"b", "c"}),
        ("shop:自社 -status:done", {"a", "b"}),
        ("100%", {"c"}),
        ("_", set()),
        ("https://example.jp", {"c"}),
        ("", {"a", "b", "c"}),
    ],
)
def test_search_finds_inside_words_and_folds_widths(both: Team, query: str, expected: set[str]) -> None:
    """One query language for lists and command line; Japanese is found inside longer words, of one character too."""
    ids = {
        "a": both.conversation(1, body="この商品を返品したいです。髙橋"),
        "b": both.conversation(2, body="テーブル(オーク材)の納期、 今月まで\nお願いします"),
        "c": both.conversation(3, body="My ORDER-9 at https://example.jp/x is 100% late"),
    }
    both.sato.triage.label([ids["b"]], add=["破損"])
    both.sato.triage.set_status([ids["c"]], Status.DONE)
    both.sato.triage.set_priority([ids["a"]], Priority.URGENT)
    both.sato.triage.assign([ids["a"]], both.sato.me.id)
    found = {r.id for r in both.sato.inbox.page(Tab.ALL, query=query).rows}
    assert found == {ids[e] for e in expected}


def test_a_number_finds_its_conversation(both: Team) -> None:
    """``#1001`` and ``1001``."""
    number = both.conversation(1)
    both.conversation(2)
    for query in (f"#{number}", str(number)):
        assert number in {r.id for r in both.sato.inbox.page(Tab.ALL, query=query).rows}


def test_reading_is_each_agents_own(both: Team) -> None:
    """A colleague's reading changes neither the state nor the mark for me; new mail is unread again."""
    number = both.conversation(1)
    both.suzuki.conversations.mark_seen(number)
    assert both.sato.conversations.summary(number).unread
    assert not both.suzuki.conversations.summary(number).unread
    assert both.sato.inbox.counts()["new"] == 1
    both.arrive(mail(2, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    assert both.suzuki.conversations.summary(number).unread
    both.suzuki.conversations.mark_seen(number)
    both.suzuki.conversations.mark_unseen(number)
    assert both.suzuki.conversations.summary(number).unread


def test_numbers_begin_at_1001(both: Team) -> None:
    """A conversation's number is its id; the first one looks like a number people can say."""
    assert both.conversation() == 1001
