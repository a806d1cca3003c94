"""What the header of every screen says at its right end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from maildesk.domain.day_hours import until
from maildesk.domain.mailbox import SyncHealth
from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.screens.words import clock
from maildesk.widgets.header_bar import Part

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp


def header_parts(host: MaildeskApp) -> list[Part]:
    """The right end of the header, in the order in which it gives way: what is as usual, what is to be read, what needs
    a person, me."""
    usual: list[Part] = []
    needing: list[Part] = []
    health = host.standing.health
    if host.standing.overdue:
        needing.append((safe_line(t("inbox.overdue", count=host.standing.overdue)), "error"))
    if health is not None:
        for part in _synced(health, host.settings.zone):
            (needing if part[1] == "error" else usual).append(part)
        word = t("inbox.waiting_out", count=health.queued)
        usual.append((safe_line(word), "" if health.queued else "muted"))
    if host.standing.stopped:
        needing.append((safe_line(t("inbox.stopped", count=host.standing.stopped)), "warning"))
    if health is not None and (health.uncertain or health.failed):
        count = health.uncertain + health.failed
        needing.append((safe_line(t("inbox.attention", count=count)), "warning"))
    if host.standing.read_at is not None:
        end = until(host.standing.focus, host.standing.read_at.astimezone(host.settings.zone).time())
        if end is not None:
            usual.append((safe_line(t("talk.header.focus", end=f"{end:%H:%M}")), "ok"))
    if host.talking.lines:
        usual.append((safe_line(t("talk.header.chat", count=host.talking.lines)), ""))
    if host.talking.notes:
        usual.append((safe_line(t("talk.header.notes", count=host.talking.notes)), "warning"))
    if host.talking.mentions:
        usual.append((safe_line(t("talk.header.mentions", count=host.talking.mentions)), "warning"))
    me: list[Part] = [(safe_line(host.desk.me.name), "")] if host.desk is not None else []
    return [*usual, *needing, *me]


def _synced(health: SyncHealth, zone: tzinfo | None) -> Iterator[Part]:
    """How the mailboxes stand, in one word: what is fetched now, who is in trouble, when the last of them was looked
    at."""
    running = [folder for folder in health.folders if folder.total > folder.done]
    troubled = [box for box in health.mailboxes if box.state.is_trouble]
    checked = [box.checked_at for box in health.mailboxes if box.checked_at is not None]
    if running:
        done, total = sum(f.done for f in running), sum(f.total for f in running)
        yield safe_line(t("inbox.syncing", done=f"{done:,}", total=f"{total:,}")), "warning"
    elif troubled and len(troubled) == len(health.mailboxes):
        at = max(checked, default=None)
        text = t("inbox.offline", at=clock(at, zone)) if at is not None else t("inbox.sync_failed")
        yield safe_line(text), "error"
    elif troubled:
        yield safe_line(t("inbox.troubled", count=len(troubled))), "error"
    elif checked:
        yield safe_line(t("inbox.synced", at=clock(min(checked), zone))), "ok"
