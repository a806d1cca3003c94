"""What stands where a list has no rows: what happened, and the keys that go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from maildesk.domain.kana import is_kana
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import AnyTab, Tab
from maildesk.errors import MaildeskError
from maildesk.keymap import Keymap
from maildesk.locale import t
from maildesk.screens.elsewhere import nothing_found
from maildesk.widgets.wrap import fit

if TYPE_CHECKING:
    from maildesk.screens.listing import Listing

_NEXT: dict[AnyTab, tuple[Tab, ...]] = {
    Tab.NEW: (Tab.REPLYING, Tab.WAITING),
    Tab.REPLYING: (Tab.NEW, Tab.WAITING),
    Tab.APPROVAL: (Tab.NEW, Tab.WAITING),
    Tab.WAITING: (Tab.NEW, Tab.REPLYING),
    Tab.DONE: (Tab.NEW, Tab.WAITING),
    Tab.ALL: (),
    Tab.SPAM: (Tab.NEW,),
    Tab.TRASH: (Tab.NEW,),
}


def empty(keymap: Keymap, listing: Listing, *, typing: bool = False) -> tuple[SafeText, ...]:
    """The words of a tab without conversations: other tabs that have some, or how to see more. ``typing``: in the
    search bar, where keys are text."""
    if listing.query_text:
        title = safe_line(t("inbox.empty.query", query=listing.query_text))
        found = nothing_found(keymap, listing, typing=typing)
        return _aligned([title, "", *found, *_reading(listing.query_text), t("inbox.empty.clear")])
    if listing.mine:
        return (SafeText(t("inbox.empty.mine")), SafeText(""), SafeText(t("inbox.empty.clear")))
    name = tab_name(listing.tab, listing.states)
    own = not isinstance(listing.tab, Tab)
    lines = [t("inbox.empty.state", state=name) if own else t(f"inbox.empty.{listing.tab}"), ""]
    for tab in _NEXT.get(listing.tab, (Tab.NEW, Tab.WAITING)):
        if count := listing.counts[tab.value]:
            key = keymap.shown(f"tab.{list(Tab).index(tab) + 1}")
            lines.append(t("inbox.empty.see", key=key, tab=tab_name(tab), count=count))
    lines.append(t("inbox.empty.sync", key=keymap.shown("app.sync")))
    return _aligned(lines)


def _reading(query: str) -> list[str]:
    """How somebody is found by the reading of his name, where that may be what was typed."""
    key, colon, word = query.replace("\uff1a", ":").rpartition(":")
    if not is_kana(word):
        return []
    if colon:
        return [t("inbox.empty.reading.register")] if key in ("customer", "顧客") else []
    return [t("inbox.empty.reading", word=word.strip())]


def failed(keymap: Keymap, error: MaildeskError, title: str) -> tuple[SafeText, ...]:
    """The words of a list that could not be read: why, the remedy, the keys."""
    lines = [safe_line(t(title)), SafeText(""), *map(SafeText, safe(str(error)).split("\n"))]
    if error.hint:
        lines += map(SafeText, safe(error.hint).split("\n"))
    keys = [
        t("inbox.failed.retry", key=keymap.shown("app.sync")),
        t("inbox.failed.quit", key=keymap.shown("app.quit")),
    ]
    return (*lines, *_aligned(["", "", *keys])[1:])


def _aligned(lines: list[str]) -> tuple[SafeText, ...]:
    """``lines`` with those after the first two as wide as the widest of them: centred, they stand in a column."""
    width = max((cell_len(line) for line in lines[2:]), default=0)
    return (*map(SafeText, lines[:2]), *(fit(SafeText(line), width) for line in lines[2:]))
