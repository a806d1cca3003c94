"""States of the desk's own in the app, on a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from maildesk.domain.status import CustomState, StateTab, Status, Tab, WaitingReason
from maildesk.screens.inbox import InboxScreen
from maildesk.store import states
from tests.screens.conftest import Session, run_session
from tests.screens.support import screen_text
from tests.support.desk import SmallDesk, small_desk

STATES = (
    CustomState("supplier", "業者待ち", "Supplier", "Y", "blue"),
    CustomState("returned", "返品済み", "Returned", "", "green", is_open=False),
)


@asynccontextmanager
async def _opened(
    tmp_path: Path, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[SmallDesk, InboxScreen, Session]]:
    small = small_desk(tmp_path)
    for subject in ("一件目", "二件目"):
        small.mail(subject, "本文です。")
    with small.store.transaction() as tx:
        for place, state in enumerate(STATES):
            states.put(tx, state, place)
    with small.session("sato") as sato:
        async with run_session(sato, size=size) as session:
            assert session.app.inbox is not None
            yield small, session.app.inbox, session


async def test_its_key_sets_it_its_tab_shows_it_and_undo_takes_it_back(tmp_path: Path) -> None:
    """In list and conversation; the picker of states and the command line have it, too."""
    async with _opened(tmp_path) as (_, inbox, session):
        desk = inbox.desk
        first = inbox.mails.row
        assert first is not None
        await session.press("Y")
        assert desk.conversations.summary(first.id).substate == "supplier"
        await session.until(lambda: "業者待ち 1" in screen_text(session.app))
        assert "業者待ち 1" in screen_text(session.app)
        await session.press("z")
        assert desk.conversations.summary(first.id).status is Status.NEW
        await session.press("s")
        session.app.screen.query_one(Input).value = "業者"
        await session.press("enter")
        await session.press("4", "tab")
        assert inbox.tab == StateTab("supplier")
        await session.press("enter")
        assert "[業者待ち]" in screen_text(session.app)
        await session.press("e")
        await session.until(lambda: "会話はありません" in screen_text(session.app))
        assert "「業者待ち」の会話はありません" in screen_text(session.app)
        await session.press("6", "colon")
        session.app.screen.query_one(Input).value = "status 返品済み"
        await session.press("enter")
        assert [row.substate for row in desk.inbox.page(StateTab("returned")).rows] == ["returned"]


async def test_what_waits_for_what_has_tabs_while_one_looks_at_it(tmp_path: Path) -> None:
    """The reasons stand after 保留, with their counts; elsewhere they take no room."""
    async with _opened(tmp_path, (120, 30)) as (_, inbox, session):
        number = inbox.mails.chosen[0]
        inbox.desk.triage.set_status([number], Status.WAITING, reason=WaitingReason.COLLEAGUE)
        await session.until(lambda: "保留 1" in screen_text(session.app))
        assert "保留 1" in screen_text(session.app)
        assert "社内待ち" not in screen_text(session.app)
        await session.press("4")
        assert "社内待ち 1" in screen_text(session.app)
        await session.press("tab")
        assert inbox.tab == StateTab("waiting-colleague")
        assert inbox.mails.chosen == (number,)
        await session.press("1")
        assert "社内待ち" not in screen_text(session.app)


@pytest.mark.parametrize("query", ["state:supplier", "状態:業者待ち"])
async def test_a_query_knows_them(tmp_path: Path, query: str) -> None:
    """In the filter bar, and a state that was taken away meanwhile leads to no error but to all."""
    async with _opened(tmp_path, (80, 24)) as (small, inbox, session):
        inbox.desk.triage.set_state([inbox.mails.chosen[0]], "supplier")
        await session.press("6", "slash")
        session.app.screen.query_one(Input).value = query
        await session.press("enter")
        assert inbox.mails.total == 1
        with small.store.transaction() as tx:
            states.remove(tx, "supplier")
        await session.press("escape", "4")
        assert inbox.mails.total == 1
        inbox.show_tab(StateTab("supplier"))
        await session.settle()
        assert inbox.tab is Tab.ALL
