"""Programs in a terminal of their own, timed to the byte."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from bench.figures import Skip
from tests.support.terminal import Terminal

COLUMNS, ROWS = 120, 40
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("frame-is-here")
Empty().run()
"""
"""The baseline of everything that starts: a Textual app with one line."""
EMPTY_MARK = b"frame-is-here"


class Watched(Terminal):
    """A terminal that knows when each piece came."""

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def until(self, *marks: bytes, seconds: float = 60.0) -> float:
        """Read until all of ``marks`` have come; seconds on the clock of ``time.perf_counter`` when they had."""
        deadline = time.monotonic() + seconds
        while not all(mark in self.output for mark in marks):
            if not self._pump(0.05) and (self._closed or time.monotonic() > deadline):
                raise Skip(f"{marks!r} never appeared on the screen; the end of it: {self.output[-300:]!r}")
        return time.perf_counter()

    def key(self, key: str, quiet: float = 0.05) -> tuple[float, int]:
        """Press a key: milliseconds to the first byte of the answer, and the bytes that came until ``quiet`` seconds
        brought nothing more."""
        start = len(self.output)
        started = time.perf_counter()
        self.feed(key)
        while not self._pump(1.0):
            if self._closed or time.perf_counter() - started > 5:
                raise Skip(f"no answer to the key {key!r}")
        took = time.perf_counter() - started
        while self._pump(quiet):
            pass
        return took * 1000, len(self.output) - start

    def idle(self, seconds: float) -> float:
        """The bytes a minute that come while nobody does anything."""
        start, deadline = len(self.output), time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._pump(0.2)
        return (len(self.output) - start) * 60 / seconds

    def memory(self) -> float:
        """The resident memory of the command, in MB."""
        return resident(self.process.pid)


def resident(pid: int) -> float:
    """The resident memory of a process, in MB; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def environment(home: Path, **more: str) -> dict[str, str]:
    """A home of its own. Compiled modules are kept, as they are on a machine where the program was installed."""
    return {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "", "MAILDESK_UI__LANGUAGE": "ja", **more}


def app(url: str, home: Path) -> Watched:
    """maildesk, started on a store as its one agent."""
    command = [sys.executable, "-m", "maildesk"]
    return Watched(
        command, columns=COLUMNS, rows=ROWS, env=environment(home, MAILDESK_STORE=url, MAILDESK_AGENT="sato")
    )


def program(command: Sequence[str], home: Path, **more: str) -> Watched:
    """Any other command."""
    env: Mapping[str, str] = environment(home, **more)
    return Watched(command, columns=COLUMNS, rows=ROWS, env=env)
