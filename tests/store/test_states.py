"""States of the desk's own: where a conversation stands that is in one, and what older clients make of it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from maildesk.domain.address import Address
from maildesk.domain.claim import Claimed
from maildesk.domain.outcomes import Begun
from maildesk.domain.query import QueryError
from maildesk.domain.reply import Queued, Recalled
from maildesk.domain.status import CustomState, StateTab, Status, Tab, WaitingReason
from maildesk.errors import NotFound
from maildesk.store import conversations, states
from tests.support.stores import Team

SUPPLIER = CustomState("supplier", "業者待ち", "Supplier", "B", "blue")
RETURNED = CustomState("returned", "返品済み", "Returned", "", "green", is_open=False)


def _define(team: Team, *found: CustomState) -> None:
    with team.store.transaction() as tx:
        for place, state in enumerate(found):
            states.put(tx, state, place)


def _tabs(team: Team, number: int) -> list[str]:
    """The tabs in which a conversation shows, without すべて."""
    tabs = [
        *(tab for tab in Tab if tab is not Tab.ALL),
        *(StateTab(s.name) for s in team.sato.inbox.states()),
    ]
    return [
        tab.value for tab in tabs if number in {row.id for row in team.sato.inbox.page(tab, limit=500).rows}
    ]


def test_a_state_has_its_own_tab_count_query_and_undo(both: Team) -> None:
    """It leaves the tab of its stored status, and comes back by undo."""
    _define(both, SUPPLIER, RETURNED)
    number, other = both.conversation(1), both.conversation(2)
    both.sato.triage.set_status([other], Status.WAITING, reason=WaitingReason.COLLEAGUE)
    changed = both.sato.triage.set_state([number], "業者待ち", "部品の入荷")
    (row,) = changed.summaries
    assert (row.status, row.substate, row.waiting_reason, row.note) == (
        Status.WAITING,
        "supplier",
        None,
        "部品の入荷",
    )
    assert _tabs(both, number) == ["supplier"]
    counts = both.sato.inbox.counts(reasons=True)
    assert (counts["supplier"], counts["returned"], counts["waiting"], counts["waiting-colleague"]) == (
        1,
        0,
        1,
        1,
    )
    for query, found in (
        ("state:supplier", [number]),
        ("状態:業者待ち", [number]),
        ("state:waiting", [other]),
        ("state:waiting-colleague", [other]),
        ("state:open", [number, other]),
        ("-state:supplier", [other]),
        ("-state:waiting-colleague", [number]),
        ("state:returned", []),
    ):
        rows = both.sato.inbox.page(Tab.ALL, query=query).rows
        assert sorted(one.id for one in rows) == found, query
    with pytest.raises(QueryError):
        both.sato.inbox.page(Tab.ALL, query="state:suppliers")
    with pytest.raises(NotFound):
        both.sato.triage.set_state([number], "nothing")
    claim = both.sato.queue.next(StateTab("supplier"))
    assert claim is not None
    assert _tabs(both, number) == ["replying"]
    both.sato.claims.release(claim)
    both.sato.triage.undo(changed.undo)
    assert _tabs(both, number) == ["new"]


def test_what_changes_the_status_alone_ends_the_state(both: Team) -> None:
    """New mail, another status, a reason to wait: by our own statements and by those of an older client."""
    _define(both, SUPPLIER, RETURNED)
    number = both.conversation()
    for values in (
        "status = 'new'",
        "status = 'done'",
        "waiting_reason = 'customer'",
        "waiting_until = 2000000000",
    ):
        both.sato.triage.set_state([number], "supplier")
        with both.store.transaction() as tx:
            tx.execute(text(f"UPDATE conversation SET {values} WHERE id = :n"), {"n": number})
            substate = tx.execute(
                text("SELECT substate FROM conversation WHERE id = :n"), {"n": number}
            ).scalar()
        assert substate is None, values
        both.sato.triage.set_status([number], Status.NEW)
    both.sato.triage.set_state([number], "supplier")
    both.sato.triage.set_state([number], "returned")
    assert _tabs(both, number) == ["returned"]
    spam = both.sato.triage.spam([number])
    assert _tabs(both, number) == ["spam"]
    both.sato.triage.not_spam([number])
    assert _tabs(both, number) == ["returned"], "un-spam restores the earlier state"
    assert spam.summaries[0].substate == ""


def test_an_unknown_state_stands_in_the_tab_of_what_it_counts_as(both: Team) -> None:
    """Taken out of the configuration, or counting otherwise now: open work is in one open tab all the same."""
    _define(both, SUPPLIER, RETURNED)
    waits, closed = both.conversation(1), both.conversation(2)
    both.sato.triage.set_state([waits], "supplier")
    both.sato.triage.set_state([closed], "returned")
    with both.store.transaction() as tx:
        states.remove(tx, "supplier")
        states.remove(tx, "returned")
    assert (_tabs(both, waits), _tabs(both, closed)) == (["waiting"], ["done"])
    counts = both.sato.inbox.counts()
    assert (counts["waiting"], counts["done"]) == (1, 1)
    assert both.sato.conversations.summary(waits).substate == ""
    _define(both, CustomState("supplier", "業者待ち", "Supplier", is_open=False), RETURNED)
    assert (_tabs(both, waits), _tabs(both, closed)) == (["waiting"], ["returned"])


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_open_work_is_in_exactly_one_open_tab(both: Team, seed: int) -> None:
    """Any sequence of acts, with states that come, go and change: every conversation whose last customer message has
    no later reply and that nobody closed shows in exactly one open tab, and counts equal rows."""
    pick = random.Random(seed)
    _define(both, SUPPLIER, RETURNED)
    ids = [both.conversation(place) for place in range(4)]
    closed: set[int] = set()
    done = []
    for _ in range(40):
        number = pick.choice(ids)
        sato = both.sato
        match pick.randrange(12):
            case 0:
                sato.triage.set_status([number], Status.NEW)
                closed.discard(number)
            case 1:
                sato.triage.set_status([number], Status.WAITING, reason=pick.choice(list(WaitingReason)))
                closed.discard(number)
            case 2:
                sato.triage.set_status([number], Status.DONE)
                closed.add(number)
            case 3 | 4 if known := sato.inbox.states():
                state = pick.choice(known)
                done.append((sato.triage.set_state([number], state.name).undo, set(closed)))
                (closed.discard if state.is_open else closed.add)(number)
            case 5:
                with both.store.transaction() as tx:
                    states.remove(tx, pick.choice(("supplier", "returned")))
            case 6:
                _define(both, SUPPLIER, RETURNED)
            case 7:
                with both.store.transaction() as tx:  # an older client closes it
                    tx.execute(
                        text("UPDATE conversation SET status = 'done', waiting_reason = NULL WHERE id = :n"),
                        {"n": number},
                    )
                closed.add(number)
            case 8:
                until = sato.now() + timedelta(hours=1)
                sato.triage.set_status([number], Status.WAITING, until=until)
                closed.discard(number)
                with both.store.transaction() as tx:
                    conversations.wake(tx, until + timedelta(minutes=1))
            case _:
                continue
        states_now = sato.inbox.states()
        open_tabs = {"new", "replying", "approval", "waiting", *(s.name for s in states_now if s.is_open)}
        counts = Counter(tab for one in ids for tab in _tabs(both, one))
        kept = sato.inbox.counts()
        for one in ids:
            tabs = _tabs(both, one)
            assert len(tabs) == 1, (one, tabs)
            assert (tabs[0] in open_tabs) == (one not in closed), (one, tabs)
        for tab in (*(t.value for t in Tab if t is not Tab.ALL), *(s.name for s in states_now)):
            assert kept[tab] == counts[tab], tab


def test_a_reply_that_is_taken_back_leaves_the_state_as_it_was(both: Team) -> None:
    """Within its seconds, and a question to an outsider likewise: no work disappears among what waits for nothing."""
    _define(both, SUPPLIER, RETURNED)
    number = both.conversation(1)
    both.sato.triage.set_state([number], "supplier")
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    asked = both.sato.letters.forward(number, ask=True)
    assert isinstance(asked, Begun)
    to = Address("", "carrier@delivery.example")
    for one, draft in ((begun, begun.draft), (asked, replace(asked.draft, to=(to,)))):
        claim = both.sato.claims.take(number)
        assert isinstance(claim, Claimed)
        queued = both.sato.replies.submit(
            claim.claim,
            replace(draft, body=f"ご確認ください。{draft.body}"),
            seen_version=both.sato.conversations.summary(number).version,
            request_id=f"r{draft.conversation_id}",
        )
        assert isinstance(queued, Queued), (one, queued)
        assert _tabs(both, number) != ["supplier"]
        assert isinstance(both.sato.replies.recall(queued.outbox_id), Recalled)
        both.sato.claims.release_held(number)
        assert _tabs(both, number) == ["supplier"]
        assert both.sato.conversations.summary(number).substate == "supplier"


def test_a_state_that_counts_otherwise_by_now_is_set_at_once(both: Team) -> None:
    """What was in it before stands in the tab of its stored status, and comes back into it by one key."""
    _define(both, SUPPLIER)
    number = both.conversation(1)
    both.sato.triage.set_state([number], "supplier")
    _define(both, replace(SUPPLIER, is_open=False))
    assert _tabs(both, number) == ["waiting"]
    both.sato.triage.set_state([number], "supplier")
    assert _tabs(both, number) == ["supplier"]
    assert both.sato.conversations.summary(number).status is Status.DONE
