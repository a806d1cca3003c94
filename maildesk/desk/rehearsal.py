"""Trying an act without doing it: it runs in its own transaction and is taken back, so that what is told beforehand is
what would happen, by the same rules."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

T = TypeVar("T")


class Rehearsal(threading.local):
    """Whether the acts of this thread are only tried."""

    on = False


class _Tried(Exception):
    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


def run(store: Store, rehearsal: Rehearsal, act: Callable[[Connection], T]) -> T:
    """``act`` in a transaction of its own; in a rehearsal nothing of it stays. Raises StoreError."""
    if not rehearsal.on:
        return store.run(act)

    def tried(tx: Connection) -> T:
        raise _Tried(act(tx))

    try:
        return store.run(tried)
    except _Tried as found:
        return cast("T", found.result)
