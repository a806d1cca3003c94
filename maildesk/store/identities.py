"""By what customers are known: mail addresses, telephone numbers, member ids, aliases of malls."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, text

from maildesk.domain.customer import Identity, IdentityKind, kind_of_address
from maildesk.domain.phone import shown
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, customer_address, identity

_ORDER = {kind: place for place, kind in enumerate(IdentityKind)}
_ADDRESS = """INSERT INTO customer_address (address, customer_id, added_by_id, added_at)
    VALUES (:value, :customer, :by, :now) ON CONFLICT DO NOTHING RETURNING customer_id"""
_OTHER = """INSERT INTO identity (kind, value, customer_id, shown, tail, source, added_by_id, added_at)
    VALUES (:kind, :value, :customer, :shown, :tail, :source, :by, :now) ON CONFLICT DO NOTHING RETURNING customer_id"""


def of_customers(tx: Connection, members: Sequence[int]) -> tuple[Identity, ...]:
    """All by which these customers are known: addresses first, then numbers, ids and aliases."""
    addresses = tx.execute(
        select(customer_address, agent.c.name.label("by"))
        .outerjoin(agent, agent.c.id == customer_address.c.added_by_id)
        .where(customer_address.c.customer_id.in_(members))
    )
    found = [
        Identity(
            kind_of_address(r.address),
            r.address,
            r.address,
            r.customer_id,
            r.added_at is not None,
            r.by or "",
            r.added_at,
            "" if r.added_at is None else "hand",
        )
        for r in addresses
    ]
    others = tx.execute(
        select(identity, agent.c.name.label("by"))
        .outerjoin(agent, agent.c.id == identity.c.added_by_id)
        .where(identity.c.customer_id.in_(members))
    )
    for r in others:
        kind = IdentityKind(r.kind)
        told = shown(r.value) if kind is IdentityKind.PHONE else r.shown or r.value
        found.append(Identity(kind, r.value, told, r.customer_id, True, r.by or "", r.added_at, r.source))
    return tuple(sorted(found, key=lambda i: (_ORDER[i.kind], i.value)))


def owner(tx: Connection, kind: IdentityKind, value: str) -> int | None:
    """Whose a folded identity is."""
    if kind is IdentityKind.MAIL or (kind is IdentityKind.MALL and "@" in value):
        chosen = select(customer_address.c.customer_id).where(customer_address.c.address == value)
    else:
        chosen = select(identity.c.customer_id).where(
            identity.c.kind == kind.value, identity.c.value == value
        )
    return tx.execute(chosen).scalar()


def add(
    tx: Connection, kind: IdentityKind, value: str, written: str, customer_id: int, by_id: int, source: str
) -> bool:
    """Give a customer a further identity (folded), unless somebody has it. Whether it is new."""
    values: dict[str, object] = {
        "value": value,
        "customer": customer_id,
        "by": by_id,
        "now": tx.execute(select(db_now())).scalar_one(),
    }
    if kind is IdentityKind.MAIL or (kind is IdentityKind.MALL and "@" in value):
        return tx.execute(text(_ADDRESS), values).first() is not None
    tail = value[::-1] if kind is IdentityKind.PHONE else ""
    values |= {"kind": kind.value, "shown": written, "tail": tail, "source": source}
    return tx.execute(text(_OTHER), values).first() is not None


def remove(tx: Connection, kind: IdentityKind, value: str, members: Sequence[int]) -> Identity | None:
    """Take away what somebody added by hand; what mail brought stays. Returns what it was."""
    known = of_customers(tx, members)
    found = next((i for i in known if (i.kind, i.value) == (kind, value) and i.by_hand), None)
    if found is None:
        return None
    if "@" in value and kind in (IdentityKind.MAIL, IdentityKind.MALL):
        where = (customer_address.c.address == value, customer_address.c.added_at.is_not(None))
        gone = tx.execute(delete(customer_address).where(*where).returning(customer_address.c.customer_id))
    else:
        gone = tx.execute(
            delete(identity)
            .where(identity.c.kind == kind.value, identity.c.value == value)
            .returning(identity.c.customer_id)
        )
    return found if gone.first() is not None else None


def put_back(tx: Connection, found: Identity, by_id: int) -> bool:
    """Undo :func:`remove`. Whether it could be."""
    return add(tx, found.kind, found.value, found.shown, found.customer_id, by_id, found.source)
