"""What happened in a conversation, from the oldest to the newest: mails, comments, events. On Textual's line
API.

Texts are wrapped once per width and kept as lines; folding adds and takes lines away. Only visible lines are
drawn, so a conversation of ten thousand lines scrolls like a short one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

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
from maildesk.widgets.entry import Entry, EntryKind, Piece, PieceKind
from maildesk.widgets.lights import Lights, Span
from maildesk.widgets.text import segments
from maildesk.widgets.timeline_lines import FOLDED, Line, Texts
from maildesk.widgets.wrap import cut, fit

__all__ = ["Entry", "EntryKind", "Piece", "PieceKind", "Timeline"]


class Timeline(ScrollView, can_focus=True):
    """Entries with a current one, folds for messages, quotes and signatures, and words that are lit up."""

    DEFAULT_CSS = """
    Timeline {
        background: $background;
        color: $foreground;
        scrollbar-size: 0 0;
        overflow-x: hidden;
        & > .timeline--text { color: $foreground; }
        & > .timeline--inbound { color: $foreground; text-style: bold; }
        & > .timeline--outbound { color: $text-success; text-style: bold; }
        & > .timeline--comment { color: $text-secondary; text-style: bold; }
        & > .timeline--phone { color: $text-primary; text-style: bold; }
        & > .timeline--event { color: $text-muted; }
        & > .timeline--quote { color: $text-muted; }
        & > .timeline--attachments { color: $text-primary; }
        & > .timeline--note { color: $text-muted; }
        & > .timeline--warning { color: $text-warning; text-style: bold; }
        & > .timeline--rule { color: $text-muted; }
        & > .timeline--current { background: $primary-muted; color: $foreground; text-style: bold; }
        & > .timeline--found { background: $warning; color: $background; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"timeline--{name}"
        for name in (
            "text",
            "inbound",
            "outbound",
            "comment",
            "phone",
            "event",
            "quote",
            "attachments",
            "note",
            "warning",
            "rule",
            "current",
            "found",
        )
    }
    ACTIONS: ClassVar[frozenset[str]] = frozenset(
        "conv." + name
        for name in (
            "down",
            "up",
            "page",
            "page_down",
            "page_up",
            "next_msg",
            "prev_msg",
            "expand",
            "collapse",
            "fold",
        )
    )
    """The actions of the keymap that the timeline does itself; the others of its context are its screen's."""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("conversation", only=ACTIONS.__contains__)]

    class PastEnd(Message):
        """A page further was asked for at the end: the screen goes to the next conversation."""

        def __init__(self, timeline: Timeline) -> None:
            super().__init__()
            self.timeline = timeline

        @property
        def control(self) -> Timeline:
            """The timeline."""
            return self.timeline

    class Current(Message):
        """Another entry is the current one."""

        def __init__(self, timeline: Timeline, entry: Entry) -> None:
            super().__init__()
            self.timeline = timeline
            self.entry = entry

        @property
        def control(self) -> Timeline:
            """The timeline."""
            return self.timeline

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._entries: tuple[Entry, ...] = ()
        self._folded: dict[str, bool] = {}
        self._open_parts: set[str] = set()
        self._texts = Texts()
        self._lines: list[Line] = []
        self._starts: list[int] = []
        self._current = 0
        self._width = 0
        self._to_current = False
        self._unfold_key = "="
        self._match = -1
        self._looks: dict[str, Style] = {}

    # what the screen tells

    def set_entries(self, entries: Sequence[Entry], current: str | None = None) -> None:
        """Show ``entries``. With ``current`` (an id) that one is at the top of the view; without, the place
        stays when the entries are the same conversation grown longer, and a new one starts at its first
        unread or last message."""
        known = {entry.id for entry in self._entries}
        grown = bool(known) and known & {entry.id for entry in entries} != set()
        before = self.current
        self._entries = tuple(entries)
        ids = {entry.id for entry in entries}
        if not grown:
            self._folded.clear()
            self._open_parts.clear()
        self._texts.keep(ids)
        wanted = (
            current if current is not None else (before.id if grown and before is not None else self._first())
        )
        places = {entry.id: place for place, entry in enumerate(entries)}
        self._current = places.get(wanted or "", max(len(entries) - 1, 0))
        self._to_current = current is not None or not grown
        if self._width:
            self._lay_out()
            if self._to_current:
                self._show_current()

    def highlight(self, *words: SafeText) -> None:
        """Light ``words`` up wherever they are, upper or lower case, full or half width; none puts the lights out.
        What is folded and has one of them is unfolded. The view stays: :meth:`to_match` moves."""
        self._texts.lights = Lights(words)
        for entry in self._entries:
            found = [piece for piece in entry.pieces if self._texts.lights.spans(piece.text)]
            if found:
                self._folded[entry.id] = False
            if any(piece.kind in FOLDED for piece in found):
                self._open_parts.add(entry.id)
        if self._width:
            self._lay_out()

    def to_match(self, step: int) -> bool:
        """Show the next (1) or the last (-1) line with a highlighted word, seen from the one shown last where that is
        still in view, else from the view. False: there is none that way."""
        top = round(self.scroll_y)
        bottom = min(top + self.size.height, len(self._lines))
        edge = top if step > 0 else bottom - 1
        start = self._match + step if top <= self._match < bottom else edge
        places = range(start, len(self._lines)) if step > 0 else range(start, -1, -1)
        found = next((place for place in places if self._lines[place].lit), None)
        if found is None:
            return False
        self._match = found
        if not top <= found < bottom:
            self._scroll(found - self.size.height // 3)
        self._set_current(self._lines[found].entry)
        return True

    @property
    def matches(self) -> int:
        """How many lines have a highlighted word."""
        return sum(1 for line in self._lines if line.lit)

    def set_unfold_key(self, key: str) -> None:
        """The key, as shown, that folded parts name."""
        self._unfold_key = key

    # what the screen asks

    @property
    def current(self) -> Entry | None:
        """The entry that fold and copy are about."""
        return self._entries[self._current] if self._entries else None

    @property
    def at_end(self) -> bool:
        """Whether the last line is visible."""
        return round(self.scroll_y) + self.size.height >= len(self._lines)

    @property
    def line_count(self) -> int:
        """Lines at the present width and folds."""
        return len(self._lines)

    # moving

    def action_conv_down(self) -> None:
        """One line down."""
        self._scroll(round(self.scroll_y) + 1)

    def action_conv_up(self) -> None:
        """One line up."""
        self._scroll(round(self.scroll_y) - 1)

    def action_conv_page_down(self) -> None:
        """Half a screen down."""
        self._scroll(round(self.scroll_y) + max(1, self.size.height // 2))

    def action_conv_page_up(self) -> None:
        """Half a screen up."""
        self._scroll(round(self.scroll_y) - max(1, self.size.height // 2))

    def action_conv_page(self) -> None:
        """A screen down; at the end to the next conversation."""
        if self.at_end:
            self.post_message(self.PastEnd(self))
        else:
            self._scroll(round(self.scroll_y) + max(1, self.size.height - 2))

    def action_conv_next_msg(self) -> None:
        """To the next message."""
        self._step(1)

    def action_conv_prev_msg(self) -> None:
        """To the message before."""
        self._step(-1)

    # folding

    def action_conv_fold(self) -> None:
        """Unfold the current message; then its quotes and signature; then fold it."""
        entry = self.current
        if entry is None or not entry.pieces:
            return
        if self._is_folded(entry):
            self._folded[entry.id] = False
        elif entry.id not in self._open_parts and any(piece.kind in FOLDED for piece in entry.pieces):
            self._open_parts.add(entry.id)
        else:
            self._folded[entry.id] = True
            self._open_parts.discard(entry.id)
        self._lay_out()
        self._show_current(only_if_hidden=True)

    def action_conv_expand(self) -> None:
        """Unfold everything."""
        for entry in self._entries:
            self._folded[entry.id] = False
            self._open_parts.add(entry.id)
        self._lay_out()
        self._show_current()

    def action_conv_collapse(self) -> None:
        """Fold all quotes and signatures, and all messages but the last."""
        self._open_parts.clear()
        last = self._last_message()
        for place, entry in enumerate(self._entries):
            self._folded[entry.id] = bool(entry.pieces) and place != last
        self._lay_out()
        self._show_current()

    # inner life

    def _is_folded(self, entry: Entry) -> bool:
        return self._folded.get(entry.id, entry.folded)

    def _last_message(self) -> int:
        return next((p for p in reversed(range(len(self._entries))) if self._entries[p].kind != "event"), 0)

    def _first(self) -> str | None:
        """Where reading starts: the first unread entry, else the last message."""
        for entry in self._entries:
            if entry.unread:
                return entry.id
        return self._entries[self._last_message()].id if self._entries else None

    def _lay_out(self) -> None:
        """Make the lines anew, keeping the line of the current entry where it is on the screen."""
        before = (
            self._starts[self._current] - round(self.scroll_y) if self._current < len(self._starts) else 0
        )
        lines: list[Line] = []
        starts: list[int] = []
        for place, entry in enumerate(self._entries):
            if place and not (entry.kind == "event" and self._entries[place - 1].kind == "event"):
                lines.append(Line(place, SafeText("┈" * self._width), "rule"))
            starts.append(len(lines))
            folded = self._is_folded(entry) and bool(entry.pieces)
            unfold = None if entry.id in self._open_parts else self._unfold_key
            lines.extend(self._texts.lines(place, entry, self._width, folded, unfold))
        self._lines, self._starts, self._match = lines, starts, -1
        self.virtual_size = Size(self._width, len(lines))
        if starts and not self._to_current:
            self._scroll(starts[self._current] - before)
        self.refresh()

    def _scroll(self, line: int) -> None:
        line = max(0, min(line, len(self._lines) - self.size.height))
        if line != round(self.scroll_y):
            self.scroll_to(y=line, animate=False, force=True)

    def _show_current(self, only_if_hidden: bool = False) -> None:
        """Put the first line of the current entry at the top of the view."""
        self._to_current = False
        if not self._starts:
            return
        start = self._starts[self._current]
        if only_if_hidden and round(self.scroll_y) <= start < round(self.scroll_y) + self.size.height:
            return
        self._scroll(start)

    def _step(self, step: int) -> None:
        place = self._current + step
        while 0 <= place < len(self._entries) and self._entries[place].kind == "event":
            place += step
        if 0 <= place < len(self._entries):
            self._set_current(place)
            self._show_current()

    def _set_current(self, place: int) -> None:
        if place == self._current:
            return
        for line in (self._starts[self._current], self._starts[place]):
            self.refresh_lines(line)
        self._current = place
        self.post_message(self.Current(self, self._entries[place]))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual: the view moved. The current entry is one that can be seen."""
        super().watch_scroll_y(old_value, new_value)
        if not self._lines or self._to_current:
            return
        top = round(new_value)
        bottom = min(top + self.size.height, len(self._lines)) - 1
        first, last = self._lines[min(top, len(self._lines) - 1)].entry, self._lines[max(bottom, 0)].entry
        if not first <= self._current <= last:
            self._set_current(first if self._current < first else last)

    def on_resize(self) -> None:
        """Textual: another size."""
        if self.size.width != self._width:
            self._width = self.size.width
            self._texts.clear()
            self._lay_out()
        if self._to_current:
            self._show_current()
        else:
            self._scroll(round(self.scroll_y))

    def on_click(self, event: events.Click) -> None:
        """Textual: a click makes an entry the current one, a double click folds it."""
        line = event.y + round(self.scroll_y)
        if line < len(self._lines):
            self._set_current(self._lines[line].entry)
            if event.chain == 2:
                self.action_conv_fold()

    def notify_style_update(self) -> None:
        """Textual: other colours."""
        self._looks.clear()
        super().notify_style_update()

    # painting

    def _look(self, name: str) -> Style:
        if name not in self._looks:
            self._looks[name] = self.get_component_rich_style(f"timeline--{name}")
        return self._looks[name]

    def render_line(self, y: int) -> Strip:
        """Textual: one line of the visible part."""
        width = self.size.width
        number = y + round(self.scroll_y)
        if number >= len(self._lines):
            return Strip([Segment(" " * width, self._look("text"))], width)
        line = self._lines[number]
        head = line.entry < len(self._starts) and number == self._starts[line.entry]
        look = self._look("current" if head and line.entry == self._current else line.look)
        text = line.text.rstrip() if line.look != "rule" else line.text
        if line.right:
            room = width - cell_len(line.right) - 2
            if room >= 10:
                return Strip(segments((SafeText(f"{fit(SafeText(text), room)} {line.right} "), look)), width)
        text = fit(cut(SafeText(text), width), width)
        if line.lit:
            return Strip(segments(*self._lit(text, line.lit, look)), width)
        return Strip([Segment(text, look)], width)

    def _lit(self, text: SafeText, lit: Sequence[Span], look: Style) -> Iterator[tuple[SafeText, Style]]:
        """``text`` with the highlighted words in their own look."""
        at = 0
        for first, last in lit:
            yield SafeText(text[at:first]), look
            yield SafeText(text[first:last]), self._look("found")
            at = last
        yield SafeText(text[at:]), look
