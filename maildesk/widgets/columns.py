"""Which columns a list of conversations has, and how wide they are, for a width in cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

NARROW = 92
"""Below this many cells the shop column goes and the others shrink."""

ColumnName = Literal[
    "due", "number", "state", "sender", "subject", "flags", "priority", "shop", "assignee", "time"
]

TWO_NARROW = 54
"""Below this many cells the time left takes the place of the date."""
NUMBER = 6
"""Cells that a number takes, ``#`` and all; more where there are longer ones."""

FLAGS, MOST_FLAGS = 4, 12
"""Cells of the flags, at least and at most: two kanji, and as many as there are."""
STATE = 2
"""Cells of the sign of a state."""
DUE = 7
"""Cells of the time left to a reply target."""
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


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rows of a list need: cells for the longest number and for the most flags, whether they stand in
    different states, so that each says its own, and whether one has a reply target; ``hidden`` are columns that nobody
    wants to see."""

    number: int = NUMBER
    flags: int = FLAGS
    state: bool = False
    due: bool = False
    hidden: frozenset[str] = frozenset()


def _sized(
    table: tuple[tuple[ColumnName, int], ...], width: int, needs: Needs
) -> tuple[tuple[ColumnName, int], ...]:
    """``table`` as the rows need it. Narrow lists keep the room for their subjects: the gravest flags come first."""
    flags = min(max(needs.flags, FLAGS), MOST_FLAGS if width >= 100 else MOST_FLAGS // 2)
    sizes = {"number": needs.number, "flags": flags}
    found: list[tuple[ColumnName, int]] = []
    narrow = width < TWO_NARROW
    due = needs.due and "due" not in needs.hidden
    for name, size in table:
        if name in needs.hidden:
            continue
        if name == "number" and due and not narrow:
            found.append(("due", DUE))
        if name == "time" and due and narrow:
            found.append(("due", DUE))
            continue
        found.append((name, sizes.get(name, size)))
        if name == "number" and needs.state:
            found.append(("state", STATE))
    return tuple(found)


def _lay_out(
    table: tuple[tuple[ColumnName, int], ...], width: int, left: int, needs: Needs
) -> tuple[Column, ...]:
    table = _sized(table, width, needs)
    fixed = sum(size for _, size in table) + len(table) - 1
    flexible = max(width - left - fixed, 0)
    left = min(left, width)
    columns = []
    for name, size in table:
        size = min(size or flexible, max(width - left, 0))
        columns.append(Column(name, left, size))
        left = min(left + size + 1, width)
    return tuple(columns)


NEEDS = Needs()


@lru_cache(64)
def columns_for(width: int, two_lines: bool = False, needs: Needs = NEEDS) -> Lines:
    """The columns of each line of a row in a list of ``width`` cells, from left to right; between two of them
    is one blank."""
    if two_lines:
        if width < TWO_NARROW:
            return (
                _lay_out(_FIRST_OF_TWO_NARROW, width, EDGE, needs),
                _lay_out(_SECOND_OF_TWO_NARROW, width, EDGE, needs),
            )
        due = needs.due and "due" not in needs.hidden
        return (
            _lay_out(_FIRST_OF_TWO, width, EDGE, needs),
            _lay_out(_SECOND_OF_TWO, width, EDGE + needs.number + 1 + (DUE + 1 if due else 0), needs),
        )
    if width < 60:
        return (_lay_out(_TINY, width, EDGE, needs),)
    return (_lay_out(_NARROW if width < NARROW else _NORMAL, width, EDGE, needs),)
