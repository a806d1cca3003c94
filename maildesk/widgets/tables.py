"""Tables in a text, ``商品 │ 数``, laid out anew for the width there is. Whoever makes them (the reader of HTML) writes
each row on a line; where that line is too long, cells are wrapped, and a table that has no room for its columns becomes
a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from maildesk.domain.safetext import SafeText
from maildesk.widgets.wrap import fit, wrap

BAR = " │ "
_EDGE = "│"
_NARROWEST = 6
"""Cells that a column needs at least, unless what is in it is shorter."""
_MOST_ROWS = 2_000


def wrap_text(text: SafeText, width: int) -> list[SafeText]:
    """``text`` in lines of at most ``width`` cells like :func:`~maildesk.widgets.wrap.wrap`, its tables as tables."""
    if _EDGE not in text:
        return wrap(text, width)
    lines: list[SafeText] = []
    table: list[str] = []
    for line in text.split("\n"):
        if _EDGE in line or (table and _is_rule(line)):
            if table and len(_cells(line)) != len(_cells(table[0])) and not _is_rule(line):
                lines += _laid_out(table, width)
                table = []
            table.append(line)
            continue
        lines += _laid_out(table, width)
        table = []
        lines += wrap(SafeText(line), width)
    return lines + _laid_out(table, width)


def rows_of(rows: Sequence[Sequence[str]]) -> SafeText:
    """Rows of cells (already safe, without line ends) as the text of a table; short rows are filled up."""
    count = max(map(len, rows), default=0)
    padded = [[*row, *[""] * (count - len(row))] for row in rows]
    clean = [[cell.replace(_EDGE, "|") for cell in row] for row in padded]
    return SafeText("\n".join(BAR.join(row) if count > 1 else "".join(row) for row in clean))


def _is_rule(line: str) -> bool:
    return bool(line) and not line.strip("─┼ ")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("┼" if _is_rule(line) else _EDGE)]


def _laid_out(table: Sequence[str], width: int) -> list[SafeText]:
    """The lines of a table."""
    if not table:
        return []
    if len(table) > _MOST_ROWS or len(table) == 1:
        return wrap(SafeText("\n".join(table)), width)
    rows = [None if _is_rule(line) else _cells(line) for line in table]
    bodies = [row for row in rows if row is not None]
    if not bodies:
        return wrap(SafeText("\n".join(table)), width)
    natural = [max(map(cell_len, column)) for column in zip(*bodies, strict=True)]
    room = width - len(BAR) * (len(natural) - 1)
    widths = _shares(natural, room)
    if widths is None:
        return list(_listed(rows, width))
    lines: list[SafeText] = []
    for row in rows:
        if row is None:
            lines.append(SafeText("─┼─".join("─" * size for size in widths)))
            continue
        cells = [wrap(SafeText(cell), max(size, 2)) for cell, size in zip(row, widths, strict=True)]
        for place in range(max(map(len, cells))):
            parts = (
                fit(SafeText(cell[place].rstrip()) if place < len(cell) else SafeText(""), size)
                for cell, size in zip(cells, widths, strict=True)
            )
            lines.append(SafeText(BAR.join(parts).rstrip()))
    return lines


def _shares(natural: Sequence[int], room: int) -> list[int] | None:
    """The widths of columns in ``room`` cells: short ones keep theirs, long ones share what is left. None: no room."""
    if sum(natural) <= room:
        return list(natural)
    least = [min(size, _NARROWEST) for size in natural]
    if sum(least) > room:
        return None
    widths = [0] * len(natural)
    left, open_ = room, sorted(range(len(natural)), key=lambda column: natural[column])
    while open_:
        column = open_.pop(0)
        widths[column] = min(natural[column], max(left // (len(open_) + 1), least[column]))
        left -= widths[column]
    return widths


def _listed(rows: Sequence[Sequence[str] | None], width: int) -> Iterator[SafeText]:
    """A table without room for its columns: each row a block, each cell on a line under its title."""
    headed = len(rows) > 2 and rows[1] is None
    titles = rows[0] if headed else None
    for row in rows[2:] if headed else rows:
        if row is None:
            continue
        for place, cell in enumerate(row):
            if cell:
                title = f"{titles[place]}: " if titles and titles[place] else ""
                yield from wrap(SafeText(("・" if not place else "  ") + title + cell), width)
