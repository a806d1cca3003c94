"""G10: claims per second, taken and given back by eight processes at once through the desk."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import stores
from bench.figures import Figure, Skip, in_turn, percentile
from bench.lists import pgbench
from bench.stores import Library
from maildesk.domain.claim import Claimed
from maildesk.store import claims as rows
from maildesk.store.engine import open_store
from tests.support.postgres import Postgres

CONVERSATIONS = 1000
SECONDS = 3.0
ONE_STATEMENT = """\\set id random(1001, {last})
UPDATE claim SET owner_id = 1, session = 's' || :client_id, token = token + 1, taken_at = 1, last_key_at = 1,
  expires_at = extract(epoch FROM clock_timestamp())::double precision + 90, forced_from = NULL, forced_reason = ''
  WHERE conversation_id = :id AND (owner_id IS NULL
    OR expires_at <= extract(epoch FROM clock_timestamp())::double precision) RETURNING token, expires_at;
UPDATE claim SET owner_id = NULL, session = NULL, expires_at = NULL
  WHERE conversation_id = :id AND owner_id = 1 AND session = 's' || :client_id RETURNING token;
"""


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """On PostgreSQL beside pgbench, on SQLite against the goal."""
    with stores.cluster() as server:
        name = server.create_database("claims")
        url = server.url(name)
        store = open_store(url, create=True)
        stores.fill(store, CONVERSATIONS)
        store.close()
        program = stores.pgbench()
        yield from _postgresql(server, program, name, url)
    store = open_store(url := f"sqlite:///{library.top / 'claims.db'}", create=True)
    stores.fill(store, CONVERSATIONS)
    store.close()
    desk = _together(url, 8, "desk")
    yield Figure("G10", "SQLite: claims by the desk, 8 processes", desk.per_second, "/s", at_least=5000)
    crowd = _together(url, 32, "desk")
    yield Figure("G10", "SQLite: longest wait for a claim, 32 processes", crowd.worst, "ms", at_most=150)


def _postgresql(server: Postgres, program: str, name: str, url: str) -> Iterator[Figure]:
    found: dict[str, _Together] = {}

    def ours(how: str) -> float:
        found[how] = _together(url, 8, how)
        return found[how].per_second

    def theirs() -> float:
        with stores.folder() as top:
            script = ONE_STATEMENT.format(last=1000 + CONVERSATIONS)
            return pgbench(program, server, name, top / "claim.sql", script, 8)

    by_desk, by_store, peer = in_turn(1, lambda: ours("desk"), lambda: ours("store"), theirs)
    beside = "pgbench, the two statements"
    yield Figure(
        "G10", "PostgreSQL: claims by the desk, 8 processes", by_desk, "/s", peer, beside, ratio_at_least=0.45
    )
    yield Figure("G10", "PostgreSQL: claims by the store alone, 8 processes", by_store, "/s", peer, beside)
    yield Figure("G10", "PostgreSQL: claim by the desk, p99", found["desk"].p99, "ms", at_most=3)


class _Together:
    """What several processes reached: claims per second, and how long single ones took in milliseconds."""

    def __init__(self, took: list[float]) -> None:
        self.per_second = len(took) / SECONDS
        self.p99 = percentile(took, 0.99) * 1000 if took else float("nan")
        self.worst = max(took, default=float("nan")) * 1000


def _together(url: str, processes: int, how: str) -> _Together:
    command = [sys.executable, "-m", "bench.claims", url, how]
    workers = [
        subprocess.Popen([*command, str(i)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd())
        for i in range(processes)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(b"go\n")
            worker.stdin.flush()
        took: list[float] = []
        for worker in workers:
            out, _ = worker.communicate(timeout=60)
            if worker.returncode:
                raise Skip("a process that claims failed")
            took += json.loads(out)
        return _Together(took)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()


def _work(url: str, how: str, seed: int) -> None:
    """One process: claim and give back conversations at random until the time is over."""
    choose = random.Random(seed)
    took: list[float] = []
    with stores.session(url) as desk:
        store = desk.inbox._desk.store

        def by_desk(number: int) -> None:
            started = time.perf_counter()
            outcome = desk.claims.take(number)
            if isinstance(outcome, Claimed):
                took.append(time.perf_counter() - started)
                desk.claims.release(outcome.claim)

        def by_store(number: int) -> None:
            started = time.perf_counter()
            with store.transaction() as tx:
                held = rows.take(tx, number, desk.me.id, desk.session)
            if held is not None:
                took.append(time.perf_counter() - started)
                with store.transaction() as tx:
                    rows.release(tx, held, desk.me.id)

        act = by_desk if how == "desk" else by_store
        act(1001 + seed)
        took.clear()
        print("ready", flush=True)
        sys.stdin.readline()
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            act(choose.randint(1001, 1000 + CONVERSATIONS))
        print(json.dumps(took))


if __name__ == "__main__":
    _work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
