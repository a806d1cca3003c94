"""Saved views in the app, on a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from textual.widgets import Input

from maildesk.app import MaildeskApp
from maildesk.app.settings import UiSettings
from maildesk.desk import Desk
from maildesk.domain.status import Tab
from maildesk.domain.view import View
from maildesk.screens.ex import ExScreen
from tests.screens.conftest import Session
from tests.screens.support import screen_text
from tests.support.desk import small_desk


@asynccontextmanager
async def _opened(tmp_path: Path) -> AsyncIterator[tuple[MaildeskApp, Session, Desk]]:
    small = small_desk(tmp_path)
    small.mail("別件", "関係のない話です。")
    with small.session("sato") as sato:
        sato.views.save(View("至急の列", "件", Tab.ALL, letter="b"))
        app = MaildeskApp(lambda: sato, UiSettings(zone=ZoneInfo("Asia/Tokyo")))
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            yield app, session, sato


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
