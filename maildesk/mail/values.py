"""What a mail is once it has been read: plain frozen values, nothing that needs the bytes again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from maildesk.domain.address import Address
from maildesk.domain.trust import AuthenticationField

NOBODY = Address("", "")
Automatic = Literal["bounce", "auto-reply", "list", "other"]
TextSource = Literal["plain", "html", "none"]


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """One attachment. ``index`` names it towards :func:`maildesk.mail.attachment.content`.

    ``name`` is what the sender wrote, not yet fit for a disk or a terminal; ``size`` is in bytes, decoded.
    """

    index: int
    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail was not delivered (RFC 3464, or the free words of a mail server).

    ``action`` is ``failed`` or ``delayed``; ``status`` an enhanced code such as ``5.1.1``, or empty.
    """

    action: str
    status: str
    recipients: tuple[str, ...]
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail as maildesk reads it.

    All text is decoded, without NUL and lone surrogates, not yet safe to show.

    ``date`` is aware and in UTC. Message ids have their angle brackets. ``defects`` has ``unreadable``
    when nothing could be read. ``content_key`` is the same for two copies of one mail that came over
    different ways.
    """

    from_: Address = NOBODY
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    text_source: TextSource = "none"
    reply_text: str = ""
    attachments: tuple[AttachmentInfo, ...] = ()
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    charsets: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    delivered_to: tuple[str, ...] = ()
    content_key: str = ""
    authentication: tuple[AuthenticationField, ...] = ()
    x_maildesk_id: str | None = None

    @property
    def readable(self) -> bool:
        """False when nothing could be read, so that the mail belongs into quarantine."""
        return "unreadable" not in self.defects
