"""Writing what was decided: conversations first, then their messages, in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from maildesk.domain.address import Address, address_key
from maildesk.domain.conversation import MessageKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Status
from maildesk.domain.trust import Authentication
from maildesk.mail.values import ParsedMail
from maildesk.store import order_refs, outbox, search_index, targets
from maildesk.store.addresses import addresses_json
from maildesk.store.clock import db_now
from maildesk.store.intake.deciding import Decisions
from maildesk.store.intake.lookup import Copy, Library
from maildesk.store.intake.values import Arrived, Decided, Key, Result, TakenIn, Touched, chunks
from maildesk.store.tables import (
    claim,
    content,
    conversation,
    customer,
    customer_address,
    event,
    location,
    message,
    message_body,
)
from maildesk.store.targets import ANSWERED

_TEXT_LIMIT = 1 << 20
_ALSO_IN = "INSERT INTO also_in (conversation_id, mailbox_id) VALUES (:c, :m)"
_PARTICIPANTS = "INSERT INTO participant (conversation_id, address) VALUES (:c, :a)"


def write(tx: Connection, library: Library, decisions: Decisions) -> dict[Key, TakenIn]:
    """Write it all. What became of each mail, by :attr:`Arrived.key`."""
    _write_customers(tx, decisions.made)
    _write_new(tx, decisions.made)
    _write_changed(tx, library.touched.values())
    _write_around(tx, [*decisions.made, *library.touched.values()], decisions.awaited)
    ids = _write_messages(tx, library.box.id, decisions.mails)
    between = [one.id for one in (*decisions.made, *library.touched.values()) if one.answered_between]
    targets.ask_again(tx, between)
    results = dict(decisions.results)
    by_mail: dict[int, TakenIn] = {}
    for mail, number in zip(decisions.mails, ids, strict=True):
        result = Result.STORED if mail.parsed.readable else Result.QUARANTINED
        taken = TakenIn(mail.arrived.raw_id, result, mail.conversation.id, number)
        by_mail[id(mail)] = results[mail.arrived.key] = taken
    for one, first in decisions.repeats:
        original = by_mail[id(first)]
        results[one.key] = TakenIn(
            one.raw_id, Result.DUPLICATE, original.conversation_id, original.message_id
        )
    _write_delivered(tx, library, decisions.mails)
    _write_orders(tx, library.box, decisions.mails)
    if decisions.turned_in:
        came = message.update().where(message.c.id.in_(decisions.turned_in))
        tx.execute(came.values(kind=MessageKind.IN.value))
    for item, words in sorted(decisions.bounced.items()):
        outbox.mark_bounced(tx, item, words)
    return results


def write_ledger(tx: Connection, arrived: Sequence[Arrived], results: Mapping[Key, TakenIn]) -> None:
    """Note in the ledger of UIDs what became of each mail."""
    rows = [
        {
            "b_id": one.location_id,
            "b_result": results[one.key].result.value,
            "b_message": results[one.key].message_id,
        }
        for one in arrived
        if one.location_id is not None
    ]
    if rows:
        statement = update(location).where(location.c.id == bindparam("b_id"))
        tx.execute(statement.values(result=bindparam("b_result"), message_id=bindparam("b_message")), rows)


def _write_customers(tx: Connection, made: Sequence[Touched]) -> None:
    """The customers of new conversations."""
    wanted: dict[str, str] = {}
    for new in made:
        address = Address(new.values["customer_name"], new.values["customer_address"])
        wanted.setdefault(address.key(), address.name)
    found = _put_customers(tx, wanted)
    for new in made:
        new.values["customer_id"] = found[Address("", new.values["customer_address"]).key()]


def _put_customers(tx: Connection, wanted: Mapping[str, str]) -> dict[str, int]:
    """The customers with these addresses (names by key). Who is not there is made, unless another worker makes him at
    the same time."""
    found = _customers(tx, wanted)
    names = sorted(set(wanted) - set(found))
    if names:
        now = tx.execute(select(db_now())).scalar_one()
        ids = tx.execute(
            insert(customer).returning(customer.c.id, sort_by_parameter_order=True),
            [{"name": wanted[key], "created_at": now} for key in names],
        ).scalars()
        rows = [{"a": key, "c": number} for key, number in zip(names, ids, strict=True)]
        command = "INSERT INTO customer_address (address, customer_id) VALUES (:a, :c) ON CONFLICT DO NOTHING"
        tx.execute(text(command), rows)
        found |= _customers(tx, names)
        lost = [row["c"] for row in rows if found[str(row["a"])] != row["c"]]
        if lost:
            tx.execute(customer.delete().where(customer.c.id.in_(lost)))
    return found


def customer_for(tx: Connection, who: Address) -> int:
    """The customer with this address, made if he is new."""
    return _put_customers(tx, {who.key(): who.name})[who.key()]


def add_participants(tx: Connection, conversation_id: int, people: Iterable[Address]) -> None:
    """Put people on a conversation; who is on it stays."""
    rows = [{"c": conversation_id, "a": key} for key in sorted({a.key() for a in people} - {""})]
    if rows:
        tx.execute(text(f"{_PARTICIPANTS} ON CONFLICT DO NOTHING"), rows)


def _customers(tx: Connection, keys: Mapping[str, str] | Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(keys):
        rows = tx.execute(select(customer_address).where(customer_address.c.address.in_(some)))
        found.update({r.address: r.customer_id for r in rows})
    return found


def _write_new(tx: Connection, made: Sequence[Touched]) -> None:
    if not made:
        return
    rows = [
        new.values
        | {
            "status": new.status.value,
            "version": max(new.version_steps, 1),
            "turn": new.turn_steps,
            "news_version": max(new.version_steps, 1) if new.news else 0,
            "priority": 0,
        }
        for new in made
    ]
    ids = tx.execute(
        insert(conversation).returning(conversation.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    for new, number in zip(made, ids, strict=True):
        new.id = number
    tx.execute(insert(claim), [{"conversation_id": new.id, "token": 0} for new in made])


_KEPT = (
    "received_at",
    "last_message_at",
    "messages",
    "attachments",
    "answered",
    "bounced",
    "snippet",
    "outside",
    *ANSWERED,
)


def _write_changed(tx: Connection, touched: Iterable[Touched]) -> None:
    all_touched = list(touched)
    changed = [_changed(one) for one in all_touched if one.version_steps]
    if changed:
        names = [name for name in changed[0] if name != "b_id"]
        statement = update(conversation).where(conversation.c.id == bindparam("b_id"))
        tx.execute(statement.values({name: bindparam(name) for name in names}), changed)
    for some in chunks(sorted(one.id for one in all_touched if one.turn_steps)):
        outbox.hold_for_news(tx, some)


def _changed(one: Touched) -> dict[str, Any]:
    """The new values of a conversation whose row is locked."""
    version = one.values["version"] + one.version_steps
    waits = one.status is Status.WAITING
    return {name: one.values[name] for name in _KEPT} | {
        "b_id": one.id,
        "status": one.status.value,
        "waiting_reason": one.values["waiting_reason"] if waits else None,
        "waiting_until": one.values["waiting_until"] if waits else None,
        "version": version,
        "turn": one.values["turn"] + one.turn_steps,
        "news_version": version if one.news else one.values["news_version"],
    }


def _write_around(
    tx: Connection, touched: Sequence[Touched], awaited: Mapping[tuple[str, int], Touched]
) -> None:
    """Who takes part, where else it is listed, and which mails are still to come."""
    people = [{"c": t.id, "a": a} for t in touched for a in sorted(t.participants - t.written)]
    boxes = [{"c": t.id, "m": m} for t in touched for m in sorted(t.also_in - t.also_written)]
    missing = [{"m": message_id, "c": t.id} for (message_id, _), t in awaited.items()]
    for command, rows in (
        (_PARTICIPANTS, people),
        (_ALSO_IN, boxes),
        ("INSERT INTO missing_parent (message_id, conversation_id) VALUES (:m, :c)", missing),
    ):
        if rows:
            tx.execute(text(f"{command} ON CONFLICT DO NOTHING"), rows)


def _write_orders(tx: Connection, box: Mailbox, mails: Sequence[Decided]) -> None:
    """The orders that mails name, by conversation."""
    texts: dict[int, str] = {}
    for mail in mails:
        number = mail.conversation.id
        texts[number] = f"{texts.get(number, '')}\n{mail.parsed.subject}\n{mail.parsed.text}"
    order_refs.note(tx, texts, (box.order_pattern,) if box.order_pattern else ())


def _write_delivered(tx: Connection, library: Library, mails: Sequence[Decided]) -> None:
    """For which addresses mail comes in that are not known as ours. The topmost field is our own server's."""
    seen = Counter(
        key
        for mail in mails
        if mail.kind is MessageKind.IN and mail.arrived.location_id is not None and mail.parsed.delivered_to
        if (key := address_key(mail.parsed.delivered_to[0])) not in library.own
    )
    rows = [{"m": library.box.id, "a": key[:320], "n": n} for key, n in sorted(seen.items())]
    if rows:
        command = (
            "INSERT INTO delivered (mailbox_id, address, n) VALUES (:m, :a, :n) "
            "ON CONFLICT (mailbox_id, address) DO UPDATE SET n = delivered.n + excluded.n"
        )
        tx.execute(text(command), rows)


def _write_messages(tx: Connection, mailbox_id: int, mails: Sequence[Decided]) -> list[int]:
    if not mails:
        return []
    rows = [_message_values(mail, mailbox_id) for mail in mails]
    ids = list(
        tx.execute(insert(message).returning(message.c.id, sort_by_parameter_order=True), rows).scalars()
    )
    bodies = [{"message_id": i, "indexed": True} | body_of(m.parsed) for i, m in zip(ids, mails, strict=True)]
    tx.execute(insert(message_body), bodies)
    search_index.add(tx, [words_of(i, m.parsed) for i, m in zip(ids, mails, strict=True)])
    contents = [
        {"b_key": m.parsed.content_key, "b_message": i}
        for i, m in zip(ids, mails, strict=True)
        if m.parsed.content_key
    ]
    if contents:
        statement = update(content).where(content.c.content_key == bindparam("b_key"))
        tx.execute(statement.values(message_id=bindparam("b_message")), contents)
    at = tx.execute(select(db_now())).scalar_one()
    events = [
        {
            "at": at,
            "conversation_id": m.conversation.id,
            "actor": "sync",
            "what": _EVENTS[m.kind],
            "detail": {"message": i} | ({"automatic": m.parsed.automatic} if m.parsed.automatic else {}),
        }
        for i, m in zip(ids, mails, strict=True)
    ]
    tx.execute(insert(event), events)
    return ids


_EVENTS = {
    MessageKind.IN: "received",
    MessageKind.OUT: "answered-elsewhere",
    MessageKind.COMMENT: "outside-answered",
}


def _message_values(mail: Decided, mailbox_id: int) -> dict[str, Any]:
    return {
        "conversation_id": mail.conversation.id,
        "mailbox_id": mailbox_id,
        "kind": mail.kind.value,
        "raw_id": mail.arrived.raw_id,
        "at": mail.arrived.received_at,
        "quarantined": not mail.parsed.readable,
        "joined_by": mail.joined_by,
        "authentication": authentication_json(mail.authentication),
        "related_id": mail.related.id if mail.related else None,
        "related_by": mail.related_by,
        "marks": list(mail.marks),
    } | headers_of(mail.parsed, mail.concerns)


def headers_of(parsed: ParsedMail, concerns: int | None = None) -> dict[str, Any]:
    """What a mail says itself, as ``message`` has it."""
    return {
        "header_date": parsed.date,
        "from_name": parsed.from_.name,
        "from_address": parsed.from_.address,
        "to": addresses_json(parsed.to),
        "cc": addresses_json(parsed.cc),
        "reply_to": addresses_json(parsed.reply_to),
        "subject": parsed.subject,
        "message_id": parsed.message_id or "",
        "in_reply_to": parsed.in_reply_to or "",
        "refs": list(parsed.references),
        "automatic": parsed.automatic,
        "bounce": _bounce_json(parsed, concerns),
        "content_key": parsed.content_key,
        "files": [
            {"index": a.index, "name": a.name, "type": a.content_type, "size": a.size, "inline": a.inline}
            for a in parsed.attachments
        ],
    }


def body_of(parsed: ParsedMail) -> dict[str, str]:
    """The words of a mail, as ``message_body`` has them."""
    sender = parsed.from_
    body = parsed.text[:_TEXT_LIMIT]
    names = " ".join(a.name for a in parsed.attachments)
    all_words = f"{parsed.subject} {sender.name} {sender.address} {names} {body}"
    return {"text": body, "folded": search_index.folded_before(all_words)}


def words_of(message_id: int, parsed: ParsedMail) -> search_index.Words:
    """The words of a mail, as search has them."""
    return search_index.Words(
        message_id,
        parsed.text[:_TEXT_LIMIT],
        parsed.subject,
        search_index.people([parsed.from_]),
        search_index.people((*parsed.to, *parsed.cc)),
        search_index.file_names({"name": a.name} for a in parsed.attachments),
    )


def keep_content(tx: Connection, message_id: int, content_key: str) -> Copy | None:
    """A message that was kept unread has a content now: its copies are known by it. The message that has that content
    already, None where there is none; then the bytes of the unread one stand for that, too."""
    if not content_key:
        return None
    command = "INSERT INTO content (content_key, message_id) VALUES (:k, :m) ON CONFLICT DO NOTHING"
    tx.execute(text(command), {"k": content_key, "m": message_id})
    row = tx.execute(
        select(message.c.id, message.c.conversation_id, message.c.kind)
        .join(content, content.c.message_id == message.c.id)
        .where(content.c.content_key == content_key)
    ).first()
    if row is None or row.id == message_id:
        return None
    tx.execute(update(content).where(content.c.message_id == message_id).values(message_id=row.id))
    return Copy(row.id, row.conversation_id, row.kind)


def list_also_in(tx: Connection, conversation_id: int, mailbox_id: int) -> None:
    """Mail of a conversation came in at a further mailbox."""
    tx.execute(text(f"{_ALSO_IN} ON CONFLICT DO NOTHING"), {"c": conversation_id, "m": mailbox_id})


def authentication_json(found: Authentication | None) -> dict[str, str] | None:
    """What our server found, as ``message`` has it."""
    return None if found is None else {name: str(value) for name, value in asdict(found).items()}


def _bounce_json(parsed: ParsedMail, concerns: int | None) -> Mapping[str, Any] | None:
    if parsed.bounce is None:
        return None
    return {
        "action": parsed.bounce.action,
        "status": parsed.bounce.status,
        "recipients": list(parsed.bounce.recipients),
        "original": parsed.bounce.original_message_id,
        "outbox": concerns,
    }
