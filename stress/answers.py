"""A: many processes answer the same customers at once, and are killed while they do.

Each process is a client: it takes the claim of a random conversation, reads, queues a reply against the version that it
read, sometimes on a view that is old or a claim that it lost, sometimes twice because the answer was lost. Whoever
finds a conversation answered lets the customer write again. Afterwards: no turn has two live replies, no reply whose
queueing was acknowledged is gone, tokens only grew.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from maildesk.domain.address import Address
from maildesk.domain.claim import Claim
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Draft, Queued
from maildesk.errors import StoreError
from maildesk.store import claims, conversations, outbox
from maildesk.store.engine import Store, open_store
from maildesk.store.events import Actor
from stress import crowd
from stress.crowd import Counters, Violence
from stress.figures import Line
from tests.support.databases import fresh
from tests.support.stores import Team, team

ATTEMPT, HELD, QUEUED, ANSWERED, STALE, LOST, AGAIN, BUSY = range(8)
CONVERSATIONS = 12
"""At a time: few, so that processes meet."""
REPLIES = 600
"""After so many everybody goes on to the next conversations: a real one has few turns, and it is they that cost."""


class Client:
    """One process. ``acknowledged`` is a file: a request id a line, written after the store said *queued*."""

    def __init__(self, team: Team, numbers: list[int], counters: Counters, acknowledged: Path) -> None:
        self._box, self._agents = team.box, sorted(team.agents.values(), key=lambda a: a.id)
        self._numbers = numbers
        self._counters = counters
        self._acknowledged = acknowledged
        self._store = open_store(team.url)

    def warm(self, number: int) -> None:
        """Answer ``number`` twice before there are processes: what statements cost once is then inherited by them, and
        one that replaces a victim works at once."""
        self._begin(0, 0, os.devnull)
        for _ in range(2):
            self._attempt(self._store, number)
            self._time_passes(self._store, number)
        self._store.close()

    def work(self, slot: int, seed: int) -> None:
        """Answer until killed."""
        self._begin(slot, seed, self._acknowledged)
        while True:
            self._count(ATTEMPT)
            try:
                self._attempt(self._store, self._number())
            except StoreError as error:
                if error.key not in ("store_busy", "store_failed"):
                    raise
                self._count(BUSY)

    def _begin(self, slot: int, seed: int, acknowledged: str | Path) -> None:
        self._slot = slot
        self._rng = random.Random(seed)
        self._me = self._agents[slot % len(self._agents)]
        self._session = f"{slot}-{seed}"
        self._file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _number(self) -> int:
        first = self._counters.total(QUEUED) // REPLIES * CONVERSATIONS % len(self._numbers)
        return self._numbers[first + self._rng.randrange(CONVERSATIONS)]

    def _count(self, kind: int) -> None:
        self._counters.add(self._slot, kind)

    def _attempt(self, store: Store, number: int) -> None:
        with store.transaction() as tx:
            held = claims.take(tx, number, self._me.id, self._session)
        if held is None:
            self._count(HELD)
            if self._rng.random() < 0.1:
                self._time_passes(store, number)
            return
        version = held.version - (1 if self._rng.random() < 0.05 else 0)
        if self._rng.random() < 0.05:
            held = Claim(number, held.session, held.token - 1, held.expires_at, held.version)
        request = str(uuid.UUID(int=self._rng.getrandbits(128)))
        outcome = self._queue(store, held, version, request)
        if isinstance(outcome, Queued) and self._rng.random() < 0.05:
            outcome = self._queue(store, held, version, request)
            assert isinstance(outcome, AlreadyQueued), outcome
            self._count(AGAIN)
        if isinstance(outcome, Queued):
            os.write(self._file, f"{request}\n".encode())
            self._count(QUEUED)
            return
        if isinstance(outcome, AlreadyAnswered):
            self._count(ANSWERED)
            self._customer_writes(store, number)
        self._count(STALE if isinstance(outcome, outbox.Stale) else LOST)
        with store.transaction() as tx:
            claims.release_of_session(tx, self._me.id, self._session)

    def _queue(self, store: Store, held: Claim, version: int, request: str) -> object:
        reply = Draft(held.conversation_id, (Address("", "customer@example.jp"),), (), "Re: 質問", "返信")
        with store.transaction() as tx:
            return outbox.queue(
                tx,
                Actor(self._me.id, self._me.name),
                self._box,
                held,
                reply,
                references=("", ()),
                seen_version=version,
                request_id=request,
                after=AfterSend(),
                hold=3600.0,
                follow_up=False,
            )

    @staticmethod
    def _time_passes(store: Store, number: int) -> None:
        """The lease of whoever has the claim lapses: he was killed, or he is about to be surprised."""
        with store.transaction() as tx:
            tx.execute(text("UPDATE claim SET expires_at = 1.0 WHERE conversation_id = :c"), {"c": number})

    def _customer_writes(self, store: Store, number: int) -> None:
        if self._rng.random() < 0.7:  # most find it answered and try again: the index has something to do
            return
        with store.transaction() as tx:
            conversations.lock(tx, [number])
            tx.execute(
                text(
                    "UPDATE conversation SET turn = turn + 1, version = version + 1, status = 'new' WHERE id = :c"
                    " AND EXISTS (SELECT 1 FROM outbox WHERE conversation_id = :c AND turn = conversation.turn"
                    " AND state NOT IN ('cancelled', 'failed'))"
                ),
                {"c": number},
            )


def run(
    kind: str,
    folder: Path,
    *,
    attempts: int,
    processes: int,
    kills: float,
    seed: int,
    index: bool = True,
) -> Line:
    """So many attempts on a fresh store of ``kind``. ``index`` False: without ``one_answer``."""
    with fresh(kind, folder) as url:
        desk = team(url)
        windows = 1 + attempts // (4 * REPLIES)
        numbers = [desk.conversation(n) for n in range(windows * CONVERSATIONS)]
        extra = desk.conversation(len(numbers))
        if not index:
            desk.sql("DROP INDEX one_answer")
        desk.close()
        counters = Counters(processes)
        acknowledged = folder / f"acknowledged-{kind}-{index}"
        acknowledged.touch()
        client = Client(desk, numbers, counters, acknowledged)
        client.warm(extra)
        course = crowd.run(
            client.work,
            processes,
            Violence(kills=kills),
            lambda: counters.total(ATTEMPT) >= attempts,
            seed,
        )
        with reopened(url) as store:
            twice, lost, events = _count(store, acknowledged)
    figures = {
        "attempts": counters.total(ATTEMPT),
        "queued": counters.total(QUEUED),
        "answered twice": twice,
        "acknowledged and gone": lost,
        "without their event": events,
        "refused by the index": counters.total(ANSWERED),
        "old view": counters.total(STALE),
        "claim lost": counters.total(LOST),
        "kills": course.kills,
        "seconds": round(course.seconds, 1),
        "seed": seed,
    }
    return Line(
        f"answers, {processes} processes" + ("" if index else ", no unique index"),
        kind,
        ", ".join(f"{name} {value}" for name, value in figures.items()),
        holds=twice == lost == events == 0,
        must_hold=index,
    )


@contextmanager
def reopened(url: str) -> Iterator[Store]:
    """The store, opened by this process."""
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def _count(store: Store, acknowledged: Path) -> tuple[int, int, int]:
    """Turns answered twice, acknowledged requests that are not there, replies that no event tells of."""
    with store.reading() as tx:
        twice = tx.execute(
            text(
                "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE kind = 'reply' AND state NOT IN"
                " ('cancelled', 'failed') GROUP BY conversation_id, turn HAVING count(*) > 1) AS t"
            )
        ).scalar_one()
        requests = set(tx.execute(text("SELECT request_id FROM outbox")).scalars())
        queued = set(tx.execute(text("SELECT outbox_id FROM event WHERE what = 'queued'")).scalars())
        rows = set(tx.execute(text("SELECT id FROM outbox")).scalars())
        if store.is_sqlite:
            assert tx.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    written = set(acknowledged.read_text().split())
    return int(twice), len(written - requests), len(rows - queued)
