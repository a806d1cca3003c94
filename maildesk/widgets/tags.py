"""Labels behind the subject of a row, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from maildesk.domain.safetext import SafeText
from maildesk.domain.status import Colour
from maildesk.widgets.wrap import cut, fit

LEAST, LEAST_BESIDE_ONE = 20, 12
"""Cells that a subject keeps, if it has so many: beside several labels, and beside one in a narrow list."""
LEAST_TAG = 8
"""Cells of the shortest label that is shown in part."""
WIDEST = 14
"""Cells of the longest name of a label that is shown."""


class Tag(NamedTuple):
    """A label as a row shows it."""

    name: SafeText
    colour: Colour = "grey"


def behind(subject: SafeText, tags: Sequence[Tag], width: int) -> list[tuple[SafeText, str]]:
    """``subject`` and as many labels as there is room for, on exactly ``width`` cells: pieces, each with the colour of
    its label, '' for what is none. ``+2`` says that so many labels are not shown."""
    names = [SafeText(f" [{cut(tag.name, WIDEST)}]") for tag in tags]
    size = cell_len(subject)
    shown = len(names)
    while shown and _cells(names[:shown], len(names) - shown) > width - min(LEAST, size):
        shown -= 1
    if not shown and tags:
        room = width - min(LEAST_BESIDE_ONE, size) - (len(f" +{len(tags) - 1}") if tags[1:] else 0)
        if room >= min(LEAST_TAG, cell_len(names[0])):  # better a part of its name than nothing
            names[0], shown = SafeText(f" [{cut(tags[0].name, min(room - 3, WIDEST))}]"), 1
    if not shown:
        return [(fit(subject, width), "")]
    more = SafeText(f" +{len(names) - shown}" if shown < len(names) else "")
    title = cut(subject, width - _cells(names[:shown], len(names) - shown))
    pieces = [(title, ""), *((name, tag.colour) for name, tag in zip(names[:shown], tags, strict=False))]
    left = width - sum(cell_len(text) for text, _ in pieces)
    return [*pieces, (fit(more, left), "")]


def _cells(names: Sequence[SafeText], hidden: int) -> int:
    return sum(map(cell_len, names)) + (len(f" +{hidden}") if hidden else 0)
