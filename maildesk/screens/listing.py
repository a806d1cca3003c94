"""What the inbox asks the desk for, and what it knows of the answer: tab, order, filter, pages, rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from maildesk.domain.conversation import ConversationSummary, Counts, Left, Page
from maildesk.domain.label import LabelLook
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import AnyTab, CustomState, Sort, StateTab, Status, Tab
from maildesk.screens.pages import REVERSED, PageRequest, Pages
from maildesk.screens.row_signs import Shown
from maildesk.screens.words import list_row
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.mail_list import MailList

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.progress import Progress

_OPEN = (Tab.NEW, Tab.REPLYING, Tab.APPROVAL, Tab.WAITING)
MOST = 1000
"""Hits that are counted; more are told as so many and more."""


def is_open(tab: AnyTab) -> bool:
    """Whether a tab shows what somebody still has to do something about."""
    return tab in _OPEN or (isinstance(tab, StateTab) and tab.reason is not None)


class Reading(NamedTuple):
    """One page and what stands around the list, read together."""

    request: PageRequest
    page: Page
    counts: Counts
    now: datetime
    mailboxes: tuple[Mailbox, ...]
    found: int | None = None
    """How many rows fit the filter, counted up to :data:`MOST`; None without one."""
    indexing: Progress | None = None
    states: tuple[CustomState, ...] = ()
    elsewhere: Counts | None = None
    """How many hits there are whatever the tab, by ``all``, ``spam`` and ``trash``; None where nobody asked."""
    looks: tuple[LabelLook, ...] = ()
    left: Left | None = None
    """The conversation that was looked at, where others took it out of the list."""


class Listing:
    """A list of conversations: how it is asked for, and the part of it that was read.

    ``summaries`` are the rows met so far by id, ``read_at`` is the desk's time of the last reading, None before the
    first.
    """

    def __init__(self) -> None:
        self.tab: AnyTab = Tab.NEW
        self._sort: Sort | None = None
        self.mine = False
        self.query_text = ""
        self.columns: tuple[str, ...] | None = None
        """The columns of the view that is shown; None: those of the settings."""
        self.density = ""
        """How the view that is shown shows its rows; '': as the settings say."""
        self.summaries: dict[int, ConversationSummary] = {}
        self.counts = Counts({})
        self.states: tuple[CustomState, ...] = ()
        """The states of the desk's own."""
        self.shop: Mailbox | None = None
        """The only one that is shown, None for all."""
        self.mailboxes: tuple[Mailbox, ...] = ()
        self.looks: tuple[LabelLook, ...] = ()
        """How labels are shown."""
        self.elsewhere: Counts | None = None
        """How many hits there are whatever the tab, by ``all``, ``spam`` and ``trash``; None: not asked."""
        self.anywhere = False
        """Whether the filter says itself in which states it looks, so that the tab does not count."""
        self.read_at: datetime | None = None
        self._pages = Pages(MailList.PAGE)
        self._newest: datetime | None = None
        self._is_counted = True
        self._found: int | None = None
        self.indexing: Progress | None = None
        """How far the index is while it is not whole."""

    @property
    def sort(self) -> Sort:
        """The order: the one that was chosen, else that of the tab. Where a shop has a reply target, what is open
        stands by the time left."""
        if self._sort is not None:
            return self._sort
        targets = any(box.reply_target is not None for box in self.mailboxes)
        return Sort.DUE if targets and not self.query_text and is_open(self.tab) else Sort.NEWEST

    @sort.setter
    def sort(self, value: Sort) -> None:
        self._sort = value

    def start_again(self) -> None:
        """Another tab, order or filter: nothing is read of it."""
        self._pages = Pages(MailList.PAGE)
        self._newest = None

    @property
    def in_waiting(self) -> bool:
        """Whether the tab is of conversations that wait: then the reasons have tabs, too."""
        return self.tab is Tab.WAITING or (isinstance(self.tab, StateTab) and self.tab.reason is not None)

    @property
    def mailbox(self) -> str:
        """The name of the only mailbox that is listed, '' where there are several."""
        if self.shop is not None:
            return self.shop.name
        return self.mailboxes[0].name if len(self.mailboxes) == 1 else ""

    @property
    def mixed(self) -> bool:
        """Whether the rows stand in different states."""
        return self.tab is Tab.ALL or self.anywhere

    @property
    def state_names(self) -> dict[str, tuple[str, ...]]:
        """The states of the desk's own, for queries."""
        return {state.name: (state.label_ja, state.label_en) for state in self.states}

    @property
    def total(self) -> int:
        """How many rows there are, as far as known."""
        return self._pages.total

    @property
    def found(self) -> tuple[int, bool]:
        """How many rows were found, and whether these are all."""
        if self._found is not None and not self._is_counted:
            return self._found, self._found < MOST
        return self.total - (0 if self._is_counted else MailList.PAGE), self._is_counted

    # asking

    def request(self, offset: int) -> PageRequest:
        """The page to read so that the row at ``offset`` comes nearer."""
        reversible = self.sort in REVERSED and not self.query_text and not self.mine
        return self._pages.request(max(0, offset), reversible)

    def page(self, desk: Desk, request: PageRequest) -> Page:
        """Read a page, in the order of the list."""
        page = desk.inbox.page(
            self.tab,
            sort=REVERSED[self.sort] if request.reverse else self.sort,
            query=self.query_text,
            mailbox_id=self._mailbox_id,
            mine=self.mine,
            after=request.after,
            limit=request.size,
        )
        return replace(page, rows=page.rows[::-1]) if request.reverse else page

    @property
    def _mailbox_id(self) -> int | None:
        return self.shop.id if self.shop is not None else None

    def read(self, desk: Desk, request: PageRequest, looked_at: int | None = None) -> Reading:
        """Read a page, the counts of all tabs, what the header says, and what became of the conversation ``looked_at``
        where it is not on the page."""
        with desk.inbox.together():
            return self._read(desk, request, looked_at)

    def _read(self, desk: Desk, request: PageRequest, looked_at: int | None) -> Reading:
        found = indexing = elsewhere = None
        shop, sort = self._mailbox_id, self.sort
        self.mailboxes = desk.inbox.mailboxes()
        if self.sort is not sort:  # the first reading, or another configuration
            self._pages = Pages(MailList.PAGE)
            request = self.request(0)
        page = self.page(desk, request)
        is_there = looked_at is None or any(row.id == looked_at for row in page.rows)
        if self.query_text:
            found = desk.inbox.found(
                self.tab, query=self.query_text, mailbox_id=shop, mine=self.mine, most=MOST
            )
            indexing = desk.inbox.indexing()
            if page.cursor is None and not page.anywhere:
                elsewhere = desk.inbox.found_anywhere(
                    self.query_text, mailbox_id=shop, mine=self.mine, most=MOST
                )
        return Reading(
            request,
            page,
            desk.inbox.counts(mailbox_id=shop, reasons=self.in_waiting),
            desk.now(),
            self.mailboxes,
            found,
            indexing,
            desk.inbox.states(),
            elsewhere,
            desk.inbox.label_looks(),
            None if looked_at is None or is_there else self._left(desk, looked_at),
        )

    def _left(self, desk: Desk, looked_at: int) -> Left | None:
        filtered = bool(self.query_text) or self.mine
        return desk.inbox.left(looked_at, filtered=filtered)

    # knowing

    def accept(self, reading: Reading) -> None:
        """Everything was read."""
        self.counts = reading.counts
        self.read_at = reading.now
        self.states = reading.states
        self.mailboxes = reading.mailboxes
        self.looks = reading.looks
        self.elsewhere = reading.elsewhere
        self.indexing = reading.indexing
        self._found = reading.found
        if reading.left is not None and reading.left.now is not None:
            self.put([reading.left.now])
        self.accept_page(reading.request, reading.page)

    def accept_page(self, request: PageRequest, page: Page) -> None:
        """A page was read."""
        self._pages.met(request, page.cursor)
        self.anywhere = page.anywhere
        self.put(page.rows)
        end = request.offset + len(page.rows)
        if self.query_text or self.mine:
            self._is_counted = page.cursor is None
            self._pages.total = end + (0 if self._is_counted else MailList.PAGE)
        else:
            self._is_counted = True
            counted = self.counts[self.tab.value]
            self._pages.total = end if page.cursor is None and not request.reverse else max(counted, end)

    def put(self, rows: Iterable[ConversationSummary]) -> None:
        """Rows are now like this."""
        self.summaries.update((row.id, row) for row in rows)

    def shown(
        self, rows: Iterable[ConversationSummary], me: int, zone: tzinfo | None, freed: Collection[int] = ()
    ) -> list[ListRow]:
        """Rows as the list draws them, at the time of the last reading. ``me`` is the asking agent, ``freed`` what he
        waited for."""
        assert self.read_at is not None
        shown = Shown(
            states=self.mixed or self.tab is Tab.WAITING,
            waits=self.in_waiting or self.anywhere,
            own=self.states,
            colours={look.name: look.colour for look in self.looks},
        )
        return [list_row(row, me, self.read_at, zone, freed, shown) for row in rows]

    # what came in above

    def seen_all(self) -> None:
        """The agent looks at the newest row."""
        self._newest = max((row.last_message_at for row in self.summaries.values()), default=None)

    def new_above(self, reading: Reading, at_top: bool) -> int | None:
        """How many rows came in above what is visible since the agent last saw the top; None: this reading cannot say.
        They are counted at the edge, so that no row has to move for them."""
        request, rows = reading.request, reading.page.rows
        if request.reverse or request.offset or self.sort is not Sort.NEWEST:
            return None
        if self._newest is None or at_top:
            self._newest = max((row.last_message_at for row in rows), default=self._newest)
            return 0
        seen = self._newest
        return sum(1 for row in rows if row.last_message_at > seen)

    def leaving(self, rows: Sequence[ConversationSummary]) -> list[int]:
        """Which of these rows are not of this tab any more."""
        return [row.id for row in rows if not self._has(row)]

    def _has(self, row: ConversationSummary) -> bool:
        tab = self.tab
        if self.mixed:
            return True
        if row.archived and not self.query_text:
            return False
        if not isinstance(tab, StateTab):
            return row.status is tab.status and not row.substate
        if tab.reason is not None:
            return row.status is Status.WAITING and row.waiting_reason is tab.reason
        return row.substate == tab.value
