"""The inbox: tabs with live counts, the list, a preview, and everything that can be done from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from maildesk.domain.conversation import ConversationSummary, Counts, Page
from maildesk.domain.mailbox import Health
from maildesk.domain.outcomes import Changed
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.status import Sort, Tab
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import choices, states
from maildesk.screens.base import DeskFailed, DeskOpened, StoreChanged
from maildesk.screens.confirm import Confirm
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.pages import REVERSED, PageRequest, Pages
from maildesk.screens.picker import Picker
from maildesk.screens.preview import Preview
from maildesk.screens.tab_keys import TabKeys
from maildesk.screens.triage import Triage
from maildesk.screens.words import clock, list_row
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.mail_list import ListRow, MailList
from maildesk.widgets.notice import Notice
from maildesk.widgets.rule import Rule
from maildesk.widgets.tab_bar import Tab as TabLabel
from maildesk.widgets.tab_bar import TabBar
from maildesk.widgets.text import NOTHING

LAYOUTS = ("list", "below", "right")


class InboxScreen(TabKeys, Triage):
    """All conversations of the desk, by state."""

    context: ClassVar[Context] = "list"
    AUTO_FOCUS = "MailList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list", only=lambda name: name not in MailList.ACTIONS)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.tab = Tab.NEW
        self.sort = Sort.NEWEST
        self.mine = False
        self.query_text = ""
        self.layout_name: str | None = None
        self.summaries: dict[int, ConversationSummary] = {}
        self.counts = Counts({})
        self._pages = Pages(MailList.PAGE)
        self._now: datetime | None = None
        self._read_at: datetime | None = None
        self._mailbox = ""
        self._stale = False
        self._returning: Sequence[int] = ()
        self._newest: datetime | None = None

    # what is seen

    @property
    def place(self) -> SafeText:
        return safe_line(self._mailbox or t("inbox.all_mailboxes"))

    def body(self) -> ComposeResult:
        tabs = [
            TabLabel(tab.value, str(place), SafeText(t(f"common.{tab}.short")))
            for place, tab in enumerate(Tab, 1)
        ]
        yield TabBar(tabs, self.tab.value)
        yield Notice()
        search = Input(placeholder=t("inbox.search"), compact=True, id="search")
        search.display = False
        yield search
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
        self.query_one("#search", Input).cursor_blink = False
        self.mails.clear()
        self._lay_out()
        if self.host.desk is not None:
            self.read()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Choose where the preview is: at the right of a wide terminal, below in others, nowhere in a low one."""
        width, height = self.app.size
        name = self.layout_name or ("right" if width >= 130 else "below" if height >= 20 else "list")
        if name == "right" and width < 92:
            name = "below"
        for other in LAYOUTS:
            self.set_class(other == name, f"-{other}")
        self.mails.two_lines = name == "right"
        self.query_one(ColumnHeader).display = name != "right" and height >= 20
        self.query_one(Preview).wanted = name != "list"
        self._preview()

    def offered(self, action_id: str) -> bool | None:
        return self.mails.row is not None or not action_id.startswith(("conversation.", "list.open"))

    # reading

    def on_desk_opened(self, event: DeskOpened) -> None:
        self.refresh_header()
        self.read_health()
        self.read()

    def on_desk_failed(self, event: DeskFailed) -> None:
        self._say_failed(event.error, "inbox.not_opened")

    def on_store_changed(self, event: StoreChanged) -> None:
        if self.is_current:
            self.read()
            self.read_health()
        else:
            self._stale = True

    def on_screen_resume(self) -> None:
        if self._stale:
            self._stale = False
            self.read()
        self._preview()

    def _page(self, request: PageRequest) -> Page:
        sort = REVERSED[self.sort] if request.reverse else self.sort
        page = self.desk.inbox.page(
            self.tab,
            sort=sort,
            query=self.query_text,
            mine=self.mine,
            after=request.after,
            limit=request.size,
        )
        return Page(page.rows[::-1], page.cursor) if request.reverse else page

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read counts and the page around the cursor again; cursor and scroll stay with their conversation."""
        if self.host.desk is None:
            return
        request = self._pages.request(max(0, self.mails.cursor - MailList.PAGE // 2), self._reversible)
        try:
            page, self.counts, self._now, mailboxes = await self.ask(
                lambda desk: (self._page(request), desk.inbox.counts(), desk.now(), desk.inbox.mailboxes())
            )
        except MaildeskError as error:
            self._say_failed(error, "inbox.failed")
            return
        self._read_at = self._now
        self._mailbox = mailboxes[0].name if len(mailboxes) == 1 else ""
        self.query_one(TabBar).set_counts(self.counts.by_tab)
        self.refresh_header()
        self._accept(request, page)
        self.mails.reset(self._rows(page.rows), request.offset, self._pages.total)
        self._tell_of_new(request, page)
        for conversation_id in self._returning:
            if self.mails.move_to_id(conversation_id):
                break
        self._returning = ()
        if not self._pages.total:
            self.mails.set_state("empty", *states.empty(self))
        self.health_read()
        self._preview()
        self.refresh_footer()

    def _tell_of_new(self, request: PageRequest, page: Page) -> None:
        """What came in above the visible part is counted at the edge, so that no row has to move for it."""
        newest = max((row.last_message_at for row in page.rows), default=self._newest)
        if request.reverse or request.offset or self.sort is not Sort.NEWEST:
            return
        if self._newest is None or self.mails.scroll_y == 0:
            self._newest = newest
            self.mails.set_edge(NOTHING)
            return
        seen = self._newest
        count = sum(1 for row in page.rows if row.last_message_at > seen)
        self.mails.set_edge(SafeText(t("widgets.new_above", count=count)) if count else NOTHING)

    @work(exclusive=True, group="page")
    async def read_page(self, offset: int) -> None:
        """Read the page that the list is about to show."""
        request = self._pages.request(offset, self._reversible)
        page = await self.tried(lambda desk: self._page(request))
        if page is not None:
            self._accept(request, page)
            self.mails.set_page(self._rows(page.rows), request.offset, self._pages.total)

    @property
    def _reversible(self) -> bool:
        return self.sort in REVERSED and not self.query_text and not self.mine

    def _accept(self, request: PageRequest, page: Page) -> None:
        self._pages.met(request, page.cursor)
        end = request.offset + len(page.rows)
        if self.query_text or self.mine:
            self._pages.total = end + (MailList.PAGE if page.cursor is not None else 0)
        else:
            counted = self.counts[self.tab.value]
            self._pages.total = end if page.cursor is None and not request.reverse else max(counted, end)

    def _rows(self, rows: Sequence[ConversationSummary]) -> list[ListRow]:
        self.summaries |= {row.id: row for row in rows}
        return [self._row(row) for row in rows]

    def _row(self, row: ConversationSummary) -> ListRow:
        assert self._now is not None
        return list_row(row, self.desk.me.id, self._now, self.host.settings.zone)

    def on_mail_list_page_needed(self, event: MailList.PageNeeded) -> None:
        self.read_page(event.offset)

    def _say_failed(self, error: MaildeskError, title: str) -> None:
        if self._read_at is None:
            self.mails.set_state("error", *states.failed(self, error, title))
        else:
            at = clock(self._read_at, self.host.settings.zone)
            key = self.host.keymap.shown("app.sync")
            self.query_one(Notice).show(
                safe_line(t("inbox.banner.store", reason=error)),
                right=safe_line(t("inbox.banner.store.do", at=at, key=key)),
                tone="error",
            )

    def health_read(self) -> None:
        """Show the banner of a mail server that cannot be reached."""
        health = self.host.health
        failed = [f for f in health.folders if f.health is Health.FAILED] if health is not None else []
        notice = self.query_one(Notice)
        if not failed:
            notice.hide()
            return
        key = self.host.keymap.shown("app.sync")
        reason = t("inbox.banner.failed", mailbox=failed[0].mailbox, reason=failed[0].error)
        notice.show(safe_line(reason), safe_line(t("inbox.banner.failed.do", key=key)), tone="error")

    # tabs, order, filter

    def show_tab(self, tab: Tab) -> None:
        """Show another tab, from its start."""
        self.tab = tab
        self.query_one(TabBar).active = tab.value
        self.start_again()

    def start_again(self) -> None:
        """Read the list anew, from its start: another tab, order or filter."""
        self._pages = Pages(MailList.PAGE)
        self._newest = None
        self.mails.clear()
        words = [t("inbox.mine")] if self.mine else []
        if self.sort is not Sort.NEWEST:
            words.append(t(f"inbox.sort.{self.sort}"))
        self.query_one(TabBar).set_right(safe_line("  ".join(words)))
        self.read()

    def on_tab_bar_selected(self, event: TabBar.Selected) -> None:
        self.show_tab(Tab(event.tab))

    def action_tab_next(self) -> None:
        self.show_tab(Tab(self.query_one(TabBar).beside(1)))

    def action_tab_prev(self) -> None:
        self.show_tab(Tab(self.query_one(TabBar).beside(-1)))

    def action_list_mine(self) -> None:
        self.mine = not self.mine
        self.start_again()

    @work(exclusive=True, group="pick")
    async def action_list_sort(self) -> None:
        sort = await self.app.push_screen_wait(Picker(t("picker.sort"), choices.sorts(self.sort)))
        if sort is not None:
            self.sort = sort
            self.start_again()

    def action_search_open(self) -> None:
        search = self.query_one("#search", Input)
        search.display = True
        search.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.query_text = event.value.strip()
        event.input.display = bool(self.query_text)
        self.mails.focus()
        self.start_again()

    def action_app_back(self) -> None:
        """One step back: out of the filter, then the marks, then the question whether to end."""
        search = self.query_one("#search", Input)
        if search.display:
            search.value = ""
            search.display = False
            self.mails.focus()
            if self.query_text:
                self.query_text = ""
                self.start_again()
        elif self.mails.marks:
            self.mails.mark(())
        elif self.mine:
            self.action_list_mine()
        else:
            self._ask_to_quit()

    @work(exclusive=True, group="quit")
    async def _ask_to_quit(self) -> None:
        if await self.app.push_screen_wait(Confirm(t("app.quit.title"))):
            self.host.action_app_quit()

    # the list

    def on_mail_list_moved(self, event: MailList.Moved) -> None:
        if self.mails.cursor == 0 and self.summaries:
            self._newest = max(row.last_message_at for row in self.summaries.values())
            self.mails.set_edge(NOTHING)
        self._preview()
        self.refresh_footer()

    def on_mail_list_marked(self, event: MailList.Marked) -> None:
        self._preview_rule()

    def on_mail_list_opened(self, event: MailList.Opened) -> None:
        self.app.push_screen(ConversationScreen(event.row.id, self))

    def _preview(self) -> None:
        row = self.mails.row
        if self.is_mounted and self.host.desk is not None:
            self.query_one(Preview).show(self.summaries.get(row.id) if row is not None else None)
        self._preview_rule()

    def _preview_rule(self) -> None:
        keys = self.host.keymap
        marks = len(self.mails.marks)
        words = ""
        if marks:
            words = t("inbox.marked", count=marks, mark=keys.shown("list.mark"), all=keys.shown("list.all"))
        self.query_one(Preview).title(safe_line(words))

    def action_list_peek(self) -> None:
        preview = self.query_one(Preview)
        preview.wanted = not preview.wanted
        self._preview()

    def action_list_layout(self) -> None:
        now = next(name for name in LAYOUTS if self.has_class(f"-{name}"))
        self.layout_name = LAYOUTS[(LAYOUTS.index(now) + 1) % len(LAYOUTS)]
        self._lay_out()

    def action_goto_top(self) -> None:
        self.mails.move_to(0)

    # acting

    def targets(self) -> tuple[int, ...]:
        return self.mails.chosen

    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        return self.summaries.get(conversation_id)

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool) -> None:
        if leaving and self.tab is not Tab.ALL:
            self.mails.leave([row.id for row in rows if row.status is not self.tab.status])
        self.rows_changed(rows)

    def settle(self, changed: Changed | None, leaving: bool, stay: bool) -> None:
        self.mails.mark(())
        if changed is None or changed.skipped:
            self.read()
        else:
            self.rows_changed(changed.summaries)

    def rows_changed(self, summaries: Iterable[ConversationSummary]) -> None:
        for row in summaries:
            self.summaries[row.id] = row
            if self._now is not None:
                self.mails.update_row(self._row(row))

    def bring_back(self, ids: Sequence[int]) -> None:
        """These conversations may be in the list again: the cursor goes to the first of them."""
        self._returning = ids

    def beside(self, conversation_id: int, step: int) -> int | None:
        """The conversation ``step`` after another in this list, for walking from one to the next; the cursor goes
        along."""
        if self.mails.row is None or self.mails.row.id != conversation_id:
            self.mails.move_to_id(conversation_id)
        row = self.mails.row
        if row is not None and row.id != conversation_id:
            return row.id  # the conversation has left the list: the cursor is on the next one already
        neighbour = self.mails.neighbour(step)
        if neighbour is None:
            return None
        self.mails.move_to_id(neighbour.id)
        return neighbour.id

    def position(self, conversation_id: int) -> str:
        """``新着 3/12``: where a conversation stands in this list."""
        row = self.mails.row
        name = t(f"common.{self.tab}.short")
        if row is None or row.id != conversation_id:
            return name
        return f"{name} {self.mails.cursor + 1}/{self.mails.total}"
