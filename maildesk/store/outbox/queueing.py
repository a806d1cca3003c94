"""Queueing a reply: the transaction that guarantees one answer per turn."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from maildesk.domain.address import Address
from maildesk.domain.claim import Claim
from maildesk.domain.letter import FORWARD, Letter, LetterKind, Outside
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import HeldReason, OutboxState
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Draft, Queued
from maildesk.domain.status import Status, WaitingReason
from maildesk.errors import MaildeskError
from maildesk.store import blocking, claims, events, outsiders, schema
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.tables import agent, conversation, file, outbox
from maildesk.store.tables import draft as draft_table


class NotHeld(NamedTuple):
    """The claim that a submit relied on is not held any more."""


class Stale(NamedTuple):
    """The conversation is not as the submit saw it; ``version`` is what it is now."""

    version: int


_REQUEST = select(outbox).where(outbox.c.request_id == bindparam("request"))
_SEEN = select(conversation).where(conversation.c.id == bindparam("number")).with_for_update(key_share=True)
_NEEDS_APPROVAL = select(agent.c.needs_approval).where(agent.c.id == bindparam("author"))
_ANSWER = (
    select(outbox.c.id, outbox.c.queued_at, agent.c.name)
    .join(agent, agent.c.id == outbox.c.author_id)
    .where(
        outbox.c.conversation_id == bindparam("number"),
        outbox.c.turn == bindparam("of_turn"),
        outbox.c.kind == "reply",
        claims.counts(),
    )
)


def new_message_id(address: str) -> str:
    """A Message-ID of ours: 128 random bits, never a serial number (``failures.md`` finding 9)."""
    domain = address.rpartition("@")[2] or "localhost"
    return f"<md.{secrets.token_hex(16)}@{domain}>"


def queue(
    tx: Connection,
    who: Actor,
    box: Mailbox,
    held: Claim,
    reply: Draft,
    *,
    references: tuple[str, Sequence[str]],
    seen_version: int,
    request_id: str,
    after: AfterSend,
    hold: float,
    follow_up: bool,
    at: datetime | None = None,
    approval: bool = False,
    letter: Letter | None = None,
) -> Queued | AlreadyQueued | NotHeld | Stale | AlreadyAnswered:
    """Queue a reply: this request is not there yet, the claim is still ours with this token, the conversation is still
    as seen, this turn has no answer. All or nothing, in the caller's transaction.

    It leaves ``hold`` seconds from now, or ``at`` a time of its author's choice. One that wants an ``approval``, or
    whose author needs one for all that he writes, is held until it has it.

    With a ``letter`` that passes something on it answers nobody: the turn stays open, the state stays as it is or waits
    for who is asked, and it goes to nobody who takes part in the conversation.

    ``references`` are the Message-ID answered and its References. The draft is gone afterwards, its files move along;
    one that comes back with a request that is there already goes, too, if it says nothing else than what was queued.
    Raises MaildeskError for a request that was used in another conversation, or whose reply was taken back or cancelled
    since (nobody may take this one for queued), and for a forward to the customer.
    """
    assert who.id is not None
    if (known := _by_request(tx, request_id)) is not None:
        return _already(tx, who, known, reply)
    row = tx.execute(_SEEN, {"number": held.conversation_id}).one()
    if not claims.holds(tx, held, who.id) or (letter is not None and letter.place != held.conversation_id):
        return NotHeld()
    if row.version != seen_version:
        return _overtaken(tx, row, letter, follow_up)
    if letter is not None:
        _refuse_participants(tx, row, reply)
    approval = approval or _needs_approval(tx, who)
    values = {
        **_place(tx, row, letter, follow_up),
        **_mail(box, reply, references),
        **_departure(hold, at, approval),
        **_status_around(row, after, letter),
        "author_id": who.id,
        "request_id": request_id,
        "token": held.token,
        "epoch": schema.epoch(tx),
    }
    try:
        item = _insert(tx, values)
    except IntegrityError:
        first = _first_there(tx, who, row, reply, request_id)
        if first is None:  # the database refuses it for another reason than that somebody was quicker
            raise
        return first
    claims.release(tx, held, who.id)
    if letter is not None:
        _pass_on(tx, who, row, item.id, letter, reply)
    else:
        _settle(tx, who, held, row, item.id, AfterSend(Status.APPROVAL) if approval else after, reply)
    return Queued(item.id, item.message_id, item.not_before, approval)


def _overtaken(
    tx: Connection, row: Row[Any], letter: Letter | None, follow_up: bool
) -> AlreadyAnswered | Stale:
    """What the author of a reply is told who has not seen the conversation as it is."""
    if letter is None and (answered := answer_of(tx, row)) is not None and not follow_up:
        return answered
    return Stale(row.version)


def _refuse_participants(tx: Connection, row: Row[Any], forward: Draft) -> None:
    if wrong := outsiders.not_to(tx, row.id, (*forward.to, *forward.cc)):
        raise MaildeskError("forward_to_customer", address=wrong[0].address)


def _insert(tx: Connection, values: dict[str, Any]) -> Row[Any]:
    """Raises IntegrityError, after which the transaction goes on."""
    with tx.begin_nested():
        return tx.execute(
            outbox.insert().values(**values).returning(outbox.c.id, outbox.c.message_id, outbox.c.not_before)
        ).one()


def _first_there(
    tx: Connection, who: Actor, row: Row[Any], reply: Draft, request_id: str
) -> AlreadyQueued | AlreadyAnswered | None:
    """What was in the outbox before this reply and keeps it out: the same request, or another answer."""
    if (known := _by_request(tx, request_id)) is not None:
        return _already(tx, who, known, reply)
    return answer_of(tx, row)


def _needs_approval(tx: Connection, who: Actor) -> bool:
    return bool(tx.execute(_NEEDS_APPROVAL, {"author": who.id}).scalar_one())


def _by_request(tx: Connection, request_id: str) -> Row[Any] | None:
    return tx.execute(_REQUEST, {"request": request_id}).first()


def queued_by(tx: Connection, who: Actor, request_id: str) -> AlreadyQueued | None:
    """What somebody queued by a request. Raises MaildeskError where that was taken back or cancelled since."""
    known = _by_request(tx, request_id)
    if known is None or known.author_id != who.id:
        return None
    if known.state == OutboxState.CANCELLED.value:
        raise MaildeskError("request_withdrawn", outbox=known.id)
    return AlreadyQueued(known.id, known.message_id)


def _already(tx: Connection, who: Actor, known: Row[Any], reply: Draft) -> AlreadyQueued:
    if (known.letter_id or known.conversation_id) != reply.conversation_id:
        raise MaildeskError("request_used", number=known.conversation_id)
    if known.state == OutboxState.CANCELLED.value:
        raise MaildeskError("request_withdrawn", outbox=known.id)
    said = (reply.subject, reply.body, _addresses(reply.to), _addresses(reply.cc))
    if (
        known.author_id == who.id
        and not reply.files
        and said == (known.subject, known.body, known.to, known.cc)
    ):
        tx.execute(draft_table.delete().where(_of_author(reply.conversation_id, who)))
    return AlreadyQueued(known.id, known.message_id)


def _addresses(given: Sequence[Address]) -> list[list[str]]:
    return [[a.name, a.address] for a in given]


def _of_author(conversation_id: int, who: Actor) -> ColumnElement[bool]:
    return and_(draft_table.c.conversation_id == conversation_id, draft_table.c.author_id == who.id)


def answer_of(tx: Connection, row: Row[Any]) -> AlreadyAnswered | None:
    """The live reply to the conversation's present turn."""
    found = tx.execute(_ANSWER, {"number": row.id, "of_turn": row.turn}).first()
    return None if found is None else AlreadyAnswered(found.name, found.queued_at, found.id)


def next_seq(tx: Connection, conversation_id: int, turn: int, kind: str = "followup") -> int:
    """The number of the next follow-up to a turn, or of the next mail of another kind, from 1."""
    last = tx.execute(
        select(func.max(outbox.c.seq)).where(
            outbox.c.conversation_id == conversation_id, outbox.c.turn == turn, outbox.c.kind == kind
        )
    ).scalar()
    return (last or 0) + 1


def _place(tx: Connection, row: Row[Any], letter: Letter | None, follow_up: bool) -> dict[str, Any]:
    """Which mail of which turn it is."""
    kind = FORWARD if letter is not None else "followup" if follow_up else "reply"
    return {
        "conversation_id": row.id,
        "turn": row.turn,
        "kind": kind,
        "seq": 0 if kind == "reply" else next_seq(tx, row.id, row.turn, kind),
        "letter_id": None if letter is None else letter.conversation_id,
    }


def _mail(box: Mailbox, reply: Draft, references: tuple[str, Sequence[str]]) -> dict[str, Any]:
    """What the mail says, and how it was written."""
    return {
        "mailbox_id": box.id,
        "message_id": new_message_id(box.address),
        "from_name": box.name,
        "from_address": box.address,
        "to": _addresses(reply.to),
        "cc": _addresses(reply.cc),
        "subject": reply.subject,
        "body": reply.body,
        "in_reply_to": references[0],
        "refs": list(references[1]),
        "answers": reply.in_reply_to,
        "template_id": reply.template_id,
        "template_version": reply.template_version,
        "cursor_line": reply.cursor[0],
        "cursor_column": reply.cursor[1],
    }


def _departure(hold: float, at: datetime | None, approval: bool) -> dict[str, Any]:
    """When it leaves, and what keeps it until then."""
    return {
        "queued_at": db_now(),
        "not_before": db_now() + hold if at is None else at,
        "scheduled": at is not None,
        "approval": approval,
        "state": (OutboxState.HELD if approval else OutboxState.QUEUED).value,
        "held_reason": HeldReason.APPROVAL.value if approval else "",
    }


def _status_around(row: Row[Any], after: AfterSend, letter: Letter | None) -> dict[str, Any]:
    """What the conversation was before, for taking back, and what it is once this was sent. A forward leaves that as it
    is; with a question it waits for the answer."""
    if letter is None:
        then, reason = after.status.value, after.waiting_reason.value if after.waiting_reason else None
    elif letter.kind is LetterKind.ASK:
        then, reason = Status.WAITING.value, WaitingReason.COLLEAGUE.value
    else:
        then, reason = "", None
    return {
        "before_status": row.status,
        "before_reason": row.waiting_reason,
        "before_substate": row.substate,
        "after_status": then,
        "after_reason": reason,
    }


def _take_draft(tx: Connection, who: Actor, conversation_id: int, outbox_id: int) -> None:
    """What was a draft is on its way now, with its files."""
    mine = _of_author(conversation_id, who)
    for old in tx.execute(select(draft_table.c.id).where(mine)):
        tx.execute(file.update().where(file.c.draft_id == old.id).values(draft_id=None, outbox_id=outbox_id))
    tx.execute(draft_table.delete().where(mine))


def _pass_on(
    tx: Connection, who: Actor, row: Row[Any], outbox_id: int, letter: Letter, forward: Draft
) -> None:
    asks = letter.kind is LetterKind.ASK
    waits = {
        "status": Status.WAITING.value,
        "waiting_reason": WaitingReason.COLLEAGUE.value,
        "waiting_until": None,
        "outside": Outside.ASKED.value,
    }
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.id)
        .values(version=conversation.c.version + 1, **(waits if asks else {}))
    )
    _take_draft(tx, who, letter.conversation_id, outbox_id)
    to = ", ".join(a.address for a in (*forward.to, *forward.cc))
    what = "asked" if asks else "forwarded"
    events.record(tx, who, what, row.id, outbox_id=outbox_id, detail={"turn": row.turn, "to": to})


def _settle(
    tx: Connection, who: Actor, held: Claim, row: Row[Any], outbox_id: int, after: AfterSend, reply: Draft
) -> None:
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.id)
        .values(
            version=conversation.c.version + 1,
            status=after.status.value,
            waiting_reason=after.waiting_reason.value if after.waiting_reason else None,
            waiting_until=None,
            answered=conversation.c.answered if after.status is Status.APPROVAL else True,
            outside=Outside.NOBODY.value,
        )
    )
    if row.status == Status.SPAM.value:  # whom we answer is no spammer: his next mail comes to the new ones
        blocking.remove(tx, who, blocking.forms(tx, [row.id]))
    _take_draft(tx, who, row.id, outbox_id)
    detail = {
        "token": held.token,
        "turn": row.turn,
        "template": reply.template_id,
        "status": after.status.value,
    }
    events.record(tx, who, "queued", row.id, outbox_id=outbox_id, detail=detail)
