"""The inbox: tabs with live counts, the list, a preview, and everything that can be done from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Changed
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.status import AnyTab
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.column_choice import Columns
from maildesk.screens.customer_acts import CustomerActs
from maildesk.screens.hitting import Hits
from maildesk.screens.inbox_reading import InboxReading
from maildesk.screens.inbox_tabs import labels
from maildesk.screens.lettering import Lettering
from maildesk.screens.listing import Listing
from maildesk.screens.marking import MarkActs
from maildesk.screens.placing import Placing
from maildesk.screens.preview import Preview
from maildesk.screens.queueing import Queueing
from maildesk.screens.rereading import Rereading
from maildesk.screens.searching import SearchActs, Searching
from maildesk.screens.tab_keys import TabKeys
from maildesk.screens.time_boxed import TimeBoxed, is_offered
from maildesk.screens.views import SavedViews, ViewActs
from maildesk.screens.walking import InboxWalk
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.mail_list import MailList
from maildesk.widgets.rule import Rule
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import TabBar


class InboxScreen(
    Columns,
    TimeBoxed,
    InboxReading,
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
    is_about_one: ClassVar[bool] = False
    _top_told = False
    """Whether it was said that there is no step back."""
    AUTO_FOCUS = "MailList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list", only=lambda name: name not in MailList.ACTIONS)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self.searching = Searching(self)
        self.hits = Hits()
        self.views = SavedViews(self)

    @property
    def tab(self) -> AnyTab:
        """The tab that is shown."""
        return self.listing.tab

    # what is seen

    @property
    def place(self) -> SafeText:
        place = self.listing.mailbox or t("inbox.all_mailboxes")
        return safe_line(f"{place} ▸ {t('inbox.mine')}" if self.listing.mine else place)

    def body(self) -> ComposeResult:
        yield TabBar(labels(self.listing), self.tab.value)
        yield SearchBar(*search_words(), self.searching.complete)
        yield Rule(classes="under-tabs")
        with Horizontal(id="panes"):
            yield from self._list()
            yield Preview()

    def _list(self) -> ComposeResult:
        with Vertical(id="list"):
            yield ColumnHeader()
            yield MailList()

    def on_mount(self) -> None:
        rebind(self.mails, "list", self.host.keymap)
        self.mails.clear()
        self.lay_out()
        self.set_interval(60, self._tick)
        if self.host.desk is not None:
            self.read()

    def speak(self) -> None:
        self.query_one(SearchBar).say(*search_words())
        self.searching.speak()
        super().speak()
        rebind(self.mails, "list", self.host.keymap)
        self.query_one(Preview).speak()
        self.tick()

    def _tick(self) -> None:
        """A minute less is left."""
        if self.is_current and self.mails.needs.due:
            self.read()

    def offered(self, action_id: str) -> bool | None:
        if self.box is not None and not is_offered(action_id):
            return False
        return self.mails.row is not None or not action_id.startswith(("conversation.", "list.open"))

    def on_screen_resume(self) -> None:
        self._top_told = False
        self.preview()

    def action_app_back(self) -> None:
        """One step back: out of the filter, then the marks, then the words that this is the first screen, once."""
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
            self.show_shop(None)
        elif self.box is not None:
            self.action_triage_start()
        elif not self._top_told:
            self._top_told = True
            self.host.say(t("keymap.miss.top", quit=self.host.keymap.shown("app.quit")))

    # the list

    def on_mail_list_opened(self, event: MailList.Opened) -> None:
        from maildesk.screens.conversation import ConversationScreen

        self.app.push_screen(ConversationScreen(event.row.id, InboxWalk(self)))

    def action_goto_top(self) -> None:
        self.mails.move_to(0)

    def key_pressed(self) -> None:
        self.mails.stay()

    def choose_rows(self, count: int) -> None:
        self.mails.mark_from_cursor(count)

    def choose_place(self, number: int) -> None:
        self.mails.move_to(number - 1)

    # acting

    def targets(self) -> tuple[int, ...]:
        return self.mails.chosen

    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        return self.listing.summaries.get(conversation_id)

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool, stay: bool = False) -> None:
        self.mails.mark(())  # the next key is for what is under the cursor then
        if leaving:
            self.mails.leave(self.listing.leaving(rows))
        self.rows_changed(rows)
        if leaving and not stay and self.listing.mixed:
            self._go_on(rows)

    def settle(self, changed: Changed | None, leaving: bool, stay: bool) -> None:
        if changed is None:
            self.mails.mark(())
        if changed is None or changed.skipped:
            self.read()
        else:
            self.rows_changed(changed.summaries)

    def _go_on(self, rows: Sequence[ConversationSummary]) -> None:
        """A list of all states keeps what was done: the cursor leaves it as it would where the row goes."""
        row = self.mails.row
        if row is not None and [row.id] == [summary.id for summary in rows]:
            self.mails.move_to(self.mails.cursor + 1)

    def rows_changed(self, summaries: Iterable[ConversationSummary]) -> None:
        rows = list(summaries)
        self.listing.put(rows)
        if self.listing.read_at is not None:
            for row in self.shown(rows):
                self.mails.update_row(row)

    def action_conversation_done_prev(self) -> None:
        """Done, and the cursor goes up."""
        if self.mails.row is not None:
            self.action_conversation_done()
            self.mails.move_to(self.mails.cursor - 1)

    def reply_closed(self, conversation_id: int, sent: bool) -> None:
        """Without a reply the conversation comes back to its tab as the claim is free, and the cursor to it."""
        if not sent:
            self.expect_back([conversation_id])
        elif self.mails.lingering == conversation_id:
            self.mails.leave([conversation_id], 0)


def search_words() -> tuple[str, str]:
    """What the row of the filter is called, and what it hints at."""
    return t("inbox.search"), t("inbox.search.hint")
