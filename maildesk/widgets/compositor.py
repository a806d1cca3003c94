"""Puts the widgets of a screen together without cutting wide characters in two.

Textual's own divides every line of a widget wherever another widget begins or ends, also one that is hidden behind it,
and a character of two cells that stands there becomes two blanks: a toast over two panes lost a character of Japanese
at the edge between them. Here a line is divided only where something else is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

_PART = Strip([], 0)
"""Stands where the piece before goes on."""


class WholeCells(Compositor):
    """A compositor whose pieces of lines end where what is seen ends."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Textual: what has changed."""
        update = super().render_partial_update()
        if update is not None:
            update.chop_ends = [
                [*list(line)[1:], cuts[-1]] for line, cuts in zip(update.chops, self.cuts, strict=True)
            ]
            update.spans = [
                (y, first, _whole(update.chops[y], update.chop_ends[y], last))
                for y, first, last in update.spans
            ]
        return update

    def _get_renders(self, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
        """Textual: what widgets show. Of each it asks for all lines; here for those that are in ``crop``."""
        lines = self.size.region if crop is None else Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip).intersection(lines)
            if shown:
                yield shown, shown, widget.render_lines(shown.translate(-region.offset))

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """Textual: the pieces of each line, by where they begin."""
        cuts = self.cuts
        lines: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        for region, clip, strips in self._get_renders(crop):
            shown = region.intersection(clip)
            first, last = shown.column_span
            for y, strip in zip(shown.line_range, strips, strict=False):
                if is_rendered_line(y):
                    line = lines[y]
                    edges = [cut for cut in cuts[y] if first <= cut <= last]
                    for start, end in _free(line, edges):
                        whole = (start, end) == (first, last)
                        line[start] = strip if whole else strip.crop(start - first, end - first)
        return [{x: strip for x, strip in line.items() if strip is not _PART} for line in lines]  # type: ignore[misc]


def _whole(line: Mapping[int, Strip | None], ends: Sequence[int], last: int) -> int:
    """``last``, or the end of the piece that would be cut in two there and may have a wide character at that place."""
    for (start, strip), end in zip(line.items(), ends, strict=True):
        if start < last < end and strip is not None and not strip.text.isascii():
            return end
    return last


def _free(line: dict[int, Strip | None], edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where on a line, between some edges, nothing is yet, in the longest pieces. What follows the first edge of each
    is marked as a part of it."""
    begun: int | None = None
    for start, end in pairwise(edges):
        if line[start] is not None:
            begun = None
            continue
        if begun is None:
            begun = start
        else:
            line[start] = _PART
        if end == edges[-1] or line[end] is not None:
            yield begun, end
            begun = None
