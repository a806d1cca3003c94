"""Walking from one conversation to the next in the list that it was opened from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import Tab
from maildesk.screens.searching import wanted

if TYPE_CHECKING:
    from maildesk.screens.inbox import InboxScreen


class Walk(Protocol):
    """The list that a conversation was opened from."""

    def beside(self, conversation_id: int, step: int) -> int | None:
        """The conversation before (-1) or after (1) it, None at the end."""

    def position(self, conversation_id: int) -> str:
        """Where it stands, in words."""

    def words(self) -> tuple[str, ...]:
        """The words that the list was searched for."""

    def show_tab(self, tab: Tab) -> None:
        """Show another tab."""

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool) -> None:
        """Show rows as they will be."""


class InboxWalk:
    """Walks in the inbox; its cursor goes along."""

    def __init__(self, inbox: InboxScreen) -> None:
        self._inbox = inbox

    def beside(self, conversation_id: int, step: int) -> int | None:
        """The conversation ``step`` after another, None at the end."""
        mails = self._inbox.mails
        if mails.row is None or mails.row.id != conversation_id:
            mails.move_to_id(conversation_id)
        row = mails.row
        if row is not None and row.id != conversation_id:
            return row.id  # the conversation has left the list: the cursor is on the next one already
        neighbour = mails.neighbour(step)
        if neighbour is None:
            return None
        mails.move_to_id(neighbour.id)
        return neighbour.id

    def position(self, conversation_id: int) -> str:
        """``新着 3/12``: where a conversation stands in this list."""
        mails = self._inbox.mails
        listing = self._inbox.listing
        name = tab_name(Tab.ALL if listing.anywhere else listing.tab, listing.states)
        if mails.row is None or mails.row.id != conversation_id:
            return name
        return f"{name} {mails.cursor + 1}/{mails.total}"

    def words(self) -> tuple[str, ...]:
        """The words that the inbox was searched for."""
        return wanted(self._inbox.listing.query_text, self._inbox.listing.state_names)

    def show_tab(self, tab: Tab) -> None:
        """Show another tab of the inbox."""
        self._inbox.show_tab(tab)

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool) -> None:
        """Show rows of the inbox as they will be."""
        self._inbox.expect(rows, leaving, stay=True)


class NoWalk(InboxWalk):
    """A conversation that was not opened from the list of the inbox: there is none beside it, and whoever is done with
    it goes back to where he came from."""

    def beside(self, conversation_id: int, step: int) -> int | None:
        """None: what the inbox shows has nothing to do with it."""
        return None

    def position(self, conversation_id: int) -> str:
        """It stands in no list."""
        return ""

    def words(self) -> tuple[str, ...]:
        """It was not searched for in the inbox."""
        return ()
