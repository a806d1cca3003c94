"""The order that a conversation is about, in the shop's order management: by one key, without typing its number."""

from __future__ import annotations

from urllib.parse import urlsplit

from textual import work

from maildesk.domain.orders import order_page
from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.screens.copying import copied
from maildesk.screens.fuzzy import Choice
from maildesk.screens.links import Links
from maildesk.screens.picker import Picker


class Ordering(Links):
    """Mixed into the screens where ``o`` opens the order."""

    @work(group="files", exclusive=True)
    async def action_conversation_order(self) -> None:
        """Open the order at its shop, or copy the address; of several let the agent choose."""
        conversation = await self.meant()
        if conversation is None:
            return
        row = conversation.summary
        known = await self.orders_of(conversation)
        found = copied("copy.order", conversation, self.message_of(conversation), known)
        if not found:
            self.host.say(t("copy.order.none"))
            return
        boxes = await self.tried(lambda desk: desk.inbox.mailboxes())
        page = next((box.order_url for box in boxes or () if box.id == row.mailbox_id), "")
        if not page:
            key = f"{self.host.keymap.shown('conversation.copy')} {self.host.keymap.shown('copy.order')}"
            self.host.say(safe_line(t("copy.order.no_page", shop=row.mailbox_name, key=key)))
            return
        number: str | None = found[0]
        if len(found) > 1:
            offered = [Choice(one, one) for one in found]
            number = await self.app.push_screen_wait(Picker(t("copy.order.open"), offered))
        if number is not None:
            await self.visit(order_page(page, number), safe_line(urlsplit(page).hostname or page))
