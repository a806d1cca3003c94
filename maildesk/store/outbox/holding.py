"""What waits for a person or for its time: approval, new mail before a scheduled reply left, and what was given back.

An approval names the SHA-256 of all that the customer would get and of the turn that it answers; new mail voids it.
Triggers refuse the rest (:mod:`maildesk.store.guards`). Rows are locked in the order outbox, conversation, claim.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, literal, or_, select
from sqlalchemy.exc import IntegrityError

from maildesk.domain.address import Address
from maildesk.domain.letter import FORWARD, Outside
from maildesk.domain.outbox import HeldReason, OutboxItem, OutboxState
from maildesk.domain.reply import AlreadyAnswered, DraftFile, ReplyText, Stop, StoppedReply, StopReason
from maildesk.domain.status import Status, WaitingReason
from maildesk.store import claims, merged, schema
from maildesk.store.clock import db_now
from maildesk.store.drafts import stop_detail, stop_from
from maildesk.store.events import SYNC, Actor
from maildesk.store.outbox.listing import item, selected
from maildesk.store.outbox.queueing import answer_of, next_seq
from maildesk.store.outbox.record import has_answer, log
from maildesk.store.tables import agent, conversation, file, outbox

_VOID: dict[str, Any] = {"approved_by": None, "approved_at": None, "approved_sha256": ""}


# ---- looking


def text_of(tx: Connection, outbox_id: int) -> ReplyText | None:
    """All that a customer would get, and the SHA-256 of it and of the turn that it answers."""
    row = tx.execute(select(outbox).where(outbox.c.id == outbox_id)).first()
    found = item(tx, outbox_id)
    if row is None or found is None:
        return None
    files = tx.execute(select(file).where(file.c.outbox_id == outbox_id).order_by(file.c.id)).all()
    return ReplyText(
        found,
        Address(row.from_name, row.from_address),
        tuple(Address(n, a) for n, a in row.to),
        tuple(Address(n, a) for n, a in row.cc),
        row.subject,
        row.body,
        tuple(DraftFile(f.name, f.content_type, f.size, f.id) for f in files),
        _digest(row, files),
    )


def _digest(row: Row[Any], files: Iterable[Row[Any]]) -> str:
    all_of_it = [
        row.turn,  # the same words after the customer wrote again are another answer
        [row.from_name, row.from_address],
        row.to,
        row.cc,
        row.subject,
        row.body,
        [[f.name, f.content_type, hashlib.sha256(f.data).hexdigest()] for f in files],
    ]
    return hashlib.sha256(json.dumps(all_of_it, ensure_ascii=False).encode()).hexdigest()


def keeping(tx: Connection, conversation_id: int) -> OutboxItem | None:
    """The item that waits for approval or for its time, and so keeps everybody from answering this turn."""
    kept = outbox.c.conversation_id == conversation_id
    return next(iter(selected(tx, and_(kept, claims.waits()))), None)


def approvals(tx: Connection) -> tuple[OutboxItem, ...]:
    """What waits for approval, the oldest first."""
    held = and_(outbox.c.state == OutboxState.HELD.value, outbox.c.held_reason == HeldReason.APPROVAL.value)
    return selected(tx, held, outbox.c.queued_at, outbox.c.id)


def scheduled(tx: Connection) -> tuple[OutboxItem, ...]:
    """What leaves at a time that its author chose, the soonest first."""
    due = and_(outbox.c.state == OutboxState.QUEUED.value, outbox.c.scheduled)
    return selected(tx, due, outbox.c.not_before, outbox.c.id)


_STOPPED = or_(
    and_(outbox.c.state == OutboxState.HELD.value, outbox.c.held_reason == HeldReason.NEW_MAIL.value),
    and_(outbox.c.state == OutboxState.CANCELLED.value, outbox.c.held_reason == HeldReason.RETURNED.value),
)


def stopped(tx: Connection, author_id: int | None = None) -> tuple[StoppedReply, ...]:
    """What waits for its author, of one or of all of them, newest first."""
    chosen = (
        select(outbox, agent.c.name.label("author"), conversation.c.customer_name, conversation.c.version)
        .join(agent, agent.c.id == outbox.c.author_id)
        .join(conversation, conversation.c.id == outbox.c.conversation_id)
        .where(_STOPPED)
        .order_by(outbox.c.id.desc())
    )
    if author_id is not None:
        chosen = chosen.where(outbox.c.author_id == author_id)
    found = []
    for row in tx.execute(chosen).all():
        files = tx.execute(
            select(file.c.name, file.c.content_type, file.c.size, file.c.id)
            .where(file.c.outbox_id == row.id)
            .order_by(file.c.id)
        )
        found.append(
            StoppedReply(
                row.conversation_id,
                row.id,
                row.author_id,
                row.author,
                stop_of(row),
                row.customer_name,
                row.subject,
                row.body,
                tuple(DraftFile(*f) for f in files),
                row.version,
            )
        )
    return tuple(found)


def stop_of(row: Row[Any]) -> Stop:
    """Why an item that waits for its author was stopped."""
    at = row.held_detail.get("at")
    since = row.queued_at if at is None else datetime.fromtimestamp(at, UTC)
    reason = StopReason.RETURNED if row.held_reason == HeldReason.RETURNED.value else StopReason.NEW_MAIL
    return stop_from(reason.value, since, row.held_detail)


# ---- steps


def lock(tx: Connection, outbox_id: int) -> Row[Any] | None:
    """The row of an item, locked until the transaction ends. None: there is none, or it waits in a store that was
    restored since, so that it may have left already."""
    waits = outbox.c.state.in_((OutboxState.HELD.value, OutboxState.QUEUED.value))
    return tx.execute(
        select(outbox)
        .where(outbox.c.id == outbox_id, or_(~waits, outbox.c.epoch == schema.epoch(tx)))
        .with_for_update()
    ).first()


def is_older(tx: Connection, outbox_id: int) -> bool:
    """Whether an item waits in a store that was restored since: it is reconciled before anybody can decide it."""
    waits = outbox.c.state.in_((OutboxState.HELD.value, OutboxState.QUEUED.value))
    older = select(outbox.c.id).where(outbox.c.id == outbox_id, waits, outbox.c.epoch != schema.epoch(tx))
    return tx.execute(older).first() is not None


def approve(tx: Connection, who: Actor, outbox_id: int, sha256: str) -> bool:
    """Let an item leave that waits for approval, if it is the text that ``sha256`` names, ``who`` did not write it and
    it answers the newest mail; one that does not is held for its author. False: it does not leave."""
    row = lock(tx, outbox_id)
    if row is None or _digest(row, _file_rows(tx, outbox_id)) != sha256:
        return False
    if row.kind != FORWARD and hold_for_news(tx, [row.conversation_id], who):
        return False
    done = tx.execute(
        outbox.update()
        .where(
            outbox.c.id == outbox_id,
            outbox.c.state == OutboxState.HELD.value,
            outbox.c.held_reason == HeldReason.APPROVAL.value,
            outbox.c.author_id != who.id,
        )
        .values(
            state=OutboxState.QUEUED.value,
            held_reason="",
            not_before=case((outbox.c.scheduled, outbox.c.not_before), else_=db_now()),
            approved_by=who.id,
            approved_at=db_now(),
            approved_sha256=sha256,
        )
        .returning(outbox)
    ).first()
    if done is None:
        return False
    if done.kind != FORWARD:
        _set_status(tx, done, done.after_status, done.after_reason, answered=True)
    log(tx, who, "approved", done, {"sha256": sha256})
    return True


def _file_rows(tx: Connection, outbox_id: int) -> Sequence[Row[Any]]:
    return tx.execute(select(file).where(file.c.outbox_id == outbox_id).order_by(file.c.id)).all()


def _set_status(
    tx: Connection, row: Row[Any], status: str, reason: str | None, *, answered: bool | None = None
) -> None:
    """The status of a conversation that waits for approval; one that has another by now keeps it."""
    values: dict[str, Any] = {} if answered is None else {"answered": answered}
    waits = conversation.c.status == Status.APPROVAL.value
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.conversation_id)
        .values(
            status=case((waits, status), else_=conversation.c.status),
            waiting_reason=case((waits, reason), else_=conversation.c.waiting_reason),
            version=conversation.c.version + 1,
            **values,
        )
    )


def put_back(tx: Connection, row: Row[Any]) -> None:
    """A reply does not leave after all: its conversation is again as it was, or new where mail came meanwhile. What had
    been put off until a time is new, too, for the time itself is not kept."""
    if row.kind == FORWARD:
        _ask_nobody(tx, row)
        return
    put_off = row.before_reason == WaitingReason.UNTIL.value
    same_turn = conversation.c.turn == row.turn
    settled = conversation.c.status.in_((Status.DONE.value, Status.WAITING.value, Status.APPROVAL.value))
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.conversation_id)
        .values(
            status=case(
                (same_turn, Status.NEW.value if put_off else row.before_status),
                (settled, Status.NEW.value),
                else_=conversation.c.status,
            ),
            waiting_reason=case((same_turn, None if put_off else row.before_reason), else_=None),
            substate=case((same_turn, row.before_substate), else_=None),
            answered=has_answer(row.conversation_id),
            version=conversation.c.version + 1,
        )
    )


def _ask_nobody(tx: Connection, row: Row[Any]) -> None:
    """A question does not leave after all: what waited for nothing but its answer is as it was."""
    put_off = row.before_reason == WaitingReason.UNTIL.value
    tx.execute(
        conversation.update()
        .where(
            conversation.c.id == merged.survivor(tx, row.conversation_id),
            conversation.c.status == Status.WAITING.value,
            conversation.c.outside == Outside.ASKED.value,
            literal(row.after_status) == Status.WAITING.value,
        )
        .values(
            status=Status.NEW.value if put_off else row.before_status,
            waiting_reason=None if put_off else row.before_reason,
            substate=row.before_substate,
            outside=Outside.NOBODY.value,
            version=conversation.c.version + 1,
        )
    )


def give_back(tx: Connection, who: Actor, outbox_id: int, note: str) -> bool:
    """Stop an item that is held, or that has its own time, and let its author see why. The turn is free again. False:
    it is not there or on its way."""
    row = lock(tx, outbox_id)
    if row is None or not (
        row.state == OutboxState.HELD.value or (row.state == OutboxState.QUEUED.value and row.scheduled)
    ):
        return False
    at = float(tx.execute(select(db_now())).scalar_one())
    told = Stop(StopReason.RETURNED, row.queued_at, who.name, datetime.fromtimestamp(at, UTC), note)
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id)
        .values(
            state=OutboxState.CANCELLED.value,
            held_reason=HeldReason.RETURNED.value,
            held_detail=stop_detail(told) | {"at": at},
        )
    )
    put_back(tx, row)
    log(tx, who, "returned", row, {"reason": note})
    return True


def leave_with_author(tx: Connection, outbox_id: int) -> None:
    """An item that its author took back while he has another draft in its conversation: it stays to be read."""
    at = float(tx.execute(select(db_now())).scalar_one())
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id)
        .values(held_reason=HeldReason.RETURNED.value, held_detail={"at": at})
    )


def recallable(tx: Connection, who: Actor, outbox_ids: Iterable[int]) -> frozenset[int]:
    """Those of these items that are one's own and have not been tried: they can still be taken back."""
    still = and_(
        outbox.c.id.in_(list(outbox_ids)),
        outbox.c.author_id == who.id,
        outbox.c.state == OutboxState.QUEUED.value,
        outbox.c.attempt == 0,
        outbox.c.epoch == schema.epoch(tx),
    )
    return frozenset(tx.execute(select(outbox.c.id).where(still)).scalars())


def take_back(tx: Connection, who: Actor, outbox_id: int) -> Row[Any] | None:
    """Take an item of one's own back: one that is queued and was not tried or has its own time, that is held, or that
    was given back. None: too late, or somebody else's."""
    row = lock(tx, outbox_id)
    if row is None or row.author_id != who.id:
        return None
    returned = row.state == OutboxState.CANCELLED.value and row.held_reason == HeldReason.RETURNED.value
    waits = row.state == OutboxState.QUEUED.value and (row.attempt == 0 or row.scheduled)
    if not (returned or waits or row.state == OutboxState.HELD.value):
        return None
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id)
        .values(state=OutboxState.CANCELLED.value, held_reason="")
    )
    if not returned:
        put_back(tx, row)
        log(tx, who, "recalled", row, {})
    return row


def release(tx: Connection, who: Actor, row: Row[Any]) -> AlreadyAnswered | None:
    """Let an item go on that new mail had stopped, as the answer to the newest turn; one that needs an approval waits
    for it anew. The caller holds the claim, and the locks of the item and of its conversation."""
    place = tx.execute(select(conversation).where(conversation.c.id == row.conversation_id)).one()
    state = OutboxState.HELD if row.approval else OutboxState.QUEUED
    values: dict[str, Any] = {
        "state": state.value,
        "held_reason": HeldReason.APPROVAL.value if row.approval else "",
        "turn": place.turn,
        "seq": next_seq(tx, place.id, place.turn) if row.kind == "followup" else row.seq,
        "not_before": case((outbox.c.scheduled, outbox.c.not_before), else_=db_now()),
        "queued_at": db_now(),
    }
    try:
        with tx.begin_nested():
            tx.execute(
                outbox.update()
                .where(outbox.c.id == row.id, outbox.c.state == OutboxState.HELD.value)
                .values(**values)
            )
    except IntegrityError:  # one_answer: the newest turn has its answer
        answered = answer_of(tx, place)
        assert answered is not None
        return answered
    status = Status.APPROVAL.value if row.approval else row.after_status
    tx.execute(
        conversation.update()
        .where(conversation.c.id == row.conversation_id)
        .values(
            status=status or Status.DONE.value,
            waiting_reason=None if row.approval else row.after_reason,
            waiting_until=None,
            answered=conversation.c.answered if row.approval else True,
            version=conversation.c.version + 1,
        )
    )
    log(tx, who, "sent-anyway", row, {"turn": place.turn, "approval": row.approval})
    return None


# ---- new mail


def lock_waiting(tx: Connection, conversation_ids: Sequence[int]) -> None:
    """Lock what waits in these conversations, before anybody locks the conversations themselves."""
    if conversation_ids:
        tx.execute(
            select(outbox.c.id)
            .where(outbox.c.conversation_id.in_(list(conversation_ids)), claims.can_wait())
            .order_by(outbox.c.id)
            .with_for_update()
        ).all()


def waiting_in(tx: Connection, conversation_ids: Sequence[int]) -> frozenset[int]:
    """Those of these conversations, whose rows are locked, in which an answer waits for its time or for approval."""
    there = outbox.c.conversation_id.in_(list(conversation_ids))
    return frozenset(tx.execute(select(outbox.c.conversation_id).where(there, claims.can_wait())).scalars())


def hold_for_news(tx: Connection, conversation_ids: Sequence[int], who: Actor = SYNC) -> tuple[int, ...]:
    """The customer wrote again, and the turn of these conversations has grown: what waits there for its time or for
    approval is held until its author has seen the mail, and an approval that was given is void. The items held."""
    if not conversation_ids:
        return ()
    turn = select(conversation.c.turn).where(conversation.c.id == outbox.c.conversation_id).scalar_subquery()
    at = float(tx.execute(select(db_now())).scalar_one())
    held = tx.execute(
        outbox.update()
        .where(outbox.c.conversation_id.in_(list(conversation_ids)), outbox.c.turn < turn, claims.can_wait())
        .values(
            state=OutboxState.HELD.value,
            held_reason=HeldReason.NEW_MAIL.value,
            held_detail={"when": at, "at": at},
            **_VOID,
        )
        .returning(outbox)
    ).all()
    for row in held:
        log(tx, who, "held", row, {"reason": HeldReason.NEW_MAIL.value})
    if held:
        _free(tx, [row.conversation_id for row in held])
    return tuple(row.id for row in held)


def _free(tx: Connection, conversation_ids: Sequence[int]) -> None:
    """Nothing waits for approval there any more."""
    tx.execute(
        conversation.update()
        .where(conversation.c.id.in_(list(conversation_ids)), conversation.c.status == Status.APPROVAL.value)
        .values(status=Status.NEW.value)
    )
