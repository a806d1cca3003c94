"""What a list of conversations has and how it is drawn, on Textual's line API.

Only visible rows are ever drawn, and a move of the cursor repaints two rows, so that a key costs the same
with a thousand and with a million conversations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from maildesk.domain.safetext import SafeText
from maildesk.domain.status import COLOURS
from maildesk.widgets.columns import EDGE, Needs, columns_for
from maildesk.widgets.hit_cells import HIT
from maildesk.widgets.list_row import ListRow, cell
from maildesk.widgets.marks import Marks
from maildesk.widgets.row_view import RowView
from maildesk.widgets.row_window import RowWindow
from maildesk.widgets.text import segments
from maildesk.widgets.wrap import fit

State = Literal["rows", "loading", "empty", "offline", "error"]
_LIT = Style(bold=True, reverse=True)
"""Words that were asked for, in a row that has one look throughout."""
_STRUCK = Style(strike=True)
"""A row that is not of the list any more."""


class DrawnRows(RowView):
    """The rows that are held, the cursor, the marks, and all of it on the screen. :class:`MailList` moves it."""

    DEFAULT_CSS = """
    DrawnRows {
        background: $background;
        color: $foreground;
        scrollbar-size: 0 0;
        overflow-x: hidden;
        & > .mail-list--read { color: $text-muted; }
        & > .mail-list--unread { color: $foreground; text-style: bold; }
        & > .mail-list--cursor { color: $foreground; background: $primary-muted; text-style: bold; }
        & > .mail-list--critical { color: $text-error; text-style: bold; }
        & > .mail-list--urgent { color: $text-warning; }
        & > .mail-list--holder { color: $text-warning; }
        & > .mail-list--leaving { color: $text-muted; text-style: strike; }
        & > .mail-list--overlay { color: $text-muted; }
        & > .mail-list--red { color: $text-error; }
        & > .mail-list--yellow { color: $text-warning; }
        & > .mail-list--green { color: $text-success; }
        & > .mail-list--blue { color: $text-primary; }
        & > .mail-list--purple { color: $text-secondary; }
        & > .mail-list--grey { color: $text-muted; }
        & > .mail-list--hit { color: $text-warning; text-style: bold reverse; }
        & > .mail-list--around { color: $text-muted; }
        & > .mail-list--title { color: $foreground; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mail-list--read",
        "mail-list--unread",
        "mail-list--cursor",
        "mail-list--urgent",
        "mail-list--critical",
        "mail-list--holder",
        "mail-list--leaving",
        "mail-list--overlay",
        "mail-list--hit",
        "mail-list--around",
        "mail-list--title",
        *(f"mail-list--{colour}" for colour in COLOURS),
    }

    def __init__(self, *, two_lines: bool, id: str | None, classes: str | None) -> None:
        super().__init__(two_lines=two_lines, id=id, classes=classes)
        self._held = RowWindow()
        self._cursor = 0
        self._marks = Marks()
        self._hidden: frozenset[str] = frozenset()
        self._leaving: set[int] = set()
        self._state: State = "empty"
        self._words: tuple[SafeText, ...] = ()
        self._looks: dict[str, Style] = {}

    # what there is

    @property
    def row(self) -> ListRow | None:
        """The conversation under the cursor."""
        return self._held.at(self._cursor)

    @property
    def cursor(self) -> int:
        """The place of the cursor, from 0."""
        return self._cursor

    @property
    def total(self) -> int:
        """How many conversations the list has."""
        return self._held.total

    @property
    def lingering(self) -> int | None:
        """The conversation that left the list while it was under the cursor, and whose row is there until the cursor
        goes on."""
        return self._held.lingering

    @property
    def state(self) -> State:
        """What is shown."""
        return self._state

    @property
    def marks(self) -> frozenset[int]:
        """The marked conversations."""
        return self._marks.ids

    @property
    def chosen(self) -> tuple[int, ...]:
        """What an action is for: the marked conversations, else the one under the cursor, else nothing."""
        if self.marks:
            places = ((self._held.place(conversation), conversation) for conversation in self.marks)
            return tuple(
                one for _, one in sorted((self.total if at is None else at, one) for at, one in places)
            )
        return (self.row.id,) if self.row is not None else ()

    def rows(self, first: int, count: int) -> list[ListRow]:
        """The conversations at ``count`` places from ``first`` on, as far as they are held."""
        return self._held.span(first, first + count - 1)

    def neighbour(self, step: int) -> ListRow | None:
        """The conversation ``step`` below the cursor (negative: above)."""
        return self._held.at(self._cursor + step)

    @property
    def needs(self) -> Needs:
        """What the rows need of the columns, for the :class:`ColumnHeader` above the list."""
        needs = self._held.needs
        return replace(needs, hidden=self._hidden) if self._hidden else needs

    def hide(self, columns: Iterable[str]) -> None:
        """Do without these columns."""
        hidden = frozenset(columns)
        if hidden != self._hidden:
            self._hidden = hidden
            self.refresh()

    # painting

    def notify_style_update(self) -> None:
        """Textual: other colours."""
        self._looks.clear()
        super().notify_style_update()

    def _look(self, name: str) -> Style:
        if name not in self._looks:
            self._looks[name] = self.get_component_rich_style(f"mail-list--{name}")
        return self._looks[name]

    def render_line(self, y: int) -> Strip:
        """Textual: one line of the visible part."""
        width = self.size.width
        if self._state != "rows":
            return self._overlay_line(y, width)
        line = y + round(self.scroll_y)
        place, part = divmod(line, self.row_height)
        row = self._held.at(place)
        if row is not None:
            strip = self._row_line(row, place, part, width)
        else:
            strip = Strip([Segment(" " * width, self._look("read"))], width)
        return strip

    def _row_line(self, row: ListRow, place: int, part: int, width: int) -> Strip:
        at_cursor = place == self._cursor
        if at_cursor:
            base = self._look("cursor")
        elif row.id in self._leaving:
            base = self._look("leaving")
        else:
            base = self._look("unread" if row.unread else "read")
        plain = at_cursor or row.id in self._leaving
        columns = columns_for(width, self.two_lines, self.needs)[part]
        edge = f"{'▌' if at_cursor else ' '}{'✓' if row.id in self.marks and not part else ' '}"
        if row.id == self.lingering:
            edge += "× " if not part else "  "
        else:
            edge += f"{'▪' if row.unread and not part else ' '} "
        runs: list[tuple[SafeText, Style]] = [(SafeText(edge[: min(EDGE, width)]), base)]
        at = min(EDGE, width)
        for column in columns:
            if column.start > at:
                runs.append((SafeText(" " * (column.start - at)), base))
            for text, look in cell(row, column):
                if row.id == self.lingering:
                    runs += _struck(text, base)
                elif plain and look:
                    runs.append((text, base + _LIT if look == HIT else base))
                else:
                    runs.append((text, self._look(look) if look else base))
            at = column.start + column.width
        if at < width:
            runs.append((SafeText(" " * (width - at)), base))
        return Strip(segments(*runs), width)

    def _overlay_line(self, y: int, width: int) -> Strip:
        at = y - max(0, self.size.height // 3 - 1)
        if 0 <= at < len(self._words):
            look = self._look("title" if at == 0 else "overlay")
            return Strip([Segment(fit(self._words[at], width, "center"), look)], width)
        return Strip([Segment(" " * width, self._look("overlay"))], width)


def _struck(text: SafeText, look: Style) -> list[tuple[SafeText, Style]]:
    """A text struck out, without the blanks around it."""
    words = text.strip()
    before, _, after = text.partition(words) if words else (text, "", "")
    return [(SafeText(before), look), (SafeText(words), look + _STRUCK), (SafeText(after), look)]
