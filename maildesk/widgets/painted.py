"""What the terminal shows already is not written again.

Textual writes every line of what was refreshed, also where it looks as before: a list that is read again after each
change of a colleague would send the whole screen each time, which a slow line feels.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

Piece = tuple[int, int, Strip]
"""A part of a line: the line and the cell where it begins, both from 0, and what stands there."""


class Painted:
    """The pieces that were written last."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Strip]] = {}

    def forget(self) -> None:
        """Something else has written to the terminal, or it was cleared."""
        self._lines.clear()

    def changes(self, update: object) -> object:
        """``update``, written without what is there already. What is no update of pieces is written as it is."""
        if isinstance(update, ChopsUpdate | LayoutUpdate):
            return _Changes(self, update)
        if update is not None:
            self.forget()
        return update

    def is_new(self, piece: Piece) -> bool:
        """Whether a piece has to be written; it counts as written then."""
        y, x, strip = piece
        line = self._lines.setdefault(y, {})
        old = line.get(x)
        if old == strip:
            return False
        if old is None or old.cell_length != strip.cell_length:
            end = x + strip.cell_length
            for at in [at for at, other in line.items() if at < end and x < at + other.cell_length]:
                del line[at]
        line[x] = strip
        return True


class _Changes(CompositorUpdate):
    """What of an update has to be written. It is found out when it is, and only then."""

    def __init__(self, painted: Painted, update: ChopsUpdate | LayoutUpdate) -> None:
        self._painted = painted
        self._update = update

    def render_segments(self, console: Console) -> str:
        """Textual: as control sequences and text."""
        update = self._update
        parts = []
        for piece in _of_lines(update) if isinstance(update, LayoutUpdate) else _of_spans(update):
            if self._painted.is_new(piece):
                y, x, strip = piece
                parts += [Control.move_to(x, y).segment.text, strip.render(console)]
        return "".join(parts)


def _of_lines(update: LayoutUpdate) -> Iterator[Piece]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            if strip.cell_length:
                yield y, x, strip
                x += strip.cell_length


def _of_spans(update: ChopsUpdate) -> Iterator[Piece]:
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if strip is not None and x < last and end > first:
                cut = strip.crop(0, min(end, last) - x) if end > last else strip
                if cut.cell_length:
                    yield y, x, cut
