"""Reading mails again in the charset that somebody chose for them."""

from __future__ import annotations

from pathlib import Path

from maildesk.domain.mailbox import Mailbox
from maildesk.mail.values import ParsedMail
from maildesk.store import quarantine, repairs
from maildesk.store.engine import Store
from maildesk.sync.ingest import source_of
from maildesk.sync.reader import ReaderDied, Source, give_back, lend


def repair(store: Store, box: Mailbox, spool: Path | None = None) -> int:
    """Read the mails of a mailbox again for which somebody asked. Returns how many were.

    One on which its reader dies stays as it is. Raises StoreError.
    """
    done = 0
    while True:
        with store.reading() as tx:
            jobs = repairs.asked(tx, box.id)
        if not jobs:
            return done
        for job in jobs:
            with store.reading() as tx:
                whole = quarantine.source(tx, job.raw_id)
            with source_of(store, whole, spool) as source:
                read = _read(source, job.charset)
            if read is None or not read.readable:
                store.run(lambda tx, job=job: repairs.finish(tx, job))  # type: ignore[misc]
            elif store.run(lambda tx, job=job, read=read: repairs.apply(tx, job, read)):  # type: ignore[misc]
                done += 1


def _read(source: Source, charset: str) -> ParsedMail | None:
    reader = lend()
    try:
        reader.send([source], charset)
        return reader.receive()[0]
    except ReaderDied:
        return None
    finally:
        give_back(reader)
