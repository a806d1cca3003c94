"""The files in a ``winmail.dat``: what Outlook makes of a mail with attachments when it believes to write to Outlook
(MS-OXTNEF). Read in one pass, with no recursion and nothing unpacked: what comes out is never larger than what came in.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from maildesk.mail.charset import decode
from maildesk.mail.layout import disposition_of
from maildesk.mail.structure import Structure

MAX_BYTES = 32 << 20
"""A larger one is kept and listed, and not looked into."""
MAX_FILES = 200
_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURE = 0x223E9F78
_CODE_PAGE, _BEGIN, _TITLE, _DATA, _PROPERTIES = 0x69007, 0x69002, 0x18010, 0x6800F, 0x69005
_NAME, _SHORT_NAME, _MIME, _CONTENT = 0x3707, 0x3704, 0x370E, 0x3701
_SIZES = {0x1: 0, 0x2: 4, 0x3: 4, 0x4: 4, 0xA: 4, 0xB: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value, by its MAPI type (MS-OXCDATA 2.11.1), padded to four."""
_STRING, _WIDE, _OBJECT, _BINARY, _MULTIPLE = 0x1E, 0x1F, 0xD, 0x102, 0x1000
_INTERFACE = 16
"""Bytes before what an object holds: which kind of object it is."""


class TnefFile(NamedTuple):
    """One file. ``name`` is what the sender wrote, '' where there is none; ``content_type`` is '' where it is not
    said."""

    name: str
    content_type: str
    data: bytes


class Tnef(NamedTuple):
    """What was found; ``whole``: nothing was cut off or malformed."""

    files: tuple[TnefFile, ...]
    whole: bool


@dataclass(slots=True)
class _Draft:
    title: bytes = b""
    data: bytes | None = None
    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)


def packed(structure: Structure, attachments: Sequence[int]) -> Tnef:
    """The files inside those of a mail's attachments that say, by their type or their name, that they are a
    ``winmail.dat``."""
    files: list[TnefFile] = []
    whole = True
    for part in (structure.parts[number] for number in attachments):
        name = disposition_of(part)[1] or part.parameters.get("name", "")
        if part.content_type in _TYPES or name.strip().lower() == "winmail.dat":
            found = read(structure.content(part, MAX_BYTES + 1))
            files += found.files[: MAX_FILES - len(files)]
            whole = whole and found.whole
    return Tnef(tuple(files), whole)


def read(data: bytes) -> Tnef:
    """The files of a ``winmail.dat``, in order. Never raises; of a broken one those before the break."""
    if len(data) > MAX_BYTES or len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return Tnef((), False)
    drafts: list[_Draft] = []
    page = 0
    whole = True
    try:
        for tag, value in _attributes(data):
            if tag == _CODE_PAGE:
                page = struct.unpack_from("<I", value)[0]
            elif tag == _BEGIN:
                if len(drafts) >= MAX_FILES:
                    whole = False
                    break
                drafts.append(_Draft())
            elif drafts and tag == _TITLE:
                drafts[-1].title = value
            elif drafts and tag == _DATA:
                drafts[-1].data = value
            elif drafts and tag == _PROPERTIES:
                whole = _properties(value, drafts[-1].values) and whole
    except (struct.error, _Cut):
        whole = False
    return Tnef(tuple(file for draft in drafts if (file := _file(draft, page)) is not None), whole)


class _Cut(Exception):
    """The bytes end in the middle, or make no sense."""


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 9 <= len(data):
        level, tag, length = struct.unpack_from("<BII", data, position)
        start = position + 9
        if level not in (1, 2) or start + length > len(data):
            raise _Cut
        yield tag, data[start : start + length]
        position = start + length + 2  # after a checksum


def _properties(data: bytes, found: dict[int, tuple[int, bytes]]) -> bool:
    """Put the first value of each property, with its type, into ``found``. False: they are cut off."""
    try:
        for number, kind, value in _values(_taker(data)):
            found.setdefault(number, (kind, value))
    except _Cut:
        return False
    return True


def _values(take: Callable[[int], bytes]) -> Iterator[tuple[int, int, bytes]]:
    for _ in range(_number(take)):
        kind, number = struct.unpack("<HH", take(4))
        if number >= 0x8000:  # named, by a number or by a word
            take(16)
            if _number(take):
                _padded(take)
            else:
                take(4)
        values = 1
        if kind & _MULTIPLE or kind in (_STRING, _WIDE, _OBJECT, _BINARY):
            values = _number(take)
        kind &= ~_MULTIPLE
        for _ in range(values):
            size = _SIZES.get(kind)
            if size is None and kind not in (_STRING, _WIDE, _OBJECT, _BINARY):
                raise _Cut
            yield number, kind, _padded(take) if size is None else take(size)
            if size == 0:
                break


def _taker(data: bytes) -> Callable[[int], bytes]:
    position = 0

    def take(size: int) -> bytes:
        nonlocal position
        if position + size > len(data):
            raise _Cut
        position += size
        return data[position - size : position]

    return take


def _number(take: Callable[[int], bytes]) -> int:
    return int(struct.unpack("<I", take(4))[0])


def _padded(take: Callable[[int], bytes]) -> bytes:
    size = _number(take)
    value = take(size)
    if size % 4:
        take(4 - size % 4)
    return value


def _file(draft: _Draft, page: int) -> TnefFile | None:
    data = draft.data
    if data is None:
        kind, value = draft.values.get(_CONTENT, (0, None))
        data = value[_INTERFACE:] if value is not None and kind == _OBJECT else value
    if data is None:
        return None
    nothing = (_STRING, b"")
    said = (draft.values.get(_NAME, nothing), (_STRING, draft.title), draft.values.get(_SHORT_NAME, nothing))
    name = next((word for kind, value in said if (word := _word(kind, value, page))), "")
    return TnefFile(name, _word(*draft.values.get(_MIME, nothing), page).lower(), data)


def _word(kind: int, value: bytes, page: int) -> str:
    if kind == _WIDE:
        return value.decode("utf-16-le", "replace").split("\0")[0].strip()
    if kind != _STRING:
        return ""
    return decode(value.split(b"\0")[0], f"cp{page}" if page else None).text.strip()
