"""Reply targets: which shop has one, when its clock goes on, and what is past it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from maildesk.domain.conversation import MessageKind
from maildesk.domain.reply_target import OWN, ReplyTarget, target_from
from maildesk.domain.status import Status, WaitingReason
from maildesk.store.clock import db_now
from maildesk.store.due_guards import FAR
from maildesk.store.engine import now as store_now
from maildesk.store.tables import conversation, mailbox, message

ANSWERED: Mapping[str, Any] = {"due_at": None, "due_from": None, "due_spent": 0.0}
"""The clock of a conversation that was answered."""
_RUNS = (Status.NEW.value, Status.APPROVAL.value)


def all_targets(tx: Connection) -> dict[int, ReplyTarget]:
    """The targets of the shops that have one, by mailbox."""
    found = {row.id: target_from(row.reply_target) for row in tx.execute(select(mailbox))}
    return {number: target for number, target in found.items() if target is not None}


def shown(row: Row[Any]) -> datetime | None:
    """Until when a conversation is to be answered; None where no clock runs."""
    due: datetime | None = row.due_at
    return due if row.due_order < FAR else None


def is_due(seconds: float = 0.0) -> ColumnElement[bool]:
    """Whether a conversation's reply is due within so many seconds (negative: for longer than that)."""
    until = db_now() + seconds
    # nothing that is archived is due, and the index has nothing of it
    listed = conversation.c.archived_at.is_(None)
    return and_(conversation.c.due_order < until + 60.0, conversation.c.due_at <= until, listed)


def overdue(tx: Connection) -> int:
    """How many conversations are past their target."""
    return int(tx.execute(select(func.count()).select_from(conversation).where(is_due())).scalar_one())


def gone_on(tx: Connection, row: Row[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What else changes in a locked conversation whose status is set: a clock that stood still goes on."""
    status = values.get("status")
    if row.status != Status.WAITING.value or status not in _RUNS or row.due_from is None:
        return {}
    return _resumed(all_targets(tx).get(row.mailbox_id), row, row.waiting_reason or OWN, store_now(tx))


def woke(tx: Connection, ids: Sequence[int]) -> None:
    """These had been put off until a time, which has come: their clocks go on."""
    asked = conversation.c.id.in_(list(ids)), conversation.c.due_from.is_not(None)
    rows = tx.execute(select(conversation).where(*asked)).all() if ids else []
    if not rows:
        return
    targets, now = all_targets(tx), store_now(tx)
    for row in rows:
        values = _resumed(targets.get(row.mailbox_id), row, WaitingReason.UNTIL.value, now)
        if values:
            tx.execute(conversation.update().where(conversation.c.id == row.id).values(**values))


def _resumed(target: ReplyTarget | None, row: Row[Any], reason: str, now: datetime) -> dict[str, Any]:
    if target is None or reason in target.runs_while or row.paused_at is None:
        return {}
    spent = target.spent(row.due_from, row.paused_at, row.due_spent)
    return {"due_from": now, "due_spent": spent, "due_at": target.due(now, spent), "paused_at": None}


def recompute(tx: Connection, mailbox_id: int) -> int:
    """The shop's target is another now: compute again what is due, also where no clock ran for want of one. Returns
    for how many conversations."""
    target = all_targets(tx).get(mailbox_id)
    here = conversation.c.mailbox_id == mailbox_id
    if target is None:
        stopped = conversation.update().where(here, conversation.c.due_at.is_not(None))
        return tx.execute(stopped.values(**ANSWERED)).rowcount
    rows = tx.execute(
        select(conversation)
        .where(here, conversation.c.status.in_((*_RUNS, Status.WAITING.value)))
        .order_by(conversation.c.id)
        .with_for_update(key_share=True)
    ).all()
    count = 0
    for row in rows:
        since = row.due_from or (None if row.automatic else _asked_at(tx, row.id))
        if since is not None:
            due = {"due_from": since, "due_at": target.due(since, row.due_spent)}
            tx.execute(conversation.update().where(conversation.c.id == row.id).values(**due))
            count += 1
    return count


def moved(tx: Connection, row: Row[Any], mailbox_id: int) -> dict[str, Any]:
    """What else changes in a locked conversation that another shop gets: that shop's target counts."""
    target = all_targets(tx).get(mailbox_id)
    asks = Status(row.status).is_open and not row.automatic
    since = row.due_from or (_asked_at(tx, row.id) if asks else None)
    if target is None or since is None:
        return dict(ANSWERED) if row.due_from is not None else {}
    return {"due_from": since, "due_spent": row.due_spent, "due_at": target.due(since, row.due_spent)}


def ask_again(tx: Connection, ids: Sequence[int]) -> None:
    """In these, whose rows are locked, an answer was found that is older than their newest mail: their customers wait
    since the first mail after it."""
    targets = all_targets(tx) if ids else {}
    for row in (
        tx.execute(select(conversation).where(conversation.c.id.in_(list(ids)))).all() if targets else ()
    ):
        since, target = _asked_at(tx, row.id), targets.get(row.mailbox_id)
        if row.due_from is None or target is None or (since is not None and since <= row.due_from):
            continue
        values = dict(ANSWERED) if since is None else _fresh(target, since)
        tx.execute(conversation.update().where(conversation.c.id == row.id).values(**values))


def _fresh(target: ReplyTarget, since: datetime) -> dict[str, Any]:
    return {"due_from": since, "due_spent": 0.0, "due_at": target.due(since)}


def _asked_at(tx: Connection, conversation_id: int) -> datetime | None:
    """When the oldest mail came in that has no answer yet."""
    here = message.c.conversation_id == conversation_id
    ours = select(func.max(message.c.at)).where(here, message.c.kind == MessageKind.OUT.value)
    asked = select(func.min(message.c.at)).where(
        here,
        message.c.kind == MessageKind.IN.value,
        message.c.at > func.coalesce(ours.scalar_subquery(), 0.0),
    )
    found: datetime | None = tx.execute(asked).scalar()
    return found
