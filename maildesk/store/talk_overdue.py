"""What should have been answered by now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Double, and_, func, or_, select, type_coerce

from maildesk.domain.status import Status
from maildesk.domain.talk import LATE, Overdue, OverdueList
from maildesk.store import targets
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, conversation, mailbox


def _is_late() -> Any:
    """Mail whose reply target is over; where there is none, new mail of a customer that has waited for a day."""
    at: Any = type_coerce(conversation.c.last_message_at, Double())
    now: Any = type_coerce(db_now(), Double())
    return or_(
        targets.is_due(),
        and_(
            conversation.c.status == Status.NEW.value,
            conversation.c.due_at.is_(None),
            ~conversation.c.automatic,
            at < now - LATE.total_seconds(),
        ),
    )


def overdue(tx: Connection, mailbox_id: int | None, limit: int) -> OverdueList:
    """The overdue conversations of a mailbox, None of all: the ``limit`` that wait longest, and counts by shop."""
    where = _is_late()
    if mailbox_id is not None:
        where = and_(where, conversation.c.mailbox_id == mailbox_id)
    since: Any = func.coalesce(conversation.c.due_at, conversation.c.last_message_at)
    rows = tx.execute(
        select(
            conversation.c.id,
            conversation.c.subject,
            conversation.c.customer_name,
            conversation.c.customer_address,
            mailbox.c.short_name,
            agent.c.name,
            conversation.c.due_at,
            conversation.c.last_message_at,
        )
        .join(mailbox, mailbox.c.id == conversation.c.mailbox_id)
        .outerjoin(agent, agent.c.id == conversation.c.assignee_id)
        .where(where)
        .order_by(since, conversation.c.id)
        .limit(limit)
    )
    found = tuple(
        Overdue(
            row.id,
            row.subject,
            row.customer_name or row.customer_address,
            row.short_name,
            row.name or "",
            row.due_at if row.due_at is not None else row.last_message_at + LATE,
        )
        for row in rows
    )
    if not found:
        return OverdueList()
    counted = tx.execute(
        select(mailbox.c.short_name, func.count())
        .join(conversation, conversation.c.mailbox_id == mailbox.c.id)
        .where(where)
        .group_by(mailbox.c.id, mailbox.c.short_name)
        .order_by(mailbox.c.id)
    )
    return OverdueList(found, tuple((name, count) for name, count in counted))
