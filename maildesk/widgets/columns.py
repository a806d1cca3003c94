"""Which columns a list of conversations has, and how wide they are, for a width in cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

NARROW = 92
"""Below this many cells the shop column goes and the others shrink."""

ColumnName = Literal["number", "sender", "subject", "flags", "priority", "shop", "assignee", "time"]

NUMBER = 6
"""Cells that a number takes, ``#`` and all; more where there are longer ones."""

EDGE = 4
"""Cells before the first column: cursor, selection, unread, a blank."""

_NORMAL: tuple[tuple[ColumnName, int], ...] = (
    ("number", NUMBER),
    ("sender", 16),
    ("subject", 0),
    ("flags", 4),
    ("priority", 6),
    ("shop", 6),
    ("assignee", 8),
    ("time", 7),
)
_NARROW: tuple[tuple[ColumnName, int], ...] = (
    ("number", NUMBER),
    ("sender", 12),
    ("subject", 0),
    ("flags", 4),
    ("priority", 6),
    ("assignee", 7),
    ("time", 6),
)
_TINY: tuple[tuple[ColumnName, int], ...] = (
    ("number", NUMBER),
    ("sender", 8),
    ("subject", 0),
    ("priority", 6),
)
_FIRST_OF_TWO: tuple[tuple[ColumnName, int], ...] = (
    ("number", NUMBER),
    ("sender", 0),
    ("priority", 6),
    ("shop", 5),
    ("assignee", 8),
    ("time", 6),
)
_FIRST_OF_TWO_NARROW: tuple[tuple[ColumnName, int], ...] = (
    ("number", NUMBER),
    ("sender", 0),
    ("priority", 6),
    ("time", 6),
)
_SECOND_OF_TWO: tuple[tuple[ColumnName, int], ...] = (("subject", 0), ("flags", 4))
_SECOND_OF_TWO_NARROW: tuple[tuple[ColumnName, int], ...] = (("subject", 0), ("flags", 4), ("assignee", 7))


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it starts and how wide it is, in cells."""

    name: ColumnName
    start: int
    width: int


Lines = tuple[tuple[Column, ...], ...]


def _lay_out(
    table: tuple[tuple[ColumnName, int], ...], width: int, left: int, number: int
) -> tuple[Column, ...]:
    table = tuple((name, number if name == "number" else size) for name, size in table)
    fixed = sum(size for _, size in table) + len(table) - 1
    flexible = max(width - left - fixed, 0)
    left = min(left, width)
    columns = []
    for name, size in table:
        size = min(size or flexible, max(width - left, 0))
        columns.append(Column(name, left, size))
        left = min(left + size + 1, width)
    return tuple(columns)


@lru_cache(64)
def columns_for(width: int, two_lines: bool = False, number: int = NUMBER) -> Lines:
    """The columns of each line of a row in a list of ``width`` cells, from left to right; between two of them
    is one blank."""
    if two_lines:
        if width < 54:
            return (
                _lay_out(_FIRST_OF_TWO_NARROW, width, EDGE, number),
                _lay_out(_SECOND_OF_TWO_NARROW, width, EDGE, number),
            )
        return (
            _lay_out(_FIRST_OF_TWO, width, EDGE, number),
            _lay_out(_SECOND_OF_TWO, width, EDGE + number + 1, number),
        )
    if width < 60:
        return (_lay_out(_TINY, width, EDGE, number),)
    return (_lay_out(_NARROW if width < NARROW else _NORMAL, width, EDGE, number),)
