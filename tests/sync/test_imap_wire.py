"""IMAP's syntax: what goes out is short enough, what comes in is read exactly or refused."""

from __future__ import annotations

import io
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.sync import imap_wire as wire
from maildesk.sync.imap_wire import Malformed, Quoted, Token

UIDS = st.sets(st.one_of(st.integers(1, 300), st.integers(1, wire.MAX_UID)), max_size=400)


def spread(ranges: tuple[wire.UidRange, ...]) -> list[int]:
    """The numbers in ``ranges``, in order."""
    return [uid for low, high in ranges for uid in range(low, high + 1)]


@given(UIDS)
def test_ranges_hold_exactly_the_uids(uids: set[int]) -> None:
    """ranges_of, format_set and parse_set lose and add nothing, and ranges never touch."""
    ranges = wire.ranges_of(uids)
    assert spread(ranges) == sorted(uids)
    assert all(high + 1 < low for (_, high), (low, _) in itertools.pairwise(ranges))
    if ranges:
        assert wire.parse_set(wire.format_set(ranges)) == ranges


@given(UIDS, st.integers(1, 500))
def test_commands_are_short(uids: set[int], batch: int) -> None:
    """Each set has at most ``batch`` UIDs, 200 items and 4 KiB; together they are the UIDs, in order."""
    sets = list(wire.split_set(wire.ranges_of(uids), batch))
    assert [uid for each in sets for uid in spread(each)] == sorted(uids)
    for each in sets:
        assert 0 < len(spread(each)) <= batch
        assert len(each) <= wire.MAX_ITEMS
        assert len(wire.format_set(each)) < 4096


@pytest.mark.parametrize("text", [b"", b"*", b"1:*", b"1,,2", b"-1", b"1:2:3", b"x", b"9" * 30])
def test_bad_sets(text: bytes) -> None:
    """A server's set that is none is refused."""
    with pytest.raises(Malformed):
        wire.parse_set(text)


def read(data: bytes, most: int = 100) -> wire.Response:
    """The first response of ``data``."""
    stream = io.BytesIO(data)
    return wire.read_response(lambda: stream.readline(wire.MAX_LINE + 1), stream.read, most)


def test_literals_are_opaque() -> None:
    """A literal may hold anything, brackets, line ends, even what looks like an answer."""
    response = read(b"* 1 FETCH (UID 7 BODY[] {13}\r\n)\r\n* 2 EXISTS X {2}\r\n{9)\r\n")
    assert response.literals == (b")\r\n* 2 EXISTS", b"{9")
    assert response.tokens() == [b"1", b"FETCH", [b"UID", b"7", b"BODY[]", b")\r\n* 2 EXISTS", b"X", b"{9"]]


def test_tokens() -> None:
    """Atoms, strings, lists and NIL are told apart; a quoted NIL is a string."""
    response = read(
        b'* 1 FETCH (UID 7 BODY[HEADER.FIELDS (A B)]<0> {3}\r\n"(\r FLAGS (\\Seen "NIL" NIL) X "a\\"\\\\")\r\n'
    )
    items = response.tokens()[2]
    assert isinstance(items, list)
    assert wire.pairs(items) == {
        "UID": b"7", "BODY[HEADER.FIELDS (A B)]<0>": b'"(\r', "FLAGS": [b"\\Seen", b"NIL", None], "X": b'a"\\',
    }  # fmt: skip
    flags = items[5]
    assert isinstance(flags, list)
    assert isinstance(flags[1], Quoted)


@pytest.mark.parametrize(
    "data", [b"", b"* OK", b"* 1 FETCH (BODY[] {5}\r\nab", b"* 1 FETCH (BODY[] {2}\r\nab", b"* {3}\r\nabc x"]
)
def test_cut_off(data: bytes) -> None:
    """A response that ends in the middle is EOFError, wherever it was cut."""
    with pytest.raises(EOFError):
        read(data)


@pytest.mark.parametrize(
    "data", [b"* {101}\r\n" + b"x" * 101 + b"\r\n", b"* {999999999999999999}\r\n", b"x" * (2 << 20)]
)
def test_too_long(data: bytes) -> None:
    """What is longer than it can be is refused before it is read."""
    with pytest.raises(Malformed):
        read(data)


@given(st.binary(max_size=200))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    """No bytes from a server raise anything but Malformed, and none hang."""
    try:
        parsed: list[Token] = wire.tokens([line], [])
        wire.pairs(parsed)
    except Malformed:
        pass


@pytest.mark.parametrize("depth", [51, 100_000])
def test_lists_are_nested_so_deep_and_no_deeper(depth: int) -> None:
    """Well-formed, and still refused: who walked through it would need a stack as deep (row 34)."""
    assert wire.tokens([b"(" * 49 + b")" * 49], [])
    with pytest.raises(Malformed):
        wire.tokens([b"(" * depth + b")" * depth], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b" 5-Feb-2026 01:02:03 +0900", datetime(2026, 2, 4, 16, 2, 3, tzinfo=UTC)),
        (b"05-FEB-2026 01:02:03 -0130", datetime(2026, 2, 5, 2, 32, 3, tzinfo=UTC)),
        (b"31-Feb-2026 01:02:03 +0900", None),
        (b"05-Fev-2026 01:02:03 +0900", None),
        (b"05-Feb-2026 01:02:60 +0000", None),
        (b"01-Jan-0001 00:00:00 +2359", None),
        (b"05-Feb-2026 01:02:03 +9999", None),
        (b"", None),
    ],
)
def test_dates(text: bytes, expected: datetime | None) -> None:
    """INTERNALDATE in UTC, None for what is no date."""
    assert wire.parse_date(text) == expected


def test_response_codes() -> None:
    """The code, its arguments and the words."""
    assert wire.response_code(b"[APPENDUID 1 5] done") == ("APPENDUID", "1 5", "done")
    assert wire.response_code(b"[alert] \xe3\x81\x82\xff") == ("ALERT", "", "あ�")
    assert wire.response_code(b"no [code] here") == ("", "", "no [code] here")


def test_quoting() -> None:
    """Nothing that goes out as a quoted string can end it or the line."""
    assert wire.quoted('a"b\\') == b'"a\\"b\\\\"'
    for bad in ("a\r\nb", "あ", "\x00", "\x7f"):
        with pytest.raises(ValueError, match="printable"):
            wire.quoted(bad)


@pytest.mark.parametrize(
    "uids",
    [
        [base + n for base in range(4_000_000_000, 4_000_009_000, 3) for n in (0, 1)],
        [*range(1, 9_000, 2)],
    ],
    ids=["long", "short"],
)
def test_the_longest_command(uids: list[int]) -> None:
    """UIDs of ten digits and of four, with gaps, thousands of them: at most 4 KiB and 200 ranges a command (row 35)."""
    sets = list(wire.split_set(wire.ranges_of(uids), 500))
    assert all(len(wire.format_set(part)) <= 4096 and len(part) <= 200 for part in sets)
    assert [uid for part in sets for low, high in part for uid in range(low, high + 1)] == uids
