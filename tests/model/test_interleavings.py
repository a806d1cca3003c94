"""Two clients at every statement: whichever way they take turns, one of them wins and the other is told.

Here a seeded choice of the schedules with up to three pre-emptions is played, half of it with one;
``MAILDESK_SCHEDULES=1000`` plays so many of each race, ``0`` all. A failure names its schedule.
"""

from __future__ import annotations

import contextlib
import os
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from maildesk.desk import Desk
from maildesk.domain.claim import Claimed, ClaimView, LostClaim
from maildesk.domain.outbox import Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AlreadyAnswered, Queued, Recalled, StaleView, TooLate
from maildesk.store import outbox
from maildesk.store.engine import Store, open_store
from maildesk.sync import ingest
from tests.model.schedule import Schedule, schedules, staged
from tests.support.databases import KINDS, fresh
from tests.support.stores import Team, mail, team

SEED = 20261121
MOST = int(os.environ.get("MAILDESK_SCHEDULES", "8")) or 1_000_000
"""Schedules of each race."""


class World:
    """A team, and two sessions that are played against each other."""

    def __init__(self, url: str) -> None:
        self.team: Team = team(url)
        self.stores = [open_store(url), open_store(url)]
        self.desks = [
            Desk(store, self.team.agents[login])
            for store, login in zip(self.stores, ("suzuki", "takahashi"), strict=True)
        ]
        where = make_url(url)
        self.watch = (
            ""
            if where.get_backend_name() == "sqlite"
            else f"host={where.query['host']} user={where.username} dbname={where.database}"
        )
        self.number = 0

    def conversation(self) -> int:
        """A new one for each schedule."""
        self.number += 1
        return self.team.conversation(self.number)

    def close(self) -> None:
        """End all sessions."""
        for desk in self.desks:
            desk.close()
        self.team.close()

    def one(self, query: str, **values: object) -> object:
        """What a query says."""
        return self.team.sql(query, **values)[0][0]


Act = Callable[[], object]


@dataclass
class Race:
    """Two acts on a conversation made ready, and what must hold afterwards, given their results."""

    acts: tuple[Act, Act]
    check: Callable[[object, object], None]


def _one_holder(world: World, number: int) -> Callable[[object, object], None]:
    def check(*results: object) -> None:
        won = [r for r in results if isinstance(r, Claimed)]
        holder = world.desks[0].conversations.summary(number).claim
        assert holder is not None
        last = max(won, key=lambda r: r.claim.token)
        assert holder.token == last.claim.token
        assert len({r.claim.token for r in won}) == len(won)

    return check


def take_take(world: World) -> Race:
    """Both want a claim that is free: one has it, the other hears who."""
    number = world.conversation()

    def check(*results: object) -> None:
        assert sorted(type(r).__name__ for r in results) == ["Claimed", "HeldByOther"]
        _one_holder(world, number)(*results)

    a, b = world.desks
    return Race((lambda: a.claims.take(number), lambda: b.claims.take(number)), check)


def take_force(world: World) -> Race:
    """A lapsed claim: one takes it, one takes it over from the holder whom he saw. The last token holds."""
    number = world.conversation()
    world.team.sato.claims.take(number)
    seen = world.desks[1].conversations.summary(number).claim
    assert seen is not None
    world.team.lapse(number)
    a, b = world.desks
    return Race(
        (lambda: a.claims.take(number), lambda: b.claims.take_over(number, seen, "急ぎ")),
        _one_holder(world, number),
    )


def force_force(world: World) -> Race:
    """Two take over from the same holder: one does, the other hears of him."""
    number = world.conversation()
    world.team.sato.claims.take(number)
    seen = world.desks[0].conversations.summary(number).claim
    assert isinstance(seen, ClaimView)

    def check(*results: object) -> None:
        assert sorted(type(r).__name__ for r in results) == ["Claimed", "HeldByOther"]
        _one_holder(world, number)(*results)

    a, b = world.desks
    return Race(
        (
            lambda: a.claims.take_over(number, seen, "急ぎ"),
            lambda: b.claims.take_over(number, seen, "お客様の電話"),
        ),
        check,
    )


def _reply(desk: Desk, begun: Begun, hold: float = 0.0) -> Act:
    draft = replace(begun.draft, body=f"返信\n{begun.draft.body}")
    version = begun.conversation.summary.version
    request = str(uuid.uuid4())
    return lambda: desk.replies.submit(
        begun.claim, draft, seen_version=version, request_id=request, hold=hold
    )


def _begun(world: World, who: int) -> tuple[int, Begun]:
    number = world.conversation()
    begun = world.desks[who].replies.begin(number)
    assert isinstance(begun, Begun)
    return number, begun


def _live(world: World, number: int) -> object:
    return world.one(
        "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM outbox WHERE conversation_id = :c AND"
        " state NOT IN ('cancelled', 'failed') GROUP BY turn) AS t",
        c=number,
    )


def queue_news(world: World) -> Race:
    """The customer writes while a reply is queued: queued before it, or told of it. Never answered unseen."""
    number, begun = _begun(world, 0)
    raw = mail(
        world.number + 100_000,
        sender=f"customer{world.number}@example.jp",
        headers=[f"In-Reply-To: <m{world.number}@example.jp>"],
    )

    def arrives() -> object:
        return list(ingest.import_mails(world.stores[1], world.team.box, [("", raw)]))

    def check(queued: object, came: object) -> None:
        assert not isinstance(came, BaseException), came
        assert isinstance(queued, (Queued, StaleView)), queued
        turn = world.one("SELECT turn FROM conversation WHERE id = :c", c=number)
        assert turn == 2
        answered = world.one("SELECT count(*) FROM outbox WHERE conversation_id = :c AND turn = 1", c=number)
        assert answered == (1 if isinstance(queued, Queued) else 0)
        assert world.one("SELECT status FROM conversation WHERE id = :c", c=number) == "new"

    return Race((_reply(world.desks[0], begun, hold=3600.0), arrives), check)


def queue_queue(world: World) -> Race:
    """The same person in two windows on one claim, two requests: one reply."""
    number, begun = _begun(world, 0)
    other = Desk(world.stores[1], world.desks[0].me, session=world.desks[0].session)

    def check(*results: object) -> None:
        assert sum(isinstance(r, Queued) for r in results) == 1, results
        assert sum(isinstance(r, (LostClaim, AlreadyAnswered, StaleView)) for r in results) == 1, results
        assert _live(world, number) == 1

    return Race((_reply(world.desks[0], begun, 3600.0), _reply(other, begun, 3600.0)), check)


def _sending(world: World) -> int:
    _, begun = _begun(world, 0)
    queued = _reply(world.desks[0], begun)()
    assert isinstance(queued, Queued), queued
    return queued.outbox_id


def _in(store: Store, act: Callable[..., object], *arguments: object) -> Act:
    return lambda: store.run(lambda tx: act(tx, *arguments))


def mark_reap(world: World) -> Race:
    """The lease ends while the worker marks: either it may write its dot, or the row is queued again; never both."""
    item = _sending(world)
    picked = world.stores[0].run(lambda tx: outbox.pick(tx, "worker"))
    assert picked is not None
    world.team.sql("UPDATE outbox SET lease_until = 1.0 WHERE id = :i", i=item)

    def check(marked: object, reaped: object) -> None:
        assert marked in (True, False), marked
        state = world.one("SELECT state FROM outbox WHERE id = :i", i=item)
        assert (marked, state) in ((True, "committing"), (True, "uncertain"), (False, "queued")), (
            marked,
            state,
        )
        world.team.sql("UPDATE outbox SET state = 'cancelled' WHERE id = :i", i=item)

    return Race(
        (
            _in(world.stores[0], outbox.mark_committing, item, picked.attempt, picked.message_id),
            _in(world.stores[1], outbox.reap),
        ),
        check,
    )


def finish_reap(world: World) -> Race:
    """The 250 comes in when the lease of a marked item is reaped: the truth wins."""
    item = _sending(world)
    picked = world.stores[0].run(lambda tx: outbox.pick(tx, "worker"))
    assert picked is not None
    assert world.stores[0].run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    world.team.sql("UPDATE outbox SET lease_until = 1.0 WHERE id = :i", i=item)

    def check(*results: object) -> None:
        assert world.one("SELECT state FROM outbox WHERE id = :i", i=item) == "sent", results

    return Race(
        (
            _in(world.stores[0], outbox.finish, item, picked.attempt, Step.ACCEPTED, "250 ok"),
            _in(world.stores[1], outbox.reap),
        ),
        check,
    )


def pick_pick(world: World) -> Race:
    """Two workers, one reply: one of them has it."""
    item = _sending(world)

    def check(*results: object) -> None:
        assert sum(r is not None for r in results) == 1, results
        assert world.one("SELECT attempt FROM outbox WHERE id = :i", i=item) == 1
        world.team.sql("UPDATE outbox SET state = 'cancelled' WHERE id = :i", i=item)

    return Race(tuple(_in(s, outbox.pick, "worker") for s in world.stores), check)  # type: ignore[arg-type]


def recall_pick(world: World) -> Race:
    """Taken back, or taken to be sent; never both."""
    item = _sending(world)

    def check(recalled: object, picked: object) -> None:
        assert isinstance(recalled, (Recalled, TooLate)), recalled
        assert isinstance(recalled, Recalled) is (picked is None), (recalled, picked)
        world.team.sql("UPDATE outbox SET state = 'cancelled' WHERE id = :i", i=item)

    return Race((lambda: world.desks[0].replies.recall(item), _in(world.stores[1], outbox.pick, "w")), check)


def approve_news(world: World) -> Race:
    """New mail voids an approval: what leaves was approved by somebody who saw all there was, or it waits."""
    _number, begun = _begun(world, 0)
    draft = replace(begun.draft, body=f"返信\n{begun.draft.body}")
    with world.stores[0].transaction() as tx:
        from maildesk.domain.reply import AfterSend
        from maildesk.store.events import actor

        queued = outbox.queue(
            tx,
            actor(world.desks[0].me),
            world.team.box,
            begun.claim,
            draft,
            references=("", ()),
            seen_version=begun.conversation.summary.version,
            request_id=str(uuid.uuid4()),
            after=AfterSend(),
            hold=3600.0,
            follow_up=False,
            approval=True,
        )
        assert isinstance(queued, Queued)
        text = outbox.text_of(tx, queued.outbox_id)
    assert text is not None
    raw = mail(
        world.number + 200_000,
        sender=f"customer{world.number}@example.jp",
        headers=[f"In-Reply-To: <m{world.number}@example.jp>"],
    )

    def check(approved: object, came: object) -> None:
        assert not isinstance(came, BaseException), came
        state, turn, mine = world.team.sql(
            "SELECT o.state, c.turn, o.turn FROM outbox AS o JOIN conversation AS c ON c.id = o.conversation_id"
            " WHERE o.id = :i",
            i=queued.outbox_id,
        )[0]
        assert turn == 2
        assert mine == 1
        if approved is True:
            assert state in ("queued", "held")
        else:
            assert state == "held", (approved, state)

    approve = _in(world.stores[0], lambda tx: _approve(world, tx, queued.outbox_id, text.sha256))
    return Race(
        (approve, lambda: list(ingest.import_mails(world.stores[1], world.team.box, [("", raw)]))), check
    )


def _approve(world: World, tx: object, outbox_id: int, sha256: str) -> object:
    from sqlalchemy import Connection

    from maildesk.store.events import actor

    assert isinstance(tx, Connection)
    return outbox.approve(tx, actor(world.desks[1].me), outbox_id, sha256)


RACES = (
    take_take,
    take_force,
    force_force,
    queue_news,
    queue_queue,
    mark_reap,
    finish_reap,
    pick_pick,
    recall_pick,
    approve_news,
)


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One store for all schedules; each plays in a conversation of its own."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(fresh(request.param, Path(tmp_path_factory.mktemp("races"))))
        found = World(url)
        yield found
        found.close()


def play(world: World, race: Callable[[World], Race], schedule: Schedule) -> list[int]:
    """One schedule; how many steps each client took."""
    made = race(world)
    with staged(world.stores, made.acts, world.watch) as stage:
        results = stage.play(schedule)
    made.check(*results)
    return stage.steps


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_whoever_moves_first(world: World, race: Callable[[World], Race]) -> None:
    """However they take turns, what must hold holds."""
    first, second = play(world, race, ())
    every = list(schedules(first + 1, second + 1))
    single = [s for s in every if len(s) <= 1]
    more = [s for s in every if len(s) > 1]
    random.Random(SEED).shuffle(more)
    random.Random(SEED + 1).shuffle(single)
    most = MOST if world.watch else max(3, MOST // 3)
    chosen = [*single[: most // 2], *more[: most - most // 2]] if most < len(every) else every
    print(
        f"{race.__name__}: {len(chosen)} of {len(every)} schedules, {first} and {second} steps, seed {SEED}"
    )
    for schedule in chosen:
        try:
            play(world, race, schedule)
        except AssertionError as error:
            raise AssertionError(f"{race.__name__}, schedule {schedule}: {error}") from error
