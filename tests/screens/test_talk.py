"""Colleagues talking to each other: mentions, announcements and hand-over notes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import TextArea

from maildesk import locale
from maildesk.domain.day_hours import DayHours
from maildesk.screens.comment import CommentScreen
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.mentions import MentionsScreen
from maildesk.screens.note import NoteEditor
from maildesk.screens.picker import Picker
from maildesk.screens.start import StartScreen
from tests.screens import sample
from tests.screens.conftest import TOKYO, Run, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text, slow
from tests.support.desk import small_desk


async def test_a_name_is_completed_while_a_comment_is_written(run: Run) -> None:
    """す after @ offers 鈴木 by the reading; Tab writes the name, and who will hear of it is said."""
    async with run(size=(80, 24)) as session:
        await session.press("c")
        assert session.shows(CommentScreen)
        assert "@名前 と書くと" in screen_text(session.app)
        await session.press("@", "す")
        assert "Tab: 鈴木 (suzuki)" in screen_text(session.app)
        await session.press("tab")
        area = session.screen.query_one(TextArea)
        assert area.text == "@鈴木 "
        await session.press("space", "z")
        assert "知らせる相手: 鈴木さん" in screen_text(session.app)
        assert_aligned(session.app)
        await session.press("ctrl+s")
        assert [values[1] for name, values in session.desk.calls if name == "comments.add"] == ["@鈴木  z"]


async def test_tab_again_takes_the_next_who_fits(run: Run) -> None:
    """With nothing typed after @ everybody is offered but me, one after the other."""
    async with run() as session:
        await session.press("c", "@", "tab")
        area = session.screen.query_one(TextArea)
        names = [area.text]
        for _ in range(3):
            await session.press("tab")
            names.append(area.text)
        assert names[0] == names[3]
        assert len(set(names)) == 3
        assert "佐藤" not in "".join(names)


async def test_tab_without_a_name_stays_in_the_field(run: Run) -> None:
    """Nothing is completed, nothing is lost."""
    async with run() as session:
        await session.press("c", "a", "tab", "b")
        assert session.screen.query_one(TextArea).text == "ab"


async def test_a_mention_rings_and_stands_in_the_list_until_it_is_read(run: Run) -> None:
    """In the header at once, opened with Enter, and read then."""
    desk = FakeDesk()
    number = next(iter(desk.rows))
    async with run(desk) as session:
        desk.mentions.told(number, "@佐藤 在庫を確認してください")
        desk.changed()
        await session.settle()
        assert any("鈴木さんがあなた宛てに書きました" in toast for toast in session.toasts)
        assert "@1" in screen_text(session.app)
        await session.press("g", "m")
        assert session.shows(MentionsScreen)
        text = screen_text(session.app)
        assert "▪" in text
        assert "在庫を確認" in text
        await session.press("enter")
        assert session.shows(ConversationScreen)
        await session.press("escape")
        assert session.shows(MentionsScreen)
        assert desk.mentions.unread() == 0
        desk.changed()
        await session.settle()
        assert "@1" not in screen_text(session.app)


async def test_mentions_on_small_screens(run: Run) -> None:
    """An empty list says so; at 40 and 80 columns, in both languages."""
    for size in ((40, 30), (80, 24)):
        for language, words in (("ja", "まだだれにも"), ("en", "nobody has mentioned you yet")):
            locale.use(language)  # type: ignore[arg-type]
            desk = FakeDesk(hostile=True)
            async with run(desk, size=size) as session:
                await session.press("g", "m")
                assert words in screen_text(session.app)
                assert_aligned(session.app)
                desk.mentions.told(next(iter(desk.rows)), "@佐藤 \x1b[2J")
                desk.changed()
                await session.settle()
                assert_aligned(session.app)


async def test_mentions_are_marked_and_followed(run: Run) -> None:
    """u reads all; w follows, and nothing else does."""
    desk = FakeDesk()
    first, second, *_ = desk.rows
    desk.mentions.told(first, "@佐藤 一")
    desk.mentions.told(second, "@佐藤 二")
    async with run(desk) as session:
        assert session.shows(StartScreen)
        await session.press("g", "m", "w")
        assert [values for name, values in desk.calls if name == "triage.follow"] == [((second,),)]
        await session.press("u")
        assert desk.mentions.unread() == 0


async def test_a_mention_on_a_real_desk(tmp_path: Path) -> None:
    """What one writes, the other sees without asking, and opening the conversation reads it."""
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        async with run_session(sato) as session:
            await session.until(lambda: session.app.talking.is_known)
            suzuki.comments.add(number, "@さとう 在庫は?")
            await session.until(lambda: session.app.talking.mentions == 1)
            assert "@1" in screen_text(session.app)
            await session.press("g", "m", "enter")
            assert session.shows(ConversationScreen)
            await session.until(lambda: session.app.talking.mentions == 0)
            assert sato.mentions.unread() == 0


async def test_the_app_begins_with_what_is_unread(run: Run) -> None:
    """Announcements, hand-over, overdue with counts, mentions; Enter says that I read a note, Escape leads to the inbox,
    and where nothing is unread the app begins there."""
    desk = FakeDesk()
    number = next(iter(desk.rows))
    desk.notes.told("本日 15 時から棚卸し")
    desk.notes.told("返品は高橋まで", shop=sample.MAILBOXES[0].id)
    desk.mentions.told(number, "@佐藤 在庫は?")
    desk.notes.overdue_is(number)
    async with run(desk) as session:
        assert session.shows(StartScreen)
        text = screen_text(session.app)
        for words in (
            "お知らせ",
            "棚卸し",
            "申し送り",
            "返品は高橋まで",
            "期限切れ  1  楽天 1",
            "在庫は?",
            "お知らせ 2",
        ):
            assert words in text, words
        assert "鈴木さん" in text
        assert_aligned(session.app)
        await session.press("enter")
        assert [one.unread for one in desk.notes.kept] == [True, False]
        await session.press("enter")
        assert desk.asked("notes.read") == 2
        assert "既読: 佐藤さん" not in screen_text(session.app), "the next row is shown"
        await session.press("k")
        assert "既読: 佐藤さん" in screen_text(session.app)
        await session.press("j", "j", "enter")
        assert session.shows(ConversationScreen)
        assert desk.mentions.unread() == 0
        await session.press("escape", "escape")
        assert session.shows(InboxScreen)
    async with run(desk) as session:
        assert session.shows(InboxScreen)
        await session.press("g", "s")
        assert session.shows(StartScreen)


async def test_a_note_is_written_changed_and_taken_back(run: Run) -> None:
    """c asks for whom; z undoes each; a colleague's note offers neither."""
    desk = FakeDesk()
    async with run(desk, size=(80, 24)) as session:
        await session.press("g", "s")
        assert "なし" in screen_text(session.app)
        await session.press("c")
        assert session.shows(Picker)
        await session.press("1")
        assert session.shows(NoteEditor)
        await session.press("ctrl+s")
        assert session.shows(NoteEditor), "it is empty"
        await session.press(*"abc")
        await session.press("ctrl+s")
        assert session.shows(StartScreen)
        assert [one.text for one in desk.notes.list()] == ["abc"]
        await session.press("z")
        assert desk.notes.list() == ()
        await session.press("c", "2", "x", "ctrl+s")
        assert desk.notes.list()[0].mailbox_id == sample.MAILBOXES[0].id
        await session.press("e", "y", "ctrl+s")
        assert desk.notes.list()[0].text == "xy"
        await session.press("z")
        assert desk.notes.list()[0].text == "x"
        await session.press("x")
        assert desk.notes.list() == ()
        await session.press("z")
        assert len(desk.notes.list()) == 1
        desk.notes.kept = []
        desk.notes.told("鈴木の")
        desk.changed()
        await session.settle()
        assert any("鈴木さんのお知らせ・申し送りがあります" in toast for toast in session.toasts)
        await session.press("e", "x")
        assert session.shows(StartScreen)


async def test_the_start_on_small_screens(run: Run) -> None:
    """Hostile texts, 40 and 80 columns, both languages."""
    for size in ((40, 30), (80, 24)):
        for language in ("ja", "en"):
            locale.use(language)
            desk = FakeDesk(hostile=True)
            desk.notes.told("\x1b[2J 日本語の長いお知らせです。" * 5)
            desk.notes.overdue_is(*list(desk.rows)[:2])
            async with run(desk, size=size) as session:
                assert session.shows(StartScreen)
                assert_aligned(session.app)


async def test_a_note_on_a_real_desk(tmp_path: Path) -> None:
    """What one writes, the other reads, and the first sees that he did."""
    small = small_desk(tmp_path)
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        suzuki.notes.add("本日 15 時から棚卸し")
        async with run_session(sato) as session:
            await session.until(lambda: session.shows(StartScreen))
            await session.settle()
            assert "棚卸し" in screen_text(session.app)
            await session.press("enter")
            assert suzuki.notes.list()[0].read_by == ("佐藤",)
            assert session.app.talking.notes == 0


async def test_a_comment_is_added_once_however_often_its_key_is_pressed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store is slow nothing seems to happen, and one presses again."""
    desk = FakeDesk()
    answered = slow(monkeypatch, desk.comments, "add")
    async with run(desk) as session:
        await session.press("c", "a")
        screen = session.screen
        assert isinstance(screen, CommentScreen)
        screen.action_finish()
        await session.until(lambda: answered.asked)
        assert len(answered.asked) == 1
        screen.action_finish()
        await asyncio.sleep(0)
        answered.set()
        await session.settle()
        assert [name for name, _ in desk.calls].count("comments.add") == 1
        assert not session.shows(CommentScreen)


async def test_focus_hours_stand_in_the_header_while_they_last(run: Run) -> None:
    """With their end in the team's time zone; outside of them nothing is said."""
    desk = FakeDesk()
    at = desk.now().astimezone(TOKYO)
    end = at + timedelta(minutes=5)
    desk.focus_hours = (DayHours(at.time(), end.time()),)
    async with run(desk) as session:
        assert f"集中 〜{end:%H:%M}" in screen_text(session.app).splitlines()[0]
        desk.focus_hours = (DayHours(end.time(), (end + timedelta(minutes=5)).time()),)
        session.app.standing.look()
        await session.settle()
        assert "集中" not in screen_text(session.app).splitlines()[0]
