"""Searching in the app, on a real desk: the bar, what was found, and saved views."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from textual.widgets import Input

from maildesk.app import MaildeskApp
from maildesk.app.settings import UiSettings
from maildesk.domain.query_complete import complete
from maildesk.domain.status import Status
from tests.screens.conftest import Session, run_session
from tests.screens.support import screen_text
from tests.support.desk import small_desk

TOKYO = ZoneInfo("Asia/Tokyo")


async def test_search_from_the_bar_to_the_place_in_the_mail_and_a_view(tmp_path: Path) -> None:
    """A slip is named and loses nothing; hits stand in brackets; ``n`` walks; a view brings the search back."""
    small = small_desk(tmp_path)
    small.mail("別件", "関係のない話です。")
    number = small.mail("お問い合わせ", "先日の注文について、サイズ交換をお願いします。")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            await session.press("slash", *"stat:new", "enter")
            assert "1 文字目" in screen_text(session.app)
            field = session.app.screen.query_one(Input)
            assert (field.value, field.cursor_position, field.has_focus) == ("stat:new", 0, True)
            field.value = "stat"
            field.cursor_position = 4
            await session.press("tab")
            assert field.value == "state:"
            field.value = "サイズ交換"
            await session.press("enter")
            inbox = session.app.inbox
            assert inbox is not None
            assert inbox.mails.row is not None
            assert inbox.mails.row.id == number
            await session.pilot.pause(0.3)
            await session.settle()
            assert "【サイズ交換】" in screen_text(session.app)
            await session.press("n")
            assert "これ以上の一致はありません" in screen_text(session.app)
            await session.press("ctrl+s", *"kokan", "enter")
            assert [(view.name, view.query) for view in sato.views.list()] == [("kokan", "サイズ交換")]
            await session.press("escape")
            assert inbox.listing.query_text == ""
            await session.press("g", "v", "enter")
            assert inbox.listing.query_text == "サイズ交換"
            await session.press("enter", "n")
            assert session.app.screen is not inbox


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("st", ("state:", "status:")),
        ("状", ("状態:",)),
        ("x -lab", ("label:",)),
        ("state:new,ap", ("approval",)),
        ("状態:", ("新着", "処理中")),
        ("label:", ("至急", '"大 至急"')),
        ("is:unr", ("unread",)),
        ("field:", ("rank=gold", "rank=silver", '"rank=gold plus"', "points=", "ランク=gold")),
        ("-項目:", ("ランク=gold", "ポイント=", "rank=gold")),
        ("field:rank=s", ("rank=silver",)),
        ("項目:ら", ("ランク=gold",)),
        ("返品", ()),
        ("", ()),
    ],
)
def test_what_may_be_meant(text: str, texts: tuple[str, ...]) -> None:
    """Keys and values, in the language that was begun."""
    ranks = "rank=gold", "rank=silver", "rank=gold plus", "ランク=gold", "points=", "ポイント="
    found = complete(text, len(text), {"label": ("至急", "大 至急"), "field": ranks})
    assert found.texts[: len(texts)] == texts
    assert bool(found.texts) == bool(texts)


async def test_the_tabs_say_where_a_query_looks(tmp_path: Path) -> None:
    """A query that names states itself lights their tabs, not the one that was shown; without it that one again."""
    small = small_desk(tmp_path)
    number = small.mail("返品")
    small.mail("別件")
    with small.session("sato") as sato:
        sato.triage.set_status([number], Status.DONE)
        app = MaildeskApp(lambda: sato, UiSettings())
        async with app.run_test(size=(100, 24)) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()

            def lit() -> list[str]:
                return re.findall(r"\[\d (\S+?)[ \]]", screen_text(app).splitlines()[1])

            assert lit() == ["新着"]
            for query, tabs in (
                ("state:done", ["完了"]),
                ("状態:新着,完了 件", ["新着", "完了"]),
                ("返品", ["新着"]),
            ):
                await session.press("slash")
                app.screen.query_one(Input).value = query
                await session.press("enter")
                assert lit() == tabs, query
            await session.press("escape")
            assert lit() == ["新着"]
