"""What can be asked of the customer of a conversation, from the list and from an open one."""

from __future__ import annotations

from typing import ClassVar

from textual import work

from maildesk.screens.replying import Replying


class CustomerActs(Replying):
    """Mixed into the screens where ``H`` shows the history and ``P`` takes a call."""

    is_about_one: ClassVar[bool] = True
    """Whether who rings is probably the customer in front; in a list it is anybody."""

    def action_conversation_history(self) -> None:
        if targets := self.targets():
            from maildesk.screens.history import HistoryScreen

            self.app.push_screen(HistoryScreen(conversation_id=targets[0]))

    @work(group="act", exclusive=True)
    async def action_conversation_phone(self) -> None:
        from maildesk.screens.phone import PhoneScreen

        targets = self.targets()
        card = None
        if targets and self.is_about_one:
            card = await self.tried(lambda desk: desk.customers.of_conversation(targets[0]))
            if card is None:
                return
        self.app.push_screen(PhoneScreen(card, targets[0] if targets else None))
