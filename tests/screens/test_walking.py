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


@pytest.mark.parametrize("keys", [("e",), ("exclamation_mark", "1"), ("number_sign",)])
async def test_what_is_taken_back_in_a_conversation_is_shown_again(run: Run, keys: tuple[str, ...]) -> None:
    """The act went on to the next one; z comes back, and what follows is for what was brought back, typed in one go, too.
    It stands in the list as before."""
    async with run() as session:
        first = session.screen.mails.row.id
        await session.press("enter")
        place = _place(session)
        assert place.endswith("1/12")
        await session.press(*keys)
        assert session.screen.conversation_id != first
        await session.press("z")
        assert session.screen.conversation_id == first
        assert _place(session) == place
        await session.press(*keys, "z", "i")
        assert session.screen.conversation_id == first
        assert session.desk.rows[first].assignee_id is not None


async def test_many_that_are_taken_back_move_nobody(run: Run) -> None:
    """There is no one conversation to go back to."""
    async with run() as session:
        await session.press("space", "space", "i", "enter")
        shown = session.screen.conversation_id
        await session.press("z")
        assert session.screen.conversation_id == shown


def _place(session: Session) -> str:
    return str(session.screen._walk.position(session.screen.conversation_id))
