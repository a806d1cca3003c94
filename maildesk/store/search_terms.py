"""Conditions of queries that are neither words nor columns of a conversation's row: how it was closed, mails that
cannot be read, calls, fields of its customer."""

from __future__ import annotations

import unicodedata

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select, true

from maildesk.domain.conversation import MessageKind
from maildesk.domain.customer import read_value
from maildesk.domain.phone import CallState
from maildesk.domain.status import Status
from maildesk.store.archive import in_lists
from maildesk.store.search_names import field_of
from maildesk.store.tables import (
    comment,
    conversation,
    customer_merge,
    customer_value,
    message,
    phone_call,
)


def is_(value: str) -> ColumnElement[bool] | None:
    """A value of ``is:``; None for one that is not from here."""
    match value:
        case "answered":
            return conversation.c.answered == true()
        case "no-answer":
            return and_(
                conversation.c.status == Status.DONE.value,
                conversation.c.no_answer_turn == conversation.c.turn,
            )
        case "archived":
            return ~in_lists()
        case "unreadable":
            kept = select(message.c.conversation_id).where(message.c.quarantined == true())
            return conversation.c.id.in_(kept.correlate(None))
        case "follow-up":
            return _has_call(phone_call.c.state == CallState.FOLLOW_UP.value)
        case _:
            return None


def has_phone() -> ColumnElement[bool]:
    """Whether there is a note of a call."""
    here = comment.c.conversation_id == conversation.c.id, comment.c.kind == MessageKind.PHONE.value
    return exists().where(*here, comment.c.withdrawn_at.is_(None)).correlate(conversation)


def _has_call(which: ColumnElement[bool]) -> ColumnElement[bool]:
    calls = select(comment.c.conversation_id).join(phone_call, phone_call.c.comment_id == comment.c.id)
    return conversation.c.id.in_(calls.where(which, comment.c.withdrawn_at.is_(None)).correlate(None))


def field(tx: Connection, value: str) -> ColumnElement[bool]:
    """``name=value``: what a field of the desk's own says of the customer. Of customers who are one person, what one of
    them says counts for all."""
    name, _, wanted = value.partition("=")
    known = field_of(tx, name)
    if known is None:
        return false()
    kept = {form.lower() for form in (wanted, unicodedata.normalize("NFKC", wanted))}
    said = select(customer_value.c.customer_id.label("id")).where(
        customer_value.c.field == known.name,
        or_(
            func.lower(customer_value.c.value).in_(sorted(kept)),
            customer_value.c.value.in_(sorted({wanted, read_value(known, wanted) or wanted})),
        ),
    )
    up = said.cte(recursive=True)
    up = up.union(select(customer_merge.c.into_id).join(up, customer_merge.c.customer_id == up.c.id))
    whole = select(up.c.id).cte(recursive=True)
    whole = whole.union(
        select(customer_merge.c.customer_id).join(whole, customer_merge.c.into_id == whole.c.id)
    )
    return conversation.c.customer_id.in_(select(whole.c.id))
