"""Reading mails that are stored and giving them their places: first the bytes are safe, then all else.

A mail is read by :func:`maildesk.mail.parse.parse`, which never raises, in a child process of limited means. What
kills or stalls its reader twice, and what the store cannot take, goes to quarantine: kept, visible, and out of the
way; a person can have it read again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from maildesk.domain.mailbox import Mailbox
from maildesk.errors import StoreError
from maildesk.mail.values import ParsedMail
from maildesk.store import folders, intake, quarantine
from maildesk.store.folders import PARSE_TRIES, Cursor, Pending
from maildesk.store.intake import Arrived, Result, TakenIn
from maildesk.sync.reader import Reader, ReaderDied, Source, give_back, lend

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

T = TypeVar("T")
_log = logging.getLogger(__name__)
BATCH = 500
BATCH_BYTES = 16 << 20
GIVE_UP = 5
"""So often may whoever reads a mail have ended in the middle, seen or not (the whole worker was killed, perhaps by
chance): then it is not read any more."""
_OWN_FAULT = frozenset({"store_failed"})
"""Errors of the store that may be the fault of what was written, not of the store."""


def _ready() -> Reader:
    """A child that has started: what kills it now is the mail."""
    reader = lend()
    try:
        reader.send([])
        reader.receive()
    except ReaderDied:
        reader.close()
        raise
    return reader


def unread(source: Source) -> ParsedMail:
    """What stands for a mail that nobody may read: its hash, and that it is for quarantine."""
    if isinstance(source, Path):
        with open(source, "rb") as file:
            key = hashlib.file_digest(file, "sha256").hexdigest()
    else:
        key = hashlib.sha256(source).hexdigest()
    return ParsedMail(defects=("unreadable", "not-read"), content_key=key)


@contextmanager
def source_of(store: Store, mail: Pending, spool: Path | None) -> Iterator[Source]:
    """The bytes of a stored mail, or a file with them (in ``spool``, for us alone) when they are too many. Where no
    file can be written they are in memory: a full disk must not stop the mails behind this one."""
    if not mail.in_parts:
        yield mail.data
        return
    try:
        file = _spooled(store, mail, spool)
    except OSError as error:
        _log.warning("no room for a large mail", extra={"error": type(error).__name__})
        with store.reading() as tx:
            whole = b"".join(folders.parts(tx, mail.raw_id))
        yield whole
        return
    try:
        yield file
    finally:
        file.unlink()


def _spooled(store: Store, mail: Pending, spool: Path | None) -> Path:
    handle, name = tempfile.mkstemp(prefix="mail-", dir=spool)
    try:
        with os.fdopen(handle, "wb") as file, store.reading() as tx:
            for piece in folders.parts(tx, mail.raw_id):
                file.write(piece)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


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
        spool: Path | None = None,
        progress: Callable[[Connection, Tally], None] | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._from_sent_folder = from_sent_folder
        self._spool = spool
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
            give_back(self._reader)
            self._reader = None

    def feed(self, batch: Sequence[Pending]) -> None:
        """Read ``batch`` (now or soon) and take it in. Raises StoreError."""
        whole = [mail for mail in batch if not mail.in_parts]
        if whole:
            before, read = self._waiting, self._received()
            self._waiting = ()
            reader = self._reader = self._reader or lend()
            try:
                reader.send([mail.data for mail in whole])
            except ReaderDied:
                pass  # found out when it is asked for its answer
            self._waiting = whole
            self._settle(before, read)
        if len(whole) < len(batch):
            self.finish()
            self.feed_carefully([mail for mail in batch if mail.in_parts])

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
        """Mails whose reader died, and large ones: one at a time, so that it is known whose fault it is."""
        for mail in batch:
            with source_of(self._store, mail, self._spool) as source:
                read = read_carefully(self._store, mail.raw_id, mail.attempts, source)
            self._take_in([mail], [read])

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
                continue
            except StoreError as error:
                if error.key not in _OWN_FAULT:
                    raise
            except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError):
                pass
            with source_of(self._store, mail, self._spool) as source:
                kept = unread(source)
            self._write([replace(one, parsed=kept)])

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

        self._store.run(act)
        self.tally.add(taken)


def read_carefully(store: Store, raw_id: int, attempts: int, source: Source) -> ParsedMail:
    """Read a mail by itself; unreadable when its reader died of it twice, or whoever read it ended too often."""
    deaths = 0
    while deaths < PARSE_TRIES and attempts < GIVE_UP:
        store.run(lambda tx: folders.count_attempt(tx, [raw_id]))
        attempts += 1
        reader = _ready()
        try:
            reader.send([source])
            return reader.receive()[0]
        except ReaderDied:
            deaths += 1
        finally:
            give_back(reader)
    return unread(source)


def read_pending(store: Store, box: Mailbox, cursor: Cursor, spool: Path | None = None) -> Tally:
    """Take in the mails of a folder that were stored and not read, because whoever stored them was killed.

    Only for who has the mailbox's seat: for anybody else they may be just being read.
    """
    tally = Tally()
    while True:
        with store.reading() as tx:
            batch = folders.pending(tx, cursor.folder_id, BATCH, BATCH_BYTES)
        if not batch:
            return tally
        with Intake(store, box, from_sent_folder=cursor.role == "sent", spool=spool) as taking:
            taking.feed([mail for mail in batch if mail.attempts == 0])
            taking.finish()
            taking.feed_carefully([mail for mail in batch if mail.attempts])
            tally.results += taking.tally.results


def read_again(store: Store, box: Mailbox, spool: Path | None = None) -> int:
    """Read the mails in quarantine that somebody asked to have read again. Returns how many are readable now."""
    readable = 0
    with store.reading() as tx:
        asked = quarantine.asked(tx, box.id)
    for mail in asked:
        with store.reading() as tx:
            whole = quarantine.source(tx, mail.raw_id)
        with source_of(store, whole, spool) as source:
            read = read_carefully(store, mail.raw_id, 0, source)
        if read.readable:
            store.run(lambda tx, mail=mail, read=read: quarantine.release(tx, box, mail.message_id, read))  # type: ignore[misc]
            readable += 1
    return readable


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
        read = _read_all([raw for _, raw in batch])
        try:
            yield from _import(store, box, batch, read)
        except StoreError as error:
            if error.key not in _OWN_FAULT or len(batch) == 1:
                raise
            for one, parsed in zip(batch, read, strict=True):
                yield from _import_one(store, box, one, parsed)


def _read_all(raws: Sequence[bytes]) -> list[ParsedMail]:
    """Read mails in a child; those on which it dies, one at a time, and at last not at all."""
    reader = lend()
    try:
        reader.send(raws)
        return reader.receive()
    except ReaderDied:
        return [unread(raws[0])] if len(raws) == 1 else [_read_all([raw])[0] for raw in raws]
    finally:
        give_back(reader)


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
        for (path, _), one in zip(batch, store.run(act), strict=True)
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
