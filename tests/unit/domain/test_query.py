"""The query language: what a query means, and what is said of one that cannot be obeyed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.query import All, Any, Node, Not, QueryError, Term, first_day, parse, phrases


def word(value: str) -> Term:
    """A word."""
    return Term("", (value,))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None),
        ("  ()  ", None),
        ("返品", word("返品")),
        ("返品 交換", All((word("返品"), word("交換")))),
        ("state:new,waiting", Term("state", ("new", "waiting"))),
        ("status:new", Term("state", ("new",))),
        ("状態\uff1a新着、保留", Term("state", ("new", "waiting"))),
        ("STATE:NEW", Term("state", ("new",))),
        ("担当:自分", Term("assignee", ("me",))),
        ("assignee:none", Term("assignee", ("none",))),
        ("assignee:sato,me", Term("assignee", ("sato", "me"))),
        ("添付:領収書", Term("file", ("領収書",))),
        ("has:添付", Term("has", ("attachment",))),
        ("is:未読", Term("is", ("unread",))),
        ("優先度:至急", Term("priority", ("urgent",))),
        ("older:3h newer:7日", All((Term("older", ("10800",)), Term("newer", ("604800",))))),
        ("after:2025-08-01", Term("after", ("2025-08-01",))),
        ('subject:"a b" x', All((Term("subject", ("a b",), quoted=True), word("x")))),
        ("subject:a,b", Term("subject", ("a,b",))),
        ('label:"大 至急",破損', Term("label", ("大 至急", "破損"), quoted=True)),
        ("-返品", Not(word("返品"))),
        ("\uff0d返品 -", All((Not(word("返品")), word("-")))),
        ("-(a b)", Not(All((word("a"), word("b"))))),
        ("a | b c", Any((word("a"), All((word("b"), word("c")))))),
        ("(a OR b) c", All((Any((word("a"), word("b"))), word("c")))),
        ("a|b", Any((word("a"), word("b")))),
        ("ORDER OR-1", All((word("ORDER"), word("OR-1")))),
        ("#1044", Term("#", ("1044",))),
        ("1044", word("1044")),
        ("https://example.jp/a:b", word("https://example.jp/a:b")),
        ("10:30", word("10:30")),
        ("Re: Re:在庫", All((word("Re:"), word("Re:在庫")))),
        ("テーブル(オーク材)", word("テーブル(オーク材)")),
        ("(テーブル(オーク材) 椅子)", All((word("テーブル(オーク材)"), word("椅子")))),
        ("a)", word("a)")),
        ('"配送 遅延"', Term("", ("配送 遅延",), quoted=True)),
        ("「配送 遅延」", Term("", ("配送 遅延",), quoted=True)),
        ('"配送 遅', Term("", ("配送 遅",), quoted=True)),
        ('""', None),
        ("from:*@example.jp", Term("from", ("*@example.jp",))),
    ],
)
def test_what_a_query_means(text: str, meaning: Node | None) -> None:
    """Keys in both languages, half and full width; what only looks like a term is a word."""
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("text", "key", "position", "told"),
    [
        ("x stat:new", "query_key", 3, "state"),
        ("labl:至急", "query_key", 1, "label"),
        ("x state:nwe", "query_value", 9, "new"),
        ("has:clam", "query_value", 5, "claim"),
        ("state:", "query_value_missing", 1, "approval"),
        ("subject: x", "query_value_missing", 1, ""),
        ("state:new,", "query_value_missing", 1, ""),
        ("older:3x", "query_age", 7, "3h"),
        ("after:2025-13-01", "query_day", 7, "2026-08-01"),
        ("from:a*b", "query_star", 6, ""),
        ("a (b", "query_bracket", 3, ""),
        ("a |", "query_alternative", 3, ""),
        ("| a", "query_alternative", 1, ""),
        ("a | | b", "query_alternative", 3, ""),
        (" ".join("abc" * 30), "query_long", 121, ""),
        ("(" * 500, "query_long", 61, ""),
        ("-" * 500 + "a", "query_long", 61, ""),
    ],
)
def test_what_cannot_be_obeyed_is_said_with_its_place(text: str, key: str, position: int, told: str) -> None:
    """The message names the character, and the nearest thing that would do."""
    with pytest.raises(QueryError) as refused:
        parse(text)
    error = refused.value
    assert (error.key, error.values["position"]) == (key, position)
    assert told in f"{error} {error.hint}"
    assert str(position) in str(error) or key == "query_long"


@given(st.text('ab:|()（） "「」-#,state newOR＃：返', max_size=30))
def test_any_text_is_a_query_or_an_error_with_a_place_in_it(text: str) -> None:
    """Whatever is typed, nothing else happens."""
    refused = None
    try:
        parse(text)
    except QueryError as error:
        refused = error
    assert refused is None or (0 <= refused.at <= len(text) and str(refused))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-08-01", date(2025, 8, 1)),
        ("2025/8", date(2025, 8, 1)),
        ("2025", date(2025, 1, 1)),
        ("11-20", date(2026, 11, 20)),
        ("11/22", date(2025, 11, 22)),
        ("2-29", date(2024, 2, 29)),
        ("today", date(2026, 11, 21)),
        ("昨日", date(2026, 11, 20)),
    ],
)
def test_a_day_without_a_year_is_the_last_one(value: str, day: date) -> None:
    """Nobody looks for mail of the future."""
    assert first_day(value, date(2026, 11, 21)) == day


def test_what_is_lit_up_are_the_words_that_were_asked_for() -> None:
    """Not those that must not be there, and no states or dates."""
    assert phrases(parse("返品 | subject:交換 -x state:new from:*@example.jp")) == (
        "返品",
        "交換",
        "@example.jp",
    )
