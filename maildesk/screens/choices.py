"""What the pickers offer: people, states, priorities, times to wait."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from maildesk.domain.agent import Agent
from maildesk.domain.status import Priority, Sort, Status, WaitingReason
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice

_PICKED = (Status.NEW, Status.WAITING, Status.DONE, Status.SPAM, Status.TRASH)


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
    times: Iterable[tuple[str, datetime]] = (
        ("hour", here + timedelta(hours=1)),
        *((("afternoon", afternoon),) if here < afternoon else ()),
        ("tomorrow", morning + timedelta(days=1)),
        ("monday", morning + timedelta(days=7 - here.weekday())),
    )
    return [
        Choice(Wait(WaitingReason.CUSTOMER), t("picker.snooze.customer"), also=("customer", "reply")),
        Choice(Wait(WaitingReason.COLLEAGUE), t("picker.snooze.colleague"), also=("colleague",)),
        *(
            Choice(Wait(WaitingReason.UNTIL, at), t(f"picker.snooze.{name}"), f"{at:%m/%d %H:%M}", (name,))
            for name, at in times
        ),
    ]


_DATE = re.compile(r"(?:(?:(\d{4})[/-])?(\d{1,2})[/-](\d{1,2}))?\s*(?:(\d{1,2})(?::(\d{2})|時))?")


def wait_until(text: str, now: datetime, zone: tzinfo | None) -> Choice[Wait] | None:
    """The choice for a date and time as typed (``11/25 15:00``, ``11/25``, ``15:00``, ``15時``), in the future: a time
    gone by today means tomorrow, a day gone by this year next year. None for anything else."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None or not any(match.groups()):
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    here = now.astimezone(zone)
    try:
        at = here.replace(
            year=year or here.year,
            month=month or here.month,
            day=day or here.day,
            hour=9 if hour is None else hour,
            minute=minute or 0,
            second=0,
            microsecond=0,
        )
        if at <= here:
            at = at + timedelta(days=1) if month is None else at.replace(year=at.year + 1)
    except ValueError:
        return None
    if at <= here:
        return None
    return Choice(Wait(WaitingReason.UNTIL, at), t("picker.snooze.until", at=f"{at:%Y/%m/%d %H:%M}"))
