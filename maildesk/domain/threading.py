"""To which conversation a mail belongs: a decision from exact message ids, never from subjects.

Ids that maildesk made itself are random and join by themselves. Ids of others can be guessed, reused or
forged, so they join only where the sender takes part in the conversation already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from maildesk.domain.address import address_key

MAX_CANDIDATES = 200

Reason = Literal["in-reply-to", "references"]

_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_OURS = re.compile(r"<md\.[0-9a-f]{32}@[^<>\s@]+>")


@dataclass(frozen=True, slots=True)
class Known:
    """A stored message: where it is and who takes part there.

    ``ours`` says that maildesk sent it. ``participants`` are address keys (:func:`address_key`) of
    everybody who wrote or was written to in the conversation.
    """

    conversation_id: int
    message_id: str
    ours: bool
    participants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Join:
    """The conversation that a mail joins, and which field of the mail says so."""

    conversation_id: int
    reason: Reason


def is_message_id(text: str) -> bool:
    """Whether this is a whole message id with its angle brackets; empty and malformed ones are none."""
    return len(text) <= 998 and text.isprintable() and _ID.fullmatch(text) is not None


def is_ours(message_id: str) -> bool:
    """Whether an id has the shape that maildesk gives: ``<md.`` + 32 hexadecimal digits + ``@domain>``."""
    return _OURS.fullmatch(message_id) is not None


def candidate_ids(in_reply_to: str | None, references: Iterable[str]) -> tuple[str, ...]:
    """The ids to look up, the most trusted first.

    That is the mail answered, then the references from the newest to the oldest. Malformed ids are left out.
    """
    newest_first = list(references)[::-1]
    ordered = dict.fromkeys([in_reply_to or "", *newest_first])
    return tuple(message_id for message_id in ordered if is_message_id(message_id))[:MAX_CANDIDATES]


def conversation_for(
    sender_key: str,
    ids: Iterable[str],
    known: Mapping[str, Known],
    *,
    in_reply_to: str | None = None,
    our_mailboxes: frozenset[str] = frozenset(),
) -> Join | None:
    """The conversation that a mail of this sender joins, or None for a new one.

    Args:
        sender_key: the sender's address, as :meth:`Address.key` gives it.
        ids: candidates as :func:`candidate_ids` orders them.
        known: stored messages by message id; only exact matches count.
        in_reply_to: the id that stood in In-Reply-To, to name the reason.
        our_mailboxes: keys of our own addresses: what we sent from elsewhere joins as well.
    """
    sender = address_key(sender_key)
    for message_id in ids:
        found = known.get(message_id)
        if found is None or found.message_id != message_id or not is_message_id(message_id):
            continue
        trusted = found.ours and is_ours(message_id)
        if trusted or (sender and (sender in found.participants or sender in our_mailboxes)):
            return Join(found.conversation_id, "in-reply-to" if message_id == in_reply_to else "references")
    return None
