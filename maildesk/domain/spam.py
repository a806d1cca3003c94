"""Whose mail may be spam by its sender alone."""

from __future__ import annotations

from collections.abc import Collection

from maildesk.domain.address import address_key
from maildesk.errors import MaildeskError

SHARED = frozenset(
    (
        *(
            "aol.com",
            "amazon.co.jp",
            "marketplace.amazon.co.jp",
            "fw.rakuten.ne.jp",
            "rakuten.co.jp",
            "rakuten.jp",
        ),
        *("auone.jp", "docomo.ne.jp", "ezweb.ne.jp", "i.softbank.jp", "softbank.ne.jp", "vodafone.ne.jp"),
        *("biglobe.ne.jp", "nifty.com", "ocn.ne.jp", "plala.or.jp", "so-net.ne.jp", "ybb.ne.jp", "zaq.ne.jp"),
        *("gmail.com", "googlemail.com", "gmx.de", "gmx.net", "icloud.com", "mac.com", "me.com", "mail.ru"),
        *("hotmail.co.jp", "hotmail.com", "live.jp", "msn.com", "outlook.com", "outlook.jp", "pobox.com"),
        *("proton.me", "protonmail.com", "yahoo.co.jp", "yahoo.com", "yahoo.ne.jp", "ymobile.ne.jp"),
    )
)
"""Domains under which many unrelated people write: to block one would lose customers."""


def domain_of(address: str) -> str:
    """The domain of an address with its ``@``, folded for comparison."""
    return "@" + address_key(address).rpartition("@")[2]


def may_block_domain(address: str, own: Collection[str]) -> bool:
    """Whether the whole domain of a sender may be blocked. ``own`` are the keys of our own addresses."""
    domain = domain_of(address)
    return (
        len(domain) > 1 and domain[1:] not in SHARED and all(domain_of(address) != domain for address in own)
    )


def blockable(what: str, own: Collection[str]) -> str:
    """An address or ``@domain`` to block, folded for comparison. Raises MaildeskError: not one, one of ours, or a
    domain that many share."""
    found = address_key(what.strip())
    name, at, domain = found.rpartition("@")
    if not at or not domain or any(char.isspace() for char in found) or "@" in name:
        raise MaildeskError("block_wrong", address=what[:60])
    if found in own or (not name and any(domain_of(address) == found for address in own)):
        raise MaildeskError("block_own", address=found)
    if not name and domain in SHARED:
        raise MaildeskError("block_shared", address=found)
    return found
