"""The inbox: tabs with live counts, the list, a preview, and everything that can be done from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Changed
from maildesk.domain.query import QueryError
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.status import AnyTab
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import states
from maildesk.screens.base import DeskFailed, DeskOpened
from maildesk.screens.confirm import Confirm
from maildesk.screens.customer_acts import CustomerActs
from maildesk.screens.inbox_layout import InboxLayout
from maildesk.screens.inbox_tabs import labels
from maildesk.screens.lettering import Lettering
from maildesk.screens.listing import Listing
from maildesk.screens.marking import MarkActs
from maildesk.screens.placing import Placing
from maildesk.screens.preview import Preview
from maildesk.screens.queueing import Queueing
from maildesk.screens.rereading import Rereading
from maildesk.screens.scoping import Scoping
from maildesk.screens.searching import SearchActs, Searching
from maildesk.screens.tab_keys import TabKeys
from maildesk.screens.time_boxed import TimeBoxed, is_offered
from maildesk.screens.views import SavedViews, ViewActs
from maildesk.screens.walking import InboxWalk
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.mail_list import ListRow, MailList
from maildesk.widgets.rule import Rule
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import TabBar

RETURN_SECONDS = 3.0
"""How long the cursor waits for a conversation that comes back to the list."""


class InboxScreen(
    TimeBoxed,
    Scoping,
    InboxLayout,
    MarkActs,
    TabKeys,
    SearchActs,
    ViewActs,
    CustomerActs,
    Lettering,
    Queueing,
    Placing,
    Rereading,
):
    """All conversations of the desk, by state."""

    context: ClassVar[Context] = "list"
    AUTO_FOCUS = "MailList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list", only=lambda name: name not in MailList.ACTIONS)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self.searching = Searching(self)
        self.views = SavedViews(self)
        self._returning: Sequence[int] = ()
        self._returning_until = 0.0

    @property
    def tab(self) -> AnyTab:
        """The tab that is shown."""
        return self.listing.tab

    # what is seen

    @property
    def place(self) -> SafeText:
        return safe_line(self.listing.mailbox or t("inbox.all_mailboxes"))

    def body(self) -> ComposeResult:
        yield TabBar(labels(self.listing), self.tab.value)
        yield SearchBar(t("inbox.search"), t("inbox.search.hint"), self.searching.complete)
        yield Rule(classes="under-tabs")
        with Horizontal(id="panes"):
            yield from self._list()
            yield Preview()

    def _list(self) -> ComposeResult:
        with Vertical(id="list"):
            yield ColumnHeader()
            yield MailList()

    @property
    def mails(self) -> MailList:
        """The list."""
        return self.query_one(MailList)

    def on_mount(self) -> None:
        rebind(self.mails, "list", self.host.keymap)
        self.mails.clear()
        self.lay_out()
        self.set_interval(60, self._tick)
        if self.host.desk is not None:
            self.read()

    def _tick(self) -> None:
        """A minute less is left."""
        if self.is_current and self.mails.needs.due:
            self.read()

    def offered(self, action_id: str) -> bool | None:
        if self.box is not None and not is_offered(action_id):
            return False
        return self.mails.row is not None or not action_id.startswith(("conversation.", "list.open"))

    # reading

    def on_desk_opened(self, event: DeskOpened) -> None:
        self.refresh_header()
        self.read()

    def on_desk_failed(self, event: DeskFailed) -> None:
        self._say_failed(event.error, "inbox.not_opened")

    def on_screen_resume(self) -> None:
        self.preview()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read counts and the page around the cursor again; cursor and scroll stay with their conversation."""
        if self.host.desk is None:
            return
        listing = self.listing
        request = listing.request(self.mails.cursor - MailList.PAGE // 2)
        try:
            reading = await self.ask(lambda desk: listing.read(desk, request))
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
        listing.accept(reading)
        self.query_one(TabBar).set_tabs(labels(listing))
        self.query_one(TabBar).set_counts(listing.counts.by_tab)
        self.show_order()
        self.refresh_header()
        self.mails.reset(self._shown(reading.page.rows), reading.request.offset, listing.total)
        new = listing.new_above(reading, at_top=self.mails.scroll_y == 0)
        if new is not None:
            self.say_new(new)
        self.show_count()
        if any(self.mails.move_to_id(i) for i in self._returning) or monotonic() > self._returning_until:
            self._returning = ()
        self.query_one(ColumnHeader).set_needs(self.mails.needs)
        if not listing.total:
            typing = self.searching.typing
            self.mails.set_state("empty", *states.empty(self.host.keymap, listing, typing=typing))
        self.preview()
        self.refresh_footer()

    @work(exclusive=True, group="page")
    async def read_page(self, offset: int) -> None:
        """Read the page that the list is about to show."""
        request = self.listing.request(offset)
        page = await self.tried(lambda desk: self.listing.page(desk, request))
        if page is not None and not self.is_going:
            self.listing.accept_page(request, page)
            self.mails.set_page(self._shown(page.rows), request.offset, self.listing.total)
            self.query_one(ColumnHeader).set_needs(self.mails.needs)

    def _shown(self, rows: Sequence[ConversationSummary]) -> list[ListRow]:
        freed = self.host.concerns.freed
        return self.listing.shown(rows, self.desk.me.id, self.host.settings.zone, freed)

    def on_mail_list_page_needed(self, event: MailList.PageNeeded) -> None:
        self.read_page(event.offset)

    def _say_failed(self, error: MaildeskError, title: str) -> None:
        """Nothing to show: say why. What was read before stays; the line above it says how old it is."""
        if self.listing.read_at is None:
            self.mails.set_state("error", *states.failed(self.host.keymap, error, title))

    def action_app_back(self) -> None:
        """One step back: out of the filter, then the marks, then the question whether to end."""
        self.searching.problem = ""
        if self.query_one(SearchBar).close():
            self.mails.focus()
            if self.listing.query_text:
                self.listing.query_text = ""
                self.start_again()
        elif self.mails.marks or self.mails.in_range:
            self.mails.mark(())
        elif self.listing.mine:
            self.action_list_mine()
        elif self.listing.shop is not None:
            self.show_shop(0)
        elif self.box is not None:
            self.action_triage_start()
        else:
            self._ask_to_quit()

    @work(exclusive=True, group="quit")
    async def _ask_to_quit(self) -> None:
        if await self.app.push_screen_wait(Confirm(t("app.quit.title"))):
            self.host.action_app_quit()

    # the list

    def on_mail_list_opened(self, event: MailList.Opened) -> None:
        from maildesk.screens.conversation import ConversationScreen

        self.app.push_screen(ConversationScreen(event.row.id, InboxWalk(self)))

    def action_goto_top(self) -> None:
        self.mails.move_to(0)

    def choose_rows(self, count: int) -> None:
        self.mails.mark_from_cursor(count)

    def choose_place(self, number: int) -> None:
        self.mails.move_to(number - 1)

    # acting

    def targets(self) -> tuple[int, ...]:
        return self.mails.chosen

    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        return self.listing.summaries.get(conversation_id)

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool) -> None:
        if leaving:
            self.mails.leave(self.listing.leaving(rows))
        self.rows_changed(rows)

    def settle(self, changed: Changed | None, leaving: bool, stay: bool) -> None:
        self.mails.mark(())
        if changed is None or changed.skipped:
            self.read()
        else:
            self.rows_changed(changed.summaries)
            if leaving and not stay and self.listing.mixed:
                self._go_on(changed)

    def _go_on(self, changed: Changed) -> None:
        """A list of all states keeps what was done: the cursor leaves it as it would where the row goes."""
        row = self.mails.row
        if row is not None and [row.id] == [summary.id for summary in changed.summaries]:
            self.mails.move_to(self.mails.cursor + 1)

    def rows_changed(self, summaries: Iterable[ConversationSummary]) -> None:
        rows = list(summaries)
        self.listing.put(rows)
        if self.listing.read_at is not None:
            for row in self._shown(rows):
                self.mails.update_row(row)

    def action_conversation_done_prev(self) -> None:
        """Done, and the cursor goes up: the mark says what is meant when it has moved."""
        if self.mails.row is not None:
            self.mails.mark_from_cursor(1)
            self.action_conversation_done()
            self.mails.move_to(self.mails.cursor - 1)

    def bring_back(self, ids: Sequence[int]) -> None:
        """These conversations will be in the list again in a moment: the cursor goes to the first of them."""
        self._returning = ids
        self._returning_until = monotonic() + RETURN_SECONDS

    def reply_closed(self, conversation_id: int, sent: bool) -> None:
        """Without a reply the conversation comes back to its tab as the claim is free, and the cursor to it."""
        if not sent:
            self.bring_back([conversation_id])
