"""Processes that work until they are told to stop, and somebody who kills and stops them at random."""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

KINDS = 8
"""Numbers that each process may count."""
_NUMBER = struct.Struct("=q")
_PR_SET_PDEATHSIG = 1
"""prctl(2), Linux."""


class Counters:
    """Numbers in memory that all processes share; one slot per process, so that nobody needs a lock, and a process that
    is killed leaves what it counted."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        with tempfile.TemporaryFile() as file:
            file.truncate(slots * KINDS * _NUMBER.size)
            self._memory = mmap.mmap(file.fileno(), 0)

    def add(self, slot: int, kind: int, number: int = 1) -> None:
        """Count in one's own slot."""
        at = (slot * KINDS + kind) * _NUMBER.size
        _NUMBER.pack_into(self._memory, at, _NUMBER.unpack_from(self._memory, at)[0] + number)

    def total(self, kind: int) -> int:
        """What all have counted."""
        return sum(
            int(_NUMBER.unpack_from(self._memory, (slot * KINDS + kind) * _NUMBER.size)[0])
            for slot in range(self._slots)
        )


@dataclass
class Violence:
    """What is done to the processes: kills and stops per second, and how long (seconds) a stopped one stands still."""

    kills: float = 3.0
    stops: float = 0.0
    stopped_for: float = 0.5


@dataclass
class Course:
    """How a run went."""

    seconds: float = 0.0
    kills: int = 0
    stops: int = 0
    failed: list[int] = field(default_factory=list)
    """Exit codes of processes that ended by themselves, and badly."""


def run(
    work: Callable[[int, int], None],
    processes: int,
    violence: Violence,
    finished: Callable[[], bool],
    seed: int,
    *,
    every: Callable[[], None] = lambda: None,
    killed: Callable[[int], None] = lambda pid: None,
    limit: float = 7200.0,
) -> Course:
    """Let ``processes`` processes do ``work(slot, seed)`` until ``finished()`` or for ``limit`` seconds. One that is
    killed is replaced at once. ``every`` is called ten times a second, ``killed`` with the id of each victim, dead or
    stopped.

    Processes are forked: the caller must hold no connection and no thread.
    """
    rng = random.Random(seed)
    course = Course()
    born = 0
    slots: dict[int, int] = {}
    stopped: dict[int, float] = {}

    def start(slot: int) -> None:
        nonlocal born
        born += 1
        if (pid := os.fork()) == 0:
            _child(work, slot, seed * 1_000_003 + born)
        slots[pid] = slot

    began = time.monotonic()
    next_kill = began + _gap(rng, violence.kills)
    next_stop = began + _gap(rng, violence.stops)
    try:
        for slot in range(processes):
            start(slot)
        while not finished() and time.monotonic() - began < limit:
            time.sleep(0.05)
            every()
            now = time.monotonic()
            while now >= next_kill and slots:
                victim = rng.choice(sorted(slots))
                os.kill(victim, signal.SIGKILL)
                stopped.pop(victim, None)
                os.waitpid(victim, 0)
                killed(victim)
                course.kills += 1
                start(slots.pop(victim))
                next_kill += _gap(rng, violence.kills)
            while now >= next_stop:
                victim = rng.choice(sorted(slots))
                if victim not in stopped:
                    os.kill(victim, signal.SIGSTOP)
                    stopped[victim] = now + violence.stopped_for * rng.uniform(0.2, 2.0)
                    killed(victim)
                    course.stops += 1
                next_stop += _gap(rng, violence.stops)
            for victim in [pid for pid, until in stopped.items() if now >= until]:
                os.kill(victim, signal.SIGCONT)
                del stopped[victim]
            _replace_the_ended(slots, stopped, course, start)
    finally:
        for pid in slots:
            os.kill(pid, signal.SIGKILL)
        for pid in slots:
            os.waitpid(pid, 0)
    course.seconds = time.monotonic() - began
    return course


def _gap(rng: random.Random, per_second: float) -> float:
    return rng.expovariate(per_second) if per_second > 0 else float("inf")


def _replace_the_ended(
    slots: dict[int, int], stopped: dict[int, float], course: Course, start: Callable[[int], None]
) -> None:
    for pid in list(slots):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            slot = slots.pop(pid)
            stopped.pop(pid, None)
            if code := os.waitstatus_to_exitcode(status):
                course.failed.append(code)
                assert len(course.failed) < 100, (
                    "the processes cannot work: see what they wrote to standard error"
                )
            start(slot)


def _child(work: Callable[[int, int], None], slot: int, seed: int) -> None:
    """In the new process: work, and never return into what the parent was doing."""
    code = 1
    if sys.platform == "linux":  # nobody is left behind when the harness itself is killed
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        work(slot, seed)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)
