"""What is said of a search that finds nothing in the tab that is shown, or more in others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.domain.query import QueryError, parse, terms
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import REASON_TABS, Tab
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.keymap import Keymap
    from maildesk.screens.listing import Listing

_MOST = 1000
"""Hits that are counted."""


def elsewhere(keymap: Keymap, listing: Listing) -> list[tuple[str, str, str]]:
    """The tabs that have hits which the one shown has not: key, name, how many."""
    if listing.elsewhere is None:
        return []
    counts = listing.elsewhere
    here = listing.found[0] if listing.tab not in (Tab.SPAM, Tab.TRASH) else 0
    found = []
    for tab in (Tab.ALL, Tab.SPAM, Tab.TRASH):
        count = counts[tab.value]
        if tab is not listing.tab and count > (here if tab is Tab.ALL else 0):
            words = f"{count:,}" if count < _MOST else t("inbox.search.more", count=f"{count:,}")
            found.append((keymap.shown(f"tab.{list(Tab).index(tab) + 1}"), tab_name(tab), words))
    return found


def scope_words(keymap: Keymap, listing: Listing) -> str:
    """For the search bar: that every tab was looked through, or how many hits all tabs have."""
    if listing.anywhere:
        return t("inbox.search.anywhere")
    return "  ".join(
        t("inbox.search.elsewhere", key=key, tab=tab, count=count)
        for key, tab, count in elsewhere(keymap, listing)[:1]
    )


def looked_in(listing: Listing) -> frozenset[str] | None:
    """The tabs in which a query looks that names states itself; None for one that looks in the tab that is shown."""
    if not listing.anywhere:
        return None
    try:
        asked = list(terms(parse(listing.query_text, listing.state_names)))
    except QueryError:
        return None
    named = {value for term in asked if term.key == "state" for value in term.values}
    if "open" in named:
        named |= {tab.value for tab in (Tab.NEW, Tab.REPLYING, Tab.APPROVAL, Tab.WAITING)}
    return frozenset(
        Tab.WAITING.value if value in REASON_TABS and not listing.in_waiting else value for value in named
    )


def nothing_found(keymap: Keymap, listing: Listing, *, typing: bool = False) -> list[str]:
    """The lines beneath the title of a search without hits. ``typing``: Enter comes before a key."""
    others = elsewhere(keymap, listing)
    if not others:
        return [t("inbox.empty.all_tabs")] if listing.anywhere else []
    before = "Enter " if typing else ""
    lines = [
        t("inbox.empty.elsewhere", key=f"{before}{key}", tab=tab, count=count) for key, tab, count in others
    ]
    return [t("inbox.empty.anywhere"), *lines]
