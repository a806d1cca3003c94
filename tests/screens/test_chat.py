"""The team's chat on the screen."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from maildesk import locale
from maildesk.domain.talk import EVERYBODY
from maildesk.screens.chat import ChatScreen
from maildesk.screens.confirm import Confirm
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.picker import Picker
from tests.screens import sample
from tests.screens.conftest import Run, Session, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import HOSTILE, WIDE, assert_aligned, screen_text
from tests.support.desk import small_desk


def field(session: Session) -> Input:
    """Where one types."""
    found: Input = session.screen.query_one("#say", Input)
    return found


async def test_saying_reading_and_taking_back(run: Run) -> None:
    """An empty room says so; what a colleague says arrives by itself and counts as read here; z takes mine back."""
    desk = FakeDesk()
    async with run(desk) as session:
        await session.press("g", "t")
        assert session.shows(ChatScreen)
        assert "まだ発言はありません" in screen_text(session.app)
        await session.press(*"abc", "enter")
        assert [values for name, values in desk.calls if name == "chat.say"] == [("abc", EVERYBODY)]
        assert "佐藤さん  abc" in screen_text(session.app)
        assert field(session).value == ""
        desk.chat.told("了解です")
        desk.changed()
        await session.settle()
        assert "鈴木さん  了解です" in screen_text(session.app)
        assert desk.chat.rooms()[0].unread == 0
        await session.press("up", "k", "x")
        assert "abc" not in screen_text(session.app)
        await session.press("z")
        assert "abc" in screen_text(session.app)
        assert_aligned(session.app)


async def test_a_line_leads_to_the_conversations_that_it_names(run: Run) -> None:
    """Enter on it, also from the empty field; where it names several, one is chosen; a number that is nobody's says so."""
    desk = FakeDesk()
    first, second, *_ = desk.rows
    desk.chat.told(f"#{first} を見てください")
    async with run(desk) as session:
        await session.press("g", "t", "enter")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == first
        await session.press("escape")
        assert session.shows(ChatScreen)
        desk.chat.told(f"#{first} と #{second}")
        desk.changed()
        await session.settle()
        await session.press("enter")
        assert session.shows(Picker)
        await session.press("2")
        assert session.screen.conversation_id == second
        await session.press("escape")
        desk.chat.told("#999999")
        desk.changed()
        await session.settle()
        await session.press("enter")
        assert session.shows(ChatScreen)
        assert any("999999" in toast for toast in session.toasts)


async def test_rooms_begin_with_what_is_unread(run: Run) -> None:
    """The count stands in the header of the inbox; Tab goes to the next room, whatever is typed stays."""
    desk = FakeDesk()
    room = sample.MAILBOXES[1]
    desk.chat.told("店舗の話", room=room.id)
    desk.chat.told("全員の話")
    desk.chat.seen(EVERYBODY, 2)
    async with run(desk) as session:
        assert "チャット 1" in screen_text(session.app)
        await session.press("g", "t")
        assert "店舗の話" in screen_text(session.app)
        assert desk.chat.rooms()[2].unread == 0
        await session.press("a", "shift+tab", "shift+tab")
        assert "全員の話" in screen_text(session.app)
        assert field(session).value == "a"
        await session.press("escape", "escape")
        assert session.shows(Confirm), "what is typed is not thrown away unasked"
        await session.press("y")
        assert session.shows(InboxScreen)


async def test_a_room_is_searched(run: Run) -> None:
    """/ narrows, Enter goes to what was found, Escape shows all again."""
    desk = FakeDesk()
    desk.chat.told("ＰＯＳレジの件")
    desk.chat.told("昼休みです")
    async with run(desk) as session:
        await session.press("g", "t", "up", "slash", *"pos", "enter")
        text = screen_text(session.app)
        assert "レジの件" in text
        assert "昼休み" not in text
        await session.press("slash", *"zz", "enter")
        assert "見つかりません" in screen_text(session.app)
        await session.press("escape")
        assert "昼休み" in screen_text(session.app)


async def test_older_lines_come_when_one_goes_up(run: Run) -> None:
    """Two hundred at first."""
    desk = FakeDesk()
    for number in range(250):
        desk.chat.told(f"発言 {number}")
    async with run(desk) as session:
        await session.press("g", "t", "up")
        screen = session.screen
        assert len(screen.lines) == 200
        screen._options.highlighted = 1
        await session.press("k")
        assert len(screen.lines) == 250
        assert screen.line.text == "発言 50"


async def test_the_chat_on_small_screens(run: Run) -> None:
    """Hostile and wide texts, long lines, 40 and 80 columns, both languages."""
    for size in ((40, 30), (80, 24)):
        for language in locale.LANGUAGES:
            locale.use(language)
            desk = FakeDesk(hostile=True)
            for text in (*HOSTILE, *WIDE, "とても長い発言です。#1044 も見てください。" * 9, "one\ntwo"):
                desk.chat.told(text)
            async with run(desk, size=size) as session:
                await session.press("g", "t")
                assert_aligned(session.app)
                await session.press("up", "ctrl+u")
                assert_aligned(session.app)


async def test_a_line_arrives_within_two_seconds(tmp_path: Path) -> None:
    """Two sessions on a real store, and nobody asks."""
    small = small_desk(tmp_path)
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        async with run_session(sato) as session:
            await session.press("g", "t", *"hello", "enter")
            assert [line.text for line in suzuki.chat.lines()] == ["hello"]
            suzuki.chat.say("こんにちは")
            for _ in range(40):
                await session.pilot.pause(0.05)
                if "こんにちは" in screen_text(session.app):
                    break
            assert "鈴木さん  こんにちは" in screen_text(session.app)
            await session.until(lambda: sato.chat.rooms()[0].unread == 0)
            assert sato.chat.rooms()[0].unread == 0


async def test_a_name_in_the_chat_rings_like_a_mention(run: Run) -> None:
    """Once, wherever one is; without a name nothing is said."""
    desk = FakeDesk()
    async with run(desk) as session:
        desk.chat.told("了解です")
        desk.changed()
        await session.settle()
        assert not [toast for toast in session.toasts if "チャット" in toast]
        for _ in range(2):
            desk.chat.told("@佐藤 至急お願いします") if not desk.chat.naming_me() else None
            desk.changed()
            await session.settle()
        assert (
            len([toast for toast in session.toasts if "チャットであなた宛てに書きました(g t)" in toast]) == 1
        )


async def test_the_footer_shows_what_works_while_one_types(run: Run) -> None:
    """Letters are text in the field: Enter says it, arrows go to the lines; on the lines the letters are there."""
    desk = FakeDesk()
    desk.chat.told("了解です")
    async with run(desk) as session:
        await session.press("g", "t")
        footer = screen_text(session.app).split("\n")[-1]
        assert footer.startswith(" Enter 発言  Tab 次の部屋  ↑ 発言を選ぶ  Esc 戻る  F1 ヘルプ")
        await session.press("up")
        footer = screen_text(session.app).split("\n")[-1]
        assert "c 書く" in footer
        assert "発言を選ぶ" not in footer
        await session.press("slash")
        assert (
            screen_text(session.app)
            .split("\n")[-1]
            .startswith(" Enter 絞り込み  ↑ 履歴  Esc 戻る  F1 ヘルプ")
        )
        await session.press("escape", "c")
        assert " Enter 発言" in screen_text(session.app).split("\n")[-1]
