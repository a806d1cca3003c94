"""The subject of a row that was found, and beside it what stands around the words that were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

from maildesk.domain.query_text import Span
from maildesk.domain.safetext import SafeText
from maildesk.widgets.wrap import ELLIPSIS, cut, fit

HIT = "hit"
"""The look of words that were asked for."""
AROUND = "around"
"""The look of what stands around them."""
BETWEEN = SafeText(" › ")
TIGHT = 18
"""In fewer cells the words that were asked for come first: what stands behind them says more than what is before."""

Piece = tuple[SafeText, str]


class Lit(NamedTuple):
    """A text, and where in it the words are that were asked for."""

    text: SafeText
    spans: tuple[Span, ...] = ()


def pieces(given: Lit, shown: SafeText, look: str = "") -> list[Piece]:
    """``shown``, which is the text cut or filled up, with the words that were asked for in a look of their own."""
    kept = len(given.text) if shown.startswith(given.text) else max(len(shown.rstrip()) - 1, 0)
    found: list[Piece] = []
    at = 0
    for span in given.spans:
        end = min(span.end, kept)
        if span.start >= end:
            break
        found += [(SafeText(shown[at : span.start]), look), (SafeText(shown[span.start : end]), HIT)]
        at = end
    return [*((text, style) for text, style in found if text), (SafeText(shown[at:]), look)]


@lru_cache(256)
def beside(subject: Lit, around: Lit, width: int) -> Sequence[Piece]:
    """Both on exactly ``width`` cells. The subject keeps two fifths of them where not both have room, and the words
    that were asked for are always in sight."""
    room = width - cell_len(BETWEEN)
    own, other = cell_len(subject.text), cell_len(around.text)
    if own + other > room:
        own = min(own, max(room * 2 // 5, room - other))
    title = cut(subject.text, own)
    left = room - cell_len(title)  # a wide character may not have fitted
    if left < 6:
        return tuple(pieces(subject, fit(subject.text, width)))
    moved = _moved(around, left)
    return (
        *pieces(subject, title),
        (BETWEEN, AROUND),
        *pieces(moved, fit(moved.text, left), AROUND),
    )


def _moved(given: Lit, width: int) -> Lit:
    """The text from so far before the first hit that this has room."""
    if not given.spans or cell_len(given.text) <= width:
        return given
    first = given.spans[0]
    room = max(0, (width - cell_len(given.text[first.start : first.end])) // 3) if width >= TIGHT else 0
    start = first.start
    for place, size in _back(given.text, first.start):
        if size > room:
            break
        start = place
    if start <= 1:
        return given
    shift = start - len(ELLIPSIS)
    spans = tuple(Span(span.start - shift, span.end - shift) for span in given.spans)
    return Lit(SafeText(ELLIPSIS + given.text[start:]), spans)


def _back(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Places before ``end``, each with the cells from there; never one before a mark of the character there."""
    size = 0
    for place in range(end - 1, -1, -1):
        own = get_character_cell_size(text[place])
        size += own
        if own:
            yield place, size
