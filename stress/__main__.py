"""``python -m stress``: prove it under load, at any size, on any seed; the same seed makes the same plan of violence.

``python -m stress answers --attempts 20000 --seed 5 --store sqlite``. Exit code 0: every promise held and every naive
variant failed. 1: otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from stress import answers, sends, syncs
from stress.figures import Line, table
from tests.model.protocol import Bounds, Protocol
from tests.support.databases import KINDS

PARTS = ("model", "answers", "sends", "syncs")
Job = tuple[str, Callable[[Path], Line]]


def jobs(given: argparse.Namespace) -> Iterator[Job]:
    """What to run, in order: each proof, then what must fail, at a fraction of its size."""
    parts = given.parts or PARTS
    if "model" in parts:
        yield "model", lambda _: _model()
    for kind in [given.store] if given.store else KINDS:
        if "answers" in parts:
            fight = partial(answers.run, kind, processes=given.processes, kills=given.kills, seed=given.seed)
            yield f"answers {kind}", partial(fight, attempts=given.attempts)
            few = max(1500, given.attempts // 50)
            yield f"answers {kind}, naive", partial(fight, attempts=few, index=False)
        if "sends" in parts:
            half = given.kills / 2
            crew = partial(sends.run, kind, processes=given.workers, kills=half, stops=half, seed=given.seed)
            for naive in sends.NAIVE:
                count = max(60, given.sends // 50) if naive else given.sends
                yield f"sends {kind} {naive}".strip(), partial(crew, sends=count, naive=naive)
        if "syncs" in parts:
            day = partial(syncs.run, kind, seed=given.seed)
            yield f"syncs {kind}", partial(day, mails=given.mails, faults=given.faults)
            mails, faults = max(200, given.mails // 50), max(50, given.faults // 50)
            yield f"syncs {kind}, naive", partial(day, mails=mails, faults=faults, naive=True)


def _model() -> Line:
    began = time.monotonic()
    result = Protocol(bounds=Bounds(rows=2, workers=1)).explore()
    seconds = time.monotonic() - began
    return Line(
        "model, two replies, everything", "-", f"{result}, {seconds:.0f} seconds", not result.violation
    )


def main() -> int:
    """Run and print one table."""
    parser = argparse.ArgumentParser(prog="python -m stress", description="Prove the promise under load.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--store", choices=KINDS, help="only this one")
    parser.add_argument("--attempts", type=int, default=20_000, help="of answering, on each store")
    parser.add_argument("--processes", type=int, default=32)
    parser.add_argument("--kills", type=float, default=4.0, help="per second; of workers, half are stops")
    parser.add_argument("--sends", type=int, default=2_000, help="on each store")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--mails", type=int, default=5_000, help="on each store")
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument(
        "--full", action="store_true", help="1,000,000 attempts, 100,000 sends, 100,000 mails x 5,000 faults"
    )
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if given.full:
        given.attempts, given.sends, given.mails, given.faults = 1_000_000, 100_000, 100_000, 5_000
    lines: list[Line] = []
    for name, job in jobs(given):
        with tempfile.TemporaryDirectory(prefix="maildesk-stress-") as top:
            print(f"{name}, seed {given.seed}...", file=sys.stderr, flush=True)
            lines.append(job(Path(top)))
            print(f"  {lines[-1].verdict}: {lines[-1].figures}", file=sys.stderr, flush=True)
    print(table(lines))
    return 0 if all(line.right for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
