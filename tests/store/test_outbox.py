"""The outbox in the store: each step is one conditional statement, and what may follow what is the table's."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step
from maildesk.store import events, outbox
from maildesk.store.engine import Store
from maildesk.store.events import Actor
from maildesk.sync import ingest
from tests.store import stores
from tests.store.stores import rows, state_of


@pytest.fixture
def box(store: Store) -> Mailbox:
    """The shop's mailbox."""
    return stores.add_mailbox(store)


@pytest.fixture
def who(store: Store) -> Actor:
    """Who replies."""
    return stores.add_agent(store)


@pytest.fixture
def queue(store: Store, box: Mailbox, who: Actor) -> int:
    """One reply in the queue: its id."""
    (found,) = ingest.import_mails(store, box, [("x", stores.mail(1))])
    assert found.conversation is not None
    return stores.queue_reply(store, box, who, found.conversation).outbox_id


def put(store: Store, item: int, state: OutboxState) -> None:
    """Bring an item into a state behind the store's back, in attempt 1 with a lease that holds."""
    stores.execute(
        store,
        "UPDATE outbox SET state = :s, attempt = 1, lease_until = 5000000000, committing_at = 1 WHERE id = :i",
        s=state.value,
        i=item,
    )


def id_of(tx: Connection, outbox_id: int) -> str:
    """The Message-ID of an item."""
    return str(tx.execute(text("SELECT message_id FROM outbox WHERE id = :i"), {"i": outbox_id}).scalar_one())


def test_pick_takes_the_oldest_that_is_due_once(store: Store, queue: int, box: Mailbox) -> None:
    """With a lease and a higher attempt."""
    with store.transaction() as tx:
        picked = outbox.pick(tx, "one")
        assert picked is not None
        assert (picked.id, picked.attempt, picked.mailbox_id) == (queue, 1, box.id)
        assert outbox.pick(tx, "two") is None
    assert state_of(store, queue) is OutboxState.SENDING


def test_only_the_mailbox_asked_for(store: Store, queue: int, box: Mailbox) -> None:
    """A sender belongs to one mailbox."""
    other = stores.add_mailbox(store, name="二号店", address="second@shop.example")
    with store.transaction() as tx:
        assert outbox.pick(tx, "one", other.id) is None
        assert outbox.pick(tx, "one", box.id) is not None


@pytest.mark.parametrize("state", list(OutboxState))
def test_mark_needs_sending_this_attempt_and_a_lease(store: Store, queue: int, state: OutboxState) -> None:
    """Anything else: no dot."""
    put(store, queue, state)
    with store.transaction() as tx:
        assert not outbox.mark_committing(tx, queue, 2, id_of(tx, queue))
        assert outbox.mark_committing(tx, queue, 1, id_of(tx, queue)) == (state is OutboxState.SENDING)
        assert not outbox.mark_committing(tx, queue, 1, id_of(tx, queue))


def test_mark_and_renew_are_for_the_mail_that_was_picked(store: Store, queue: int) -> None:
    """A store that was put back gives the number and the attempt to another reply: its worker of before may neither
    mark nor keep it."""
    with store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        assert outbox.renew(tx, queue, 1, picked.message_id)
    stores.execute(store, "UPDATE outbox SET message_id = '<md.another@shop.example>'")
    with store.transaction() as tx:
        assert not outbox.renew(tx, queue, 1, picked.message_id)
        assert not outbox.mark_committing(tx, queue, 1, picked.message_id)
        assert outbox.mark_committing(tx, queue, 1, "<md.another@shop.example>")


def test_mark_and_renew_refuse_a_lapsed_lease(store: Store, queue: int) -> None:
    """The reaper may have been there a moment ago."""
    put(store, queue, OutboxState.SENDING)
    stores.execute(store, "UPDATE outbox SET lease_until = 1")
    with store.transaction() as tx:
        assert not outbox.renew(tx, queue, 1, id_of(tx, queue))
        assert not outbox.mark_committing(tx, queue, 1, id_of(tx, queue))


@pytest.mark.parametrize(
    ("state", "step"),
    list(itertools.product(OutboxState, (Step.ACCEPTED, Step.TRY_LATER, Step.REFUSED, Step.NO_ANSWER))),
)
def test_finish_follows_the_table(store: Store, queue: int, state: OutboxState, step: Step) -> None:
    """What the table does not have changes nothing; a wrong attempt never does."""
    put(store, queue, state)
    with store.transaction() as tx:
        assert outbox.finish(tx, queue, 7, step, "words") is None
    assert state_of(store, queue) is state
    with store.transaction() as tx:
        assert outbox.finish(tx, queue, 1, step, "words") is TRANSITIONS.get((state, step))
    assert state_of(store, queue) is TRANSITIONS.get((state, step), state)


@pytest.mark.parametrize("state", list(OutboxState))
@pytest.mark.parametrize("lapsed", [True, False])
def test_reap_frees_only_lapsed_leases(store: Store, queue: int, state: OutboxState, lapsed: bool) -> None:
    """Before the mark back to the queue, after it uncertain; anything else stays."""
    put(store, queue, state)
    if lapsed:
        stores.execute(store, "UPDATE outbox SET lease_until = 1")
    with store.transaction() as tx:
        outbox.reap(tx)
    expected = TRANSITIONS.get((state, Step.REAP), state) if lapsed else state
    assert state_of(store, queue) is expected


def test_many_reapers_at_once(store: Store, queue: int, box: Mailbox, who: Actor) -> None:
    """Ten of them free each item once, and delete nothing (row 5)."""
    items = [queue]
    for n in range(2, 8):
        (found,) = ingest.import_mails(store, box, [("x", stores.mail(n, sender=f"c{n}@mail.example"))])
        assert found.conversation is not None
        items.append(stores.queue_reply(store, box, who, found.conversation).outbox_id)
    for n, one in enumerate(items):
        put(store, one, OutboxState.SENDING if n % 2 else OutboxState.COMMITTING)
    stores.execute(store, "UPDATE outbox SET lease_until = 1")
    with ThreadPoolExecutor(10) as pool:
        freed = [one for done in pool.map(lambda _: store.run(outbox.reap), range(10)) for one in done]
    assert sorted(freed) == [
        (one, OutboxState.QUEUED if n % 2 else OutboxState.UNCERTAIN) for n, one in enumerate(items)
    ]
    assert rows(store, "SELECT COUNT(*) FROM outbox") == [(len(items),)]


def test_nothing_leads_back_from_uncertain_but_a_person(store: Store, queue: int, who: Actor) -> None:
    """And a person only after a paused worker cannot wake any more."""
    put(store, queue, OutboxState.UNCERTAIN)
    with store.transaction() as tx:
        for step in (Step.TRY_LATER, Step.REFUSED, Step.NO_ANSWER):
            assert outbox.finish(tx, queue, 1, step, "") is None
        outbox.reap(tx)
    stores.execute(store, "UPDATE outbox SET committing_at = :now", now=store.now().timestamp())
    with store.transaction() as tx:
        assert not outbox.decide(tx, who, queue, Step.RESEND)
    stores.execute(store, "UPDATE outbox SET committing_at = 1")
    with store.transaction() as tx:
        assert outbox.decide(tx, who, queue, Step.RESEND)
    assert state_of(store, queue) is OutboxState.QUEUED


def test_every_step_is_written_down(store: Store, queue: int) -> None:
    """The attempt log is what a person reads before deciding."""
    with store.transaction() as tx:
        assert outbox.pick(tx, "one") is not None
    with store.transaction() as tx:
        assert outbox.mark_committing(tx, queue, 1, id_of(tx, queue))
    with store.transaction() as tx:
        outbox.finish(tx, queue, 1, Step.NO_ANSWER, "no answer")
        log = events.of_outbox(tx, queue)
    assert [event.what for event in log] == ["queued", "sending", "committing", "uncertain"]


def test_bytes_are_kept_once(store: Store, queue: int) -> None:
    """A second build does not replace the first one."""
    with store.transaction() as tx:
        assert outbox.keep_mime(tx, queue, b"first") == b"first"
        assert outbox.keep_mime(tx, queue, b"second") == b"first"
        assert outbox.mime_of(tx, queue) == b"first"


def test_the_next_thing_to_do(store: Store, queue: int, box: Mailbox) -> None:
    """An item to send, a lease to reap, a copy to file; nothing when all is done."""

    def due() -> float | None:
        with store.reading() as tx:
            return outbox.next_due(tx, box.id)

    assert due() == 0.0
    stores.execute(store, "UPDATE outbox SET not_before = :t", t=store.now().timestamp() + 100)
    assert 90 < (due() or 0) <= 100
    put(store, queue, OutboxState.SENDING)
    assert (due() or 0) > 1e6
    put(store, queue, OutboxState.SENT)
    assert due() == 0.0
    with store.transaction() as tx:
        outbox.filed(tx, queue)
    assert due() is None


def test_a_copy_in_sent_is_evidence(store: Store, queue: int) -> None:
    """For an item that nobody knew of, for one whose worker still waits for its answer, and for one that would be sent
    once more: an attempt that waits would be the second delivery."""
    accepts = [state for state, step in TRANSITIONS if step is Step.ACCEPTED]
    assert OutboxState.QUEUED in accepts
    for state in accepts:
        put(store, queue, state)
        with store.transaction() as tx:
            outbox.seen_back(tx, queue, in_sent_folder=True)
        assert state_of(store, queue) is OutboxState.SENT
    assert rows(store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(1,)]
    for state in (OutboxState.FAILED, OutboxState.CANCELLED):
        put(store, queue, state)
        with store.transaction() as tx:
            outbox.seen_back(tx, queue, in_sent_folder=True)
        assert state_of(store, queue) is state


def test_retry_now_ends_a_pause(store: Store, queue: int, who: Actor) -> None:
    """Only that of an item that was tried: neither undo nor a time that was chosen is cut short."""

    def retry() -> bool:
        with store.transaction() as tx:
            return outbox.retry_now(tx, who, queue)

    stores.execute(store, "UPDATE outbox SET not_before = :t", t=store.now().timestamp() + 600)
    assert not retry()
    for state in OutboxState:
        put(store, queue, state)
        stores.execute(store, "UPDATE outbox SET not_before = :t", t=store.now().timestamp() + 600)
        assert retry() == (state is OutboxState.QUEUED)
        assert state_of(store, queue) is state
        with store.transaction() as tx:
            assert (outbox.pick(tx, "one") is not None) == (state is OutboxState.QUEUED)
    with store.reading() as tx:
        assert "retry" in [event.what for event in events.of_outbox(tx, queue)]


def test_what_is_stuck_is_counted(store: Store, queue: int, who: Actor) -> None:
    """Due for five minutes, or tried for so long without success; not what waits for its own time (row 17)."""
    now = store.now().timestamp()

    def overdue() -> tuple[int, int]:
        with store.reading() as tx:
            found = outbox.overdue(tx)
        return found.number, round(found.oldest / 60)

    for minutes, expected in ((-10, (0, 0)), (4, (0, 0)), (7, (1, 7))):
        stores.execute(store, "UPDATE outbox SET not_before = :t", t=now - minutes * 60)
        assert overdue() == expected
    stores.execute(store, "UPDATE outbox SET queued_at = 1, not_before = :t", t=now)
    assert overdue() == (0, 0)  # scheduled long ago, for this moment
    with store.transaction() as tx:
        assert outbox.pick(tx, "one") is not None
    with store.transaction() as tx:
        assert outbox.finish(tx, queue, 1, Step.TRY_LATER, "451 later") is OutboxState.QUEUED
    assert overdue() == (0, 0)
    put(store, queue, OutboxState.QUEUED)
    old = {"t": now - 1200, "w": "sending", "o": queue}
    stores.execute(
        store,
        "INSERT INTO event (at, actor, what, outbox_id, detail) VALUES (:t, 'sender', :w, :o, '{}')",
        **old,
    )
    stores.execute(store, "UPDATE outbox SET not_before = :t", t=now + 3000)
    assert overdue() == (1, 20)  # put off again and again, although its next try lies ahead
    for state in (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.SENT):
        put(store, queue, state)
        assert overdue() == (0, 0)
    put(store, queue, OutboxState.UNCERTAIN)
    with store.transaction() as tx:
        assert outbox.decide(tx, who, queue, Step.RESEND)
    assert overdue() == (0, 0)  # what a person sends again starts anew


@pytest.mark.parametrize(
    ("refused", "status"),
    [({"customer@mail.example": "550 no such user"}, "new"), ({"x@y.example": "550"}, "done")],
)
def test_a_customer_whom_the_server_refused_still_waits(
    store: Store, queue: int, refused: dict[str, str], status: str
) -> None:
    """A copy left to somebody else; without this the conversation would be done and the customer without an answer."""
    put(store, queue, OutboxState.COMMITTING)
    with store.transaction() as tx:
        outbox.finish(tx, queue, 1, Step.ACCEPTED, "250 ok", refused=refused)
    assert state_of(store, queue) is OutboxState.SENT
    assert rows(store, "SELECT status FROM conversation") == [(status,)]
