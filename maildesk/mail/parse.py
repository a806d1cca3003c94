"""One mail from its bytes: the one way in which maildesk reads mail. Never raises, whatever the bytes are."""

from __future__ import annotations

import hashlib
import re

from maildesk.domain.address import Address, unique
from maildesk.mail import authentication, header, intake, reply, tnef
from maildesk.mail.findings import Findings
from maildesk.mail.layout import Layout, Reader, disposition_of
from maildesk.mail.mapped import Content, pieces
from maildesk.mail.structure import CHUNK, Part, Structure, read
from maildesk.mail.values import NOBODY, AttachmentInfo, ParsedMail, TextSource

MAX_ATTACHMENTS = 2_000
_BLANKS = re.compile(rb"[ \t\r\n]+")
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/ms-tnef": "dat",
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/rfc822-headers": "txt",
    "message/rfc822": "eml",
    "message/global": "eml",
    "message/delivery-status": "txt",
}


def parse(raw: Content, charset: str = "") -> ParsedMail:
    """Read one mail (RFC 5322 with MIME). Time and memory grow with its length only.

    ``charset`` is one that a person chose, over what the mail says itself ('' for none). What is odd is named in
    ``defects``; ``unreadable`` is among them when nothing could be read.
    """
    try:
        return _parse(raw, charset)
    except Exception as error:  # whatever a stranger sends must not stop the mails behind it
        return ParsedMail(
            defects=("unreadable", f"error:{type(error).__name__}"),
            content_key=sha256(raw),
        )


def sha256(raw: Content) -> str:
    """The hash of all bytes of a mail, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces(raw):
        digest.update(piece)
    return digest.hexdigest()


def content_key(structure: Structure) -> str:
    """A hash that two copies of one mail share: From, Date, Message-ID, Subject and the body, no trace fields.

    A mail without an id or a date counts its To as well. Rather two copies than one mail lost.
    """
    root = structure.root
    names = ["from", "date", "message-id", "subject"]
    if not (root.get("message-id") and root.get("date")):
        names.append("to")
    digest = hashlib.sha256()
    for name in names:
        digest.update(_BLANKS.sub(b" ", (root.get(name) or b"")[: header.MAX_FIELD]).strip() + b"\n")
    held = b""  # line ends and blanks that count only if something follows
    for start in range(root.start, len(structure.data), CHUNK):
        piece = held + structure.data[start : start + CHUNK]
        body = piece.rstrip(b" \t\r\n")
        held = piece[len(body) :][:CHUNK]
        if body:
            digest.update(body.replace(b"\r\n", b"\n") if b"\r" in body else body)
    return digest.hexdigest()


def attachments(structure: Structure, layout: Layout, findings: Findings) -> tuple[AttachmentInfo, ...]:
    """The attachments in order, with the hash of their decoded bytes; after them the files inside a ``winmail.dat``,
    numbered on."""
    found = []
    for index, number in enumerate(layout.attachments[:MAX_ATTACHMENTS]):
        part = structure.parts[number]
        disposition, _ = disposition_of(part)
        digest = hashlib.sha256()
        size = 0
        for chunk in structure.chunks(part):
            digest.update(chunk)
            size += len(chunk)
        inline = disposition == "inline" or (
            disposition != "attachment" and part.get("content-id") is not None
        )
        name = _name(structure, part, index)
        found.append(AttachmentInfo(index, name, part.content_type, size, digest.hexdigest(), inline))
    inside = tnef.packed(structure, layout.attachments)
    if not inside.whole:
        findings.defect("winmail")
    for index, file in enumerate(inside.files, len(layout.attachments)):
        name = file.name[:1_000] or f"attachment-{index + 1}.bin"
        kind = file.content_type[:200] or "application/octet-stream"
        digest = hashlib.sha256(file.data)
        found.append(AttachmentInfo(index, name, kind, len(file.data), digest.hexdigest(), False))
    return tuple(found)


def _parse(raw: Content, charset: str) -> ParsedMail:
    findings = Findings(charset)
    structure = read(raw, findings)
    root = structure.root
    reader = Reader(structure, findings)
    layout = reader.layout()
    text, source = reader.words(layout)
    from_ = _people(root, "from", findings)
    sender = from_[0] if from_ else (_people(root, "sender", findings) or (NOBODY,))[0]
    subject = header.text(root.get("subject") or b"", findings)
    date = header.date(root.get("date") or b"")
    ids = header.message_ids(root.get("message-id") or b"")
    answered = header.message_ids(root.get("in-reply-to") or b"")
    files = attachments(structure, layout, findings)
    automatic, returned = intake.classify(structure, text, sender.address or sender.name, subject)
    _note(root, findings, sender, date is None, bool(ids))
    if _is_unreadable(structure, text, findings):
        findings.defect("unreadable")
    typed: TextSource = "html" if source == "html" else "plain" if source == "plain" else "none"
    return ParsedMail(
        from_=sender,
        to=unique(_people(root, "to", findings)),
        cc=unique(_people(root, "cc", findings)),
        reply_to=unique(_people(root, "reply-to", findings)),
        subject=subject,
        date=date,
        message_id=ids[0] if ids else None,
        in_reply_to=answered[0] if answered else None,
        references=tuple(
            dict.fromkeys(i for raw_ids in root.all("references") for i in header.message_ids(raw_ids))
        ),
        text=text,
        text_source=typed,
        reply_text=reply.reply_text(text),
        attachments=files,
        automatic=automatic,
        bounce=returned,
        charsets=findings.charsets,
        defects=findings.defects,
        delivered_to=_delivered_to(root),
        content_key=content_key(structure),
        authentication=authentication.fields(root),
        x_maildesk_id=header.text(root.get("x-maildesk-id") or b"") or None,
    )


def _people(root: Part, name: str, findings: Findings) -> tuple[Address, ...]:
    found: list[Address] = []
    for raw in root.all(name)[:20]:
        found += header.addresses(raw, findings)
    return tuple(found[: header.MAX_ADDRESSES])


def _delivered_to(root: Part) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"):
        for raw in root.all(name)[:20]:
            for entry in header.addresses(raw):
                if "@" in entry.address:
                    found.setdefault(entry.address)
    return tuple(found)


def _note(root: Part, findings: Findings, sender: Address, no_date: bool, has_id: bool) -> None:
    if "@" not in sender.address:
        findings.defect("no-sender")
    if no_date:
        findings.defect("date" if root.get("date") is not None else "no-date")
    if not has_id:
        findings.defect("message-id" if root.get("message-id") is not None else "no-message-id")


def _is_unreadable(structure: Structure, text: str, findings: Findings) -> bool:
    if structure.root.headers:
        return False
    return not text.strip() or b"\x00" in structure.data[:4_096] or "charset" in findings.defects


def _name(structure: Structure, part: Part, index: int) -> str:
    _, name = disposition_of(part)
    name = name or part.parameters.get("name", "")
    if name:
        return name[:1_000]
    if part.content_type in ("message/rfc822", "message/global"):
        inner = read(structure.content(part, 65_536)).root.get("subject")
        subject = header.text(inner)[:100] if inner else ""
        return f"{subject or 'message'}.eml"
    kind = part.content_type.partition("/")
    stem = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers"}.get(
        part.content_type
    )
    extension = _EXTENSIONS.get(part.content_type, "bin")
    return f"{stem or kind[0] or 'part'}-{index + 1}.{extension}"
