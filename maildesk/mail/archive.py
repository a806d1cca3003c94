"""Mails kept in files: a single ``.eml``, an mbox, a Maildir. One mail is in memory at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

MAX_MAIL = 268_435_456
"""A mail in an mbox that is longer than this many bytes is cut there."""

_FROM_LINE = re.compile(rb"From \S{1,400}.{0,100}\d\d:\d\d(?::\d\d)?.{0,60}\d{4}|From - |From MAILER-DAEMON")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def mails(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each mail with a name for it (the path; in an mbox with ``#number`` behind it when there are several).

    A folder is read as a Maildir (``new``, ``cur``) or as a folder of ``.eml`` files, in the order of names.

    Raises:
        OSError: something cannot be read.
    """
    if path.is_dir():
        for file in _files(path):
            yield str(file), file.read_bytes()
        return
    if not is_mbox(path):
        yield str(path), path.read_bytes()
        return
    waiting: bytes | None = None
    number = 0
    for raw in _mbox(path):
        if waiting is not None:
            number += 1
            yield f"{path}#{number}", waiting
        waiting = raw
    if waiting is not None:
        yield (f"{path}#{number + 1}" if number else str(path)), waiting


def is_mbox(path: Path) -> bool:
    """Whether a file begins like an mbox: with a ``From `` line that has a date."""
    with path.open("rb") as file:
        return _FROM_LINE.match(file.readline(1_000)) is not None


def _files(path: Path) -> Iterator[Path]:
    maildir = [path / name for name in ("new", "cur") if (path / name).is_dir()]
    for folder in maildir or [path]:
        for file in sorted(folder.iterdir()):
            if not file.is_file() or file.name.startswith("."):
                continue
            if maildir or file.suffix.lower() in (".eml", ".mbox", ".msg", ".mail", ".txt"):
                yield file


def _mbox(path: Path) -> Iterator[bytes]:
    """The mails of an mbox; ``>From `` inside them is unquoted (mboxrd)."""
    with path.open("rb") as file:
        lines: list[bytes] = []
        size = 0
        blank = True
        started = False
        while line := file.readline(65_536):
            if blank and line.startswith(b"From ") and _FROM_LINE.match(line):
                if started:
                    yield _unquoted(lines)
                lines, size, started = [], 0, True
            else:
                size += len(line)
                if size <= MAX_MAIL:
                    lines.append(line)
            blank = not line.strip(b"\r\n")
        if started:
            yield _unquoted(lines)


def _unquoted(lines: list[bytes]) -> bytes:
    if lines and not lines[-1].strip(b"\r\n"):
        lines.pop()
    return _QUOTED_FROM.sub(rb"\1", b"".join(lines))
