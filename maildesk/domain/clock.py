"""How much time has passed, also while the machine slept."""

from __future__ import annotations

import time


def boottime() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps (CLOCK_BOOTTIME); where there is no
    such clock, one that stops."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
