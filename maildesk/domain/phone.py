"""Telephone numbers as people write them, and the one form in which they are compared.

A number is written with half- or full-width digits and any dash, with the trunk prefix of Japan (``090-1234-5678``) or
its country code (``+81 90 …``, ``+81 (0)90 …``, ``0081 …``). It is kept as ITU-T E.164 writes it: ``+819012345678``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

COUNTRY = "81"
"""Whose numbers begin with 0 where no country is said."""
SHORTEST, LONGEST = 7, 15
"""Digits of a number with its country (E.164 6.2.1: at most 15)."""
_BETWEEN = re.compile(r"[\s()\[\]./·・‐‑‒–—―−ー─ｰ~-]+")
_EXTENSION = re.compile(r"(?:内線|ext\.?|x|#).*$", re.IGNORECASE)
_ABROAD = ("00", "010")
"""What is dialled for another country, by ITU-T E.164 and in Japan."""
_GROUPS = (
    (re.compile(r"0[5789]0"), (3, 4, 4)),
    (re.compile(r"0120|0570"), (4, 3, 3)),
    (re.compile(r"0[36]"), (2, 4, 4)),
    (re.compile(r"0"), (3, 3, 4)),
)


class CallState(StrEnum):
    """Whether something is still to be done after a call."""

    DONE = "done"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True)
class Call:
    """What a phone note has beside its text. ``number`` is as :func:`normalise` makes it, or as somebody wrote what is
    none; ``state_by`` who last said how it stands."""

    number: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    state: CallState = CallState.DONE
    state_by: str = ""

    @property
    def duration(self) -> timedelta | None:
        """How long it was; None where that was not measured."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(self.ended_at - self.started_at, timedelta())


@dataclass(frozen=True, slots=True)
class CallUndo:
    """Hand this back to take a change of a memo's state back."""

    note_id: int
    before: CallState
    now: CallState


def _digits(text: str) -> str | None:
    """Digits with a leading ``+`` where a country is said; None for what is no number."""
    plain = _EXTENSION.sub("", unicodedata.normalize("NFKC", text).strip())
    plain = _BETWEEN.sub("", plain.removeprefix("tel:"))
    if not re.fullmatch(r"\+?[0-9]+", plain):
        return None
    for prefix in _ABROAD:
        if plain.startswith(prefix):
            plain = f"+{plain[len(prefix) :]}"
            break
    if plain.startswith(f"+{COUNTRY}0"):
        return f"+{COUNTRY}{plain[len(COUNTRY) + 2 :]}"
    return f"+{COUNTRY}{plain[1:]}" if plain.startswith("0") else plain


def normalise(text: str) -> str | None:
    """A whole number as ``+819012345678``; None for what is none (too short, letters, no 0 and no ``+`` in front)."""
    found = _digits(text)
    if found is None or not found.startswith("+") or not SHORTEST <= len(found) - 1 <= LONGEST:
        return None
    return found


def patterns(text: str) -> tuple[str, str] | None:
    """What a number may begin with, and what it may end with read backwards, for what was typed of it so far; None
    where no digit was typed. The first is '' where it cannot be the beginning."""
    found = _digits(text)
    if found is None:
        return None
    begins = found if found.startswith("+") else ""
    typed = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
    return begins, typed[::-1]


def shown(number: str) -> str:
    """A number as people here write it: ``090-1234-5678``; one of another country with its code."""
    if not number.startswith(f"+{COUNTRY}"):
        return number
    local = f"0{number[len(COUNTRY) + 1 :]}"
    for begins, sizes in _GROUPS:
        if begins.match(local) and len(local) == sum(sizes):
            first, second, _ = sizes
            return f"{local[:first]}-{local[first : first + second]}-{local[first + second :]}"
    return local


_IN_TEXT = re.compile(r"(?<![0-9A-Za-z+-])(?:\+81|0)[0-9() -]{8,16}[0-9](?![0-9-])")


def numbers_in(text: str) -> frozenset[str]:
    """The numbers that a text names, as a signature does. Reads the first 20,000 characters."""
    plain = unicodedata.normalize("NFKC", text[:20_000])
    found = (normalise(match[0]) for match in _IN_TEXT.finditer(plain))
    return frozenset(number for number in found if number is not None)
