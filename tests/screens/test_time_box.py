"""Sorting against the clock, and marking what is not on the screen; on a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from maildesk.domain.status import Status, Tab
from maildesk.screens import time_boxed
from maildesk.screens.confirm import Confirm
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.time_boxed import BoxSummary
from maildesk.widgets.mail_list import MailList
from tests.screens.conftest import Session, run_session
from tests.screens.support import screen_text
from tests.support.desk import small_desk


@asynccontextmanager
async def _opened(
    tmp_path: Path, subjects: list[str], size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[InboxScreen, Session]]:
    small = small_desk(tmp_path)
    for subject in subjects:
        small.mail(subject, "本文です。")
    with small.session("sato") as sato:
        async with run_session(sato, size=size) as session:
            assert session.app.inbox is not None
            yield session.app.inbox, session


async def test_a_time_box_counts_what_is_done_and_ends_with_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``:triage 15m``: the countdown and the pace stand over the list, undo takes off what it takes back, other acts
    are refused in words, and when the time is over it says what was done and what is left."""
    now = 1000.0
    monkeypatch.setattr(time_boxed, "monotonic", lambda: now)
    async with _opened(tmp_path, ["一", "二", "三", "四"], (80, 24)) as (inbox, session):
        await session.press("colon")
        session.app.screen.query_one(Input).value = "triage 15m"
        await session.press("enter")
        assert "残り 15:00" in screen_text(session.app)
        first = inbox.mails.row
        assert first is not None
        await session.press("r")
        assert session.app.screen is inbox
        assert inbox.desk.conversations.summary(first.id).claim is None
        assert any("仕分け中は" in toast for toast in session.toasts)
        await session.press("e", "e", "z")
        now += 120.0
        inbox.tick()
        await session.settle()
        assert "残り 13:00  1 件(0.5 件/分)" in screen_text(session.app)
        await session.press("j")
        assert "残り 13:00" in screen_text(session.app), "what changes on the line leaves the countdown there"
        now += 800.0
        inbox.tick()
        await session.settle()
        assert isinstance(session.app.screen, BoxSummary)
        text = "\n".join(session.app.screen.lines)
        assert "15 分で 1 件" in text
        assert "対応完了  1 件" in text
        assert "新着  3 件" in text
        await session.press("m")
        await session.press("escape")
        assert isinstance(session.app.screen, Confirm)
        await session.press("y", "enter")
        assert inbox.box is None
        assert "残り 13:00" not in screen_text(session.app)
        await session.press("r")
        assert session.app.screen is not inbox


async def test_marks_by_a_query(tmp_path: Path) -> None:
    """``:mark QUERY`` marks what it finds in this tab, beside what is marked; the act on them is one, and one undo."""
    async with _opened(tmp_path, ["返品 一", "交換", "返品 二", "返品 三", "返品 四"]) as (inbox, session):
        await session.press("colon")
        session.app.screen.query_one(Input).value = "mark 返品"
        await session.press("enter")
        assert len(inbox.mails.marks) == 4
        await session.press("e")
        assert isinstance(session.app.screen, Confirm), "many are asked for first"
        await session.press("y")
        left = inbox.desk.inbox.page(Tab.NEW).rows
        assert [row.subject for row in left] == ["交換"]
        await session.press("z")
        assert len(inbox.desk.inbox.page(Tab.NEW).rows) == 5
        await session.press("colon")
        session.app.screen.query_one(Input).value = "mark 見つからない"
        await session.press("enter")
        assert any("条件に合う会話がありません" in toast for toast in session.toasts)


async def test_all_are_marked_also_those_that_were_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``*`` marks what the filter finds, beyond the page that is held; again, and none is."""
    monkeypatch.setattr(MailList, "PAGE", 4)
    async with _opened(tmp_path, [f"返品 {n}" for n in range(9)]) as (inbox, session):
        inbox.start_again()
        await session.settle()
        await session.press("asterisk")
        assert len(inbox.mails.marks) == 9
        await session.press("asterisk")
        assert not inbox.mails.marks
        assert {row.status for row in inbox.desk.inbox.page(Tab.NEW).rows} == {Status.NEW}
