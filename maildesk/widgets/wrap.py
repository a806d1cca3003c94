"""Lines as Japanese is set: wrapping and cutting by terminal cells.

:func:`wrap` follows the part of JIS X 4051 that readers notice: no line starts with closing brackets,
punctuation, small kana or a prolonged sound mark, none ends with an opening bracket; such characters pull
their neighbour down (oidashi). Latin words stay whole, except where a word is longer than a line (a URL),
which is split between graphemes. Nothing is lost: the lines joined are the text without its line ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from unicodedata import east_asian_width

from rich.cells import cell_len, split_graphemes

from maildesk.domain.safetext import SafeText

NO_START = frozenset(
    "、。，．・：；？！ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗｠»ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹ"
    "ㇺㇻㇼㇽㇾㇿ％‰°′″℃,.:;?!)]}%〜～…‥ｧｨｩｪｫｬｭｮｯｰﾞﾟ｡､｣･"
)
"""What must not start a line."""

NO_END = frozenset("‘“（〔［｛〈《「『【〘〖｟«([{￥＄£#＃@｢")
"""What must not end a line."""

ELLIPSIS = "…"

# Text in which every character is a grapheme of its own, one cell wide where ASCII and two elsewhere.
_PLAIN = re.compile(
    "[\x20-\x7e\u3000-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff60]*"
)
_ASCII = re.compile("[\x20-\x7e]*")


def _graphemes(text: str) -> tuple[list[str], list[int]]:
    """The graphemes of ``text`` and their widths in cells."""
    if _PLAIN.fullmatch(text):
        return list(text), [1 if char < "\x7f" else 2 for char in text]
    spans, _ = split_graphemes(text)
    return [text[start:end] for start, end, _ in spans], [width for _, _, width in spans]


def _is_word(grapheme: str, width: int) -> bool:
    """Whether a line may not break between this and the like: letters of Latin, Greek, Thai… but not kana. Letters are
    that where the terminal draws them wide, too."""
    if width == 2 and grapheme[0].isalpha() and east_asian_width(grapheme[0]) == "A":
        return True
    return width < 2 and not "\uff61" <= grapheme[0] <= "\uff9f"


def _breakable(units: list[str], widths: list[int], at: int) -> bool:
    """Whether a line may end before ``units[at]``."""
    before, after = units[at - 1], units[at]
    if after.isspace():
        return False  # blanks hang at the end of the line before
    if before.isspace():
        return after[0] not in NO_START
    if _is_word(before, widths[at - 1]) and _is_word(after, widths[at]):
        return False
    return after[0] not in NO_START and before[0] not in NO_END


def _wrap_paragraph(text: str, width: int, lines: list[SafeText]) -> None:
    if len(text) * 2 <= width or (len(text) <= width and _ASCII.fullmatch(text)) or cell_len(text) <= width:
        lines.append(SafeText(text))
        return
    units, widths = _graphemes(text)
    edges = list(accumulate(widths, initial=0))
    total = len(units)
    start = 0
    while start < total:
        fits = bisect_right(edges, edges[start] + width, start) - 1
        if fits < total:
            while fits < total and units[fits].isspace():
                fits += 1
        if fits >= total:
            lines.append(SafeText("".join(units[start:])))
            return
        end = fits
        while end > start and not _breakable(units, widths, end):
            end -= 1
        if end == start or (edges[end] - edges[start]) * 2 < width:
            # Nothing, or less than half a line, before a run that has no break: is it too long for any line?
            stop = fits + 1
            limit = edges[end] + width
            while stop < total and edges[stop] <= limit and not _breakable(units, widths, stop):
                stop += 1
            if end == start or edges[stop] > limit:
                end = max(fits, start + 1)
        lines.append(SafeText("".join(units[start:end])))
        start = end


def wrap(text: SafeText, width: int) -> list[SafeText]:
    """``text`` in lines of at most ``width`` cells (``width`` ≥ 2). Blanks at a break hang at the end of
    their line and may stand out beyond ``width``. Line ends of the text are kept as line ends; an empty line
    stays one."""
    lines: list[SafeText] = []
    for paragraph in text.split("\n"):
        _wrap_paragraph(paragraph, width, lines)
    return lines


def cut(text: SafeText, width: int, ellipsis: str = ELLIPSIS) -> SafeText:
    """At most ``width`` cells of ``text``, with ``ellipsis`` at the end where something was left out. No
    grapheme is broken."""
    if len(text) * 2 <= width or cell_len(text) <= width:
        return text
    room = width - cell_len(ellipsis)
    if room < 0:
        return SafeText("")
    # No more than this can be needed: each cell holds a grapheme of seldom more than eight code points.
    units, widths = _graphemes(text if len(text) < 16 * width else text[: 16 * width])
    edges = list(accumulate(widths, initial=0))
    return SafeText("".join(units[: bisect_right(edges, room) - 1]) + ellipsis)


def fit(text: SafeText, width: int, align: str = "left", ellipsis: str = ELLIPSIS) -> SafeText:
    """``text`` on exactly ``width`` cells: cut with ``ellipsis`` or padded with blanks. ``align`` is
    ``"left"``, ``"right"`` or ``"center"``. A line end shows as a blank."""
    if width <= 0:
        return SafeText("")
    if "\n" in text:
        text = SafeText(text.replace("\n", " "))
    if text.isascii():
        size = len(text)
        if size > width:
            text = cut(text, width, ellipsis)
            size = cell_len(text)
    else:
        text = cut(text, width, ellipsis)
        size = cell_len(text)
    gap = width - size
    if gap <= 0:
        return text
    if align == "right":
        return SafeText(" " * gap + text)
    if align == "center":
        left = gap // 2
        return SafeText(" " * left + text + " " * (gap - left))
    return SafeText(text + " " * gap)
