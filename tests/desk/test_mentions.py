"""Mentions: whom a comment names finds it in his list, until he has read it."""

from __future__ import annotations

import pytest

from maildesk.domain.agent import Agent
from maildesk.domain.phone import Call
from maildesk.domain.talk import begun, mentioned, written
from maildesk.errors import StoreError
from maildesk.store import talk_mentions
from tests.support.stores import Team

SATO = Agent(1, "sato", "佐藤", reading="さとう")
HANAKO = Agent(2, "hanako", "佐藤 花子", reading="さとう はなこ")
SATOMI = Agent(3, "satomi", "聡美")
NAMESAKE = Agent(4, "sato2", "佐藤")
ALL = (SATO, HANAKO, SATOMI)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@佐藤 在庫を確認してください", [SATO]),
        ("@佐藤さん、お願いします", [SATO]),
        ("＠ｓａｔｏ お願いします", [SATO]),
        ("@SATO, please", [SATO]),
        ("@sato. @satomi: both", [SATO, SATOMI]),
        ("@さとう", [SATO]),
        ("@佐藤花子 と @聡美 へ", [HANAKO, SATOMI]),
        ("@佐藤 花子さん", [HANAKO]),
        ("mail to info@sato.example or x@佐藤", []),
        ("@ 佐藤 @nobody @satomix", []),
        ("@佐藤 @sato @さとう", [SATO]),
    ],
)
def test_whom_a_text_names(text: str, who: list[Agent]) -> None:
    """By login, name or reading, the longest that stands there; an address names nobody."""
    assert list(mentioned(text, ALL)) == who


def test_a_name_that_two_have_means_both() -> None:
    """Nobody who may be meant is left out; what is completed for one of them is his login."""
    assert mentioned("@佐藤 見てください", (SATO, NAMESAKE)) == (SATO, NAMESAKE)
    assert written(SATO, (SATO, NAMESAKE)) == "sato"
    assert [written(agent, ALL) for agent in ALL] == ["佐藤", "hanako", "聡美"]


@pytest.mark.parametrize(
    ("typed", "so_far"),
    [("お願い @す", "す"), ("@", ""), ("＠さと", "さと"), ("a@b", None), ("@佐藤 ", None), ("@佐藤、", None)],
)
def test_what_is_typed_of_a_mention(typed: str, so_far: str | None) -> None:
    """Up to the cursor, until a blank or a comma ends it."""
    assert begun(typed) == so_far


def test_a_mention_is_listed_until_it_is_read(both: Team) -> None:
    """Written with the comment, newest first, counted; opening the conversation reads what is in it, and nobody
    follows."""
    first, second = both.conversation(1), both.conversation(2)
    both.suzuki.comments.add(first, "@佐藤 在庫は?")
    both.suzuki.comments.add(second, "@sato @高橋 至急です @鈴木")
    found = both.sato.mentions.list()
    assert [(one.conversation_id, one.author, one.read_at) for one in found] == [
        (second, "鈴木", None),
        (first, "鈴木", None),
    ]
    assert both.sato.mentions.unread() == 2
    assert both.suzuki.mentions.unread() == 0, "naming oneself is no news"
    both.sato.conversations.mark_seen(first)
    assert [one.conversation_id for one in both.sato.mentions.list(unread=True)] == [second]
    assert both.sato.mentions.read([found[0].comment_id]) == 1
    assert both.sato.mentions.unread() == 0
    assert both.desk("takahashi").mentions.unread() == 1, "his own is still unread"
    assert both.desk("takahashi").mentions.read() == 1
    assert len(both.sato.mentions.list()) == 2
    assert not both.sato.conversations.summary(first).followed


def test_a_comment_and_its_mentions_are_one(both: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the mention cannot be written there is no comment either."""
    number = both.conversation()

    def fail(*_: object) -> None:
        raise StoreError("store_locked")

    monkeypatch.setattr(talk_mentions, "add", fail)
    with pytest.raises(StoreError):
        both.suzuki.comments.add(number, "@佐藤 お願いします")
    assert both.sql("SELECT count(*) FROM comment") == [(0,)]


def test_a_telephone_memo_names_people_too(both: Team) -> None:
    """折り返しお願いします."""
    number = both.conversation()
    both.suzuki.phone.memo("@佐藤 折り返しお願いします", Call("090-1234-5678"), conversation_id=number)
    assert [one.text for one in both.sato.mentions.list()] == ["@佐藤 折り返しお願いします"]
