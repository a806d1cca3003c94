"""The copy in Sent: a step of its own, which can never cause a send.

Whether a server files copies by itself is known from the copies before: ``filed_by`` is *maildesk* from the moment
before an APPEND, so a copy that is there without it was filed by the server. No setting can be wrong, and a server that
changes its ways is noticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from maildesk.domain.outbox import SELF_TEST, SENT_SETTLES, Filer, OutboxState
from maildesk.store.clock import db_now
from maildesk.store.outbox.aliases import add_aliases
from maildesk.store.tables import outbox

_FILING_LEASE = 120.0


def filer(tx: Connection, mailbox_id: int) -> Filer:
    """Who files a mailbox's copies: the server, when it filed the last one; we, when we filed the last three."""
    last = (
        tx.execute(
            select(outbox.c.filed_by)
            .where(
                outbox.c.mailbox_id == mailbox_id,
                outbox.c.filed_at.is_not(None),
                outbox.c.filed_by != Filer.UNKNOWN.value,
            )
            .order_by(outbox.c.id.desc())
            .limit(SELF_TEST)
        )
        .scalars()
        .all()
    )
    if last and last[0] == Filer.SERVER.value:
        return Filer.SERVER
    ours = last.count(Filer.MAILDESK.value) == SELF_TEST
    return Filer.MAILDESK if ours else Filer.UNKNOWN


def to_be_filed(tx: Connection, mailbox_id: int) -> dict[str, Any]:
    """What is set, besides its state, when an item was sent: when its copy is looked for, and filed if it is missing.
    At once where the server surely files none, else when it has had the time to."""
    wait = 0.0 if filer(tx, mailbox_id) is Filer.MAILDESK else SENT_SETTLES.total_seconds()
    return {"filing_after": db_now() + wait}


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


def begin_filing(tx: Connection, outbox_id: int) -> None:
    """We are about to append the copy: one that is found from now on may be ours."""
    tx.execute(outbox.update().where(outbox.c.id == outbox_id).values(filed_by=Filer.MAILDESK.value))


def filed(tx: Connection, outbox_id: int, as_id: str | None = None) -> None:
    """The copy is in Sent, where it carries the Message-ID ``as_id``."""
    by_server = outbox.c.filed_by == Filer.UNKNOWN.value
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id)
        .values(filed_at=db_now(), filed_by=case((by_server, Filer.SERVER.value), else_=outbox.c.filed_by))
    )
    if as_id:
        add_aliases(tx, outbox_id, [as_id], "sent-copy")


def filing_failed(tx: Connection, outbox_id: int, tries: int) -> None:
    """Try again later, for ever; it can never cause a send."""
    wait = timedelta(minutes=min(2 ** min(tries - 1, 10), 60)).total_seconds()
    tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id, outbox.c.filed_at.is_(None))
        .values(filing_after=db_now() + wait)
    )
