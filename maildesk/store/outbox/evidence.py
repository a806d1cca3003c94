"""Evidence that a mail was accepted: looked for in Sent, or brought by a copy, an answer or a report that comes in.

A Message-ID of ours is 128 random bits, so whoever quotes it has seen the mail. Every look is written down in the item
with its result. Evidence moves an item only where the table says so (``accepted``); it can never cause a send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from maildesk.domain.outbox import (
    EVIDENCE_AFTER,
    TRANSITIONS,
    EvidenceKind,
    Filer,
    OutboxState,
    Step,
)
from maildesk.store.clock import db_now
from maildesk.store.events import SENDER
from maildesk.store.outbox.aliases import Ours, add_aliases, resolve
from maildesk.store.outbox.record import log, write_message
from maildesk.store.tables import mailbox, message, outbox

_LOOK_LEASE = 120.0
_UNREACHED_AGAIN = 60.0
_MOST = 40
"""Entries of evidence that one item keeps: the first looks and all kinds of proof are among them."""
_AFTER = tuple(after.total_seconds() for after in EVIDENCE_AFTER)
DOUBTED: Mapping[str, Any] = {"evidence_tries": 0, "evidence_after": db_now() + _AFTER[0]}
"""What is set, besides its state, when an item becomes uncertain: the looks begin."""


class Doubtful(NamedTuple):
    """An item that may have left, to be looked for under its Message-ID. ``tries``: looks made before."""

    id: int
    message_id: str
    tries: int


_COLUMNS = (outbox.c.id, outbox.c.message_id, outbox.c.evidence_tries)


def look_is_due() -> ColumnElement[bool]:
    """Whether an item is still to be looked for by itself; it is when ``evidence_after`` has come, or is not set."""
    return and_(
        outbox.c.state == OutboxState.UNCERTAIN.value,
        outbox.c.evidence_tries < len(_AFTER),
    )


def pick_doubtful(tx: Connection, mailbox_id: int) -> Doubtful | None:
    """Take an uncertain item that is to be looked for now, for two minutes: one worker at a time looks."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.mailbox_id == mailbox_id,
            look_is_due(),
            func.coalesce(outbox.c.evidence_after, 0.0) <= db_now(),
        )
        .order_by(outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = tx.execute(
        outbox.update()
        .where(outbox.c.id == due.scalar_subquery(), look_is_due())
        .values(evidence_after=db_now() + _LOOK_LEASE)
        .returning(*_COLUMNS)
    ).first()
    return None if row is None else Doubtful(*row)


def doubtful(tx: Connection, mailbox_id: int, outbox_ids: Iterable[int]) -> list[Doubtful]:
    """Those of the items that are uncertain, in this mailbox."""
    rows = tx.execute(
        select(*_COLUMNS)
        .where(
            outbox.c.id.in_(list(outbox_ids)),
            outbox.c.mailbox_id == mailbox_id,
            outbox.c.state == OutboxState.UNCERTAIN.value,
        )
        .order_by(outbox.c.id)
    )
    return [Doubtful(*row) for row in rows]


def not_found(tx: Connection, item: Doubtful, kind: EvidenceKind, *, counts: bool, detail: str) -> None:
    """Write down that a look found nothing, and when the next one is: after 1, 5 and 15 minutes, then none."""
    row = _locked(tx, item.id)
    if row.state != OutboxState.UNCERTAIN.value:
        return
    tries = row.evidence_tries + 1
    gap = _AFTER[tries] - _AFTER[tries - 1] if tries < len(_AFTER) else None
    tx.execute(
        outbox.update()
        .where(outbox.c.id == item.id)
        .values(
            evidence=_with(tx, row, kind, found=False, counts=counts, detail=detail),
            evidence_tries=tries,
            evidence_after=None if gap is None else db_now() + gap,
        )
    )


def not_reached(tx: Connection, item: Doubtful) -> None:
    """The server could not be asked: that says nothing, and is tried again in a minute."""
    tx.execute(
        outbox.update()
        .where(outbox.c.id == item.id, look_is_due())
        .values(evidence_after=db_now() + _UNREACHED_AGAIN)
    )


def found(tx: Connection, outbox_id: int, kind: EvidenceKind, detail: str, *, as_id: str = "") -> None:
    """Evidence: what nobody knew of is sent now, and what waited for another attempt needs none.

    ``as_id`` is the Message-ID that the copy carries; when it is not ours it is kept as an alias.
    """
    row = _locked(tx, outbox_id)
    if as_id:
        add_aliases(tx, outbox_id, [as_id], kind.value)
    _accept(tx, row, kind, detail)


def _locked(tx: Connection, outbox_id: int) -> Row[Any]:
    return tx.execute(select(outbox).where(outbox.c.id == outbox_id).with_for_update()).one()


def _with(
    tx: Connection, row: Row[Any], kind: EvidenceKind, *, found: bool, counts: bool = True, detail: str = ""
) -> list[Any]:
    entry = {
        "at": float(tx.execute(select(db_now())).scalar_one()),
        "kind": kind.value,
        "found": found,
        "counts": counts,
        "detail": detail[:500],
    }
    return [*row.evidence, entry][-_MOST:]


def _accept(tx: Connection, row: Row[Any], kind: EvidenceKind, detail: str) -> None:
    """The item in ``row``, which is locked, was accepted by a server: save what follows. Once for each kind."""
    if row.state == OutboxState.SENT.value and not row.evidence_tries:
        return  # what everybody knows needs no proof
    state = TRANSITIONS.get((OutboxState(row.state), Step.ACCEPTED))
    if state is None and any(e["kind"] == kind.value and e["found"] for e in row.evidence):
        return
    values: dict[str, Any] = {"evidence": _with(tx, row, kind, found=True, detail=detail)}
    if state is not None:
        values |= {
            "state": state.value,
            "sent_at": func.coalesce(outbox.c.sent_at, db_now()),
            "lease_by": None,
            "lease_until": None,
            "evidence_after": None,
        }
    item = tx.execute(outbox.update().where(outbox.c.id == row.id).values(**values).returning(outbox)).one()
    log(tx, SENDER, "sent" if state else "evidence", item, {"evidence": kind.value})
    write_message(tx, item)  # also of a cancelled one: the customer has it, and everybody shall see that


# ---- what comes in


def _has_journal(tx: Connection, mailbox_id: int) -> bool:
    """Whether our own mail is expected in an inbox. Elsewhere whoever got the mail could send it to us as our copy,
    under an id that is somebody else's."""
    return bool(tx.execute(select(mailbox.c.journal).where(mailbox.c.id == mailbox_id)).scalar())


class SeenBack(NamedTuple):
    """Where the reply stands whose copy came back."""

    conversation_id: int
    message_id: int | None


def seen_back(tx: Connection, outbox_id: int, *, in_sent_folder: bool, as_id: str | None = None) -> SeenBack:
    """A copy of our own mail came in, with the Message-ID ``as_id``: it is filed if it lay in Sent, and if nobody knew
    whether it left, now it is known."""
    row = _locked(tx, outbox_id)
    if in_sent_folder and row.filed_at is None:
        values = {"filed_at": db_now(), "filed_by": row.filed_by or Filer.SERVER.value}
        tx.execute(outbox.update().where(outbox.c.id == outbox_id).values(**values))
    kind = EvidenceKind.SENT_COPY if in_sent_folder else EvidenceKind.JOURNAL
    if as_id and (in_sent_folder or _has_journal(tx, row.mailbox_id)):
        add_aliases(tx, outbox_id, [as_id], kind.value)
    _accept(tx, row, kind, as_id or row.message_id)
    shown = tx.execute(select(message.c.id).where(message.c.outbox_id == outbox_id)).scalar()
    return SeenBack(row.conversation_id, shown)


def by_message_ids(tx: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Our outbox items by the Message-IDs they carry or travel under, locked: whoever needs a conversation as well
    takes it after them, as the sender does."""
    return {i: ours.outbox_id for i, ours in resolve(tx, ids).items()}


def quoted(tx: Connection, ids: Mapping[str, EvidenceKind]) -> dict[str, Ours]:
    """Those of the ids, each quoted by a mail from outside, that are ours; what was uncertain of them is sent now.

    ``ids`` say how they were quoted: by an answer or by a delivery report. Locks the items, then their conversations.
    """
    ours = resolve(tx, ids)
    done: set[int] = set()
    for quoted_id, one in sorted(ours.items(), key=lambda pair: pair[1].outbox_id):
        if one.outbox_id not in done:
            done.add(one.outbox_id)
            _accept(tx, _locked(tx, one.outbox_id), ids[quoted_id], quoted_id)
    return ours


def mark_bounced(tx: Connection, outbox_id: int, words: str) -> None:
    """A report says that this mail was not delivered to somebody. (The report itself brings the conversation back.)"""
    item = tx.execute(
        outbox.update().where(outbox.c.id == outbox_id).values(bounced=True).returning(outbox)
    ).one()
    log(tx, SENDER, "bounced", item, {"report": words[:500]})
