"""Choosing a time: a digit chooses from the list, unless what follows makes it the beginning of a time."""

from __future__ import annotations

from datetime import datetime

import pytest
from textual import events

from maildesk.domain.status import Status, WaitingReason
from maildesk.screens import time_picker
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.review import Review
from maildesk.screens.time_picker import TimePicker
from tests.screens.conftest import TOKYO, Run
from tests.screens.support import screen_text
from tests.screens.test_keyboard import fast


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a digit is, only the next key tells."""
    monkeypatch.setattr(time_picker, "GOES_ON", 60.0)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("11/25 15:00", "2026-11-25 15:00"),
        ("3営業日", "2026-11-26 09:00"),
        ("25日 10時", "2026-11-25 10:00"),
        ("1週間後", "2026-11-28 10:42"),
        ("9:00", "2026-11-22 09:00"),
        ("１１／２５", "2026-11-25 09:00"),
    ],
)
async def test_a_time_may_begin_with_a_digit(run: Run, said: str, until: str) -> None:
    """Typed in one go or key by key, no digit of it is a choice, nor a tab of the list behind."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("b")
        assert session.shows(TimePicker)
        fast(session, *said)
        await session.settle()
        await session.press("enter")
        row = session.desk.rows[number]
        assert row.waiting_until == datetime.strptime(until, "%Y-%m-%d %H:%M").replace(tzinfo=TOKYO)
        assert session.screen.tab.value == "new"


async def test_a_digit_and_the_next_act_in_one_go(run: Run) -> None:
    """b 2 e: the second choice for the first mail, and the next mail is done."""
    async with run() as session:
        first, second = (row.id for row in session.screen.mails.rows(0, 2))
        fast(session, "b", "2", "e")
        await session.until(lambda: session.desk.rows[second].status is Status.DONE)
        await session.settle()
        assert session.desk.rows[first].waiting_reason is WaitingReason.COLLEAGUE
        assert session.shows(InboxScreen)


async def test_an_input_method_left_on_is_no_time(run: Run) -> None:
    """b 2 ｅ: the letter is the key that it would be."""
    async with run() as session:
        first, second = (row.id for row in session.screen.mails.rows(0, 2))
        fast(session, "b", "2")
        session.app.post_message(events.Key("ｅ", "ｅ"))
        await session.until(lambda: session.desk.rows[second].status is Status.DONE)
        assert session.desk.rows[first].waiting_reason is WaitingReason.COLLEAGUE


async def test_enter_and_escape_after_a_digit(run: Run) -> None:
    """Enter chooses at once what the digit stands on, Escape nothing, an arrow goes on from there."""
    async with run() as session:
        first, second = (row.id for row in session.screen.mails.rows(0, 2))
        fast(session, "b", "2", "escape")
        await session.settle()
        assert session.desk.rows[first].status is Status.NEW
        fast(session, "b", "1", "down", "enter")
        await session.until(lambda: session.desk.rows[first].status is Status.WAITING)
        await session.settle()
        assert session.desk.rows[first].waiting_reason is WaitingReason.COLLEAGUE
        fast(session, "b", "2", "enter")
        await session.until(lambda: session.desk.rows[second].status is Status.WAITING)
        assert session.desk.rows[second].waiting_reason is WaitingReason.COLLEAGUE


async def test_a_digit_alone_chooses_after_a_moment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line is lit at once."""
    monkeypatch.setattr(time_picker, "GOES_ON", 0.01)
    async with run() as session:
        first = session.screen.mails.row.id
        await session.press("b", "2")
        assert session.desk.rows[first].waiting_reason is WaitingReason.COLLEAGUE


async def test_a_reply_for_a_day_that_was_typed_does_not_leave_at_once(run: Run) -> None:
    """^r l 11/24 10:00 Enter y."""
    async with run() as session:
        await session.press("r", *"answer", "ctrl+r", "l")
        fast(session, *"11/24 10:00")
        await session.settle()
        await session.press("enter")
        assert session.shows(Review)
        assert "2026/11/24 10:00" in screen_text(session.app)
        await session.press("y")
        (item,) = session.desk.outbox_items.values()
        assert item.scheduled
