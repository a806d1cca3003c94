"""Everything with one customer, a line each, the newest first. On Textual's line API.

The list holds the entries read so far and asks for the next page before the cursor gets there; only visible lines are
drawn, and a move of the cursor repaints two of them, so that five thousand entries cost what fifty cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from maildesk.domain.safetext import SafeText
from maildesk.widgets.bindings import bindings
from maildesk.widgets.phone import PHONE
from maildesk.widgets.text import NOTHING, segments
from maildesk.widgets.wrap import cut, fit

Look = Literal["in", "out", "phone", "comment", "event"]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An entry as the list shows it. ``key`` finds it again; ``mark`` is something that waits (a call to be followed
    up)."""

    key: tuple[str, int]
    look: Look
    glyph: SafeText
    time: SafeText
    shop: SafeText
    number: SafeText
    state: SafeText
    who: SafeText
    text: SafeText
    mark: bool = False


class HistoryList(ScrollView, can_focus=True):
    """Entries with a cursor."""

    AHEAD = 60
    """Lines below the cursor that are read before they are seen."""
    DEFAULT_CSS = """
    HistoryList {
        background: $background; color: $foreground; scrollbar-size: 0 0; overflow-x: hidden;
        & > .history-list--in { color: $foreground; }
        & > .history-list--out { color: $text-success; }
        & > .history-list--phone { color: $text-primary; }
        & > .history-list--comment { color: $text-secondary; }
        & > .history-list--event { color: $text-muted; }
        & > .history-list--muted { color: $text-muted; }
        & > .history-list--mark { color: $text-warning; text-style: bold; }
        & > .history-list--cursor { background: $primary-muted; color: $foreground; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"history-list--{name}"
        for name in ("in", "out", "phone", "comment", "event", "muted", "mark", "cursor")
    }
    ACTIONS: ClassVar[frozenset[str]] = frozenset(
        "history." + name for name in ("down", "up", "page_down", "page_up", "top", "bottom", "open")
    )
    """The actions of the keymap that the list does itself; the others of its context are its screen's."""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("history", only=ACTIONS.__contains__)]

    class _About(Message):
        def __init__(self, history_list: HistoryList) -> None:
            super().__init__()
            self.history_list = history_list

        @property
        def control(self) -> HistoryList:
            """The list."""
            return self.history_list

    class Moved(_About):
        """The cursor is on another entry, or there is none any more."""

    class Opened(_About):
        """The agent wants to read the entry under the cursor."""

    class MoreNeeded(_About):
        """The end of what was read comes near."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[HistoryLine] = []
        self._cursor = 0
        self._more = False
        self._asked = False
        self._words: tuple[SafeText, ...] = ()
        self._looks: dict[str, Style] = {}

    # what the screen tells

    def show(self, lines: Sequence[HistoryLine], *, more: bool, words: Sequence[SafeText] = ()) -> None:
        """Show other entries from the first one; the cursor stays on its entry where that is among them. ``more``:
        there are others after these. ``words`` stand there where there are none."""
        before = self.line
        self._lines = list(lines)
        self._more, self._asked, self._words = more, False, tuple(words)
        places = {line.key: place for place, line in enumerate(self._lines)}
        self._cursor = places.get(before.key, 0) if before is not None else 0
        self.virtual_size = Size(self.size.width, len(self._lines))
        self._keep_visible()
        self.refresh()
        self.post_message(self.Moved(self))

    def add(self, lines: Sequence[HistoryLine], *, more: bool) -> None:
        """Put a further page below."""
        self._lines += lines
        self._more, self._asked = more, False
        self.virtual_size = Size(self.size.width, len(self._lines))
        self.refresh()

    # what the screen asks

    @property
    def line(self) -> HistoryLine | None:
        """The entry under the cursor."""
        return self._lines[self._cursor] if self._cursor < len(self._lines) else None

    @property
    def cursor(self) -> int:
        """Its place."""
        return self._cursor

    @property
    def count(self) -> int:
        """How many entries were read."""
        return len(self._lines)

    # moving

    def move_to(self, place: int) -> None:
        """Put the cursor there, or as near as can be."""
        place = max(0, min(place, len(self._lines) - 1))
        if place != self._cursor and self._lines:
            old, self._cursor = self._cursor, place
            self._keep_visible()
            top = round(self.scroll_y)
            for at in (old, place):
                if 0 <= at - top < self.size.height:
                    self.refresh_lines(at - top)
            self.post_message(self.Moved(self))
        if self._more and not self._asked and self._cursor + self.AHEAD >= len(self._lines):
            self._asked = True
            self.post_message(self.MoreNeeded(self))

    def action_history_down(self) -> None:
        """One entry down."""
        self.move_to(self._cursor + 1)

    def action_history_up(self) -> None:
        """One entry up."""
        self.move_to(self._cursor - 1)

    def action_history_page_down(self) -> None:
        """Half a screen down."""
        self.move_to(self._cursor + max(1, self.size.height // 2))

    def action_history_page_up(self) -> None:
        """Half a screen up."""
        self.move_to(self._cursor - max(1, self.size.height // 2))

    def action_history_top(self) -> None:
        """To the newest."""
        self.move_to(0)

    def action_history_bottom(self) -> None:
        """To the oldest that was read."""
        self.move_to(len(self._lines) - 1)

    def action_history_open(self) -> None:
        """Open the entry."""
        if self.line is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """Textual: a click chooses, a double click opens."""
        self.move_to(event.y + round(self.scroll_y))
        if event.chain == 2:
            self.action_history_open()

    def on_resize(self) -> None:
        """Textual: another size."""
        self.virtual_size = Size(self.size.width, len(self._lines))
        self._keep_visible()

    def _keep_visible(self) -> None:
        top, height = round(self.scroll_y), max(1, self.size.height)
        wanted = min(max(top, self._cursor - height + 1), self._cursor)
        wanted = max(0, min(wanted, len(self._lines) - height))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)

    def notify_style_update(self) -> None:
        """Textual: other colours."""
        self._looks.clear()
        super().notify_style_update()

    # painting

    def _look(self, name: str) -> Style:
        if name not in self._looks:
            self._looks[name] = self.get_component_rich_style(f"history-list--{name}")
        return self._looks[name]

    def render_line(self, y: int) -> Strip:
        """Textual: one line of the visible part."""
        width = self.size.width
        place = y + round(self.scroll_y)
        if place >= len(self._lines):
            words = self._words[y - 1] if not self._lines and 0 < y <= len(self._words) else NOTHING
            return Strip([Segment(fit(SafeText(f"  {words}"), width), self._look("muted"))], width)
        line = self._lines[place]
        here = place == self._cursor
        runs = [(text, self._look("cursor" if here else look)) for text, look in _columns(line, width)]
        return Strip(segments(*runs), width)


def _columns(line: HistoryLine, width: int) -> list[tuple[SafeText, str]]:
    """The parts of a line for ``width`` cells: narrow ones have neither shop nor state, those of a telephone only when,
    which way and what."""
    wide, phone = width >= 92, width < PHONE
    parts: list[tuple[SafeText, str]] = [
        (SafeText(" "), "muted"),
        (fit(line.glyph, 3), line.look),
        (fit(SafeText(line.time[:7].split(" ")[0]) if phone else line.time, 8 if phone else 12), "muted"),
        (fit(line.number, 8), "muted"),
    ]
    if wide:
        parts += [(fit(line.shop, 7), "muted"), (fit(line.state, 7), "muted")]
    if not phone:
        parts += [(fit(line.who, 13 if wide else 10), line.look), (SafeText(" "), line.look)]
    parts.append((SafeText("! " if line.mark else ""), "mark"))
    used = sum(cell_len(text) for text, _ in parts)
    if used > width:
        return [(fit(cut(SafeText("".join(text for text, _ in parts)), width), width), line.look)]
    parts.append((fit(cut(line.text, width - used), width - used), line.look))
    return parts
