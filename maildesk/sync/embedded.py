"""A worker of the app's own, where nobody else is one: a child process, so that reading mail never makes a key wait.

It ends with the app, however the app ends: asked to by SIGTERM, or by the end of its standard input when the app is
killed. When another worker leaves, this one steps in within :data:`LOOK_EVERY` seconds.
"""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from maildesk.errors import StoreError

if TYPE_CHECKING:
    from maildesk.store.engine import Store

LOOK_EVERY = 20.0
"""Seconds between two looks whether somebody syncs."""
GRACE = 3.0
"""Seconds that a worker gets to finish the message in hand when the app ends; then it is left to finish alone."""

log = logging.getLogger("maildesk.sync")


class EmbeddedWorker:
    """Starts ``command`` with ``environ`` when a mailbox has no worker. ``open_store`` gives a store of its own."""

    def __init__(
        self, open_store: Callable[[], Store], command: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        self._open_store = open_store
        self.command = tuple(command)
        self._environ = dict(environ)
        self._ending = threading.Event()
        self.looked = threading.Event()
        """Set after the first look whether somebody syncs."""
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to look after it, in a thread. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._look_after, name="maildesk-worker", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the worker, and do not start another."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(GRACE)
        if (process := self._process) is not None:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                log.warning("the worker is still busy", extra={"pid": process.pid})

    @property
    def pid(self) -> int | None:
        """The worker's process, None before there was one."""
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        """Whether a worker of ours runs now."""
        return self._process is not None and self._process.poll() is None

    def _look_after(self) -> None:
        store: Store | None = None
        try:
            while not self._ending.is_set():
                try:
                    if store is None:
                        from maildesk.sync import indexing  # not before the app's first frame

                        store = self._open_store()
                        indexing.start(store, self._ending)
                    if not self.running and needed(store):
                        self._launch()
                except (StoreError, OSError) as error:
                    log.warning("no worker", extra={"error": type(error).__name__})
                self.looked.set()
                self._ending.wait(LOOK_EVERY)
        finally:
            if store is not None:
                store.close()

    def _launch(self) -> None:
        self._process = subprocess.Popen(
            self.command,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        log.info("a worker was started", extra={"pid": self._process.pid})


def needed(store: Store) -> bool:
    """Whether there is a mailbox that could be synced and that nobody syncs, and whether we may (on PostgreSQL an
    agent does not see where the passwords are)."""
    from maildesk.store import grants, mailboxes, schema, seats  # not before the app's first frame

    with store.reading() as tx:
        schema.check_client(tx)
        synced = [box for box in mailboxes.all_mailboxes(tx) if box.imap or box.smtp]
        return bool(synced) and seats.occupied(tx) < len(synced) and grants.may_work(tx)
