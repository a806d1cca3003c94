"""The proof under load, short: the same runs as ``make stress`` at a size for every day, and the naive variants on the
same seed, which must fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from stress import answers, sends, syncs
from stress.figures import Line

SEED = 7
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def right(line: Line) -> None:
    """It went as it must."""
    print(f"{line.what}, {line.where}: {line.verdict}: {line.figures}")
    assert line.right, f"{line.what}, {line.where}: {line.figures}"


@pytest.mark.parametrize(("kind", "attempts"), [("sqlite", 1500), ("postgresql", 500)])
def test_no_turn_is_answered_twice(tmp_path: Path, kind: str, attempts: int) -> None:
    """Sixteen processes, killed three times a second."""
    right(answers.run(kind, tmp_path, attempts=attempts, processes=16, kills=3.0, seed=SEED))


def test_without_the_index_some_turns_are(tmp_path: Path) -> None:
    """Claims, tokens and versions are not enough."""
    right(answers.run("sqlite", tmp_path, attempts=1500, processes=16, kills=3.0, seed=SEED, index=False))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_reply_is_delivered_twice(tmp_path: Path, kind: str) -> None:
    """Workers killed and stopped, a tenth of the answers lost; what is uncertain is settled by the copy in Sent."""
    right(sends.run(kind, tmp_path, sends=80, processes=5, kills=1.5, stops=1.5, seed=SEED))


@pytest.mark.parametrize("naive", [name for name in sends.NAIVE if name])
def test_the_naive_ways_deliver_twice(tmp_path: Path, naive: str) -> None:
    """No answer taken for no delivery; a reaper that queues *committing* again."""
    right(sends.run("sqlite", tmp_path, sends=60, processes=5, kills=1.5, stops=1.5, seed=SEED, naive=naive))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_mail_is_lost_or_doubled(tmp_path: Path, kind: str) -> None:
    """Lines that drop, a worker killed at any statement, mails expunged, moved, renumbered, withheld."""
    right(syncs.run(kind, tmp_path, mails=200, faults=40, seed=SEED))


def test_a_cursor_before_its_mail_loses_mail(tmp_path: Path) -> None:
    """The mistake that the transaction prevents."""
    right(syncs.run("sqlite", tmp_path, mails=200, faults=50, seed=SEED, naive=True))
