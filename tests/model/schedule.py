"""Two clients, one step at a time: each SQL statement and each COMMIT is a place where the other one may go on.

:func:`play` runs two functions in threads of which only one moves at any moment. A *schedule* says after how many steps
the baton changes hands; :func:`schedules` gives every schedule of two clients with up to three pre-emptions. A client
that waits for a lock of the other, in the database, gives the baton back by itself: that is seen by asking PostgreSQL
who waits. So a schedule is repeatable, and what fails is printed with it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import event

from maildesk.store.engine import Store

Schedule = tuple[int, ...]
"""After how many steps of the one that moves the other one moves on; the last part runs to the end."""
_PATIENCE = 30.0


@dataclass
class _Client:
    act: Callable[[], object]
    waits: bool = False
    """Whether it stands before its next step."""
    may: bool = False
    done: bool = False
    result: object = None
    error: BaseException | None = None
    backends: set[int] = field(default_factory=set)


class Stage:
    """Lets one of two clients move at a time."""

    def __init__(self, acts: Sequence[Callable[[], object]], blocked: Callable[[set[int]], bool]) -> None:
        self._clients = [_Client(act) for act in acts]
        self._blocked = blocked
        self._changed = threading.Condition()
        self._here = threading.local()
        self.steps = [0 for _ in acts]
        """How many steps each client took."""

    def step(self, backend: int | None) -> None:
        """Called by a client before it does something that the other can see: waits for its turn."""
        me: _Client | None = getattr(self._here, "client", None)
        if me is None:
            return
        if backend is not None:
            me.backends.add(backend)
        with self._changed:
            me.waits = True
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: me.may, _PATIENCE), "forgotten"
            me.waits = me.may = False

    def play(self, schedule: Schedule) -> list[object]:
        """Run both to their ends, in the order that ``schedule`` says. Their results, exceptions among them."""
        threads = [threading.Thread(target=self._run, args=(c,), daemon=True) for c in self._clients]
        for thread in threads:
            thread.start()
        for client in self._clients:
            self._settle(client)
        parts = iter(schedule)
        who, left = 0, next(parts, None)
        while not all(c.done for c in self._clients):
            if self._clients[who].done or left == 0:
                who, left = 1 - who, next(parts, None)
            elif self._advance(who):
                left = None if left is None else left - 1
            elif not self._advance(1 - who):
                self._wait_for_either()
        for thread in threads:
            thread.join(_PATIENCE)
        return [c.error if c.error is not None else c.result for c in self._clients]

    def _advance(self, who: int) -> bool:
        """Let one client do one step. False: it waits for a lock that the other has, or is at its end."""
        client = self._clients[who]
        if not client.waits:
            return False
        with self._changed:
            client.may = True
            client.waits = False
            self._changed.notify_all()
        self.steps[who] += 1
        self._settle(client)
        self._settle(self._clients[1 - who])
        return True

    def _wait_for_either(self) -> None:
        """Both wait: the database wakes one soon, or chooses a victim."""
        with self._changed:
            done = sum(c.done for c in self._clients)
            moved = self._changed.wait_for(
                lambda: any(c.waits for c in self._clients) or sum(c.done for c in self._clients) > done,
                _PATIENCE,
            )
        assert moved, "both wait for ever"

    def _settle(self, client: _Client) -> None:
        """Until ``client`` stands before its next step, is done, or waits for a lock."""
        with self._changed:
            for _ in range(int(_PATIENCE / 0.02)):
                if self._changed.wait_for(lambda: client.waits or client.done, 0.02):
                    return
                if self._blocked(client.backends):
                    return
        raise AssertionError("a client neither moves nor waits")

    def _run(self, client: _Client) -> None:
        self._here.client = client
        try:
            self.step(None)
            client.result = client.act()
        except BaseException as error:
            client.error = error
        with self._changed:
            client.done = True
            self._changed.notify_all()


@contextmanager
def staged(stores: Sequence[Store], acts: Sequence[Callable[[], object]], watch: str) -> Iterator[Stage]:
    """A stage on which ``acts`` move; each uses the store of its own place. ``watch`` is how libpq reaches the database,
    '' for SQLite, where whoever does not come back at once waits for the write lock."""
    with ExitStack() as stack:
        looker = stack.enter_context(psycopg.connect(watch, autocommit=True)) if watch else None

        def blocked(backends: set[int]) -> bool:
            if looker is None:
                return True
            found = looker.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'",
                [list(backends)],
            ).fetchone()
            return bool(found and found[0])

        stage = Stage(acts, blocked)

        def before_statement(connection: Any, *_: Any) -> None:
            raw = connection.connection.dbapi_connection
            stage.step(getattr(getattr(raw, "info", None), "backend_pid", None))

        for store in stores:
            for name in ("before_cursor_execute", "commit"):
                event.listen(store.engine, name, before_statement)
                stack.callback(event.remove, store.engine, name, before_statement)
        yield stage


def schedules(first: int, second: int, preemptions: int = 3) -> Iterator[Schedule]:
    """Every way to let two clients of so many steps take turns with up to ``preemptions`` changes before one ends."""
    yield ()
    for number in range(1, preemptions + 1):
        sizes = [first if n % 2 == 0 else second for n in range(number)]
        for cut in itertools.product(*(range(1, size) for size in sizes)):
            if sum(cut[0::2]) < first and sum(cut[1::2]) < second:
                yield cut
