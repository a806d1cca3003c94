"""Work that waits in the store and is done a little at a time, so that nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from maildesk.store.engine import Store


def work_off(
    store: Store,
    step: Callable[[Connection], int],
    going: Callable[[], bool],
    rest: Callable[[float], object],
    is_waiting: Callable[[Connection], bool] | None = None,
) -> int:
    """``step`` in transactions of its own, while ``going()`` and it does anything, and after each as long a rest
    (``rest(seconds)``). With ``is_waiting`` nobody is kept from writing while there is nothing to do. Returns how many
    were done. Raises StoreError."""
    done = 0
    while going():
        if is_waiting is not None:
            with store.reading() as tx:
                if not is_waiting(tx):
                    break
        began = time.monotonic()
        some = store.run(step)
        if not some:
            break
        done += some
        rest(time.monotonic() - began)
    return done
