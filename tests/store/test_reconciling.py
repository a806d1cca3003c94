"""What was on its way in an older epoch: uncertain, never sent by itself, and sent again only when a person says so."""

from __future__ import annotations

import pytest

from maildesk.domain.outbox import OutboxState, Step
from maildesk.store import outbox, schema
from maildesk.store.engine import Store
from maildesk.store.events import Actor
from maildesk.sync import ingest
from tests.store import stores
from tests.store.stores import execute, rows, state_of

LIVE = (OutboxState.HELD, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.COMMITTING)


@pytest.fixture
def who(store: Store) -> Actor:
    """An agent."""
    return stores.add_agent(store)


@pytest.fixture
def queued(store: Store, who: Actor) -> int:
    """A queued reply."""
    box = stores.add_mailbox(store)
    (found,) = ingest.import_mails(store, box, [("x", stores.mail(1))])
    assert found.conversation is not None
    return stores.queue_reply(store, box, who, found.conversation).outbox_id


def put(store: Store, number: int, state: OutboxState) -> None:
    """Make an item look as it does in a state."""
    lease = ", lease_by = 'w', lease_until = 4000000000.0, attempt = 1"
    busy = lease if state in (OutboxState.SENDING, OutboxState.COMMITTING) else ""
    mark = ", committing_at = 1.0" if state in (OutboxState.COMMITTING, OutboxState.UNCERTAIN) else ""
    execute(store, f"UPDATE outbox SET state = :s{busy}{mark} WHERE id = :i", s=state.value, i=number)


def decide(store: Store, who: Actor, number: int, step: Step) -> bool:
    """A person decides."""
    with store.transaction() as tx:
        return outbox.decide(tx, who, number, step)


@pytest.mark.parametrize("state", LIVE)
def test_all_that_is_on_its_way_becomes_uncertain(
    store: Store, who: Actor, queued: int, state: OutboxState
) -> None:
    """With its lease gone, in its log, to be looked for at once, and once."""
    put(store, queued, state)
    with store.transaction() as tx:
        assert outbox.doubt(tx, who) == (), "nothing of the present epoch"
        schema.hold(tx, "restored")
    with store.transaction() as tx:
        assert outbox.doubt(tx, who) == (queued,)
        assert outbox.doubt(tx, who) == ()
        assert [item.id for item in outbox.undecided(tx)] == [queued]
    assert state_of(store, queued) is OutboxState.UNCERTAIN
    assert rows(store, "SELECT lease_by, lease_until, evidence_tries FROM outbox") == [(None, None, 0)]
    last = rows(store, "SELECT what, actor_id FROM event ORDER BY id DESC LIMIT 1")
    assert last == [("uncertain", who.id)]


@pytest.mark.parametrize(
    "state", [OutboxState.SENT, OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.UNCERTAIN]
)
def test_what_has_ended_is_left_alone(store: Store, who: Actor, queued: int, state: OutboxState) -> None:
    """An uncertain one is listed; its clock does not begin again."""
    put(store, queued, state)
    with store.transaction() as tx:
        schema.hold(tx, "restored")
        assert outbox.doubt(tx, who) == ()
        listed = [item.id for item in outbox.undecided(tx)]
    assert state_of(store, queued) is state
    assert listed == ([queued] if state is OutboxState.UNCERTAIN else [])


def test_what_is_sent_again_is_of_the_present_epoch(store: Store, who: Actor, queued: int) -> None:
    """Not before a quarter of an hour: a worker of the lost store may be about to write its dot. Then it leaves."""
    with store.transaction() as tx:
        schema.hold(tx, "restored")
        outbox.doubt(tx, who)
    assert not decide(store, who, queued, Step.RESEND)
    execute(store, "UPDATE outbox SET committing_at = 1.0")
    assert decide(store, who, queued, Step.RESEND)
    with store.transaction() as tx:
        assert outbox.pick(tx, "worker") is None, "still held"
        schema.release(tx, who)
        picked = outbox.pick(tx, "worker")
    assert picked is not None
    assert picked.id == queued


@pytest.mark.parametrize("decision", [Step.CONFIRM, Step.CANCEL])
def test_what_a_person_decides_ends_the_doubt(store: Store, who: Actor, queued: int, decision: Step) -> None:
    """It arrived, or it is not to be sent."""
    with store.transaction() as tx:
        schema.hold(tx, "restored")
        outbox.doubt(tx, who)
    assert decide(store, who, queued, decision)
    with store.reading() as tx:
        assert outbox.undecided(tx) == ()


def test_before_it_is_doubted_nobody_takes_it_back(store: Store, who: Actor, queued: int) -> None:
    """It looks as if it waited, but may have left: the customer would be answered twice."""
    with store.transaction() as tx:
        schema.hold(tx, "restored")
        assert outbox.take_back(tx, who, queued) is None
    assert not decide(store, who, queued, Step.CANCEL)
    assert state_of(store, queued) is OutboxState.QUEUED


def test_a_released_store_sends_what_was_written_meanwhile(store: Store, who: Actor, queued: int) -> None:
    """Replies that were queued during the hold are of the new epoch."""
    with store.transaction() as tx:
        schema.hold(tx, "rolled-back")
        outbox.doubt(tx, who)
    box = stores.add_mailbox(store)
    (found,) = ingest.import_mails(store, box, [("y", stores.mail(2, sender="other@mail.example"))])
    assert found.conversation is not None
    new = stores.queue_reply(store, box, who, found.conversation).outbox_id
    with store.transaction() as tx:
        held = schema.held(tx)
        assert held is not None
        assert held.reason == "rolled-back"
        assert outbox.pick(tx, "worker") is None
        schema.release(tx, who)
        assert schema.held(tx) is None
        picked = outbox.pick(tx, "worker")
    assert picked is not None
    assert picked.id == new
    told = rows(store, "SELECT what FROM event WHERE what LIKE 'sending-%' ORDER BY id")
    assert told == [("sending-held",), ("sending-released",)]


def test_what_needed_an_approval_is_not_sent_again_without_it(store: Store, who: Actor, queued: int) -> None:
    """It may have been approved and sent in the time that is lost, or not: it can be confirmed or cancelled (its text is
    a draft then), and the way out leads through an approval."""
    execute(
        store,
        "UPDATE outbox SET state = 'held', held_reason = 'approval', approval = true WHERE id = :i",
        i=queued,
    )
    with store.transaction() as tx:
        schema.hold(tx, "restored")
        assert outbox.doubt(tx, who) == (queued,)
    execute(store, "UPDATE outbox SET committing_at = 1.0")
    assert not decide(store, who, queued, Step.RESEND)
    assert state_of(store, queued) is OutboxState.UNCERTAIN
    assert decide(store, who, queued, Step.CANCEL)
