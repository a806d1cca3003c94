"""G1: the first sync of a large mailbox, everything read, threaded and committed, beside mbsync on the same disk."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import statistics
from collections.abc import Iterator

from bench.figures import Figure, Skip
from bench.servers import Cost, Maildesk, Mbsync, dovecot
from bench.stores import Library, folder

ROUNDS = 2
DURABLE = 2
"""``PRAGMA synchronous`` = FULL: a commit returns when it is on the disk."""


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """Each into a new folder, in turn; a first round of mbsync without fsync lets Dovecot make its index."""
    yield from compare(2_000 if quick else 20_000)


def compare(count: int) -> Iterator[Figure]:
    """Both with ``count`` mails."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    stored: set[int] = set()
    with dovecot(count) as server, folder() as top:
        numbers = itertools.count()

        def theirs_once(fsync: bool = True) -> None:
            place = top / str(next(numbers))
            mbsync = Mbsync(place, server.port, fsync=fsync)
            theirs.append(mbsync.sync())
            stored.add(mbsync.count())
            shutil.rmtree(place)

        def ours_once() -> None:
            place = top / str(next(numbers))
            maildesk = Maildesk(place, server.port)
            ours.append(maildesk.sync())
            stored.add(maildesk.count())
            _check_durable(maildesk)
            shutil.rmtree(place)

        theirs_once(fsync=False)
        theirs.clear()
        for _ in range(ROUNDS):
            ours_once()
            theirs_once()
    if stored != {count}:
        raise Skip(f"not all came: {sorted(stored)} of {count}")
    wall, peer = (statistics.median(c.wall for c in costs) for costs in (ours, theirs))
    cpu, peer_cpu = (statistics.median(c.cpu for c in costs) for costs in (ours, theirs))
    memory = max(c.memory for c in ours)
    what = f"first sync of {count:,} mails"
    yield Figure("G1", f"{what}, durable", wall, "s", peer, "mbsync, its default fsync", ratio=1.0)
    yield Figure("G1", f"{what}, memory of all processes", memory, "MB", at_most=250)
    yield Figure("", f"{what}, processor", cpu, "s", peer_cpu, "mbsync")


def _check_durable(maildesk: Maildesk) -> None:
    """That the product opens its stores so that commits are durable, and that the file is whole."""
    from maildesk.store.engine import open_store

    store = open_store(maildesk.url)
    try:
        with store.reading() as tx:
            if tx.exec_driver_sql("PRAGMA synchronous").scalar() != DURABLE:
                raise Skip("the store does not commit durably")
    finally:
        store.close()
    connection = sqlite3.connect(maildesk.url.removeprefix("sqlite:///"))
    try:
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise Skip("the store is damaged")
    finally:
        connection.close()
