"""The MIME tree of a mail, read in one pass over its bytes: no recursion, no copies, capped.

The standard library's parser recurses per level and dies of 63 KiB of nested multiparts; this one keeps a
stack of boundaries and notes where each part begins and ends. A ``message/rfc822`` part is a leaf.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from maildesk.mail import header
from maildesk.mail.findings import Findings
from maildesk.mail.mapped import Content

MAX_DEPTH = 50
MAX_PARTS = 2_000
MAX_HEADERS = 2_000
MAX_HEADER_BYTES = 2_097_152
CHUNK = 1_048_576

_KNOWN = re.compile(
    rb"(?i)(?:from|to|cc|subject|date|message-id|reply-to|return-path|received|mime-version|content-[a-z-]+"
    rb"|references|in-reply-to|sender|delivered-to|x-[a-z0-9-]+|list-[a-z]+)[ \t]*:"
)
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_LOST_INDENT = re.compile(rb"(?:boundary|charset|name|filename|format|report-type)\*?=")
_LINE_END = re.compile(rb"\r?\n|\r")
_NOT_BASE64 = bytes(
    b for b in range(256) if b not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)


@dataclass(slots=True)
class Part:
    """One node of the tree; ``start`` and ``end`` are the offsets of its body, as it stands in the mail."""

    headers: tuple[tuple[str, bytes], ...]
    start: int
    end: int
    depth: int
    parent: int
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list[int] = field(default_factory=list)
    multipart: bool = False

    def get(self, name: str) -> bytes | None:
        """The first field of that name (lower case), as it stands in the mail."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def all(self, name: str) -> list[bytes]:
        """Every field of that name, in order."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Structure:
    """The parts in the order of the mail, the first being the mail itself; offsets refer to ``data``."""

    data: Content
    parts: tuple[Part, ...]

    @property
    def root(self) -> Part:
        """The mail itself."""
        return self.parts[0]

    def leaves(self) -> list[int]:
        """The numbers of the parts that hold content."""
        return [number for number, part in enumerate(self.parts) if not part.multipart]

    def body(self, part: Part) -> bytes:
        """The body of a part, still encoded."""
        return self.data[part.start : part.end]

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The body of a part with its transfer encoding undone, in pieces of about a megabyte."""
        return decoded(self.data, part.start, part.end, transfer_encoding(part))

    def content(self, part: Part, limit: int | None = None) -> bytes:
        """The decoded body of a part in one piece, at most ``limit`` bytes of it."""
        out: list[bytes] = []
        size = 0
        for chunk in self.chunks(part):
            out.append(chunk)
            size += len(chunk)
            if limit is not None and size >= limit:
                break
        whole = b"".join(out)
        return whole if limit is None else whole[:limit]


def transfer_encoding(part: Part) -> str:
    """The Content-Transfer-Encoding in lower case; ``7bit`` where there is none."""
    raw = part.get("content-transfer-encoding") or b""
    token = raw[:200].decode("ascii", "replace").partition(";")[0].strip().strip('"').lower()
    return token or "7bit"


def read(raw: Content, findings: Findings | None = None) -> Structure:
    """Find the parts of a mail. Never raises; what is odd goes to ``findings``."""
    findings = findings or Findings()
    data = raw
    if data.find(b"\n") < 0 and data.find(b"\r") >= 0:
        data = data[:].replace(b"\r", b"\n")
        findings.defect("bare-cr")
    parts = _Reader(data, findings).read()
    for part in parts:
        if part.multipart and not part.children:  # nothing in it may get lost
            part.multipart = False
            part.content_type = "text/plain"
    return Structure(data, tuple(parts))


def decoded(data: Content, start: int, end: int, encoding: str) -> Iterator[bytes]:
    """``data[start:end]`` with its transfer encoding undone, in pieces. Unknown ones are passed through."""
    if encoding in ("base64", "b"):
        yield from _base64(data, start, end)
    elif encoding in ("quoted-printable", "q", "quotedprintable"):
        yield from _quoted_printable(data, start, end)
    elif encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        yield _uuencoded(data[start:end])
    else:
        for position in range(start, end, CHUNK):
            yield data[position : min(position + CHUNK, end)]


class _Open:
    """A multipart whose end has not come yet."""

    __slots__ = ("boundary", "next", "part", "pattern")

    def __init__(self, part: int, boundary: bytes) -> None:
        self.part = part
        self.boundary = b"\n--" + boundary
        self.pattern = re.compile(re.escape(self.boundary) + rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
        self.next: re.Match[bytes] | None = None

    def search(self, data: Content, position: int) -> re.Match[bytes] | None:
        """The first delimiter line from ``position`` on; remembered, so that each byte is seen once."""
        if self.next is not None and self.next.start() >= position:
            return self.next
        self.next = None
        found = data.find(self.boundary, position)
        while found >= 0 and (match := self.pattern.match(data, found)) is None:
            found = data.find(self.boundary, found + 1)
        if found >= 0:
            self.next = match
        return self.next


class _Reader:
    """One pass over the bytes."""

    def __init__(self, data: Content, findings: Findings) -> None:
        self.data = data
        self.findings = findings
        self.parts: list[Part] = []
        self.stack: list[_Open] = []

    def read(self) -> list[Part]:
        position = self._skip_envelope(0)
        current: Part | None = self._part(position, -1)
        position = max(self.parts[0].start - 1, 0)
        while self.stack:
            found = self._next_delimiter(position)
            if found is None:
                break
            level, match = found
            if current is not None:
                current.end = self._before(match.start())
                current = None
            for closed in self.stack[level + 1 :]:
                self.parts[closed.part].end = self._before(match.start())
                self.findings.defect("multipart-not-closed")
            del self.stack[level + 1 :]
            position = match.end()
            if match.group(1):
                self.parts[self.stack[level].part].end = position
                del self.stack[level:]
                position = (
                    match.end() - 1 if self.data[match.end() - 1 : match.end()] == b"\n" else match.end()
                )
                continue
            if len(self.parts) >= MAX_PARTS:
                self.findings.defect("too-many-parts")
                last = self.parts[-1]
                if not last.multipart:
                    last.end = len(self.data)
                break
            current = self._part(position, self.stack[level].part)
            position = max(self.parts[-1].start - 1, 0)
        else:
            return self.parts
        if self.stack:
            self.findings.defect("multipart-not-closed")
        return self.parts

    def _next_delimiter(self, position: int) -> tuple[int, re.Match[bytes]] | None:
        best: tuple[int, re.Match[bytes]] | None = None
        for level in range(len(self.stack) - 1, -1, -1):
            match = self.stack[level].search(self.data, position)
            if match is not None and (best is None or match.start() < best[1].start()):
                best = (level, match)
        return best

    def _before(self, newline: int) -> int:
        return newline - 1 if newline > 0 and self.data[newline - 1] == 0x0D else newline

    def _skip_envelope(self, position: int) -> int:
        """Blank lines and an mbox line in front of the header."""
        data = self.data
        while data[position : position + 1] in (b"\n", b"\r") and position < 64:
            position += 1
            self.findings.defect("blank-lines-first")
        if data.startswith((b"\xef\xbb\xbf"), position):
            position += 3
        if data.startswith((b"From ", b">From "), position):
            end = data.find(b"\n", position)
            position = len(data) if end < 0 else end + 1
        return position

    def _part(self, position: int, parent: int) -> Part:
        headers, start = self._headers(position)
        above = self.parts[parent] if parent >= 0 else None
        part = Part(headers, start, len(self.data), above.depth + 1 if above else 0, parent)
        number = len(self.parts)
        self.parts.append(part)
        if above:
            above.children.append(number)
        raw = part.get("content-type")
        default = "message/rfc822" if above and above.content_type == "multipart/digest" else "text/plain"
        if raw is None:
            part.content_type = default
            return part
        value, part.parameters = header.parameters(raw, self.findings)
        value = "".join(value.split())
        if value.count("/") != 1 or value.startswith("/") or value.endswith("/"):
            self.findings.defect("content-type")
            value = default
        part.content_type = value[:200]
        if value.startswith("multipart/"):
            self._open(part, number, raw)
        return part

    def _open(self, part: Part, number: int, raw: bytes) -> None:
        boundary = self._boundary(raw) or part.parameters.get("boundary", "").encode("utf-8")
        if part.depth >= MAX_DEPTH:
            self.findings.defect("nested-too-deep")
            return
        if not boundary:
            self.findings.defect("no-boundary")
            part.content_type = "text/plain"
            return
        opened = _Open(number, boundary[:500])
        if opened.search(self.data, max(part.start - 1, 0)) is None:
            self.findings.defect("boundary-not-found")
            part.content_type = "text/plain"
            return
        part.multipart = True
        self.stack.append(opened)

    def _boundary(self, raw: bytes) -> bytes:
        """The boundary as bytes, since it is compared with bytes."""
        match = re.search(
            rb"(?i)[;\s]boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,500})\"|([^\s;\"]{1,500}))", raw[:20_000]
        )
        return (match.group(1) or match.group(2)).rstrip(b" \t") if match else b""

    def _headers(self, position: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
        """The fields from ``position`` on and where the body starts."""
        data, end = self.data, len(self.data)
        fields: list[tuple[str, list[bytes]]] = []
        begin = position
        while position < end:
            newline = data.find(b"\n", position)
            after = end if newline < 0 else newline + 1
            line = (
                data[position:after]
                if after - position < MAX_HEADER_BYTES
                else data[position : position + 65_536]
            )
            if not line.strip(b"\r\n"):
                position = after
                break
            if position - begin > MAX_HEADER_BYTES or len(fields) >= MAX_HEADERS:
                self.findings.defect("header-too-long")
                return self._fields(fields), self._body_after(position)
            if self._is_delimiter(line, position):
                return self._fields(fields), position
            match = _FIELD.match(line)
            if line[0] in b" \t" and fields:
                if line.strip() or self._continues(after):
                    fields[-1][1].append(line)
                else:
                    position = after
                    break
            elif match is not None:
                fields.append((match.group(1).decode("ascii").lower(), [line[match.end() :]]))
            elif (
                fields and not line.startswith(b"--") and (_LOST_INDENT.match(line) or self._continues(after))
            ):
                self.findings.defect("header-line")
                fields[-1][1].append(b" " + line)
            else:
                self.findings.defect("no-blank-line")
                return self._fields(fields), position
            position = after
        return self._fields(fields), min(position, end)

    def _body_after(self, position: int) -> int:
        blank = re.compile(rb"\n\r?\n").search(self.data, position)
        return blank.end() if blank else len(self.data)

    def _is_delimiter(self, line: bytes, position: int) -> bool:
        if not line.startswith(b"--") or not self.stack or position == 0:
            return False
        return any(opened.pattern.match(self.data, position - 1) for opened in self.stack)

    def _continues(self, position: int) -> bool:
        """Whether well-known fields follow within a few lines, so that an odd line is part of the header."""
        for _ in range(4):
            newline = self.data.find(b"\n", position, position + 2_000)
            if newline < 0 or newline - position < 2:
                return False
            if _KNOWN.match(self.data, position):
                return True
            position = newline + 1
        return False

    @staticmethod
    def _fields(fields: list[tuple[str, list[bytes]]]) -> tuple[tuple[str, bytes], ...]:
        return tuple((name, b"".join(lines).strip(b" \t\r\n")) for name, lines in fields)


def _base64(data: Content, start: int, end: int) -> Iterator[bytes]:
    """Foreign characters are skipped, missing padding is added, data behind a padding is read as well."""
    rest = b""
    for position in range(start, end, CHUNK):
        letters = rest + data[position : min(position + CHUNK, end)].translate(None, _NOT_BASE64)
        *finished, letters = letters.split(b"=")
        for piece in finished:
            yield _base64_piece(piece)
        whole = len(letters) - len(letters) % 4
        rest = letters[whole:]
        yield binascii.a2b_base64(letters[:whole])
    yield _base64_piece(rest)


def _base64_piece(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _quoted_printable(data: Content, start: int, end: int) -> Iterator[bytes]:
    position = start
    while position < end:
        stop = min(position + CHUNK, end)
        if stop < end:
            newline = data.find(b"\n", stop, end)
            stop = end if newline < 0 else newline + 1
        piece = re.sub(rb"=[ \t]+(?=\r?\n)", b"=", data[position:stop])
        yield binascii.a2b_qp(piece)
        position = stop


def _uuencoded(body: bytes) -> bytes:
    out: list[bytes] = []
    inside = False
    for line in _LINE_END.split(body):
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                size = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
                try:
                    out.append(binascii.a2b_uu(line[:size]))
                except binascii.Error:
                    continue
    return b"".join(out) or body
