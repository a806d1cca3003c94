"""What is on a Textual screen, as an SVG in which every character stands in its cell.

Textual's own export leaves the place of characters to the font, and to ``textLength``, which not every program
obeys; with Japanese in it the columns drift. Here each run of characters has its place, wide characters have one
each, and lines and blocks are drawn as shapes, so that any font gives the same columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from rich.cells import cell_len, split_graphemes
from rich.color import blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.app import App

CELL, LINE, SIZE, MARGIN, TITLE = 10, 24, 20, 14, 34
"""Units of a cell's width and height, of the letters, of the frame and of its title bar."""

_FAMILY = (
    "'Noto Sans Mono CJK JP','BIZ UDGothic','MS Gothic','Osaka-Mono','Hiragino Kaku Gothic ProN',"
    "'Noto Sans CJK JP',monospace"
)
_SYMBOLS = "'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK JP',monospace"
_WORD = re.compile(r"[\x21-\x7e]+")

# Which of the four arms (left, right, up, down) a character has: 1 thin, 2 heavy.
_ARMS = {
    "─": (1, 1, 0, 0),
    "━": (2, 2, 0, 0),
    "│": (0, 0, 1, 1),
    "┃": (0, 0, 2, 2),
    "┌": (0, 1, 0, 1),
    "┐": (1, 0, 0, 1),
    "└": (0, 1, 1, 0),
    "┘": (1, 0, 1, 0),
    "╭": (0, 1, 0, 1),
    "╮": (1, 0, 0, 1),
    "╰": (0, 1, 1, 0),
    "╯": (1, 0, 1, 0),
    "├": (0, 1, 1, 1),
    "┤": (1, 0, 1, 1),
    "┬": (1, 1, 0, 1),
    "┴": (1, 1, 1, 0),
    "┼": (1, 1, 1, 1),
    "┏": (0, 2, 0, 2),
    "┓": (2, 0, 0, 2),
    "┗": (0, 2, 2, 0),
    "┛": (2, 0, 2, 0),
    "╸": (2, 0, 0, 0),
    "╺": (0, 2, 0, 0),
}
# Which part of the cell a block fills: left, top, right, bottom in eighths.
_BLOCKS = {
    "█": (0, 0, 8, 8),
    "▌": (0, 0, 4, 8),
    "▐": (4, 0, 8, 8),
    "▀": (0, 0, 8, 4),
    "▄": (0, 4, 8, 8),
    "▎": (0, 0, 2, 8),
    "▏": (0, 0, 1, 8),
    "▕": (7, 0, 8, 8),
    "▔": (0, 0, 8, 1),
    "▁": (0, 7, 8, 8),
    "▂": (0, 6, 8, 8),
    "▃": (0, 5, 8, 8),
    "▅": (0, 3, 8, 8),
    "▆": (0, 2, 8, 8),
    "▇": (0, 1, 8, 8),
    "▊": (0, 0, 6, 8),
    "▋": (0, 0, 5, 8),
    "▉": (0, 0, 7, 8),
    "▍": (0, 0, 3, 8),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style, from a column on."""

    column: int
    text: str
    front: str
    ground: str
    bold: bool
    underline: bool


def picture(app: App[Any], title: str) -> str:
    """The app's screen as an SVG document with a frame and ``title`` over it."""
    width, height = app.size
    variables = app.get_css_variables()
    front, ground = variables["foreground"], variables["background"]
    rows = [list(_runs(strip, front, ground)) for strip in app.screen._compositor.render_strips()]
    full_width, full_height = width * CELL + 2 * MARGIN, height * LINE + TITLE + MARGIN
    shapes = [
        f'<rect width="{full_width}" height="{full_height}" rx="9" fill="{ground}"/>',
        *(f'<circle cx="{20 + 20 * i}" cy="17" r="5.5" fill="{variables["panel"]}"/>' for i in range(3)),
        f'<text x="{full_width // 2}" y="23" text-anchor="middle" font-size="15" fill="{front}">'
        f"{escape(title)}</text>",
    ]
    for y, row in enumerate(rows):
        top = TITLE + y * LINE
        shapes.extend(_grounds(row, top, ground))
        for run in row:
            shapes.extend(_shapes(run, top))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full_width} {full_height}" '
        f'width="{full_width}" height="{full_height}" role="img" aria-label="{escape(title)}">'
        f"<style>text{{font-family:{_FAMILY};font-size:{SIZE}px;white-space:pre}}"
        f".s{{font-family:{_SYMBOLS};font-size:16.6px}}.b{{font-weight:700}}</style>"
    )
    return "\n".join([head, *shapes, "</svg>", ""])


def _runs(strip: Iterable[Any], front: str, ground: str) -> Iterator[Run]:
    column = 0
    for text, style, control in strip:
        if control or not text:
            continue
        yield _run(column, text, style or Style.null(), front, ground)
        column += cell_len(text)


def _run(column: int, text: str, style: Style, front: str, ground: str) -> Run:
    fore = style.color.get_truecolor() if style.color and not style.color.is_default else _triplet(front)
    back = (
        style.bgcolor.get_truecolor() if style.bgcolor and not style.bgcolor.is_default else _triplet(ground)
    )
    if style.reverse:
        fore, back = back, fore
    if style.dim:
        fore = blend_rgb(back, fore, 0.6)
    return Run(column, text, fore.hex, back.hex, bool(style.bold), bool(style.underline))


def _triplet(colour: str) -> ColorTriplet:
    found = colour.lstrip("#")[:6]
    return ColorTriplet(*(int(found[i : i + 2], 16) for i in (0, 2, 4)))


def _grounds(row: Sequence[Run], top: int, ground: str) -> Iterator[str]:
    """The grounds of a line, neighbours of one colour together."""
    at = 0
    while at < len(row):
        run, end = row[at], at + 1
        while end < len(row) and row[end].ground == run.ground:
            end += 1
        last = row[end - 1]
        cells = last.column + cell_len(last.text) - run.column
        if run.ground.lower() != ground.lower():
            yield _rect(run.column * CELL + MARGIN, top, cells * CELL, LINE, run.ground)
        at = end


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def _shapes(run: Run, top: int) -> Iterator[str]:
    for column, text, cells in _pieces(run):
        x = column * CELL + MARGIN
        if text[0] in _ARMS:
            yield from _lines(_ARMS[text[0]], x, top, len(text), run.front)
        elif text[0] in _BLOCKS:
            left, upper, right, lower = _BLOCKS[text[0]]
            down = LINE / 8
            if left == 0 and right == 8:
                yield _rect(x, top + upper * down, CELL * len(text), (lower - upper) * down, run.front)
            else:
                for i in range(len(text)):
                    at = x + i * CELL + left * CELL / 8
                    yield _rect(
                        at, top + upper * down, (right - left) * CELL / 8, (lower - upper) * down, run.front
                    )
        else:
            yield _text(run, text, x, top, cells)
    if run.underline and run.text.strip():
        yield _rect(run.column * CELL + MARGIN, top + LINE - 3, cell_len(run.text) * CELL, 1, run.front)


def _text(run: Run, text: str, x: int, top: int, cells: int) -> str:
    kinds = []
    if cells == 1 and ord(text[0]) > 0xFF and not 0xFF61 <= ord(text[0]) <= 0xFF9F:
        kinds.append("s")
    if run.bold:
        kinds.append("b")
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    fit = f' textLength="{cells * CELL}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x}" y="{top + 18}" fill="{run.front}"{kind}{fit}>{escape(text)}</text>'


def _pieces(run: Run) -> Iterator[tuple[int, str, int]]:
    """What is drawn at once: a word of ASCII, a row of equal line characters, one other character. Blanks are not
    drawn."""
    column, at = run.column, 0
    text = run.text
    spans = split_graphemes(text)[0]
    ends = {start: (end, cells) for start, end, cells in spans}
    while at < len(text):
        if found := _WORD.match(text, at):
            yield column, found[0], len(found[0])
            column, at = column + len(found[0]), found.end()
            continue
        end, cells = ends.get(at, (at + 1, cell_len(text[at])))
        piece = text[at:end]
        if piece in _ARMS or piece in _BLOCKS:
            while text[end : end + 1] == piece:
                end += 1
            piece, cells = text[at:end], end - at
        if piece.strip():
            yield column, piece, cells
        column, at = column + cells, end


def _lines(arms: tuple[int, int, int, int], x: int, top: int, count: int, fill: str) -> Iterator[str]:
    left, right, up, down = arms
    middle = top + LINE / 2
    across, along = max(left, right) * 1.2, max(up, down) * 1.2
    if count > 1 and up == down == 0:
        yield _rect(x, middle - across / 2, CELL * count, across, fill)
        return
    for i in range(count):
        centre = x + i * CELL + CELL / 2
        if left or right:
            begin = x + i * CELL if left else centre - along / 2
            end = x + (i + 1) * CELL if right else centre + along / 2
            yield _rect(begin, middle - across / 2, end - begin, across, fill)
        if up or down:
            begin = top if up else middle - across / 2
            end = top + LINE if down else middle + across / 2
            yield _rect(centre - along / 2, begin, along, end - begin, fill)
