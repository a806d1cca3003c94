"""The names that queries use and only a desk knows: labels, shops, people, fields of customers.

A name that nothing has is a slip, and so is a value that a field cannot have: it would find nothing, and nobody would
know why.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from sqlalchemy import Connection, or_, select

from maildesk.domain.customer import CustomerField, FieldType, fold_name, read_value
from maildesk.domain.query import Node, QueryError, Term, terms
from maildesk.store import customers, labels
from maildesk.store.tables import agent, customer_value, mailbox

MOST = 12
"""Names that are told."""


def check(tx: Connection, query: Node) -> None:
    """Raises QueryError for the first name that there is not, or value that cannot be, with the nearest."""
    for term in terms(query, negated=True):
        if term.key in _KNOWN:
            for value in term.values:
                _check(tx, term, value.partition("=")[0] if term.key == "field" else value)
                if term.key == "field":
                    _check_value(tx, term, value)


def _check(tx: Connection, term: Term, name: str) -> None:
    is_there, names = _KNOWN[term.key]
    if is_there(tx, name):
        return
    known = tuple(dict.fromkeys(names(tx)))
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1, 0.0)
    if not near:
        raise QueryError("query_unknown_none", term.at, len(name), name=term.key, value=name)
    told = ", ".join(known[:MOST])
    nearest = folded[near[0]]
    raise QueryError(
        "query_unknown", term.at, len(name), name=term.key, value=name, nearest=nearest, known=told
    )


def _is_shop(tx: Connection, name: str) -> bool:
    named = or_(mailbox.c.short_name == name, mailbox.c.name == name, mailbox.c.address == name)
    return tx.execute(select(mailbox.c.id).where(named)).first() is not None


def _shops(tx: Connection) -> Iterable[str]:
    rows = tx.execute(select(mailbox.c.short_name, mailbox.c.name).order_by(mailbox.c.id)).all()
    return chain((row.short_name for row in rows), (row.name for row in rows))


def _is_person(tx: Connection, name: str) -> bool:
    if name in ("me", "none"):
        return True
    named = or_(agent.c.login == name, agent.c.name == name)
    return tx.execute(select(agent.c.id).where(named)).first() is not None


def _people(tx: Connection) -> Iterable[str]:
    rows = tx.execute(select(agent.c.login, agent.c.name).order_by(agent.c.id)).all()
    return chain((row.login for row in rows), (row.name for row in rows))


def field_of(tx: Connection, name: str) -> CustomerField | None:
    """The field of that name or label, whatever its case and width; None where there is none."""
    wanted = fold_name(name)
    return next((f for f in customers.fields(tx) if wanted in (fold_name(f.name), fold_name(f.label))), None)


def _is_field(tx: Connection, name: str) -> bool:
    return field_of(tx, name) is not None


def _fields(tx: Connection) -> Iterable[str]:
    known = customers.fields(tx)
    return chain((one.name for one in known), (one.label for one in known))


def _check_value(tx: Connection, term: Term, written: str) -> None:
    """Raises QueryError for a value that the field cannot hold. A choice that the desk has no more, and that is still
    said of somebody, can be asked for."""
    name, _, value = written.partition("=")
    described = field_of(tx, name)
    if described is None or described.type is FieldType.TEXT or read_value(described, value) is not None:
        return
    if described.type is FieldType.CHOICE:
        same = customer_value.c.field == described.name, customer_value.c.value == value
        if tx.execute(select(customer_value.c.customer_id).where(*same)).first() is not None:
            return
        folded = {fold_name(choice): choice for choice in described.choices}
        near = difflib.get_close_matches(fold_name(value), folded, 1, 0.0)
        raise QueryError(
            "query_value",
            term.at,
            len(written),
            name=term.key,
            value=written,
            nearest=f"{name}={folded[near[0]] if near else ''}",
            known=", ".join(f"{name}={choice}" for choice in described.choices),
        )
    key = "query_field_date" if described.type is FieldType.DATE else "query_field_number"
    raise QueryError(key, term.at, len(written), name=name, value=value)


_KNOWN: Mapping[str, tuple[Callable[[Connection, str], bool], Callable[[Connection], Iterable[str]]]] = {
    "label": (labels.is_known, labels.known),
    "shop": (_is_shop, _shops),
    "assignee": (_is_person, _people),
    "field": (_is_field, _fields),
}
"""By key: whether there is such a name, and which there are."""
