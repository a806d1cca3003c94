"""Finding a customer while typing: by number, name, address or id."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import work
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from maildesk.domain.customer import CustomerHit, MaybeSame, Reason
from maildesk.domain.kana import is_kana
from maildesk.domain.phone import shown
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.widgets.text import content


def choice(hit: CustomerHit) -> Choice[int]:
    """Somebody who was found, with what tells him apart."""
    beside = [hit.reading, *hit.phones[:1], *hit.addresses[:1]]
    if not {hit.found, shown(hit.found)} & {hit.name, *beside}:
        beside.insert(0, shown(hit.found))
    return Choice(hit.id, hit.name or t("customer.nobody"), "  ".join(part for part in beside if part))


def reason(maybe: MaybeSame) -> str:
    """Why somebody may be the same person."""
    detail = shown(maybe.detail) if maybe.reason is Reason.PHONE else maybe.detail
    return t(f"customer.reason.{maybe.reason}", detail=detail)


class CustomerFinder(Picker[int]):
    """Choose a customer; the result is his number. ``first`` is offered before anything is typed, ``without`` never."""

    def __init__(
        self, title: str, first: Sequence[Choice[int]] = (), without: Collection[int] = (), query: str = ""
    ) -> None:
        super().__init__(title, first, hint=t("customer.find.hint"), digits=False, query=query)
        self._first = first
        self._without = frozenset(without)

    def narrow(self, query: str) -> None:
        if query.strip():
            self._search(query)
        else:
            self._offer(self._first, "customer.find.more")

    @work(exclusive=True, group="find")
    async def _search(self, query: str) -> None:
        hits = await self.tried(lambda desk: desk.customers.find(query))
        if hits is not None and not self.is_going and self.query_one(Input).value == query:
            found = [choice(hit) for hit in hits if hit.id not in self._without]
            self._offer(found, "customer.find.reading" if is_kana(query) else "picker.none")

    def _offer(self, found: Sequence[Choice[int]], nothing: str) -> None:
        self.found = found
        options = self.query_one(OptionList)
        options.clear_options()
        if found:
            options.add_options([Option(self.line(place, one)) for place, one in enumerate(found)])
            options.highlighted = 0
        else:
            options.add_option(Option(content(t(nothing), "$text-muted"), disabled=True))
