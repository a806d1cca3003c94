"""Values of the domain in the words and columns of the screens: times, sizes, rows, errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta, tzinfo

from maildesk.domain.address import Address
from maildesk.domain.claim import ClaimView
from maildesk.domain.conversation import ConversationSummary, Event, Message
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.status import Priority, Status
from maildesk.errors import MaildeskError
from maildesk.locale import LANGUAGES, current, has, t
from maildesk.screens.row_signs import PLAIN, Shown, due, flags, pressing, state_sign, tags, until
from maildesk.widgets.list_row import ListRow, Urgency
from maildesk.widgets.text import NOTHING
from maildesk.widgets.wrap import cut

SHOP = 6
"""Cells of the column of shops."""

_URGENCY: dict[Priority, Urgency] = {
    Priority.NORMAL: "normal",
    Priority.IMPORTANT: "important",
    Priority.URGENT: "urgent",
    Priority.CRITICAL: "critical",
}


def words(error: MaildeskError) -> SafeText:
    """An error and its remedy, in one or two lines."""
    return safe(f"{error}\n{error.hint}" if error.hint else str(error))


def event_word(what: str) -> str:
    """What an event of the store (``assigned``) is about, in the language in use; a neutral word for one that this
    version does not know."""
    key = f"conversation.event.{what}.short"
    return t(key if has(key) else "conversation.event.other.short")


def clock(at: datetime, zone: tzinfo | None) -> SafeText:
    """Hours and minutes, in the team's zone."""
    return SafeText(f"{at.astimezone(zone):%H:%M}")


def list_time(at: datetime, now: datetime, zone: tzinfo | None) -> SafeText:
    """A time as lists show it: ``10:02`` today, 昨日, ``11/18`` this year, ``2025/12`` before."""
    there, today = at.astimezone(zone), now.astimezone(zone)
    if there.date() >= today.date():
        return clock(at, zone)
    if there.date() == (today - timedelta(days=1)).date():
        return SafeText(t("common.yesterday"))
    if there.year == today.year:
        return SafeText(f"{there.month}/{there.day:02}")
    return SafeText(f"{there.year}/{there.month:02}")


def day_time(at: datetime, now: datetime, zone: tzinfo | None) -> SafeText:
    """A time that nobody takes for today's: ``10:02`` today, else ``11/21 03:30``, in another year with that."""
    there, today = at.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return clock(at, zone)
    year = "" if there.year == today.year else f"{there.year}/"
    return SafeText(f"{year}{there:%m/%d %H:%M}")


def full_time(at: datetime, now: datetime, zone: tzinfo | None) -> SafeText:
    """A time as conversations show it: ``11/21 09:17(1時間前)``, with the year where it is another."""
    there = at.astimezone(zone)
    year = "" if there.year == now.astimezone(zone).year else f"{there.year}/"
    return SafeText(t("conversation.when", at=f"{year}{there:%m/%d %H:%M}", ago=ago(at, now)))


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits; for what is to come, how long until then."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < -1:
        return t("common.until", span=span(at - now))
    if minutes < 1:
        return t("common.ago.now")
    if minutes < 60:
        return t("common.ago.minutes", count=minutes)
    if minutes < 48 * 60:
        return t("common.ago.hours", count=minutes // 60)
    return t("common.ago.days", count=minutes // (24 * 60))


def span(time: timedelta) -> str:
    """``12 分``, ``3 時間``, ``2 日``: how long something lasts."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return t("common.span.minutes", count=minutes)
    if minutes < 48 * 60:
        return t("common.span.hours", count=minutes // 60)
    return t("common.span.days", count=minutes // (24 * 60))


def size(count: int) -> str:
    """A number of bytes for people: ``812KB``, ``1.1MB``."""
    if count < 1024:
        return f"{count}B"
    if count < 1024 * 1024:
        return f"{count // 1024}KB"
    return f"{count / 1024 / 1024:.1f}MB"


def subject(text: str) -> SafeText:
    """A subject on one line, or the words for none."""
    return safe_line(text) or SafeText(t("common.no_subject"))


def sender(name: str, address: str) -> SafeText:
    """Who wrote: his name, else his address, else the words for neither."""
    return safe_line(name.strip() or address) or SafeText(t("common.no_sender"))


def addresses(found: tuple[Address, ...]) -> SafeText:
    """Addresses as people write them, with commas between."""
    return safe_line(", ".join(address.display() for address in found))


def colleague(name: str) -> SafeText:
    """A colleague's name with さん."""
    return safe_line(t("common.colleague", name=name))


_PARTS = frozenset({"", "sync", "outbox", "clock"})


def actor(name: str) -> SafeText:
    """Who did something, as the store names him: a colleague, or a part of maildesk."""
    return SafeText(t("common.system")) if name in _PARTS else colleague(name)


def number(conversation_id: int) -> SafeText:
    """``#1044``."""
    return SafeText(f"#{conversation_id}")


def priority(value: Priority) -> SafeText:
    """至急, '' for the ordinary."""
    return SafeText(t(f"common.priority.{value.word}"))


def shop(summary: ConversationSummary) -> SafeText:
    """The shop of a conversation in a list's column: ``自社``, with ``+1`` where its mail came to another one too."""
    more = f"+{len(summary.also_in)}" if summary.also_in else ""
    name = safe_line(summary.shop)
    return SafeText(f"{cut(name, SHOP - len(more)).rstrip() if more else name}{more}")


def list_row(
    summary: ConversationSummary,
    me: int,
    now: datetime,
    zone: tzinfo | None,
    freed: Collection[int] = (),
    shown: Shown = PLAIN,
) -> ListRow:
    """A conversation as a row of the list. ``me`` is the asking agent, ``freed`` what he waited for and may answer,
    ``shown`` what its list shows beside the rest."""
    holder = NOTHING
    if summary.claim is not None:
        mine = summary.claim.agent_id == me
        holder = SafeText(t("inbox.me")) if mine else safe_line(summary.claim.agent_name)
    return ListRow(
        summary.id,
        number(summary.id),
        sender(summary.customer_name, summary.customer_address),
        subject(summary.subject),
        (until(summary, now, zone) if shown.waits else NOTHING)
        or list_time(summary.last_message_at, now, zone),
        summary.unread,
        flags(summary, freed),
        SafeText(t(f"inbox.priority.{summary.priority.word}")),
        _URGENCY[summary.priority],
        shop(summary),
        safe_line(summary.assignee_name),
        holder,
        state_sign(summary, shown),
        tags(summary, shown),
        due(summary, now),
        pressing(summary, now),
    )


def replying(holder: ClaimView, zone: tzinfo | None) -> SafeText:
    """``佐藤さんが返信対応中です(12:03から)``."""
    since = clock(holder.since, zone)
    return safe_line(t("claim.replying", who=colleague(holder.agent_name), since=since))


def event_line(event: Event, names: Mapping[int, str]) -> SafeText:
    """What happened, in one line without the time: ``佐藤さん: 新着 → 保留``. ``names`` are those of the agents."""
    key = f"conversation.event.{_said(event)}"
    what = t(key if has(key) else "conversation.event.other", **_details(event, names))
    if event.detail.get("undone"):
        what = f"{t('conversation.event.undone')} ({what})"
    return safe_line(f"{actor(event.actor)}: {what}")


def _said(event: Event) -> str:
    """The word of an event's text: a reply is queued by its author, again by the outbox, or put before an approver."""
    if event.what == "status" and event.detail.get("no_answer"):
        return "no-answer"
    if event.what in ("merged", "split") and "into" in event.detail:
        return f"{event.what}-into"
    if event.what != "queued":
        return event.what
    if event.actor in _PARTS:
        return "retry"
    return "submitted" if event.detail.get("status") == Status.APPROVAL else "queued"


def _details(event: Event, names: Mapping[int, str]) -> dict[str, str]:
    """The details of an event in words: ``old`` and ``new`` of a change, labels put on and taken off, whose draft."""
    before, after = event.detail.get("from"), event.detail.get("to")
    added, removed = event.detail.get("add"), event.detail.get("remove")
    return {
        "old": _own_state(event, before) or _value(event.what, before, names),
        "new": _own_state(event, after) or _value(event.what, after, names),
        "labels": " ".join(
            [f"+{label}" for label in _list(added)] + [f"-{label}" for label in _list(removed)]
        ),
        "author": str(event.detail.get("author", "")),
        "to": str(after) if isinstance(after, str) else "",
        "other": _numbers(event.detail.get("into", before)),
        "shops": _shops(event.detail),
        "note": _note(event.detail.get("reason") or (after.get("note") if isinstance(after, dict) else "")),
    }


_FIELDS = {"status": "status", "assigned": "assignee_id", "priority": "priority"}


def _own_state(event: Event, fields: object) -> str:
    """What a state of the desk's own was called when a conversation came into it, its name where that is not known; ''
    for a status."""
    name = fields.get("substate") if isinstance(fields, dict) else None
    if event.what != "status" or not name:
        return ""
    called = event.detail.get("called")
    if fields is event.detail.get("to") and isinstance(called, list) and len(called) == len(LANGUAGES):
        return str(called[LANGUAGES.index(current())])
    return str(name)


def _value(what: str, fields: object, names: Mapping[int, str]) -> str:
    value = fields.get(_FIELDS.get(what, "")) if isinstance(fields, dict) else fields
    if what == "priority" and isinstance(value, int) and 0 <= value < len(Priority):
        return priority(Priority(value)) or t("picker.priority.normal")
    if isinstance(value, int):
        return names.get(value, f"#{value}")
    if isinstance(value, str):
        return t(f"common.{value}") if has(f"common.{value}") else value
    return t("conversation.event.nobody") if what == "assigned" else "—"


def _shops(detail: Mapping[str, object]) -> str:
    """From which shop to which, '' where the event does not name them."""
    old, new = detail.get("shop_from"), detail.get("shop")
    return t("conversation.event.moved.shops", old=old, new=new) if old and new else ""


def _numbers(value: object) -> str:
    """Conversations by their numbers: ``#1012 #1034``."""
    found = [value] if isinstance(value, int) else _list(value)
    return " ".join(f"#{one}" for one in found)


def _note(value: object) -> str:
    """A reason in brackets, '' for none."""
    return t("conversation.event.note", note=value) if value else ""


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def mail_name(mail: Message, zone: tzinfo | None) -> SafeText:
    """A mail in a few words: who wrote it, and when."""
    who = mail.from_.name or mail.from_.address if mail.from_ is not None else mail.author
    return safe_line(f"{who} {mail.at.astimezone(zone):%m/%d %H:%M}")
