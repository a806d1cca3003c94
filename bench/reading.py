"""How fast mails are read: for information, beside the parser of the standard library that does far less."""

from __future__ import annotations

import email
import statistics
import time
from collections.abc import Callable, Iterator

from bench.figures import Figure, in_turn
from bench.mailgen import Generator
from bench.stores import Library
from maildesk.mail.parse import parse


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """Microseconds of the processor per mail, from memory."""
    mails = list(Generator().mails(300 if quick else 2000))

    def each(read: Callable[[bytes], object]) -> float:
        started = time.process_time()
        for mail in mails:
            read(mail)
        return (time.process_time() - started) / len(mails) * 1e6

    ours, theirs = in_turn(3, lambda: each(parse), lambda: each(email.message_from_bytes))
    beside = "stdlib, compat32, structure only"
    yield Figure(
        "", f"read a mail of {statistics.mean(map(len, mails)) / 1000:.0f} KB", ours, "µs", theirs, beside
    )
