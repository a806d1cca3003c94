"""A mail to send, as bytes: header fields are written here and nowhere else, and read back before use.

Words of customers reach the header (their subject in ``Re:``, their name in To). None of them can add a field
or a recipient: every text that is not plain ASCII words is written as base64 encoded words (RFC 2047),
addresses are checked, line ends cannot occur. Then the finished bytes are parsed again and compared with what
was asked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote as percent

from maildesk.domain.address import Address, is_valid, unique, wire
from maildesk.domain.threading import is_message_id
from maildesk.errors import ComposeError
from maildesk.mail import header
from maildesk.mail.charset import clean
from maildesk.mail.findings import Findings
from maildesk.mail.structure import read

MAX_LINE = 76
MAX_QUOTED_LINE = 1_000
MAX_REFERENCES = 30
MAX_SUBJECT = 1_000
RFC822 = "message/rfc822"

_ATOM_WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_PLAIN = re.compile(r"[ -~]*")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_REPLY_MARK = re.compile(
    r"[\s　]{0,5}(?:re|aw|sv|antw|r|回复|答复|返信|回答)[ 　]{0,3}(?:[\[(^][0-9]{1,4}[\])]?"
    r"|[0-9]{1,3})?[ 　]{0,3}[:：][\s　]{0,5}",
    re.IGNORECASE,
)
_FORWARD_MARK = re.compile(r"[\s　]{0,5}(?:fwd?|wg|tr|転送|转发)[ 　]{0,3}[:：][\s　]{0,5}", re.IGNORECASE)
_ID_TOKEN = re.compile(r"[A-Za-z0-9_.:@<>-]{1,200}")


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file to send along."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Everything a mail to send is made of. There is no Bcc: hidden recipients exist in the envelope only.

    ``date`` is aware. ``x_maildesk_id`` lets us recognise our own mail when a relay has changed its
    Message-ID. ``auto_submitted`` marks an answer that no person wrote (RFC 3834).
    """

    message_id: str
    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    date: datetime
    x_maildesk_id: str
    cc: tuple[Address, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[OutgoingAttachment, ...] = ()
    auto_submitted: bool = False


def build(outgoing: Outgoing) -> bytes:
    """The mail as bytes with CRLF line ends, ready for DATA and for Sent.

    Raises: ComposeError: an address or id cannot be written, there is no recipient, or the bytes,
    read back, are not what was asked for.
    """
    _check(outgoing)
    fields = _fields(outgoing)
    body_fields, body = _body(outgoing)
    names = [name for name, _ in fields + body_fields]
    raw = _header(fields + body_fields) + b"\r\n" + body
    _read_back(raw, outgoing, names)
    return raw


def new_message_id(domain: str) -> str:
    """A random Message-ID of our own: ``<md.`` + 32 hexadecimal digits + ``@domain>``."""
    safe = re.sub(r"[^A-Za-z0-9.-]", "", domain) or "localhost.localdomain"
    return f"<md.{secrets.token_hex(16)}@{safe}>"


def reply_subject(subject: str) -> str:
    """The subject of a reply: ``Re: `` once, whatever marks (``RE:``, ``Re[2]:``, ``返信:``) were there."""
    rest = _one_line(subject)
    for _ in range(50):
        match = _REPLY_MARK.match(rest)
        if match is None:
            break
        rest = rest[match.end() :]
    return f"Re: {rest}"[:MAX_SUBJECT].rstrip() if rest else "Re:"


def forward_subject(subject: str) -> str:
    """The subject of a forward: ``Fwd: `` once before what is passed on."""
    rest = _one_line(subject)
    while (match := _FORWARD_MARK.match(rest)) is not None:
        rest = rest[match.end() :]
    return f"Fwd: {rest}"[:MAX_SUBJECT].rstrip() if rest else "Fwd:"


def references_for(
    message_id: str | None, references: Iterable[str], in_reply_to: str | None = None
) -> tuple[str, ...]:
    """The References of a reply: those of the mail answered and its own id (RFC 5322 3.6.4).

    Without References its In-Reply-To stands in. Of a very long list the first and the newest ids are kept.
    """
    before = list(references) or ([in_reply_to] if in_reply_to else [])
    ids = [entry for entry in [*before, message_id or ""] if is_message_id(entry)]
    # the last mention of an id is the one that counts for the order
    ordered = list(dict.fromkeys(reversed(ids)))[::-1]
    if len(ordered) > MAX_REFERENCES:
        ordered = ordered[:1] + ordered[-(MAX_REFERENCES - 1) :]
    return tuple(ordered)


def quote(text: str, when: str, who: str) -> str:
    """A text as quotation under a line that says when and who.

    Long lines are wrapped at MAX_QUOTED_LINE characters.
    """
    lines = [f"{_one_line(when)} {_one_line(who)}:".strip()]
    for line in text.strip("\n").split("\n"):
        line = line.rstrip()
        width = MAX_QUOTED_LINE - 2
        for start in range(0, max(len(line), 1), width):
            piece = line[start : start + width]
            lines.append(f">{piece}" if piece.startswith(">") else f"> {piece}".rstrip())
    return "\n".join(lines) + "\n"


def written_subject(subject: str) -> str:
    """A subject as it will arrive: on one line, without controls, invisible and reordering characters."""
    return _one_line(subject)[:MAX_SUBJECT].rstrip()


def written_text(text: str) -> str:
    """A text as it will arrive: line ends as ``\\n``, one at the end, no controls but tabs."""
    text = (
        clean(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", "", text)
    return unicodedata.normalize("NFC", text).rstrip("\n") + "\n"


def _one_line(text: str) -> str:
    text = re.sub(r"[\r\n\t\x0b\x0c\x85\u2028\u2029]+", " ", clean(text))
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    return " ".join(text.split())


def _check(outgoing: Outgoing) -> None:
    if not outgoing.to and not outgoing.cc:
        raise ComposeError("compose_no_recipient")
    for entry in (outgoing.from_, *outgoing.to, *outgoing.cc):
        if not is_valid(entry.address) or not entry.address.isprintable():
            raise ComposeError("compose_address", address=entry.address)
    ids = [
        outgoing.message_id,
        *outgoing.references,
        *([outgoing.in_reply_to] if outgoing.in_reply_to else []),
    ]
    for entry_id in ids:
        if not is_message_id(entry_id):
            raise ComposeError("compose_message_id", message_id=entry_id)
    if not _ID_TOKEN.fullmatch(outgoing.x_maildesk_id):
        raise ComposeError("compose_message_id", message_id=outgoing.x_maildesk_id)
    if outgoing.date.tzinfo is None:
        raise ValueError("the date of a mail must be aware")


def _fields(outgoing: Outgoing) -> list[tuple[str, list[str]]]:
    """The fields with their values as words that may be folded between."""
    fields = [
        ("Date", [format_datetime(outgoing.date.replace(microsecond=0))]),
        ("From", _mailboxes((outgoing.from_,))),
    ]
    if outgoing.to:
        fields.append(("To", _mailboxes(unique(outgoing.to))))
    taken = {entry.key() for entry in outgoing.to}
    copies = tuple(entry for entry in unique(outgoing.cc) if entry.key() not in taken)
    if copies:
        fields.append(("Cc", _mailboxes(copies)))
    fields.append(("Subject", _unstructured(written_subject(outgoing.subject))))
    fields.append(("Message-ID", [outgoing.message_id]))
    if outgoing.in_reply_to:
        fields.append(("In-Reply-To", [outgoing.in_reply_to]))
    if outgoing.references:
        fields.append(("References", list(outgoing.references)))
    fields.append(("X-Maildesk-Id", [outgoing.x_maildesk_id]))
    if outgoing.auto_submitted:
        fields += [("Auto-Submitted", ["auto-replied"]), ("X-Auto-Response-Suppress", ["All"])]
    fields.append(("MIME-Version", ["1.0"]))
    return fields


def _mailboxes(entries: tuple[Address, ...]) -> list[str]:
    tokens: list[str] = []
    for place, entry in enumerate(entries):
        name = _one_line(entry.name)[:200]
        comma = "," if place < len(entries) - 1 else ""
        if name and name != entry.address:
            tokens += _phrase(name)
            tokens.append(f"<{wire(entry.address)}>{comma}")
        else:
            tokens.append(f"{wire(entry.address)}{comma}")
    return tokens


def _phrase(name: str) -> list[str]:
    if len(name) <= 60 and _ATOM_WORDS.fullmatch(name) and "=?" not in name:
        return name.split(" ")
    return _encoded_words(name)


def _unstructured(text: str) -> list[str]:
    if _PLAIN.fullmatch(text) and "=?" not in text and all(len(word) <= 60 for word in text.split(" ")):
        return text.split(" ")
    return _encoded_words(text)


def _encoded_words(text: str) -> list[str]:
    """Base64 UTF-8 words of at most 75 characters, never cut inside a character (RFC 2047)."""
    words: list[str] = []
    piece = b""
    for char in text:
        data = char.encode("utf-8")
        if len(piece) + len(data) > 42:
            words.append(_word(piece))
            piece = b""
        piece += data
    if piece:
        words.append(_word(piece))
    return words


def _word(data: bytes) -> str:
    return f"=?UTF-8?B?{base64.b64encode(data).decode('ascii')}?="


def _header(fields: list[tuple[str, list[str]]]) -> bytes:
    out: list[str] = []
    for name, tokens in fields:
        line = f"{name}:"
        for token in tokens:
            if len(line) + 1 + len(token) > MAX_LINE and line != f"{name}:":
                out.append(line)
                line = ""
            line += f" {token}"
        out.append(line)
    return "".join(f"{line}\r\n" for line in out).encode("utf-8")


def _body(outgoing: Outgoing) -> tuple[list[tuple[str, list[str]]], bytes]:
    text_fields, text = _text_part(written_text(outgoing.text))
    if not outgoing.attachments:
        return text_fields, text
    boundary = f"=_md_{secrets.token_hex(16)}"
    parts = [_header(text_fields) + b"\r\n" + text]
    for entry in outgoing.attachments:
        data = entry.data if _file_type(entry) == RFC822 else _base64_lines(entry.data)
        parts.append(_header(_file_fields(entry)) + b"\r\n" + data)
    delimiter = f"--{boundary}".encode("ascii")
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"
    return [("Content-Type", ["multipart/mixed;", f'boundary="{boundary}"'])], body


def _text_part(text: str) -> tuple[list[tuple[str, list[str]]], bytes]:
    plain = text.isascii() and all(
        len(line) <= MAX_LINE and not line.startswith("From ") for line in text.split("\n")
    )
    if plain:
        fields = [
            ("Content-Type", ["text/plain;", "charset=us-ascii"]),
            ("Content-Transfer-Encoding", ["7bit"]),
        ]
        return fields, text.replace("\n", "\r\n").encode("ascii")
    fields = [
        ("Content-Type", ["text/plain;", "charset=utf-8"]),
        ("Content-Transfer-Encoding", ["base64"]),
    ]
    return fields, _base64_lines(text.replace("\n", "\r\n").encode("utf-8"))


def _base64_lines(data: bytes) -> bytes:
    return b"".join(
        binascii.b2a_base64(data[start : start + 57], newline=False) + b"\r\n"
        for start in range(0, len(data), 57)
    )


def written_file_name(name: str) -> str:
    """The name of an attachment as it will arrive."""
    return (
        _one_line(name.replace("/", "_").replace("\\", "_")).replace('"', "'")[:150].strip() or "attachment"
    )


def _file_fields(entry: OutgoingAttachment) -> list[tuple[str, list[str]]]:
    """Content fields of a file; its name by RFC 2231, and by RFC 2047 for mailers that know no better."""
    name = written_file_name(entry.name)
    kind = _file_type(entry)
    if _PLAIN.fullmatch(name) and len(name) <= 60 and "=?" not in name:
        named, filed = [f'name="{name}"'], [f'filename="{name}"']
    else:
        named = f'name="{" ".join(_encoded_words(name))}"'.split(" ")
        filed = _continued(name)
    return [
        ("Content-Type", [f"{kind};", *named]),
        ("Content-Transfer-Encoding", ["7bit" if kind == RFC822 else "base64"]),
        ("Content-Disposition", ["attachment;", *filed]),
    ]


def _file_type(entry: OutgoingAttachment) -> str:
    kind = entry.content_type.strip().lower()
    if kind == RFC822 and _travels_as_it_is(entry.data):
        return kind
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return kind


def _travels_as_it_is(data: bytes) -> bool:
    """Whether a mail can be put into another as such: it must not be encoded there (RFC 2046 5.2.1), so it has to be
    ASCII in lines that every server takes. Any other goes along as a file."""
    lines = data.split(b"\r\n")
    plain = data.isascii() and b"\0" not in data
    return plain and all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in lines)


def _continued(name: str) -> list[str]:
    """``filename*0*=UTF-8''…; filename*1*=…`` with lines that are short enough (RFC 2231)."""
    pieces: list[str] = []
    piece = "UTF-8''"
    for char in name:
        encoded = percent(char, safe="")
        if len(piece) + len(encoded) > 55:
            pieces.append(piece)
            piece = ""
        piece += encoded
    pieces.append(piece)
    if len(pieces) == 1:
        return [f"filename*={pieces[0]}"]
    last = len(pieces) - 1
    return [f"filename*{n}*={piece}{';' if n < last else ''}" for n, piece in enumerate(pieces)]


def _read_back(raw: bytes, outgoing: Outgoing, names: list[str]) -> None:
    """Parse the bytes and compare them with what was asked for; a difference means that a text broke out."""
    structure = read(raw)
    root = structure.root
    if [name for name, _ in root.headers] != [name.lower() for name in names]:
        raise ComposeError("compose_mismatch", field="header")
    head = raw.partition(b"\r\n\r\n")[0]
    if b"\n" in head.replace(b"\r\n", b"") or b"\r" in head.replace(b"\r\n", b"") or b"\x00" in head:
        raise ComposeError("compose_mismatch", field="header")
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        raise ComposeError("compose_mismatch", field="line length")
    taken = {entry.key() for entry in outgoing.to}
    copies = tuple(entry for entry in unique(outgoing.cc) if entry.key() not in taken)
    for field, asked in (("From", (outgoing.from_,)), ("To", unique(outgoing.to)), ("Cc", copies)):
        found = header.addresses(root.get(field.lower()) or b"")
        if [(e.key(), e.name) for e in found] != [(e.key(), _written_name(e)) for e in asked]:
            raise ComposeError("compose_mismatch", field=field)
    if header.text(root.get("subject") or b"") != written_subject(outgoing.subject):
        raise ComposeError("compose_mismatch", field="Subject")
    expected_ids = {
        "message-id": (outgoing.message_id,),
        "in-reply-to": (outgoing.in_reply_to,) if outgoing.in_reply_to else (),
        "references": tuple(dict.fromkeys(outgoing.references)),
    }
    for field, ids in expected_ids.items():
        if header.message_ids(root.get(field) or b"") != ids:
            raise ComposeError("compose_mismatch", field=field)
    if header.date(root.get("date") or b"") != outgoing.date.astimezone(UTC).replace(microsecond=0):
        raise ComposeError("compose_mismatch", field="Date")
    _read_back_body(raw, outgoing)


def _written_name(entry: Address) -> str:
    name = _one_line(entry.name)[:200].strip()
    return "" if name == entry.address else name


def _read_back_body(raw: bytes, outgoing: Outgoing) -> None:
    structure = read(raw)
    leaves = [structure.parts[number] for number in structure.leaves()]
    if len(leaves) != 1 + len(outgoing.attachments):
        raise ComposeError("compose_mismatch", field="parts")
    text = Findings().text(structure.content(leaves[0]), leaves[0].parameters.get("charset"))
    if text.replace("\r\n", "\n").rstrip("\n") != written_text(outgoing.text).rstrip("\n"):
        raise ComposeError("compose_mismatch", field="text")
    for part, entry in zip(leaves[1:], outgoing.attachments, strict=True):
        same = hashlib.sha256(structure.content(part)).digest() == hashlib.sha256(entry.data).digest()
        name = header.parameters(part.get("content-disposition") or b"")[1].get("filename", "")
        if not same or name != written_file_name(entry.name) or part.content_type != _file_type(entry):
            raise ComposeError("compose_mismatch", field="attachment")
