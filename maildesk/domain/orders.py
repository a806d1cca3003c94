"""Order numbers in the text of a mail.

Shops of a mall get their numbers from the mall, and customers write them with full-width digits and every
dash that a keyboard has. A shop's own numbers are described by a *shape*, not by a regular expression, so
that no setting can make the search slow: ``#`` is a digit, ``@`` a letter, everything else stands for
itself (``OC-######``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ー─━ｰ"), "-")
_BEFORE, _AFTER = r"(?<![0-9A-Za-z-])", r"(?![0-9A-Za-z]|-[0-9A-Za-z])"
_MALLS = (
    r"[0-9]{6}-[0-9]{8}-[0-9]{7,10}",  # Rakuten: shop, day, sequence
    r"[0-9]{3}-[0-9]{7}-[0-9]{7}",  # Amazon
    r"[A-Za-z][0-9A-Za-z]{1,29}(?:-[0-9A-Za-z]{1,20}){0,2}-"  # Yahoo: store, number that is no date
    r"(?!(?:19|20)[0-9]{2}[01][0-9][0-3][0-9](?![0-9]))[0-9]{8}",
)
_LONGEST = 200_000
_PLACE = "{order}"


def _shape(pattern: str) -> str:
    return "".join("[0-9]" if c == "#" else "[A-Za-z]" if c == "@" else re.escape(c) for c in pattern)


@lru_cache(maxsize=64)
def _finder(patterns: tuple[str, ...]) -> re.Pattern[str]:
    shapes = [_shape(_plain(pattern)) for pattern in patterns if "#" in pattern]
    return re.compile(f"{_BEFORE}(?:{'|'.join([*shapes, *_MALLS])}){_AFTER}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def order_numbers(text: str, patterns: Sequence[str] = ()) -> tuple[str, ...]:
    """The order numbers in ``text`` in order of appearance, each once, in plain ASCII digits and dashes.

    Knows the forms of Rakuten (``123456-20261121-0012345678``), Yahoo (``store-10028841``) and Amazon
    (``503-1234567-1234567``); ``patterns`` are the shapes of the shop's own numbers and win over these. A
    name with a date (``photo-20261121``) is no order number. Reads the first 200,000 characters.
    """
    found = _finder(tuple(patterns)).findall(_plain(text[:_LONGEST]))
    return tuple(dict.fromkeys(found))


def is_order_url(text: str) -> bool:
    """Whether ``text`` is where a shop's orders are looked up: an address of the web with ``{order}`` in it."""
    is_web = text.lower().startswith(("https://", "http://"))
    return is_web and _PLACE in text and text.isprintable() and " " not in text


def order_page(url: str, number: str) -> str:
    """The address at which an order is looked up, its number percent-encoded (RFC 3986): it came from a mail."""
    return url.replace(_PLACE, quote(number, safe=""))
