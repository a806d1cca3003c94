"""Senders whose mail is spam: single addresses and whole domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, or_, select, text

from maildesk.domain.address import address_key
from maildesk.domain.conversation import Blocked
from maildesk.domain.spam import domain_of
from maildesk.store import events
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.tables import agent, blocked, conversation, customer_address

_CHUNK = 400


def among(tx: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the senders, by their keys, who are blocked: themselves or with their domain."""
    wanted = sorted(set(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        forms = {*some, *map(domain_of, some)}
        found.update(tx.execute(select(blocked.c.address).where(blocked.c.address.in_(forms))).scalars())
    return frozenset(key for key in wanted if key in found or domain_of(key) in found)


def add(tx: Connection, who: Actor, addresses: Sequence[str]) -> tuple[str, ...]:
    """Block addresses, folded already. Those that were not blocked before."""
    new = []
    for address in dict.fromkeys(addresses):
        row = tx.execute(
            text(
                "INSERT INTO blocked (address, by_id, at) VALUES (:a, :b, :t) "
                "ON CONFLICT DO NOTHING RETURNING address"
            ),
            {"a": address, "b": who.id, "t": tx.execute(select(db_now())).scalar_one()},
        ).first()
        if row is not None:
            new.append(address)
    if new:
        events.record(tx, who, "blocked", None, detail={"addresses": new})
    return tuple(new)


def remove(tx: Connection, who: Actor, addresses: Iterable[str]) -> tuple[str, ...]:
    """Unblock. Those that were blocked."""
    done = blocked.delete().where(blocked.c.address.in_(list(addresses))).returning(blocked.c.address)
    gone = tuple(sorted(tx.execute(done).scalars()))
    if gone:
        events.record(tx, who, "unblocked", None, detail={"addresses": list(gone)})
    return gone


def forms(tx: Connection, conversation_ids: Sequence[int]) -> frozenset[str]:
    """All by which the senders of conversations can be blocked."""
    rows = tx.execute(
        select(conversation.c.customer_address).where(conversation.c.id.in_(list(conversation_ids)))
    )
    keys = {address_key(address) for address in rows.scalars()} - {""}
    return frozenset(keys | {domain_of(key) for key in keys})


def others(tx: Connection, domains: Iterable[str], senders: Sequence[str]) -> int:
    """How many other people than ``senders`` have written from ``domains`` (with their ``@``)."""
    address = customer_address.c.address
    at_one = or_(*(address.endswith(domain, autoescape=True) for domain in domains))
    people = select(func.count(customer_address.c.customer_id.distinct())).where(
        at_one, address.not_in(senders)
    )
    return tx.execute(people).scalar_one()


def listed(tx: Connection) -> tuple[Blocked, ...]:
    """Who is blocked, since when and by whom, the newest first."""
    rows = tx.execute(
        select(blocked.c.address, blocked.c.at, agent.c.name)
        .join(agent, agent.c.id == blocked.c.by_id)
        .order_by(blocked.c.at.desc(), blocked.c.address)
    )
    return tuple(Blocked(row.address, row.name, row.at) for row in rows)
