"""What can be seen of an attachment in a terminal: text, tables, documents, names in an archive, the size of a picture.

Nothing is unpacked or run in this process; everything has a limit, whatever the bytes are.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maildesk.mail import charset, outside
from maildesk.mail.html import to_text
from maildesk.mail.parse import parse

MAX_BYTES = 32 << 20
"""A larger file is not looked into."""

MAX_TEXT = 200_000
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 500, 30, 200
MAX_ENTRIES = 2_000
MAX_DIRECTORY = 2 << 20
"""Bytes of the list in an archive."""

BOMB_SIZE, BOMB_RATIO = 4 << 30, 200
"""An archive that would unpack to more than this, or to so many times its size, is called a bomb."""

DOCUMENT_PARTS = ("[Content_Types].xml", "mimetype")
"""What shows that a zip is a document: the names in it are nobody's words."""

Kind = Literal["text", "document", "table", "archive", "image", "mail", "pdf", "locked", "none", "large"]

_LOCKED_DOCUMENT = "EncryptedPackage".encode("utf-16-le")
"""The name of the stream in which a document with a password lies (MS-OFFCRYPTO 2.3.4.1)."""

_TEXT_ENDINGS = (
    ".txt",
    ".log",
    ".md",
    ".json",
    ".xml",
    ".yaml",
    ".yml",
    ".ini",
    ".ics",
    ".vcf",
    ".eml",
    ".html",
    ".htm",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive. ``outside``: its name leads out of the folder into which it would be unpacked."""

    name: str
    size: int
    packed: int
    outside: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What was seen. ``cut``: there is more; ``facts`` are the width and height of an image; ``bomb``: an archive that
    would unpack to too much."""

    kind: Kind
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    entries: Sequence[Entry] = ()
    size: tuple[int, int] | None = None
    cut: bool = False
    bomb: bool = False


def preview(name: str, content_type: str, data: bytes) -> Preview:
    """Look into the bytes of a file. Never raises."""
    if len(data) > MAX_BYTES:
        return Preview("large")
    try:
        return _preview(name.lower(), content_type.lower(), data)
    except (
        ValueError,
        LookupError,
        ArithmeticError,
        csv.Error,
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        OSError,
        RuntimeError,  # zipfile: locked, or packed in a way that it does not know
    ):
        return Preview("none")


def _preview(name: str, kind: str, data: bytes) -> Preview:
    if data.startswith(b"%PDF-") or name.endswith(".pdf"):
        text = outside.pdf_text(data)
        return Preview("pdf", (text or "")[:MAX_TEXT], cut=len(text or "") > MAX_TEXT)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and _LOCKED_DOCUMENT in data:
        return Preview("locked")
    size = dimensions(data)
    if size is not None:
        return Preview("image", size=size)
    if kind.startswith("image/"):
        return Preview("image")
    if kind in ("message/rfc822", "message/global") or name.endswith(".eml"):
        read = parse(data)
        head = [f"From: {read.from_.display()}", f"Subject: {read.subject}", f"Date: {read.date or ''}"]
        return _text("\n".join([*head, "", read.text]), "mail")
    if not (
        kind.startswith("text/") or name.endswith((*_TEXT_ENDINGS, ".csv", ".tsv")) or _looks_like_text(data)
    ):
        return Preview("none")
    text = charset.clean(charset.decode(data[: 4 * MAX_TEXT]).text).replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    if kind in ("text/csv", "text/tab-separated-values") or name.endswith((".csv", ".tsv")):
        return _table(text, len(data) > 4 * MAX_TEXT)
    if kind == "text/html" or name.endswith((".html", ".htm")):
        text = to_text(text)
    return _text(text, "text", len(data) > 4 * MAX_TEXT)


def _text(text: str, kind: Literal["text", "mail"], cut: bool = False) -> Preview:
    return Preview(kind, text[:MAX_TEXT], cut=cut or len(text) > MAX_TEXT)


def _looks_like_text(data: bytes) -> bool:
    head = data[:4_096]
    return (
        bool(head)
        and b"\x00" not in head
        and sum(byte < 0x20 and byte not in b"\t\n\r\x0c\x1b" for byte in head) == 0
    )


def _table(text: str, cut: bool) -> Preview:
    first = text[:10_000].split("\n", 5)[:5]
    delimiter = max(",\t;", key=lambda sign: min((line.count(sign) for line in first if line), default=0))
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        if len(rows) >= MAX_ROWS:
            cut = True
            break
        if row:
            rows.append([" ".join(cell.split())[:MAX_CELL] for cell in row[:MAX_COLUMNS]])
    return Preview("table", rows=rows, cut=cut)


def _archive(data: bytes) -> Preview:
    """The list of a zip, read only where it is not too long itself."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        return Preview("none")
    if struct.unpack_from("<I", data, end + 12)[0] > MAX_DIRECTORY:
        return Preview("archive", cut=True, bomb=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos) or 1
    entries = [
        Entry(
            _entry_name(info)[:500],
            info.file_size,
            info.compress_size,
            _leads_out(info),
            bool(info.flag_bits & 1),
        )
        for info in infos[:MAX_ENTRIES]
    ]
    bomb = total > BOMB_SIZE or (total > 1 << 20 and total > BOMB_RATIO * min(packed, len(data)))
    is_document = any(info.filename in DOCUMENT_PARTS for info in infos)
    if is_document and not bomb and (found := outside.office(data)):
        return Preview(found.kind, found.text, found.rows, cut=found.cut)
    return Preview("archive", entries=entries, cut=len(infos) > MAX_ENTRIES, bomb=bomb)


def _entry_name(info: zipfile.ZipInfo) -> str:
    """The name; Windows writes it in cp932 and says nothing of that, so it comes as cp437."""
    if info.flag_bits & 0x800:
        return charset.clean(info.filename)
    try:
        return charset.clean(charset.decode(info.filename.encode("cp437")).text)
    except UnicodeEncodeError:
        return charset.clean(info.filename)


def _leads_out(info: zipfile.ZipInfo) -> bool:
    name = info.orig_filename.replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, JPEG, BMP or WebP in pixels, from its first bytes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return _pair(">II", data, 16)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _pair("<HH", data, 6)
    if data.startswith(b"BM") and len(data) > 26:
        width, height = _pair("<ii", data, 18)
        return abs(width), abs(height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _pair(form: str, data: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, data, at)
    return first, second


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(1_000):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        mark = data[at + 1]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", data, at + 5)
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X" and len(data) >= 30:
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8 " and len(data) >= 30:
        width, height = _pair("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
