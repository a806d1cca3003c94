"""A read mail as plain data: what ``maildesk parse`` prints (docs: the command line and its JSON)."""

from __future__ import annotations

from maildesk.domain.address import Address
from maildesk.mail.values import ParsedMail


def as_dict(mail: ParsedMail, path: str) -> dict[str, object]:
    """The JSON object of one mail; ``date`` is ISO 8601 with zone, unknown ids and dates are None."""
    bounce = mail.bounce
    return {
        "path": path,
        "from": _person(mail.from_),
        "to": [_person(entry) for entry in mail.to],
        "cc": [_person(entry) for entry in mail.cc],
        "reply_to": [_person(entry) for entry in mail.reply_to],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "text": mail.text,
        "text_source": mail.text_source,
        "reply_text": mail.reply_text,
        "attachments": [
            {
                "index": entry.index,
                "name": entry.name,
                "content_type": entry.content_type,
                "size": entry.size,
                "sha256": entry.sha256,
                "inline": entry.inline,
            }
            for entry in mail.attachments
        ],
        "automatic": mail.automatic,
        "bounce": bounce
        and {
            "action": bounce.action,
            "status": bounce.status,
            "recipients": list(bounce.recipients),
            "original_message_id": bounce.original_message_id,
        },
        "charsets": list(mail.charsets),
        "defects": list(mail.defects),
        "delivered_to": list(mail.delivered_to),
        "content_key": mail.content_key,
    }


def _person(entry: Address) -> dict[str, str]:
    return {"name": entry.name, "address": entry.address}
