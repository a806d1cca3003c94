"""What the store knows of a batch of mails: all look-ups before any decision, with everything locked in one order.

Outbox items first, then the contents, then the conversations: so do all who need more than one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from maildesk.domain.address import address_key
from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import FORWARD
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import EvidenceKind
from maildesk.domain.status import Status
from maildesk.domain.threading import ANEW, Known, candidate_ids
from maildesk.domain.trust import Verdict, authenticate
from maildesk.mail.values import ParsedMail
from maildesk.store import blocking, conversations, mailboxes, merged, outbox
from maildesk.store.engine import now as store_now
from maildesk.store.intake.values import SENT, Arrived, Key, Result, TakenIn, Touched, chunks
from maildesk.store.tables import (
    also_in,
    content,
    customer_address,
    mailbox,
    message,
    missing_parent,
    participant,
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail that is stored already."""

    message_id: int
    conversation_id: int
    kind: str


@dataclass(slots=True)
class Library:
    """What the store knows. ``known`` and ``waiting`` are by message id, the best first."""

    box: Mailbox
    now: datetime
    own: frozenset[str]
    seen_back: dict[Key, TakenIn] = field(default_factory=dict)
    """What became of copies of our own replies, by :attr:`Arrived.key`."""
    copies: dict[str, Copy] = field(default_factory=dict)
    known: dict[str, list[Known]] = field(default_factory=dict)
    waiting: dict[str, list[Known]] = field(default_factory=dict)
    touched: dict[int, Touched] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    """Senders, among those of this batch, whose mail is spam."""
    customers: set[str] = field(default_factory=set)
    """The keys of addresses from which somebody has written before."""
    boxes: Mapping[int, Mailbox] = field(default_factory=dict)
    """The mailboxes, for the rules of each."""
    successors: dict[int, int] = field(default_factory=dict)
    """Which conversation was begun after another that was done."""
    quoted: dict[str, outbox.Ours] = field(default_factory=dict)
    """The mails of ours that are named, by the id by which they are."""
    waits: AbstractSet[int] = frozenset()
    """Conversations in which an answer waits for its time or for approval."""
    people: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Who wrote in each conversation or was written to by us, kept up to date while mails join."""


def look_up(tx: Connection, box: Mailbox, arrived: Sequence[Arrived]) -> Library:
    """Everything that the decisions need."""
    found = Library(box, store_now(tx), _own_addresses(tx))
    found.boxes = {one.id: one for one in mailboxes.all_mailboxes(tx)}
    _receive_own(tx, found, arrived)
    strange = [one for one in arrived if one.key not in found.seen_back]
    found.quoted = outbox.quoted(tx, _quoted(one.parsed for one in strange))
    _reserve(tx, found, {one.parsed.content_key for one in strange} - {""})
    _look_up_ids(tx, found, [one.parsed for one in strange if one.parsed.content_key not in found.copies])
    _look_up_successors(tx, found)
    _follow_merges(tx, found)
    _lock(tx, found)
    if _follow_merges(tx, found):  # merged while we waited for its lock
        _lock(tx, found)
    _look_up_customers(tx, found, [one.parsed for one in strange])
    return found


def ids_of(parsed: ParsedMail) -> tuple[str, ...]:
    """The ids that lead a mail to its place; for a delivery report that of the mail it is about first."""
    ids = candidate_ids(parsed.in_reply_to, parsed.references)
    if parsed.bounce is not None and parsed.bounce.original_message_id:
        return tuple(dict.fromkeys((*candidate_ids(parsed.bounce.original_message_id, ()), *ids)))
    return ids


def _own_addresses(tx: Connection) -> frozenset[str]:
    rows = tx.execute(select(mailbox.c.address, mailbox.c.aliases))
    return frozenset(address_key(a) for r in rows for a in (r.address, *r.aliases))


def _receive_own(tx: Connection, found: Library, arrived: Sequence[Arrived]) -> None:
    """Copies of replies that left from here: with an id of ours *and* from our address, so that a stranger's mail that
    reuses an id is not swallowed (``failures.md`` row 43). One whose From is forged gives no further name to ours: what
    quotes that would join us, and the id may be another customer's."""
    claimed = {
        one.key: [i for i in (one.parsed.message_id, one.parsed.x_maildesk_id) if i]
        for one in arrived
        if one.parsed.from_.key() in found.own
    }
    numbers = outbox.by_message_ids(tx, {i for ids in claimed.values() for i in ids}) if claimed else {}
    for one in arrived:
        number = next((numbers[i] for i in claimed.get(one.key, ()) if i in numbers), None)
        if number is not None:
            proven = authenticate(one.parsed.authentication, found.box.authserv_id, one.parsed.from_.domain)
            forged = not one.from_sent_folder and proven is not None and proven.verdict is Verdict.FAIL
            as_id = None if forged else one.parsed.message_id
            row = outbox.seen_back(tx, number, in_sent_folder=one.from_sent_folder, as_id=as_id)
            found.seen_back[one.key] = TakenIn(
                one.raw_id, Result.DUPLICATE, row.conversation_id, row.message_id
            )


def _quoted(mails: Iterable[ParsedMail]) -> dict[str, EvidenceKind]:
    """The ids that mails quote, and how."""
    ids: dict[str, EvidenceKind] = {}
    for parsed in mails:
        kind = EvidenceKind.DSN if parsed.automatic == "bounce" else EvidenceKind.REPLY
        ids.update(dict.fromkeys(ids_of(parsed), kind))
    return ids


def _reserve(tx: Connection, found: Library, keys: set[str]) -> None:
    """Of all who bring the same content in at the same time, one gets its row: the others wait here until he has
    committed, and then find his message (``failures.md`` rows 22 and 42)."""
    won: set[str] = set()
    for some in chunks(sorted(keys)):
        values = ", ".join(f"(:k{n})" for n in range(len(some)))
        command = (
            f"INSERT INTO content (content_key) VALUES {values} ON CONFLICT DO NOTHING RETURNING content_key"
        )
        won.update(tx.execute(text(command), {f"k{n}": key for n, key in enumerate(some)}).scalars())
    for some in chunks(sorted(keys - won)):
        rows = tx.execute(
            select(content.c.content_key, message.c.id, message.c.conversation_id, message.c.kind)
            .join(message, message.c.id == content.c.message_id)
            .where(content.c.content_key.in_(some))
        )
        found.copies.update({r.content_key: Copy(r.id, r.conversation_id, r.kind) for r in rows})


def _look_up_ids(tx: Connection, found: Library, mails: Sequence[ParsedMail]) -> None:
    own_ids = {p.message_id for p in mails if p.message_id}
    wanted = own_ids | {i for p in mails for i in ids_of(p)}
    rows: list[Row[Any]] = []
    for ids in chunks(sorted(wanted)):
        rows += tx.execute(
            select(
                message.c.message_id,
                message.c.conversation_id,
                message.c.outbox_id,
                message.c.marks,
                message.c.kind,
                message.c.from_address,
                message.c.to,
                message.c.cc,
                (message.c.mailbox_id == found.box.id).label("here"),
            )
            .where(message.c.message_id.in_(ids), message.c.message_id != "")
            .order_by(message.c.id)
        ).all()
    for row in sorted(
        rows, key=lambda r: not r.here
    ):  # of mails with one id those of this mailbox count first
        ours = row.outbox_id is not None
        sent = ours or SENT in row.marks
        people: AbstractSet[str] = found.people[row.conversation_id]
        if aside := row.kind == MessageKind.COMMENT:
            outsiders = {address_key(a) for a in (row.from_address, *(a for _, a in (*row.to, *row.cc)))}
            people = outsiders - found.own - {""}
        known = Known(row.conversation_id, row.message_id, ours, people, sent=sent, aside=aside)
        found.known.setdefault(row.message_id, []).append(known)
    for quoted_id, item in found.quoted.items():
        if quoted_id != item.message_id:
            people = found.people[item.conversation_id]
            aside = item.kind == FORWARD
            known = Known(item.conversation_id, quoted_id, True, people, sent=True, alias=True, aside=aside)
            found.known.setdefault(quoted_id, []).insert(0, known)
    for ids in chunks(sorted(wanted)):
        for row in tx.execute(
            select(missing_parent)
            .where(missing_parent.c.message_id.in_(ids))
            .order_by(missing_parent.c.conversation_id)
        ):
            people = found.people[row.conversation_id]
            awaited = Known(row.conversation_id, row.message_id, False, people, awaited=True)
            for group, ids_there in ((found.waiting, own_ids), (found.known, wanted)):
                if row.message_id in ids_there:
                    group.setdefault(row.message_id, []).append(awaited)


def _look_up_successors(tx: Connection, found: Library) -> None:
    """Which conversations were begun after these, and after those. They are locked with them."""
    asked = set(found.people) if any(box.reopen.may_begin_anew for box in found.boxes.values()) else set()
    while asked:
        begun: set[int] = set()
        for some in chunks(sorted(asked)):
            rows = tx.execute(
                select(message.c.related_id, message.c.conversation_id)
                .where(message.c.related_id.in_(some), message.c.related_by == ANEW)
                .order_by(message.c.conversation_id)
            ).all()
            found.successors.update((r.related_id, r.conversation_id) for r in rows)
            begun.update(r.conversation_id for r in rows)
        asked = begun - set(found.people)
        for number in asked:
            found.people[number]  # a place for who takes part there


def _follow_merges(tx: Connection, found: Library) -> bool:
    """Let what leads to a conversation that was merged lead to where its mails are now. Whether there was one."""
    ids = set(found.people) | {c.conversation_id for c in found.copies.values()}
    ids |= {t.conversation_id for t in found.seen_back.values() if t.conversation_id is not None}
    where = merged.survivors(tx, ids)
    if not where:
        return False
    for number in where:
        found.people.pop(number, None)
        found.touched.pop(number, None)
    for group in (found.known, found.waiting):
        for message_id, leads in group.items():
            group[message_id] = [_followed(found, where, known) for known in leads]
    for key, copy in found.copies.items():
        into = where.get(copy.conversation_id, copy.conversation_id)
        found.copies[key] = replace(copy, conversation_id=into)
    for arrival, back in found.seen_back.items():
        here = back.conversation_id
        found.seen_back[arrival] = replace(back, conversation_id=where.get(here or 0, here))
    return True


def _followed(found: Library, where: Mapping[int, int], known: Known) -> Known:
    into = where.get(known.conversation_id)
    if into is None:
        return known
    people = known.participants if known.aside else found.people[into]
    return replace(known, conversation_id=into, participants=people)


def _lock(tx: Connection, found: Library) -> None:
    """The conversations that mails may join, locked, with who takes part in them."""
    ids = set(found.people) | {c.conversation_id for c in found.copies.values()}
    ids |= {t.conversation_id for t in found.seen_back.values() if t.conversation_id is not None}
    boxes: defaultdict[int, set[int]] = defaultdict(set)
    for some in chunks(sorted(ids)):
        outbox.lock_waiting(tx, some)
    rows = [r for some in chunks(sorted(ids)) for r in conversations.lock(tx, some).values()]
    for some in chunks(sorted(ids)):
        for row in tx.execute(select(participant).where(participant.c.conversation_id.in_(some))):
            found.people[row.conversation_id].add(row.address)
        for row in tx.execute(
            select(message.c.conversation_id, message.c.to, message.c.cc).where(
                message.c.conversation_id.in_(some),
                message.c.outbox_id.is_not(None),
                message.c.kind == MessageKind.OUT.value,  # who got a forward takes no part
            )
        ):
            found.people[row.conversation_id] |= {address_key(a) for _, a in (*row.to, *row.cc)} - {""}
        for row in tx.execute(select(also_in).where(also_in.c.conversation_id.in_(some))):
            boxes[row.conversation_id].add(row.mailbox_id)
    if any(box.reopen.may_begin_anew for box in found.boxes.values()):
        found.waits = {n for some in chunks(sorted(ids)) for n in outbox.waiting_in(tx, some)}
    for row in rows:
        people = found.people[row.id]
        found.touched[row.id] = Touched(
            row.id,
            row.id,
            Status(row.status),
            dict(row._mapping),
            participants=people,
            written=frozenset(people),
            also_in=boxes[row.id],
            also_written=frozenset(boxes[row.id]),
        )


def _look_up_customers(tx: Connection, found: Library, mails: Sequence[ParsedMail]) -> None:
    keys = {a.key() for p in mails for a in (p.from_, *p.reply_to)} - {""}
    for some in chunks(sorted(keys)):
        rows = tx.execute(select(customer_address.c.address).where(customer_address.c.address.in_(some)))
        found.customers.update(rows.scalars())
    found.blocked = blocking.among(tx, {p.from_.key() for p in mails} - {""})
