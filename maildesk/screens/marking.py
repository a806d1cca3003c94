"""Marking conversations that are not on the screen: the whole list, and what a query finds."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from maildesk.domain.status import AnyTab
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.fuzzy import Choice
from maildesk.screens.listing import Listing
from maildesk.screens.picker import Picker
from maildesk.widgets.mail_list import MailList

MOST = 1000
"""How many are marked at a time."""


class MarkActs(DeskScreen[None]):
    """Mixed into the inbox."""

    listing: Listing

    def on_mail_list_all_marked(self, event: MailList.AllMarked) -> None:
        """Textual: all of the list are meant, also what has not been read."""
        self._mark_rest(event.mail_list)

    @work(exclusive=True, group="mark")
    async def _mark_rest(self, mails: MailList) -> None:
        found = await self._numbers(self.listing.tab, self.listing.query_text, self.listing.mine)
        if found is not None and mails.marks and not self.is_going:
            mails.mark({*mails.marks, *found})
            self._tell(len(mails.marks), len(found))

    @work(exclusive=True, group="pick")
    async def action_list_mark_query(self) -> None:
        """Ask for a query, and mark what it finds beside what is marked."""
        views = await self.tried(lambda desk: desk.views.list())
        if views is None:
            return
        queries = [Choice(view.query, view.name, view.query) for view in views if view.query]
        query = await self.app.push_screen_wait(
            Picker(
                t("inbox.mark.title"),
                queries,
                typed=lambda text: Choice(text.strip(), t("inbox.mark.query", query=text.strip())),
                digits=False,
                query=self.listing.query_text,
            )
        )
        if query is None:
            return
        found = await self._numbers(self.listing.tab, query, self.listing.mine)
        if found is None or self.is_going:
            return
        if not found:
            self.host.say(t("inbox.mark.none"))
            return
        mails = self.query_one(MailList)
        mails.mark({*mails.marks, *found})
        self._tell(len(mails.marks), len(found))

    async def _numbers(self, tab: AnyTab, query: str, mine: bool) -> Sequence[int] | None:
        shop = self.listing.shop.id if self.listing.shop is not None else None
        return await self.tried(
            lambda desk: desk.inbox.numbers(tab, query=query, mailbox_id=shop, mine=mine, most=MOST)
        )

    def _tell(self, marked: int, found: int) -> None:
        if found < MOST:
            self.host.say(t("inbox.mark.done", count=f"{marked:,}"))
        else:
            self.host.say(t("inbox.mark.most", count=f"{marked:,}"), "warning")
