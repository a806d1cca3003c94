"""Reading the text in the files of mails, for search: in a child process of limited means, beside everything else.

A file may be made to cost its reader all it has. Nothing waits for it: the mail came in long before, and a file on
which the child ends simply has no text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.mail.attachment_text import Wanted, may_have_text, texts
from maildesk.mail.mapped import Content
from maildesk.store import file_words, messages, quarantine
from maildesk.store.file_words import Job
from maildesk.sync.ingest import source_of
from maildesk.sync.reader import Child, ReaderDied, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from maildesk.store.engine import Store

BATCH = 10
"""Mails that are taken at once."""
_COMMAND = "from maildesk.sync.file_reader import main; main()"


def catch_up(
    store: Store, going: Callable[[], bool], rest: Callable[[float], object], spool: Path | None = None
) -> int:
    """Read what waits, while ``going()``: a mail, then as long a rest (``rest(seconds)``). Returns how many mails were
    read. Raises StoreError."""
    import time

    child: Child[dict[int, str]] | None = None
    done = 0
    try:
        while going() and _is_waiting(store):
            jobs = store.run(lambda tx: file_words.take(tx, BATCH))
            for job in jobs:
                if not going():
                    break
                began = time.monotonic()
                wanted = _wanted(job)
                found: dict[int, str] | None = {}
                if wanted and job.tries <= file_words.TRIES:
                    if child is None or not child.usable:
                        child = _renewed(child)
                    found = _read(store, child, job, wanted, spool)
                if found is not None:
                    done += store.run(lambda tx, job=job, found=found: file_words.put(tx, job, found))  # type: ignore[misc]
                rest(time.monotonic() - began)
    finally:
        if child is not None:
            child.close()
    return done


def _is_waiting(store: Store) -> bool:
    with store.reading() as tx:
        return file_words.is_waiting(tx)


def _renewed(child: Child[dict[int, str]] | None) -> Child[dict[int, str]]:
    if child is not None:
        child.close()
    return Child(_COMMAND)


def _wanted(job: Job) -> list[Wanted]:
    return [
        Wanted(file.index, file.name, file.content_type)
        for file in job.files
        if may_have_text(file.content_type, file.size)
    ]


def _read(
    store: Store, child: Child[dict[int, str]], job: Job, wanted: list[Wanted], spool: Path | None
) -> dict[int, str] | None:
    """The texts, by the indexes of the files; None: the child ended, whoever's fault it was."""
    how = json.dumps(wanted)
    try:
        if job.raw_id is None:
            with store.reading() as tx:
                built = messages.source(tx, job.message_id)
                data = b"".join(built or ())
            child.send([data], how)
            return child.receive()[0]
        with store.reading() as tx:
            whole = quarantine.source(tx, job.raw_id)
        with source_of(store, whole, spool) as source:
            child.send([source], how)
            return child.receive()[0]
    except ReaderDied:
        return None


def _texts(raw: Content, how: str) -> dict[int, str]:
    return texts(raw, [Wanted(*one) for one in json.loads(how)])


def main() -> None:
    """The child."""
    serve(_texts)
