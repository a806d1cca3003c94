"""G4: a sync by a new process that finds nothing, or fifty new mails, on a near and on a far server."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure, in_turn
from bench.mailgen import Generator
from bench.servers import USER, Maildesk, Mbsync, dovecot
from bench.stores import Library, folder
from tests.support import latency

NEW = 50


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """Both up to date first, then in turn."""
    count = 500 if quick else 5_000
    with dovecot(count) as server, folder() as top:
        mbsync = Mbsync(top / "mbsync", server.port)
        maildesk = Maildesk(top / "maildesk", server.port)
        mbsync.sync()
        maildesk.sync()
        ours, theirs = in_turn(7, lambda: maildesk.sync().wall * 1000, lambda: mbsync.sync().wall * 1000)
        yield Figure("G4", f"nothing new in {count:,}, near", ours, "ms", theirs, "mbsync", ratio=1.5)
        with latency.proxy(server.port, delay=0.02) as line:
            mbsync.point_to(line.port)
            maildesk.point_to(line.port)
            ours, theirs = in_turn(5, lambda: maildesk.sync().wall * 1000, lambda: mbsync.sync().wall * 1000)
            yield Figure(
                "G4", f"nothing new in {count:,}, 40 ms away", ours, "ms", theirs, "mbsync", ratio=0.5
            )
            fresh = Generator(seed=7).mails(NEW * 6)

            def deliver() -> None:
                server.deliver(USER, *(next(fresh) for _ in range(NEW)))

            def ours_with_new() -> float:
                deliver()
                return maildesk.sync().wall * 1000

            ours, theirs = in_turn(3, ours_with_new, lambda: mbsync.sync().wall * 1000)
        yield Figure("G4", f"{NEW} new mails, 40 ms away", ours, "ms", theirs, "mbsync")
