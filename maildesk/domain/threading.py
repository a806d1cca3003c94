"""To which conversation a mail belongs: a decision from exact message ids, never from subjects.

Ids that maildesk made itself are random: who quotes one has got our mail, and joins. Ids of others can be guessed,
reused or forged, so they join only where the sender takes part in the conversation already: he wrote there, or we
wrote to him. Whom a sender names in Cc takes no part by that, or a stranger who guesses the id that a customer's next
mail will name could draw that mail to himself. What quotes a known mail
and may not join gets a conversation of its own that names the other one; conversations are never merged here, for a
merge that is wrong shows one customer the mails of another, and a link that is missing costs a keystroke.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from maildesk.domain.trust import Verdict

MAX_CANDIDATES = 200

Reason = Literal["in-reply-to", "references", "alias", "sent-copy"]
Relation = Literal["", "stranger", "authentication", "own-address", "bridge", "copy", "anew"]
ANEW: Literal["anew"] = "anew"
"""The related conversation was done, and the shop wants another one to begin after that."""

_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_OURS = re.compile(r"<md\.[0-9a-f]{32}@[^<>\s@]+>")


@dataclass(frozen=True, slots=True)
class Known:
    """A message id that leads to a conversation.

    ``participants`` are address keys (:meth:`Address.key`) of whoever wrote there and was let in, and to whom we wrote.
    """

    conversation_id: int
    message_id: str
    ours: bool
    """maildesk sent it: its id cannot be guessed."""
    participants: AbstractSet[str]
    sent: bool = False
    """It left from us, by maildesk or from elsewhere, so that a report about it can be true."""
    alias: bool = False
    """Not the id that we gave: the one under which a relay passed our mail on."""
    aside: bool = False
    """Not between the customer and us: a mail that we passed on to others, or what came of it."""
    awaited: bool = False
    """No mail of that id has come yet; mails of the conversation refer to it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a mail says about its place. All addresses are keys."""

    people: frozenset[str]
    """Whom the conversation is with: the sender, or for what we sent ourselves all recipients outside."""
    ids: tuple[str, ...]
    """As :func:`candidate_ids` orders them; for a report that a mail was not delivered, that mail's first."""
    in_reply_to: str | None = None
    is_report: bool = False
    sent: bool = False
    """It lay in Sent."""
    verdict: Verdict = Verdict.UNKNOWN
    unproven: bool = False
    """From is one of our own addresses, and what our server found does not prove it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail belongs: ``conversation_id``, or None for a new one.

    ``related_id`` is a further conversation that it may belong to, and ``related_by`` why it is not there.
    """

    conversation_id: int | None = None
    reason: Reason | Literal[""] = ""
    new_sender: bool = False
    about_ours: bool = False
    """It is a report about a mail of ours."""
    related_id: int | None = None
    related_by: Relation = ""
    aside: bool = False
    """What leads it there is not between the customer and us."""


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


def place(mail: Arrival, known: Mapping[str, Sequence[Known]], waiting: Sequence[Known] = ()) -> Place:
    """Where a mail belongs.

    Args:
        mail: what it says.
        known: what its ids lead to, by id, in the order of preference; only exact matches count.
        waiting: conversations in which mails refer to this one, the oldest first.
    """
    hits = [k for i in mail.ids if is_message_id(i) for k in known.get(i, ()) if k.message_id == i]
    met = [k.conversation_id for k in hits if not k.awaited]
    if mail.is_report:
        return _report(mail, hits)
    if (suspect := _suspect(mail)) or not (joined := _joined(mail, hits, waiting)):
        return Place(related_id=met[0], related_by=suspect or "stranger") if met else Place()
    bridged = [k.conversation_id for k in (*hits, *waiting) if _takes_part(mail, k)]
    other = next((c for c in bridged if c != joined.conversation_id), None)
    return Place(
        joined.conversation_id,
        _reason(mail, joined),
        new_sender=not mail.sent and not _takes_part(mail, joined),
        related_id=other,
        related_by="" if other is None else "bridge",
        aside=joined.aside,
    )


def _suspect(mail: Arrival) -> Relation:
    if mail.unproven:
        return "own-address"
    return "authentication" if mail.verdict is Verdict.FAIL else ""


def _joined(mail: Arrival, hits: Sequence[Known], waiting: Sequence[Known]) -> Known | None:
    for hit in hits:
        unguessable = hit.ours and not hit.awaited and (hit.alias or is_ours(hit.message_id))
        if unguessable or _takes_part(mail, hit):
            return hit
    return next((k for k in waiting if _takes_part(mail, k)), None)


def _report(mail: Arrival, hits: Sequence[Known]) -> Place:
    """A report counts only if it names a mail that really left from us: whoever writes one proves nothing by it."""
    named = next((k for k in hits if k.sent), None)
    joined = named or next((k for k in hits if _takes_part(mail, k)), None)
    if joined is None:
        return Place()
    return Place(
        joined.conversation_id, _reason(mail, joined), about_ours=named is not None, aside=joined.aside
    )


def _takes_part(mail: Arrival, known: Known) -> bool:
    return not mail.people.isdisjoint(known.participants)


def _reason(mail: Arrival, known: Known) -> Reason:
    if mail.sent:
        return "sent-copy"
    if known.alias:
        return "alias"
    return "in-reply-to" if known.message_id == mail.in_reply_to else "references"
