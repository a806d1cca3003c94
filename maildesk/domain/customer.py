"""A customer: by what he is known, who may be the same person, and the fields that a desk keeps of its own."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from maildesk.domain.address import address_key, is_valid
from maildesk.domain.phone import normalise

MALL_DOMAINS = frozenset(
    {
        "pc.fw.rakuten.ne.jp",
        "mb.fw.rakuten.ne.jp",
        "fw.rakuten.ne.jp",
        "marketplace.amazon.co.jp",
        "marketplace.amazon.com",
    }
)
"""Domains of addresses that a mall gives a buyer for one shop, so that neither sees the other's own."""
LONGEST_VALUE = 500
"""Characters of an identity or of the value of a field."""


class IdentityKind(StrEnum):
    """By what a customer is known."""

    MAIL = "mail"
    PHONE = "phone"
    MEMBER = "member"
    MALL = "mall"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Identity:
    """One thing by which a customer is known. ``value`` is folded, ``shown`` as it was written. ``by_hand``: somebody
    added it, and it can be taken away; mail brought the others. ``customer_id`` is whose it is, of customers who are
    one person."""

    kind: IdentityKind
    value: str
    shown: str
    customer_id: int
    by_hand: bool = False
    added_by: str = ""
    added_at: datetime | None = None
    source: str = ""
    """By what it was added: ``hand``, ``phone`` (a telephone memo), ``command``; '' for mail."""


def kind_of_address(address: str) -> IdentityKind:
    """Whether a mail address is a person's own or a mall's alias for him."""
    domain = address_key(address).rpartition("@")[2]
    return IdentityKind.MALL if domain in MALL_DOMAINS else IdentityKind.MAIL


def fold_identity(kind: IdentityKind, text: str) -> str | None:
    """An identity for comparing; None for what cannot be one of that kind."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain or len(plain) > LONGEST_VALUE or any(unicodedata.category(c)[0] == "C" for c in plain):
        return None
    if kind is IdentityKind.PHONE:
        return normalise(text)
    if kind is IdentityKind.MAIL:
        return address_key(plain) if is_valid(plain) else None
    return plain.casefold().replace(" ", "")


def kind_typed(text: str) -> IdentityKind | None:
    """What somebody typed without saying what it is: an address or a telephone number; None for neither."""
    if "@" in text and fold_identity(IdentityKind.MAIL, text) is not None:
        return IdentityKind.MAIL
    return IdentityKind.PHONE if normalise(text) is not None else None


# ---- who may be the same


class Reason(StrEnum):
    """Why two customers of one name may be one person."""

    PHONE = "phone"
    ORDER = "order"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class MaybeSame:
    """A customer of the same name who may be the same person; ``reason`` and ``detail`` (the number, the order, the
    address) say why. Nobody is merged because of it."""

    customer_id: int
    name: str
    reason: Reason
    detail: str


_HONORIFICS = re.compile(r"(?:様|さま|さん|殿|御中)$")


def fold_name(name: str) -> str:
    """A name for comparing: without blanks, width and case, and without 様."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return _HONORIFICS.sub("", plain)


def similar_addresses(one: str, other: str) -> bool:
    """Whether two addresses look like one person's: the same local part elsewhere, or one that differs in little."""
    first, _, first_domain = address_key(one).rpartition("@")
    second, _, second_domain = address_key(other).rpartition("@")
    if len(first) < 4 or len(second) < 4 or (first, first_domain) == (second, second_domain):
        return False
    plain = [re.sub(r"[._+-]", "", local) for local in (first, second)]
    if plain[0] == plain[1]:
        return True
    return difflib.SequenceMatcher(None, plain[0], plain[1]).ratio() >= 0.85


# ---- fields of the desk's own


class FieldType(StrEnum):
    """What the value of a field is."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class CustomerField:
    """A field that a desk keeps of its customers: ``name`` for templates and commands, ``label`` for people."""

    name: str
    label: str
    type: FieldType
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field with what it says of a customer; '' where it says nothing."""

    field: CustomerField
    value: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


def is_field_name(name: str) -> bool:
    """Whether a field can have this name: templates write it as a variable."""
    return re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) is not None


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def read_value(described: CustomerField, text: str) -> str | None:
    """What somebody typed as it is kept: a number in plain digits, a date as ``2026-11-21``, a choice as it is spelt in
    the configuration. '' for nothing, None for what this field cannot hold."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return ""
    match described.type:
        case FieldType.NUMBER:
            try:
                number = Decimal(plain.replace(",", ""))
            except InvalidOperation:
                return None
            small = number.is_finite() and -30 < number.adjusted() < 30
            return f"{number:f}" if small else None
        case FieldType.DATE:
            found = _DATE.fullmatch(plain)
            try:
                return date(*map(int, found.groups())).isoformat() if found else None
            except ValueError:
                return None
        case FieldType.CHOICE:
            return next((c for c in described.choices if fold_name(c) == fold_name(plain)), None)
        case _:
            line = " ".join(text.split())
            return line if len(line) <= LONGEST_VALUE else None


# ---- a customer


@dataclass(frozen=True, slots=True)
class MergedCustomer:
    """A customer who was merged into another: who did it, and when."""

    id: int
    into_id: int
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """All that is known of a person. ``id`` is the customer into whom the others were merged, ``members`` all of them,
    this one first."""

    id: int
    name: str
    reading: str
    members: tuple[int, ...]
    identities: tuple[Identity, ...] = ()
    fields: tuple[FieldValue, ...] = ()
    merged: tuple[MergedCustomer, ...] = ()

    def of_kind(self, kind: IdentityKind) -> tuple[Identity, ...]:
        """What is known of one kind."""
        return tuple(found for found in self.identities if found.kind is kind)


@dataclass(frozen=True, slots=True)
class CustomerHit:
    """A customer who was found: by ``found`` (the name, the number, the address that fits)."""

    id: int
    name: str
    reading: str
    found: str
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerUndo:
    """Hand this back to take an act on a customer back. ``act`` is what was done (``merged``, ``unmerged``, ``field``,
    ``name``, ``identity``, ``identity-removed``, ``call``), ``before`` what was there."""

    act: str
    customer_id: int
    before: dict[str, object] = field(default_factory=dict)
    event: int = 0


@dataclass(frozen=True, slots=True)
class MergeRefused:
    """Nothing was merged: ``customer_id`` was merged into ``into_id`` by ``by`` before."""

    customer_id: int
    into_id: int
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """How the customer is now, and how to take it back."""

    card: CustomerCard
    undo: CustomerUndo
