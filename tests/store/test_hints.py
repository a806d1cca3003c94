"""Wake-ups between clients."""

from __future__ import annotations

import threading
import time

from maildesk.domain.status import Priority
from tests.support.stores import Team

BOUND = {"sqlite": 2.0, "postgresql": 1.0}


def test_a_change_by_another_client_is_told_in_time(both: Team) -> None:
    """Within 1 s on PostgreSQL and 2 s on SQLite, however many changes at once."""
    number = both.conversation()
    told = threading.Event()
    subscription = both.store.subscribe(lambda serial: told.set())
    assert subscription.ready.wait(5)
    for priority in (Priority.IMPORTANT, Priority.URGENT, Priority.NORMAL):
        told.clear()
        began = time.monotonic()
        both.suzuki.triage.set_priority([number], priority)
        assert told.wait(5)
        assert time.monotonic() - began < BOUND[both.store.engine.dialect.name]
    subscription.close()


def test_nothing_is_told_after_the_end(both: Team) -> None:
    """``close`` ends the thread; a change afterwards calls nobody."""
    number = both.conversation()
    calls: list[int] = []
    subscription = both.store.subscribe(calls.append)
    assert subscription.ready.wait(5)
    subscription.close()
    before = len(calls)
    both.suzuki.triage.set_priority([number], Priority.URGENT)
    assert len(calls) == before
    assert not any(t.name == "maildesk-hints" and t.is_alive() for t in threading.enumerate())


def test_a_slow_tick_covers_what_nobody_writes(small: Team) -> None:
    """A lease that lapses changes the lists without any write: the tick calls all the same."""
    told = threading.Event()
    subscription = small.store.subscribe(lambda serial: told.set(), every=0.3)
    assert told.wait(5)
    subscription.close()
