"""Outgoing mail: nothing a customer wrote can add a header or a recipient, and everything arrives as written."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.address import Address
from maildesk.domain.threading import is_message_id, is_ours
from maildesk.errors import ComposeError
from maildesk.mail import compose
from maildesk.mail.attachment import content
from maildesk.mail.compose import Outgoing, OutgoingAttachment, build
from maildesk.mail.parse import parse

OUTGOING = Outgoing(
    message_id="<md.0123456789abcdef0123456789abcdef@shop.example>",
    from_=Address("靴の店", "info@shop.example"),
    to=(Address("山田 太郎", "yamada@customer.example"),),
    subject="Re: ご注文 ①㈱髙〜－ｱ😀",
    text="山田様\n\nお世話になっております。\n",
    date=datetime(2026, 11, 21, 9, 17, tzinfo=timezone(timedelta(hours=9))),
    x_maildesk_id="outbox-7",
    in_reply_to="<c1@customer.example>",
    references=("<c0@customer.example>", "<c1@customer.example>"),
)
ALLOWED = {
    "date", "from", "to", "cc", "subject", "message-id", "in-reply-to", "references", "x-maildesk-id", "auto-submitted",
    "x-auto-response-suppress", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip
HOSTILE = [
    "order =?utf-8?q?=3D=3FUTF-8=3FQ=3F=3D0A=3F=3DBcc:_x@evil.example?=",
    "a\r\nBcc: x@evil.example",
    "a\nBcc: x@evil.example\n\nbody",
    "a\x00b\x1b[2J",
    'x" <victim@evil.example>, "y',
    "=?utf-8?B?Cg==?=",
    "\u202egpj.exe\u2028Bcc: x@evil.example\x85Bcc: y",
    "a" * 3_000,
    "長い件名" * 300,
    "<" * 50,
    "(((",
    '"',
    "\\",
    ",;:<>@",
    "",
    " ",
]


def names(raw: bytes) -> list[str]:
    """The names of the header fields, by the standard library's parser."""
    return [name.lower() for name in email.message_from_bytes(raw)]


def test_a_reply_arrives_as_written() -> None:
    """Round trip of names, subject, text, ids and date, and CRLF everywhere."""
    raw = build(OUTGOING)
    mail = parse(raw)
    assert (mail.from_, mail.to) == (OUTGOING.from_, OUTGOING.to)
    assert mail.subject == OUTGOING.subject
    assert mail.text == OUTGOING.text.rstrip("\n")
    assert mail.message_id == OUTGOING.message_id
    assert mail.in_reply_to == OUTGOING.in_reply_to
    assert mail.references == OUTGOING.references
    assert mail.date == OUTGOING.date
    assert mail.x_maildesk_id == "outbox-7"
    assert mail.defects == ()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert b"+0900" in raw


def test_the_standard_library_reads_the_same() -> None:
    """Another parser sees the same mail, in its strict policy."""
    files = (OutgoingAttachment("納品書①.pdf", "application/pdf", b"%PDF\r\n\x00"),)
    message = email.message_from_bytes(
        build(replace(OUTGOING, attachments=files)), policy=email.policy.default
    )
    assert message["subject"] == OUTGOING.subject
    assert message["from"].addresses[0].display_name == "靴の店"
    assert message["to"].addresses[0].addr_spec == "yamada@customer.example"
    text, file = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == OUTGOING.text
    assert file.get_filename() == "納品書①.pdf"
    assert file.get_content() == b"%PDF\r\n\x00"


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_add_a_header_or_a_recipient(words: str) -> None:
    """The same hostile words as subject, name, text and file name: the same fields and recipients as ever."""
    file = OutgoingAttachment(words, words, b"x")
    outgoing = replace(
        OUTGOING,
        subject=compose.reply_subject(words),
        from_=Address(words, "info@shop.example"),
        to=(Address(words, "yamada@customer.example"),),
        cc=(Address(words, "b@customer.example"),),
        text=words,
        attachments=(file,),
    )
    raw = build(outgoing)
    assert set(names(raw)) <= ALLOWED
    assert len(names(raw)) == len(set(names(raw)))
    mail = parse(raw)
    assert [entry.address for entry in (*mail.to, *mail.cc)] == [
        "yamada@customer.example",
        "b@customer.example",
    ]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b\r\nBcc: x@evil.example",
        "a b@c.example",
        "a@b@c.example",
        "<a@b.example>",
        "a@b.example, c@d.example",
        "a\x00@b.example",
        "a@b.example\u2028",
        '"@b.example',
        "a@b .example",
        "a,b@c.example",
        "a@ex(ample",
    ],
)
def test_addresses_that_are_not_one_address_are_refused(address: str) -> None:
    """Refused before a byte is written."""
    with pytest.raises(ComposeError):
        build(replace(OUTGOING, to=(Address("", address),)))


@pytest.mark.parametrize("bad", ["", "<>", "x", "<a@b>\r\nBcc: x", "<a b@c>", "<a@b> <c@d>"])
def test_ids_that_are_not_one_id_are_refused(bad: str) -> None:
    """Message-ID, References and X-Maildesk-Id cannot smuggle anything either."""
    with pytest.raises(ComposeError):
        build(replace(OUTGOING, message_id=bad))
    with pytest.raises(ComposeError):
        build(replace(OUTGOING, references=(bad,)))
    with pytest.raises(ComposeError):
        build(replace(OUTGOING, x_maildesk_id=f"{bad}\r\nBcc: x"))


def test_no_recipient_is_refused() -> None:
    """A mail to nobody cannot be built."""
    with pytest.raises(ComposeError):
        build(replace(OUTGOING, to=()))


def test_recipients_stand_once() -> None:
    """To and Cc name an address once, without regard to case: in the bytes themselves, for who reads them leaves out
    what stands twice."""
    people = (Address("A", "a@b.example"), Address("", "A@B.example"))
    raw = build(replace(OUTGOING, to=people, cc=(*people, Address("", "c@b.example"))))
    assert b"\r\nTo: A <a@b.example>\r\nCc: c@b.example\r\n" in raw
    mail = parse(raw)
    assert mail.to == (Address("A", "a@b.example"),)
    assert mail.cc == (Address("", "c@b.example"),)


def test_docomo_addresses_are_written_in_quotes() -> None:
    """The local part that RFC 5321 forbids bare stands in quotes, and is read back bare."""
    raw = build(replace(OUTGOING, to=(Address("", "foo..bar.@docomo.ne.jp"),)))
    assert b'To: "foo..bar."@docomo.ne.jp\r\n' in raw
    assert parse(raw).to == (Address("", "foo..bar.@docomo.ne.jp"),)


def test_a_difference_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the serializer ever lets a line end through, the bytes are refused."""
    monkeypatch.setattr(compose, "_unstructured", lambda text: [text + "\r\nBcc: x@evil.example"])
    with pytest.raises(ComposeError) as error:
        build(OUTGOING)
    assert error.value.values["field"] == "header"
    monkeypatch.setattr(compose, "_unstructured", lambda text: ["other"])
    with pytest.raises(ComposeError) as error:
        build(OUTGOING)
    assert error.value.values["field"] == "Subject"


def test_names_broken_out_of_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that would be read as a recipient is refused."""
    monkeypatch.setattr(compose, "_phrase", lambda name: [name])
    with pytest.raises(ComposeError) as error:
        build(replace(OUTGOING, to=(Address("x <victim@evil.example>, y", "a@b.example"),)))
    assert error.value.values["field"] == "To"


def test_automatic_answers_say_so() -> None:
    """RFC 3834: our own machine mail cannot start a loop; a person's mail carries no such field."""
    raw = build(replace(OUTGOING, auto_submitted=True))
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in raw
    assert b"Auto-Submitted" not in build(OUTGOING)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("short ascii\n", b"7bit"), ("日本語\n", b"base64"), ("x" * 200, b"base64"), ("From me\n", b"base64")],
)
def test_transfer_encoding(text: str, encoding: bytes) -> None:
    """Base64 unless every server leaves the lines as they are."""
    assert b"Content-Transfer-Encoding: " + encoding in build(replace(OUTGOING, text=text))


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("ご注文", "Re: ご注文"),
        ("Re: ご注文", "Re: ご注文"),
        ("RE:RE: re : ご注文", "Re: ご注文"),
        ("Re[2]: ご注文", "Re: ご注文"),
        ("Re^3: ご注文", "Re: ご注文"),
        ("Re：返信: ご注文", "Re: ご注文"),
        ("返信：ご注文", "Re: ご注文"),
        ("AW: Bestellung", "Re: Bestellung"),
        ("Recall: x", "Re: Recall: x"),
        ("", "Re:"),
        ("Re:", "Re:"),
        ("a\r\nBcc: x", "Re: a Bcc: x"),
    ],
)
def test_reply_subject(subject: str, wanted: str) -> None:
    """One mark in front, whatever was there."""
    assert compose.reply_subject(subject) == wanted
    assert compose.reply_subject(wanted) == wanted


def test_references() -> None:
    """The chain and the mail answered at its end; of a long chain the first and the newest."""
    assert compose.references_for("<b@x>", ("<a@x>",)) == ("<a@x>", "<b@x>")
    assert compose.references_for("<b@x>", (), "<a@x>") == ("<a@x>", "<b@x>")
    assert compose.references_for(None, ("<>", "junk")) == ()
    assert compose.references_for("<a@x>", ("<a@x>", "<b@x>")) == ("<b@x>", "<a@x>")
    chain = tuple(f"<{n}@x>" for n in range(100))
    found = compose.references_for("<last@x>", chain)
    assert len(found) == compose.MAX_REFERENCES
    assert (found[0], found[-1]) == ("<0@x>", "<last@x>")


def test_quote() -> None:
    """Every line gets its mark; no line is too long for a mail."""
    quoted = compose.quote(
        "一行目\n> 前の引用\n\n" + "長" * 3_000, "2026年11月21日(土) 9:17", "山田 <y@customer.example>"
    )
    lines = quoted.rstrip("\n").split("\n")
    assert lines[0] == "2026年11月21日(土) 9:17 山田 <y@customer.example>:"
    assert lines[1:4] == ["> 一行目", ">> 前の引用", ">"]
    assert all(line.startswith(">") and len(line) <= compose.MAX_QUOTED_LINE for line in lines[1:])


def test_new_message_ids_are_ours_and_never_repeat() -> None:
    """Random, recognisable, well-formed even for odd domains."""
    ids = {compose.new_message_id("shop.example") for _ in range(200)}
    assert len(ids) == 200
    assert all(is_ours(message_id) for message_id in ids)
    assert is_message_id(compose.new_message_id("ショップ\r\n"))


def test_attachments_survive(tmp_path: Path) -> None:
    """Bytes, names and types of files, also of dangerous types and long names."""
    data = bytes(range(256)) * 300
    files = (
        OutgoingAttachment("請" * 90 + ".pdf", "application/pdf", data),
        OutgoingAttachment("a.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        OutgoingAttachment("empty.txt", "text/plain", b""),
        OutgoingAttachment("b.eml", "message/rfc822", "Subject: 件名\r\n\r\ny".encode()),
        OutgoingAttachment("c.eml", "message/rfc822", b"Subject: x\n\ny"),
        OutgoingAttachment("d.html", "multipart/mixed", b"--x"),
    )
    raw = build(replace(OUTGOING, attachments=files))
    mail = parse(raw)
    assert [entry.name for entry in mail.attachments] == [entry.name for entry in files]
    kinds = [entry.content_type for entry in mail.attachments]
    assert kinds[1] == "message/rfc822"  # it may not be encoded there, so what is not plain goes as a file
    assert kinds[3:] == ["application/octet-stream"] * 3
    for place, entry in enumerate(files):
        assert content(raw, place) == entry.data


_ADDRESSES = st.builds(
    Address,
    st.text(max_size=80),
    st.from_regex(r"[a-z0-9]{1,12}(\.[a-z0-9]{1,5}){0,3}\.{0,2}@[a-z]{1,10}\.example", fullmatch=True),
)
_IDS = st.from_regex(r"<[a-z0-9.]{1,30}@[a-z]{1,20}\.example>", fullmatch=True)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(
    st.builds(
        Outgoing,
        message_id=_IDS,
        from_=_ADDRESSES,
        to=st.lists(_ADDRESSES, min_size=1, max_size=5).map(tuple),
        cc=st.lists(_ADDRESSES, max_size=3).map(tuple),
        subject=st.text(max_size=300),
        text=st.text(max_size=2_000),
        date=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        x_maildesk_id=st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True),
        in_reply_to=st.one_of(st.none(), _IDS),
        references=st.lists(_IDS, max_size=10, unique=True).map(tuple),
        attachments=st.lists(
            st.builds(
                OutgoingAttachment, st.text(max_size=120), st.text(max_size=30), st.binary(max_size=400)
            ),
            max_size=3,
        ).map(tuple),
        auto_submitted=st.booleans(),
    )
)
def test_any_mail_can_be_built_and_means_what_was_asked(outgoing: Outgoing) -> None:
    """The property of the module: built without refusal, read back the same, never a Bcc."""
    raw = build(outgoing)
    found = names(raw)
    assert set(found) <= ALLOWED
    assert len(found) == len(set(found))
    mail = parse(raw)
    assert {entry.key() for entry in (*mail.to, *mail.cc)} == {
        entry.key() for entry in (*outgoing.to, *outgoing.cc)
    }
    assert mail.subject == compose.written_subject(outgoing.subject)
    written = compose.written_text(outgoing.text).rstrip("\n")
    assert mail.text.rstrip("\n") == (written if written.strip() else "")
    assert len(mail.attachments) == len(outgoing.attachments)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
