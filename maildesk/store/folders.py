"""Remote folders: how far each has been read, its ledger of UIDs, and the raw bytes that arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from maildesk.domain.mailbox import FolderHealth, Health
from maildesk.store.clock import db_now
from maildesk.store.tables import folder, location, mailbox, raw

_CHUNK = 900
PARSE_TRIES = 2
"""A mail whose parsing killed its worker this often goes to quarantine unread."""


class Cursor(NamedTuple):
    """How far a folder has been read. ``uidvalidity`` is None before the first look."""

    folder_id: int
    name: str
    role: str
    uidvalidity: int | None
    last_uid: int
    modseq: int | None


class Pending(NamedTuple):
    """A mail that is stored and waits to be read."""

    location_id: int
    raw_id: int
    received_at: datetime
    attempts: int
    data: bytes


def ensure(tx: Connection, mailbox_id: int, name: str, role: str) -> Cursor:
    """The folder's cursor; made at the first call."""
    row = tx.execute(select(folder).where(folder.c.mailbox_id == mailbox_id, folder.c.name == name)).first()
    if row is None:
        row = tx.execute(
            folder.insert().values(mailbox_id=mailbox_id, name=name, role=role).returning(folder)
        ).one()
    return Cursor(row.id, row.name, row.role, row.uidvalidity, row.last_uid, row.modseq)


def store_raw(
    tx: Connection,
    cursor: Cursor,
    uidvalidity: int,
    mails: Sequence[tuple[int, datetime, bytes]],
) -> int:
    """Store mails (uid, received at, bytes) as received, with their places in the ledger and the cursor, before
    anything reads them. UIDs that are in the ledger already are left alone. Returns how many were new."""
    known = known_uids(tx, cursor.folder_id, uidvalidity, [uid for uid, _, _ in mails])
    new = [m for m in mails if m[0] not in known]
    if new:
        ids = tx.execute(
            insert(raw).returning(raw.c.id, sort_by_parameter_order=True),
            [{"size": len(data), "attempts": 0, "data": data} for _, _, data in new],
        ).scalars()
        tx.execute(
            insert(location),
            [
                {
                    "folder_id": cursor.folder_id,
                    "uidvalidity": uidvalidity,
                    "uid": uid,
                    "raw_id": raw_id,
                    "result": "pending",
                    "received_at": received_at,
                }
                for (uid, received_at, _), raw_id in zip(new, ids, strict=True)
            ],
        )
    if mails:
        last = max(uid for uid, _, _ in mails)
        tx.execute(
            folder.update()
            .where(folder.c.id == cursor.folder_id, folder.c.last_uid < last)
            .values(last_uid=last, uidvalidity=uidvalidity)
        )
    return len(new)


def known_uids(tx: Connection, folder_id: int, uidvalidity: int, uids: Sequence[int]) -> set[int]:
    """Those of ``uids`` that the ledger has."""
    found: set[int] = set()
    for start in range(0, len(uids), _CHUNK):
        found.update(
            tx.execute(
                select(location.c.uid).where(
                    location.c.folder_id == folder_id,
                    location.c.uidvalidity == uidvalidity,
                    location.c.uid.in_(list(uids[start : start + _CHUNK])),
                )
            ).scalars()
        )
    return found


def ledger_uids(tx: Connection, folder_id: int, uidvalidity: int) -> dict[int, str]:
    """Every UID in the ledger that is still on the server as far as known, with what became of it."""
    rows = tx.execute(
        select(location.c.uid, location.c.result).where(
            location.c.folder_id == folder_id,
            location.c.uidvalidity == uidvalidity,
            location.c.gone_at.is_(None),
        )
    )
    return {r.uid: r.result for r in rows}


def pending(tx: Connection, folder_id: int, limit: int = 500, max_bytes: int = 16 << 20) -> list[Pending]:
    """Stored mails of a folder that wait to be read, in the order of their UIDs, about ``max_bytes`` at a time."""
    heads = tx.execute(
        select(location.c.id, location.c.raw_id, raw.c.size)
        .join(raw, raw.c.id == location.c.raw_id)
        .where(location.c.folder_id == folder_id, location.c.result == "pending")
        .order_by(location.c.uid)
        .limit(limit)
    ).all()
    chosen: list[int] = []
    total = 0
    for head in heads:
        total += head.size
        if chosen and total > max_bytes:
            break
        chosen.append(head.id)
    rows = tx.execute(
        select(location.c.id, location.c.raw_id, location.c.received_at, raw.c.attempts, raw.c.data)
        .join(raw, raw.c.id == location.c.raw_id)
        .where(location.c.id.in_(chosen))
        .order_by(location.c.uid)
    )
    return [Pending(r.id, r.raw_id, r.received_at, r.attempts, r.data) for r in rows]


def count_attempt(tx: Connection, raw_ids: Iterable[int]) -> None:
    """Note, before reading them, that these mails are being read: a mail that kills its reader is found out."""
    tx.execute(update(raw).where(raw.c.id.in_(list(raw_ids))).values(attempts=raw.c.attempts + 1))


def add_raw(tx: Connection, data: bytes) -> int:
    """Store the bytes of a mail that came by no folder (an import)."""
    return int(
        tx.execute(insert(raw).values(size=len(data), attempts=1, data=data).returning(raw.c.id)).scalar_one()
    )


def move_cursor(
    tx: Connection, folder_id: int, *, uidvalidity: int, last_uid: int, modseq: int | None
) -> None:
    """The folder has been read up to here."""
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id)
        .values(uidvalidity=uidvalidity, last_uid=last_uid, modseq=modseq)
    )


def mark_gone(tx: Connection, folder_id: int, uidvalidity: int, uids: Sequence[int]) -> int:
    """These UIDs are no longer on the server. Their mails stay."""
    gone = 0
    for start in range(0, len(uids), _CHUNK):
        gone += tx.execute(
            location.update()
            .where(
                location.c.folder_id == folder_id,
                location.c.uidvalidity == uidvalidity,
                location.c.uid.in_(list(uids[start : start + _CHUNK])),
                location.c.gone_at.is_(None),
            )
            .values(gone_at=db_now())
        ).rowcount
    return gone


def mark_all_gone(tx: Connection, folder_id: int, except_uidvalidity: int) -> None:
    """The folder was renumbered: places under other UIDVALIDITYs are history."""
    tx.execute(
        location.update()
        .where(
            location.c.folder_id == folder_id,
            location.c.uidvalidity != except_uidvalidity,
            location.c.gone_at.is_(None),
        )
        .values(gone_at=db_now())
    )


def report(
    tx: Connection, folder_id: int, health: Health, error: str = "", *, done: int = 0, total: int = 0
) -> None:
    """How the look at a folder went, for everybody to see."""
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id)
        .values(health=health.value, error=error, checked_at=db_now(), done=done, total=total)
    )


def health(tx: Connection) -> tuple[FolderHealth, ...]:
    """How the last look at each folder went."""
    rows = tx.execute(
        select(folder, mailbox.c.name.label("mailbox_name"))
        .join(mailbox, mailbox.c.id == folder.c.mailbox_id)
        .order_by(mailbox.c.id, folder.c.id)
    )
    return tuple(_health(r) for r in rows)


def _health(row: Row[Any]) -> FolderHealth:
    return FolderHealth(
        row.mailbox_id,
        row.mailbox_name,
        row.name,
        Health(row.health),
        row.checked_at,
        row.error,
        row.done,
        row.total,
    )


def results(tx: Connection, folder_id: int) -> dict[str, int]:
    """How many mails of a folder had each result."""
    rows = tx.execute(
        select(location.c.result, func.count())
        .where(location.c.folder_id == folder_id)
        .group_by(location.c.result)
    )
    return {r[0]: int(r[1]) for r in rows}
