"""In whose mailboxes a conversation is listed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_

from maildesk.store.tables import also_in, conversation


def listed_in(mailbox_ids: Select[Any] | int) -> ColumnElement[bool]:
    """Whether a conversation is listed in a mailbox (or one of several): its own or a further one."""
    if isinstance(mailbox_ids, int):
        own, further = conversation.c.mailbox_id == mailbox_ids, also_in.c.mailbox_id == mailbox_ids
    else:
        own, further = conversation.c.mailbox_id.in_(mailbox_ids), also_in.c.mailbox_id.in_(mailbox_ids)
    also = exists().where(also_in.c.conversation_id == conversation.c.id, further).correlate(conversation)
    return or_(own, also)
