"""How everything stands that people must know about without asking: mailboxes, folders, mails, and the outbox."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from maildesk.domain.mailbox import Health, MailboxHealth, SyncHealth
from maildesk.domain.outbox import OutboxState
from maildesk.store import folders, outbox, schema, seats
from maildesk.store.engine import now as store_now
from maildesk.store.tables import folder, location, mailbox, message, wire
from maildesk.store.tables import outbox as outbox_table


def read(tx: Connection) -> SyncHealth:
    """All of it, as it is now."""
    waiting = outbox.waiting(tx)
    overdue = outbox.overdue(tx)
    states = (OutboxState.UNCERTAIN.value, OutboxState.FAILED.value)
    stopped: dict[str, int] = {
        row[0]: int(row[1])
        for row in tx.execute(
            select(outbox_table.c.state, func.count())
            .where(outbox_table.c.state.in_(states))
            .group_by(outbox_table.c.state)
        )
    }
    held = schema.held(tx)
    return SyncHealth(
        folders=folders.health(tx),
        queued=waiting.queued,
        oldest_queued_at=waiting.oldest_queued_at,
        attention=waiting.attention,
        workers=seats.occupied(tx),
        mailboxes=_mailboxes(tx),
        overdue=overdue.number,
        overdue_age=overdue.oldest,
        uncertain=stopped.get(OutboxState.UNCERTAIN.value, 0),
        failed=stopped.get(OutboxState.FAILED.value, 0),
        held=held.reason if held else "",
        held_since=held.since if held else None,
        quarantined=_count(tx, select(func.count()).select_from(message).where(message.c.quarantined)),
        unaccounted=_count(tx, select(func.coalesce(func.sum(folder.c.unaccounted), 0))),
        stubs=_count(
            tx,
            select(func.count())
            .select_from(location)
            .where(location.c.result == folders.STUB, location.c.gone_at.is_(None)),
        ),
    )


def _count(tx: Connection, statement: Any) -> int:
    return int(tx.execute(statement).scalar_one())


def _mailboxes(tx: Connection) -> tuple[MailboxHealth, ...]:
    """How each mailbox stands: trouble of a connection first, then trouble of a folder, then whether it is empty."""
    now = store_now(tx)
    wires: dict[int, dict[str, Row[Any]]] = defaultdict(dict)
    for row in tx.execute(select(wire)):
        wires[row.mailbox_id][row.wire] = row
    folders: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in tx.execute(select(folder).order_by(folder.c.id)):
        folders[row.mailbox_id].append(row)
    boxes = tx.execute(select(mailbox.c.id, mailbox.c.name).order_by(mailbox.c.id))
    return tuple(_stands(b.id, b.name, wires[b.id], folders[b.id], now) for b in boxes)


def _stands(
    box_id: int, name: str, wires: dict[str, Row[Any]], folders: list[Row[Any]], now: datetime
) -> MailboxHealth:
    imap = wires.get("imap")
    checked_at = imap.ok_at if imap else None
    age = max(0.0, (now - checked_at).total_seconds()) if checked_at else None
    troubled = [row for row in wires.values() if Health(row.state).is_trouble]
    for row in sorted(troubled, key=lambda row: (row.wire, row.state)):
        return MailboxHealth(
            box_id, name, Health(row.state), checked_at, age, row.error, row.hint, row.retry_at
        )
    failed = next((f for f in folders if f.health == Health.FAILED), None)
    if failed is not None:
        return MailboxHealth(box_id, name, Health.FAILED, checked_at, age, failed.error)
    inboxes = [f for f in folders if f.role != "sent"]
    emptied = next((f for f in inboxes if f.health == Health.EMPTY and f.error), None)
    if emptied is not None:
        return MailboxHealth(box_id, name, Health.EMPTY, checked_at, age, emptied.error)
    states = {f.health for f in inboxes}
    state = Health.OK if Health.OK in states else Health.EMPTY if Health.EMPTY in states else Health.UNKNOWN
    return MailboxHealth(box_id, name, state, checked_at, age)
