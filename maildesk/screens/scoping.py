"""Where the inbox looks: in one shop or in all. What it says of a search that cannot be made."""

from __future__ import annotations

from textual import work

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.query import QueryError
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.inbox_tabs import TabbedList
from maildesk.screens.picker import Picker


class Scoping(TabbedList):
    """Mixed into the inbox."""

    def refused(self, error: QueryError) -> None:
        """A query that the desk cannot obey: say so where it was typed, in short, and why in place of the list."""
        title = t("inbox.empty.refused")
        self.searching.refuse(title)
        words = [safe_line(title), SafeText(""), safe_line(str(error))]
        if error.hint:
            words.append(safe_line(error.hint))
        self.mails.set_state("error", *words, SafeText(t("inbox.empty.clear")))

    @work(exclusive=True, group="pick")
    async def action_list_shop(self) -> None:
        """Choose the shop that is listed, or all."""
        boxes = await self.tried(lambda desk: desk.inbox.mailboxes())
        if boxes is None:
            return
        if len(boxes) < 2:
            self.host.say(t("inbox.shop.none"))
            return
        here = self.listing.shop
        picker = Picker(t("inbox.shop.title"), choices.shops(boxes, here.id if here is not None else 0))
        picked = await self.app.push_screen_wait(picker)
        if picked is not None:
            self.show_shop(next((box for box in boxes if box.id == picked), None))

    def show_shop(self, shop: Mailbox | None) -> None:
        """List one shop only, or all."""
        self.listing.shop = shop
        self.refresh_header()
        self.start_again()
