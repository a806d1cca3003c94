"""Hits shown in the rows of a search: asked for those that are seen, after the list has been painted."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from maildesk.domain.hit import Hit
from maildesk.domain.query import QueryError
from maildesk.errors import MaildeskError
from maildesk.screens.hit_words import lit
from maildesk.screens.listed import Listed
from maildesk.screens.listing import Listing
from maildesk.screens.searching import wanted
from maildesk.widgets.list_row import ListRow

ASKED = 30
"""Rows that are asked for together."""
AROUND = 45
"""So far from the cursor rows are asked for: a screen of them, wherever in it the cursor is."""


class Hits:
    """What is known of the hits of one query."""

    def __init__(self) -> None:
        self._query = ""
        self._known: dict[int, tuple[int, Hit | None]] = {}
        self.words: tuple[str, ...] = ()

    def about(self, listing: Listing) -> None:
        """From now on it is about the query of this list."""
        if listing.query_text != self._query:
            self._query = listing.query_text
            self._known.clear()
            self.words = wanted(self._query, listing.state_names) if self._query else ()

    def shown(self, rows: Sequence[ListRow]) -> list[ListRow]:
        """Rows with the hits that are known."""
        if not self.words:
            return list(rows)
        return [lit(row, self.words, self._known.get(row.id, (0, None))[1]) for row in rows]

    def missing(self, rows: Sequence[ListRow], listing: Listing) -> list[int]:
        """Which of these rows are to be asked for: unknown ones, and those that changed since."""
        if not self.words:
            return []
        return [row.id for row in rows if self._version(row.id) != _version(listing, row.id)]

    def learn(self, ids: Sequence[int], found: dict[int, Hit], listing: Listing) -> None:
        """That was the answer about these rows."""
        self._known.update((i, (_version(listing, i), found.get(i))) for i in ids)

    def _version(self, conversation: int) -> int | None:
        known = self._known.get(conversation)
        return None if known is None else known[0]


def _version(listing: Listing, conversation: int) -> int:
    row = listing.summaries.get(conversation)
    return -1 if row is None else row.version


class Hitting(Listed):
    """Mixed into the inbox."""

    hits: Hits

    @work(exclusive=True, group="hits")
    async def read_hits(self) -> None:
        """Ask where the words stand in the rows that are seen, the nearest first."""
        while not self.is_going and (ids := self._next()):
            query = self.listing.query_text
            try:
                found = await self.ask(lambda desk, ids=ids, query=query: desk.inbox.hits(query, ids))  # type: ignore[misc]
            except (MaildeskError, QueryError):
                return  # the list says what is wrong
            if self.is_going or query != self.listing.query_text:
                return
            self.hits.learn(ids, dict(found), self.listing)
            for row in self.hits.shown(self._rows(ids)):
                self.mails.update_row(row)

    def _next(self) -> list[int]:
        self.hits.about(self.listing)
        mails = self.mails
        first = max(0, mails.cursor - AROUND)
        rows = mails.rows(first, 2 * AROUND)
        ids = self.hits.missing(rows, self.listing)
        places = {row.id: abs(first + place - mails.cursor) for place, row in enumerate(rows)}
        return sorted(ids, key=lambda one: places[one])[:ASKED]

    def _rows(self, ids: Sequence[int]) -> list[ListRow]:
        mails = self.mails
        chosen = set(ids)
        return [row for row in mails.rows(max(0, mails.cursor - 2 * AROUND), 4 * AROUND) if row.id in chosen]
