"""Remote folders: how far each has been read, its ledger of UIDs, and the raw bytes that arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from maildesk.domain.mailbox import FolderHealth, Health
from maildesk.store.clock import db_now
from maildesk.store.engine import now as store_now
from maildesk.store.tables import folder, location, mailbox, raw, raw_part

_CHUNK = 900
PENDING = "pending"
MISSING = "missing"
STUB = "stub"
PART = 1 << 20
"""Bytes of one part of a mail that is stored in parts."""
PARSE_TRIES = 2
"""A mail on which its reader was seen to die this often goes to quarantine unread."""


class Cursor(NamedTuple):
    """How far a folder has been read. ``uidvalidity`` is None before the first look."""

    folder_id: int
    name: str
    role: str
    uidvalidity: int | None
    last_uid: int
    modseq: int | None


class Pending(NamedTuple):
    """A mail that is stored and waits to be read. ``data`` is empty when it is in parts: :func:`parts`."""

    location_id: int
    raw_id: int
    received_at: datetime
    attempts: int
    data: bytes
    size: int

    @property
    def in_parts(self) -> bool:
        """Whether it is too large to be held in memory."""
        return self.size > 0 and not self.data


class Fetched(NamedTuple):
    """A mail that came from a server: its bytes, or the file that they are in; ``sha256`` of them in hexadecimal."""

    uid: int
    received_at: datetime
    content: bytes | Path
    size: int
    sha256: str
    gm_msgid: int | None = None


def find(tx: Connection, mailbox_id: int, name: str) -> Cursor | None:
    """The folder's cursor, None before the first look."""
    row = tx.execute(select(folder).where(folder.c.mailbox_id == mailbox_id, folder.c.name == name)).first()
    return None if row is None else _cursor(row)


def _cursor(row: Row[Any]) -> Cursor:
    return Cursor(row.id, row.name, row.role, row.uidvalidity, row.last_uid, row.modseq)


def ensure(tx: Connection, mailbox_id: int, name: str, role: str) -> Cursor:
    """The folder's cursor; made at the first call."""
    found = find(tx, mailbox_id, name)
    if found is None:
        lock_mailbox(tx, mailbox_id)
        found = find(tx, mailbox_id, name)
    if found is None:
        values = {"mailbox_id": mailbox_id, "name": name, "role": role}
        found = _cursor(tx.execute(folder.insert().values(**values).returning(folder)).one())
    return found


def store_raw(
    tx: Connection,
    cursor: Cursor,
    uidvalidity: int,
    mails: Sequence[Fetched],
    *,
    upto: int,
) -> list[Pending]:
    """Store mails as received, with their places in the ledger, and move the cursor to ``upto``, before anything reads
    them. Returns those that are new; UIDs whose mail is here already are left alone.

    Bytes that this mailbox has already (a folder that was renumbered, a mail that was moved) are not stored again. All
    count as tried once: their reader is to begin at once, and one that dies leaves its trace.
    """
    lock(tx, cursor.folder_id)
    places = _places(tx, cursor.folder_id, uidvalidity, [m.uid for m in mails])
    new = [m for m in mails if m.uid not in places or places[m.uid].result in (MISSING, STUB)]
    raw_ids = _store_bytes(tx, cursor.folder_id, new)
    found = [m for m in new if m.uid in places]
    for m in found:
        tx.execute(
            location.update()
            .where(location.c.id == places[m.uid].id)
            .values(
                raw_id=raw_ids[m.uid],
                result=PENDING,
                received_at=m.received_at,
                gone_at=None,
                retry_at=None,
                gm_msgid=m.gm_msgid,
            )
        )
    location_ids = {m.uid: places[m.uid].id for m in found}
    added = [m for m in new if m.uid not in places]
    if added:
        rows = [
            _place(cursor, uidvalidity, m.uid, raw_ids[m.uid], PENDING, m.received_at, m.gm_msgid)
            for m in added
        ]
        inserted = tx.execute(
            insert(location).returning(location.c.id, sort_by_parameter_order=True), rows
        ).scalars()
        location_ids |= {m.uid: new_id for m, new_id in zip(added, inserted, strict=True)}
    advance(tx, cursor.folder_id, uidvalidity, upto)
    return [
        Pending(
            location_ids[m.uid],
            raw_ids[m.uid],
            m.received_at,
            1,
            m.content if isinstance(m.content, bytes) else b"",
            m.size,
        )
        for m in new
    ]


def _store_bytes(tx: Connection, folder_id: int, mails: Sequence[Fetched]) -> dict[int, int]:
    """The row in ``raw`` for each UID, made where this mailbox has not these bytes already."""
    known = _same_bytes(tx, folder_id, [m.sha256 for m in mails])
    found = {m.uid: known[m.sha256] for m in mails if m.sha256 in known}
    made = [m for m in mails if m.sha256 not in known]
    if made:
        values = [
            {
                "size": m.size,
                "attempts": 1,
                "data": m.content if isinstance(m.content, bytes) else b"",
                "sha256": m.sha256,
            }
            for m in made
        ]
        ids = tx.execute(insert(raw).returning(raw.c.id, sort_by_parameter_order=True), values).scalars()
        found |= {m.uid: raw_id for m, raw_id in zip(made, ids, strict=True)}
    for m in made:
        if isinstance(m.content, Path):
            _store_parts(tx, found[m.uid], m.content)
    return found


def _store_parts(tx: Connection, raw_id: int, file: Path) -> None:
    with open(file, "rb") as source:
        n = 0
        while piece := source.read(PART):
            tx.execute(insert(raw_part), {"raw_id": raw_id, "n": n, "data": piece})
            n += 1


def _same_bytes(tx: Connection, folder_id: int, hashes: Sequence[str]) -> dict[str, int]:
    """Rows of ``raw`` that this mailbox has with one of these hashes."""
    mailbox_id = select(folder.c.mailbox_id).where(folder.c.id == folder_id).scalar_subquery()
    found: dict[str, int] = {}
    for start in range(0, len(hashes), _CHUNK):
        rows = tx.execute(
            select(raw.c.sha256, func.min(raw.c.id).label("id"))
            .join(location, location.c.raw_id == raw.c.id)
            .join(folder, folder.c.id == location.c.folder_id)
            .where(
                raw.c.sha256.in_(list(hashes[start : start + _CHUNK])),
                folder.c.mailbox_id == mailbox_id,
            )
            .group_by(raw.c.sha256)
        )
        found.update({r.sha256: r.id for r in rows})
    return found


def parts(tx: Connection, raw_id: int) -> Iterator[bytes]:
    """The bytes of a mail, piece by piece, however it is stored."""
    whole = tx.execute(select(raw.c.data).where(raw.c.id == raw_id)).scalar_one()
    if whole:
        yield bytes(whole)
        return
    numbers = tx.execute(select(raw_part.c.n).where(raw_part.c.raw_id == raw_id).order_by(raw_part.c.n))
    for n in numbers.scalars().all():
        chosen = raw_part.c.raw_id == raw_id, raw_part.c.n == n
        yield bytes(tx.execute(select(raw_part.c.data).where(*chosen)).scalar_one())


def _place(
    cursor: Cursor,
    uidvalidity: int,
    uid: int,
    raw_id: int | None,
    result: str,
    at: datetime | None,
    gm_msgid: int | None = None,
) -> dict[str, Any]:
    return {
        "folder_id": cursor.folder_id,
        "uidvalidity": uidvalidity,
        "uid": uid,
        "raw_id": raw_id,
        "result": result,
        "received_at": at,
        "gm_msgid": gm_msgid,
    }


def lock(tx: Connection, folder_id: int) -> None:
    """Keep other syncers of this folder out until the transaction ends (on SQLite it has the whole store)."""
    tx.execute(select(folder.c.id).where(folder.c.id == folder_id).with_for_update(key_share=True))


def lock_mailbox(tx: Connection, mailbox_id: int) -> None:
    """Nobody else takes mail of this mailbox in until the transaction ends: one at a time tells copies apart."""
    tx.execute(select(mailbox.c.id).where(mailbox.c.id == mailbox_id).with_for_update(key_share=True))


def lock_pending(tx: Connection, mailbox_id: int, location_ids: Sequence[int]) -> set[int]:
    """Those of the places whose mail still waits to be read. Nobody else takes mail of this mailbox in until the
    transaction ends, so each mail is taken in once however many read it at the same time."""
    lock_mailbox(tx, mailbox_id)
    found: set[int] = set()
    for start in range(0, len(location_ids), _CHUNK):
        chosen = list(location_ids[start : start + _CHUNK])
        found.update(
            tx.execute(
                select(location.c.id).where(location.c.id.in_(chosen), location.c.result == PENDING)
            ).scalars()
        )
    return found


def advance(tx: Connection, folder_id: int, uidvalidity: int, upto: int) -> None:
    """Everything up to the UID ``upto`` is here, or gone. Never backwards, never for an old numbering."""
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id, folder.c.uidvalidity == uidvalidity, folder.c.last_uid < upto)
        .values(last_uid=upto)
    )


def renumber(tx: Connection, folder_id: int, was: int | None, uidvalidity: int) -> None:
    """The folder counts its UIDs anew: begin at the first. Places under the old numbers stay until the new ones are
    in (:func:`mark_all_gone`). Nothing happens when somebody else has noticed already."""
    same = folder.c.uidvalidity.is_(None) if was is None else folder.c.uidvalidity == was
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id, same)
        .values(uidvalidity=uidvalidity, last_uid=0, modseq=None)
    )


def put_off(
    tx: Connection, cursor: Cursor, uidvalidity: int, waits: Mapping[int, float], result: str = MISSING
) -> None:
    """These UIDs are on the server, which lists them and does not hand them out (MISSING) or hands out a stand-in
    (STUB): ask again after so many seconds each."""
    lock(tx, cursor.folder_id)
    uids = list(waits)
    known = _places(tx, cursor.folder_id, uidvalidity, uids)
    for uid in uids:
        if uid not in known:
            tx.execute(
                insert(location).values(
                    **_place(cursor, uidvalidity, uid, None, result, None),
                    tries=1,
                    retry_at=db_now() + waits[uid],
                )
            )
        elif known[uid].result in (MISSING, STUB):
            tx.execute(
                location.update()
                .where(location.c.id == known[uid].id)
                .values(result=result, tries=location.c.tries + 1, retry_at=db_now() + waits[uid])
            )


class Awaited(NamedTuple):
    """A mail that the server has not handed out yet. ``due``: it is time to ask again."""

    uid: int
    result: str
    tries: int
    due: bool


def awaited(tx: Connection, folder_id: int, uidvalidity: int) -> list[Awaited]:
    """What the server has listed and not handed out yet, ascending."""
    now = store_now(tx)
    rows = tx.execute(
        select(location)
        .where(
            location.c.folder_id == folder_id,
            location.c.uidvalidity == uidvalidity,
            or_(location.c.result == MISSING, location.c.result == STUB),
            location.c.gone_at.is_(None),
        )
        .order_by(location.c.uid)
    )
    return [
        Awaited(
            r.uid,
            r.result,
            r.tries,
            r.retry_at is None or r.retry_at <= now,
        )
        for r in rows
    ]


def by_gmail_ids(tx: Connection, folder_id: int, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    """Places (raw_id, message_id) of mails that this mailbox has, under whatever label, by Gmail's numbers. A place in
    Sent does not count: a mail to ourselves, as a contact form sends it, lies there, too, and is news in another."""
    mailbox_id = select(folder.c.mailbox_id).where(folder.c.id == folder_id).scalar_subquery()
    wanted = sorted(set(numbers))
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = tx.execute(
            select(location.c.gm_msgid, location.c.raw_id, location.c.message_id, location.c.received_at)
            .join(folder, folder.c.id == location.c.folder_id)
            .where(
                location.c.gm_msgid.in_(wanted[start : start + _CHUNK]),
                folder.c.mailbox_id == mailbox_id,
                folder.c.role != "sent",
                location.c.message_id.is_not(None),
            )
            .order_by(location.c.id.desc())
        )
        found.update({r.gm_msgid: r for r in rows})
    return found


def add_labels(
    tx: Connection, cursor: Cursor, uidvalidity: int, known: Mapping[int, Row[Any]], result: str
) -> int:
    """Further places (by UID) of mails that are here: nothing is fetched for them. How many were new."""
    lock(tx, cursor.folder_id)
    places = _places(tx, cursor.folder_id, uidvalidity, list(known))
    rows = [
        _place(cursor, uidvalidity, uid, r.raw_id, result, r.received_at, r.gm_msgid)
        | {"message_id": r.message_id}
        for uid, r in known.items()
        if uid not in places
    ]
    if rows:
        tx.execute(insert(location), rows)
    return len(rows)


def count_known(tx: Connection, folder_id: int, uidvalidity: int) -> int:
    """How many UIDs are on the server as far as known."""
    where = (
        location.c.folder_id == folder_id,
        location.c.uidvalidity == uidvalidity,
        location.c.gone_at.is_(None),
    )
    return int(tx.execute(select(func.count()).select_from(location).where(*where)).scalar_one())


def _places(tx: Connection, folder_id: int, uidvalidity: int, uids: Sequence[int]) -> dict[int, Row[Any]]:
    """Those of ``uids`` that the ledger has, whether or not they are gone from the server."""
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(uids), _CHUNK):
        rows = tx.execute(
            select(location.c.uid, location.c.id, location.c.result).where(
                location.c.folder_id == folder_id,
                location.c.uidvalidity == uidvalidity,
                location.c.uid.in_(list(uids[start : start + _CHUNK])),
            )
        )
        found.update({r.uid: r for r in rows})
    return found


def known_uids(tx: Connection, folder_id: int, uidvalidity: int, uids: Sequence[int]) -> set[int]:
    """Those of ``uids`` whose mails are here."""
    return {
        uid
        for uid, row in _places(tx, folder_id, uidvalidity, uids).items()
        if row.result not in (MISSING, STUB)
    }


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
        .where(location.c.folder_id == folder_id, location.c.result == PENDING)
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
        select(
            location.c.id, location.c.raw_id, location.c.received_at, raw.c.attempts, raw.c.data, raw.c.size
        )
        .join(raw, raw.c.id == location.c.raw_id)
        .where(location.c.id.in_(chosen))
        .order_by(location.c.uid)
    )
    return [Pending(r.id, r.raw_id, r.received_at, r.attempts, r.data, r.size) for r in rows]


def count_attempt(tx: Connection, raw_ids: Iterable[int]) -> None:
    """Note, before reading them, that these mails are being read: a mail that kills its reader is found out."""
    tx.execute(update(raw).where(raw.c.id.in_(list(raw_ids))).values(attempts=raw.c.attempts + 1))


def add_raw(tx: Connection, data: bytes) -> int:
    """Store the bytes of a mail that came by no folder (an import)."""
    values = {"size": len(data), "attempts": 1, "data": data, "sha256": hashlib.sha256(data).hexdigest()}
    return int(tx.execute(insert(raw).values(**values).returning(raw.c.id)).scalar_one())


def drop_raw(tx: Connection, raw_ids: Iterable[int]) -> None:
    """Forget bytes that nothing refers to: copies of mails that were here already."""
    tx.execute(raw.delete().where(raw.c.id.in_(list(raw_ids))))


def caught_up(tx: Connection, folder_id: int, *, uidvalidity: int, last_uid: int, modseq: int | None) -> None:
    """The folder has been read up to here; what changes after ``modseq`` is news."""
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id, folder.c.uidvalidity == uidvalidity, folder.c.last_uid <= last_uid)
        .values(last_uid=last_uid, modseq=modseq)
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


def mark_back(tx: Connection, folder_id: int, uidvalidity: int, uids: Sequence[int]) -> None:
    """These UIDs are on the server: those that were believed gone are not."""
    for start in range(0, len(uids), _CHUNK):
        tx.execute(
            location.update()
            .where(
                location.c.folder_id == folder_id,
                location.c.uidvalidity == uidvalidity,
                location.c.uid.in_(list(uids[start : start + _CHUNK])),
                location.c.gone_at.is_not(None),
            )
            .values(gone_at=None)
        )


def mark_ranges_gone(
    tx: Connection, folder_id: int, uidvalidity: int, ranges: Sequence[tuple[int, int]]
) -> int:
    """The UIDs in these ranges (both ends included) are no longer on the server."""
    gone = 0
    for low, high in ranges:
        gone += tx.execute(
            location.update()
            .where(
                location.c.folder_id == folder_id,
                location.c.uidvalidity == uidvalidity,
                location.c.uid.between(low, high),
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


def reconciled(tx: Connection, folder_id: int, unaccounted: int) -> None:
    """The folder was compared with the server: so many UIDs there are not accounted for here."""
    tx.execute(
        folder.update()
        .where(folder.c.id == folder_id)
        .values(reconciled_at=db_now(), unaccounted=unaccounted)
    )


def reconciled_age(tx: Connection, folder_id: int) -> float | None:
    """Seconds since it was last compared with the server; None for never."""
    at = tx.execute(select(folder.c.reconciled_at).where(folder.c.id == folder_id)).scalar()
    return None if at is None else (store_now(tx) - at).total_seconds()


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
