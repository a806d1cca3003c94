"""Raw mails as the mailers of the world write them: old Japanese charsets, encoded names, pictures, quotes.

Everything is made from its arguments alone, so the same demo gives the same bytes.
"""

from __future__ import annotations

import base64
import quopri
import struct
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import groupby
from random import Random
from typing import Literal

JST = timezone(timedelta(hours=9), "JST")
Charset = Literal["utf-8", "iso-2022-jp", "shift_jis", "us-ascii"]
CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class SeedMail:
    """A mail to put into a folder of the demo's server. ``age`` is how long ago it came."""

    shop_address: str
    folder: str
    raw: bytes
    age: timedelta


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; inline with a ``content_id``. ``old_name`` writes the name as RFC 2047 words in the
    parameter, as many mailers do, instead of RFC 2231."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    old_name: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What :func:`write` makes a mail of. ``headers`` are added as they are; with ``html`` and without
    ``text`` the mail has only an HTML part."""

    sender: tuple[str, str]
    to: tuple[str, str]
    subject: str
    message_id: str
    at: datetime
    text: str = ""
    html: str = ""
    charset: Charset = "utf-8"
    encoding: Literal["base64", "quoted-printable", "8bit", "7bit"] = "base64"
    files: tuple[File, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    mailer: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())


def to_iso_2022_jp(text: str) -> bytes:
    """``text`` as Japanese mailers write ISO-2022-JP, which is cp50221: the NEC row (①㈱), the NEC
    selection of the IBM kanji (髙), half-width kana in a set of their own; back in ASCII at each line end.

    Raises UnicodeEncodeError for what cp932 does not have.
    """
    return b"\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> bytes:
    pieces: list[bytes] = []
    for escape, chars in groupby(line, key=_set):
        run = "".join(chars)
        if escape == b"\x1b(B":
            pieces.append((escape if pieces else b"") + run.encode("ascii"))
        elif escape == b"\x1b(I":
            pieces.append(escape + bytes(b & 0x7F for b in run.encode("cp932")))
        else:
            pieces.append(escape + b"".join(map(_kanji, run)))
    if pieces and pieces[-1].startswith((b"\x1b$", b"\x1b(I")):
        pieces.append(b"\x1b(B")
    return b"".join(pieces)


def _set(char: str) -> bytes:
    if char < "\x80":
        return b"\x1b(B"
    return b"\x1b(I" if "\uff61" <= char <= "\uff9f" else b"\x1b$B"


def _kanji(char: str) -> bytes:
    lead, trail = char.encode("cp932")
    if (
        lead >= 0xFA
    ):  # IBM's own kanji have no place in JIS: take NEC's copy of them, 28 places earlier from 0xED40
        place = (lead - 0xFA) * 188 + trail - 0x40 - (trail > 0x7F) - 28
        lead, trail = 0xED + place // 188, 0x40 + place % 188
        trail += trail >= 0x7F
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    if trail >= 0x9F:
        return bytes((row + 1, trail - 0x7E))
    return bytes((row, trail - 0x1F - (trail > 0x7F)))


def encode(text: str, charset: Charset) -> bytes:
    """The bytes of ``text`` in a mail's charset."""
    if charset == "iso-2022-jp":
        return to_iso_2022_jp(text)
    return text.encode("cp932" if charset == "shift_jis" else charset)


def words(text: str, charset: Charset) -> str:
    """``text`` for a header: as it is when ASCII, else RFC 2047 encoded words of at most 75 characters."""
    if text.isascii() and text.isprintable():
        return text
    charset = "utf-8" if charset == "us-ascii" else charset
    done: list[str] = []
    chunk = ""
    for char in text + "\0":
        if char == "\0" or len(base64.b64encode(encode(chunk + char, charset))) > 48:
            done.append(f"=?{charset.upper()}?B?{base64.b64encode(encode(chunk, charset)).decode()}?=")
            chunk = ""
        chunk += char
    return "\r\n ".join(done)


def _mailbox(who: tuple[str, str], charset: Charset) -> str:
    name, address = who
    if not name:
        return address
    if name.isascii() and name.isprintable():
        if any(c in name for c in ',.;:()<>[]@"\\'):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{address}>"
    return f"{words(name, charset)} <{address}>"


def _part(content: bytes, content_type: str, encoding: str, *more: str) -> bytes:
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    head = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", *more]
    return "\r\n".join(head).encode() + CRLF * 2 + content.replace(b"\r\n", b"\n").replace(b"\n", CRLF)


def _file(file: File) -> bytes:
    if file.name.isascii():
        name = f'"{file.name}"'
        type_name, disposition_name = f"name={name}", f"filename={name}"
    elif file.old_name:
        word = words(file.name, "iso-2022-jp").replace("\r\n ", " ")
        type_name, disposition_name = f'name="{word}"', f'filename="{word}"'
    else:
        percent = "".join(f"%{b:02X}" for b in file.name.encode())
        type_name, disposition_name = (
            'name="attachment"',
            "\r\n ".join(
                f"filename*{i}*={chr(39) * 2 if i else 'UTF-8' + chr(39) * 2}{percent[at : at + 54]};"
                for i, at in enumerate(range(0, len(percent), 54))
            ).rstrip(";"),
        )
        disposition_name = disposition_name.replace("*=''", "*=")
    kind = "inline" if file.content_id else "attachment"
    more = [f"Content-Disposition: {kind};\r\n {disposition_name}"]
    if file.content_id:
        more.append(f"Content-ID: <{file.content_id}>")
    return _part(file.content, f"{file.content_type};\r\n {type_name}", "base64", *more)


def _multipart(kind: str, parts: list[bytes], boundary: str) -> bytes:
    line = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"'.encode()
    return head + CRLF * 2 + b"".join(line + CRLF + part + CRLF for part in parts) + line + b"--" + CRLF


def write(draft: Draft) -> bytes:
    """The mail as it stands in a folder (RFC 5322, CRLF line ends)."""
    head = [
        f"From: {_mailbox(draft.sender, draft.charset)}",
        f"To: {_mailbox(draft.to, draft.charset)}",
        f"Subject: {words(draft.subject, draft.charset)}",
        f"Date: {format_datetime(draft.at.astimezone(JST) if draft.charset != 'us-ascii' else draft.at)}",
        f"Message-ID: {draft.message_id}",
        "MIME-Version: 1.0",
    ]
    if draft.in_reply_to:
        head.append(f"In-Reply-To: {draft.in_reply_to}")
    if draft.references:
        head.append("References: " + "\r\n ".join(draft.references))
    if draft.mailer:
        head.append(f"X-Mailer: {draft.mailer}")
    head += [f"{name}: {value}" for name, value in draft.headers]
    label = draft.charset.upper() if draft.charset != "utf-8" else "UTF-8"
    bodies = [
        _part(encode(body + "\n", draft.charset), f"text/{kind}; charset={label}", draft.encoding)
        for kind, body in (("plain", draft.text), ("html", draft.html))
        if body
    ]
    boundary = f"----=_{zlib.crc32(draft.message_id.encode()):08x}"
    body = bodies[0] if len(bodies) == 1 else _multipart("alternative", bodies, boundary + "_a")
    related = [_file(file) for file in draft.files if file.content_id]
    attached = [_file(file) for file in draft.files if not file.content_id]
    if related:
        body = _multipart("related", [body, *related], boundary + "_r")
    if attached:
        body = _multipart("mixed", [body, *attached], boundary)
    return "\r\n".join(head).encode() + CRLF + body


def quoted(text: str, who: str, at: datetime) -> str:
    """``text`` under a line that says who wrote it and when, as mailers put it below an answer."""
    day = at.astimezone(JST)
    lines = (f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in text.split("\n"))
    return f"{day.year}年{day.month}月{day.day}日 {day:%H:%M} {who}:\n" + "\n".join(lines)


def png(width: int, height: int, seed: int) -> bytes:
    """A picture with soft stripes of colour, such as a screen shot might be."""
    rng = Random(seed)
    base = [rng.randrange(90, 220) for _ in range(3)]
    rows = b"".join(
        b"\0"
        + bytes(min(255, c + (y * 40 // height) - (20 if (y // 8) % 5 == 0 else 0)) for c in base) * width
        for y in range(height)
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 6))
        + chunk(b"IEND", b"")
    )


_DC_COUNTS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))  # ITU T.81 table K.3
_DC_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110")


def jpeg(columns: int, rows: int, seed: int) -> bytes:
    """A grey picture of ``columns`` x ``rows`` blocks of 8 pixels (baseline JPEG, ITU T.81, with the mean
    of each block only): grained wood with a scratch across it."""
    rng = Random(seed)
    grain = [rng.randrange(-6, 7) for _ in range(rows)]
    across = rng.randrange(columns // 4, columns // 2)
    bits: list[str] = []
    before = 0
    for y in range(rows):
        for x in range(columns):
            level = (
                grain[y]
                + (x * 10) // columns
                + rng.randrange(-1, 2)
                - (18 if abs(x - across - y // 2) < 2 else 0)
            )
            difference, before = level - before, level
            size = abs(difference).bit_length()
            value = difference if difference >= 0 else difference + (1 << size) - 1
            bits.append(_DC_CODES[size] + (f"{value:0{size}b}" if size else "") + "0")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")

    def segment(marker: int, content: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content

    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + segment(0xDB, b"\0" + bytes([32] * 64))
        + segment(0xC0, struct.pack(">BHHB", 8, rows * 8, columns * 8, 1) + b"\x01\x11\0")
        + segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12)))
        + segment(0xC4, b"\x10" + bytes((1, *[0] * 15)) + b"\0")
        + segment(0xDA, b"\x01\x01\0\0\x3f\0")
        + data
        + b"\xff\xd9"
    )


def pdf(lines: tuple[str, ...]) -> bytes:
    """One page of ASCII text (PDF 1.4)."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 16 TL 60 780 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
