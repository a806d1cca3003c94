"""How a mail that has arrived gets its place: known already, ours coming back, joined to a conversation, or a new one.

A whole batch is taken in by one transaction: all look-ups first, then the decisions in memory in the order of arrival,
then bulk inserts. The result is the same when it runs again after a crash, and in whatever order mails of one thread
come: a parent that comes after its child joins the child's conversation (``missing_parent``). Conversations are never
merged here, and never joined by subject (``failures.md`` row 60).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Status
from maildesk.domain.threading import Known, candidate_ids, conversation_for
from maildesk.mail.values import ParsedMail
from maildesk.store import conversations, outbox
from maildesk.store.clock import db_now
from maildesk.store.engine import now as store_now
from maildesk.store.search import fold
from maildesk.store.tables import (
    claim,
    conversation,
    customer,
    customer_address,
    event,
    location,
    mailbox,
    message,
    message_body,
    missing_parent,
    participant,
)

_CHUNK = 900
_TEXT_LIMIT = 1 << 20
_SNIPPET = 120


class Result(StrEnum):
    """What became of a mail, as the ledger keeps it."""

    PENDING = "pending"
    MISSING = "missing"
    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail whose bytes are stored (``raw_id``). When ``parsed`` is not readable it is kept in quarantine: visible,
    with its source."""

    raw_id: int
    location_id: int | None
    received_at: datetime
    parsed: ParsedMail
    from_sent_folder: bool = False


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Where it went. ``message_id`` is the row of the message, for a duplicate that of the first copy."""

    raw_id: int
    result: Result
    conversation_id: int | None
    message_id: int | None


@dataclass(slots=True, eq=False)
class _Place:
    """A conversation touched by the batch: an existing one, or one to be made (``id`` 0 until then)."""

    id: int
    status: Status
    values: dict[str, Any]
    version_steps: int = 0
    turn_steps: int = 0
    participants: set[str] = field(default_factory=set)
    written: frozenset[str] = frozenset()
    """Those of the participants that the store has."""
    news: bool = False


@dataclass(slots=True, eq=False)
class _Mail:
    arrived: Arrived
    parsed: ParsedMail
    place: _Place
    kind: MessageKind
    joined_by: str
    customer: Address


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    items = list(values)
    return (items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK))


def take_in(tx: Connection, box: Mailbox, arrived: Sequence[Arrived]) -> list[TakenIn]:
    """Give each mail its place, in one transaction. The results are in the order of ``arrived``."""
    batch = _Batch(tx, box)
    results: dict[int, TakenIn] = {}
    batch.look_up([a.parsed for a in arrived])
    for one in sorted(arrived, key=_order):
        if (known := batch.known_already(one)) is not None:
            results[one.raw_id] = known
        else:
            batch.decide(one)
    for taken in batch.write():
        results[taken.raw_id] = taken
    ordered = [results[a.raw_id] for a in arrived]
    _write_ledger(tx, arrived, ordered)
    return ordered


def _order(one: Arrived) -> tuple[datetime, datetime]:
    return one.received_at, one.parsed.date or one.received_at


def _write_ledger(tx: Connection, arrived: Sequence[Arrived], results: Sequence[TakenIn]) -> None:
    rows = [
        {"b_id": a.location_id, "b_result": r.result.value, "b_message": r.message_id}
        for a, r in zip(arrived, results, strict=True)
        if a.location_id is not None
    ]
    if rows:
        statement = update(location).where(location.c.id == bindparam("b_id"))
        tx.execute(statement.values(result=bindparam("b_result"), message_id=bindparam("b_message")), rows)


class _Batch:
    """The look-ups, decisions and inserts of one transaction."""

    def __init__(self, tx: Connection, box: Mailbox) -> None:
        self.tx = tx
        self.box = box
        self.now = store_now(tx)
        self.own = _own_addresses(tx)
        self.copies: dict[str, tuple[int, int]] = {}
        self.batch_copies: dict[str, _Mail] = {}
        self.ours: dict[str, int] = {}
        self.known: dict[str, Known] = {}
        self.parents: dict[str, int] = {}
        self.places: dict[int, _Place] = {}
        self.made: list[_Place] = []
        self.mails: list[_Mail] = []
        self.by_id: dict[str, _Place] = {}
        self.awaited: dict[str, _Place] = {}
        self.repeats: list[tuple[Arrived, _Mail]] = []

    # ---- what the store knows

    def look_up(self, parsed: Sequence[ParsedMail]) -> None:
        own_ids = {p.message_id for p in parsed if p.message_id}
        claimed = {
            i for p in parsed if p.from_.key() in self.own for i in (p.message_id, p.x_maildesk_id) if i
        }
        wanted = set(own_ids)
        for one in parsed:
            wanted.update(_ids(one))
        for keys in _chunks({p.content_key for p in parsed} - {""}):
            rows = self.tx.execute(
                select(message.c.content_key, message.c.id, message.c.conversation_id).where(
                    message.c.mailbox_id == self.box.id, message.c.content_key.in_(keys)
                )
            )
            self.copies.update({r.content_key: (r.id, r.conversation_id) for r in rows})
        for ids in _chunks(claimed):
            self.ours.update(outbox.by_message_ids(self.tx, ids))
        for ids in _chunks(own_ids):
            waiting = self.tx.execute(
                select(missing_parent)
                .where(missing_parent.c.message_id.in_(ids))
                .order_by(missing_parent.c.conversation_id)
            ).all()
            here = self._in_this_mailbox({row.conversation_id for row in waiting})
            for row in waiting:
                if row.conversation_id in here:
                    self.parents.setdefault(row.message_id, row.conversation_id)
        self._look_up_known(wanted)

    def _in_this_mailbox(self, conversation_ids: set[int]) -> set[int]:
        found: set[int] = set()
        ordered = sorted(conversation_ids)
        for start in range(0, len(ordered), _CHUNK):
            chosen = ordered[start : start + _CHUNK]
            found.update(
                self.tx.execute(
                    select(conversation.c.id).where(
                        conversation.c.id.in_(chosen), conversation.c.mailbox_id == self.box.id
                    )
                ).scalars()
            )
        return found

    def _look_up_known(self, wanted: set[str]) -> None:
        found: dict[str, tuple[int, bool]] = {}
        for ids in _chunks(wanted):
            rows = self.tx.execute(
                select(message.c.message_id, message.c.conversation_id, message.c.outbox_id)
                .where(
                    message.c.message_id.in_(ids),
                    message.c.message_id != "",
                    message.c.mailbox_id == self.box.id,
                )
                .order_by(message.c.id.desc())  # of two mails with one id the first one counts
            )
            found.update({r.message_id: (r.conversation_id, r.outbox_id is not None) for r in rows})
        conversation_ids = sorted({c for c, _ in found.values()} | set(self.parents.values()))
        people: dict[int, set[str]] = {c: set() for c in conversation_ids}
        for start in range(0, len(conversation_ids), _CHUNK):
            rows = self.tx.execute(
                select(participant).where(
                    participant.c.conversation_id.in_(conversation_ids[start : start + _CHUNK])
                )
            )
            for row in rows:
                people[row.conversation_id].add(row.address)
        for i, held in conversations.lock(self.tx, conversation_ids).items():
            values = dict(held._mapping)
            self.places[i] = _Place(
                i, Status(held.status), values, participants=people[i], written=frozenset(people[i])
            )
        for found_id, (conversation_id, ours) in found.items():
            self.known[found_id] = Known(conversation_id, found_id, ours, frozenset(people[conversation_id]))

    # ---- what to do with one mail

    def known_already(self, one: Arrived) -> TakenIn | None:
        """A copy of what is stored, or of a reply that left from here: with our id *and* from our address, so that a
        stranger's mail that reuses an id is not swallowed (``failures.md`` row 43)."""
        outbox_id = None
        if one.parsed.from_.key() in self.own:
            ids = (one.parsed.message_id, one.parsed.x_maildesk_id)
            outbox_id = next((self.ours[i] for i in ids if i in self.ours), None)
        if outbox_id is not None:
            row = outbox.seen_back(self.tx, outbox_id, in_sent_folder=one.from_sent_folder)
            return TakenIn(one.raw_id, Result.DUPLICATE, row.conversation_id, row.message_id)
        if one.parsed.content_key in self.copies:
            message_id, conversation_id = self.copies[one.parsed.content_key]
            return TakenIn(one.raw_id, Result.DUPLICATE, conversation_id, message_id)
        return None

    def decide(self, one: Arrived) -> None:
        parsed = one.parsed
        if parsed.content_key and (first := self.batch_copies.get(parsed.content_key)) is not None:
            self.repeats.append((one, first))
            return
        kind, who = self._direction(one, parsed)
        place, joined_by = self._place(parsed, kind, who)
        mail = _Mail(one, parsed, place, kind, joined_by, who)
        self.mails.append(mail)
        self._apply(mail)
        if parsed.content_key:
            self.batch_copies[parsed.content_key] = mail
        if parsed.message_id:
            self.by_id.setdefault(parsed.message_id, place)
        for missing in _ids(parsed):
            if missing not in self.known and missing not in self.by_id:
                self.awaited.setdefault(missing, place)

    def _direction(self, one: Arrived, parsed: ParsedMail) -> tuple[MessageKind, Address]:
        sender = parsed.from_
        others = [a for a in (*parsed.to, *parsed.cc) if a.key() not in self.own]
        if sender.key() in self.own and (one.from_sent_folder or others):
            return MessageKind.OUT, others[0] if others else sender
        if sender.key() in self.own:  # a contact form that mails to its own shop
            outside = [a for a in parsed.reply_to if a.key() not in self.own]
            return MessageKind.IN, outside[0] if outside else sender
        return MessageKind.IN, sender

    def _place(self, parsed: ParsedMail, kind: MessageKind, who: Address) -> tuple[_Place, str]:
        ids = _ids(parsed)
        sender = parsed.from_.key()
        known = dict(self.known)
        for i in ids:
            if i not in known and (place := self.by_id.get(i)) is not None:
                known[i] = Known(self._reference(place), i, False, frozenset(place.participants))
        if sender in self.own:
            sender = who.key()
        join = conversation_for(sender, ids, known, in_reply_to=parsed.in_reply_to)
        if join is not None:
            return self._by_reference(join.conversation_id), join.reason
        own_id = parsed.message_id or ""
        for awaiting in (self.awaited.get(own_id), self.places.get(self.parents.get(own_id, 0))):
            if awaiting is not None and {sender, who.key()} & awaiting.participants:
                return awaiting, "references"
        return self._make(parsed, kind, who), ""

    def _reference(self, place: _Place) -> int:
        """Its number; a negative one while it has none yet."""
        return place.id or -1 - self.made.index(place)

    def _by_reference(self, reference: int) -> _Place:
        return self.made[-1 - reference] if reference < 0 else self.places[reference]

    def _make(self, parsed: ParsedMail, kind: MessageKind, who: Address) -> _Place:
        place = _Place(
            0,
            Status.DONE if kind is MessageKind.OUT else Status.NEW,
            {
                "mailbox_id": self.box.id,
                "customer_name": who.name,
                "customer_address": who.address,
                "subject": parsed.subject,
                "received_at": None,
                "last_message_at": None,
                "messages": 0,
                "attachments": 0,
                "automatic": False,
                "answered": False,
                "bounced": False,
                "snippet": "",
            },
        )
        self.made.append(place)
        return place

    def _apply(self, mail: _Mail) -> None:
        place, parsed, values = mail.place, mail.parsed, mail.place.values
        at = mail.arrived.received_at
        first = values["received_at"] is None
        newest = first or at >= values["last_message_at"]
        values["received_at"] = at if first else min(values["received_at"], at)
        if newest:
            values["last_message_at"] = at
            values["snippet"] = _snippet(parsed)
        values["messages"] += 1
        values["attachments"] += sum(1 for a in parsed.attachments if not a.inline)
        place.participants |= {a.key() for a in (parsed.from_, *parsed.to, *parsed.cc, mail.customer)} - {""}
        place.version_steps += 1
        if mail.kind is MessageKind.OUT:
            values["answered"] = True
            if newest and _is_sent(mail.arrived) and place.status in (Status.NEW, Status.WAITING):
                place.status = Status.DONE
            return
        place.turn_steps += 1
        place.news = True
        if first:
            values["automatic"] = parsed.automatic not in (None, "bounce")
            if self._is_history(at):
                place.status = Status.DONE
        elif (
            parsed.automatic != "auto-reply" and place.status is not Status.SPAM and not self._is_history(at)
        ):
            place.status = Status.NEW
        if parsed.automatic == "bounce":
            values["bounced"] = True

    def _is_history(self, at: datetime) -> bool:
        days = self.box.history_days
        return days is not None and at < self.now - timedelta(days=days)

    # ---- writing

    def write(self) -> list[TakenIn]:
        if not self.mails:
            return []
        self._write_customers()
        self._write_conversations()
        ids = self._write_messages()
        taken = [
            TakenIn(
                m.arrived.raw_id,
                Result.STORED if m.parsed.readable else Result.QUARANTINED,
                m.place.id,
                ids[i],
            )
            for i, m in enumerate(self.mails)
        ]
        by_mail = {id(m): t for m, t in zip(self.mails, taken, strict=True)}
        for one, first in self.repeats:
            original = by_mail[id(first)]
            taken.append(TakenIn(one.raw_id, Result.DUPLICATE, original.conversation_id, original.message_id))
        return taken

    def _write_customers(self) -> None:
        wanted: dict[str, str] = {}
        for place in self.made:
            address = Address(place.values["customer_name"], place.values["customer_address"])
            wanted.setdefault(address.key(), address.name)
        found: dict[str, int] = {}
        for keys in _chunks(wanted):
            rows = self.tx.execute(select(customer_address).where(customer_address.c.address.in_(keys)))
            found.update({r.address: r.customer_id for r in rows})
        new = [k for k in wanted if k not in found]
        if new:
            ids = self.tx.execute(
                insert(customer).returning(customer.c.id, sort_by_parameter_order=True),
                [{"name": wanted[k], "created_at": self.now} for k in new],
            ).scalars()
            found.update(dict(zip(new, ids, strict=True)))
            self.tx.execute(insert(customer_address), [{"address": k, "customer_id": found[k]} for k in new])
        for place in self.made:
            place.values["customer_id"] = found[Address("", place.values["customer_address"]).key()]

    def _write_conversations(self) -> None:
        if self.made:
            rows = [
                place.values
                | {
                    "status": place.status.value,
                    "version": max(place.version_steps, 1),
                    "turn": place.turn_steps,
                    "news_version": max(place.version_steps, 1) if place.news else 0,
                    "priority": 0,
                }
                for place in self.made
            ]
            ids = self.tx.execute(
                insert(conversation).returning(conversation.c.id, sort_by_parameter_order=True), rows
            ).scalars()
            for place, new_id in zip(self.made, ids, strict=True):
                place.id = new_id
            self.tx.execute(insert(claim), [{"conversation_id": p.id, "token": 0} for p in self.made])
        changed = [_changed(place) for place in self.places.values() if place.version_steps]
        if changed:
            names = [name for name in changed[0] if name != "b_id"]
            statement = update(conversation).where(conversation.c.id == bindparam("b_id"))
            self.tx.execute(statement.values({name: bindparam(name) for name in names}), changed)
        people = [
            {"c": p.id, "a": address}
            for p in (*self.made, *self.places.values())
            for address in p.participants - p.written
        ]
        if people:
            self.tx.execute(
                text(
                    "INSERT INTO participant (conversation_id, address) VALUES (:c, :a) ON CONFLICT DO NOTHING"
                ),
                people,
            )
        missing = [{"m": i, "c": p.id} for i, p in self.awaited.items() if i not in self.by_id]
        if missing:
            self.tx.execute(
                text(
                    "INSERT INTO missing_parent (message_id, conversation_id) VALUES (:m, :c) ON CONFLICT DO NOTHING"
                ),
                missing,
            )

    def _write_messages(self) -> list[int]:
        rows = [self._message_values(m) for m in self.mails]
        ids = list(
            self.tx.execute(
                insert(message).returning(message.c.id, sort_by_parameter_order=True), rows
            ).scalars()
        )
        bodies = [
            {"message_id": i, "text": m.parsed.text[:_TEXT_LIMIT], "folded": _folded(m.parsed)}
            for i, m in zip(ids, self.mails, strict=True)
        ]
        self.tx.execute(insert(message_body), bodies)
        at = self.tx.execute(select(db_now())).scalar_one()
        events = [
            {
                "at": at,
                "conversation_id": m.place.id,
                "actor": "sync",
                "what": "received" if m.kind is MessageKind.IN else "answered-elsewhere",
                "detail": {"message": i} | ({"automatic": m.parsed.automatic} if m.parsed.automatic else {}),
            }
            for i, m in zip(ids, self.mails, strict=True)
        ]
        self.tx.execute(insert(event), events)
        return ids

    def _message_values(self, mail: _Mail) -> dict[str, Any]:
        parsed = mail.parsed
        sender = parsed.from_
        return {
            "conversation_id": mail.place.id,
            "mailbox_id": self.box.id,
            "kind": mail.kind.value,
            "raw_id": mail.arrived.raw_id,
            "at": mail.arrived.received_at,
            "header_date": parsed.date,
            "from_name": sender.name,
            "from_address": sender.address,
            "to": addresses_json(parsed.to),
            "cc": addresses_json(parsed.cc),
            "reply_to": addresses_json(parsed.reply_to),
            "subject": parsed.subject,
            "message_id": parsed.message_id or "",
            "in_reply_to": parsed.in_reply_to or "",
            "refs": list(parsed.references),
            "automatic": parsed.automatic,
            "bounce": _bounce_json(parsed),
            "quarantined": not parsed.readable,
            "joined_by": mail.joined_by,
            "content_key": parsed.content_key,
            "files": [
                {"index": a.index, "name": a.name, "type": a.content_type, "size": a.size, "inline": a.inline}
                for a in parsed.attachments
            ],
        }


_KEPT = ("received_at", "last_message_at", "messages", "attachments", "answered", "bounced", "snippet")


def _changed(place: _Place) -> dict[str, Any]:
    """The new values of a conversation whose row is locked."""
    version = place.values["version"] + place.version_steps
    waits = place.status is Status.WAITING
    return {name: place.values[name] for name in _KEPT} | {
        "b_id": place.id,
        "status": place.status.value,
        "waiting_reason": place.values["waiting_reason"] if waits else None,
        "waiting_until": place.values["waiting_until"] if waits else None,
        "version": version,
        "turn": place.values["turn"] + place.turn_steps,
        "news_version": version if place.news else place.values["news_version"],
    }


def _is_sent(one: Arrived) -> bool:
    """Whether it surely left from us: what lies in INBOX under our address may be anybody's."""
    return one.from_sent_folder or one.location_id is None


def _own_addresses(tx: Connection) -> frozenset[str]:
    rows = tx.execute(select(mailbox.c.address, mailbox.c.aliases))
    return frozenset(Address("", a).key() for r in rows for a in (r.address, *r.aliases))


def _ids(parsed: ParsedMail) -> tuple[str, ...]:
    ids = candidate_ids(parsed.in_reply_to, parsed.references)
    if parsed.bounce is not None and parsed.bounce.original_message_id:
        return (parsed.bounce.original_message_id, *ids)
    return ids


def addresses_json(addresses: Iterable[Address]) -> list[list[str]]:
    """Addresses as they stand in the store: pairs of name and address."""
    return [[a.name, a.address] for a in addresses]


def addresses_from(value: Any) -> tuple[Address, ...]:
    """The reverse of :func:`addresses_json`."""
    return tuple(Address(name, address) for name, address in value)


def _bounce_json(parsed: ParsedMail) -> Mapping[str, Any] | None:
    if parsed.bounce is None:
        return None
    return {
        "action": parsed.bounce.action,
        "status": parsed.bounce.status,
        "recipients": list(parsed.bounce.recipients),
        "original": parsed.bounce.original_message_id,
    }


def _folded(parsed: ParsedMail) -> str:
    sender = parsed.from_
    names = " ".join(a.name for a in parsed.attachments)
    return fold(f"{parsed.subject} {sender.name} {sender.address} {names} {parsed.text[:_TEXT_LIMIT]}")


def _snippet(parsed: ParsedMail) -> str:
    return " ".join((parsed.reply_text or parsed.text)[:1000].split())[:_SNIPPET]
