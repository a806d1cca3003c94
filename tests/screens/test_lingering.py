"""What others take out of the list while it is under the cursor stays there until the cursor goes on: no key is for
another conversation than the one that was seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from maildesk.app import MaildeskApp, UiSettings
from maildesk.desk import Desk
from maildesk.domain.status import Status
from maildesk.screens.claim import ClaimDialog
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from maildesk.widgets.mail_list import MailList
from tests.screens.conftest import TOKYO, Session
from tests.screens.list_app import row
from tests.screens.support import assert_aligned, screen_lines, screen_text
from tests.screens.test_widgets_list import Watched, drawn
from tests.support.desk import SmallDesk, small_desk


async def test_a_row_that_others_took_lingers_until_the_cursor_goes_on() -> None:
    """In its place, struck out; the rows below move up when the cursor leaves it, whatever key that is."""
    for key, there in (("j", "1004"), ("k", "1002"), ("x", "1004"), ("G", "1009"), ("home", "1000")):
        app = Watched(10)
        async with app.run_test(size=(100, 20)) as pilot:
            await pilot.press("j", "j", "j")
            rest = [row(place) for place in range(10) if place != 3]
            app.mail_list.reset(rest, left=row(3))
            await pilot.pause()
            assert drawn(app)[2:5] == ["1002", "▌1003", "1004"]
            assert "×" in screen_lines(app)[3]
            assert app.mail_list.chosen == (1003,)
            assert_aligned(app)
            await pilot.press(key)
            assert app.mail_list.row is not None
            assert f"#{app.mail_list.row.id}" == f"#{there}"
            assert app.mail_list.total == 9
            assert not app.mail_list.marks
            assert "1003" not in drawn(app)


async def test_it_stands_where_it_stood_when_more_changes() -> None:
    """New ones above move it down with its neighbours; back in the list it is a row like all."""
    app = Watched(10)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j", "j")
        rest = [row(place) for place in range(10) if place != 3]
        app.mail_list.reset(rest, left=row(3))
        app.mail_list.reset([row(50), row(51), *rest], left=row(3))
        await pilot.pause()
        assert app.mail_list.cursor == 5
        assert [one.id for one in app.mail_list.rows(4, 3)] == [1002, 1003, 1004]
        app.mail_list.reset([row(50), *[row(place) for place in range(10)]])
        await pilot.pause()
        assert app.mail_list.lingering is None
        assert (app.mail_list.cursor, app.mail_list.total) == (4, 11)


async def test_the_last_of_a_list_lingers_alone() -> None:
    """A list that others emptied shows it until a key moves; then it is empty."""
    app = Watched(1)
    async with app.run_test(size=(100, 20)) as pilot:
        app.mail_list.stay()
        app.mail_list.reset([], left=row(0))
        await pilot.pause()
        assert drawn(app) == ["▌1000"]
        await pilot.press("asterisk")
        assert not app.mail_list.marks
        await pilot.press("k")
        assert app.mail_list.state == "empty"
        assert app.moved[-1] is None


async def test_the_first_key_is_for_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any key the first row is whatever came in last: what came a moment ago was not seen."""
    monkeypatch.setattr(MailList, "GLANCE", 1000.0)
    app = Watched(10)
    async with app.run_test(size=(100, 20)) as pilot:
        rows = [row(place) for place in range(10)]
        app.mail_list.reset([row(50), *rows])
        app.mail_list.reset([row(51), row(50), *rows])
        await pilot.pause()
        assert app.mail_list.chosen == (1051,)
        app.mail_list.stay()
        assert app.mail_list.chosen == (1000,)


async def test_the_first_key_is_for_what_a_colleague_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row went a moment ago, before any key: it is there again when the key comes."""
    monkeypatch.setattr(MailList, "GLANCE", 1000.0)
    app = Watched(10)
    async with app.run_test(size=(100, 20)) as pilot:
        app.mail_list.reset([row(place) for place in range(1, 10)], left=row(0))
        await pilot.pause()
        assert drawn(app)[0] == "▌1001"
        app.mail_list.stay()
        assert app.mail_list.chosen == (1000,)
        await pilot.pause()
        assert drawn(app)[:2] == ["▌1000", "1001"]


async def test_a_double_click_below_it_opens_what_was_clicked() -> None:
    """The rows move up between the two clicks."""
    app = Watched(10)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j", "j")
        app.mail_list.reset([row(place) for place in range(10) if place != 3], left=row(3))
        await pilot.pause()
        await pilot.click(app.mail_list, offset=(20, 6), times=2)
        await pilot.pause()
        assert app.opened == [1006]


async def test_a_range_over_it_marks_only_what_is_listed() -> None:
    """No range begins on it; one that goes over it goes on behind it, and a mark that was forgotten stays so."""
    app = Watched(10)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "v", "j", "j")
        app.mail_list.reset([row(place) for place in range(10) if place != 3], left=row(3))
        await pilot.press("j")
        assert app.mail_list.row == row(4)
        assert app.mail_list.marks >= {1001, 1002, 1004}
        await pilot.press("v")
        app.mail_list.mark(())
        app.mail_list.reset([row(place) for place in range(10) if place not in (3, 4)], left=row(4))
        await pilot.press("v")
        assert not app.mail_list.in_range
        await pilot.press("x", "k", "x", "v", "j")
        app.mail_list.leave([1002], seconds=0)
        await pilot.press("j")
        assert 1002 not in app.mail_list.marks


async def test_back_in_a_page_it_takes_the_cursor_there() -> None:
    """A page that is read has it elsewhere: the cursor is still on it."""
    app = Watched(300)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j")
        rest = [row(place) for place in range(300) if place != 2]
        app.mail_list.reset(rest[:200], total=299, left=row(2))
        app.mail_list.set_page([row(2), *rest[200:]], 200, 300)
        await pilot.pause()
        assert (app.mail_list.row, app.mail_list.lingering) == (row(2), None)
        assert app.mail_list.total == 300


@asynccontextmanager
async def _two(
    tmp_path: Path, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[Session, Desk, list[int]]]:
    """佐藤 before three new mails, the cursor on the second; 鈴木's desk."""
    small: SmallDesk = small_desk(tmp_path)
    numbers = [small.mail(subject, "お願いします。") for subject in ("三番目", "二番目", "一番目")]
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        app = MaildeskApp(lambda: sato, UiSettings(zone=TOKYO))
        async with app.run_test(size=size, notifications=True) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            mails = session.screen.mails
            mails.move_to(1)
            await session.settle()
            ids = [one.id for one in mails.rows(0, 3)]
            assert sorted(ids) == sorted(numbers)
            yield session, suzuki, ids


async def test_a_reply_to_what_a_colleague_took_is_none_to_its_neighbour(tmp_path: Path) -> None:
    """It says who has it, in the row, beside the list and when r is pressed."""
    async with _two(tmp_path) as (session, suzuki, ids):
        suzuki.claims.take(ids[1])
        mails = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1])
        await session.settle()
        assert "一覧から外れました(鈴木さん が対応中)" in screen_text(session.app)
        assert "×" in screen_text(session.app)
        await session.press("r")
        assert session.shows(ClaimDialog)
        await session.press("escape")
        assert mails.lingering == ids[1]
        await session.press("j")
        assert (mails.row.id, mails.total) == (ids[2], 2)


@pytest.mark.parametrize("key", ["e", "t", "s", "a"])
async def test_an_act_on_it_is_for_it(tmp_path: Path, key: str) -> None:
    """Whatever is done, its neighbours are not touched."""
    async with _two(tmp_path) as (session, suzuki, ids):
        before = [suzuki.conversations.summary(one).version for one in (ids[0], ids[2])]
        suzuki.triage.set_status([ids[1]], Status.SPAM)
        mails = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1])
        await session.press(key)
        await session.press("1")
        await session.settle()
        assert [suzuki.conversations.summary(one).version for one in (ids[0], ids[2])] == before


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 30), (80, 16)])
async def test_what_became_of_it_is_said_in_every_layout(tmp_path: Path, size: tuple[int, int]) -> None:
    """Over the preview, or over the list where the preview stands at the right or nowhere; as how many are marked."""
    async with _two(tmp_path, size) as (session, suzuki, ids):
        suzuki.triage.set_status([ids[1]], Status.DONE)
        await session.until(lambda: session.screen.mails.lingering == ids[1])
        await session.settle()
        assert "一覧から外れました(対応完了)" in screen_text(session.app)
        assert_aligned(session.app)
        await session.press("j", "x")
        assert "外れました" not in screen_text(session.app)
        assert "1 件選択中" in screen_text(session.app)


async def test_what_i_took_out_myself_does_not_linger(tmp_path: Path) -> None:
    """Done, answered, put together: the next takes its place at once."""
    async with _two(tmp_path) as (session, _, ids):
        mails = session.screen.mails
        await session.press("e")
        await session.until(lambda: mails.total == 2)
        assert (mails.lingering, mails.row.id) == (None, ids[2])
        await session.press("r")
        assert session.shows(Composer)
        await session.press(*"answer", "ctrl+r", "y")
        await session.until(lambda: mails.total == 1)
        await session.settle()
        assert (mails.lingering, mails.row.id) == (None, ids[0])


async def test_it_lingers_whatever_i_do_to_it(tmp_path: Path) -> None:
    """r, given up with Escape, makes the last event mine; the next key is still for it."""
    async with _two(tmp_path) as (session, suzuki, ids):
        suzuki.triage.set_status([ids[1]], Status.DONE)
        mails = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1])
        await session.press("r")
        assert session.shows(Composer)
        await session.press("escape")
        await session.settle()
        assert mails.lingering == ids[1]
        await session.press("e")
        assert suzuki.conversations.summary(ids[2]).status is Status.NEW
        assert mails.row.id == ids[2]


async def test_done_and_up_is_for_it(tmp_path: Path) -> None:
    """The cursor goes up and the row with it; what is done is done to that one."""
    async with _two(tmp_path) as (session, suzuki, ids):
        suzuki.triage.set_status([ids[1]], Status.SPAM)
        await session.until(lambda: session.screen.mails.lingering == ids[1])
        session.screen.action_conversation_done_prev()
        await session.settle()
        states = [suzuki.conversations.summary(one).status for one in ids]
        assert states == [Status.NEW, Status.DONE, Status.NEW]
        assert session.screen.mails.row.id == ids[0]


async def test_what_i_read_myself_leaves_a_list_of_unread(tmp_path: Path) -> None:
    """``is:unread``: nobody else did anything to it."""
    async with _two(tmp_path) as (session, _, ids):
        await session.press("slash", *"is:unread", "enter")
        mails = session.screen.mails
        await session.until(lambda: mails.total == 3)
        mails.move_to_id(ids[1])
        await session.press("u")
        await session.until(lambda: mails.total == 2)
        assert mails.lingering is None


async def test_what_a_colleague_took_while_it_was_read_is_still_there_behind(tmp_path: Path) -> None:
    """Escape and the next key typed in one go: the key is for what was read."""
    async with _two(tmp_path) as (session, suzuki, ids):
        await session.press("enter")
        assert session.shows(ConversationScreen)
        suzuki.triage.set_status([ids[1]], Status.DONE)
        await session.settle()
        await session.press("escape", "i")
        mails: Any = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1])
        assert suzuki.conversations.summary(ids[1]).assignee_name == "佐藤"
        assert suzuki.conversations.summary(ids[2]).assignee_id is None


async def test_merged_by_a_colleague_it_lingers_as_it_was(tmp_path: Path) -> None:
    """An act on it says into which it went."""
    async with _two(tmp_path) as (session, suzuki, ids):
        suzuki.triage.merge([ids[1], ids[2]], into=ids[2])
        mails = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1])
        await session.settle()
        assert f"一覧から外れました(#{ids[2]} に統合)" in screen_text(session.app)
        await session.press("r")
        await session.until(lambda: any(f"#{ids[2]}" in one for one in session.toasts))
        assert any(f"#{ids[2]}" in one for one in session.toasts)
        assert suzuki.conversations.summary(ids[2]).claim is None


async def test_a_list_that_a_colleague_emptied_says_so_when_the_cursor_goes_on(tmp_path: Path) -> None:
    async with _two(tmp_path, (80, 24)) as (session, suzuki, ids):
        suzuki.triage.set_status(ids, Status.DONE)
        mails = session.screen.mails
        await session.until(lambda: mails.lingering == ids[1] and mails.total == 1)
        await session.settle()
        assert_aligned(session.app)
        assert "一覧から外れました(対応完了)" in screen_text(session.app)
        await session.press("j")
        assert mails.state == "empty"
        assert "対応済みです" in screen_text(session.app)
