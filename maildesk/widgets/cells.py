"""How many cells a character takes (``ui.ambiguous``), and pictures put together without cutting wide ones in two.

Unicode leaves open how wide some hundred characters are (East Asian Width A, UAX #11: ①, ※, …, α, é): terminals draw
them on one cell, or on two where they are set up for the fonts of East Asia. Everything that is drawn is measured by
:mod:`rich.cells`, the text that is typed as well, so that its table is the one place where the width is decided.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Final, Literal

import rich.cells
import rich.segment
from rich._unicode_data import load
from rich.cells import CellTable

Ambiguous = Literal["narrow", "wide"]

_SINGLE: Final = rich.cells._SINGLE_CELLS
_RANGES: Final = ((0xA1, 0x10000), (0x1F100, 0x1F1AE))
"""Where such characters are; the private planes, in which no font agrees with another, are left out."""
_SOFT_HYPHEN: Final = "\u00ad"
_present: Ambiguous = "narrow"


def ambiguous(but: Collection[int] = ()) -> frozenset[str]:
    """The characters of ambiguous width that take a cell, without the code points of ``but``."""
    table = load("auto").widths
    fixed = {point for start, end, _ in table if end < 0x20000 for point in range(start, end + 1)}
    return frozenset(
        char
        for first, last in _RANGES
        for point in range(first, last)
        if point not in fixed
        and point not in but
        and unicodedata.east_asian_width(char := chr(point)) == "A"
        and char != _SOFT_HYPHEN
    )


def measure(width: Ambiguous, drawn_otherwise: Collection[int] = ()) -> None:
    """Count ambiguous characters as ``width`` from now on, in the whole process, but for those that something else is
    drawn for (:mod:`maildesk.widgets.glyphs`), which stay on one cell. Does nothing where it is so already."""
    global _present
    if width == _present == "narrow":
        return
    _present = width
    wide = ambiguous(drawn_otherwise) if width == "wide" else frozenset()
    table = load("auto")
    if wide:
        widths = sorted([*table.widths, *((first, last, 2) for first, last in _runs(wide))])
        table = CellTable(table.unicode_version, widths, table.narrow_to_wide - wide)
    single = (_SINGLE - wide).issuperset
    setattr(rich.cells, "load_cell_table", (lambda version="auto": table) if wide else load)  # noqa: B010
    for module in (rich.cells, rich.segment):
        setattr(module, "_is_single_cell_widths", single)  # noqa: B010
    rich.cells.get_character_cell_size.cache_clear()
    rich.cells.cached_cell_len.cache_clear()
    rich.segment.Segment._split_cells.cache_clear()


def _runs(chars: Collection[str]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of code points."""
    points = sorted(map(ord, chars))
    for _, run in groupby(enumerate(points), lambda pair: pair[1] - pair[0]):
        found = [point for _, point in run]
        yield found[0], found[-1]
