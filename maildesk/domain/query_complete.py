"""What may be meant by a query that is half typed: keys, and the values of a key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from maildesk.domain.query import ASSIGNEES, CLOSED, KEYS
from maildesk.domain.query_text import fold

_WORD = re.compile(r"[^\s()|]*$")


class Completion(NamedTuple):
    """``texts`` may stand in place of what begins at ``start`` and ends at the cursor, the likeliest first."""

    start: int
    texts: tuple[str, ...]


def complete(text: str, cursor: int, known: Mapping[str, Sequence[str]]) -> Completion:
    """What can go on from ``cursor``. ``known`` are the values in use by key (``label``, ``shop``, ``assignee``,
    ``field``)."""
    found = _WORD.search(text[:cursor])
    word = found[0] if found is not None else ""
    start = cursor - len(word)
    if word.startswith("-"):
        word, start = word[1:], start + 1
    name, colon, value = word.replace("\uff1a", ":").partition(":")
    if not colon:
        keys = [f"{one}:" for key, others in KEYS.items() for one in (key, *others) if word]
        return Completion(start, tuple(one for one in keys if one.startswith(word) and one != word))
    key = next((key for key, others in KEYS.items() if name.casefold() in (key, *others)), "")
    start += len(name) + 1
    if key in CLOSED or key in ("label", "shop", "assignee"):
        start, value = start + value.rfind(",") + 1, value.rpartition(",")[2]
    latin = name.isascii()
    values = [*_values(key, latin), *known.get(key, ())]
    if key == "field":  # each by its name and by its label: those in the language of the key first
        values.sort(key=lambda one: one.partition("=")[0].isascii() != latin)
    wanted = fold(value)
    fits = [one for one in values if fold(one).startswith(wanted) and one != value]
    return Completion(start, tuple(f'"{one}"' if " " in one else one for one in dict.fromkeys(fits)))


def _values(key: str, latin: bool) -> list[str]:
    """The values that a key knows itself, in the language of its name first."""
    closed = ASSIGNEES if key == "assignee" else CLOSED.get(key, {})
    english = list(closed)
    japanese = [other for others in closed.values() for other in others if not other.isascii()]
    return [*english, *japanese] if latin else [*japanese, *english]
