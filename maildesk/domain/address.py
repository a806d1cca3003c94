"""Mail addresses as values: a display name and an address, compared without regard to case.

The check is lenient on purpose. Japanese carriers handed out addresses such as ``foo..bar.@docomo.ne.jp`` for
years; they break RFC 5321 but exist, write to shops and must be answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_ADDRESS = 320
"""The longest address that is believed, in characters (RFC 3696: 64 before the ``@``, 255 after)."""

_LOCAL_REFUSED = re.compile(
    r"[\x00-\x20\x7f-\xa0<>\[\]:;,\\\"()\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_QUOTED_LOCAL = re.compile(r"\"(?:[ !#-\[\]-~]|\\[ -~])*\"")
_NEEDLESS_QUOTES = re.compile(r"\"([\w.+/=?-]+)\"@")
_DOMAIN = re.compile(r"(?:[^\W_]|[-_])+(?:\.(?:[^\W_]|[-_])+)*\.?")
_LITERAL = re.compile(r"\[[0-9A-Za-z:.]+\]")
_PLAIN_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\<>()\[\]:;@,]*")


@dataclass(frozen=True, slots=True)
class Address:
    """One mail address with the name its owner goes by (empty if he gave none).

    Both are text as decoded, not yet safe to show.
    """

    name: str
    address: str

    def display(self) -> str:
        """The address as people write it: ``name <address>`` or the bare address.

        The name stands in quotes where it would be ambiguous.
        """
        name = " ".join(self.name.split())
        if not name or name == self.address:
            return self.address
        if not _PLAIN_NAME.fullmatch(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.address}>" if self.address else name

    def key(self) -> str:
        """The address for comparing: case-folded, without blanks around it or a dot at the end."""
        return address_key(self.address)

    @property
    def domain(self) -> str:
        """The part after the last ``@``, case-folded; empty if there is none."""
        return self.key().rpartition("@")[2] if "@" in self.address else ""

    def wire(self) -> str:
        """The address as a mail header or envelope wants it: see :func:`wire`."""
        return wire(self.address)

    def valid(self) -> bool:
        """Whether mail can be sent there: see :func:`is_valid`."""
        return is_valid(self.address)


def address_key(address: str) -> str:
    """An address for comparing, as :meth:`Address.key` gives it."""
    return unquoted(address.strip()).casefold().rstrip(".")


def unquoted(address: str) -> str:
    """The one form of an address whose local part comes in quotes and without (``"a..b."@docomo.ne.jp``): without.
    Where the quotes mean something (a blank, a comma) they stay."""
    if address.startswith('"') and (match := _NEEDLESS_QUOTES.match(address)):
        return f"{match.group(1)}@{address[match.end() :]}"
    return address


def wire(address: str) -> str:
    """An address for headers and envelopes: a local part that RFC 5321 forbids bare (``a..b.``) in quotes."""
    local, at, domain = address.rpartition("@")
    if at and not local.startswith('"') and (".." in local or local.startswith(".") or local.endswith(".")):
        return f'"{local}"@{domain}'
    return address


def is_valid(address: str) -> bool:
    """Whether an address can be written into an envelope, leniently.

    It has one local part and one domain and no control, blank or header character. Dots at the end of the
    local part or beside each other are accepted (docomo, au), and so are letters beyond ASCII (RFC 6531).
    """
    if not address or len(address) > MAX_ADDRESS:
        return False
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        return False
    if not (_DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain)):
        return False
    if local.startswith('"'):
        return _QUOTED_LOCAL.fullmatch(local) is not None
    return "@" not in local and _LOCAL_REFUSED.search(local) is None


def unique(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """The addresses in their order, each :meth:`Address.key` once.

    The first one wins; entries without an address are left out.
    """
    seen: dict[str, Address] = {}
    for entry in addresses:
        key = entry.key()
        if key and key not in seen:
            seen[key] = entry
    return tuple(seen.values())
