"""The desk's values as JSON objects: what ``docs/schema`` describes. Keys may be added, never renamed or removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from maildesk.domain.address import Address
from maildesk.domain.agent import Agent
from maildesk.domain.claim import ClaimView
from maildesk.domain.conversation import Attachment, Conversation, ConversationSummary, Event, Message
from maildesk.domain.outbox import OutboxItem
from maildesk.domain.reply import Draft
from maildesk.domain.status import Status

Shape = dict[str, object]


def instant(at: datetime | None) -> str | None:
    """ISO 8601 with zone, in UTC."""
    return at.astimezone(UTC).isoformat() if at is not None else None


def person(address: Address) -> Shape:
    """A name and an address."""
    return {"name": address.name, "address": address.address}


def status(summary: ConversationSummary) -> str:
    """The state that people see: ``replying`` while somebody holds the claim, else the stored one."""
    hidden = summary.status in (Status.SPAM, Status.TRASH)
    return "replying" if summary.claim is not None and not hidden else summary.status.value


def held_by(holder: ClaimView) -> Shape:
    """Who holds a claim."""
    return {
        "by": holder.agent_login,
        "by_name": holder.agent_name,
        "since": instant(holder.since),
        "expires_at": instant(holder.expires_at),
    }


def conversation(summary: ConversationSummary, agents: Mapping[int, Agent]) -> Shape:
    """A conversation as ``list`` prints it. ``agents`` are the desk's, by id: JSON names them by login."""
    assignee = agents.get(summary.assignee_id or 0)
    holder = summary.claim
    return {
        "number": summary.id,
        "status": status(summary),
        "stored_status": summary.status.value,
        "archived": summary.archived,
        "state": summary.substate or None,
        "subject": summary.subject,
        "customer": {"name": summary.customer_name, "address": summary.customer_address},
        "mailbox": summary.mailbox_name,
        "assignee": assignee.login if assignee else None,
        "assignee_name": summary.assignee_name or None,
        "claim": holder
        and {
            "agent": holder.agent_login,
            "name": holder.agent_name,
            "since": instant(holder.since),
            "expires_at": instant(holder.expires_at),
        },
        "labels": list(summary.labels),
        "priority": summary.priority.word,
        "received_at": instant(summary.received_at),
        "last_message_at": instant(summary.last_message_at),
        "due_at": instant(summary.due_at),
        "waiting": summary.waiting_reason
        and {"reason": summary.waiting_reason.value, "until": instant(summary.waiting_until)},
        "unread": summary.unread,
        "answered": summary.answered,
        "automatic": summary.automatic,
        "bounced": summary.bounced,
        "attachments": summary.attachments,
        "messages": summary.messages,
        "version": summary.version,
        "turn": summary.turn,
    }


def attachment(found: Attachment) -> Shape:
    """A file in a message."""
    return {
        "index": found.index,
        "name": found.name,
        "content_type": found.content_type,
        "size": found.size,
        "inline": found.inline,
    }


def message(found: Message) -> Shape:
    """One entry of a conversation's timeline."""
    return {
        "id": found.id,
        "kind": found.kind.value,
        "from": person(found.from_) if found.from_ is not None else None,
        "to": [person(address) for address in found.to],
        "cc": [person(address) for address in found.cc],
        "subject": found.subject,
        "date": instant(found.at),
        "text": found.text,
        "attachments": [attachment(a) for a in found.attachments],
        "message_id": found.message_id or None,
        "author": found.author or None,
        "automatic": found.automatic,
        "bounce": found.bounce_of,
        "quarantined": found.quarantined,
        "about": found.about,
    }


def event(found: Event) -> Shape:
    """Who did what, when."""
    return {"at": instant(found.at), "actor": found.actor, "what": found.what, "detail": found.detail}


def whole(found: Conversation, agents: Mapping[int, Agent]) -> Shape:
    """A conversation as ``show`` prints it: the list row, messages and events."""
    return conversation(found.summary, agents) | {
        "messages": [message(one) for one in found.messages],
        "events": [event(one) for one in found.events],
    }


def draft(found: Draft) -> Shape:
    """An unsent mail, whole."""
    return {
        "conversation": found.conversation_id,
        "saved_at": instant(found.saved_at),
        "to": [person(address) for address in found.to],
        "cc": [person(address) for address in found.cc],
        "subject": found.subject,
        "text": found.body,
        "files": [file.name for file in found.files],
    }


def outbox(item: OutboxItem) -> Shape:
    """A reply on its way."""
    return {
        "outbox": item.id,
        "conversation": item.conversation_id,
        "kind": item.kind,
        "state": item.state.value,
        "attempt": item.attempt,
        "author": item.author,
        "subject": item.subject,
        "not_before": instant(item.not_before),
        "queued_at": instant(item.queued_at),
        "sent_at": instant(item.sent_at),
        "message_id": item.message_id,
        "recipients": [address.address for address in item.recipients],
        "refused": list(item.refused),
        "filed": item.filed,
        "last_reply": item.last_reply,
        "bounced": item.bounced,
        "evidence": [
            {
                "at": instant(look.at),
                "kind": look.kind.value,
                "found": look.found,
                "counts": look.counts,
                "detail": look.detail,
            }
            for look in item.evidence
        ],
    }
