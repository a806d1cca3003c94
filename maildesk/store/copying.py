"""Copying a SQLite store while others write into it.

A file copy of a database in use is torn, and one without its WAL is old. The online backup API reads one snapshot: in
WAL mode a single step of it stops no writer and is not disturbed by one (SQLite documentation, "Online Backup API").
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

BUSY_SECONDS = 30.0


@contextlib.contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target`` to write to (mode 0600): afterwards it is on the disk and has the name
    ``target``, at once and whole; after an exception it is gone. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, target)
        sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_snapshot(source: Path, target: Path) -> None:
    """Copy the SQLite database ``source`` as it is now to ``target``, which is overwritten: one file, without a WAL.

    Raises sqlite3.Error, OSError.
    """
    with (
        contextlib.closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as live,
        contextlib.closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").close()


def copy_beside(source: Path, target: Path) -> None:
    """A snapshot under a name of its own, whole or not there at all. Raises sqlite3.Error, OSError."""
    with appearing(target) as temporary:
        copy_snapshot(source, temporary)
