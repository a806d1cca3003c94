"""What a key costs on the line to the terminal, measured in a pty in true colour."""

from __future__ import annotations

import statistics

import pytest

from tests.support.terminal import Terminal, python

ROWS = (1_000, 1_000_000)


def bytes_per_move(rows: int) -> list[int]:
    """The bytes of 25 moves inside the first screen of a list with ``rows`` rows."""
    with Terminal(python("-m", "tests.screens.list_app", str(rows)), columns=100, rows=30) as terminal:
        terminal.wait_for("#1000")
        terminal.settle(0.3)
        assert len(terminal.output) <= 80_000, "first paint"
        sizes = [len(terminal.press("j", quiet=0.05)) for _ in range(25)]
        assert len(terminal.press("G", quiet=0.1)) <= 10_000
        assert terminal.settle(1.0) == b"", "an idle list writes nothing"
        assert terminal.seen.foreign == []
        terminal.feed("\x11")
        assert terminal.wait() == 0
        return sizes


@pytest.mark.slow
def test_a_move_costs_at_most_500_bytes_with_any_number_of_rows() -> None:
    few, many = (bytes_per_move(rows) for rows in ROWS)
    assert max(few) <= 500, few
    assert statistics.median(few) <= 400
    assert few == many
