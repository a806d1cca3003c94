"""The high-water mark: what this worker knows to have been committed, in a file of its own.

A database that fails over to a replica which had not yet got everything, a snapshot or a copy put back: the store is
then *behind*, and a reply that has left may be queued in it again. So the worker keeps, outside of the store, the
store's epoch and the latest events it saw committed: number and time, together a fingerprint, for numbers are used
again. Events are never deleted, so an event that is missing proves that the store went back in time. Before each final
dot the mark of that very mail is in the file, and the fingerprints were looked for in the transaction that wrote it.

A store that is behind holds all sending (:func:`maildesk.store.schema.hold`) until ``maildesk outbox reconcile``. So
does one that shows an epoch which the file knows to be over. A missing or foreign file proves nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.errors import StoreError
from maildesk.store import copying, events, outbox, schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

KEPT = 32
"""So many of the latest events are kept: threads and workers of one machine share a file and write in any order."""
EPOCHS = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known: the store's epochs, the present one last, and the latest events of the present one, number to
    time in seconds."""

    epochs: tuple[str, ...] = ()
    events: dict[int, float] = field(default_factory=dict)


def file_for(folder: Path, store: Store) -> Path:
    """The file for a store: its name tells nothing of where the store is."""
    url = store.engine.url
    place = (
        str(Path(str(url.database)).resolve())
        if store.is_sqlite
        else f"{url.host} {url.port or 5432} {url.query} {url.database}"
    )
    return folder / f"high-water-{hashlib.sha256(place.encode()).hexdigest()[:16]}.json"


class HighWater:
    """The marks of one worker about one store. Thread-safe, and shared with other workers by the file."""

    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self.file = file
        self._lock = threading.Lock()

    def check(self) -> bool:
        """Compare store and file: at each round and before each pick. Whether the store is in order; if not, all
        sending is held from now on. Raises StoreError."""

        def act(tx: Connection) -> tuple[bool, Marks]:
            known = self._read()
            if missing := self._missing(tx, known):
                schema.hold(tx, "rolled-back", missing=missing)
            return not missing, _seen(tx, known)

        with self._store.reading() as tx:
            known = self._read()
            behind, seen = self._missing(tx, known), _seen(tx, known)
        if not behind:
            self._keep(seen)
            return True
        intact, seen = self._store.run(act)
        if not intact:
            _log.critical("the store went back in time: all sending is held", extra={"missing": behind})
        self._keep(seen)
        return intact

    def mark_committing(self, outbox_id: int, attempt: int, message_id: str) -> bool:
        """Write the point of no return of an attempt at the mail of this id, into the store and then into the file.
        False: no dot may be written. Raises StoreError."""

        def act(tx: Connection) -> Marks | None:
            known = self._read()
            if self._missing(tx, known):
                return None
            if not outbox.mark_committing(tx, outbox_id, attempt, message_id):
                return None
            return _with(known, schema.epoch(tx), events.latest_mark(tx, outbox_id))

        marks = self._store.run(act)
        if marks is None:
            self.check()
            return False
        self._keep(marks)
        return True

    def _missing(self, tx: Connection, known: Marks) -> str:
        """What the store should have and has not, '' when nothing is missing."""
        now = schema.epoch(tx)
        if now in known.epochs[:-1]:
            return f"epoch {known.epochs[-1]}"
        if not known.epochs or now != known.epochs[-1]:
            return ""
        there = events.marks(tx, known.events)
        lost = sorted(number for number, at in known.events.items() if there.get(number) != at)
        return f"event {lost[0]}" if lost else ""

    # ---- the file

    def _read(self) -> Marks:
        try:
            found = json.loads(self.file.read_text("utf-8"))
            return Marks(tuple(found["epochs"]), {int(n): float(at) for n, at in found["events"].items()})
        except FileNotFoundError:
            return Marks()
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            _log.warning("the high-water file is unreadable", extra={"error": type(error).__name__})
            return Marks()

    def _keep(self, seen: Marks) -> None:
        """Add what was seen to what the file says, on the disk when this returns. Raises StoreError."""
        try:
            with self._lock, self._alone():
                known = self._read()
                merged = _with(known, seen.epochs[-1], seen.events)
                if merged == known:
                    return
                with copying.appearing(self.file) as temporary:
                    told = {
                        "epochs": merged.epochs,
                        "events": {str(n): at for n, at in merged.events.items()},
                    }
                    temporary.write_text(json.dumps(told) + "\n", "utf-8")
        except OSError as error:
            raise StoreError("highwater_unwritable", file=self.file, reason=error.strerror) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other worker of this machine writes the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _seen(tx: Connection, known: Marks) -> Marks:
    """What the store shows now: its epoch, and its latest event."""
    return _with(known, schema.epoch(tx), events.latest_mark(tx))


def _with(known: Marks, epoch: str, events: dict[int, float]) -> Marks:
    """The marks with a further sight of the store. A new epoch begins with what is seen in it."""
    if known.epochs and epoch == known.epochs[-1]:
        kept = sorted((known.events | events).items())[-KEPT:]
        return replace(known, events=dict(kept))
    if epoch in known.epochs:
        return known
    return Marks((*known.epochs, epoch)[-EPOCHS:], dict(sorted(events.items())[-KEPT:]))
