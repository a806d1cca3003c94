"""G13 and G14: what a move of the cursor costs in a list of a thousand and of a million, and opening a large tab."""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import mailgen, screens
from bench.figures import Figure, Skip, percentile
from bench.screens import Watched
from bench.start import ROW
from bench.stores import Library, folder

MOVES = 60
IDLE = 30.0
"""Seconds that are watched while nobody does anything."""
TABLE_APP = """
import sys
from textual.app import App
from textual.widgets import DataTable
class Listing(App):
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        self.query_one(DataTable).add_columns("number", "customer", "subject", "time")
    def on_key(self, event):
        if event.key == "6":
            self.query_one(DataTable).add_rows((n, f"customer {n}", f"subject #{n}", "10:00") for n in range(100_000))
Listing().run()
"""
MUTTRC = """
set folder="{top}"
set mbox_type=mbox
set header_cache="{top}/cache"
set sort=date-received
set wait_key=no
set menu_scroll=yes
set timeout=600
set mail_check=3600
set index_format="%4C %Z %D %-20.20L %s"
bind index j next-entry
bind index k previous-entry
"""


class _Moves:
    """Moves of the cursor in one program: milliseconds to the answer, and its bytes."""

    def __init__(self, terminal: Watched, first_line: int) -> None:
        self._terminal = terminal
        self.took: list[float] = []
        self.sizes: list[int] = []
        for _ in range(first_line):
            terminal.key("j")

    def press(self, count: int, quiet: float = 0.03) -> None:
        """``count`` moves down and up again, inside the screen, each when nothing has come for ``quiet`` seconds."""
        for key in "jjjjjkkkkk" * (count // 10):
            took, size = self._terminal.key(key, quiet)
            self.took.append(took)
            self.sizes.append(size)

    @property
    def p50(self) -> float:
        return statistics.median(self.took)

    @property
    def p95(self) -> float:
        return percentile(self.took, 0.95)

    @property
    def bytes(self) -> float:
        return statistics.median(self.sizes)


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """Both programs open at the same time, keys in turn."""
    yield from _moves(library, 1000, 100_000 if quick else 1_000_000)
    yield from _opening(library, quick)


def _moves(library: Library, few: int, many: int) -> Iterator[Figure]:
    found: dict[int, tuple[float, float, float]] = {}
    with folder() as top:
        for count in (few, many):
            with _ours(library.sqlite(count), top) as terminal:
                terminal.key("6", 0.5)
                terminal.until(ROW)
                terminal.settle(0.5)
                terminal.key(" ", 0.5)  # without the preview, which neomutt has not either
                ours = _Moves(terminal, 3)
                peer = _neomutt(count, top, partial(_in_turn, ours))
                found[count] = (ours.p50, ours.p95, ours.bytes)
                idle = terminal.idle(IDLE)
                if count == few:
                    edge = [terminal.key("j", 0.05)[1] for _ in range(120)]
                    amortised = statistics.mean(edge)
                terminal.key(" ", 0.5)
                shown = _Moves(terminal, 1)
                shown.press(20, 0.2)
            name = f"{count:,} rows"
            beside = "neomutt"
            yield Figure(
                "G13", f"cursor move, {name}, p50", ours.p50, "ms", peer.p50, beside, ratio=2.2, at_most=2
            )
            yield Figure("G13", f"cursor move, {name}, p95", ours.p95, "ms", peer.p95, beside, at_most=4)
            yield Figure(
                "G13", f"bytes per move, {name}", ours.bytes, "B", peer.bytes, beside, ratio=2.2, at_most=500
            )
            yield Figure("", f"bytes a minute while nobody does anything, {name}", idle, "B")
            yield Figure("", f"cursor move, {name}, with the preview, p50", shown.p50, "ms")
            yield Figure("", f"bytes per move, {name}, with the preview", shown.bytes, "B")
    yield Figure("G13", "bytes per move, over the edge of the screen too, mean", amortised, "B", at_most=1000)
    big, small = found[many], found[few]
    yield Figure(
        "G13", f"cursor move, {many:,} rows, p50", big[0], "ms", small[0], f"{few:,} rows", ratio=1.1
    )


def _in_turn(ours: _Moves, theirs: _Moves) -> None:
    for _ in range(MOVES // 10):
        ours.press(10)
        theirs.press(10)


def _ours(url: str, top: Path) -> Watched:
    terminal = screens.app(url, top)
    try:
        terminal.until(ROW)
        terminal.settle(0.5)
    except BaseException:
        terminal.__exit__(None, None, None)
        raise
    return terminal


def _neomutt(count: int, top: Path, together: Callable[[_Moves], None]) -> _Moves:
    """neomutt on as many mails: a Maildir with a header cache, a million of them in one mbox file. ``together`` is
    called when it is ready for keys. Raises Skip without neomutt."""
    binary = shutil.which("neomutt")
    if binary is None:
        raise Skip("neomutt is not here: apt-get install neomutt")
    place = top / f"mails{count}"
    if count <= 20_000:
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True)
        for i, mail in enumerate(mailgen.small(count)):
            (place / "cur" / f"{1_700_000_000 + i}.M{i}P1.bench:2,S").write_bytes(mail)
    else:
        with open(place, "wb") as box:
            for mail in mailgen.small(count):
                box.write(b"From bench@mail.example Sat Nov 21 10:00:00 2026\n" + mail + b"\n")
    (top / "cache").mkdir(exist_ok=True)
    (top / "muttrc").write_text(MUTTRC.format(top=top))
    command = [binary, "-n", "-R", "-F", str(top / "muttrc"), "-f", str(place)]
    if count <= 20_000:  # the first start makes the header cache
        with screens.program(command, top) as terminal:
            terminal.until(b"Customer", seconds=180)
            terminal.settle(0.5)
            terminal.feed("x")
            terminal.settle(0.2)
    with screens.program(command, top) as terminal:
        terminal.until(b"Customer", seconds=180)
        terminal.settle(0.5)
        theirs = _Moves(terminal, 0)
        for _ in range(7):
            terminal.key("k", 0.05)
        together(theirs)
        return theirs


def _opening(library: Library, quick: bool) -> Iterator[Figure]:
    """From the key of the tab that shows everything to its rows."""
    count = 100_000 if quick else 1_000_000
    with folder() as top:
        took = []
        with _ours(library.sqlite(count), top) as terminal:
            for _ in range(5):
                terminal.key("8", 0.3)
                start = len(terminal.output)
                started = time.perf_counter()
                terminal.feed("6")
                while ROW not in terminal.output[start:]:
                    terminal._pump(0.01)
                    if time.perf_counter() - started > 20:
                        raise Skip("the tab did not open")
                took.append((time.perf_counter() - started) * 1000)
                terminal.settle(0.2)
        with screens.program([sys.executable, "-c", TABLE_APP], top) as terminal:
            terminal.until(b"customer")
            terminal.settle(0.3)
            started = time.perf_counter()
            terminal.feed("6")
            table = (terminal.until(b"subject #", seconds=120) - started) * 1000
    beside = "DataTable, 100,000 rows"
    yield Figure("G14", f"a tab of {count:,} opens", statistics.median(took), "ms", table, beside, ratio=0.02)
