"""G12: from the command to the frame on the screen, and to the rows of a store with a million conversations."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import screens
from bench.figures import Figure, in_turn
from bench.stores import Library, folder

FRAME = "新着".encode()
ROW = b" #"
"""What the subjects of the made-up conversations have and the frame has not."""


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """Start both in turn, after one start of each that warms the caches."""
    url = library.sqlite(100_000 if quick else 1_000_000)
    rows: list[float] = []
    memory: list[float] = []
    peak: list[float] = []

    def empty() -> float:
        started = time.perf_counter()
        with screens.program([sys.executable, "-c", screens.EMPTY_APP], home) as terminal:
            return (terminal.until(screens.EMPTY_MARK) - started) * 1000

    def ours() -> float:
        started = time.perf_counter()
        with screens.app(url, home) as terminal:
            frame = (terminal.until(FRAME) - started) * 1000
            memory.append(terminal.memory())
            rows.append((terminal.until(FRAME, ROW) - started) * 1000)
            peak.append(terminal.memory())
        return frame

    with folder() as top:
        home: Path = top
        empty(), ours()
        for values in (rows, memory, peak):
            values.clear()
        frame, plain = in_turn(5 if quick else 9, ours, empty)
    beside = "an empty Textual app"
    yield Figure("G12", "start to the frame", frame, "ms", plain, beside, ratio=1.25)
    yield Figure(
        "G12", "start to the rows, 1 M conversations", statistics.median(rows), "ms", plain, beside, ratio=3
    )
    yield Figure("G12", "memory at the frame", statistics.median(memory), "MB", at_most=60)
    yield Figure("G12", "memory with the rows", statistics.median(peak), "MB")
