"""What is wrong with the desk as a whole, the gravest first, each in a few words with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from maildesk.domain.mailbox import Health
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Keymap
from maildesk.locale import has, t
from maildesk.screens.words import clock, span

if TYPE_CHECKING:
    from maildesk.app.standing import Standing


NEWER_CLIENT = "store_newer_client"
"""The error of a store that was brought to a state which this version does not know."""


class Alarm(NamedTuple):
    """Something that is wrong, and what to do."""

    words: SafeText
    do: SafeText


def alarms(standing: Standing, keymap: Keymap, zone: tzinfo | None) -> list[Alarm]:
    """All that is wrong now, in the order of gravity: the store, what keeps every reply back, a reply that is late, and
    mailboxes that cannot be looked at."""
    return [*_store(standing, keymap, zone), *_health(standing, keymap)]


def _store(standing: Standing, keymap: Keymap, zone: tzinfo | None) -> Iterator[Alarm]:
    failure = standing.failure
    if failure is not None and failure.key == NEWER_CLIENT:
        yield Alarm(safe_line(str(failure)), safe_line(failure.hint))
    elif failure is not None:
        key = "app.alarm.store" if standing.read_at is not None else "app.alarm.store.never"
        at = clock(standing.read_at, zone) if standing.read_at is not None else ""
        yield _alarm(key, "app.alarm.retry", keymap, reason=failure, at=at)


def _health(standing: Standing, keymap: Keymap) -> Iterator[Alarm]:
    health = standing.health
    if health is None or standing.failure is not None:
        return
    if health.held:
        yield Alarm(held(health.held), SafeText("maildesk outbox reconcile"))
    if health.overdue:
        waited = span(timedelta(seconds=health.overdue_age))
        yield _alarm("app.alarm.stuck", "app.alarm.retry", keymap, waited=waited, count=health.overdue)
    order = (Health.LOGIN, Health.FAILED, Health.QUOTA)
    for box in sorted(health.mailboxes, key=lambda box: order.index(box.state) if box.state in order else 9):
        if box.state is Health.LOGIN:
            words = safe_line(t("app.alarm.login", mailbox=box.mailbox))
            yield Alarm(words, SafeText("maildesk login"))
        elif box.state.is_trouble:
            key = "app.alarm.quota" if box.state is Health.QUOTA else "app.alarm.server"
            yield _alarm(key, "app.alarm.details", keymap, mailbox=box.mailbox, reason=box.error)


def _alarm(words: str, do: str, keymap: Keymap, **values: object) -> Alarm:
    keys = {"key": keymap.shown("app.sync"), "goto": keymap.shown("app.goto")}
    return Alarm(safe_line(t(words, **values)), safe_line(t(do, **keys)))


def held(reason: str) -> SafeText:
    """That nothing leaves, and why, as the store names it."""
    key = f"hold.{reason}"
    return safe_line(t("app.alarm.held", reason=t(key) if has(key) else reason))


def line(found: list[Alarm]) -> Alarm:
    """The gravest, and how many there are besides."""
    if not found:
        return Alarm(SafeText(""), SafeText(""))
    words, do = found[0]
    if len(found) > 1:
        do = SafeText(f"{do}  {t('app.alarm.more', count=len(found) - 1)}")
    return Alarm(words, do)
