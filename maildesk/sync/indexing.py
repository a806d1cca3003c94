"""Working off what search has no index of yet, beside whatever else a process does."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from maildesk.errors import StoreError, StoreRefused
from maildesk.store import search_index

if TYPE_CHECKING:
    from maildesk.store.engine import Store

LOOK_EVERY = 60.0
"""Seconds between two looks: a client of an older version may have written something since."""
_log = logging.getLogger(__name__)


def start(store: Store, stop: threading.Event) -> threading.Thread:
    """Index what is not, and what comes to that, in a thread that ends with ``stop``."""
    thread = threading.Thread(target=_work, args=(store, stop), name="maildesk-index", daemon=True)
    thread.start()
    return thread


def _work(store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            search_index.catch_up(store, lambda: not stop.is_set(), stop.wait)
        except StoreRefused:
            return  # an agent's own login: the worker does it
        except StoreError as error:
            _log.warning("the index waits", extra={"error": error.key})
        stop.wait(LOOK_EVERY)
