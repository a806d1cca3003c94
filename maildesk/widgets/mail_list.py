"""The list of conversations, on Textual's line API.

It holds a window of rows that its screen supplies: it asks by :class:`MailList.PageNeeded` and is given
:meth:`MailList.set_page`. The cursor stays with its conversation while others change the list. Where they take that
out of it, its row lingers until the cursor goes on: no key is for another conversation than the one that was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.widgets.bindings import bindings
from maildesk.widgets.drawn_rows import DrawnRows, State
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.marks import Marks
from maildesk.widgets.row_window import RowWindow


class Aside(NamedTuple):
    """All that a list showed, put aside for a moment."""

    held: RowWindow
    marks: Marks
    cursor: int
    line: int
    stays: bool
    state: State
    words: tuple[SafeText, ...]


class MailList(DrawnRows, can_focus=True):
    """A list of conversations with a cursor, marks and four states (rows, loading, empty, offline or
    error)."""

    PAGE = 200
    """Rows asked for at a time."""
    KEPT = 4000
    """Rows held at most, those nearest to the cursor."""
    GLANCE = 1.0
    """Seconds from what is seen to the key that is pressed for it."""
    LOADING_AFTER = 0.3
    """Seconds before a list without rows says that it is loading."""

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
        super().__init__(two_lines=two_lines, id=id, classes=classes)
        self._asked: tuple[int, int] | None = None
        self._timer: Timer | None = None
        self._stays = False
        """Whether the cursor belongs to a conversation, and no longer to the top of the list."""
        self._seen = 0
        self._seen_until = 0.0
        self._seen_left: ListRow | None = None

    # what the screen tells

    def set_page(self, rows: Sequence[ListRow], offset: int, total: int) -> None:
        """Put ``rows`` at ``offset`` in a list that has ``total``, beside the rows that are there already."""
        lingering = self._held.lingering
        self._held.put(rows, offset)
        if lingering is not None and self._held.lingering is None:  # it is in the list again, there
            self._cursor = self._held.place(lingering) or 0
        self._asked = None
        if total != self._held.listed:
            self._held.listed = total
            self._measure()
        self._become_rows()
        self._held.keep(self._cursor, self.KEPT)
        self._extend()
        self._ask()

    def reset(
        self, rows: Sequence[ListRow], offset: int = 0, total: int | None = None, left: ListRow | None = None
    ) -> None:
        """Show another list, or the same after changes, from ``offset`` on: all other rows are forgotten. The
        cursor stays with its conversation, on the same line of the screen; where that is gone, the next takes
        its place, unless it is ``left``, which lingers as it is now. Until the agent has done something here the cursor
        stays on the first row, whatever comes in above."""
        current = self.row
        line = self._cursor * self.row_height - round(self.scroll_y)
        below = self._held.span(self._cursor + 1, self._cursor + self.PAGE)
        self._leaving.clear()
        self._asked = None
        self._held.reset(rows, offset, offset + len(rows) if total is None else total)
        if current is not None and self._stays:
            self._follow(current, below, left)
        self._cursor = max(0, min(self._cursor, self.total - 1))
        self._measure()
        self._become_rows()
        self._scroll(self._cursor * self.row_height - line)
        self._keep_visible()
        self.refresh()
        if current is not None and (self.row is None or self.row.id != current.id):
            self._was_seen(current, left)
        if self.row != current:
            self.post_message(self.Moved(self, self.row))
        self._ask()

    def _was_seen(self, row: ListRow, left: ListRow | None) -> None:
        """This was under the cursor until now."""
        if monotonic() > self._seen_until:
            self._seen, self._seen_until = row.id, monotonic() + self.GLANCE
            self._seen_left = None
        if left is not None and left.id == self._seen:
            self._seen_left = left

    def _follow(self, current: ListRow, below: Sequence[ListRow], left: ListRow | None) -> None:
        """Put the cursor where its conversation is now, or else the first of those that were ``below``."""
        place = self._held.place(current.id)
        if place is None:
            place = next((at for one in below if (at := self._held.place(one.id)) is not None), self._cursor)
            place = min(place, self._held.listed)
            if left is not None and left.id == current.id:
                self._held.linger(left, place)
        self._cursor = place

    def clear(self) -> None:
        """Forget rows, marks and cursor, as for another tab, and say that it is loading when that takes
        long."""
        self._held.clear()
        self._marks.set(())
        self._stays = False
        self._seen_until = 0.0
        self._leaving.clear()
        self._asked = None
        self._held.listed = self._cursor = 0
        self._measure()
        self._scroll(0)
        self._load()

    def put_aside(self) -> Aside:
        """All that is shown, for :meth:`take_up`. Nothing is held then."""
        line = round(self.scroll_y)
        aside = Aside(self._held, self._marks, self._cursor, line, self._stays, self._state, self._words)
        self._held, self._marks = RowWindow(self._held.needs), Marks()
        return aside

    def take_up(self, aside: Aside) -> None:
        """Show what was put aside, as it was."""
        self._held, self._marks, self._cursor, line, self._stays, state, words = aside
        self._leaving.clear()
        self._asked = None
        self._measure()
        self._scroll(line)
        self.set_state(state, *words)
        if state == "loading":
            self._load()
        self.post_message(self.Moved(self, self.row))
        self.post_message(self.Marked(self, self.marks))

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
        before = self.needs
        place = self._held.replace(row)
        if place is not None:
            if self.needs != before:
                self.refresh()
            self._repaint(place)

    def leave(self, ids: Iterable[int], seconds: float = 0.2) -> None:
        """Strike the rows of ``ids`` out and take them away after ``seconds`` (at once for 0). The cursor goes on at
        once, so that the next key is not for a row that goes."""
        going = {conversation for conversation in ids if conversation in self._held}
        if not going:
            return
        if seconds <= 0:
            self._remove(going)
            return
        self._leaving |= going
        self._step_off()
        for conversation in going:
            if (place := self._held.place(conversation)) is not None:
                self._repaint(place)
        self.set_timer(seconds, lambda: self._remove(going & self._leaving))

    def _step_off(self) -> None:
        """From a row that leaves to the next one below that stays, else to the one above."""
        for step in (1, -1):
            place = self._cursor
            while (row := self._held.at(place)) is not None and row.id in self._leaving:
                place += step
            if row is not None:
                self.move_to(place)
                return

    # moving

    def stay(self) -> None:
        """The agent has seen where the cursor is: from now on it stays with its conversation. What came in above a
        moment ago was not seen: the cursor goes back to what was."""
        if not self._stays:
            self._stays = True
            if monotonic() <= self._seen_until and not self.move_to_id(self._seen) and self._seen_left:
                self._held.linger(self._seen_left, self._cursor)
                self._measure()
                self._become_rows()
                self.post_message(self.Moved(self, self.row))

    def move_to(self, place: int) -> None:
        """Put the cursor on the row at ``place``, or as near as there is one. It goes on from a row that lingers also
        where there is none further."""
        has_left = self._held.lingering is not None and place != self._cursor
        if has_left:
            place -= place > self._cursor
            self._release()
        place = max(0, min(place, self.total - 1))
        if not has_left and (place == self._cursor or not self.total):
            return
        self._stays = True
        before, self._cursor = self._cursor, place
        self._extend()
        if not self._keep_visible():
            self._repaint(before)
            self._repaint(place)
        self.post_message(self.Moved(self, self.row))
        self._ask()

    def _release(self) -> None:
        """Take the row that lingers away; the next stands in its place. Its mark stays, as that of any that left."""
        self._held.let_go()
        self._asked = None
        self._measure()
        self._become_rows()
        self.refresh()

    def move_to_id(self, conversation: int) -> bool:
        """Put the cursor on a conversation; False when it is not among the rows held."""
        place = self._held.place(conversation)
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
        self.move_to(self.total - 1)

    def action_list_open(self) -> None:
        """Open the conversation under the cursor."""
        if self.row is not None and self._state == "rows":
            self.post_message(self.Opened(self, self.row))

    # marks

    def action_list_mark(self) -> None:
        """Mark the conversation under the cursor, or take its mark away, and go down."""
        if self.row is None:
            return
        if self.row.id != self.lingering:
            self._marks.toggle(self.row.id)
            self._repaint(self._cursor)
            self.post_message(self.Marked(self, self.marks))
        self.action_list_down()

    def mark_from_cursor(self, count: int) -> None:
        """Mark so many conversations from the cursor on, where none is marked."""
        if not self.marks:
            self.mark(row.id for row in self._held.span(self._cursor, self._cursor + count - 1))

    @property
    def in_range(self) -> bool:
        """Whether moving extends a range of marks."""
        return self._marks.in_range

    def action_list_range(self) -> None:
        """Begin a range of marks that moving extends, or end it: the marks stay."""
        if self._marks.in_range:
            self._marks.end_range()
        elif self.row is not None and self.row.id != self.lingering:
            self._marks.begin_range(self.row.id)
            self._extend()

    def _extend(self) -> None:
        self._tell_marks(self._marks.extend(self._held, self._cursor))

    def action_list_all(self) -> None:
        """Mark all rows, or none when some are marked."""
        begins = not self.marks
        self.mark(one for one in self._held if begins and one != self.lingering)
        if begins and len(self._held) < self.total:
            self.post_message(self.AllMarked(self))

    def mark(self, ids: Iterable[int]) -> None:
        """Mark exactly ``ids``."""
        self._tell_marks(self._marks.set(ids))

    def _tell_marks(self, changed: bool) -> None:
        if changed:
            self.refresh()
            self.post_message(self.Marked(self, self.marks))

    # inner life

    def _become_rows(self) -> None:
        if self.total:
            if self._state != "rows":
                self.set_state("rows")
        elif self._state in ("rows", "loading"):
            self.set_state("empty")
        self.refresh()

    def _remove(self, ids: set[int]) -> None:
        if not ids:
            return
        current = self.row
        gone = self._held.remove(ids)
        self._cursor -= sum(1 for place in gone if place < self._cursor)
        self._cursor = max(0, min(self._cursor, self.total - 1))
        self._leaving -= ids
        marks_changed = self._marks.forget(ids)
        self._asked = None
        self._measure()
        self._become_rows()
        self._keep_visible()
        self._tell_marks(marks_changed)
        if self.row != current:
            self.post_message(self.Moved(self, self.row))
        self._ask()

    def _load(self) -> None:
        """Show nothing, and after a while that it is loading."""
        self.set_state("loading")
        self._timer = self.set_timer(self.LOADING_AFTER, self._say_loading)

    def _say_loading(self) -> None:
        if self._state == "loading":
            self._words = (safe_line(t("widgets.loading")),)
            self.refresh()

    def _ask(self) -> None:
        """Ask for the rows on the screen, and half a screen around, that are not here."""
        if not self.total or self._state != "rows":
            return
        wanted = self._held.wanted(self._first, self._visible_rows, self.PAGE)
        if wanted is not None and self._asked != (wanted.offset, wanted.count):
            self._asked = (wanted.offset, wanted.count)
            self.post_message(self.PageNeeded(self, wanted.offset, wanted.count, wanted.after, wanted.before))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual: the view moved, by the wheel too."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._stays = self._stays or round(new_value) > 0
            self._ask()

    def on_resize(self) -> None:
        """Textual: another size."""
        super().on_resize()
        self._ask()

    def on_click(self, event: events.Click) -> None:
        """Textual: a click chooses, a double click opens."""
        if self._state != "rows":
            return
        place = (event.y + round(self.scroll_y)) // self.row_height
        if 0 <= place < self.total:
            if event.chain == 2:  # the click before has chosen, and what is there now may be another
                self.action_list_open()
            else:
                self.move_to(place)
