"""Where one gets after a conversation that was opened from elsewhere than the list."""

from __future__ import annotations

import pytest

from maildesk.domain.status import Status, Tab
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.history import HistoryScreen
from maildesk.screens.inbox import InboxScreen
from tests.screens.conftest import Run, Session
from tests.screens.support import screen_text


def elsewhere(session: Session) -> int:
    """A conversation that the tab in front does not list."""
    listed = {row.id for row in session.desk.inbox.page(Tab.NEW).rows}
    return next(number for number in session.desk.rows if number not in listed)


@pytest.mark.parametrize("key", ["e", "E"])
async def test_done_with_one_from_the_history_leads_back_to_it(run: Run, key: str) -> None:
    """``H``, Enter, ``e``: the history again, and no conversation of somebody else's."""
    async with run() as session:
        await session.press("H", "enter")
        assert session.shows(ConversationScreen)
        number = session.screen.conversation_id
        await session.press(key)
        assert session.desk.rows[number].status is Status.DONE
        assert session.shows(HistoryScreen)


async def test_done_with_one_that_the_list_does_not_have_leads_to_the_list(run: Run) -> None:
    """``:#N`` of another tab, then ``e``: the list, not whatever its cursor is on."""
    async with run() as session:
        number = elsewhere(session)
        await session.press("colon", "number_sign", *str(number), "enter")
        assert session.screen.conversation_id == number
        await session.press("e")
        assert session.shows(InboxScreen)


async def test_nothing_is_beside_one_that_stands_alone(run: Run) -> None:
    """J and K say so, and stay."""
    async with run() as session:
        number = elsewhere(session)
        await session.press("colon", "number_sign", *str(number), "enter", "J")
        assert session.screen.conversation_id == number
        assert any("前後の会話はありません" in one for one in session.toasts)
        assert "‹" in screen_text(session.app)


async def test_one_that_the_list_has_is_walked_from(run: Run) -> None:
    """``:#N`` of a conversation in this tab goes on to the one under it."""
    async with run() as session:
        rows = session.desk.inbox.page(Tab.NEW).rows
        await session.press("colon", "number_sign", *str(rows[1].id), "enter", "e")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == rows[2].id
