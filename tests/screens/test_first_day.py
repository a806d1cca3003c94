"""What a newcomer reads on the first day: lines that say what keys do, and times and signs that cannot be mistaken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Input

from maildesk import locale
from maildesk.locale import t
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text
from tests.screens.test_outbox import desk as outbox_desk

desk = outbox_desk


async def test_a_typed_time_stands_once_and_no_digit_is_promised(run: Run) -> None:
    """明日 is one line, as it was understood; digits are text then, and the line beneath says nothing of them."""
    async with run() as session:
        await session.press("b")
        assert "1-9 選択" in screen_text(session.app)
        await session.press("明", "日")
        text = screen_text(session.app)
        assert "09:00 まで" in text
        assert "明日9時" not in text
        assert "1-9" not in text


async def test_the_name_of_a_view_is_asked_for_as_a_name(run: Run) -> None:
    """ctrl+s: what is typed is a name, it narrows nothing."""
    async with run() as session:
        await session.press("ctrl+s")
        text = screen_text(session.app)
        assert t("inbox.view.name.hint") in text
        assert "入力して絞り込み" not in text


async def test_a_command_that_takes_words_is_completed_with_a_blank(run: Run) -> None:
    """:as Tab su is assign su, and :don Tab nothing more than done."""
    async with run() as session:
        await session.press("colon", *"assi", "tab", *"su")
        assert session.screen.query_one(Input).value == "assign su"
        await session.press("escape", "colon", *"redra", "tab")
        assert session.screen.query_one(Input).value == "redraw"


async def test_the_outbox_names_how_to_cancel_in_80_columns(run: Run, desk: FakeDesk) -> None:
    """For a reply of which nobody knows whether it arrived all three ways out stand in the footer."""
    async with run(desk, size=(80, 24)) as session:
        await session.press("g", "o")
        footer = screen_text(session.app).splitlines()[-1]
        for hint in ("m 送信済みにする", "s 再送信", "x 取り消し"):
            assert hint in footer


async def test_the_history_shows_whole_times_in_80_columns(run: Run) -> None:
    """Date and hour, not the beginning of it."""
    async with run(size=(80, 24)) as session:
        await session.press("H")
        line = session.screen.query_one("HistoryList").line
        assert f" {line.time} " in screen_text(session.app)


@pytest.mark.parametrize(("days", "shown"), [(0, "10:02"), (1, "11/20 10:02"), (400, "2025/10/17 10:02")])
async def test_the_preview_says_of_which_day_a_mail_is(run: Run, days: int, shown: str) -> None:
    """Today the hour, else the day with it."""
    desk = FakeDesk()
    row = desk.rows[1042]
    desk.put(replace(row, last_message_at=row.last_message_at - timedelta(days=days)))
    async with run(desk, size=(120, 40)) as session:
        await session.until(lambda: "▌" in screen_text(session.app))
        place = next(i for i, one in enumerate(session.screen.mails.rows(0, 20)) if one.id == 1042)
        session.screen.mails.move_to(place)
        await session.settle()
        lines = screen_text(session.app).splitlines()
        head = next(line for line in lines if "hanako@" in line or row.customer_address in line)
        assert f"  {shown}" in head


async def test_attachments_have_a_sign_that_names_nobody(run: Run) -> None:
    """In English as well: @ is for people."""
    locale.use("en")
    assert t("inbox.flag.attachments") == "&"
    assert "& files" in t("help.signs.list")


async def test_a_reading_that_finds_nobody_says_how_readings_are_found(run: Run) -> None:
    """A name in kana: the mails have it in kanji only, so that nothing fits until the customer's card has the reading."""
    async with run() as session:
        await session.press("slash", *"さいとう", "enter")
        assert "読みがなは 顧客:さいとう で探せます" in screen_text(session.app)
        await session.press("escape", "slash", *"zzzz", "enter")
        assert "読みがな" not in screen_text(session.app)
        await session.press("escape", "g", "c", *"さいとう")
        text = screen_text(session.app)
        assert "読みがなは顧客情報に登録すると探せます" in text
        assert "Esc 閉じる" in text
