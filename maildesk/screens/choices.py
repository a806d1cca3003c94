"""What the pickers offer: people, states, priorities, times to wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from maildesk.domain.agent import Agent
from maildesk.domain.dates import moment
from maildesk.domain.status import Priority, Sort, Status, WaitingReason
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice

_PICKED = (Status.NEW, Status.WAITING, Status.DONE, Status.SPAM, Status.TRASH)


_READINGS: Mapping[str, tuple[str, ...]] = {
    "hour": ("いちじかんご", "1jikan"),
    "afternoon": ("きょう", "kyou"),
    "tomorrow": ("あした", "ashita"),
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


def statuses(current: Status | None) -> list[Choice[Status]]:
    """The states that a person can set."""
    return [
        Choice(status, t(f"common.{status}"), also=(status.value,), marked=status is current)
        for status in _PICKED
    ]


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


def sorts(current: Sort) -> list[Choice[Sort]]:
    """The orders of a list."""
    return [
        Choice(sort, t(f"picker.sort.{sort}"), also=(sort.value,), marked=sort is current) for sort in Sort
    ]


def waits(now: datetime, zone: tzinfo | None) -> list[Choice[Wait]]:
    """How long to put a conversation aside, with the times that the words mean now."""
    here = now.astimezone(zone)
    afternoon = here.replace(hour=15, minute=0, second=0, microsecond=0)
    morning = here.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - here.weekday())
    times: Iterable[tuple[str, datetime]] = (
        ("hour", here + timedelta(hours=1)),
        *((("afternoon", afternoon),) if here < afternoon else ()),
        ("tomorrow", morning + timedelta(days=1)),
        *((("monday", monday),) if here.weekday() < _SUNDAY else ()),
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


def wait_until(text: str, now: datetime, zone: tzinfo | None) -> Choice[Wait] | None:
    """The choice for a date and time as typed (:mod:`maildesk.domain.dates`), None for anything else and for what is
    over."""
    at = moment(text, now, zone)
    if at is None or at <= now:
        return None
    return Choice(Wait(WaitingReason.UNTIL, at), t("picker.snooze.until", at=f"{at:%Y/%m/%d %H:%M}"))


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
