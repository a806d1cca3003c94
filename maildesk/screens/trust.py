"""Looking behind a mail: reading it again, the conversation that it may belong to."""

from __future__ import annotations

from abc import abstractmethod

from textual import work

from maildesk.domain.conversation import Conversation, Message
from maildesk.domain.customer_history import Beside
from maildesk.locale import t
from maildesk.screens.base import DeskScreen


class Trust(DeskScreen[None]):
    """Mixed into the conversation."""

    conversation: Conversation | None
    beside: Beside | None

    @abstractmethod
    def current_message(self) -> Message | None:
        """The mail that an action is for."""

    @work(exclusive=True, group="reparse")
    async def action_conv_reparse(self) -> None:
        """Have a mail read again that could not be read: the current one, else the last such."""
        message = self._quarantined
        if message is None:
            self.host.say(t("conversation.no_quarantined"))
            return
        if await self.did(lambda desk: desk.conversations.reparse(message.id)):
            self.host.say(t("conversation.reparse"))

    @property
    def _quarantined(self) -> Message | None:
        current = self.current_message()
        if current is not None and current.quarantined:
            return current
        messages = self.conversation.messages if self.conversation is not None else ()
        return next((message for message in reversed(messages) if message.quarantined), None)

    def action_conv_related(self) -> None:
        """Open the conversation that the current mail, or another of this one, may belong to."""
        message, conversation = self.current_message(), self.conversation
        if message is not None and message.related is not None:
            self.host.open_conversation(message.related.conversation_id)
        elif conversation is not None and conversation.summary.related:
            self.host.open_conversation(conversation.summary.related[-1])
        elif self.beside is not None and self.beside.same_order:
            self.host.open_conversation(self.beside.same_order[-1])
        else:
            self.host.say(t("conversation.related.none"))
