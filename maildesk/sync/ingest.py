"""Reading mails that are stored and giving them their places: first the bytes are safe, then all else.

A mail is read by :func:`maildesk.mail.parse.parse`, which never raises, in this process or (for many) in a child.
What kills its reader twice, and what the store cannot take, goes to quarantine: kept, visible, and out of the way.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from maildesk.domain.mailbox import Mailbox
from maildesk.errors import StoreError
from maildesk.mail.parse import parse
from maildesk.mail.values import ParsedMail
from maildesk.store import folders, intake
from maildesk.store.folders import PARSE_TRIES, Cursor, Pending
from maildesk.store.intake import Arrived, Result, TakenIn
from maildesk.sync.reader import Reader, ReaderDied

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

T = TypeVar("T")
MANY = 300
"""From so many mails on a child process reads them beside this one."""
BATCH = 500
BATCH_BYTES = 16 << 20
GIVE_UP = 5
"""So often may whoever reads a mail have ended in the middle, seen or not (the whole worker was killed, perhaps by
chance): then it is not read any more."""
_TRIES = 6
_OWN_FAULT = frozenset({"store_failed"})
"""Errors of the store that may be the fault of what was written, not of the store."""


def run(store: Store, act: Callable[[Connection], T]) -> T:
    """``act`` in a transaction of its own; again when the database had to choose a victim among those that waited for
    each other. Raises StoreError."""
    for attempt in range(1, _TRIES):
        try:
            with store.transaction() as tx:
                return act(tx)
        except StoreError as error:
            if not _is_collision(error):
                raise
            time.sleep(0.02 * attempt)
    with store.transaction() as tx:
        return act(tx)


def _is_collision(error: StoreError) -> bool:
    words = str(error.__cause__)
    return error.key == "store_busy" or "deadlock detected" in words or "could not serialize" in words


def _ready() -> Reader:
    """A child that has started: what kills it now is the mail."""
    reader = Reader()
    reader.send([])
    reader.receive()
    return reader


def unread(data: bytes) -> ParsedMail:
    """What stands for a mail that nobody may read: its hash, and that it is for quarantine."""
    return ParsedMail(defects=("unreadable", "not-read"), content_key=hashlib.sha256(data).hexdigest())


@dataclass(slots=True)
class Tally:
    """What became of mails."""

    results: Counter[Result] = field(default_factory=Counter)

    def add(self, taken: Iterable[TakenIn]) -> None:
        """Count results."""
        self.results.update(one.result for one in taken)

    @property
    def total(self) -> int:
        """How many."""
        return self.results.total()


class Intake:
    """Takes stored mails in, batch after batch, in their order. While one batch is read by a child, the caller can
    fetch the next one: :meth:`feed` returns when the batch before is in. Use as a context manager."""

    def __init__(
        self,
        store: Store,
        box: Mailbox,
        *,
        from_sent_folder: bool,
        many: bool,
        progress: Callable[[Connection, Tally], None] | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._from_sent_folder = from_sent_folder
        self._many = many
        self._progress = progress
        self._reader: Reader | None = None
        self._waiting: Sequence[Pending] = ()
        self.tally = Tally()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader:
            self._reader.close()

    def feed(self, batch: Sequence[Pending]) -> None:
        """Read ``batch`` (now or soon) and take it in. Raises StoreError."""
        if not batch:
            return
        if not self._many:
            self._take_in(batch, [parse(mail.data) for mail in batch])
            return
        before, read = self._waiting, self._received()
        self._waiting = ()
        reader = self._reader = self._reader or Reader()
        try:
            reader.send([mail.data for mail in batch])
        except ReaderDied:
            pass  # found out when it is asked for its answer
        self._waiting = batch
        self._settle(before, read)

    def finish(self) -> Tally:
        """Take in what is still being read."""
        before, read = self._waiting, self._received()
        self._waiting = ()
        self._settle(before, read)
        return self.tally

    def _received(self) -> list[ParsedMail] | None:
        """The batch that waits, read. None: its reader died of it."""
        if not self._waiting or self._reader is None:
            return []
        try:
            return self._reader.receive()
        except ReaderDied:
            self._reader.close()
            self._reader = None
            return None

    def _settle(self, batch: Sequence[Pending], read: list[ParsedMail] | None) -> None:
        if read is None:
            self.feed_carefully(batch)
        elif batch:
            self._take_in(batch, read)

    def feed_carefully(self, batch: Sequence[Pending]) -> None:
        """Mails whose reader died: one at a time, in a child of their own, so that it is known whose fault it is."""
        reader: Reader | None = None
        try:
            for mail in batch:
                read: ParsedMail | None = None
                tries, deaths = mail.attempts, 0
                while read is None and deaths < PARSE_TRIES and tries < GIVE_UP:
                    reader = reader or _ready()
                    run(self._store, lambda tx, raw_id=mail.raw_id: folders.count_attempt(tx, [raw_id]))  # type: ignore[misc]
                    tries += 1
                    try:
                        reader.send([mail.data])
                        read = reader.receive()[0]
                    except ReaderDied:
                        deaths += 1
                        reader.close()
                        reader = None
                self._take_in([mail], [read or unread(mail.data)])
        finally:
            if reader:
                reader.close()

    def _take_in(self, batch: Sequence[Pending], read: Sequence[ParsedMail]) -> None:
        arrived = [
            Arrived(mail.raw_id, mail.location_id, mail.received_at, parsed, self._from_sent_folder)
            for mail, parsed in zip(batch, read, strict=True)
        ]
        try:
            self._write(arrived)
        except StoreError as error:
            if error.key not in _OWN_FAULT:
                raise
            self._one_by_one(batch, arrived)
        except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError):
            self._one_by_one(batch, arrived)

    def _one_by_one(self, batch: Sequence[Pending], arrived: Sequence[Arrived]) -> None:
        """Some mail of the batch cannot be written as it was read: find it, and keep it unread."""
        for mail, one in zip(batch, arrived, strict=True):
            try:
                self._write([one])
            except (StoreError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError):
                self._write(
                    [
                        Arrived(
                            one.raw_id,
                            one.location_id,
                            one.received_at,
                            unread(mail.data),
                            self._from_sent_folder,
                        )
                    ]
                )

    def _write(self, arrived: Sequence[Arrived]) -> None:
        taken: list[TakenIn] = []

        def act(tx: Connection) -> None:
            waiting = folders.lock_pending(
                tx, self._box.id, [a.location_id for a in arrived if a.location_id]
            )
            taken[:] = intake.take_in(tx, self._box, [a for a in arrived if a.location_id in waiting])
            if self._progress:
                so_far = Tally(Counter(self.tally.results))
                so_far.add(taken)
                self._progress(tx, so_far)

        run(self._store, act)
        self.tally.add(taken)


def read_pending(store: Store, box: Mailbox, cursor: Cursor) -> Tally:
    """Take in the mails of a folder that were stored and not read, because whoever stored them was killed.

    Only for who has the mailbox's seat: for anybody else they may be just being read.
    """
    tally = Tally()
    while True:
        with store.reading() as tx:
            batch = folders.pending(tx, cursor.folder_id, BATCH, BATCH_BYTES)
        if not batch:
            return tally
        with Intake(store, box, from_sent_folder=cursor.role == "sent", many=False) as taking:
            taking.feed([mail for mail in batch if mail.attempts == 0])
            taking.feed_carefully([mail for mail in batch if mail.attempts])
            tally.results += taking.tally.results


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a mail from a file. ``conversation`` is its number, ``message`` its id in the store."""

    path: str
    result: Result
    conversation: int | None
    message: int | None

    def json(self) -> dict[str, object]:
        """As ``maildesk import --json`` prints it."""
        return {
            "path": self.path,
            "result": self.result.value,
            "conversation": self.conversation,
            "message": self.message,
        }


def import_mails(store: Store, box: Mailbox, raws: Iterable[tuple[str, bytes]]) -> Iterator[Imported]:
    """Take mails from files into ``box`` by the same intake as those from IMAP, yielding what became of each.

    ``raws`` are (path, bytes), as :func:`maildesk.mail.archive.mails` gives them. A copy of what is there already is a
    duplicate, however often it is imported. Raises StoreError; what was yielded is stored by then.
    """
    mails = iter(raws)
    while batch := _batch(mails):
        read = [parse(raw) for _, raw in batch]
        try:
            yield from _import(store, box, batch, read)
        except StoreError as error:
            if error.key not in _OWN_FAULT or len(batch) == 1:
                raise
            for one, parsed in zip(batch, read, strict=True):
                yield from _import_one(store, box, one, parsed)


def _batch(mails: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for one in islice(mails, BATCH):
        batch.append(one)
        size += len(one[1])
        if size > BATCH_BYTES:
            break
    return batch


def _import(
    store: Store, box: Mailbox, batch: Sequence[tuple[str, bytes]], read: Sequence[ParsedMail]
) -> list[Imported]:
    now = store.now()

    def act(tx: Connection) -> list[TakenIn]:
        folders.lock_mailbox(tx, box.id)
        arrived = [
            Arrived(folders.add_raw(tx, raw), None, _when(parsed, now), parsed)
            for (_, raw), parsed in zip(batch, read, strict=True)
        ]
        taken = intake.take_in(tx, box, arrived)
        folders.drop_raw(tx, [one.raw_id for one in taken if one.result is Result.DUPLICATE])
        return taken

    return [
        Imported(path, one.result, one.conversation_id, one.message_id)
        for (path, _), one in zip(batch, run(store, act), strict=True)
    ]


def _import_one(store: Store, box: Mailbox, one: tuple[str, bytes], parsed: ParsedMail) -> list[Imported]:
    try:
        return _import(store, box, [one], [parsed])
    except StoreError as error:
        if error.key not in _OWN_FAULT:
            raise
        return _import(store, box, [one], [unread(one[1])])


def _when(parsed: ParsedMail, now: datetime) -> datetime:
    """When an imported mail was received: what it says itself, but never in the future."""
    return min(parsed.date, now) if parsed.date else now
