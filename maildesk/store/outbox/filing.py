"""The copy in Sent, and our own mails that come back: a step of its own, which can never cause a send."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from maildesk.domain.outbox import (
    OutboxState,
)
from maildesk.store.clock import db_now
from maildesk.store.events import SENDER
from maildesk.store.outbox.record import log, write_message
from maildesk.store.tables import message, outbox

_FILING_LEASE = 120.0


class Unfiled(NamedTuple):
    """A mail that left and whose copy is not known to be in Sent. ``tries`` counts this one, too."""

    id: int
    message_id: str
    tries: int
    sent_at: datetime


def pick_unfiled(tx: Connection, mailbox_id: int) -> Unfiled | None:
    """Take a sent item whose copy is to be filed, for two minutes: one worker at a time looks and appends."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.mailbox_id == mailbox_id,
            outbox.c.state == OutboxState.SENT.value,
            outbox.c.filed_at.is_(None),
            func.coalesce(outbox.c.filing_after, 0.0) <= db_now(),
        )
        .order_by(outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = tx.execute(
        outbox.update()
        .where(outbox.c.id == due.scalar_subquery(), outbox.c.filed_at.is_(None))
        .values(filing_tries=outbox.c.filing_tries + 1, filing_after=db_now() + _FILING_LEASE)
        .returning(outbox.c.id, outbox.c.message_id, outbox.c.filing_tries, outbox.c.sent_at)
    ).first()
    return None if row is None else Unfiled(row.id, row.message_id, row.filing_tries, row.sent_at)


def filed(tx: Connection, outbox_id: int) -> None:
    """The copy is in Sent."""
    tx.execute(outbox.update().where(outbox.c.id == outbox_id).values(filed_at=db_now()))


def filing_failed(tx: Connection, outbox_id: int, tries: int) -> None:
    """Try again later, for ever; it can never cause a send."""
    wait = timedelta(minutes=min(2 ** min(tries - 1, 10), 60)).total_seconds()
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id, outbox.c.filed_at.is_(None))
        .values(filing_after=db_now() + wait)
    )


class SeenBack(NamedTuple):
    """Where the reply stands whose copy came back."""

    conversation_id: int
    message_id: int | None


def by_message_ids(tx: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Our outbox items by the Message-IDs they carry, locked: whoever needs a conversation as well takes it after
    them, as the sender does."""
    rows = tx.execute(
        select(outbox.c.message_id, outbox.c.id)
        .where(outbox.c.message_id.in_(list(ids)))
        .order_by(outbox.c.id)
        .with_for_update(key_share=True)
    )
    return {r.message_id: r.id for r in rows}


def seen_back(tx: Connection, outbox_id: int, *, in_sent_folder: bool) -> SeenBack:
    """A copy of our own mail came in: it is filed, and if nobody knew whether it left, now it is known."""
    row = tx.execute(select(outbox).where(outbox.c.id == outbox_id).with_for_update()).one()
    values: dict[str, Any] = {}
    if in_sent_folder and row.filed_at is None:
        values["filed_at"] = db_now()
    if row.state in (OutboxState.UNCERTAIN.value, OutboxState.COMMITTING.value):
        values |= {"state": OutboxState.SENT.value, "sent_at": func.coalesce(outbox.c.sent_at, db_now())}
        values |= {"lease_by": None, "lease_until": None}
    if values:
        row = tx.execute(
            outbox.update().where(outbox.c.id == outbox_id).values(**values).returning(outbox)
        ).one()
    if "state" in values:
        log(tx, SENDER, "sent", row, {"evidence": "copy"})
        write_message(tx, row)
    found = tx.execute(select(message.c.id).where(message.c.outbox_id == outbox_id)).scalar()
    return SeenBack(row.conversation_id, found)
