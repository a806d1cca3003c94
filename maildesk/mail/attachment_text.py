"""The text of attachments as search knows it: what a preview would show, so many files, bytes and characters of it.

Meant for a process of limited means (:mod:`maildesk.sync.file_reader`): a file may be made to cost its reader all it
has. What cannot be read has no text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from maildesk.errors import MaildeskError
from maildesk.mail import charset
from maildesk.mail.attachment import Files
from maildesk.mail.mapped import Content
from maildesk.mail.preview import DOCUMENT_PARTS, Preview, preview

MOST_BYTES = 8 << 20
"""A larger file is not read."""
MOST_FILES = 20
"""Files of a mail that are read."""
MOST_IN_FILE, MOST_IN_MAIL = 50_000, 200_000
"""Characters that are kept of a file, and of a mail's files together."""
SECONDS = 30.0
"""After so long no further file of a mail is begun."""

_NO_TEXT = ("image/", "audio/", "video/", "font/")


class Wanted(NamedTuple):
    """A file of a mail that is to be read."""

    file: int
    name: str
    content_type: str


def may_have_text(content_type: str, size: int) -> bool:
    """Whether a file is worth reading, before its bytes are known."""
    return 0 < size <= MOST_BYTES and not content_type.lower().startswith(_NO_TEXT)


def texts(raw: Content, wanted: Sequence[Wanted]) -> dict[int, str]:
    """The text in files of a mail, by their indexes; those without any are left out."""
    until = time.monotonic() + SECONDS
    files = Files(raw)
    found: dict[int, str] = {}
    left = MOST_IN_MAIL
    for one in wanted[:MOST_FILES]:
        if left <= 0 or time.monotonic() > until:
            break
        try:
            words = _words(preview(one.name, one.content_type, _first(files, one.file)))
        except (MaildeskError, MemoryError, RecursionError):
            continue
        words = charset.clean(words[: min(MOST_IN_FILE, left)]).strip()
        if words:
            found[one.file] = words
            left -= len(words)
    return found


def _first(files: Files, index: int) -> bytes:
    """The bytes of a file; none of one that is larger than it said."""
    pieces: list[bytes] = []
    size = 0
    for piece in files.chunks(index):
        size += len(piece)
        if size > MOST_BYTES:
            return b""
        pieces.append(piece)
    return b"".join(pieces)


def _words(seen: Preview) -> str:
    if seen.kind == "table":
        return "\n".join(" ".join(row) for row in seen.rows)
    if seen.kind == "archive":
        names = [entry.name for entry in seen.entries]
        return "" if seen.bomb or any(name in DOCUMENT_PARTS for name in names) else "\n".join(names)
    return seen.text
