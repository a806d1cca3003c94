"""What the pickers offer: people, states, priorities, times to wait."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from maildesk.domain.agent import Agent
from maildesk.domain.business import Calendar, next_working_day
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.dates import moment
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.related import Relative, all_told
from maildesk.domain.state_words import state_label
from maildesk.domain.status import CustomState, Priority, Sort, Status, WaitingReason
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice

_PICKED = (Status.NEW, Status.WAITING, Status.DONE, Status.SPAM, Status.TRASH)


_READINGS: Mapping[str, tuple[str, ...]] = {
    "hour": ("いちじかんご", "1jikan"),
    "afternoon": ("きょう", "kyou"),
    "tomorrow": ("あした", "ashita"),
    "working": ("よくえいぎょうび", "eigyoubi", "らいしゅう", "げつよう", "raishuu", "business"),
    "monday": ("らいしゅう", "げつよう", "raishuu"),
}
"""What people type for a time whose name is in kanji."""
_SUNDAY = 6
"""As datetime counts: when next Monday is tomorrow, one line is enough."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to assign to; ``id`` None is nobody."""

    id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Wait:
    """What to wait for, and until when."""

    reason: WaitingReason
    until: datetime | None = None


def agents(found: Sequence[Agent], me: int) -> list[Choice[Person]]:
    """The people of the desk, oneself first, nobody last."""
    ordered = sorted(found, key=lambda agent: agent.id != me)
    return [
        *(
            Choice(
                Person(agent.id, agent.name),
                agent.name,
                t("picker.assign.me") if agent.id == me else agent.login,
                (agent.reading, agent.login),
            )
            for agent in ordered
        ),
        Choice(Person(None, ""), t("picker.assign.nobody"), also=("nobody", "0")),
    ]


def statuses(
    current: ConversationSummary | None, states: Iterable[CustomState] = ()
) -> list[Choice[Status | CustomState]]:
    """The states that a person can set, the desk's own (``states``) among them."""
    now = current.substate or current.status.value if current is not None else ""
    found: list[Choice[Status | CustomState]] = [
        Choice(status, t(f"common.{status}"), also=(status.value,), marked=status.value == now)
        for status in _PICKED
    ]
    own: list[Choice[Status | CustomState]] = [
        Choice(
            state,
            state_label(state),
            state.key,
            (state.name, state.label_ja, state.label_en),
            state.name == now,
        )
        for state in states
    ]
    return [*found[:2], *own, *found[2:]]


def priorities(current: Priority | None) -> list[Choice[Priority]]:
    """The priorities, the highest first."""
    return [
        Choice(
            priority,
            t(f"common.priority.{priority.word}") or t("picker.priority.normal"),
            also=(priority.word,),
            marked=priority is current,
        )
        for priority in sorted(Priority, reverse=True)
    ]


_NOTES: Mapping[str, tuple[str, ...]] = {
    "no_answer": ("thanks", "automatic", "advertising", "phone", "double"),
    "skip": ("others", "information", "difficult", "language"),
}
"""The reasons that are offered, by what they are for."""


def notes(what: str) -> list[Choice[str]]:
    """Reasons to choose from; others are typed."""
    return [
        Choice(t(f"picker.{what}.{name}"), t(f"picker.{what}.{name}"), also=(name,)) for name in _NOTES[what]
    ]


def typed_note(text: str) -> Choice[str]:
    """A reason in one's own words."""
    return Choice(text.strip()[:200], t("picker.reason.typed", reason=text.strip()[:200]))


def blocks(senders: Sequence[str], domains: Sequence[str]) -> list[Choice[tuple[str, ...]]]:
    """Whether to block nobody, the senders, or their whole domains."""
    found: list[Choice[tuple[str, ...]]] = [Choice((), t("picker.spam.only"), also=("only",))]
    if senders:
        found.append(Choice(tuple(senders), t("picker.spam.sender"), ", ".join(senders[:3]), ("sender",)))
    if domains:
        found.append(Choice(tuple(domains), t("picker.spam.domain"), ", ".join(domains[:3]), ("domain",)))
    return found


def mailboxes(boxes: Sequence[Mailbox], here: int | None) -> list[Choice[int]]:
    """The shops' mailboxes to move to."""
    return [Choice(box.id, box.name, box.address, (box.short_name,), marked=box.id == here) for box in boxes]


def shops(boxes: Sequence[Mailbox], here: int) -> list[Choice[int]]:
    """What is listed: all shops (0) or one."""
    every = Choice(0, t("inbox.shop.all"), also=("all", "0"), marked=here == 0)
    return [every, *mailboxes(boxes, here)]


def relatives(found: Sequence[Relative]) -> list[Choice[int]]:
    """Conversations that belong to one, each with why, but for those that cannot be merged with it."""
    return [
        Choice(row.id, f"#{row.id} {row.subject}", all_told(one.reasons), (row.customer_name, row.shop))
        for one in found
        if not one.is_merged and (row := one.summary).status not in (Status.SPAM, Status.TRASH)
    ]


def typed_number(text: str) -> Choice[int] | None:
    """A conversation by its number, as typed; None for anything else."""
    found = re.fullmatch(r"#?([0-9]{1,9})", unicodedata.normalize("NFKC", text.strip()))
    return Choice(int(found[1]), f"#{int(found[1])}") if found else None


def splits() -> list[Choice[str]]:
    """What leaves a conversation when it is split."""
    return [Choice(name, t(f"picker.split.{name}"), also=(name,)) for name in ("one", "following")]


def sorts(current: Sort) -> list[Choice[Sort]]:
    """The orders of a list."""
    return [
        Choice(sort, t(f"picker.sort.{sort}"), also=(sort.value,), marked=sort is current) for sort in Sort
    ]


def waits(now: datetime, zone: tzinfo | None, calendar: Calendar | None = None) -> list[Choice[Wait]]:
    """How long to put a conversation aside, with the times that the words mean now. ``calendar`` says when its shop is
    open: the next working day has a line where it is another than tomorrow."""
    here = now.astimezone(zone)
    afternoon = here.replace(hour=15, minute=0, second=0, microsecond=0)
    morning = here.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - here.weekday())
    working = next_working_day(now, zone, calendar)
    other = working.date() != here.date() + timedelta(days=1)
    times: Iterable[tuple[str, datetime]] = (
        ("hour", here + timedelta(hours=1)),
        *((("afternoon", afternoon),) if here < afternoon else ()),
        ("tomorrow", morning + timedelta(days=1)),
        *((("working", working),) if other else ()),
        *((("monday", monday),) if here.weekday() < _SUNDAY and not (other and monday == working) else ()),
    )
    return [
        Choice(
            Wait(WaitingReason.CUSTOMER),
            t("picker.snooze.customer"),
            also=("へんしんまち", "henshin", "customer", "reply"),
        ),
        Choice(
            Wait(WaitingReason.COLLEAGUE),
            t("picker.snooze.colleague"),
            also=("しゃないのたいおうまち", "shanai", "colleague"),
        ),
        *(
            Choice(
                Wait(WaitingReason.UNTIL, at),
                t(f"picker.snooze.{name}"),
                f"{at:%m/%d %H:%M}",
                (*_READINGS[name], name),
            )
            for name, at in times
        ),
    ]


def wait_until(
    text: str, now: datetime, zone: tzinfo | None, calendar: Calendar | None = None
) -> Choice[Wait] | None:
    """The choice for a date and time as typed (:mod:`maildesk.domain.dates`), None for anything else and for what is
    over. ``calendar`` says when the shop is open."""
    at = moment(text, now, zone, calendar)
    if at is None or at <= now:
        return None
    return Choice(Wait(WaitingReason.UNTIL, at), t("picker.snooze.until", at=told(at, now)))


def told(at: datetime, now: datetime) -> str:
    """A time as it was understood: ``2026/11/25(水) 10:00 まで(あと 4 日 23 時間)``."""
    days, rest = divmod(int((at - now).total_seconds()), 86400)
    hours, minutes = divmod(rest // 60, 60)
    left = [t("picker.left.days", count=days)] if days else []
    if hours and days < 7:
        left.append(t("picker.left.hours", count=hours))
    if not days and (minutes or not hours):
        left.append(t("picker.left.minutes", count=minutes))
    day = t("picker.weekdays").split()[at.weekday()]
    return t("picker.told", date=f"{at:%Y/%m/%d}", day=day, time=f"{at:%H:%M}", left=" ".join(left))


def send_at(text: str, now: datetime, zone: tzinfo | None) -> Choice[Wait] | None:
    """As :func:`wait_until`, in the words of sending."""
    wait = wait_until(text, now, zone)
    if wait is None or wait.value.until is None:
        return None
    at = f"{wait.value.until.astimezone(zone):%Y/%m/%d %H:%M}"
    return replace(wait, label=t("picker.when.at", at=at))


def send_times(now: datetime, zone: tzinfo | None) -> list[Choice[Wait]]:
    """When a reply can leave, at once first."""
    later = [choice for choice in waits(now, zone) if choice.value.until is not None]
    return [Choice(Wait(WaitingReason.UNTIL), t("review.when.now"), also=("now", "すぐ")), *later]
