"""Searching in the inbox: what is typed in the filter bar, and walking through what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import work

from maildesk.domain.query import QueryError, parse, phrases
from maildesk.domain.query_complete import complete
from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.widgets.search_bar import SearchBar

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.screens.inbox import InboxScreen


def wanted(query: str, states: Mapping[str, tuple[str, ...]] | None = None) -> tuple[str, ...]:
    """The words of a query that are shown where they stand; none for one that cannot be obeyed."""
    try:
        return phrases(parse(query, states))
    except QueryError:
        return ()


class Searching:
    """The search of one inbox: its bar and its count."""

    def __init__(self, inbox: InboxScreen) -> None:
        self._inbox = inbox
        self.problem = ""
        """What is wrong with what is typed; '' for nothing."""
        self.labels: tuple[str, ...] = ()
        self.people: tuple[str, ...] = ()
        self.fields: tuple[str, ...] = ()

    @property
    def _bar(self) -> SearchBar:
        return self._inbox.query_one(SearchBar)

    def searched(self, text: str, done: bool) -> None:
        """Something was typed: show what fits. What cannot be obeyed is said in the bar, and the list stays."""
        inbox = self._inbox
        try:
            parse(text, inbox.listing.state_names)
        except QueryError as error:
            self.refuse(error)
            if done:
                inbox.host.explain(error)
                self._bar.at(error.at)
            return
        self.problem = ""
        self._bar.show_count("")
        if done:
            self._bar.remember(text)
            inbox.mails.focus()
            self._bar.display = bool(text)
        if text != inbox.listing.query_text:
            inbox.listing.query_text = text
            inbox.start_again()
        else:
            inbox.show_count()

    def refuse(self, words: object) -> None:
        """Say what is wrong with what was typed."""
        self.problem = f"! {words}"
        self._bar.show_count(safe_line(self.problem))

    def speak(self) -> None:
        """The language has changed: say anew what is wrong."""
        if self.problem:
            try:
                parse(self._bar.text, self._inbox.listing.state_names)
            except QueryError as error:
                self.refuse(error)

    def names(self) -> None:
        """Learn the names that may be meant."""
        self._inbox.read_names()

    @property
    def typing(self) -> bool:
        """Whether keys are text of the bar."""
        return self._inbox.focused is not None and self._inbox.focused.id == "search"

    def fill(self, text: str) -> None:
        """Show a query that was not typed."""
        self._bar.fill(text)

    def step(self, step: int) -> None:
        """To the next or the last of what was found."""
        mails = self._inbox.mails
        row = mails.neighbour(step)
        if row is not None:
            mails.move_to_id(row.id)
        else:
            self._inbox.host.say(t("inbox.search.end"))

    def complete(self, text: str, cursor: int) -> tuple[int, tuple[str, ...]]:
        """What may be meant at the cursor."""
        return complete(text, cursor, self._known)

    @property
    def _known(self) -> dict[str, tuple[str, ...]]:
        """The values in use; until they are read, those that the list has shown."""
        rows = self._inbox.listing.summaries.values()
        return {
            "state": tuple(
                word for state in self._inbox.listing.states for word in (state.name, state.label_ja)
            ),
            "label": self.labels or tuple(sorted({label for row in rows for label in row.labels})),
            "shop": tuple(box.short_name for box in self._inbox.listing.mailboxes),
            "assignee": self.people or tuple(sorted({row.assignee_name for row in rows} - {""})),
            "field": self.fields,
        }


def _names(desk: Desk) -> tuple[tuple[str, ...], ...]:
    fields = desk.customers.fields()
    return (
        desk.inbox.labels(),
        tuple(agent.name for agent in desk.people.agents()),
        tuple(
            f"{name}={value}"
            for one in fields
            for name in dict.fromkeys((one.name, one.label))
            for value in one.choices or ("",)
        ),
    )


class SearchActs(DeskScreen[None]):
    """The actions of a search, of the inbox."""

    searching: Searching

    @work(exclusive=True, group="names")
    async def read_names(self) -> None:
        """Learn the names that may be meant in a query."""
        try:
            names = await self.ask(_names)
        except MaildeskError:
            return  # the list says what is wrong
        self.searching.labels, self.searching.people, self.searching.fields = names

    def action_search_next(self) -> None:
        """To the next of what was found."""
        self.searching.step(1)

    def action_search_prev(self) -> None:
        """To the last one."""
        self.searching.step(-1)
