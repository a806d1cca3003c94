"""Addresses as they stand in the store: pairs of name and address in a JSON column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maildesk.domain.address import Address


def addresses_json(addresses: Iterable[Address]) -> list[list[str]]:
    """Addresses as they are written."""
    return [[a.name, a.address] for a in addresses]


def addresses_from(value: Any) -> tuple[Address, ...]:
    """The reverse of :func:`addresses_json`."""
    return tuple(Address(name, address) for name, address in value)
