"""``python -m bench [NAMES]``: run the benches and print one table."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import sys
import time
import traceback
from typing import Any

from bench.figures import Figure, Skip, table
from bench.stores import Library, folder

BENCHES = {
    "start": "G12 cold start, memory",
    "cursor": "G13 cursor moves, G14 a large tab",
    "lists": "G15 pages, G16 counts",
    "claims": "G10 claims per second",
    "incremental": "G4 a sync that finds little or nothing",
    "first": "G1 first sync of a large mailbox",
    "reading": "speed of reading mails",
    "history": "the history of a customer with 5,000 entries",
    "search": "G6 searches, G8 keeping their index",
}


def main() -> int:
    """Run what is asked for. Returns 0 unless a bench broke; a goal that is missed is said, not an error."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure maildesk, each figure beside a baseline in the same run.",
        epilog="benches: " + "; ".join(f"{name} ({words})" for name, words in BENCHES.items()),
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the benches to run (all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data: to see that it works")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that servers end too
    found: list[Figure] = []
    skipped: dict[str, str] = {}
    broken = False
    with folder() as top:
        library = Library(top)
        for name in given.names or BENCHES:
            started = time.monotonic()
            try:
                module: Any = importlib.import_module(f"bench.{name}")
                found += module.run(library, given.quick)
            except Skip as reason:
                skipped[name] = str(reason)
            except Exception as error:
                traceback.print_exc()
                skipped[name] = f"broke: {type(error).__name__}: {error}"
                broken = True
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if given.json:
        print(
            json.dumps(
                {"figures": [f.json() for f in found], "skipped": skipped}, ensure_ascii=False, indent=1
            )
        )
    else:
        load = os.getloadavg()[0]
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f}\n")
        print(table(found))
        for name, words in skipped.items():
            print(f"\nskipped {name}: {words}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
