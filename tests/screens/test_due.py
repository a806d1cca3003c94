"""Reply targets on the screen: the column, the order, the header, the words beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.reply_target import ReplyTarget
from maildesk.domain.status import Sort
from maildesk.screens.inbox import InboxScreen
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text

LATE, SOON, LATER = 1055, 1031, 1042


def with_targets() -> FakeDesk:
    """A desk whose shops have a target: one conversation is late, one nearly, one has hours."""
    desk = FakeDesk()
    desk.mailboxes = tuple(replace(box, reply_target=ReplyTarget(4 * 3600)) for box in desk.mailboxes)
    for number, minutes in ((LATE, -12), (SOON, 42), (LATER, 80)):
        row: ConversationSummary = desk.rows[number]
        desk.rows[number] = replace(row, due_at=sample.NOW + timedelta(minutes=minutes))
    return desk


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40), (40, 30)])
async def test_the_list_shows_what_is_left_and_stands_in_that_order(run: Run, size: tuple[int, int]) -> None:
    """Sign and minutes, at every width; the least time left stands first."""
    async with run(with_targets(), size=size) as session:
        text = screen_text(session.app)
        assert all(words in text for words in ("!-0:12", ">0:42", "1:20"))
        inbox = session.screen
        assert isinstance(inbox, InboxScreen)
        assert inbox.listing.sort is Sort.DUE
        assert [row.id for row in inbox.mails.rows(0, 3)] == [LATE, SOON, LATER]
        assert_aligned(session.app)


async def test_a_colour_never_stands_alone(run: Run) -> None:
    """What is late has a sign and a colour of its own; the header counts it."""
    async with run(with_targets(), size=(140, 40)) as session:
        session.app.standing.look()
        await session.settle()
        assert "期限切れ 1" in screen_text(session.app)
        assert "期限順" in screen_text(session.app)
        row = session.screen.mails.row
        assert (row.due, row.pressing) == ("!-0:12", "late")


async def test_without_targets_there_is_no_column_and_the_newest_stands_first(run: Run) -> None:
    """Nothing is different on a desk without them."""
    async with run() as session:
        assert session.screen.listing.sort is Sort.NEWEST
        assert "残り" not in screen_text(session.app)


async def test_what_is_done_and_all_stand_by_date(run: Run) -> None:
    """Only what is open is sorted by the time left; a chosen order holds everywhere."""
    async with run(with_targets()) as session:
        orders = []
        for keys in (("6",), ("1",), ("S", "3"), ("6",)):
            await session.press(*keys)
            orders.append(session.screen.listing.sort)
        assert orders == [Sort.NEWEST, Sort.DUE, Sort.PRIORITY, Sort.PRIORITY]
