"""What Outlook packs into a ``winmail.dat`` is listed and can be saved like any other file (``failures.md`` row 56)."""

from __future__ import annotations

import base64
import hashlib
import struct
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.errors import NotFound
from maildesk.mail import attachment, tnef
from maildesk.mail.parse import parse

CP932 = 932
PDF, PHOTO = b"%PDF-1.7 bill", b"\xff\xd8\xff photo" * 50
LONG_NAME, SHORT_NAME, MIME, DATA = 0x3707, 0x3704, 0x370E, 0x3701


def attribute(level: int, tag: int, value: bytes) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def padded(value: bytes) -> bytes:
    """A value of variable length."""
    return struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*values: bytes) -> bytes:
    """An attribute with the properties of an attachment, among them a number and a named one."""
    known = (
        struct.pack("<HHI", 0x3, 0x3705, 1),
        struct.pack("<HH16sII", 0xB, 0x8001, b"g" * 16, 0, 7) + struct.pack("<I", 1),
        *values,
    )
    return attribute(2, 0x69005, struct.pack("<I", len(known)) + b"".join(known))


def wide(number: int, text: str) -> bytes:
    """A property of text in UTF-16."""
    return struct.pack("<HH", 0x1F, number) + padded(text.encode("utf-16-le") + b"\0\0")


def narrow(number: int, text: str) -> bytes:
    """A property of text in the code page."""
    return struct.pack("<HH", 0x1E, number) + padded(text.encode("cp932") + b"\0")


def begin() -> bytes:
    """An attachment begins."""
    return attribute(2, 0x69002, bytes(14))


def winmail(*files: bytes) -> bytes:
    """A whole one."""
    head = struct.pack("<IH", 0x223E9F78, 1)
    return head + attribute(1, 0x69007, struct.pack("<II", CP932, 0)) + b"".join(files)


def file(title: str, data: bytes, *values: bytes) -> bytes:
    """A file as Outlook writes it: its short name, its bytes, then what else is known."""
    rest = properties(*values) if values else b""
    named = attribute(2, 0x18010, title.encode("cp932") + b"\0")
    return begin() + named + attribute(2, 0x6800F, data) + rest


def mail(packed: bytes, kind: str = "application/ms-tnef", name: str = "winmail.dat") -> bytes:
    """A mail with words and a winmail.dat."""
    return (
        b"From: a@mail.example\r\nSubject: bill\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b\r\n"
        + f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode()
        + base64.encodebytes(packed)
        + b"\r\n--b--\r\n"
    )


WHOLE = winmail(
    file("SEIKYU~1.PDF", PDF, wide(LONG_NAME, "請求書①.pdf"), narrow(MIME, "application/PDF")),
    file("写真.jpg", PHOTO, narrow(SHORT_NAME, "x.jpg")),
)


@pytest.mark.parametrize(
    ("kind", "name"), [("application/ms-tnef", "x.bin"), ("application/octet-stream", "WinMail.dat")]
)
def test_the_files_inside_are_listed_and_can_be_saved(kind: str, name: str) -> None:
    """After the winmail.dat itself, under their own names; their bytes are those that the list has the hash of."""
    raw = mail(WHOLE, kind, name)
    read = parse(raw)
    assert read.text.strip() == "words"
    assert read.defects == ("no-date", "no-message-id")
    assert [(a.index, a.name, a.size) for a in read.attachments] == [
        (0, name, len(WHOLE)),
        (1, "請求書①.pdf", len(PDF)),
        (2, "写真.jpg", len(PHOTO)),
    ]
    assert read.attachments[1].content_type == "application/pdf"
    assert not any(a.inline for a in read.attachments)
    for entry, data in zip(read.attachments, (WHOLE, PDF, PHOTO), strict=True):
        assert attachment.content(raw, entry.index) == data
        assert entry.sha256 == hashlib.sha256(data).hexdigest()
    with pytest.raises(NotFound):
        attachment.content(raw, 3)


@pytest.mark.parametrize("cut", [len(WHOLE) - 20, len(WHOLE) // 2, 40, 3])
def test_a_broken_one_is_kept_and_said_to_be(cut: int) -> None:
    """It stays an attachment, whatever is in it; what stands before the break is listed."""
    read = parse(mail(WHOLE[:cut]))
    assert "winmail" in read.defects
    assert read.attachments[0].size == cut
    assert len(read.attachments) <= 3


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (struct.pack("<HH", 0x102, DATA) + padded(PDF), PDF),
        (struct.pack("<HH", 0xD, DATA) + padded(b"i" * 16 + PDF), PDF),
    ],
    ids=["binary", "object"],
)
def test_bytes_among_the_properties(value: bytes, wanted: bytes) -> None:
    """A mail that is attached, or what another program wrote."""
    found = tnef.read(winmail(begin() + properties(wide(LONG_NAME, "a"), value)))
    assert found == ((tnef.TnefFile("a", "", wanted),), True)


def test_bombs_inside() -> None:
    """Ten thousand files, lengths that lie, a value a thousand million times: soon over, and nothing grows."""
    many = winmail(*[file("a", b"x") for _ in range(10_000)])
    lies = struct.pack("<HHI", 0x1, 0x3705, 0xFFFFFFFF) * 10_000
    nothing = struct.pack("<HHI", 0x1001, 0x3705, 0xFFFFFFFF)
    large = attribute(2, 0x69005, struct.pack("<I", 0xFFFFFFFF) + lies)
    started = time.process_time()
    assert len(tnef.read(many).files) == tnef.MAX_FILES
    for hostile in (large, attribute(2, 0x69005, struct.pack("<I", 0xFFFFFFFF) + nothing), b"\x02" * 100_000):
        assert not tnef.read(winmail(begin() + hostile)).files
    nested = WHOLE
    for _ in range(100):
        nested = winmail(file("winmail.dat", nested))
    assert len(parse(mail(nested)).attachments) == 2
    assert time.process_time() - started < 2.0


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300).map(lambda b: winmail(begin() + b)),
        st.binary(max_size=200).map(lambda b: winmail(begin() + attribute(2, 0x69005, b))),
        st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)).map(
            lambda at: WHOLE[: at[0]] + at[1] + WHOLE[at[0] + len(at[1]) :]
        ),
    )
)
def test_any_bytes_are_read_and_nothing_is_made_up(packed: bytes) -> None:
    """No exception; each file is a piece of what came, and all of them together are no more."""
    files: Sequence[tnef.TnefFile] = tnef.read(packed).files
    assert all(one.data in packed for one in files)
    assert sum(len(one.data) for one in files) <= len(packed)
    for one in files:
        one.name.encode("utf-8")
        assert "\0" not in one.name + one.content_type
