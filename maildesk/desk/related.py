"""Finding what belongs to a conversation, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.domain.related import Reason, Relative, Why, Wording, similar
from maildesk.mail.reply import reply_text
from maildesk.store import conversations, customers, merged, related

if TYPE_CHECKING:
    from sqlalchemy import Connection

COMPARED = 60
"""Conversations of a customer whose words are compared, the newest."""


def relatives(tx: Connection, agent_id: int, conversation_id: int) -> tuple[Relative, ...]:
    """What belongs to a conversation: linked ones, the same order, those that read alike, and at the end what was
    merged into it. Raises NotFound."""
    members = customers.group(tx, customers.of_conversation(tx, conversation_id))
    reasons: dict[int, list[Reason]] = {}
    for link in related.links(tx, conversation_id):
        reasons.setdefault(link.conversation_id, []).append(link.reason)
    for number, shown in related.of_orders(tx, conversation_id).items():
        reasons.setdefault(number, []).append(Reason(Why.ORDER, " ".join(shown[:2])))
    for number in _alike(tx, members, conversation_id):
        reasons.setdefault(number, []).append(Reason(Why.SIMILAR))
    for number in merged.absorbed(tx, conversation_id)[-related.LIMIT :]:
        reasons.setdefault(number, []).append(Reason(Why.MERGED))
    rows = conversations.summaries(tx, agent_id, list(reasons))
    return tuple(Relative(row, tuple(reasons[row.id])) for row in rows)


def _alike(tx: Connection, members: tuple[int, ...], conversation_id: int) -> tuple[int, ...]:
    others = related.others_of(tx, members, conversation_id, COMPARED)
    began = related.beginnings(tx, [conversation_id, *others])
    said = {number: Wording(subject, reply_text(text)) for number, (subject, text) in began.items()}
    this = said.pop(conversation_id, None)
    return () if this is None else similar(this, said)
