"""After how long what is done goes into the archive (書庫): out of the lists, never out of search or history."""

from __future__ import annotations

import re
import unicodedata

MONTH = 365.2425 / 12 * 86_400
"""Seconds of a month on the average."""
MOST_MONTHS = 600
OFF = 0
"""Nothing is ever archived."""

_LENGTH = re.compile(r"(\d{1,3})\s*(?:(months?|か月|ヶ月|ケ月|カ月|ヵ月)|(years?|年))", re.IGNORECASE)


def months_of(text: str) -> int | None:
    """``12 months``, ``1 year``, ``6か月``, ``2年`` in months, :data:`OFF` for ``off``; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.casefold() == "off":
        return OFF
    found = _LENGTH.fullmatch(plain)
    if found is None:
        return None
    months = int(found[1]) * (12 if found[3] else 1)
    return months if 0 < months <= MOST_MONTHS else None
