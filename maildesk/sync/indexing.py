"""Working off beside whatever else a process does: what search has no index of yet, words first, then the text in
files; and what goes into the archive."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.errors import StoreError, StoreRefused
from maildesk.store import archive, search_index

if TYPE_CHECKING:
    from maildesk.store.engine import Store

LOOK_EVERY = 60.0
"""Seconds between two looks: a client of an older version may have written something since."""
ARCHIVE_EVERY = 600.0
"""Seconds between two looks for what is old enough for the archive."""
FILES_EVERY = 10.0
"""Seconds between two looks for mails with files: these come with every letter."""
ONCE = 60.0
"""Seconds that :func:`once` works at most."""
_log = logging.getLogger(__name__)


def start(store: Store, stop: threading.Event, spool: Path | None = None) -> threading.Thread:
    """Index what is not, and what comes to that, in a thread that ends with ``stop``. Large mails lie in ``spool``
    while their files are read."""
    thread = threading.Thread(target=_work, args=(store, stop, spool), name="maildesk-index", daemon=True)
    thread.start()
    return thread


def once(store: Store, spool: Path | None = None, seconds: float = ONCE) -> None:
    """The same for so long at most, for whoever only looks in now and then. Raises StoreError."""
    until = time.monotonic() + seconds

    def going() -> bool:
        return time.monotonic() < until

    from maildesk.sync import file_reader

    for work in (search_index.catch_up, partial(file_reader.catch_up, spool=spool), archive.catch_up):
        work(store, going, lambda _seconds: None)


def _work(store: Store, stop: threading.Event, spool: Path | None) -> None:
    from maildesk.sync import file_reader

    def going() -> bool:
        return not stop.is_set()

    rounds = 0
    while going():
        try:
            if rounds % int(LOOK_EVERY // FILES_EVERY) == 0:
                search_index.catch_up(store, going, stop.wait)
            file_reader.catch_up(store, going, stop.wait, spool)
            if rounds % int(ARCHIVE_EVERY // FILES_EVERY) == 0:
                archive.catch_up(store, going, stop.wait)
        except StoreRefused:
            return  # an agent's own login: the worker does it
        except StoreError as error:
            _log.warning("index and archive wait", extra={"error": error.key})
        except OSError as error:  # no child could be started
            _log.warning("files are not read", extra={"error": type(error).__name__})
        rounds += 1
        stop.wait(FILES_EVERY)
