"""The list of conversations, on Textual's line API.

Only visible rows are ever drawn, and a move of the cursor repaints two rows, so that a key costs the same
with a thousand and with a million conversations. The list holds a window of rows that its screen supplies: it
asks by :class:`MailList.PageNeeded` and is given :meth:`MailList.set_page`. The cursor stays with its
conversation while others change the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from textual.timer import Timer

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.status import COLOURS
from maildesk.locale import t
from maildesk.widgets.bindings import bindings
from maildesk.widgets.columns import EDGE, NEEDS, Column, Needs, columns_for
from maildesk.widgets.tags import Tag, behind
from maildesk.widgets.text import NOTHING, segments
from maildesk.widgets.wrap import fit

Urgency = Literal["normal", "important", "urgent", "critical"]
Pressing = Literal["late", "soon", "later"]
_PRESSING: dict[Pressing, str] = {"late": "critical", "soon": "urgent", "later": ""}
State = Literal["rows", "loading", "empty", "offline", "error"]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A conversation as the list shows it. ``id`` is the conversation's and finds the row again; ``holder``
    is who holds the claim and stands in the place of ``assignee``; ``flags`` are kanji: 添 attachments, 返
    answered, 自 automatic. ``state`` is the sign of its state, '' in a list of one state; ``due`` what is left to its
    reply target, '' for none, and ``pressing`` how pressing that is."""

    id: int
    number: SafeText
    sender: SafeText
    subject: SafeText
    time: SafeText
    unread: bool = False
    flags: SafeText = NOTHING
    priority: SafeText = NOTHING
    urgency: Urgency = "normal"
    shop: SafeText = NOTHING
    assignee: SafeText = NOTHING
    holder: SafeText = NOTHING
    state: SafeText = NOTHING
    labels: tuple[Tag, ...] = ()
    due: SafeText = NOTHING
    pressing: Pressing = "later"


class MailList(ScrollView, can_focus=True):
    """A list of conversations with a cursor, marks and four states (rows, loading, empty, offline or
    error)."""

    PAGE = 200
    """Rows asked for at a time."""
    KEPT = 4000
    """Rows held at most, those nearest to the cursor."""
    LOADING_AFTER = 0.3
    """Seconds before a list without rows says that it is loading."""

    DEFAULT_CSS = """
    MailList {
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
        "mail-list--title",
        *(f"mail-list--{colour}" for colour in COLOURS),
    }
    ACTIONS: ClassVar[frozenset[str]] = frozenset(
        "list." + name
        for name in ("down", "up", "page_down", "page_up", "top", "bottom", "open", "mark", "range", "all")
    )
    """The actions of the keymap that the list does itself; the others of its context are its screen's."""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list", only=ACTIONS.__contains__)]

    class _About(Message):
        def __init__(self, mail_list: MailList) -> None:
            super().__init__()
            self.mail_list = mail_list

        @property
        def control(self) -> MailList:
            """The list."""
            return self.mail_list

    class Moved(_About):
        """The cursor is on another conversation; ``row`` is None in an empty list or before its page is
        there."""

        def __init__(self, mail_list: MailList, row: ListRow | None) -> None:
            super().__init__(mail_list)
            self.row = row

    class Opened(_About):
        """The agent wants to read ``row``."""

        def __init__(self, mail_list: MailList, row: ListRow) -> None:
            super().__init__(mail_list)
            self.row = row

    class Marked(_About):
        """The marks changed; ``ids`` are the marked conversations."""

        def __init__(self, mail_list: MailList, ids: frozenset[int]) -> None:
            super().__init__(mail_list)
            self.ids = ids

    class AllMarked(_About):
        """All rows held were marked, and all of the list are meant: there may be more."""

    class PageNeeded(_About):
        """Rows ``offset`` to ``offset + count - 1`` are about to be seen. They come after the row ``after``
        or before the row ``before`` (keyset anchors, None where unknown); with neither they start or end the
        list, or are jumped to."""

        def __init__(
            self, mail_list: MailList, offset: int, count: int, after: ListRow | None, before: ListRow | None
        ) -> None:
            super().__init__(mail_list)
            self.offset = offset
            self.count = count
            self.after = after
            self.before = before

    def __init__(self, *, two_lines: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: dict[int, ListRow] = {}
        self._places: dict[int, int] = {}
        self._total = 0
        self._cursor = 0
        self._marks: set[int] = set()
        self._anchor: int | None = None
        """The conversation where a range began, None while none is marked."""
        self._marked_before: frozenset[int] = frozenset()
        self._leaving: set[int] = set()
        self._asked: tuple[int, int] | None = None
        self._state: State = "empty"
        self._words: tuple[SafeText, ...] = ()
        self._two_lines = two_lines
        self._needs = NEEDS
        self._looks: dict[str, Style] = {}
        self._timer: Timer | None = None

    # what the screen tells

    def set_page(self, rows: Sequence[ListRow], offset: int, total: int) -> None:
        """Put ``rows`` at ``offset`` in a list that has ``total``, beside the rows that are there already."""
        self._put(rows, offset)
        self._asked = None
        if total != self._total:
            self._total = total
            self._measure()
        self._become_rows()
        self._forget_far()
        self._extend()
        self._ask()

    def reset(self, rows: Sequence[ListRow], offset: int = 0, total: int | None = None) -> None:
        """Show another list, or the same after changes, from ``offset`` on: all other rows are forgotten. The
        cursor stays with its conversation, on the same line of the screen; where that is gone, the next takes
        its place."""
        current = self.row
        line = self._cursor * self.row_height - round(self.scroll_y)
        self._rows.clear()
        self._places.clear()
        self._leaving.clear()
        self._asked = None
        self._needs = Needs(self._needs.number)
        self._total = offset + len(rows) if total is None else total
        self._put(rows, offset)
        if current is not None and current.id in self._places:
            self._cursor = self._places[current.id]
        self._cursor = max(0, min(self._cursor, self._total - 1))
        self._measure()
        self._become_rows()
        self._scroll(self._cursor * self.row_height - line)
        self._keep_visible()
        self.refresh()
        if self.row != current:
            self.post_message(self.Moved(self, self.row))
        self._ask()

    def clear(self) -> None:
        """Forget rows, marks and cursor, as for another tab, and say that it is loading when that takes
        long."""
        self._rows.clear()
        self._places.clear()
        self._marks.clear()
        self._anchor = None
        self._leaving.clear()
        self._asked = None
        self._total = self._cursor = 0
        self._state, self._words = "loading", ()
        self._measure()
        self._scroll(0)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(self.LOADING_AFTER, self._say_loading)
        self.refresh()

    def set_state(self, state: State, *words: SafeText) -> None:
        """Show ``words`` instead of rows: the first as a title, then lines beneath. ``"rows"`` shows the rows
        again."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._state, self._words = state, words
        self.refresh()

    def update_row(self, row: ListRow) -> None:
        """Show new values of a conversation in its place, if it is here."""
        place = self._places.get(row.id)
        if place is not None and self._rows[place] != row:
            self._rows[place] = row
            before = self._needs
            self._need(row)
            if self._needs != before:
                self.refresh()
            self._repaint(place)

    def leave(self, ids: Iterable[int], seconds: float = 0.2) -> None:
        """Strike the rows of ``ids`` out and take them away after ``seconds`` (at once for 0)."""
        going = {conversation for conversation in ids if conversation in self._places}
        if not going:
            return
        if seconds <= 0:
            self._remove(going)
            return
        self._leaving |= going
        for conversation in going:
            self._repaint(self._places[conversation])
        self.set_timer(seconds, lambda: self._remove(going & self._leaving))

    @property
    def two_lines(self) -> bool:
        """Whether a row takes two lines, for a list beside a preview."""
        return self._two_lines

    @two_lines.setter
    def two_lines(self, value: bool) -> None:
        if value != self._two_lines:
            self._two_lines = value
            self._measure()
            self._keep_visible()
            self.refresh()

    # what the screen asks

    @property
    def row(self) -> ListRow | None:
        """The conversation under the cursor."""
        return self._rows.get(self._cursor)

    @property
    def cursor(self) -> int:
        """The place of the cursor, from 0."""
        return self._cursor

    @property
    def total(self) -> int:
        """How many conversations the list has."""
        return self._total

    @property
    def state(self) -> State:
        """What is shown."""
        return self._state

    @property
    def marks(self) -> frozenset[int]:
        """The marked conversations."""
        return frozenset(self._marks)

    @property
    def chosen(self) -> tuple[int, ...]:
        """What an action is for: the marked conversations, else the one under the cursor, else nothing."""
        if self._marks:
            return tuple(
                sorted(self._marks, key=lambda conversation: self._places.get(conversation, self._total))
            )
        return (self.row.id,) if self.row is not None else ()

    def neighbour(self, step: int) -> ListRow | None:
        """The conversation ``step`` below the cursor (negative: above)."""
        return self._rows.get(self._cursor + step)

    @property
    def needs(self) -> Needs:
        """What the rows need of the columns, for the :class:`ColumnHeader` above the list."""
        return self._needs

    @property
    def row_height(self) -> int:
        """Lines of a row."""
        return 2 if self._two_lines else 1

    # moving

    def move_to(self, place: int) -> None:
        """Put the cursor on the row at ``place``, or as near as there is one."""
        place = max(0, min(place, self._total - 1))
        if place == self._cursor or not self._total:
            return
        before, self._cursor = self._cursor, place
        self._extend()
        if not self._keep_visible():
            self._repaint(before)
            self._repaint(place)
        self.post_message(self.Moved(self, self.row))
        self._ask()

    def move_to_id(self, conversation: int) -> bool:
        """Put the cursor on a conversation; False when it is not among the rows held."""
        place = self._places.get(conversation)
        if place is not None:
            self.move_to(place)
        return place is not None

    def action_list_down(self) -> None:
        """One row down."""
        self.move_to(self._cursor + 1)

    def action_list_up(self) -> None:
        """One row up."""
        self.move_to(self._cursor - 1)

    def action_list_page_down(self) -> None:
        """Half a screen down."""
        self.move_to(self._cursor + max(1, self._visible_rows // 2))

    def action_list_page_up(self) -> None:
        """Half a screen up."""
        self.move_to(self._cursor - max(1, self._visible_rows // 2))

    def action_list_top(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_list_bottom(self) -> None:
        """To the last row."""
        self.move_to(self._total - 1)

    def action_list_open(self) -> None:
        """Open the conversation under the cursor."""
        if self.row is not None and self._state == "rows":
            self.post_message(self.Opened(self, self.row))

    # marks

    def action_list_mark(self) -> None:
        """Mark the conversation under the cursor, or take its mark away, and go down."""
        if self.row is None:
            return
        self._marks ^= {self.row.id}
        self._repaint(self._cursor)
        self.post_message(self.Marked(self, self.marks))
        self.action_list_down()

    def mark_from_cursor(self, count: int) -> None:
        """Mark so many conversations from the cursor on, where none is marked."""
        if not self._marks:
            span = range(self._cursor, self._cursor + count)
            self.mark(row.id for place in span if (row := self._rows.get(place)) is not None)

    @property
    def in_range(self) -> bool:
        """Whether moving extends a range of marks."""
        return self._anchor is not None

    def action_list_range(self) -> None:
        """Begin a range of marks that moving extends, or end it: the marks stay."""
        if self._anchor is not None:
            self._anchor = None
        elif self.row is not None:
            self._anchor, self._marked_before = self.row.id, frozenset(self._marks)
            self._extend()

    def _extend(self) -> None:
        """Mark what is between the anchor of a range and the cursor."""
        if self._anchor is None:
            return
        start = self._places.get(self._anchor)
        if start is None:
            self._anchor = None
            return
        first, last = sorted((start, self._cursor))
        span = (self._rows.get(place) for place in range(first, last + 1))
        self._set_marks({*self._marked_before, *(row.id for row in span if row is not None)})

    def action_list_all(self) -> None:
        """Mark all rows, or none when some are marked."""
        begins = not self._marks
        self.mark(self._places if begins else ())
        if begins and len(self._places) < self._total:
            self.post_message(self.AllMarked(self))

    def mark(self, ids: Iterable[int]) -> None:
        """Mark exactly ``ids``."""
        self._anchor = None
        self._set_marks(set(ids))

    def _set_marks(self, marks: set[int]) -> None:
        if marks != self._marks:
            self._marks = marks
            self.refresh()
            self.post_message(self.Marked(self, self.marks))

    # inner life

    def _put(self, rows: Sequence[ListRow], offset: int) -> None:
        for place, row in enumerate(rows, offset):
            old = self._rows.get(place)
            if old is not None and self._places.get(old.id) == place:
                del self._places[old.id]
            self._rows[place] = row
        for place, row in enumerate(rows, offset):
            self._places[row.id] = place
            self._need(row)

    def _need(self, row: ListRow) -> None:
        """Make room for a row."""
        now = self._needs
        self._needs = Needs(
            max(now.number, min(len(row.number), 12)),
            max(now.flags, cell_len(row.flags)),
            now.state or bool(row.state),
            now.due or bool(row.due),
        )

    def _become_rows(self) -> None:
        if self._total:
            if self._state != "rows":
                self.set_state("rows")
        elif self._state in ("rows", "loading"):
            self.set_state("empty")
        self.refresh()

    def _forget_far(self) -> None:
        if len(self._rows) > self.KEPT:
            reach = self.KEPT // 2
            for place in [place for place in self._rows if abs(place - self._cursor) > reach]:
                row = self._rows.pop(place)
                if self._places.get(row.id) == place:
                    del self._places[row.id]

    def _remove(self, ids: set[int]) -> None:
        if not ids:
            return
        current = self.row
        gone = {self._places[conversation] for conversation in ids if conversation in self._places}
        rows: dict[int, ListRow] = {}
        shift = 0
        ends = iter(sorted(gone))
        following = next(ends, None)
        for place in sorted(self._rows):
            while following is not None and following < place:
                shift += 1
                following = next(ends, None)
            if place not in gone:
                rows[place - shift] = self._rows[place]
        self._cursor -= sum(1 for place in gone if place < self._cursor)
        self._rows = rows
        self._places = {row.id: place for place, row in rows.items()}
        self._total -= len(gone)
        self._cursor = max(0, min(self._cursor, self._total - 1))
        self._leaving -= ids
        marked = self._marks & ids
        self._marks -= ids
        self._asked = None
        self._measure()
        self._become_rows()
        self._keep_visible()
        if marked:
            self.post_message(self.Marked(self, self.marks))
        if self.row != current:
            self.post_message(self.Moved(self, self.row))
        self._ask()

    def _say_loading(self) -> None:
        if self._state == "loading":
            self._words = (safe_line(t("widgets.loading")),)
            self.refresh()

    @property
    def _visible_rows(self) -> int:
        return max(1, self.size.height // self.row_height)

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, self._total * self.row_height)

    def _repaint(self, place: int) -> None:
        self.refresh_lines(place * self.row_height, self.row_height)

    def _scroll(self, line: int) -> bool:
        """Show ``line`` as the first; whether that changed anything."""
        height = self.row_height
        line = max(0, min(line, self._total * height - self.size.height))
        line -= line % height
        if line == round(self.scroll_y):
            return False
        self.scroll_to(y=line, animate=False, force=True)
        return True

    def _keep_visible(self) -> bool:
        """Scroll by half a screen when the cursor left it; whether it scrolled."""
        height, rows = self.row_height, self._visible_rows
        first = round(self.scroll_y) // height
        if first <= self._cursor < first + rows:
            return False
        if self._cursor == first + rows or self._cursor == first - 1:
            first = self._cursor - rows // 2
        else:
            first = self._cursor - (0 if self._cursor < first else rows - 1)
        return self._scroll(first * height)

    def _ask(self) -> None:
        """Ask for the rows on the screen, and half a screen around, that are not here."""
        if not self._total or self._state != "rows":
            return
        rows = self._visible_rows
        first = round(self.scroll_y) // self.row_height
        span = range(max(0, first - rows // 2), min(self._total, first + rows + rows // 2))
        missing = next((place for place in span if place not in self._rows), None)
        if missing is None:
            return
        after, before = self._rows.get(missing - 1), None
        offset = missing
        if after is None:
            last = next((place for place in reversed(span) if place not in self._rows), missing)
            before = self._rows.get(last + 1)
            if before is not None:
                offset = max(0, last + 1 - self.PAGE)
            else:
                offset = max(0, min(missing - self.PAGE // 2, self._total - self.PAGE))
        count = min(self.PAGE, self._total - offset)
        if before is not None:
            count = last + 1 - offset
        if self._asked != (offset, count):
            self._asked = (offset, count)
            self.post_message(self.PageNeeded(self, offset, count, after, before))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual: the view moved, by the wheel too."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._ask()

    def on_resize(self) -> None:
        """Textual: another size."""
        self._measure()
        self._keep_visible()
        self._ask()

    def on_click(self, event: events.Click) -> None:
        """Textual: a click chooses, a double click opens."""
        if self._state != "rows":
            return
        place = (event.y + round(self.scroll_y)) // self.row_height
        if 0 <= place < self._total:
            self.move_to(place)
            if event.chain == 2:
                self.action_list_open()

    def notify_style_update(self) -> None:
        """Textual: other colours."""
        self._looks.clear()
        super().notify_style_update()

    # painting

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
        row = self._rows.get(place)
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
        columns = columns_for(width, self._two_lines, self._needs)[part]
        edge = f"{'▌' if at_cursor else ' '}{'✓' if row.id in self._marks and not part else ' '}"
        edge += f"{'▪' if row.unread and not part else ' '} "
        runs: list[tuple[SafeText, Style]] = [(SafeText(edge[: min(EDGE, width)]), base)]
        at = min(EDGE, width)
        for column in columns:
            if column.start > at:
                runs.append((SafeText(" " * (column.start - at)), base))
            for text, look in self._cell(row, column):
                runs.append((text, base if plain or not look else self._look(look)))
            at = column.start + column.width
        if at < width:
            runs.append((SafeText(" " * (width - at)), base))
        return Strip(segments(*runs), width)

    def _cell(self, row: ListRow, column: Column) -> Sequence[tuple[SafeText, str]]:
        """The texts of a cell and their looks, '' for the look of the row."""
        if column.name == "subject" and row.labels:
            return behind(row.subject, row.labels, column.width)
        return (self._one(row, column),)

    def _one(self, row: ListRow, column: Column) -> tuple[SafeText, str]:
        width = column.width
        match column.name:
            case "priority":
                look = row.urgency if row.priority and row.urgency in ("urgent", "critical") else ""
                return fit(row.priority, width), look
            case "assignee":
                if row.holder:
                    return fit(SafeText("✎" + row.holder), width), "holder"
                return fit(row.assignee, width), ""
            case "due":
                return fit(row.due, width, "right"), _PRESSING[row.pressing]
            case "number":
                return fit(row.number, width), ""
            case "state":
                return fit(row.state, width), ""
            case "sender":
                return fit(row.sender, width), ""
            case "subject":
                return fit(row.subject, width), ""
            case "flags":
                return fit(row.flags, width), ""
            case "shop":
                return fit(row.shop, width, ellipsis=""), ""
            case "time":
                return fit(row.time, width, "right"), ""

    def _overlay_line(self, y: int, width: int) -> Strip:
        at = y - max(0, self.size.height // 3 - 1)
        if 0 <= at < len(self._words):
            look = self._look("title" if at == 0 else "overlay")
            return Strip([Segment(fit(self._words[at], width, "center"), look)], width)
        return Strip([Segment(" " * width, self._look("overlay"))], width)
