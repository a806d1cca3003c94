"""Templates in the composer: signature and quote stay, own text stays, and the cursor stands where one goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import TextArea

from maildesk.domain.template import Template
from maildesk.screens.composer import Composer
from maildesk.screens.review import Review, excerpt
from tests.screens.conftest import Run, Session, run_session
from tests.screens.support import screen_text
from tests.support.desk import small_desk

SIGNATURE = "楽天市場店 カスタマーサポート"
QUOTE = "> M から L へ交換できますか。"


@asynccontextmanager
async def real(path: Path, size: tuple[int, int] = (100, 30)) -> AsyncIterator[tuple[Session, TextArea]]:
    """A session of the real desk in front of its only mail."""
    small = small_desk(path)
    small.mail("いつ届きますか", "M から L へ交換できますか。\nいつ届きますか。")
    with small.session("sato") as sato:
        async with run_session(sato, size=size) as session:
            yield session, session.screen


def area(session: Session) -> TextArea:
    """The text of the composer."""
    assert isinstance(session.screen, Composer)
    found: Any = session.screen.query_one(TextArea)
    return found  # type: ignore[no-any-return]


async def test_a_reply_begun_with_a_template_is_kept(run: Run) -> None:
    """; and Escape: the footer says that the draft is kept, and it is; an empty one is none."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("semicolon")
        begun = session.screen.form.area.text
        await session.press("escape", "r")
        assert session.screen.form.area.text == begun
        assert session.screen.draft.template_id is not None
        await session.press("escape", "j", "r", "escape")
        assert [draft.conversation_id for draft in session.desk.drafts.mine()] == [number]


@pytest.mark.parametrize("begun_with", ["r", "semicolon"])
async def test_a_template_leaves_signature_and_quote(tmp_path: Path, begun_with: str) -> None:
    """^t in a text that nobody touched replaces what stands above them, be it empty or another template."""
    async with real(tmp_path) as (session, _):
        await session.press(begun_with, "ctrl+t", *"サイズ", "enter")
        text = area(session).text
        assert "サイズ交換を承ります。" in text
        assert "お届けの予定です" not in text
        assert SIGNATURE in text
        assert QUOTE in text
        assert text.count("様") == 1
        assert text.index("承ります") < text.index(SIGNATURE) < text.index(QUOTE)


async def test_a_second_template_takes_the_place_of_the_first(run: Run) -> None:
    """The wrong one was chosen: what nobody has touched goes, and ^z brings it back."""
    async with run() as session:
        await session.press("r", "ctrl+t", "1", "ctrl+t", "3")
        assert "到着予定日" not in area(session).text
        assert area(session).text.startswith("佐藤 花子 様\n\nご迷惑を")
        assert "\n\n--\n" in area(session).text
        await session.press("ctrl+z")
        assert "到着予定日" in area(session).text


async def test_a_suggested_template_is_seen(tmp_path: Path) -> None:
    """; shows the top of the text, with the first gap selected."""
    async with real(tmp_path, (80, 24)) as (session, _):
        await session.press("semicolon")
        field = area(session)
        assert field.scroll_y == 0
        assert field.selected_text == "{{ 到着予定日 }}"
        assert "お届けの予定です" in screen_text(session.app)


async def test_a_suggested_template_without_a_gap_is_read_from_its_start(run: Run) -> None:
    """Nothing is to be filled in: the cursor stands before the first character."""
    async with run(size=(80, 24)) as session:
        found = session.desk.templates.all()
        session.desk.templates.suggest = lambda *_, **__: ()  # type: ignore[method-assign]
        session.screen.reply_with(found[2].id)
        await session.settle()
        assert area(session).cursor_location == (0, 0)
        assert area(session).scroll_y == 0
        assert "ご迷惑をおかけし" in screen_text(session.app)


async def test_a_template_begins_a_paragraph_of_its_own(run: Run) -> None:
    """It does not run on in the line that was written, nor what follows in its last."""
    async with run() as session:
        await session.press("r", *"abcd", "left", "left", "ctrl+t", "3")
        assert "\nab\n\n佐藤 花子 様\n\nご迷惑をおかけし、申し訳ございません。\n\ncd\n" in area(session).text


TWO_GAPS = Template(
    1,
    "二つ",
    "交換",
    "",
    "{{ customer }} 様\n\n" + "ご案内です。\n" * 9 + "{{ 到着予定日 }} に\n{{ 伝票番号 }}\n",
)


async def test_what_is_typed_goes_where_the_hint_says(run: Run) -> None:
    """The hint names the gap that is selected; ^n goes on, and elsewhere it names the one to which ^n goes."""
    async with run() as session:
        session.desk.template_list[0] = TWO_GAPS
        session.screen.reply_with(TWO_GAPS.id)
        await session.settle()
        assert "未入力の項目 2: 到着予定日を入力してください(次へは ^n)" in screen_text(session.app)
        await session.press("ctrl+n")
        assert "未入力の項目 2: 伝票番号を入力してください(次へは ^n)" in screen_text(session.app)
        await session.press("ctrl+n", "2", "2")
        assert "未入力の項目 1: 伝票番号(^n で移動)" in screen_text(session.app)
        await session.press("ctrl+n")
        assert "未入力の項目 1: 伝票番号を入力してください" in screen_text(session.app)
        await session.press("9")
        assert area(session).text.count("\n22 に\n9\n") == 1
        assert "! 未入力" not in screen_text(session.app)


async def test_the_last_look_shows_the_gaps_that_were_filled(run: Run) -> None:
    """They are among the lines shown, also where they stand far below."""
    async with run() as session:
        session.desk.template_list[0] = TWO_GAPS
        session.screen.reply_with(TWO_GAPS.id)
        await session.settle()
        await session.press("2", "2", "ctrl+n", "9", "9", "8", "ctrl+r")
        assert session.shows(Review)
        text = screen_text(session.app)
        assert "佐藤 花子 様" in text
        assert "22 に" in text
        assert "998" in text


@pytest.mark.parametrize(
    ("wanted", "room", "expected"),
    [
        ([False] * 3, 4, (3, [])),
        ([False] * 9, 4, (4, [])),
        ([False, True, False, False, False], 4, (4, [])),
        ([False] * 8 + [True], 4, (2, [8])),
        ([False] * 3 + [True] + [False] * 4 + [True], 8, (6, [8])),
        ([True] * 20, 8, (4, [4, 5, 6])),
    ],
)
def test_wanted_lines_find_room(wanted: list[bool], room: int, expected: tuple[int, list[int]]) -> None:
    """The first lines give way to them, but for half of the room."""
    assert excerpt(wanted, room) == expected


async def test_a_row_says_that_i_have_a_draft_of_it(tmp_path: Path) -> None:
    """稿 among the flags when the composer is left with a text, and not any more when that was thrown away."""
    async with real(tmp_path) as (session, _):

        def row() -> str:
            lines = screen_text(session.app).split("\n")
            return next((line for line in lines if "いつ届きますか" in line), "")

        assert " 稿 " not in row()
        await session.press("r", *"abc", "escape")
        await session.until(lambda: " 稿" in row())
        assert " 稿" in row()
        await session.press("g", "d")
        await session.press("x")
        await session.press("escape")
        await session.until(lambda: row() and " 稿" not in row())
        assert row()
        assert " 稿" not in row()
