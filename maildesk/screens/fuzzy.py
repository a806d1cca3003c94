"""Finding things by a few letters, in Japanese too: すず, スズ and suzu find 鈴木 by its reading, カンリョウ and
kanryou find かんりょう."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from maildesk.domain.kana import hiragana, spelled

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """Something that can be picked. ``label`` is shown, ``note`` beside it in a softer tone.

    ``also`` are other texts by which it is found: readings, the other language, a login.
    """

    value: Value
    label: str
    note: str = ""
    also: tuple[str, ...] = ()
    marked: bool = False


@lru_cache(8192)
def fold(text: str) -> str:
    """``text`` for comparing: NFKC, case folded, katakana as hiragana, without blanks and middle dots."""
    folded = []
    for char in hiragana(unicodedata.normalize("NFKC", text).casefold()):
        if not char.isspace() and char != "・":
            folded.append(char)
    return "".join(folded)


def score(query: str, text: str) -> int:
    """How well folded ``query`` fits folded ``text``: 0 not at all; whole runs before scattered letters, starts before
    middles."""
    if not query:
        return 1
    at = text.find(query)
    if at >= 0:
        return 1000 - min(at, 400) + (300 if len(text) == len(query) else 0)
    position, gaps = -1, 0
    for char in query:
        following = text.find(char, position + 1)
        if following < 0:
            return 0
        if position >= 0:
            gaps += following - position - 1
        position = following
    return max(1, 300 - 10 * gaps)


def _sounds(part: str, text: str) -> int:
    """How well a folded part of a query fits ``text`` as it is spoken, 0 not at all."""
    at = text.find(part)
    return 0 if at < 0 else 900 - min(at, 400) + (200 if len(text) == len(part) else 0)


def exactly(query: str, choice: Choice[Value]) -> bool:
    """Whether ``query`` is one of the texts of a choice, in whatever spelling."""
    wanted = fold(query)
    return any(
        wanted == fold(text) or spelled(wanted) == spelled(fold(text))
        for text in (choice.label, choice.note, *choice.also)
        if text
    )


def best(query: str, choices: Iterable[Choice[Value]]) -> Sequence[Choice[Value]]:
    """The choices that fit, best first; all in their order when ``query`` is empty. Each word of the query must fit."""
    parts = [fold(part) for part in query.split() if fold(part)]
    if not parts:
        return list(choices)
    found = []
    for place, choice in enumerate(choices):
        texts = [fold(text) for text in (choice.label, choice.note, *choice.also)]
        spoken = [spelled(text) for text in texts]
        scores = [
            max(
                max(score(part, text) for text in texts),
                max(_sounds(spelled(part), text) for text in spoken),
            )
            for part in parts
        ]
        if all(scores):
            found.append((-sum(scores), place, choice))
    found.sort(key=lambda entry: entry[:2])
    return [choice for _, _, choice in found]
