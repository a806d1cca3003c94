"""``health``: one look at the desk for a monitoring system. The exit code is 0 where all is well, 1 where something
waits for a person, 2 where mail does not come in or leave."""

from __future__ import annotations

import argparse

from maildesk.cli.context import Context
from maildesk.domain.health import Issue, Level, issues, worst
from maildesk.domain.mailbox import SyncHealth
from maildesk.errors import StoreError
from maildesk.locale import has, t


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own."""


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. A store that does not answer is as bad as a mail server that does not."""
    from maildesk.store import health

    try:
        with context.store() as store, store.reading() as tx:
            found = health.read(tx)
    except StoreError as error:
        if not given.json:
            raise
        context.out.json(_json(SyncHealth(), [(Level.CRITICAL, "store", str(error))]))
        return int(Level.CRITICAL)
    wrong = issues(found)
    told = [(issue.level, issue.code, _words(issue)) for issue in wrong]
    if given.json:
        context.out.json(_json(found, told))
        return int(worst(wrong))
    for box in found.mailboxes:
        state = t(f"health.state.{box.state.value}")
        key = "health.never" if box.age is None else "health.checked"
        context.out.line(t(key, mailbox=box.mailbox, state=state, age=round(box.age or 0)))
    for level, _, text in told:
        context.out.styled([(text, "red" if level is Level.CRITICAL else "yellow")])
    if not told:
        context.out.say(t("health.ok"))
    return int(worst(wrong))


def _words(issue: Issue) -> str:
    """What is wrong, in words; the reason of a hold is named by the store."""
    values = dict(issue.values)
    if issue.code == "held" and has(reason := f"hold.{values['reason']}"):
        values["reason"] = t(reason)
    return t(f"health.{issue.code}", **values)


def _json(found: SyncHealth, told: list[tuple[Level, str, str]]) -> dict[str, object]:
    counts = ("queued", "overdue", "uncertain", "failed", "quarantined", "unaccounted", "stubs", "workers")
    return {
        "healthy": not told,
        "level": max((int(level) for level, _, _ in told), default=0),
        "issues": [{"level": int(level), "code": code, "text": text} for level, code, text in told],
        "mailboxes": [
            {
                "mailbox": box.mailbox,
                "state": box.state.value,
                "checked_seconds_ago": None if box.age is None else round(box.age),
                "error": box.error or None,
                "hint": box.hint or None,
                "retry_at": box.retry_at.isoformat() if box.retry_at else None,
            }
            for box in found.mailboxes
        ],
        "held": found.held or None,
        "overdue_seconds": round(found.overdue_age),
        **{name: getattr(found, name) for name in counts},
    }
