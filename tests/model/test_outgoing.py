"""Outgoing mail: 20,000 random drafts, each built and read back by another reader, equal in everything a customer sees.

``MAILDESK_DRAFTS=1000000`` makes more of them; the seed is printed and can be set.
"""

from __future__ import annotations

import email.policy
import os
import random
from datetime import UTC, datetime
from email.parser import BytesHeaderParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.address import Address
from maildesk.errors import ComposeError
from maildesk.mail import attachment
from maildesk.mail.compose import (
    Outgoing,
    OutgoingAttachment,
    build,
    new_message_id,
    reply_subject,
    written_file_name,
    written_subject,
    written_text,
)
from maildesk.mail.parse import parse

SEED = int(os.environ.get("MAILDESK_SEED", "20261121"))
DRAFTS = int(os.environ.get("MAILDESK_DRAFTS", "20000"))
FIELDS = frozenset(
    [
        "date",
        "from",
        "to",
        "cc",
        "subject",
        "message-id",
        "in-reply-to",
        "references",
        "x-maildesk-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    ]
)
PIECES = (
    "ご注文", "髙橋", "①㈱", "ｱｲｳ", "〜", "😀", "👨‍👩‍👧", "a", "Order 12", " ", "　", "\t", "\n", "\r", "\r\n", "\x00", "\x1b[2J",
    "\u2028", "\u202e", "\ufeff", "\x85", "=?utf-8?q?=0A?=", "=?UTF-8?B?QmNjOiB4QGV2aWwuZXhhbXBsZQ==?=", "Bcc: x@evil.example",
    "\nBcc: x@evil.example", "\r\n.\r\n", ".", "..", "From ", "--", '"', "\\", "<x@evil.example>", ",", ";", ":", "(", ")",
    "é", "e\u0301", "ゞ", "𠮷", "\ud800", "x" * 90, "長" * 60, "https://shop.example/?a=b&c=%0A", "Subject: y",
)  # fmt: skip
LOCALS = ("customer", "k.s+x", "..ab..", "a-b_c", "docomo.", "o'neil")
DOMAINS = ("example.jp", "mail.example", "shop.example")


def _text(rng: random.Random, most: int) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def _address(rng: random.Random) -> Address:
    return Address(_text(rng, 4), f"{rng.choice(LOCALS)}{rng.randint(0, 99)}@{rng.choice(DOMAINS)}")


def draft(rng: random.Random) -> Outgoing:
    """A draft such as a customer's mail and a hurried agent could make together."""
    files = tuple(
        OutgoingAttachment(
            _text(rng, 4),
            rng.choice(("image/png", "text/plain", "x", "message/rfc822")),
            rng.randbytes(rng.randint(0, 200)),
        )
        for _ in range(rng.choice((0, 0, 0, 1, 2)))
    )
    subject = _text(rng, 6)
    return Outgoing(
        message_id=new_message_id("shop.example"),
        from_=Address("見本商店", "info@shop.example"),
        to=tuple(_address(rng) for _ in range(rng.randint(1, 3))),
        cc=tuple(_address(rng) for _ in range(rng.choice((0, 0, 1, 2)))),
        subject=reply_subject(subject) if rng.random() < 0.7 else subject,
        text=_text(rng, 12),
        date=datetime(2026, 11, 21, 10, 0, rng.randint(0, 59), tzinfo=UTC),
        x_maildesk_id=new_message_id("shop.example"),
        in_reply_to=new_message_id("mail.example") if rng.random() < 0.7 else None,
        references=tuple(new_message_id("mail.example") for _ in range(rng.choice((0, 1, 3)))),
        attachments=files,
    )


def clean_bytes(raw: bytes, names: frozenset[str] = FIELDS) -> None:
    """What must hold for the bytes alone, by the standard library's reader."""
    bare = raw.replace(b"\r\n", b"")
    assert b"\n" not in bare, "a bare LF"
    assert b"\r" not in bare, "a bare CR"
    read = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw)
    found = [name.lower() for name in read.keys()]  # noqa: SIM118 - a field may stand there twice
    assert len(found) == len(set(found)), found
    assert set(found) <= names, set(found) - names
    assert "bcc" not in found


def read_back(asked: Outgoing, raw: bytes) -> None:
    """Our reader finds what was asked for: subject, people, text, files."""
    read = parse(raw)
    assert read.subject == written_subject(asked.subject)
    to = list(dict.fromkeys(a.key() for a in asked.to))
    assert [a.key() for a in read.to] == to
    assert [a.key() for a in read.cc] == [k for k in dict.fromkeys(a.key() for a in asked.cc) if k not in to]
    assert read.from_.key() == asked.from_.key()
    assert read.message_id == asked.message_id
    assert read.text.rstrip() == written_text(asked.text).rstrip()
    assert len(read.attachments) == len(asked.attachments)
    for shown, file in zip(read.attachments, asked.attachments, strict=True):
        assert attachment.safe_name(shown.name) == attachment.safe_name(written_file_name(file.name))
        assert attachment.content(raw, shown.index) == file.data


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_random_drafts_read_back_as_they_were_meant() -> None:
    """Equal, without Bcc, without a bare line end, without a field that nobody asked for (row 65)."""
    rng = random.Random(SEED)
    print(f"{DRAFTS} drafts, seed {SEED}")
    for number in range(DRAFTS):
        asked = draft(rng)
        try:
            raw = build(asked)
            clean_bytes(raw)
            if number % 10 == 0 or asked.attachments:
                read_back(asked, raw)
        except (AssertionError, ComposeError) as error:
            raise AssertionError(f"draft {number}, seed {SEED}: {asked!r}: {error}") from error


@settings(max_examples=150, deadline=None)
@given(
    subject=st.text(max_size=80),
    body=st.text(max_size=200),
    name=st.text(max_size=40),
    file=st.text(max_size=40),
)
def test_any_text_reads_back(subject: str, body: str, name: str, file: str) -> None:
    """Whatever Hypothesis thinks of."""
    asked = Outgoing(
        message_id="<md.1@shop.example>",
        from_=Address(name, "info@shop.example"),
        to=(Address(name, "customer@example.jp"),),
        subject=reply_subject(subject),
        text=body,
        date=datetime(2026, 11, 21, tzinfo=UTC),
        x_maildesk_id="<md.1@shop.example>",
        attachments=(OutgoingAttachment(file, "text/plain", b"x"),),
    )
    raw = build(asked)
    clean_bytes(raw)
    read_back(asked, raw)
