"""The pane of the conversations that belong to the open one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import OptionList

from maildesk import locale
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.related import RelatedPicker
from tests.screens.conftest import Run, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import small_desk

STOOL = "木製スツールの座面が割れていました。"
ORDER = "503-1234567-1234567"


async def test_each_row_says_why_and_escape_leads_back(tmp_path: Path) -> None:
    """On a real desk: the same order and alike, the same order, merged; Enter opens over the open one, Escape is back
    there, and what was merged is only told."""
    small = small_desk(tmp_path)
    first = small.mail("破損", f"{STOOL}\n注文 {ORDER}")
    alike = small.mail("スツールの写真", f"{STOOL}\n注文 {ORDER} です。")
    ordered = small.mail("配達", f"{ORDER} はいつですか", sender="別人 <other@customer.example>")
    gone = small.mail("間違い", "取り消します。")
    with small.session("sato") as sato:
        sato.triage.merge([first, gone], first)
        async with run_session(sato) as session:
            session.app.open_conversation(first)
            await session.settle()
            await session.press("L")
            assert session.shows(RelatedPicker)
            assert_aligned(session.app)
            text = screen_text(session.app)
            for words in (
                f"同じ注文 {ORDER}・同じ顧客の似た内容",
                "この会話に統合済み",
                f"#{ordered} [新着] 配達",
            ):
                assert words in text
            assert [choice.value for choice in session.screen.found] == [ordered, alike, gone]
            await session.press("2")
            assert session.screen.conversation_id == alike
            await session.press("escape")
            assert session.shows(ConversationScreen)
            assert session.screen.conversation_id == first
            await session.press("L", "3")
            assert session.screen.conversation_id == first
            assert any("統合済み" in toast for toast in session.toasts)
            await session.press("L", "escape")
            assert session.screen.conversation_id == first


async def test_the_panel_beside_says_why_a_conversation_is_linked(tmp_path: Path) -> None:
    """Both ways: what was split off, and what it was split off."""
    small = small_desk(tmp_path)
    first = small.mail("破損", STOOL)
    with small.session("sato") as sato:
        small.mail("Re: 破損", "別の件です。", answers=sato.conversations.get(first).messages[0].message_id)
        split = sato.triage.split(sato.conversations.get(first).messages[1].id).summaries[1].id
        async with run_session(sato) as session:
            for number, words in ((first, f"#{split} この会話から分割"), (split, f"#{first} 分割元")):
                session.app.open_conversation(number)
                await session.settle()
                assert words in screen_text(session.app)


@pytest.mark.parametrize("size", [(80, 24), (40, 30)])
async def test_a_row_keeps_its_width(run: Run, size: tuple[int, int]) -> None:
    """Two lines for each, whatever the size of the terminal, in both languages."""
    desk = FakeDesk()
    first, *others = desk.rows
    desk.put(replace(desk.rows[first], related=tuple(others[:4])))
    for language in locale.LANGUAGES:
        locale.use(language)
        async with run(desk, size=size) as session:
            session.app.open_conversation(first)
            await session.settle()
            await session.press("L")
            options = session.screen.query_one(OptionList)
            assert options.virtual_size.height == 8
            assert_aligned(session.app)


async def test_what_is_typed_narrows_and_the_cursor_begins_where_the_mail_points(run: Run) -> None:
    """By shop, state, number or words."""
    desk = FakeDesk()
    first, second, third, *_ = desk.rows
    desk.put(replace(desk.rows[first], related=(second, third)))
    async with run(desk) as session:
        session.app.open_conversation(first)
        await session.settle()
        await session.press("L", *"#" + str(third))
        assert [choice.value for choice in session.screen.found] == [third]
        await session.press("enter")
        assert session.screen.conversation_id == third
