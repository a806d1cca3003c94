"""What stands where a list has no rows: what happened, and the keys that go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.status import Tab
from maildesk.errors import MaildeskError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.screens.inbox import InboxScreen

_NEXT: dict[Tab, tuple[Tab, ...]] = {
    Tab.NEW: (Tab.REPLYING, Tab.WAITING),
    Tab.REPLYING: (Tab.NEW, Tab.WAITING),
    Tab.APPROVAL: (Tab.NEW, Tab.WAITING),
    Tab.WAITING: (Tab.NEW, Tab.REPLYING),
    Tab.DONE: (Tab.NEW, Tab.WAITING),
    Tab.ALL: (),
    Tab.SPAM: (Tab.NEW,),
    Tab.TRASH: (Tab.NEW,),
}


def empty(inbox: InboxScreen) -> tuple[SafeText, ...]:
    """The words of a tab without conversations: other tabs that have some, or how to see more."""
    keymap = inbox.host.keymap
    if inbox.query_text:
        return (
            safe_line(t("inbox.empty.query", query=inbox.query_text)),
            SafeText(""),
            SafeText(t("inbox.empty.clear")),
        )
    if inbox.mine:
        return (SafeText(t("inbox.empty.mine")), SafeText(""), SafeText(t("inbox.empty.clear")))
    lines = [t(f"inbox.empty.{inbox.tab}"), ""]
    for tab in _NEXT[inbox.tab]:
        if count := inbox.counts[tab.value]:
            key = keymap.shown(f"tab.{list(Tab).index(tab) + 1}")
            lines.append(t("inbox.empty.see", key=key, tab=t(f"common.{tab}.short"), count=count))
    lines.append(t("inbox.empty.sync", key=keymap.shown("app.sync")))
    return tuple(SafeText(line) for line in lines)


def failed(inbox: InboxScreen, error: MaildeskError, title: str) -> tuple[SafeText, ...]:
    """The words of a list that could not be read: why, the remedy, the keys."""
    keymap = inbox.host.keymap
    lines = [safe_line(t(title)), SafeText(""), *map(SafeText, safe(str(error)).split("\n"))]
    if error.hint:
        lines += map(SafeText, safe(error.hint).split("\n"))
    lines += [
        SafeText(""),
        SafeText(t("inbox.failed.retry", key=keymap.shown("app.sync"))),
        SafeText(t("inbox.failed.quit", key=keymap.shown("app.quit"))),
    ]
    return tuple(lines)
