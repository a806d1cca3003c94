"""Lists of more than a page: wherever the cursor goes and whatever comes in or leaves, it is where it was put, and what is
on the screen is a piece of the list."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.reply_target import ReplyTarget
from maildesk.domain.status import Sort, Status
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text
from tests.screens.test_keyboard import fast

LENGTH = 900


def _desk(sort: Sort) -> FakeDesk:
    """A desk with a long list; one with reply targets lists by the time left."""
    desk = FakeDesk()
    first = desk.rows[1042]
    desk.rows.clear()
    if sort is Sort.DUE:
        target = ReplyTarget(240)
        desk.mailboxes = tuple(replace(box, reply_target=target) for box in desk.mailboxes)
    for number in range(3000, 3000 + LENGTH):
        desk.put(_row(first, number, (number * 37) % LENGTH))
        desk.timelines[number] = sample.conversation(desk.rows[number])
    return desk


def _row(like: ConversationSummary, number: int, minutes: int) -> ConversationSummary:
    at = sample.NOW - timedelta(minutes=minutes)
    return replace(
        like, id=number, status=Status.NEW, claim=None, last_message_at=at, due_at=at + timedelta(hours=4)
    )


@asynccontextmanager
async def _opened(run: Run, sort: Sort) -> AsyncIterator[tuple[Session, Any]]:
    async with run(_desk(sort), size=(100, 24)) as session:
        assert session.screen.listing.sort is sort
        yield session, session.screen.mails


def _order(session: Session) -> list[int]:
    """The list as it is in the store."""
    inbox = session.screen
    return [row.id for row in session.desk.inbox.page(inbox.tab, sort=inbox.listing.sort, limit=9999).rows]


async def _is_a_piece(session: Session, mails: Any) -> None:
    """What is held around the cursor is what the store has there."""
    await session.settle()
    order, row = _order(session), mails.row
    assert row is not None
    if mails.lingering is None:
        at = order.index(row.id)
        shown = [one.id for one in mails.rows(mails.cursor - 8, 17)]
        assert shown == order[max(0, at - 8) : at + 9]
        near = min(at, len(order) - 1 - at)
        if near < 8:
            assert (mails.cursor == at, mails.total == len(order)) == (True, True)


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.DUE])
@pytest.mark.parametrize("seed", range(2))
async def test_the_cursor_is_where_it_was_put(run: Run, sort: Sort, seed: int) -> None:
    """Ends, jumps and steps, with mail that comes in above, below and far away, and mails that leave."""
    chance = random.Random(f"{sort} {seed}")
    async with _opened(run, sort) as (session, mails):
        new = 5000
        for _ in range(14):
            match chance.randrange(5):
                case 0:
                    await session.press(chance.choice(("G", "home")))
                case 1:
                    mails.move_to(chance.randrange(mails.total))
                case 2:
                    await session.press(*["ctrl+d"] * chance.randrange(1, 9))
                case 3:
                    await session.press(*["ctrl+u"] * chance.randrange(1, 9))
                case _:
                    mails.move_to(mails.cursor + chance.choice((-1, 1)) * chance.randrange(60, 260))
            await session.settle()
            assert mails.row is not None
            here = mails.row.id
            for _ in range(chance.randrange(1, 4)):
                order = _order(session)
                if chance.random() < 0.5:
                    new += 1
                    session.desk.put(_row(session.desk.rows[here], new, chance.randrange(LENGTH)))
                    session.desk.timelines[new] = sample.conversation(session.desk.rows[new])
                    session.desk.changed()
                elif (gone := chance.choice(order)) != here:
                    session.desk.colleague_sets(gone, Status.DONE)
                await session.settle()
            assert mails.row is not None
            assert mails.row.id == here
            await _is_a_piece(session, mails)


async def test_a_place_is_gone_to_by_its_number(run: Run) -> None:
    """Rows that were not read yet, too; 1G is the first."""
    async with _opened(run, Sort.NEWEST) as (session, mails):
        for keys, place in (("451", 450), ("850", 849), ("1", 0), ("300", 299)):
            fast(session, *keys, "G")
            await session.settle()
            await session.until(lambda: mails.row is not None)
            assert mails.cursor == place
            assert mails.row.id == _order(session)[place]
            await _is_a_piece(session, mails)


async def test_what_is_taken_far_down_lingers_and_what_is_not_does_not(run: Run) -> None:
    """At the edge of a page as anywhere else."""
    async with _opened(run, Sort.NEWEST) as (session, mails):
        for place in (99, 100, 199, 200, 203, 450, 899):
            mails.move_to(place)
            await session.until(lambda: mails.row is not None)
            await session.settle()
            here = mails.row.id
            session.desk.changed()
            await session.settle()
            assert (mails.row.id, mails.lingering) == (here, None)
            session.desk.colleague_sets(here, Status.DONE)
            await session.settle()
            assert (mails.row.id, mails.lingering) == (here, here)
            session.desk.colleague_sets(here, Status.NEW)
            await session.settle()
            assert (mails.row.id, mails.lingering) == (here, None)


async def test_what_a_customer_writes_to_far_down_says_that_it_moved(run: Run) -> None:
    """It stands at the top now; under the cursor it lingers, and the cursor goes on from there."""
    async with _opened(run, Sort.NEWEST) as (session, mails):
        mails.move_to(450)
        await session.until(lambda: mails.row is not None)
        await session.settle()
        here, below = mails.row.id, mails.rows(451, 1)[0].id
        session.desk.by_others.add(here)
        session.desk.deliver(here)
        await session.settle()
        assert (mails.row.id, mails.lingering) == (here, here)
        assert "別の場所へ移りました" in screen_text(session.app)
        await session.press("j")
        assert mails.row.id == below
