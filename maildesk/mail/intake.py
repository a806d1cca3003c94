"""Whether a mail was written by a person: bounces, automatic answers, lists and other machine mail.

Nothing that this module calls automatic may ever be answered automatically (RFC 3834).
"""

from __future__ import annotations

import re

from maildesk.mail import bounce, header
from maildesk.mail.structure import Structure
from maildesk.mail.values import Automatic, Bounce

_NO_REPLY = re.compile(
    r"^(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|mailer-daemon|postmaster|bounces?|auto-?reply"
    r"|notifications?|noreply\d*)"
    r"(?:[+._-][^@]{0,100})?@|^[^@]{0,100}[._-]no-?reply@",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"mailer-?daemon|po+st[_-]?master|microsoftexchange[0-9a-f]{8}", re.IGNORECASE)
_AUTO_SUBJECT = re.compile(
    r"^\s{0,5}(?:re: ?)?(?:auto(?:matic|mated)?[ :-]{0,3}(?:reply|response|answer|re:)|auto:"
    r"|out of (?:the )?office|abwesenheits|automatische? antwort|réponse automatique"
    r"|respuesta automática|risposta automatica"
    r"|[\[【(〔「]?(?:自動(?:返信|応答)|不在(?:のお知らせ|応答|返信)|休暇(?:中|のお知らせ)))",
    re.IGNORECASE,
)
_MACHINE_SUBJECT = re.compile(r"^\s{0,5}[\[【(〔「※*＊]?\s?自動(?:送信|配信)")
_LIST_FIELDS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-subscribe",
    "x-mailing-list",
    "x-ml-name",
)


def classify(
    structure: Structure, text: str, sender: str, subject: str
) -> tuple[Automatic | None, Bounce | None]:
    """What kind of automatic mail this is, or None for a mail by a person; and what a bounce says."""
    root = structure.root
    submitted = _token(root.get("auto-submitted"))
    precedence = _token(root.get("precedence"))
    report = bounce.from_report(structure)
    if report is not None:
        return "bounce", report
    if _DAEMON.search(sender[:400]):
        returned = bounce.from_words(structure, text, sender, subject)
        if returned is not None:
            return "bounce", returned
    if _is_auto_reply(structure, submitted, precedence, subject):
        return "auto-reply", None
    returned = bounce.from_words(structure, text, sender, subject)
    if returned is not None:
        return "bounce", returned
    if any(root.get(name) is not None for name in _LIST_FIELDS) or precedence == "list":
        return "list", None
    if (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk")
        or root.get("x-auto-response-suppress") is not None
        or root.get("x-maildesk-id") is not None
        or root.get("feedback-id") is not None
        or (root.get("return-path") or b"").strip() == b"<>"
        or root.content_type == "multipart/report"
        or any(part.content_type == "message/feedback-report" for part in structure.parts)
        or _NO_REPLY.search(sender[:400])
        or _MACHINE_SUBJECT.search(subject[:100])
    ):
        return "other", None
    return None, None


def _is_auto_reply(structure: Structure, submitted: str, precedence: str, subject: str) -> bool:
    root = structure.root
    if submitted in ("auto-replied", "auto-replied (vacation)") or precedence in ("auto_reply", "auto-reply"):
        return True
    named = (
        "x-autoreply",
        "x-auto-reply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-auto-reply-from",
    )
    for name in named:
        value = _token(root.get(name))
        if value and value != "no":
            return True
    if "multipart/report" in root.content_type:
        return False
    return _AUTO_SUBJECT.search(subject[:300]) is not None


def _token(raw: bytes | None) -> str:
    return (
        header.unfold(raw[:200]).decode("ascii", "replace").partition(";")[0].strip().lower() if raw else ""
    )
