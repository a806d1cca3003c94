"""What the side panel of a conversation says of its customer: numbers, fields, orders, the last of the history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.customer_history import Beside
from maildesk.domain.related import told as reason_told
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.screens.history import short_time, summary
from maildesk.screens.paragraphs import Paragraph
from maildesk.widgets.wrap import cut

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp

WIDTH = 40
"""Cells of a line of the history: the panel is never wider."""


def known(beside: Beside) -> list[Paragraph]:
    """Telephone numbers and the desk's own fields."""
    block: list[Paragraph] = [(safe_line(number), "text") for number in beside.phones[:2]]
    block += [(safe_line(f"{label} {value}"), "text") for label, value in beside.fields]
    return block


def links(summary: ConversationSummary, beside: Beside) -> list[Paragraph]:
    """The conversations that its mails were linked with, and why."""
    told = {link.conversation_id: link.reason for link in beside.links}
    block: list[Paragraph] = [
        (safe_line(f"#{number} {reason_told(reason)}"), "warning")
        for number, reason in list(told.items())[:3]
    ]
    rest = [f"#{number}" for number in (*told, *summary.related) if number not in list(told)[:3]]
    if rest:
        numbers = " ".join(dict.fromkeys(rest))
        block.append((safe_line(t("conversation.side.related", numbers=numbers)), "warning"))
    return block


def orders(host: MaildeskApp, beside: Beside) -> list[Paragraph]:
    """The orders that it is about, and the other conversations about these."""
    if not beside.orders:
        return []
    block: list[Paragraph] = [(SafeText(t("customer.side.orders")), "muted")]
    block += [(safe_line(number), "key") for number in beside.orders[:4]]
    if beside.same_order:
        numbers = " ".join(f"#{number}" for number in beside.same_order[-4:])
        key = host.keymap.shown("conv.related")
        block.append((safe_line(t("customer.side.same_order", numbers=numbers, key=key)), "warning"))
    return block


def history(host: MaildeskApp, beside: Beside, now: datetime) -> list[Paragraph]:
    """How much there is with this customer in other conversations, and the last of it."""
    key = host.keymap.shown("conversation.history")
    words = "customer.side.history" if beside.total else "customer.side.no_history"
    block: list[Paragraph] = [(SafeText(t(words, count=beside.total, key=key)), "muted")]
    for entry in beside.latest:
        glyph = t(f"history.glyph.{entry.kind}")
        line = f"{glyph} {short_time(entry.at, now, host.settings.zone)} {summary(entry)}"
        block.append((cut(safe_line(line), WIDTH), "text"))
    return block
