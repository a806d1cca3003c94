"""Searching in the inbox: what is typed in the filter bar, walking through what was found, and saved views."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from maildesk.domain.conversation import Conversation
from maildesk.domain.query import QueryError, parse, phrases
from maildesk.domain.query_complete import complete
from maildesk.domain.query_text import Excerpt, excerpt
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.status import Sort, Tab
from maildesk.domain.view import View
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from maildesk.screens.inbox import InboxScreen


def wanted(query: str) -> tuple[str, ...]:
    """The words of a query that are shown where they stand; none for one that cannot be obeyed."""
    try:
        return phrases(parse(query))
    except QueryError:
        return ()


def hit(found: Conversation, query: str) -> tuple[Excerpt, bool] | None:
    """Where what was asked for stands, in the newest message that has it; whether that is a comment of colleagues."""
    words = wanted(query)
    if words:
        for message in reversed(found.messages):
            for text in (
                message.text,
                message.subject,
                " / ".join(file.name for file in message.attachments),
            ):
                if (one := excerpt(text, words)) is not None:
                    return one, message.kind.value in ("comment", "phone")
    return None


def bracketed(found: Excerpt) -> SafeText:
    """An excerpt with its hits in brackets, which show without any colour."""
    text, out, at = found.text, [], 0
    for span in found.spans:
        out += [text[at : span.start], "【", text[span.start : span.end], "】"]
        at = span.end
    return safe_line("".join([*out, text[at:]]))


class Searching:
    """The search of one inbox: its bar, its count and its views."""

    def __init__(self, inbox: InboxScreen) -> None:
        self._inbox = inbox
        self.problem = ""
        """What is wrong with what is typed; '' for nothing."""

    @property
    def _bar(self) -> SearchBar:
        return self._inbox.query_one(SearchBar)

    def searched(self, text: str, done: bool) -> None:
        """Something was typed: show what fits. What cannot be obeyed is said in the bar, and the list stays."""
        inbox = self._inbox
        try:
            parse(text)
        except QueryError as error:
            self.problem = f"! {error}"
            self._bar.show_count(safe_line(self.problem))
            if done:
                inbox.host.explain(error)
                self._bar.at(error.at)
            return
        self.problem = ""
        self._bar.show_count("")
        if done:
            self._bar.remember(text)
            inbox.mails.focus()
            self._bar.display = bool(text)
        if text != inbox.listing.query_text:
            inbox.listing.query_text = text
            inbox.start_again()
        else:
            inbox.show_count()

    def step(self, step: int) -> None:
        """To the next or the last of what was found."""
        mails = self._inbox.mails
        row = mails.neighbour(step)
        if row is not None:
            mails.move_to_id(row.id)
        else:
            self._inbox.host.say(t("inbox.search.end"))

    def complete(self, text: str, cursor: int) -> tuple[int, tuple[str, ...]]:
        """What may be meant at the cursor."""
        return complete(text, cursor, self._known)

    @property
    def _known(self) -> dict[str, tuple[str, ...]]:
        """The values in use, as far as the list has shown them."""
        rows = self._inbox.listing.summaries.values()
        return {
            "label": tuple(sorted({label for row in rows for label in row.labels})),
            "shop": tuple(sorted({row.shop for row in rows})),
            "assignee": tuple(sorted({row.assignee_name for row in rows} - {""})),
        }

    # ---- views

    async def choose(self) -> None:
        """Choose a view and show it."""
        inbox = self._inbox
        known = await inbox.tried(lambda desk: desk.views.list())
        if known is None:
            return
        if not known:
            inbox.host.say(t("inbox.view.none"))
            return
        choices = [
            Choice(view, view.name, self._about(view), also=tuple(filter(None, (view.letter,))))
            for view in known
        ]
        chosen = await inbox.app.push_screen_wait(Picker(t("inbox.view.title"), choices))
        if chosen is not None:
            self.show(chosen)

    @staticmethod
    def _about(view: View) -> str:
        parts = [view.query, t(f"common.{view.tab}.short")]
        if view.shared:
            parts.append(t("inbox.view.shared", name=view.owner))
        return "  ".join(part for part in parts if part)

    def show(self, view: View) -> None:
        """Show what a view asks for."""
        inbox = self._inbox
        listing = inbox.listing
        query = f"{view.query} shop:{_quoted(view.mailbox)}".strip() if view.mailbox else view.query
        listing.query_text, listing.tab, listing.sort, listing.mine = query, view.tab, view.sort, False
        inbox.query_one(TabBar).active = view.tab.value
        self._bar.fill(query)
        inbox.mails.focus()
        inbox.start_again()

    async def save(self) -> None:
        """Give what is shown a name; a view of that name is replaced."""
        inbox, listing = self._inbox, self._inbox.listing
        known = await inbox.tried(lambda desk: desk.views.list())
        if known is None:
            return
        query = " ".join(filter(None, (listing.query_text, "is:mine" if listing.mine else "")))
        now = View("", query, Tab(listing.tab), Sort(listing.sort))

        def typed(name: str) -> Choice[View]:
            return Choice(replace(now, name=name.strip()), t("inbox.view.save", name=name.strip()))

        choices = [
            Choice(
                replace(view, query=now.query, tab=now.tab, sort=now.sort, mailbox=""), view.name, view.query
            )
            for view in known
            if view.own
        ]
        title = t("inbox.view.name", query=query or t(f"common.{now.tab}.short"))
        chosen = await inbox.app.push_screen_wait(Picker(title, choices, typed=typed, digits=False))
        if chosen is None:
            return
        saved = await inbox.tried(lambda desk: desk.views.save(chosen))
        if saved is not None:
            inbox.host.say(t("inbox.view.saved", name=saved.name, key=inbox.host.keymap.shown("goto.views")))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


class SearchActs(DeskScreen[None]):
    """The actions of a search, of the inbox."""

    searching: Searching

    def action_search_next(self) -> None:
        """To the next of what was found."""
        self.searching.step(1)

    def action_search_prev(self) -> None:
        """To the last one."""
        self.searching.step(-1)

    @work(exclusive=True, group="pick")
    async def choose_view(self) -> None:
        """Choose a saved view and show it."""
        await self.searching.choose()

    @work(exclusive=True, group="pick")
    async def action_view_save(self) -> None:
        """Save what is shown as a view."""
        await self.searching.save()
