"""Reading what the inbox lists: its counts and the pages around the cursor, anew with every change in the store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from textual import work
from textual.worker import WorkerError

from maildesk.domain.conversation import ConversationSummary, Left
from maildesk.domain.query import QueryError
from maildesk.domain.status import AnyTab
from maildesk.errors import MaildeskError
from maildesk.screens import states
from maildesk.screens.base import DeskFailed, DeskOpened
from maildesk.screens.elsewhere import looked_in
from maildesk.screens.hitting import Hitting
from maildesk.screens.inbox_layout import InboxLayout
from maildesk.screens.inbox_tabs import labels
from maildesk.screens.listing import Reading
from maildesk.screens.scoping import Scoping
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.mail_list import MailList
from maildesk.widgets.tab_bar import TabBar

RETURN_SECONDS = 3.0
"""How long the cursor waits for a conversation that comes back to the list."""


class InboxReading(Scoping, InboxLayout, Hitting):
    """Mixed into the inbox."""

    _returning: Sequence[int] = ()
    _returning_until = 0.0
    _new_aside = 0
    """What was said of new ones above when a tab was tried: reading again far down does not tell."""
    _failed: tuple[MaildeskError, str] | None = None
    """What was said last in place of the list."""

    @property
    def rows_wait(self) -> bool:
        """From another tab, order or filter until its first page is there."""
        return self.is_reading and self.mails.row is None

    def try_tab(self, tab: AnyTab) -> None:
        self._new_aside = self._new
        super().try_tab(tab)

    def leave_tab(self) -> None:
        if self._aside is not None:
            super().leave_tab()
            self.say_new(self._new_aside)
            self.show_count()
            self.query_one(ColumnHeader).set_needs(self.mails.needs)

    def expect_back(self, ids: Sequence[int]) -> None:
        """These conversations will be in the list again in a moment: the cursor goes to the first of them."""
        self._returning = ids
        self._returning_until = monotonic() + RETURN_SECONDS

    async def bring_back(self, ids: Sequence[int]) -> None:
        """They are in the list again. A screen in front of this one walks in it, so it is read behind that, too."""
        self.expect_back(ids)
        if not self.is_current:
            with suppress(WorkerError):
                await self.read().wait()

    def on_desk_opened(self, event: DeskOpened) -> None:
        self.refresh_header()
        self.read()

    def on_desk_failed(self, event: DeskFailed) -> None:
        self._say_failed(event.error, "inbox.not_opened")

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read counts and the page around the cursor again; cursor and scroll stay with their conversation."""
        if self.host.desk is None:
            return
        listing = self.listing
        place, row = self.mails.cursor, self.mails.row
        looked_at = row.id if row is not None else None
        try:
            reading = await self.ask(lambda desk: listing.read(desk, place, looked_at))
        except QueryError as error:
            if not self.is_going:
                self.refused(error)
            return
        except MaildeskError as error:
            if not self.is_going:
                self._say_failed(error, "inbox.failed")
            return
        if self.is_going:
            return
        row = self.mails.row
        if row is not None and row.id != looked_at and self._lacks(reading, row):
            self.read()  # the cursor went on meanwhile, to one that left: what became of that one?
            return
        self._failed = None
        listing.accept(reading)
        self.query_one(TabBar).set_tabs(labels(listing))
        self.query_one(TabBar).set_counts(listing.counts.by_tab)
        self.query_one(TabBar).light(looked_in(listing))
        self.show_order()
        self.refresh_header()
        self.mails.reset(
            self.shown(reading.page.rows),
            reading.offset,
            listing.total,
            self._shown_left(reading.left),
        )
        new = listing.new_above(reading, at_top=self.mails.scroll_y == 0)
        if new is not None:
            self.say_new(new)
        self.show_count()
        if any(self.mails.move_to_id(i) for i in self._returning) or monotonic() > self._returning_until:
            self._returning = ()
        self.query_one(ColumnHeader).set_needs(self.mails.needs)
        self._say_empty()
        self.preview()
        self.refresh_footer()
        self.read_hits()

    def _lacks(self, reading: Reading, row: ListRow) -> bool:
        """Whether a row is not where it should stand in what was read."""
        ids = [one.id for one in reading.page.rows]
        at = self.mails.cursor - reading.offset
        return row.id not in ids and at >= 0 and (at < len(ids) or reading.ends)

    def _shown_left(self, left: Left | None) -> ListRow | None:
        """The row of a conversation that others took out of the list; one that lingers does so whatever I do to it."""
        if left is None or not (left.by_others or left.id == self.mails.lingering):
            return None
        now = self.listing.summaries.get(left.id)
        return self.shown([now])[0] if now is not None else None

    def _say_empty(self) -> None:
        if not self.mails.total and not self.listing.total:
            words = states.empty(self.host.keymap, self.listing, typing=self.searching.typing)
            self.mails.set_state("empty", *words)

    def on_mail_list_moved(self, event: MailList.Moved) -> None:
        if self.listing.read_at is not None and self.mails.state == "empty":
            self._say_empty()

    @work(exclusive=True, group="page")
    async def read_page(self, needed: MailList.PageNeeded) -> None:
        """Read the page that the list is about to show."""
        listing = self.listing
        after, before = (row.id if row is not None else None for row in (needed.after, needed.before))
        request = listing.request(needed.offset, needed.count, after, before)
        page = await self.tried(lambda desk: listing.page(desk, request))
        if page is None or self.is_going:
            return
        offset = listing.accept_page(request, page)
        if offset is None:
            self.read()
            return
        self.mails.set_page(self.shown(page.rows), offset, listing.total)
        self.query_one(ColumnHeader).set_needs(self.mails.needs)
        self.read_hits()

    def shown(self, rows: Sequence[ConversationSummary]) -> list[ListRow]:
        """Rows as the list draws them."""
        freed = self.host.concerns.freed
        self.hits.about(self.listing)
        return self.hits.shown(self.listing.shown(rows, self.desk.me.id, self.host.settings.zone, freed))

    def on_mail_list_page_needed(self, event: MailList.PageNeeded) -> None:
        self.read_page(event)

    def speak(self) -> None:
        super().speak()
        if self._failed is not None:
            self._say_failed(*self._failed)

    def _say_failed(self, error: MaildeskError, title: str) -> None:
        """Nothing to show: say why. What was read before stays; the line above it says how old it is."""
        self._failed = (error, title)
        if self.listing.read_at is None:
            self.mails.set_state("error", *states.failed(self.host.keymap, error, title))
