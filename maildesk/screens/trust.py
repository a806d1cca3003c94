"""Looking behind a mail: reading it again, the conversations that belong to it."""

from __future__ import annotations

from abc import abstractmethod

from textual import work

from maildesk.domain.conversation import Conversation, Message
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.related import RelatedPicker


class Trust(DeskScreen[None]):
    """Mixed into the conversation."""

    conversation: Conversation | None

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

    @work(exclusive=True, group="pick")
    async def action_conv_related(self) -> None:
        """Show what belongs to this conversation and why, the one that the current mail names first, and open what is
        chosen over this one, to which Escape leads back."""
        conversation, message = self.conversation, self.current_message()
        if conversation is None:
            return
        number = conversation.summary.id
        found = await self.tried(lambda desk: (desk.conversations.related(number), desk.now()))
        if found is None or self.is_going:
            return
        relatives, now = found
        if not relatives:
            self.host.say(t("related.none"))
            return
        first = (
            message.related.conversation_id if message is not None and message.related is not None else None
        )
        chosen = await self.app.push_screen_wait(RelatedPicker(self.host, number, relatives, now, first))
        if chosen is None:
            return
        if any(one.is_merged for one in relatives if one.summary.id == chosen):
            self.host.say(t("related.is_merged", number=chosen))
        else:
            self.host.read_conversation(chosen)
