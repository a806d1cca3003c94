"""The team's chat: rooms, what is unread, searching, taking away."""

from __future__ import annotations

import pytest

from maildesk.domain.outcomes import NotUndone
from maildesk.domain.talk import EVERYBODY, references
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from tests.support.stores import Team


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("#1044 と #12 を見て", [1044, 12]),
        ("＃１０４４お願いします", [1044]),
        ("(#7)#8", [7, 8]),
        ("https://example.jp/a#12 A#3 #x #12a &#39;", []),
    ],
)
def test_which_conversations_a_line_names(text: str, numbers: list[int]) -> None:
    """In full width too; not the anchor of an address, and not an entity."""
    assert [number for _, _, number in references(text)] == numbers


def test_rooms_and_what_is_unread_in_them(both: Team) -> None:
    """One for everybody, one for each mailbox; what I said and what I saw is read, never back."""
    room = both.box.id
    first = both.suzuki.chat.say("おはようございます").line
    both.suzuki.chat.say("#1001 は返金?", room)
    both.sato.chat.say("はい", room)
    assert [(one.id, one.name, one.unread) for one in both.sato.chat.rooms()] == [
        (EVERYBODY, "", 1),
        (room, "テスト店", 0),
    ], "who answers has read"
    assert [one.unread for one in both.suzuki.chat.rooms()] == [0, 1]
    both.sato.chat.seen(EVERYBODY, first.id + 9)
    both.sato.chat.seen(EVERYBODY, first.id)
    assert both.sato.chat.rooms()[0].unread == 0
    assert both.sato.chat.rooms()[0].last_at == first.at
    lines = both.sato.chat.lines(room)
    assert [(one.author, one.text, one.references) for one in lines] == [
        ("鈴木", "#1001 は返金?", (1001,)),
        ("佐藤", "はい", ()),
    ]
    assert [one.text for one in both.sato.chat.lines(None, limit=1)] == ["はい"]
    with pytest.raises(NotFound):
        both.sato.chat.say("x", 99)
    for text in (" ", "x" * 2_001):
        with pytest.raises(MaildeskError):
            both.sato.chat.say(text)


def test_what_was_said_is_found(both: Team) -> None:
    """Every word must be there, whatever its width and capitals; signs of LIKE are signs."""
    for text in ("ＰＯＳレジ 100% 完了", "pos は明日", "楽天の返金"):
        both.sato.chat.say(text)
    found = both.suzuki.chat.lines(query="pos")
    assert [one.text for one in found] == ["ＰＯＳレジ 100% 完了", "pos は明日"]
    assert [one.text for one in both.suzuki.chat.lines(None, query="100% pos")] == ["ＰＯＳレジ 100% 完了"]
    assert both.suzuki.chat.lines(query="1%") == ()


def test_a_line_is_taken_away_by_its_author(both: Team) -> None:
    """And comes back; a colleague cannot, and it is unread nowhere."""
    said = both.sato.chat.say("間違い")
    with pytest.raises(NotPermitted):
        both.suzuki.chat.withdraw(said.line.id)
    taken = both.sato.chat.withdraw(said.line.id)
    assert both.suzuki.chat.lines() == ()
    assert both.suzuki.chat.rooms()[0].unread == 0
    with pytest.raises(NotFound):
        both.sato.chat.withdraw(said.line.id)
    assert both.sato.chat.undo(taken.undo) is None
    assert isinstance(both.sato.chat.undo(taken.undo), NotUndone)
    assert both.sato.chat.undo(said.undo) is None
    assert both.sato.chat.lines() == ()


def test_lines_that_name_me(both: Team) -> None:
    """By ``@name`` in any room, until I have read it; never what I said, and no address."""
    room = both.box.id
    both.suzuki.chat.say("info@example.jp へ")
    both.suzuki.chat.say("@さとう お願いします")
    both.suzuki.chat.say("＠佐藤さん #1001 を", room)
    both.suzuki.chat.say("@鈴木 自分宛て")
    both.sato.chat.say("@佐藤 独り言", room)
    assert [line.text for line in both.sato.chat.naming_me()] == ["@さとう お願いします"], (
        "who answers has read"
    )
    gone = both.suzuki.chat.say("@佐藤 間違い").line
    assert len(both.sato.chat.naming_me()) == 2
    both.suzuki.chat.withdraw(gone.id)
    assert len(both.sato.chat.naming_me()) == 1
    both.sato.chat.seen(EVERYBODY, gone.id)
    assert both.sato.chat.naming_me() == ()
    assert both.suzuki.chat.naming_me() == ()
