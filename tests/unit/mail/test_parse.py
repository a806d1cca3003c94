"""Reading whole mails: never an exception, nothing lost, linear time; and the same as another parser."""

from __future__ import annotations

import base64
import email
import hashlib
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.trust import AuthenticationField, Finding
from maildesk.mail.attachment import content
from maildesk.mail.findings import Findings
from maildesk.mail.layout import Reader
from maildesk.mail.parse import content_key, parse
from maildesk.mail.structure import MAX_PARTS, read

HEAD = (
    b"From: a@customer.example\r\nTo: info@shop.example\r\nSubject: x\r\n"
    b"Date: Sat, 21 Nov 2026 09:17:00 +0900\r\nMessage-ID: <1@customer.example>\r\n"
)


def nested(levels: int) -> bytes:
    """Multiparts inside each other."""
    parts = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return HEAD + b"".join(parts) + b"\r\nhello\r\n"


BOMBS = {
    "nested": nested(20_000),
    "many parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
    "header fields": b"X: y\r\n" * 300_000 + b"\r\nbody",
    "long field": b"Subject: " + b"a " * 2_000_000 + b"\r\n\r\nbody",
    "folded field": b"Subject: a" + b"\r\n b" * 300_000 + b"\r\n\r\nbody",
    "no colon": b"X: y\r\n" + b"zzzz\r\n" * 300_000,
    "nul": b"\x00" * 1_000_000,
    "almost boundary": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
    + b"\n--bx" * 500_000,
    "tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "table cells": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>a<td>b" * 50_000,
    "jis": HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B-!\x1b(B" * 200_000,
    "dashes": HEAD + b"\r\n" + b"-- \r\n" * 60_000,
    "rules": HEAD + b"\r\n" + (b"-" * 200 + b"x\r\n") * 5_000,
    "boxes": HEAD + b"\r\n" + ("━━━━━━━━\r\nTEL\r\n".encode()) * 20_000,
    "ids": b"From: mailer-daemon@x.example\r\nSubject: failure\r\n\r\n" + b"Message-ID: <" * 50_000,
    "addresses": b"From: mailer-daemon@x.example\r\nSubject: failure\r\n\r\n" + b"a.@" * 50_000,
    "words": b"Subject: " + b"=?utf-8?b?44GC?= " * 15_000 + b"\r\n\r\nx",
    "noise": bytes(range(256)) * 4_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    """No hostile mail raises, recurses or takes long."""
    begin = time.process_time()
    mail = parse(BOMBS[name])
    assert time.process_time() - begin < 5.0
    assert not any(defect.startswith("error:") for defect in mail.defects)


def test_bombs_are_named() -> None:
    """What was cut is told."""
    assert "nested-too-deep" in parse(BOMBS["nested"]).defects
    assert "too-many-parts" in parse(BOMBS["many parts"]).defects
    assert len(read(BOMBS["many parts"]).parts) <= MAX_PARTS
    assert "header-too-long" in parse(BOMBS["header fields"]).defects


@pytest.mark.slow
def test_200_megabytes_stay_linear() -> None:
    """A huge attachment is hashed in pieces, and the text beside it is read."""
    block = os.urandom(750_000)
    encoded = base64.encodebytes(block)
    times = 200_000_000 // len(encoded)
    raw = b"".join(
        [HEAD, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"]
        + [b"Content-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"]
        + [encoded] * times
        + [b"\r\n--b--\r\n"]
    )
    begin = time.process_time()
    mail = parse(raw)
    assert time.process_time() - begin < 15.0
    assert mail.text == "hi"
    assert mail.attachments[0].size == len(block) * times


def test_unreadable_mails_are_marked() -> None:
    """Nothing and noise are for the quarantine; a mail without headers but with words is not."""
    assert not parse(b"").readable
    assert not parse(b"\x00\x01\x02" * 100).readable
    assert parse(b"\r\njust words\r\n").readable
    assert parse(HEAD + b"\r\n").readable


def test_an_error_inside_never_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a bug of ours gives a mail for the quarantine, with its own key."""

    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("maildesk.mail.parse.read", broken)
    mail = parse(HEAD)
    assert mail.defects == ("unreadable", "error:RecursionError")
    assert mail.content_key == hashlib.sha256(HEAD).hexdigest()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(
    [b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: multipart/alternative; boundary=c\r\n",
     b"Content-Type: message/rfc822\r\n", b"Content-Type: text/html\r\n", b"Content-Type: message/delivery-status\r\n",
     b"Content-Transfer-Encoding: base64\r\n", b"Content-Disposition: attachment; filename=x\r\n", b"\r\n", b"--b\r\n",
     b"--b--\r\n", b"--c\r\n", b"--c--\r\n", b"words\r\n", b"\x00", b"\xe3\x81", b"From ", b"From: a@b\r\n", b"\n", b"\r",
     b" folded\r\n", b"<p>x</p>", b"\x1b$B", b"> quoted\r\n", b"Subject: =?utf-8?b?44GC?=\r\n"]
), max_size=30).map(b"".join))  # fmt: skip
def test_any_pieces_of_mail_are_read_and_nothing_is_lost(raw: bytes) -> None:
    """Every leaf is text, another form of text or an attachment, and can be fetched."""
    mail = parse(raw)
    assert not any(defect.startswith("error:") for defect in mail.defects)
    structure = read(raw)
    layout = Reader(structure, Findings()).layout()
    assert sorted(layout.shown + layout.alternatives + layout.attachments) == structure.leaves()
    for entry in mail.attachments:
        assert hashlib.sha256(content(raw, entry.index)).hexdigest() == entry.sha256


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=50)


KINDS = ("mixed", "related", "alternative", "digest", "signed", "report", "parallel", "x-unheard-of")


@pytest.mark.parametrize("inside", KINDS)
@pytest.mark.parametrize("outside", KINDS)
def test_every_leaf_has_one_place(outside: str, inside: str) -> None:
    """Words before, between and after pictures, in any two multiparts: all of it is shown, another form of what is
    shown, or listed (``failures.md`` row 56)."""
    leaves = ("text/plain", "text/html", "image/png", "text/plain", "application/pdf", "text/html")

    def parts(boundary: str, more: str = "") -> str:
        own = "".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\nwords\r\n" for kind in leaves)
        return f"{own}{more}--{boundary}--\r\n"

    inner = f"--a\r\nContent-Type: multipart/{inside}; boundary=b\r\n\r\n{parts('b')}"
    raw = HEAD + f"Content-Type: multipart/{outside}; boundary=a\r\n\r\n{parts('a', inner)}".encode()
    structure = read(raw)
    assert len(structure.leaves()) == 2 * len(leaves)
    layout = Reader(structure, Findings()).layout()
    assert sorted(layout.shown + layout.alternatives + layout.attachments) == structure.leaves()
    assert len(parse(raw).attachments) == len(layout.attachments)


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.tuples(st.sampled_from(["text/plain", "text/html", "application/pdf"]), _WORDS),
    lambda inner: st.tuples(st.sampled_from(["mixed", "related", "alternative"]), st.lists(inner, min_size=1, max_size=4)),
    max_leaves=8,
))  # fmt: skip
def test_the_same_tree_as_the_standard_library(tree: tuple[str, object]) -> None:
    """On regular mail our one-pass reader and the standard parser agree about types and contents."""
    counter = iter(range(1_000))

    def build(node: tuple[str, object]) -> bytes:
        kind, inside = node
        if isinstance(inside, str):
            data = base64.encodebytes(inside.encode()).replace(b"\n", b"\r\n")
            return (
                f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
                + data
            )
        assert isinstance(inside, list)
        mark = f"=_{next(counter)}_b"
        parts = b"".join(f"--{mark}\r\n".encode() + build(child) + b"\r\n" for child in inside)
        return (
            f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
            + parts
            + f"--{mark}--\r\n".encode()
        )

    raw = HEAD + b"MIME-Version: 1.0\r\n" + build(tree)
    structure = read(raw)
    ours = [
        (structure.parts[n].content_type, structure.content(structure.parts[n])) for n in structure.leaves()
    ]
    theirs = [
        (part.get_content_type(), part.get_payload(decode=True))
        for part in email.message_from_bytes(raw).walk()
        if not part.is_multipart()
    ]
    assert ours == theirs


def test_content_key_ignores_trace_and_line_ends() -> None:
    """Two copies of one mail over two ways have one key; another body has another."""
    one = HEAD + b"\r\nbody\r\nmore\r\n"
    two = (
        b"Return-Path: <x@y>\r\nReceived: by z\r\nDelivered-To: q@shop.example\r\n"
        + one.replace(b"\r\n", b"\n")
        + b"\n\n"
    )
    assert parse(one).content_key == parse(two).content_key
    assert parse(one).content_key != parse(one.replace(b"body", b"Body")).content_key
    assert parse(one).content_key != parse(one.replace(b"<1@", b"<2@")).content_key
    assert content_key(read(one)) == parse(one).content_key


def test_content_key_without_an_id_counts_the_subject() -> None:
    """Two notices without id and with empty bodies are two mails."""
    one = b"From: a@b.example\r\nSubject: one\r\n\r\n"
    assert parse(one).content_key != parse(one.replace(b"one", b"two")).content_key


def test_delivered_to_and_authentication() -> None:
    """Where the mail really arrived, and the words of the servers about its sender."""
    mail = parse(
        b"Delivered-To: a@shop.example\r\nX-Original-To: <b@shop.example>\r\n"
        b"Authentication-Results: mx.shop.example; dkim=pass\r\n" + HEAD + b"\r\nx"
    )
    assert mail.delivered_to == ("a@shop.example", "b@shop.example")
    assert mail.authentication == (AuthenticationField("mx.shop.example", (Finding("dkim", "pass"),)),)
