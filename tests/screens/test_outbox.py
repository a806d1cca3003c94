"""Outbox and drafts: what waits for a person, each dangerous act after a question."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maildesk.domain.address import Address
from maildesk.domain.outbox import OutboxItem, OutboxState
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text


def item(number: int, state: OutboxState) -> OutboxItem:
    """An outbox item of conversation 1042."""
    return OutboxItem(
        number,
        1042,
        "reply",
        state,
        1,
        "佐藤",
        f"Re: {state}",
        (Address("", "hanako@customer.example"),),
        f"<md.{number}@shop.example>",
        sample.NOW + timedelta(minutes=5),
        sample.NOW,
    )


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with one queued, one failed and one uncertain reply."""
    desk = FakeDesk()
    states = (OutboxState.QUEUED, OutboxState.FAILED, OutboxState.UNCERTAIN)
    desk.outbox_items = {number: item(number, state) for number, state in enumerate(states, 1)}
    return desk


async def test_what_needs_a_person_stands_on_top_and_in_the_header(run: Run, desk: FakeDesk) -> None:
    """Uncertain and failed first; the header counts them on every screen."""
    async with run(desk) as session:
        assert "! 要確認 2" in screen_text(session.app).splitlines()[0]
        await session.press("g", "o")
        assert session.screen.rows[0].state is OutboxState.UNCERTAIN
        text = screen_text(session.app)
        assert "届いたかどうか" in text
        assert "451 4.3.0" in text


@pytest.mark.parametrize(
    ("key", "state"), [("m", OutboxState.SENT), ("s", OutboxState.QUEUED), ("x", OutboxState.CANCELLED)]
)
async def test_each_decision_asks_first(run: Run, desk: FakeDesk, key: str, state: OutboxState) -> None:
    """Escape changes nothing; y does it."""
    async with run(desk) as session:
        await session.press("g", "o", key, "escape")
        assert desk.outbox_items[3].state is OutboxState.UNCERTAIN
        await session.press(key, "y")
        assert desk.outbox_items[3].state is state


async def test_what_is_not_possible_is_not_offered(run: Run, desk: FakeDesk) -> None:
    """A queued reply can be cancelled and not be sent again; the footer agrees."""
    async with run(desk) as session:
        await session.press("g", "o", "j", "j")
        assert session.screen.row.state is OutboxState.QUEUED
        footer = screen_text(session.app).splitlines()[-1]
        assert "送信を取り消す" in footer
        assert "もう一度送信" not in footer
        await session.press("s")
        assert any("この状態ではできません" in toast for toast in session.toasts)


async def test_enter_opens_the_conversation(run: Run, desk: FakeDesk) -> None:
    """Enter goes to the conversation, Escape back to the list."""
    async with run(desk) as session:
        await session.press("g", "o", "enter")
        assert session.shows(ConversationScreen)


async def test_drafts_go_on_and_come_back_after_they_were_thrown_away(run: Run) -> None:
    """Enter goes on writing; x throws away, and z brings it back."""
    async with run() as session:
        await session.press("r", "a", "escape", "g", "d", "enter")
        assert session.shows(Composer)
        await session.press("escape", "x")
        assert session.desk.drafts_saved == {}
        assert "下書きはありません" in screen_text(session.app)
        await session.press("z")
        assert 1042 in session.desk.drafts_saved
        assert "下書きはありません" not in screen_text(session.app)
