"""IMAP on the wire (RFC 9051 section 9): sets of UIDs, responses and their tokens. No socket here.

Nothing a server says is trusted: lines, literals and nesting have limits, and what does not parse raises
:class:`Malformed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TypeAlias

UidRange = tuple[int, int]
"""Message numbers from the first to the last, both included."""
Token: TypeAlias = "bytes | list[Token] | None"
"""An atom (bytes), a string (Quoted), a list, or NIL (None)."""

MAX_LINE = 1 << 20
"""Bytes of one line of a response."""
MAX_DEPTH = 50
MAX_UID = (1 << 32) - 1
MAX_COMMAND = 4000
"""Bytes of the set of one command: servers refuse long lines with "Too long argument"."""
MAX_ITEMS = 200

_LITERAL = re.compile(rb"~?\{(\d{1,18})\+?\}\r?\n$")
_TOKEN = re.compile(
    rb'\s*(?:"((?:[^"\\]|\\.)*)"|([()])|(BODY(?:\.PEEK)?\[[^\]]*\](?:<[\d.]+>)?|[^\s()"]+)|\Z)',
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_DATE = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_CODE = re.compile(r"\s*\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]\s*")


class Malformed(Exception):
    """The bytes are no IMAP response."""


class Quoted(bytes):
    """A quoted string or a literal, as opposed to an atom: never NIL, never a keyword."""

    __slots__ = ()


# ---------------------------------------------------------------------------------------- sets of UIDs


def ranges_of(uids: Iterable[int]) -> tuple[UidRange, ...]:
    """The fewest ranges that hold exactly ``uids``, ascending."""
    ranges: list[UidRange] = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1] = (ranges[-1][0], uid)
        else:
            ranges.append((uid, uid))
    return tuple(ranges)


def parse_set(text: bytes) -> tuple[UidRange, ...]:
    """The ranges of a sequence set such as ``1:3,7``; Malformed for anything else (``*`` is never in an
    answer)."""
    ranges: list[UidRange] = []
    for part in text.split(b","):
        low, colon, high = part.partition(b":")
        if not low.isdigit() or (colon and not high.isdigit()) or len(part) > 21:
            raise Malformed(f"not a set of numbers: {text[:60]!r}")
        first, last = int(low), int(high or low)
        ranges.append((min(first, last), max(first, last)))
    return tuple(ranges)


def format_set(ranges: Iterable[UidRange]) -> bytes:
    """``((1, 3), (7, 7))`` as ``1:3,7``."""
    return b",".join(b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges)


def split_set(ranges: Iterable[UidRange], batch: int) -> Iterator[tuple[UidRange, ...]]:
    """Cut ``ranges`` into sets of at most ``batch`` UIDs that fit one command each, in the order given."""
    current: list[UidRange] = []
    room, length = batch, 0
    for low, high in ranges:
        while low <= high:
            if not room or len(current) >= MAX_ITEMS or length > MAX_COMMAND - 24:
                yield tuple(current)
                current, room, length = [], batch, 0
            last = min(high, low + room - 1)
            current.append((low, last))
            length += len(str(low)) + len(str(last)) + 2
            room -= last - low + 1
            low = last + 1
    if current:
        yield tuple(current)


# ------------------------------------------------------------------------------------------- responses


@dataclass(frozen=True, slots=True)
class Response:
    """One response: the texts between the literals, and the literals. ``len(texts) == len(literals) + 1``."""

    texts: tuple[bytes, ...]
    literals: tuple[bytes, ...]

    @property
    def line(self) -> bytes:
        """The first text, with the end of line cut off."""
        return self.texts[0].rstrip(b"\r\n")

    def tokens(self) -> list[Token]:
        """Everything after the tag or ``*``, as atoms (bytes), strings (Quoted), None for NIL, and lists."""
        return tokens(self.texts, self.literals)[1:]


def read_response(readline: Callable[[], bytes], read: Callable[[int], bytes], most: int) -> Response:
    """Read one response with its literals, each at most ``most`` bytes. Raises EOFError when the line ends in
    the middle, Malformed for what is too long."""
    line = _whole_line(readline)
    if not line.endswith(b"}\r\n"):
        return Response((line,), ())
    texts, literals = [line], []
    while found := _LITERAL.search(texts[-1]):
        size = int(found[1])
        if size > most:
            raise Malformed(f"{size} bytes where at most {most} can be")
        data = read(size)
        if len(data) < size:
            raise EOFError
        literals.append(data)
        texts[-1] = texts[-1][: found.start()]
        texts.append(_whole_line(readline))
        if len(literals) > MAX_LINE:
            raise Malformed("too many literals")
    return Response(tuple(texts), tuple(literals))


def _whole_line(readline: Callable[[], bytes]) -> bytes:
    line = readline()
    if len(line) > MAX_LINE:
        raise Malformed(f"a line of more than {MAX_LINE} bytes")
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def tokens(texts: Iterable[bytes], literals: Iterable[bytes]) -> list[Token]:
    """Tokens of a response. Malformed where brackets or quotes do not match."""
    top: list[Token] = []
    stack = [top]
    strings = iter(literals)
    for text in texts:
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise Malformed(f"cannot read {text[position : position + 60]!r}")
            position = found.end()
            _take(found, stack)
        if (literal := next(strings, None)) is not None:
            stack[-1].append(Quoted(literal))
    if len(stack) > 1:
        raise Malformed("a list without an end")
    return top


def _take(found: re.Match[bytes], stack: list[list[Token]]) -> None:
    kind = found.lastindex
    if kind == 3:
        atom = found[3]
        stack[-1].append(None if atom.upper() == b"NIL" else atom)
    elif kind == 1:
        text = found[1]
        stack[-1].append(Quoted(_ESCAPED.sub(rb"\1", text) if b"\\" in text else text))
    elif kind == 2 and found[2] == b"(":
        inner: list[Token] = []
        stack[-1].append(inner)
        stack.append(inner)
        if len(stack) > MAX_DEPTH:
            raise Malformed("lists nested too deep")
    elif kind == 2:
        if len(stack) == 1:
            raise Malformed("a list without a beginning")
        stack.pop()


def pairs(items: list[Token]) -> dict[str, Token]:
    """A list of names and values as a mapping with the names in upper case."""
    if len(items) % 2:
        raise Malformed("a name without a value")
    named: dict[str, Token] = {}
    for name, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(name, bytes):
            raise Malformed("a value without a name")
        named[name.decode("latin-1").upper()] = value
    return named


def number(token: Token) -> int:
    """A number, or the only number of a list (as MODSEQ has it)."""
    if isinstance(token, list) and len(token) == 1:
        token = token[0]
    if not isinstance(token, bytes) or not token.isdigit() or len(token) > 20:
        raise Malformed(f"not a number: {str(token)[:60]}")
    return int(token)


def response_code(text: bytes) -> tuple[str, str, str]:
    """``[CODE arguments] words`` as its three parts, the code in upper case and '' where there is none."""
    words = text.decode("utf-8", "replace").strip()
    found = _CODE.match(words)
    return (found[1].upper(), found[2] or "", words[found.end() :]) if found else ("", "", words)


def parse_date(text: bytes) -> datetime | None:
    """INTERNALDATE, or None when it is none. (strptime would read the months in the user's language.)"""
    found = _DATE.match(text.decode("latin-1"))
    if not found or found[2].lower() not in _MONTHS:
        return None
    zone = timedelta(hours=int(found[8]), minutes=int(found[9])) * (-1 if found[7] == "-" else 1)
    try:
        day = date(int(found[3]), _MONTHS[found[2].lower()], int(found[1]))
        clock = time(int(found[4]), int(found[5]), int(found[6]), tzinfo=timezone(zone))
        return datetime.combine(day, clock).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def quoted(text: str) -> bytes:
    """``text`` as a quoted string. ValueError for what cannot be one: it would need a literal."""
    if not text.isascii() or not text.isprintable():
        raise ValueError("not printable ASCII")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'
