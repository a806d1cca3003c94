"""Reports that a mail was not delivered: by the book (RFC 3464) and in the free words of mail servers."""

from __future__ import annotations

import re

from maildesk.domain.threading import is_ours
from maildesk.mail import header
from maildesk.mail.findings import Findings
from maildesk.mail.structure import Part, Structure, read
from maildesk.mail.values import Bounce

_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")
MAX_SCANNED = 65_536
MAX_RECIPIENTS = 100

_SENDERS = re.compile(
    r"mailer-?daemon|po+st[_-]?master|mail[-_ ]?delivery|mdaemon|^nobody@|^bounces?\b|mail[._ ]?system"
    r"|daemon@|^mmdf|smtp-?gateway|microsoftexchange|ar-reply|delivery[-_. ]?(?:sub)?(?:system|status|report)"
    r"|delivery@$",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"undeliver|deliver\w* (?:status|failure|fail|report|has failed|incomplete|problem|error"
    r"|notification|attempt)"
    r"|delivery (?:to|has|of)|returned? (?:mail|message|to sender)|return(?:ed|ing) (?:mail"
    r"|message)|failure (?:notice|notification|delivery)"
    r"|mail (?:delivery|system|failure|error|could not)|(?:could|can) ?not be delivered"
    r"|non-?delivery|nondeliver|not delivered"
    r"|message (?:delayed|status|not delivered|delivery)|email not delivered|delayed|rejected"
    r"|unzustellbar|nicht zugestellt"
    r"|bounce|failed to deliver|unable to deliver|message you sent|user unknown|mail error"
    r"|error sending|send(?:ing)? fail"
    r"|mdaemon notification|dsn:|недоставл|non remis|rebot|envío|未配達|不達"
    r"|(?:配信|配送)(?:不能|エラー|失敗|不可|でき|され)"
    r"|エラーメール|送信できません|送信エラー|退信|"
    r"系统退信|mail system error|block(?:ed|ing)|virus|quarantine|failed|failure",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?:could|can|was|were|has|have) ?(?:not|n't) (?:yet )?be(?:en)? (?:able to )?(?:deliver|sent"
    r"|deliver)|couldn't be delivered|not been delivered"
    r"|wasn't (?:delivered|able to)|(?:unable|failed|not able|impossible|cannot|could not"
    r"|can't) (?:to )?deliver|undeliver(?:able|ed)"
    r"|did not reach|permanent (?:fatal )?(?:error|failure)|fatal errors|delivery (?:failed|failure"
    r"|error|to the following)"
    r"|failed permanently|failed recipient|recipient (?:unknown|rejected|address)|(?:unknown"
    r"|no such) user|user (?:unknown|not found)"
    r"|mailbox (?:is )?(?:full|unavailable|not found|unknown|exceeded)|over ?quota"
    r"|exceeded .{0,30}quota|quota exceeded|rejected by"
    r"|undelivered|returned to (?:you|sender)|being returned|message (?:was|has been) (?:rejected"
    r"|refused|returned|blocked|undeliverable)"
    r"|address(?:es)? (?:had|failed|not found|unknown)|following (?:address|recipient|user"
    r"|destination|mail|error)|delivery status notification"
    r"|could not send|was not delivered|not deliverable|bounced|(?:has|is) (?:been )?(?:delayed"
    r"|blocked|rejected)|your (?:message|mail|e-?mail) (?:to|was|could)"
    r"|宛先不明|配信でき|配送でき|送信でき|お?届けでき|届けられま|ユーザ.{0,4}(?:存在|不明|見つかり)|拒否|不達|下記の(?:宛先|アドレス)|以下の(?:宛先|メール)"
    r"|ご指定の.{0,10}アドレス"
    r"|\b[45]\.\d{1,2}\.\d{1,3}\b|\b5[0-5]\d[ -]|\b4[2-5]\d[ -]\d",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ -])")
_LISTED = re.compile(
    r"^[ \t>]{0,8}(?:\d+\.? )?(?:To|Recipient|Final-Recipient|Original-Recipient|User"
    r"|Failed recipient|Address|RCPT To|宛先)?"
    r"[ \t]{0,4}[:;]{0,1}(?:rfc822;)?[ \t]{0,4}<?([^\s<>:;,\"'()]{1,100}@[\w.-]{1,150})>?[ \t]{0,4}"
    r"(?:[:：,;(\-.]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_IN_BRACKETS = re.compile(r"<([^\s<>:;,\"'()]{1,100}@[\w.-]{1,150})>")
_MESSAGE_ID = re.compile(
    r"^[ \t>]{0,8}Message-?ID[ \t]{0,4}:[ \t]{0,4}(<[^<>\s]{3,300}>)", re.IGNORECASE | re.MULTILINE
)
_ENCLOSED = re.compile(
    r"^[ \t>]{0,4}(?:return-path|received|message-id|-{3,80}[^\n]{0,40}"
    r"(?:original|copy|returned|header|message))",
    re.IGNORECASE | re.MULTILINE,
)
_DELAY = re.compile(
    r"delayed|will (?:keep|continue) (?:trying|retrying|to try)|still trying|not yet been delivered|"
    r"no action is required|do not need to resend|warning message only|temporary (?:failure|problem)",
    re.IGNORECASE,
)


def from_report(structure: Structure) -> Bounce | None:
    """What a ``message/delivery-status`` part says, or None without one.

    ``action`` is the worst of all recipients.
    """
    for part in structure.parts:
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            found = _delivery_status(structure, part)
            if found is not None:
                return found
    return None


def from_words(structure: Structure, text: str, sender: str, subject: str) -> Bounce | None:
    """A bounce in free words: sender, subject and text must speak of it together."""
    scanned = text[:MAX_SCANNED]
    by_sender = bool(_SENDERS.search(sender[:500])) or not sender
    null_sender = (structure.root.get("return-path") or b"").strip() == b"<>"
    failed_header = structure.root.get("x-failed-recipients")
    if failed_header is None and not by_sender and not null_sender:
        return None  # before the text of every ordinary mail is searched
    by_subject = bool(_SUBJECTS.search(subject[:500]))
    by_words = bool(_WORDS.search(scanned))
    if failed_header is None and by_sender + by_subject + by_words + null_sender < 2:
        return None
    if (
        failed_header is None
        and not by_sender
        and not (null_sender and by_words and (by_subject or _enclosed(structure)))
    ):
        return None
    if not (by_words or by_subject):
        return None
    status = _status(scanned)
    delayed = (
        bool(_DELAY.search(subject[:500])) or bool(_DELAY.search(scanned[:4_096]))
    ) and not status.startswith("5")
    recipients = _recipients_in(scanned, failed_header)
    original = _enclosed(structure)
    if not recipients and original is not None:
        addressed = header.addresses(original.get("to") or b"")
        recipients = tuple(entry.address for entry in addressed if "@" in entry.address)[:MAX_RECIPIENTS]
    return Bounce("delayed" if delayed else "failed", status, recipients, original_id(structure, scanned))


def original_id(structure: Structure, text: str) -> str | None:
    """The Message-ID of the mail that came back: from the copy enclosed, else from the text.

    Of a mail of ours whose id a relay has changed it is the one that we gave it, where ``X-Maildesk-Id`` tells.
    """
    original = _enclosed(structure)
    if original is not None:
        given = header.message_ids(original.get("x-maildesk-id") or b"")
        if given and is_ours(given[0]):
            return given[0]
        ids = header.message_ids(original.get("message-id") or b"")
        if ids:
            return ids[0]
    for match in _MESSAGE_ID.finditer(text):
        ids = header.message_ids(match.group(1).encode("utf-8", "replace"))
        if ids:
            return ids[0]
    return None


def _enclosed(structure: Structure) -> Part | None:
    """The header of the mail that came back, where it is enclosed."""
    for part in structure.parts[1:]:
        if part.content_type in _ORIGINALS:
            return read(structure.content(part, MAX_SCANNED)).root
    return None


def _delivery_status(structure: Structure, part: Part) -> Bounce | None:
    findings = Findings()
    text = findings.text(structure.content(part, MAX_SCANNED)).replace("\r\n", "\n").replace("\r", "\n")
    actions: list[str] = []
    statuses: list[str] = []
    recipients: dict[str, None] = {}
    for block in text.split("\n\n")[: MAX_RECIPIENTS + 1]:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(":")
            if colon and not line.startswith((" ", "\t")):
                fields.setdefault(name.strip().lower(), value.strip())
        if "action" not in fields and "final-recipient" not in fields and "status" not in fields:
            continue
        actions.append(fields.get("action", "failed").split(" ")[0].split(";")[0].strip().lower())
        status = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
        statuses.append(status.group(1) if status else "")
        for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
            address = fields.get(name, "").rpartition(";")[2].strip().strip("<>")
            if "@" in address:
                recipients.setdefault(address[:320])
                break
    if not actions:
        return None
    order = {"failed": 0, "expired": 0, "delayed": 1}
    worst = min(range(len(actions)), key=lambda index: order.get(actions[index], 2))
    action = actions[worst]
    if action in ("delivered", "relayed", "expanded"):
        return None
    action = "delayed" if action == "delayed" else "failed"
    words = "" if statuses[worst] else _status(text)
    return Bounce(action, statuses[worst] or words, tuple(recipients), original_id(structure, text))


def _status(text: str) -> str:
    codes = [match.group(1) for match in _STATUS.finditer(text) if match.group(1)[0] != "2"]
    if codes:
        return codes[0]
    code = _REPLY_CODE.search(text)
    return f"{code.group(1)}.0.0" if code else ""


def _recipients_in(text: str, failed_header: bytes | None) -> tuple[str, ...]:
    if failed_header:
        named = tuple(entry.address for entry in header.addresses(failed_header) if "@" in entry.address)
        if named:
            return named[:MAX_RECIPIENTS]
    report = re.split(
        r"(?im)^[ \t>]{0,4}(?:return-path|received|message-id|-{3,}.{0,40}(?:original|copy|returned"
        r"|header|message))",
        text,
    )[0]
    found = dict.fromkeys(match.group(1).rstrip(".") for match in _LISTED.finditer(report))
    if not found:
        found = dict.fromkeys(match.group(1).rstrip(".") for match in _IN_BRACKETS.finditer(report))
    people = [address for address in found if not _SENDERS.search(address)]
    return tuple(people)[:MAX_RECIPIENTS]
