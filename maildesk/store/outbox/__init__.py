"""The outbox: queueing a reply, and each step on its way out, as one conditional statement or one transaction.

The unique index ``one_answer`` on (conversation, turn, kind, seq) is what no crash, no race and no lost claim can get
past; the claim, the token and the version are checked before it so that people are told in time (``protocol.md``).
Every step writes an event: together they are the attempt log that a person reads before deciding an uncertain item.
"""

from __future__ import annotations

from maildesk.store.outbox.deciding import (
    decide,
    draft_by_id,
    draft_of,
    recall,
)
from maildesk.store.outbox.filing import (
    SeenBack,
    Unfiled,
    by_message_ids,
    filed,
    filing_failed,
    pick_unfiled,
    seen_back,
)
from maildesk.store.outbox.listing import (
    Waiting,
    item,
    items,
    waiting,
)
from maildesk.store.outbox.queueing import (
    NotHeld,
    Stale,
    new_message_id,
    queue,
)
from maildesk.store.outbox.sending import (
    Picked,
    files_of,
    finish,
    keep_mime,
    mark_committing,
    mime_of,
    next_due,
    pick,
    reap,
    renew,
)

__all__ = [
    "NotHeld",
    "Picked",
    "SeenBack",
    "Stale",
    "Unfiled",
    "Waiting",
    "by_message_ids",
    "decide",
    "draft_by_id",
    "draft_of",
    "filed",
    "files_of",
    "filing_failed",
    "finish",
    "item",
    "items",
    "keep_mime",
    "mark_committing",
    "mime_of",
    "new_message_id",
    "next_due",
    "pick",
    "pick_unfiled",
    "queue",
    "reap",
    "recall",
    "renew",
    "seen_back",
    "waiting",
]
