"""Customers: who is one person, what is known of each, who may be the same.

A merged customer keeps all that is his: conversations, addresses, identities. One row says into whom he was merged, and
everything is asked of the whole group, so that taking the row away gives back exactly what was, however much mail came
meanwhile. Two customers are only ever merged while both are nobody else's, with both rows locked in the order of their
ids: no ring can come of it, whoever merges what at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, or_, select, text, update

from maildesk.domain.customer import (
    CustomerCard,
    CustomerField,
    CustomerHit,
    FieldType,
    FieldValue,
    IdentityKind,
    MergedCustomer,
    MergeRefused,
    fold_name,
)
from maildesk.domain.phone import patterns
from maildesk.errors import NotFound
from maildesk.store import identities
from maildesk.store.clock import db_now
from maildesk.store.tables import (
    agent,
    conversation,
    customer,
    customer_address,
    customer_field,
    customer_merge,
    customer_value,
    identity,
)

_GROUP = text(
    """WITH RECURSIVE up(id) AS (
         SELECT id FROM customer WHERE id = :customer
         UNION SELECT m.into_id FROM customer_merge m JOIN up ON m.customer_id = up.id),
       whole(id) AS (
         SELECT id FROM up
         UNION SELECT m.customer_id FROM customer_merge m JOIN whole ON m.into_id = whole.id)
       SELECT whole.id FROM whole LEFT JOIN customer_merge m ON m.customer_id = whole.id
       ORDER BY m.customer_id IS NOT NULL, m.at, whole.id"""
)


def group(tx: Connection, customer_id: int) -> tuple[int, ...]:
    """All customers who are this person, the one into whom the others were merged first. Raises NotFound."""
    found = tuple(tx.execute(_GROUP, {"customer": customer_id}).scalars())
    if not found:
        raise NotFound("no_customer", number=customer_id)
    return found


def add(tx: Connection, name: str, reading: str = "") -> int:
    """A new customer, of whom nothing else is known yet."""
    values = {"name": name, "reading": reading, "created_at": db_now()}
    return int(tx.execute(insert(customer).values(values).returning(customer.c.id)).scalar_one())


def rename(tx: Connection, customer_id: int, name: str, reading: str) -> tuple[str, str]:
    """Another name. Returns what it was."""
    where = customer.c.id == customer_id
    before = tx.execute(
        select(customer.c.name, customer.c.reading).where(where).with_for_update(key_share=True)
    )
    row = before.one()
    tx.execute(update(customer).where(where).values(name=name, reading=reading))
    return row.name, row.reading


# ---- one person


def _refusal(tx: Connection, customer_id: int) -> MergeRefused | None:
    """Into whom this customer is merged, if he is."""
    into = customer.alias("into_customer")
    row = tx.execute(
        select(customer_merge, into.c.name, agent.c.name.label("by"))
        .join(into, into.c.id == customer_merge.c.into_id)
        .join(agent, agent.c.id == customer_merge.c.by_id)
        .where(customer_merge.c.customer_id == customer_id)
    ).first()
    return None if row is None else MergeRefused(customer_id, row.into_id, row.name, row.by, row.at)


def merge(tx: Connection, into_id: int, customer_id: int, by_id: int) -> MergeRefused | None:
    """From now on ``customer_id`` and all who are merged into him are ``into_id``. Where one of the two was merged into
    somebody before, nothing is done and that is returned. Raises NotFound."""
    locked = tx.execute(
        select(customer.c.id)
        .where(customer.c.id.in_([into_id, customer_id]))
        .order_by(customer.c.id)
        .with_for_update(key_share=True)
    ).all()
    if len(locked) < 2:
        there = {row.id for row in locked}
        raise NotFound("no_customer", number=next(i for i in (into_id, customer_id) if i not in there))
    for one in (customer_id, into_id):
        if (refused := _refusal(tx, one)) is not None:
            return refused
    values = {"customer_id": customer_id, "into_id": into_id, "by_id": by_id, "at": db_now()}
    tx.execute(insert(customer_merge).values(values))
    return None


def unmerge(tx: Connection, customer_id: int, into_id: int | None = None) -> int | None:
    """Give a merged customer back what was his. ``into_id``: only if he is merged into that one. Returns into whom he
    was merged, None where he was not."""
    where: list[ColumnElement[bool]] = [customer_merge.c.customer_id == customer_id]
    if into_id is not None:
        where.append(customer_merge.c.into_id == into_id)
    return tx.execute(delete(customer_merge).where(*where).returning(customer_merge.c.into_id)).scalar()


# ---- what is known


def card(tx: Connection, customer_id: int) -> CustomerCard:
    """All that is known of the person whom this customer is. Raises NotFound."""
    members = group(tx, customer_id)
    names = {r.id: r for r in tx.execute(select(customer).where(customer.c.id.in_(members)))}
    main = names[members[0]]
    merged = tx.execute(
        select(customer_merge, agent.c.name.label("by"))
        .join(agent, agent.c.id == customer_merge.c.by_id)
        .where(customer_merge.c.customer_id.in_(members))
        .order_by(customer_merge.c.at, customer_merge.c.customer_id)
    )
    return CustomerCard(
        main.id,
        main.name,
        main.reading,
        members,
        identities.of_customers(tx, members),
        _values(tx, members),
        tuple(
            MergedCustomer(r.customer_id, r.into_id, names[r.customer_id].name, r.by, r.at) for r in merged
        ),
    )


def fields(tx: Connection) -> tuple[CustomerField, ...]:
    """The desk's own fields, in the order of the configuration."""
    rows = tx.execute(select(customer_field).order_by(customer_field.c.place, customer_field.c.name))
    return tuple(_field(row) for row in rows)


def _field(row: Row[Any]) -> CustomerField:
    return CustomerField(row.name, row.label, FieldType(row.type), tuple(row.choices))


def put_field(tx: Connection, described: CustomerField, place: int) -> tuple[bool, bool]:
    """Add a field or bring it up to date. Returns whether it was there and whether anything changed."""
    values = {
        "label": described.label,
        "type": described.type.value,
        "choices": list(described.choices),
        "place": place,
    }
    where = customer_field.c.name == described.name
    row = tx.execute(select(customer_field).where(where)).first()
    if row is None:
        tx.execute(insert(customer_field).values(name=described.name, **values))
        return False, True
    changed = {name: getattr(row, name) for name in values} != values
    if changed:
        tx.execute(update(customer_field).where(where).values(**values))
    return True, changed


def _values(tx: Connection, members: Sequence[int]) -> tuple[FieldValue, ...]:
    """What the fields say of a person: of those who are merged, what the first one says."""
    rows = tx.execute(
        select(customer_value, agent.c.name.label("by"))
        .join(agent, agent.c.id == customer_value.c.changed_by_id)
        .where(customer_value.c.customer_id.in_(members))
    )
    places = {number: place for place, number in enumerate(members)}
    said: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda r: places[r.customer_id]):
        said.setdefault(row.field, row)
    found = []
    for described in fields(tx):
        value = said.get(described.name)
        found.append(
            FieldValue(described, value.value, value.by, value.changed_at) if value else FieldValue(described)
        )
    return tuple(found)


def set_value(tx: Connection, customer_id: int, name: str, value: str | None, by_id: int) -> str | None:
    """What a field says of a customer; None for nothing at all. Returns what it said."""
    where = (customer_value.c.customer_id == customer_id, customer_value.c.field == name)
    tx.execute(select(customer.c.id).where(customer.c.id == customer_id).with_for_update(key_share=True))
    before = tx.execute(select(customer_value.c.value).where(*where)).scalar()
    if value is None:
        tx.execute(delete(customer_value).where(*where))
    elif before is None:
        values = {"customer_id": customer_id, "field": name, "value": value}
        tx.execute(insert(customer_value).values(**values, changed_by_id=by_id, changed_at=db_now()))
    else:
        changed = update(customer_value).where(*where)
        tx.execute(changed.values(value=value, changed_by_id=by_id, changed_at=db_now()))
    return before


def of_conversation(tx: Connection, conversation_id: int) -> int:
    """The customer of a conversation. Raises NotFound."""
    where = conversation.c.id == conversation_id
    found = tx.execute(select(conversation.c.customer_id).where(where)).scalar()
    if found is None:
        raise NotFound("no_conversation", number=conversation_id)
    return int(found)


def conversations_of(tx: Connection, members: Sequence[int], limit: int) -> tuple[int, ...]:
    """The conversations of a person, the newest first."""
    rows = tx.execute(
        select(conversation.c.id)
        .where(conversation.c.customer_id.in_(list(members)))
        .order_by(conversation.c.last_message_at.desc(), conversation.c.id.desc())
        .limit(limit)
    )
    return tuple(rows.scalars())


# ---- finding


def find(tx: Connection, typed: str, limit: int = 8) -> tuple[CustomerHit, ...]:
    """The customers whose number, name, reading, address or id fits what was typed so far: numbers by their beginning
    and by their end. Merged ones are found as the one into whom they were merged."""
    found: dict[int, str] = {}
    for customer_id, words in (*_by_number(tx, typed, limit), *_by_words(tx, typed, limit)):
        found.setdefault(group(tx, customer_id)[0], words)
        if len(found) >= limit:
            break
    return hits(tx, found)


def _by_number(tx: Connection, typed: str, limit: int) -> Iterable[tuple[int, str]]:
    wanted = patterns(typed)
    if wanted is None:
        return ()
    begins, ends = wanted
    # numbers are digits: what begins with one lies between it and it with nines behind, by any collation
    spans = [identity.c.value.between(begins, begins + "9" * 20)] if begins else []
    if len(ends) >= 3:
        spans.append(identity.c.tail.between(ends, ends + "9" * 20))
    if not spans:
        return ()
    rows = tx.execute(
        select(identity.c.customer_id, identity.c.value)
        .where(identity.c.kind == IdentityKind.PHONE.value, or_(*spans))
        .order_by(identity.c.value)
        .limit(limit)
    )
    return [(r.customer_id, r.value) for r in rows]


def _by_words(tx: Connection, typed: str, limit: int) -> Iterable[tuple[int, str]]:
    words = fold_name(typed)
    if not words:
        return ()

    def plain(column: ColumnElement[str]) -> ColumnElement[str]:
        return func.replace(func.replace(func.lower(column), " ", ""), "\u3000", "")

    known = (
        select(identity.c.customer_id, identity.c.shown.label("words"))
        .where(identity.c.kind != IdentityKind.PHONE.value, identity.c.value.contains(words, autoescape=True))
        .order_by(identity.c.value)
    )
    named = (
        select(customer.c.id, customer.c.name)
        .where(
            or_(
                *(
                    plain(column).contains(words, autoescape=True)
                    for column in (customer.c.name, customer.c.reading)
                )
            )
        )
        .order_by(customer.c.id.desc())
    )
    written = (
        select(customer_address.c.customer_id, customer_address.c.address)
        .where(customer_address.c.address.contains(words, autoescape=True))
        .order_by(customer_address.c.address)
    )
    found: list[tuple[int, str]] = []
    for statement in (known, named, *((written,) if words.isascii() else ())):
        found += [(row[0], row[1]) for row in tx.execute(statement.limit(limit))]
    return found


def hits(tx: Connection, found: dict[int, str]) -> tuple[CustomerHit, ...]:
    """Customers as a list of them shows them; ``found`` says by what each was found."""
    names = {r.id: r for r in tx.execute(select(customer).where(customer.c.id.in_(list(found))))}
    result = []
    for number, words in found.items():
        known = identities.of_customers(tx, group(tx, number))
        result.append(
            CustomerHit(
                number,
                names[number].name,
                names[number].reading,
                words,
                tuple(i.shown for i in known if i.kind is IdentityKind.MAIL),
                tuple(i.shown for i in known if i.kind is IdentityKind.PHONE),
            )
        )
    return tuple(result)


def namesakes(tx: Connection, card_: CustomerCard, limit: int = 20) -> tuple[int, ...]:
    """Other customers of the same name who are nobody else's."""
    name = fold_name(card_.name)
    if not name:
        return ()
    plain = func.replace(func.replace(func.lower(customer.c.name), " ", ""), "\u3000", "")
    merged = exists().where(customer_merge.c.customer_id == customer.c.id).correlate(customer)
    rows = tx.execute(
        select(customer.c.id)
        .where(plain.in_([name, f"{name}様"]), customer.c.id.not_in(card_.members), ~merged)
        .order_by(customer.c.id)
        .limit(limit)
    )
    return tuple(rows.scalars())
