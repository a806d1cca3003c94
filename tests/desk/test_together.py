"""Several things read in one transaction: over a long line to the database it is the round trips that are felt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from maildesk.domain.status import Status, Tab, WaitingReason
from maildesk.screens.listing import Listing
from tests.support.stores import Team


@pytest.fixture
def begun() -> Iterator[list[object]]:
    """The transactions that this thread begins, on any connection."""
    found: list[object] = []
    mine = threading.get_ident()

    def note(connection: object) -> None:
        if threading.get_ident() == mine:
            found.append(connection)

    event.listen(Engine, "begin", note)
    yield found
    event.remove(Engine, "begin", note)


def test_a_tab_is_read_in_one_transaction(both: Team, begun: list[object]) -> None:
    """Rows, counts, shops, labels and the clock: one look whether somebody comes back, and one reading."""
    both.conversation(1)
    desk, listing = both.sato, Listing()
    begun.clear()
    reading = listing.read(desk)
    assert [row.status for row in reading.page.rows] == [Status.NEW]
    assert reading.counts["new"] == 1
    assert len(begun) == 2


def test_who_is_due_is_back_before_it_is_read(both: Team) -> None:
    """A conversation that was put off until now stands in its tab at the first look."""
    number = both.conversation(1)
    until = both.sato.now() - timedelta(seconds=1)
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.UNTIL, until=until)
    with both.sato.inbox.together():
        assert [row.id for row in both.sato.inbox.page(Tab.NEW).rows] == [number]
        assert both.sato.inbox.counts()["new"] == 1


def test_what_fails_within_leaves_nothing_behind(both: Team, begun: list[object]) -> None:
    """After an exception each reading has its own transaction again, and what others wrote is seen."""
    number = both.conversation(1)
    with pytest.raises(ZeroDivisionError), both.sato.inbox.together():
        raise ZeroDivisionError
    both.suzuki.triage.set_status([number], Status.DONE)
    begun.clear()
    assert both.sato.inbox.counts()["done"] == 1
    assert both.sato.conversations.summary(number).status is Status.DONE
    assert len(begun) >= 3
