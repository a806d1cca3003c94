"""What of the state of a desk must not wait: the rules of ``maildesk health``, for monitoring and for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from maildesk.domain.mailbox import Health, MailboxHealth, SyncHealth

UNCHECKED = 300.0
"""Seconds without a look after which nobody seems to look any more: the worker looks every minute and a half."""


class Level(IntEnum):
    """How bad it is: the exit code of ``maildesk health``."""

    OK = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that is wrong. ``code`` names the text (``health.<code>``), ``values`` fill it in."""

    level: Level
    code: str
    values: dict[str, object] = field(default_factory=dict)


def issues(health: SyncHealth) -> tuple[Issue, ...]:
    """All that is wrong, the worst first: mail that does not come in or leave is critical; what waits for a person, or
    was seen and is not here as it should be, is a warning."""
    found = [*_sending(health), *_receiving(health), *_mails(health)]
    return tuple(sorted(found, key=lambda issue: -issue.level))


def worst(found: tuple[Issue, ...]) -> Level:
    """How the desk as a whole is."""
    return max((issue.level for issue in found), default=Level.OK)


def _sending(health: SyncHealth) -> Iterator[Issue]:
    if health.held:
        yield Issue(Level.CRITICAL, "held", {"reason": health.held})
    if health.overdue:
        minutes = int(health.overdue_age // 60)
        yield Issue(Level.CRITICAL, "overdue", {"count": health.overdue, "minutes": minutes})
    if health.uncertain:
        yield Issue(Level.WARNING, "uncertain", {"count": health.uncertain})
    if health.failed:
        yield Issue(Level.WARNING, "failed", {"count": health.failed})


def _receiving(health: SyncHealth) -> Iterator[Issue]:
    for box in health.mailboxes:
        yield from _mailbox(box)


def _mailbox(box: MailboxHealth) -> Iterator[Issue]:
    values: dict[str, object] = {"mailbox": box.mailbox, "error": box.error}
    if box.state.is_trouble:
        yield Issue(Level.CRITICAL, f"mailbox.{box.state.value}", values)
    elif box.state is Health.EMPTY and box.error:
        yield Issue(Level.WARNING, "mailbox.emptied", values)
    elif box.age is not None and box.age > UNCHECKED:
        yield Issue(Level.CRITICAL, "mailbox.unchecked", values | {"minutes": int(box.age // 60)})


def _mails(health: SyncHealth) -> Iterator[Issue]:
    for code in ("quarantined", "unaccounted", "stubs"):
        if count := getattr(health, code):
            yield Issue(Level.WARNING, code, {"count": count})
