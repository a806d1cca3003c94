"""Every input that was kept, read again without a fuzzer: seeds, and what once made a target fail."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_each_target_has_a_corpus() -> None:
    """The folders are those of the targets, with something in each."""
    assert {path.parent.name for path in KEPT} == set(TARGETS)


@pytest.mark.parametrize("path", KEPT, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_what_was_kept_is_read(path: Path) -> None:
    """No exception, no control character on the screen, no more than two seconds."""
    started = time.process_time()
    TARGETS[path.parent.name](path.read_bytes())
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_near_the_corpus_is_read(name: str) -> None:
    """A few hundred broken copies: bytes changed, cut out, doubled, two inputs mixed. The seed is fixed."""
    rng = random.Random(name)
    seeds = [path.read_bytes() for path in KEPT if path.parent.name == name]
    for _ in range(200):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 8)):
            at = rng.randint(0, len(data))
            match rng.randint(0, 3):
                case 0:
                    data[at:at] = rng.randbytes(rng.randint(1, 4))
                case 1:
                    del data[at : at + rng.randint(1, 20)]
                case 2:
                    data[at:at] = data[at : at + rng.randint(1, 30)] * rng.randint(1, 4)
                case _:
                    other = rng.choice(seeds)
                    start = rng.randint(0, len(other))
                    data[at:at] = other[start : start + rng.randint(1, 60)]
        TARGETS[name](bytes(data[:20_000]))
