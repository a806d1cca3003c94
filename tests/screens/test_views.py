"""Saved views in the app, on a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.widgets import Input

from maildesk.app import MaildeskApp
from maildesk.desk import Desk
from maildesk.domain.columns import COLUMNS
from maildesk.domain.status import Tab
from maildesk.domain.view import View
from maildesk.screens.ex import ExScreen
from tests.screens.conftest import Session, run_session
from tests.screens.support import screen_text
from tests.support.desk import small_desk


@asynccontextmanager
async def _opened(tmp_path: Path) -> AsyncIterator[tuple[MaildeskApp, Session, Desk]]:
    small = small_desk(tmp_path)
    small.mail("別件", "関係のない話です。")
    with small.session("sato") as sato:
        sato.views.save(View("至急の列", "件", Tab.ALL, letter="b"))
        async with run_session(sato, size=(80, 24)) as session:
            yield session.app, session, sato


async def _line(session: Session, text: str) -> None:
    """Give a line on the command line of the app."""
    await session.press("colon")
    session.app.screen.query_one(Input).value = text
    await session.press("enter")


async def test_g_and_a_letter_open_a_view(tmp_path: Path) -> None:
    """From any screen, and the sheet after ``g`` names it; a letter of no view says so."""
    async with _opened(tmp_path) as (app, session, _):
        inbox = app.inbox
        assert inbox is not None
        await session.press("enter", "g", "b")
        assert (inbox.listing.query_text, inbox.tab, app.screen) == ("件", Tab.ALL, inbox)
        await session.press("escape", "g")
        await session.pilot.pause(0.5)
        await session.settle()
        assert "至急の列" in screen_text(app)
        await session.press("e")
        assert "e で開くビューはありません" in screen_text(app)


async def test_a_view_is_renamed_lettered_shared_and_deleted_and_all_is_taken_back(tmp_path: Path) -> None:
    """By Tab in the list of views, and by the command line with the name completed."""
    async with _opened(tmp_path) as (app, session, sato):
        first = sato.views.list()
        await session.press("g", "v", "tab", "2", "k", "enter")
        assert sato.views.get("至急の列").letter == "k"
        await session.press("g", "v", "tab", "1")
        app.screen.query_one(Input).value = "急ぎ"
        await session.press("enter")
        assert sato.views.get("急ぎ").letter == "k"
        await session.press("g", "v", "tab", "3")
        assert sato.views.get("急ぎ").shared
        await session.press("colon")
        assert isinstance(app.screen, ExScreen)
        app.screen.query_one(Input).value = "view delete "
        await session.settle()
        await session.press("tab")
        assert app.screen.query_one(Input).value == "view delete 急ぎ"
        await session.press("enter", "enter", "y")
        assert sato.views.list() == ()
        await session.press("z", "z", "z", "z")
        assert [(v.name, v.letter, v.shared) for v in sato.views.list()] == [
            (v.name, v.letter, v.shared) for v in first
        ]


async def test_a_view_keeps_its_columns_and_its_density(tmp_path: Path) -> None:
    """Chosen with Tab in the list of columns, saved with the view, shown with it, and gone with it."""
    async with _opened(tmp_path) as (app, session, sato):
        inbox = app.inbox
        assert inbox is not None
        await session.press("6")
        header = screen_text(app)
        assert "担当" in header
        assert "受信" in header
        await _line(session, "columns -assignee -shop")
        assert inbox.shown_columns == ("due", "flags", "priority", "time")
        assert "担当" not in screen_text(app).split("別件")[0]
        await _line(session, "set density comfortable")
        await session.press("ctrl+s")
        app.screen.query_one(Input).value = "少なく"
        await session.press("enter")
        saved = sato.views.get("少なく")
        assert (saved.columns, saved.density) == (("due", "flags", "priority", "time"), "comfortable")
        await _line(session, "set density compact")
        await _line(session, "set columns all")
        assert inbox.mails.row_height == 1
        await session.press("g", "v", "1")
        assert inbox.mails.row_height == 2
        assert inbox.shown_columns == saved.columns
        await session.press("1")
        assert inbox.shown_columns == COLUMNS
        assert inbox.mails.row_height == 1


async def test_columns_are_chosen_with_marks(tmp_path: Path) -> None:
    """Tab and digits mark, Enter applies, Esc leaves all as it was; in a view they are the view's until it is left."""
    async with _opened(tmp_path) as (app, session, sato):
        inbox = app.inbox
        assert inbox is not None
        inbox.action_list_columns()
        await session.settle()
        await session.press("tab", "2", "escape")
        assert inbox.shown_columns == COLUMNS
        inbox.action_list_columns()
        await session.settle()
        await session.press("6", "enter")
        assert inbox.shown_columns == COLUMNS[:-1]
        sato.views.save(View("既定", "", Tab.ALL, letter="k"))
        sato.views.save(View("列なし", "", Tab.ALL, letter="n", columns=()))
        await session.press("g", "n")
        assert inbox.shown_columns == ()
        assert "#1001" in screen_text(app)
        inbox.action_list_columns()
        await session.settle()
        await session.press("1", "enter")
        assert (inbox.listing.columns, app.settings.columns) == (("due",), COLUMNS[:-1])
        await session.press("g", "k")
        assert inbox.shown_columns == COLUMNS[:-1]


async def test_view_save_completes_the_names_that_there_are(tmp_path: Path) -> None:
    """``:view save`` offers one's views; ``:view NAME`` opens one."""
    async with _opened(tmp_path) as (app, session, sato):
        await session.press("colon")
        app.screen.query_one(Input).value = "view save "
        await session.settle()
        await session.press("tab")
        assert app.screen.query_one(Input).value == "view save 至急の列"
        await session.press("enter")
        assert sato.views.get("至急の列").query == ""
        await session.press("colon")
        app.screen.query_one(Input).value = "view 至急の列"
        await session.press("enter")
        assert app.inbox is not None
        assert app.inbox.listing.query_text == ""
        assert app.inbox.tab is Tab.NEW
