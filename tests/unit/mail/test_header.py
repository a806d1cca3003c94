"""Header fields: encoded words, parameters, addresses, dates, ids; and pumps that must stay linear."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.address import Address
from maildesk.mail import header
from maildesk.mail.findings import Findings


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"=?utf-8?Q?a_b=3Dc?=", "a b=c"),
        (b"=?utf-8?B?44GC?= =?utf-8?B?44GE?=", "あい"),
        (b"=?utf-8?B?44GC?= x =?utf-8?B?44GE?=", "あ x い"),
        (b"Re:=?utf-8?B?44GC?=", "Re:あ"),
        (b"=?utf-8?B?44G?= tail", "\ufffd tail"),
        (b"=?utf-8*ja?B?44GC?=", "あ"),
        (b"=?nonsense?X?a?=", "=?nonsense?X?a?="),
        (b"a\r\n b\r\n\tc", "a b c"),
        (b"a\x00\x1bb\x7f", "ab"),
        (b"=?utf-8?q?=0ABcc:_x?=", "Bcc: x"),
        (b"", ""),
    ],
)
def test_text(raw: bytes, wanted: str) -> None:
    """Unstructured fields become one clean line."""
    assert header.text(raw) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"a@b.example", [("", "a@b.example")]),
        (b'"Doe, J" <a@b.example>, c@d.example (Cee)', [("Doe, J", "a@b.example"), ("Cee", "c@d.example")]),
        (b"G: e@f.example, g@h.example;, u:;", [("", "e@f.example"), ("", "g@h.example")]),
        (b"Foo (bar <a@b.example>", [("Foo bar", "a@b.example")]),
        (b"<<a@b.example>>", [("", "a@b.example")]),
        (b"<mailto:a@b.example>", [("", "a@b.example")]),
        (b"<@r1,@r2:a@b.example>", [("", "a@b.example")]),
        (b"Some Name a@b.example", [("Some Name", "a@b.example")]),
        (b'"c@d.example" <a@b.example>', [("c@d.example", "a@b.example")]),
        (b'"a \\"q\\" b" <a@b.example>', [('a "q" b', "a@b.example")]),
        (b'<".a.b.."@docomo.ne.jp>', [("", ".a.b..@docomo.ne.jp")]),
        (b'"unclosed <a@b.example>', [("unclosed", "a@b.example")]),
        (b"Mail Delivery <>", [("Mail Delivery", "")]),
        (b"MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        (b",,;,", []),
        (b"", []),
    ],
)
def test_addresses(raw: bytes, wanted: list[tuple[str, str]]) -> None:
    """Addresses as people and mailers write them."""
    found = [(entry.name.lstrip('"'), entry.address) for entry in header.addresses(raw)]
    assert found == wanted


def test_addresses_are_capped() -> None:
    """So many recipients are enough; the cap is told."""
    findings = Findings()
    assert len(header.addresses(b"a@b.example," * 5_000, findings)) == header.MAX_ADDRESSES
    assert "too-many-addresses" in findings.defects


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (
            b'TEXT/Plain; charset="utf-8"; format=flowed',
            "text/plain",
            {"charset": "utf-8", "format": "flowed"},
        ),
        (b"a/b; name*=utf-8'ja'%E3%81%82.pdf", "a/b", {"name": "あ.pdf"}),
        (b"a/b; name*1*=%82.pdf; name*0*=utf-8''%E3%81", "a/b", {"name": "あ.pdf"}),
        (b'a/b; name*0="one "; name*1="two"', "a/b", {"name": "one two"}),
        (b'a/b; name="=?utf-8?B?44GC?=.pdf"', "a/b", {"name": "あ.pdf"}),
        (b'a/b; name="a;b\\"c"', "a/b", {"name": 'a;b"c'}),
        (b"a/b (comment); name=x (y)", "a/b", {"name": "x (y)"}),
        (b"a/b; name=x; name=y", "a/b", {"name": "x"}),
        (b'a/b; name="unclosed', "a/b", {"name": "unclosed"}),
        (b"", "", {}),
        (b";;;=;", "", {}),
    ],
)
def test_parameters(raw: bytes, value: str, parameters: dict[str, str]) -> None:
    """RFC 2231, RFC 2047 inside quotes, and less regular things."""
    assert header.parameters(raw) == (value, parameters)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"Sat, 21 Nov 2026 09:17:00 +0900", datetime(2026, 11, 21, 0, 17, tzinfo=UTC)),
        (b"Sat, 21 Nov 2026 09:17:00 +0900 (JST)", datetime(2026, 11, 21, 0, 17, tzinfo=UTC)),
        (b"21 Nov 26 09:17 JST", datetime(2026, 11, 21, 0, 17, tzinfo=UTC)),
        (b"Sat, 21 Nov 2026 09:17:60 GMT", datetime(2026, 11, 21, 9, 17, 59, tzinfo=UTC)),
        (b"Sat, 21 Nov 2026 09:17:00 -0000", datetime(2026, 11, 21, 9, 17, tzinfo=UTC)),
        (b"2026-11-21T09:17:00+09:00", datetime(2026, 11, 21, 0, 17, tzinfo=UTC)),
        (b"Sat, 21 Nov 2026 09:17:00 +9999", datetime(2026, 11, 21, 9, 17, tzinfo=UTC)),
        (b"Sat, 31 Feb 2026 09:17:00 +0900", None),
        (b"yesterday", None),
        (b"", None),
    ],
)
def test_date(raw: bytes, wanted: datetime | None) -> None:
    """Dates come out in UTC or not at all."""
    assert header.date(raw) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"<a@b.example>", ("<a@b.example>",)),
        (b"<a@b.example>\r\n <c@d.example>, <a@b.example>", ("<a@b.example>", "<c@d.example>")),
        (b"a@b.example", ("<a@b.example>",)),
        (b"<>", ()),
        (b"<@>", ()),
        (b"<a@>", ()),
        (b"<a b@c>", ()),
        (b"<a@b@c>", ()),
        (b"<abc@[", ()),
        (b"", ()),
    ],
)
def test_message_ids(raw: bytes, wanted: tuple[str, ...]) -> None:
    """Only whole ids count."""
    assert header.message_ids(raw) == wanted


PUMPS = [
    b"(", b"<", b'"', b"a:;", b"=?", b'\\"', b'"\\', b'(<"', b"a@b,", b"=?utf-8?b?", b"a" * 50, b"x;", b";x*0=",
    b"mailto", b":", b"%", b"=?utf-8?q?=41?= ", b"\x1b$B", b"$B", b"\xe3", b"\r\n ",
]  # fmt: skip


@pytest.mark.parametrize(
    "read", [header.text, header.addresses, header.parameters, header.message_ids, header.date]
)
@pytest.mark.parametrize("pump", PUMPS)
def test_pumps_stay_linear(read: Callable[[bytes], object], pump: bytes) -> None:
    """A quarter of a megabyte of anything is read in well under a second and without recursion."""
    for prefix in (b"", b'mailto"', b"=?a?b?", b'a/b; name="'):
        begin = time.process_time()
        read(prefix + pump * (header.MAX_FIELD // len(pump)))
        assert time.process_time() - begin < 10.0


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_never_raises(raw: bytes) -> None:
    """No field can break a reader, and no reader lets a line end or NUL through."""
    header.parameters(raw)
    header.date(raw)
    for entry in header.addresses(raw):
        assert isinstance(entry, Address)
        assert "\n" not in entry.name + entry.address
        assert "\x00" not in entry.name + entry.address
    assert not set(header.text(raw)) & {"\n", "\r", "\x00", "\x1b"}
    for message_id in header.message_ids(raw):
        assert message_id.count("@") == 1
