"""Attachments: their bytes, a name that fools no disk and no eye, and saving without overwriting."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from maildesk.errors import MaildeskError, NotFound, system_words
from maildesk.mail import tnef
from maildesk.mail.findings import Findings
from maildesk.mail.layout import Reader
from maildesk.mail.mapped import Content
from maildesk.mail.structure import read

MAX_NAME = 120
"""The longest file name, in bytes of UTF-8."""

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*;`$&!\'\\]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_TRIES = 1_000


def content(raw: Content, index: int) -> bytes:
    """The decoded bytes of an attachment of a mail, by its :attr:`AttachmentInfo.index`.

    Raises:
        NotFound: the mail has no attachment with that number.
    """
    return b"".join(chunks(raw, index))


def chunks(raw: Content, index: int) -> Iterator[bytes]:
    """The same in pieces of about a megabyte. Raises NotFound."""
    return Files(raw).chunks(index)


class Files:
    """The attachments of a mail, which is looked through once."""

    def __init__(self, raw: Content) -> None:
        self._structure = read(raw)
        self._numbers = Reader(self._structure, Findings()).layout().attachments

    def chunks(self, index: int) -> Iterator[bytes]:
        """The bytes of one, in pieces. Raises NotFound."""
        structure, numbers = self._structure, self._numbers
        if 0 <= index < len(numbers):
            return structure.chunks(structure.parts[numbers[index]])
        inside = tnef.packed(structure, numbers).files
        if not 0 <= index - len(numbers) < len(inside):
            raise NotFound("attachment_gone", index=index + 1)
        return iter((inside[index - len(numbers)].data,))


def safe_name(name: str, fallback: str = "attachment") -> str:
    """A file name for saving: NFKC, one component, visible characters only, no leading dot, no device name.

    At most MAX_NAME bytes; the extension survives a cut.
    """
    name = _UNSAFE.sub("", unicodedata.normalize("NFKC", _UNSAFE.sub("", name)))
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = _FORBIDDEN.sub("_", name)
    name = " ".join(name.split()).lstrip(". ~-").rstrip(". ")
    if not name:
        name = fallback
    if _DEVICE.fullmatch(name.partition(".")[0].strip()):
        name = f"_{name}"
    return _cut(name, MAX_NAME)


def save(directory: Path, name: str, data: bytes | Iterable[bytes]) -> Path:
    """Write an attachment as a new file into a folder that exists, and say where.

    The name is made safe first; a name that is taken gets a number. Nothing is ever overwritten and no
    symbolic link is followed.

    Raises:
        MaildeskError: the folder cannot be written, or the disk is full; no half file is left behind.
    """
    wanted = safe_name(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    for number in range(_TRIES):
        path = directory / (wanted if number == 0 else _numbered(wanted, number + 1))
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise MaildeskError("attachment_save", name=wanted, reason=system_words(error)) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in (data,) if isinstance(data, bytes) else data:
                    file.write(piece)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise MaildeskError("attachment_save", name=wanted, reason=system_words(error)) from error
        return path
    raise MaildeskError(
        "attachment_save", name=wanted, reason=system_words(FileExistsError(errno.EEXIST, ""))
    )


def _numbered(name: str, number: int) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    suffix = f" ({number}){dot}{extension}"
    return _cut_bytes(stem, MAX_NAME - len(suffix.encode("utf-8"))) + suffix


def _cut(name: str, limit: int) -> str:
    if len(name.encode("utf-8")) <= limit:
        return name
    match = _EXTENSION.search(name)
    extension = match.group() if match else ""
    return _cut_bytes(name[: len(name) - len(extension)], limit - len(extension)).rstrip(". ") + extension


def _cut_bytes(text: str, limit: int) -> str:
    return text.encode("utf-8")[: max(limit, 1)].decode("utf-8", "ignore")
