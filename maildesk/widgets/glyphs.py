"""Signs in ASCII, for terminals and fonts that cannot show others in one cell (``ui.glyphs = "ascii"``).

Every painted line goes through the filter, so that frames and scrollbars change as well, and the same signs in a mail:
a terminal that draws them two cells wide would break the columns there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS: Final = {
    "▪": "*",
    "✓": "+",
    "✎": "@",
    "✗": "x",
    "▸": ">",
    "▾": "v",
    "‹": "<",
    "›": ">",
    "«": "<",
    "»": ">",
    "…": ".",
    "·": ".",
    "•": "*",
    "●": "*",
    "○": "o",
    "↑": "^",
    "↓": "v",
    "←": "<",
    "→": ">",
    "⏎": "<",
    "×": "x",
    "—": "-",
    "–": "-",
    "※": "*",
}
_HEAVY_ACROSS, _HEAVY_DOWN = "━┅┉╍═", "┃┇┋╏║"
_ACROSS, _DOWN = "─┄┈╌", "│┆┊╎"


def _table() -> dict[int, str]:
    """What stands for each sign. Boxes and bars of which nothing is said here become ``+`` and ``#``."""
    table = dict.fromkeys(range(0x2500, 0x2580), "+") | dict.fromkeys(range(0x2580, 0x25A0), "#")
    for signs, sign in ((_ACROSS, "-"), (_DOWN, "|"), (_HEAVY_ACROSS, "="), (_HEAVY_DOWN, "|")):
        table |= {ord(one): sign for one in signs}
    table |= {ord(one): "_" for one in "▁▂"} | {ord(one): "|" for one in "▌▎▏▍▊▋▉▕▐"}
    return table | {ord(one): sign for one, sign in _SIGNS.items()}


TABLE: Final = _table()
FRAMES: Final = {
    point: sign for point, sign in TABLE.items() if 0x2500 <= point < 0x25A0 or chr(point) == "…"
}
"""What of them has one cell by its place: where a terminal draws ambiguous characters wide, these are drawn otherwise,
and all others are measured."""


class AsciiSigns(LineFilter):
    """Puts ASCII signs in the place of others, one cell for one cell."""

    def __init__(self, table: Mapping[int, str] = TABLE) -> None:
        super().__init__()
        self._table = table

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """``segments`` with other signs; the very same list where there is none."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [Segment(text.translate(self._table), style, control) for text, style, control in segments]
