"""The outbox: queueing a reply, and each step on its way out, as one conditional statement or one transaction.

The unique index ``one_answer`` on (conversation, turn, kind, seq) is what no crash, no race and no lost claim can get
past; the claim, the token and the version are checked before it so that people are told in time (``protocol.md``).
Every step writes an event: together they are the attempt log that a person reads before deciding an uncertain item.
"""

from __future__ import annotations

from maildesk.store.outbox.aliases import Ours
from maildesk.store.outbox.deciding import (
    decide,
    draft_by_id,
    draft_of,
)
from maildesk.store.outbox.evidence import (
    Doubtful,
    SeenBack,
    by_message_ids,
    doubtful,
    found,
    mark_bounced,
    not_found,
    not_reached,
    pick_doubtful,
    quoted,
    seen_back,
)
from maildesk.store.outbox.filing import (
    Unfiled,
    begin_filing,
    filed,
    filer,
    filing_failed,
    pick_unfiled,
)
from maildesk.store.outbox.holding import (
    approvals,
    approve,
    give_back,
    hold_for_news,
    is_older,
    keeping,
    leave_with_author,
    lock,
    lock_waiting,
    recallable,
    release,
    scheduled,
    stop_of,
    stopped,
    take_back,
    text_of,
)
from maildesk.store.outbox.listing import (
    Overdue,
    Waiting,
    item,
    items,
    overdue,
    waiting,
)
from maildesk.store.outbox.queueing import (
    NotHeld,
    Stale,
    new_message_id,
    queue,
)
from maildesk.store.outbox.reconciling import (
    doubt,
    undecided,
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
    retry_now,
)

__all__ = [
    "Doubtful",
    "NotHeld",
    "Ours",
    "Overdue",
    "Picked",
    "SeenBack",
    "Stale",
    "Unfiled",
    "Waiting",
    "approvals",
    "approve",
    "begin_filing",
    "by_message_ids",
    "decide",
    "doubt",
    "doubtful",
    "draft_by_id",
    "draft_of",
    "filed",
    "filer",
    "files_of",
    "filing_failed",
    "finish",
    "found",
    "give_back",
    "hold_for_news",
    "is_older",
    "item",
    "items",
    "keep_mime",
    "keeping",
    "leave_with_author",
    "lock",
    "lock_waiting",
    "mark_bounced",
    "mark_committing",
    "mime_of",
    "new_message_id",
    "next_due",
    "not_found",
    "not_reached",
    "overdue",
    "pick",
    "pick_doubtful",
    "pick_unfiled",
    "queue",
    "quoted",
    "reap",
    "recallable",
    "release",
    "renew",
    "retry_now",
    "scheduled",
    "seen_back",
    "stop_of",
    "stopped",
    "take_back",
    "text_of",
    "undecided",
    "waiting",
]
