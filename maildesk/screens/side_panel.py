"""The panel beside a conversation: the customer, who is replying, who looks, state, labels, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from maildesk.domain.conversation import Conversation
from maildesk.domain.customer_history import Beside
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.state_words import state_name
from maildesk.domain.template import Suggestion
from maildesk.locale import t
from maildesk.screens import side_customer
from maildesk.screens.paragraphs import Look, Paragraph, Paragraphs
from maildesk.screens.row_signs import due_line, pressing
from maildesk.screens.words import ago, clock, colleague, full_time, priority, sender
from maildesk.widgets.text import NOTHING

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp


class SidePanel(VerticalScroll, can_focus=False):
    """What is known beside the mails."""

    def compose(self) -> ComposeResult:
        yield Paragraphs()

    def show(
        self,
        host: MaildeskApp,
        conversation: Conversation,
        viewing: Sequence[str],
        suggestions: Sequence[Suggestion],
        now: datetime,
        beside: Beside,
    ) -> None:
        """Show all of it."""
        blocks = (
            _customer(conversation, beside),
            side_customer.orders(host, beside),
            side_customer.history(host, beside, now),
            _claim(host, conversation, viewing, now),
            _state(host, conversation, now),
            _labels(host, conversation),
            _suggestions(suggestions),
        )
        paragraphs: list[Paragraph] = []
        for block in blocks:
            if paragraphs and block:
                paragraphs.append((NOTHING, "text"))
            paragraphs += block
        self.query_one(Paragraphs).show(*paragraphs)


def _title(name: str) -> Paragraph:
    return SafeText(t(f"conversation.side.{name}")), "muted"


def _customer(conversation: Conversation, beside: Beside) -> list[Paragraph]:
    customer = conversation.customer
    summary = conversation.summary
    name = sender(customer.name, summary.customer_address)
    addresses = customer.addresses or (summary.customer_address,)
    first = safe_line(addresses[0])
    if len(addresses) > 1:
        first = SafeText(f"{first}  {t('conversation.side.more', count=len(addresses) - 1)}")
    block: list[Paragraph] = [
        _title("customer"),
        (safe_line(t("common.customer", name=name)), "title"),
        (first, "text"),
        (safe_line(t("conversation.side.shop", name=summary.mailbox_name)), "text"),
    ]
    block += side_customer.known(beside)
    if summary.also_in:
        names = t("conversation.side.also_in", names="、".join(summary.also_in))
        block.append((safe_line(names), "text"))
    block += side_customer.links(summary, beside)
    return block


def _claim(
    host: MaildeskApp, conversation: Conversation, viewing: Sequence[str], now: datetime
) -> list[Paragraph]:
    claim = conversation.summary.claim
    zone = host.settings.zone
    block = [_title("claim")]
    if claim is None:
        key = host.keymap.shown("conversation.reply")
        block.append((SafeText(t("claim.side.free", key=key)), "text"))
    else:
        assert host.desk is not None
        mine = claim.agent_id == host.desk.me.id
        since = clock(claim.since, zone)
        words = t(f"claim.side.{'mine' if mine else 'other'}", who=colleague(claim.agent_name), since=since)
        block.append((safe_line(words), "warning"))
        block.append((SafeText(t("claim.side.key", ago=ago(claim.last_key_at, now))), "text"))
    if viewing:
        names = ", ".join(colleague(name) for name in viewing)
        block.append((safe_line(t("claim.side.viewing", names=names)), "text"))
    return block


def _state(host: MaildeskApp, conversation: Conversation, now: datetime) -> list[Paragraph]:
    summary = conversation.summary
    zone = host.settings.zone
    words = [safe_line(state_name(summary, host.states)), priority(summary.priority)]
    block: list[Paragraph] = [_title("state"), (SafeText("  ".join(filter(None, words))), "text")]
    name = summary.assignee_name
    key = "assignee" if name else "nobody"
    block.append((safe_line(t(f"conversation.side.{key}", name=colleague(name))), "text"))
    if summary.waiting_reason is not None:
        reason = t(f"common.waiting.{summary.waiting_reason}")
        block.append((SafeText(t("conversation.side.waiting", reason=reason)), "text"))
    if summary.waiting_until is not None:
        until = full_time(summary.waiting_until, now, zone)
        block.append((safe_line(t("conversation.side.until", at=until)), "text"))
    if summary.due_at is not None:
        look: Look = "warning" if pressing(summary, now) != "later" else "text"
        block.append((due_line(summary.due_at, now, zone), look))
    return block


def _labels(host: MaildeskApp, conversation: Conversation) -> list[Paragraph]:
    labels = conversation.summary.labels
    if labels:
        return [_title("labels"), (safe_line("  ".join(labels)), "text")]
    key = host.keymap.shown("conversation.label")
    return [_title("labels"), (SafeText(t("conversation.side.no_labels", key=key)), "text")]


def _suggestions(suggestions: Sequence[Suggestion]) -> list[Paragraph]:
    block = [_title("templates")]
    for suggestion in suggestions:
        block.append((safe_line(f"{suggestion.template.name}  {suggestion.score}%"), "text"))
    if not suggestions:
        block.append((SafeText(t("conversation.side.templates.none")), "text"))
    return block
