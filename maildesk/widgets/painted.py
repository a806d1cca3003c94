"""What the terminal shows already is not written again.

Textual writes every line of what was refreshed, also where it looks as before: a list that is read again after each
change of a colleague would send the whole screen each time, which a slow line feels.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import get_character_cell_size, split_graphemes
from rich.console import Console
from rich.control import Control
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

Piece = tuple[int, int, Strip]
"""A part of a line: the line and the cell where it begins, both from 0, and what stands there."""
Cell = tuple[str, Style | None]
"""A character and its look; '' in the second cell of a wide one."""


class Painted:
    """What every cell shows, as far as it was written here."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}
        self._size = Size(0, 0)
        self._looks: dict[Style | None, tuple[Style | None, Style | None]] = {}
        """Each look once, for letters and for blanks: cells are compared by the thousand."""

    def forget(self) -> None:
        """Something else has written to the terminal, or it was cleared."""
        self._lines.clear()
        self._looks.clear()

    def begin_whole(self, size: Size) -> None:
        """All of a screen is about to be written. Where it has another size than the last one, what is known is not to
        be trusted: it may have been written for a terminal that was smaller by then."""
        if size != self._size:
            self._size = size
            self.forget()

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
        cells = self._cells(strip)
        line = self._lines.setdefault(y, [])
        end = x + len(cells)
        line.extend([None] * (end - len(line)))
        if line[x:end] == cells:
            return False
        for edge, lost in ((x, x - 1), (end, end)):
            cell = line[edge] if edge < len(line) else None
            if cell is not None and not cell[0]:
                line[lost] = None  # half of a wide character is left: nobody knows how it looks
        line[x:end] = cells
        return True

    def _cells(self, strip: Strip) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, _ in strip:
            look, blank = self._looks.get(style) or self._looks.setdefault(style, (style, _of_blanks(style)))
            if text.isascii():
                cells += [(letter, blank if letter == " " else look) for letter in text]
                continue
            for letter, width in _letters(text):
                if width:
                    cells += [(letter, blank if letter == " " else look), *[("", look)] * (width - 1)]
                elif cells:
                    last = next(at for at in range(len(cells) - 1, -1, -1) if cells[at][0])
                    cells[last] = cells[last][0] + letter, cells[last][1]
        return cells


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """What stands together, and on how many cells: as :func:`rich.cells.cell_len` measures it."""
    if "\u200d" in text or "\ufe0f" in text:  # joined signs, and those drawn as pictures
        return ((text[start:end], width) for start, end, width in split_graphemes(text)[0])
    return ((letter, get_character_cell_size(letter)) for letter in text)


def _of_blanks(style: Style | None) -> Style | None:
    """What is seen of a look where nothing is written in it."""
    if (
        style is None
        or style.underline
        or style.underline2
        or style.strike
        or style.reverse
        or style.overline
    ):
        return style
    return Style(bgcolor=style.bgcolor)


class _Changes(CompositorUpdate):
    """What of an update has to be written. It is found out when it is, and only then."""

    def __init__(self, painted: Painted, update: ChopsUpdate | LayoutUpdate) -> None:
        self._painted = painted
        self._update = update

    def render_segments(self, console: Console) -> str:
        """Textual: as control sequences and text."""
        update = self._update
        if isinstance(update, LayoutUpdate):
            self._painted.begin_whole(update.region.size)
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
