"""Wake-ups: that something changed, never what. Whoever is woken reads the store.

PostgreSQL tells by NOTIFY (a transaction's notifications arrive when it commits, once). SQLite tells nothing: a
connection of our own asks ``PRAGMA data_version``, which changes when another connection commits. A slow tick on both
covers a lost hint and the leases that lapse without anybody writing.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable

from sqlalchemy import Connection, Engine, exc, text

CHANNEL = "maildesk"
POLL_SECONDS = 0.2
TICK_SECONDS = 10.0
_log = logging.getLogger(__name__)


def announce(tx: Connection) -> None:
    """Tell the other clients, when this transaction commits."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


class Subscription:
    """A thread that calls back after changes; ``close()`` ends it."""

    def __init__(self, engine: Engine, callback: Callable[[int], None], every: float | None) -> None:
        self._engine = engine
        self._callback = callback
        self._tick = TICK_SECONDS if every is None else every
        self._stop = threading.Event()
        self._serial = 0
        self.ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="maildesk-hints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; no call back comes after this returns."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _call(self) -> None:
        if not self._stop.is_set():
            self._serial += 1
            self._callback(self._serial)

    def _run(self) -> None:
        watch = self._watch_sqlite if self._engine.dialect.name == "sqlite" else self._watch_postgresql
        while not self._stop.is_set():
            try:
                watch()
            except (exc.DBAPIError, OSError) as error:
                _log.warning("hints lost", extra={"error": type(error).__name__})
                self._call()
                self._stop.wait(1.0)

    def _watch_sqlite(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            version = raw.execute("PRAGMA data_version").fetchone()
            quiet = 0.0
            self.ready.set()
            while not self._stop.wait(POLL_SECONDS):
                quiet += POLL_SECONDS
                seen = raw.execute("PRAGMA data_version").fetchone()
                if seen != version or quiet >= self._tick:
                    version, quiet = seen, 0.0
                    self._call()

    def _watch_postgresql(self) -> None:
        raw = self._engine.raw_connection()
        try:
            connection = raw.driver_connection
            assert connection is not None
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self.ready.set()
            quiet = 0.0
            while not self._stop.is_set():
                heard = False
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    heard = True
                quiet = 0.0 if heard else quiet + POLL_SECONDS
                if heard or quiet >= self._tick:
                    quiet = 0.0
                    while select.select([connection.fileno()], [], [], 0)[0] and list(
                        connection.notifies(timeout=0)
                    ):
                        pass
                    self._call()
        finally:
            raw.invalidate()
            raw.close()


def subscribe(engine: Engine, callback: Callable[[int], None], every: float | None = None) -> Subscription:
    """Call ``callback(serial)`` from a thread after each change by anybody (coalesced), and every ``every`` seconds
    (default 10) in any case."""
    return Subscription(engine, callback, every)
