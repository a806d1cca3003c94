"""Going from place to place: the screens over the inbox."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from textual import work

from maildesk.app.command_line import CommandLine
from maildesk.app.keyed import KeyedApp
from maildesk.domain.status import CustomState, Tab
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.walking import InboxWalk, NoWalk

if TYPE_CHECKING:
    from textual.screen import Screen

    from maildesk.desk import Desk

Place = Literal["inbox", "approval", "outbox", "drafts", "stopped", "health", "mentions", "start", "chat"]
_SCREENS: Mapping[Place, str] = {
    "outbox": "outbox.OutboxScreen",
    "drafts": "drafts.DraftsScreen",
    "stopped": "stopped.StoppedScreen",
    "health": "health.HealthScreen",
    "mentions": "mentions.MentionsScreen",
    "start": "start.StartScreen",
    "chat": "chat.ChatScreen",
}
"""The screens of places, by module; each is imported when it is first shown."""


def _screen(place: Place) -> Screen[None]:
    """The screen of a place."""
    module, _, name = _SCREENS[place].partition(".")
    made: Screen[None] = getattr(importlib.import_module(f"maildesk.screens.{module}"), name)()
    return made


class Going(KeyedApp):
    """Mixed into the app."""

    desk: Desk | None
    command_line: CommandLine

    @property
    def inbox(self) -> InboxScreen | None:
        """The inbox, None where the app began with another screen."""
        return next((screen for screen in self.screen_stack if isinstance(screen, InboxScreen)), None)

    def _back_to_inbox(self) -> InboxScreen | None:
        inbox = self.inbox
        while inbox is not None and self.screen is not inbox and isinstance(self.screen, DeskScreen):
            self.screen.dismiss(None)
            if self.screen is not inbox and len(self.screen_stack) < 2:
                break
        return inbox

    def go(self, place: Place) -> None:
        """Show a place, over the inbox."""
        inbox = self._back_to_inbox()
        if self.desk is None:
            return
        if place == "approval":
            if inbox is not None:
                inbox.show_tab(Tab.APPROVAL)
        elif place != "inbox":
            self.push_screen(_screen(place))

    @property
    def states(self) -> tuple[CustomState, ...]:
        """The states of the desk's own, as they were last read."""
        return self.inbox.listing.states if self.inbox is not None else ()

    def open_view(self, letter: str) -> None:
        """Show the saved view that a letter opens, over nothing else."""
        inbox = self._back_to_inbox()
        if inbox is not None and self.desk is not None:
            inbox.open_view(letter)

    def open_conversation(self, conversation_id: int, *, bounce: bool = False) -> None:
        """Show a conversation, over the inbox; with ``bounce`` at the newest report that a mail did not get there.
        Where the list has it, one walks on from it there; otherwise it stands alone."""
        from maildesk.screens.conversation import ConversationScreen

        inbox = self._back_to_inbox()
        if inbox is not None and self.desk is not None:
            listed = inbox.mails.move_to_id(conversation_id)
            walk = InboxWalk(inbox) if listed else NoWalk(inbox)
            self.push_screen(ConversationScreen(conversation_id, walk, bounce=bounce))

    def read_conversation(self, conversation_id: int, message_id: int | None = None) -> None:
        """Show a conversation over the screen in front, to which Escape and an act that ends it lead back; at one of
        its messages."""
        from maildesk.screens.conversation import ConversationScreen

        if self.inbox is not None and self.desk is not None:
            walk = NoWalk(self.inbox)
            self.push_screen(ConversationScreen(conversation_id, walk, message_id=message_id))

    @work(exclusive=True, group="pick")
    async def find_customer(self) -> None:
        """Let the agent find a customer, and show the history."""
        from maildesk.screens.customer_finder import CustomerFinder
        from maildesk.screens.history import HistoryScreen

        if self.desk is not None:
            found = await self.push_screen_wait(CustomerFinder(t("customer.find")))
            if found is not None:
                self.push_screen(HistoryScreen(found))

    def search(self, words: str = "") -> None:
        """Show the inbox with the cursor in its filter, or with what fits ``words``."""
        inbox = self._back_to_inbox()
        if inbox is not None:
            inbox.action_search_open()
            if words:
                self.run_worker(self.command_line.search(words), group="search")
