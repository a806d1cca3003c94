"""What a person decides of a reply that no program may decide."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from maildesk.domain.address import Address
from maildesk.domain.outbox import (
    RESEND_AFTER,
    TRANSITIONS,
    OutboxState,
    Step,
)
from maildesk.domain.reply import Draft
from maildesk.store import schema
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.outbox.record import bring_back, log, write_message
from maildesk.store.tables import outbox

_WAITS = (OutboxState.HELD.value, OutboxState.QUEUED.value)


def draft_of(row: Row[Any]) -> Draft:
    """The draft that an outbox item was made from, where it was written."""
    return Draft(
        conversation_id=row.letter_id or row.conversation_id,
        to=tuple(Address(n, a) for n, a in row.to),
        cc=tuple(Address(n, a) for n, a in row.cc),
        subject=row.subject,
        body=row.body,
        cursor=(row.cursor_line, row.cursor_column),
        template_id=row.template_id,
        template_version=row.template_version,
        in_reply_to=row.answers,
    )


def draft_by_id(tx: Connection, outbox_id: int) -> Draft:
    """The draft that an outbox item, which must be there, was made from."""
    return draft_of(tx.execute(select(outbox).where(outbox.c.id == outbox_id)).one())


def decide(tx: Connection, who: Actor, outbox_id: int, step: Step) -> bool:
    """What a person decides of a failed or uncertain item, or of one that still waits. False: not possible in the
    state that it has now, or (a resend) too early: a paused worker may still write its dot.

    What is cancelled answers nobody, so its conversation is new again.
    """
    row = tx.execute(select(outbox).where(outbox.c.id == outbox_id).with_for_update()).first()
    if row is None or (after := TRANSITIONS.get((OutboxState(row.state), step))) is None:
        return False
    if row.epoch != (now := schema.epoch(tx)) and row.state in _WAITS:
        return False  # of a store that was restored since: it may have left already
    if step is Step.RESEND and row.state == OutboxState.UNCERTAIN.value:
        age = tx.execute(select(db_now())).scalar_one() - row.committing_at.timestamp()
        if age < RESEND_AFTER.total_seconds():
            return False
    if after is OutboxState.QUEUED and row.approval and row.approved_by is None:
        return False  # doubted while it waited for its approval: it is cancelled and submitted again
    values: dict[str, Any] = {"state": after.value}
    if after is OutboxState.QUEUED:
        values |= {"not_before": db_now(), "epoch": now}
    if after is OutboxState.SENT:
        values["sent_at"] = db_now()
    try:
        with tx.begin_nested():
            item = tx.execute(
                outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
            ).one()
    except IntegrityError:  # a failed reply was answered anew meanwhile: one_answer refuses the second
        return False
    log(
        tx,
        who,
        {Step.CONFIRM: "marked-sent", Step.RESEND: "resend", Step.CANCEL: "cancelled"}[step],
        item,
        {},
    )
    if after is OutboxState.SENT:
        write_message(tx, item)
    elif (
        step is Step.CANCEL and row.state != OutboxState.FAILED.value
    ):  # a failure has brought it back already
        bring_back(tx, item)
    return True
