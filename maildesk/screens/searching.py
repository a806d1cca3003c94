"""Searching in the inbox: what is typed in the filter bar, and walking through what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from maildesk.domain.conversation import Conversation
from maildesk.domain.query import QueryError, parse, phrases
from maildesk.domain.query_complete import complete
from maildesk.domain.query_text import Excerpt, excerpt
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.widgets.search_bar import SearchBar

if TYPE_CHECKING:
    from maildesk.screens.inbox import InboxScreen


def wanted(query: str, states: Mapping[str, tuple[str, ...]] | None = None) -> tuple[str, ...]:
    """The words of a query that are shown where they stand; none for one that cannot be obeyed."""
    try:
        return phrases(parse(query, states))
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
    """The search of one inbox: its bar and its count."""

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
            parse(text, inbox.listing.state_names)
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

    def fill(self, text: str) -> None:
        """Show a query that was not typed."""
        self._bar.fill(text)

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
            "state": tuple(
                word for state in self._inbox.listing.states for word in (state.name, state.label_ja)
            ),
            "label": tuple(sorted({label for row in rows for label in row.labels})),
            "shop": tuple(sorted({row.shop for row in rows})),
            "assignee": tuple(sorted({row.assignee_name for row in rows} - {""})),
        }


class SearchActs(DeskScreen[None]):
    """The actions of a search, of the inbox."""

    searching: Searching

    def action_search_next(self) -> None:
        """To the next of what was found."""
        self.searching.step(1)

    def action_search_prev(self) -> None:
        """To the last one."""
        self.searching.step(-1)
