"""A mail in a file, looked at as if it were bytes, a few pages at a time: for what is too large for memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

WINDOW = 8 << 20
"""Bytes of the file that may be in memory at once."""


class MappedMail(mmap.mmap):
    """The bytes of a file, as far as reading a mail needs them. Pages that were looked at are given back to the
    system, so that a mail of any length needs :data:`WINDOW` bytes and its largest text part."""

    _seen = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, bytes):
            self._forget(len(found))
        return found

    def find(self, sub: Any, start: int | None = 0, end: int | None = None) -> int:
        """The lowest position of ``sub`` in ``[start, end)``, -1 without one."""
        position, end = start or 0, len(self) if end is None else min(end, len(self))
        while position < end:
            stop = min(end, position + WINDOW + len(sub))
            if (found := super().find(sub, position, stop)) >= 0:
                self._forget(found - position)
                return found
            self._forget(stop - position)
            position += WINDOW
        return -1

    def startswith(self, prefix: bytes | tuple[bytes, ...], start: int = 0) -> bool:
        """As ``bytes`` have it."""
        wanted = prefix if isinstance(prefix, tuple) else (prefix,)
        return any(super(MappedMail, self).__getitem__(slice(start, start + len(p))) == p for p in wanted)

    def _forget(self, size: int) -> None:
        self._seen += size
        if self._seen > WINDOW:
            self._seen = 0
            if hasattr(mmap, "MADV_DONTNEED"):
                self.madvise(mmap.MADV_DONTNEED)


Content: TypeAlias = "bytes | MappedMail"
"""A mail, in memory or in a file."""


@contextmanager
def mapped(path: Path) -> Iterator[MappedMail]:
    """The mail in ``path``, which is not empty. Raises OSError, ValueError."""
    with open(path, "rb") as file, mapped_file(file.fileno()) as data:
        yield data


@contextmanager
def mapped_file(descriptor: int) -> Iterator[MappedMail]:
    """The mail in an open file, which is not empty. Raises OSError, ValueError."""
    data = MappedMail(descriptor, 0, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        try:
            data.close()
        except BufferError:  # something still looks into it; the system closes it when that is gone
            pass


def pieces(data: Content, size: int = 1 << 20) -> Iterator[bytes]:
    """All of it, in order, ``size`` bytes at a time."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
