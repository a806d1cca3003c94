"""Which conversations the inbox lists: its tabs, with the states of the desk's own and what waits for what among them;
its order; its filter."""

from __future__ import annotations

from abc import abstractmethod
from copy import copy

from textual import work

from maildesk.domain.safetext import safe_line
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import REASON_TABS, AnyTab, Sort, StateTab, Tab, tab_of
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.elsewhere import scope_words
from maildesk.screens.filtering import Filtering
from maildesk.screens.listed import Listed
from maildesk.screens.listing import Listing
from maildesk.screens.picker import Picker
from maildesk.screens.rereading import Rereading
from maildesk.screens.searching import Searching
from maildesk.widgets.mail_list import Aside
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import Tab as TabLabel
from maildesk.widgets.tab_bar import TabBar


def labels(listing: Listing) -> list[TabLabel]:
    """The tabs of a list. Those of the desk's own states stand after 保留; the reasons for which something waits have
    tabs while what waits is shown."""
    found = []
    for place, tab in enumerate(Tab, 1):
        label = safe_line(tab_name(tab))
        found.append(TabLabel(tab.value, str(place), label, secondary=tab in (Tab.SPAM, Tab.TRASH)))
        if tab is Tab.WAITING:
            if listing.in_waiting:
                there = [name for name in REASON_TABS if listing.counts[name] or listing.tab.value == name]
                found += [TabLabel(name, "", safe_line(tab_name(StateTab(name)))) for name in there]
            for state in listing.states:
                words = safe_line(tab_name(StateTab(state.name), listing.states))
                found.append(TabLabel(state.name, "", words, colour=state.colour))
    return found


class TabbedList(Filtering, Listed, Rereading):
    """Mixed into the inbox."""

    searching: Searching
    _aside: tuple[Listing, Aside] | None = None
    """What is shown again unless the tab that is tried is kept."""

    def show_tab(self, tab: AnyTab) -> None:
        """Show another tab, from its start."""
        self._set_tab(tab)
        self.start_again()

    def try_tab(self, tab: AnyTab) -> None:
        """Show another tab until it is known whether that was meant: :meth:`keep_tab` or :meth:`leave_tab` follows."""
        self._aside = self.listing, self.mails.put_aside()
        self.listing = copy(self.listing)
        self.show_tab(tab)

    def keep_tab(self) -> None:
        """The tab that was tried was meant."""
        self._aside = None

    def leave_tab(self) -> None:
        """Show what was shown before a tab was tried, as it was."""
        if self._aside is None:
            return
        (self.listing, rows), self._aside = self._aside, None
        columns, density = self.listing.columns, self.listing.density
        self._set_tab(self.listing.tab)
        self.dress(columns, density)
        self.workers.cancel_group(self, "page")
        self.mails.take_up(rows)
        self.show_order()
        self.read()

    def _set_tab(self, tab: AnyTab) -> None:
        known = isinstance(tab, Tab) or tab.reason is not None or tab.value in self.listing.state_names
        self.listing.tab = tab if known or self.listing.read_at is None else Tab.ALL
        self.dress(None, "")
        bar = self.query_one(TabBar)
        bar.set_tabs(labels(self.listing))
        bar.active = self.listing.tab.value

    @abstractmethod
    def dress(self, columns: tuple[str, ...] | None, density: str) -> None:
        """Show the columns and the density of a view; None and '' are those of the settings."""

    def start_again(self) -> None:
        """Read the list anew, from its start: another tab, order or filter."""
        self.workers.cancel_group(self, "page")
        self.listing.start_again()
        self.mails.clear()
        self.show_order()
        self.read()

    def show_order(self) -> None:
        """Say at the right of the tabs what is special about the list: whose, in which order."""
        words = [t("inbox.mine")] if self.listing.mine else []
        if self.listing.sort is not Sort.NEWEST:
            words.append(t(f"inbox.sort.{self.listing.sort}"))
        self.query_one(TabBar).set_right(safe_line("  ".join(words)))

    def show_query(self, query: str, tab: AnyTab, sort: Sort) -> None:
        """Show what a query finds, from its start."""
        listing = self.listing
        listing.query_text, listing.sort, listing.mine, listing.shop = query, sort, False, None
        self._set_tab(tab)
        self.searching.fill(query)
        self.mails.focus()
        self.start_again()

    def on_tab_bar_selected(self, event: TabBar.Selected) -> None:
        self.keep_tab()  # a digit before the click is no count of what follows it
        self.show_tab(tab_of(event.tab))

    def action_tab_next(self) -> None:
        """The next tab, or what may be meant in the search bar."""
        if self.query_one(SearchBar).complete():
            return
        self.show_tab(tab_of(self.query_one(TabBar).beside(1)))

    def action_tab_prev(self) -> None:
        """The tab before."""
        self.show_tab(tab_of(self.query_one(TabBar).beside(-1)))

    def action_list_mine(self) -> None:
        """Only what is assigned to me, or all."""
        self.listing.mine = not self.listing.mine
        self.start_again()

    @work(exclusive=True, group="pick")
    async def action_list_sort(self) -> None:
        """Choose the order."""
        sort = await self.app.push_screen_wait(Picker(t("picker.sort"), choices.sorts(self.listing.sort)))
        if sort is not None:
            self.listing.sort = sort
            self.start_again()

    def action_search_open(self) -> None:
        super().action_search_open()
        self.searching.names()

    def on_search_bar_searched(self, event: SearchBar.Searched) -> None:
        self.searching.searched(event.text, event.done)

    def show_count(self) -> None:
        """Say how many conversations the filter leaves."""
        count, is_all = self.listing.found
        words = t("inbox.search.count" if is_all else "inbox.search.more", count=f"{count:,}")
        if not self.listing.query_text:
            words = ""
        elif (scope := scope_words(self.host.keymap, self.listing)) and self.listing.total:
            words = f"{words}  {scope}"
        elif self.listing.indexing is not None:
            words = f"{words}  {t('inbox.search.indexing', left=f'{self.listing.indexing.left:,}')}"
        self.query_one(SearchBar).show_count(safe_line(self.searching.problem or words))
