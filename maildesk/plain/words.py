"""What the linear mode says of conversations: in the order in which it helps to hear it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, tzinfo

from maildesk.domain.address import Address
from maildesk.domain.claim import ClaimView
from maildesk.domain.conversation import Conversation, ConversationSummary, Message, MessageKind
from maildesk.domain.hit import Hit, told
from maildesk.locale import t


def clock(at: datetime | None, zone: tzinfo | None) -> str:
    """A time with its date."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else "—"


def holder(claim: ClaimView, zone: tzinfo | None) -> str:
    """``鈴木さんが返信対応中です(14:02から)``."""
    who = t("common.colleague", name=claim.agent_name)
    return t("claim.replying", who=who, since=f"{claim.since.astimezone(zone):%H:%M}")


def state(summary: ConversationSummary) -> str:
    """新着 and what belongs to it."""
    if summary.claim is not None:
        return t("common.replying")
    word = t("common.archived" if summary.archived else f"common.{summary.status}")
    if summary.waiting_reason is not None:
        word += f" ({t(f'common.waiting.{summary.waiting_reason.value}')})"
    return word


def row(place: int, summary: ConversationSummary, zone: tzinfo | None, hit: Hit | None = None) -> str:
    """A line of a list; ``hit``: where in it stands what was looked for."""
    who = summary.customer_name or summary.customer_address or t("common.no_sender")
    parts = [
        f"#{summary.id}",
        t("plain.unread") if summary.unread else "",
        t(f"common.priority.{summary.priority.word}"),
        f"{who}: {summary.subject or t('common.no_subject')}",
        clock(summary.last_message_at, zone),
        t("plain.files", count=summary.attachments) if summary.attachments else "",
        " ".join(f"[{label}]" for label in summary.labels),
        t("common.archived") if summary.archived else "",
        holder(summary.claim, zone) if summary.claim is not None else "",
        t("plain.assigned", who=summary.assignee_name)
        if summary.assignee_name and summary.claim is None
        else "",
        told(hit) if hit is not None and hit.where not in ("subject", "sender", "recipients") else "",
    ]
    return f"{place}. " + t("plain.comma").join(part for part in parts if part)


def head(found: Conversation, zone: tzinfo | None) -> Iterator[str]:
    """What is known of a conversation before its mails."""
    summary = found.summary
    yield f"#{summary.id} {summary.subject or t('common.no_subject')}"
    customer = Address(summary.customer_name, summary.customer_address).display()
    yield f"{t('plain.customer')}: {customer}"
    yield f"{t('plain.state')}: {state(summary)}"
    if summary.claim is not None:
        yield holder(summary.claim, zone)
    if word := t(f"common.priority.{summary.priority.word}"):
        yield f"{t('plain.priority')}: {word}"
    yield f"{t('plain.mailbox')}: {summary.mailbox_name}"
    yield f"{t('plain.assignee')}: {summary.assignee_name or t('plain.nobody')}"
    if summary.labels:
        yield f"{t('plain.labels')}: {' '.join(summary.labels)}"
    if summary.due_at is not None:
        yield f"{t('plain.due')}: {clock(summary.due_at, zone)}"
    yield t("plain.messages", count=len(found.messages))


def unquoted(text: str) -> Iterator[str]:
    """The lines of a reply; what it quotes is told by its length."""
    for is_quoted, group in itertools.groupby(
        text.strip("\n").split("\n"), lambda line: line.startswith(">")
    ):
        lines = list(group)
        if is_quoted:
            yield t("plain.quoted", count=len(lines))
        else:
            yield from lines


def message(place: int, found: Message, zone: tzinfo | None, *, full: bool = False) -> Iterator[str]:
    """A mail or a comment: who, when, what, which files. Without quotes and signature unless all is asked for."""
    who = found.author
    if found.is_mail and found.from_ is not None:
        who = found.from_.display()
    kind = t(f"cli.show.kind.{found.kind.value}")
    yield f"{place}. " + t("plain.comma").join((kind, who, clock(found.at, zone)))
    text = found.text.strip("\n")
    if found.kind is MessageKind.IN and not full:
        from maildesk.mail.reply import reply_text

        text = reply_text(text).strip("\n") or text
    yield from text.split("\n")
    for file in found.attachments:
        yield t("plain.file", name=file.name)
