"""Why a finished reply did not leave, in words: who, when, and his own reason."""

from __future__ import annotations

from datetime import datetime, tzinfo

from maildesk.domain.conversation import Conversation, Message, MessageKind
from maildesk.domain.reply import Stop
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.locale import t
from maildesk.mail.reply import reply_text
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.words import actor, full_time, sender
from maildesk.widgets.text import NOTHING

LINES = 12
"""Lines of a newer message that stand beside a stopped text."""


def because(stop: Stop, now: datetime, zone: tzinfo | None) -> SafeText:
    """``鈴木さんが11/21 14:05(3分前)に引き継ぎました: 顧客から電話中``."""
    at = full_time(stop.when or stop.at, now, zone)
    words = t(f"outbox.stop.{stop.reason}", who=actor(stop.who), at=at)
    return safe_line(f"{words}: {stop.why}" if stop.why else words)


def since(conversation: Conversation, stop: Stop) -> list[Message]:
    """What customer and colleagues wrote from the moment that stopped the reply on."""
    moment = min(stop.at, stop.when or stop.at)
    return [message for message in conversation.messages if message.at >= moment]


def shown(messages: list[Message], now: datetime, zone: tzinfo | None) -> list[Paragraph]:
    """Messages as they stand beside the text that they stopped."""
    found: list[Paragraph] = []
    for message in messages:
        who = safe_line(message.author)
        if message.kind is MessageKind.IN and message.from_ is not None:
            who = sender(message.from_.name, message.from_.address)
        kind = t(f"conversation.{message.kind}") if message.kind in (MessageKind.IN, MessageKind.OUT) else ""
        head = safe_line(f"{who}  {full_time(message.at, now, zone)}  {kind}".rstrip())
        lines = reply_text(message.text).strip().splitlines()
        text = "\n".join([*lines[:LINES], *(["…"] if len(lines) > LINES else [])])
        found += [
            (head, "title"),
            *((SafeText(line), "text") for line in safe(text).split("\n")),
            (NOTHING, "text"),
        ]
    return found
