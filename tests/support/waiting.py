"""Waiting with an end: for a server, for a process, for whatever a test looks at."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

POLL = 0.02
"""Seconds between two looks."""


class NotReady(RuntimeError):
    """What was waited for did not come in time, or ended while starting."""


def wait_until(
    ready: Callable[[], bool], alive: Callable[[], bool], what: Callable[[], str], seconds: float = 60
) -> None:
    """Look until ``ready()``. Raises NotReady with ``what()`` (the server's log) when ``alive()`` turns false
    or ``seconds`` have passed."""
    end = time.monotonic() + seconds
    while not ready():
        if not alive() or time.monotonic() > end:
            raise NotReady(what())
        time.sleep(POLL)


def until(ready: Callable[[], bool], what: str = "it never came", seconds: float = 60) -> None:
    """Look until ``ready()``. Raises NotReady with ``what`` is missing when ``seconds`` have passed."""
    wait_until(ready, lambda: True, lambda: what, seconds)


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that has ended and that nobody has asked for since is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()
    except ProcessLookupError:
        return False
    return state != "Z"
