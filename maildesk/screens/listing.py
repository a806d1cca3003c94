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
from maildesk.screens.pages import PageRequest, Pages
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
    """The rows around the cursor and what stands around the list, read together."""

    offset: int
    """Where the first of the rows stands: exact near either end of the list, else as far as is known."""
    page: Page
    ends: bool
    """Whether the list ends with them."""
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
    """What became of the conversation that was looked at, where it is not in the list any more."""


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
        self.left: Left | None = None
        """What became of the conversation under the cursor, where it is not in the list any more."""
        self._pages = Pages()
        self._newest: datetime | None = None
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
        self._pages = Pages()
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
        if self._found is not None and not self._pages.is_counted:
            return self._found, self._found < MOST
        return self.total - (0 if self._pages.is_counted else MailList.PAGE), self._pages.is_counted

    # asking

    def request(self, offset: int, count: int, after: int | None, before: int | None) -> PageRequest:
        """The rows from ``offset`` on, which stand after the conversation ``after`` or before ``before``."""
        return self._pages.request(offset, count, after, before)

    def page(self, desk: Desk, request: PageRequest) -> Page:
        """Read a page."""
        return desk.inbox.page(
            self.tab,
            sort=self.sort,
            query=self.query_text,
            mailbox_id=self._mailbox_id,
            mine=self.mine,
            after=request.after,
            limit=request.size,
            backwards=request.backwards,
            skip=request.skip,
        )

    def _around(self, desk: Desk, place: int, looked_at: int | None, counted: int) -> tuple[int, Page, bool]:
        """The rows around the conversation ``looked_at``, which stood at ``place``: where the first of them stands,
        they, and whether the list ends with them. They are read by where it stood in the order, which does not change
        with what comes in or leaves above."""
        half, key = MailList.PAGE // 2, self._pages.key(looked_at)
        if place < half:
            page = self.page(desk, PageRequest(0, MailList.PAGE))
            if key is None or page.cursor is None or any(row.id == looked_at for row in page.rows):
                return 0, page, page.cursor is None
        if key is None:
            request = self.request(place - half, MailList.PAGE, None, None)
            page = self.page(desk, request)
            return request.begin(page) or 0, page, request.ends(page)
        above = self.page(desk, PageRequest(place - half, half, key, backwards=True))
        below = self.page(desk, PageRequest(place, MailList.PAGE, above.keys[-1] if above.keys else None))
        page = Page(above.rows + below.rows, below.cursor, below.anywhere, above.keys + below.keys)
        ends = below.cursor is None
        if above.cursor is None:
            return 0, page, ends
        if ends and not self._is_part:
            return max(1, counted - len(page.rows)), page, True
        return max(1, place - len(above.rows)), page, ends

    @property
    def _is_part(self) -> bool:
        """Whether the list shows only a part of the tab, so that its counter does not count the rows."""
        return bool(self.query_text) or self.mine

    @property
    def _mailbox_id(self) -> int | None:
        return self.shop.id if self.shop is not None else None

    def read(self, desk: Desk, place: int = 0, looked_at: int | None = None) -> Reading:
        """Read the rows around the cursor, which is at ``place`` on the conversation ``looked_at``, the counts of all
        tabs, what the header says, and what became of that conversation where it is not there any more."""
        with desk.inbox.together():
            return self._read(desk, place, looked_at)

    def _read(self, desk: Desk, place: int, looked_at: int | None) -> Reading:
        found = indexing = elsewhere = None
        shop, sort = self._mailbox_id, self.sort
        self.mailboxes = desk.inbox.mailboxes()
        if self.sort is not sort:  # the first reading, or another configuration
            self._pages, place = Pages(), 0
        counts = desk.inbox.counts(mailbox_id=shop, reasons=self.in_waiting)
        offset, page, ends = self._around(desk, place, looked_at, counts[self.tab.value])
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
            offset,
            page,
            ends,
            counts,
            desk.now(),
            self.mailboxes,
            found,
            indexing,
            desk.inbox.states(),
            elsewhere,
            desk.inbox.label_looks(),
            None if looked_at is None or is_there else self._left(desk, looked_at),
        )

    def _left(self, desk: Desk, looked_at: int) -> Left:
        left, before = desk.inbox.left(looked_at, filtered=self._is_part), self.summaries.get(looked_at)
        if left.now is not None and before is not None and replace(left.now, unread=before.unread) == before:
            return replace(left, by_others=False)  # is:unread, and I have read it
        return left

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
        self.left = reading.left
        if self.left is not None and self.left.now is not None:
            self.put([self.left.now])
        self._met(reading.page)
        self._ends(reading.offset + len(reading.page.rows), reading.ends)

    def accept_page(self, request: PageRequest, page: Page) -> int | None:
        """A page was read. Where its first row stands; None: places turn out to be wrong, and all is to be read
        again."""
        begin = request.begin(page)
        if begin is not None:
            self._met(page)
            if not request.backwards:
                self._ends(begin + len(page.rows), request.ends(page))
        return begin

    def _met(self, page: Page) -> None:
        self._pages.met(page)
        self.anywhere = page.anywhere
        self.put(page.rows)

    def _ends(self, end: int, is_last: bool) -> None:
        """A page ended there; ``is_last``: and the list, too."""
        pages = self._pages
        pages.is_counted = is_last or not self._is_part
        if is_last:
            pages.total = end
        elif self._is_part:
            pages.total = end + MailList.PAGE
        else:
            pages.total = max(self.counts[self.tab.value], end + 1)

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
        rows = reading.page.rows
        if reading.offset or self.sort is not Sort.NEWEST:
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
