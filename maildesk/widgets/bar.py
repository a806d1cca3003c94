"""What the one-row bars have in common: runs of text in looks, cut to exactly the width."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from maildesk.domain.safetext import SafeText
from maildesk.widgets.text import segments
from maildesk.widgets.wrap import cut

Run = tuple[SafeText, str]
"""A text and the component class that gives its look."""


class Bar(Widget):
    """A row of :meth:`runs`, repainted as a whole when it changes."""

    DEFAULT_CSS = """
    Bar { height: 1; background: $background; color: $foreground; }
    """

    def runs(self, width: int) -> list[Run]:
        """What the bar shows on ``width`` cells; what is missing is filled with blanks, what is too much cut
        off."""
        return [(SafeText(" " * width), "")]

    def look(self, name: str) -> Style:
        """The style of a component class, '' for that of the bar."""
        return self.get_component_rich_style(name) if name else self.rich_style

    def strip(self, runs: list[Run], width: int) -> Strip:
        """``runs`` on exactly ``width`` cells."""
        room = width
        fitted: list[tuple[SafeText, Style]] = []
        for text, name in runs:
            text = cut(text, room)
            room -= cell_len(text)
            fitted.append((text, self.look(name)))
        if room:
            fitted.append((SafeText(" " * room), self.look("")))
        return Strip(segments(*fitted), width)

    def render_line(self, y: int) -> Strip:
        """Textual: the row."""
        width = self.size.width
        if y:
            return Strip([Segment(" " * width, self.look(""))], width)
        return self.strip(self.runs(width), width)


def blanks(count: int) -> SafeText:
    """So many blanks, none for a negative count."""
    return SafeText(" " * count)


def spread(left: list[Run], right: list[Run], width: int) -> list[Run]:
    """``left`` at the left end and ``right`` at the right end; where there is no room for both, the left is
    cut."""
    right_width = sum(cell_len(text) for text, _ in right)
    if right_width >= width:
        return right
    room = width - right_width
    runs: list[Run] = []
    for text, name in left:
        text = cut(text, max(room, 0))
        room -= cell_len(text)
        runs.append((text, name))
    return [*runs, (blanks(room), ""), *right]
