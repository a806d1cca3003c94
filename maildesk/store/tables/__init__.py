"""The tables. Rules of their layout:

- A conversation's row holds what lists show, so that a list reads one index and no body.
- Mail bodies, raw bytes, comments, outgoing MIME and references to secrets have tables of their own, so that
  PostgreSQL can grant them apart and lists and search never pay for them.
- ``author_id`` and ``actor_id`` are set by the store from the session, never by a caller's value.
- ``event`` is append-only: a trigger refuses to change or delete a row on both databases.
- Instants are seconds (:mod:`maildesk.store.clock`); words of states are those of ``domain``.
"""

from __future__ import annotations

from maildesk.store.tables.conversations import (
    also_in,
    claim,
    comment,
    conversation,
    counter,
    customer,
    customer_address,
    event,
    label,
    participant,
    presence,
    seen,
    watch,
)
from maildesk.store.tables.customers import (
    customer_field,
    customer_merge,
    customer_value,
    identity,
    order_ref,
    phone_call,
)
from maildesk.store.tables.letters import letter
from maildesk.store.tables.mails import (
    alias,
    content,
    folder,
    location,
    message,
    message_body,
    missing_parent,
    raw,
    raw_part,
)
from maildesk.store.tables.metadata import metadata
from maildesk.store.tables.people import (
    agent,
    delivered,
    desk,
    mailbox,
    mailbox_secret,
    mailbox_token,
    seat,
    wire,
)
from maildesk.store.tables.repairs import repair
from maildesk.store.tables.replies import draft, file, outbox, outbox_mime, template, template_version
from maildesk.store.tables.search import (
    FULL_TEXT,
    comment_words,
    file_text,
    message_words,
    unindexed,
    unread_files,
    view,
)
from maildesk.store.tables.talk import chat_line, chat_seen, mention, note, note_read, rules_page
from maildesk.store.tables.triage import blocked, conversation_merge, custom_state, follow, label_look

__all__ = [
    "FULL_TEXT",
    "agent",
    "alias",
    "also_in",
    "blocked",
    "chat_line",
    "chat_seen",
    "claim",
    "comment",
    "comment_words",
    "content",
    "conversation",
    "conversation_merge",
    "counter",
    "custom_state",
    "customer",
    "customer_address",
    "customer_field",
    "customer_merge",
    "customer_value",
    "delivered",
    "desk",
    "draft",
    "event",
    "file",
    "file_text",
    "folder",
    "follow",
    "identity",
    "label",
    "label_look",
    "letter",
    "location",
    "mailbox",
    "mailbox_secret",
    "mailbox_token",
    "mention",
    "message",
    "message_body",
    "message_words",
    "metadata",
    "missing_parent",
    "note",
    "note_read",
    "order_ref",
    "outbox",
    "outbox_mime",
    "participant",
    "phone_call",
    "presence",
    "raw",
    "raw_part",
    "repair",
    "rules_page",
    "seat",
    "seen",
    "template",
    "template_version",
    "unindexed",
    "unread_files",
    "view",
    "watch",
    "wire",
]
