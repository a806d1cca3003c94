"""Screens with a row in which their list is filtered."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.typed import Typed, leaving
from maildesk.widgets.search_bar import SearchBar


class Filtering(DeskScreen[None]):
    """Opens the row, and says in the footer what keys do in it."""

    @property
    def typed(self) -> Sequence[Typed] | None:
        bar = self.query_one(SearchBar)
        if not bar.has_focus_within:
            return None
        completes = [Typed("tab.next", t("inbox.search.complete"), 3)] if bar.completes else []
        before = Typed("outbox.up", t("inbox.search.before"), 4)
        return [Typed("list.open", t("inbox.search"), 1, "search.done"), *completes, before, *leaving()]

    def action_search_open(self) -> None:
        """Type a filter."""
        self.query_one(SearchBar).open()

    async def action_search_done(self) -> None:
        """Filter by what is typed; a click on Enter in the footer."""
        await self.query_one(SearchBar).submit()
