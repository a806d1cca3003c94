"""How a mail that has arrived gets its place: known already, ours coming back, joined to a conversation, or a new one.

A whole batch is taken in by one transaction: all look-ups first, then the decisions in memory in the order of arrival,
then bulk inserts. The result is the same when it runs again after a crash, and in whatever order mails of one thread
come: a parent that comes after its child joins the child's conversation (``missing_parent``). Conversations are never
merged here, and never joined by subject (``failures.md`` row 60): what may belong together is linked.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from maildesk.domain.mailbox import Mailbox
from maildesk.store.intake.deciding import Decisions
from maildesk.store.intake.lookup import look_up
from maildesk.store.intake.values import Arrived, Result, TakenIn, snippet_of
from maildesk.store.intake.writing import (
    add_participants,
    authentication_json,
    body_of,
    customer_for,
    headers_of,
    keep_content,
    list_also_in,
    words_of,
    write,
    write_ledger,
)

__all__ = [
    "Arrived",
    "Result",
    "TakenIn",
    "add_participants",
    "authentication_json",
    "body_of",
    "customer_for",
    "headers_of",
    "keep_content",
    "list_also_in",
    "snippet_of",
    "take_in",
    "words_of",
]


def take_in(tx: Connection, box: Mailbox, arrived: Sequence[Arrived]) -> list[TakenIn]:
    """Give each mail its place, in one transaction. The results are in the order of ``arrived``."""
    with _uncollected():
        library = look_up(tx, box, arrived)
        decisions = Decisions(library)
        for one in sorted(arrived, key=_order):
            decisions.decide(one)
        results = write(tx, library, decisions)
        write_ledger(tx, arrived, results)
    return [results[one.key] for one in arrived]


@contextmanager
def _uncollected() -> Iterator[None]:
    """A batch makes many objects and no cycles: to look for some was a quarter of its time. Where several do this at
    the same time, the first to begin ends it for all."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _order(one: Arrived) -> tuple[datetime, datetime]:
    return one.received_at, one.parsed.date or one.received_at
