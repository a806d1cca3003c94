"""What whoever follows a conversation is told of, and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.store import events, mailboxes
from tests.support.stores import Team


@pytest.mark.parametrize("what", ["skipped", "retry", "evidence", "recoded", "claimed", "draft-read"])
def test_what_goes_on_by_itself_rings_for_nobody(small: Team, what: str) -> None:
    """Looking at it, and a mail on its way, are no news; what comes after is told."""
    number = small.conversation()
    small.sato.marks.follow([number])
    suzuki = small.suzuki
    with suzuki._store.transaction() as tx:
        events.record(tx, events.actor(suzuki.me), what, number)
    assert small.sato.triage.news() == ()
    suzuki.triage.assign([number], suzuki.me.id)
    assert [(news.conversation_id, news.what) for news in small.sato.triage.news()] == [(number, "assigned")]


def test_the_event_of_a_move_names_both_shops(both: Team) -> None:
    """Whoever reads the timeline later sees from where to where."""
    number = both.conversation()
    with both.store.transaction() as tx:
        shop = mailboxes.put(tx, replace(both.box, name="楽天店", address="rakuten@shop.example"), {})[0]
    both.sato.triage.move([number], shop)
    event = next(e for e in both.sato.conversations.get(number).events if e.what == "moved")
    assert (event.detail["shop_from"], event.detail["shop"]) == (both.box.name, "楽天店")
