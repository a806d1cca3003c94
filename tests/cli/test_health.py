"""``health`` for monitoring, and ``reparse`` for what could not be read."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from maildesk.domain.health import Issue, Level, issues, worst
from maildesk.domain.mailbox import Health, MailboxHealth, SyncHealth
from maildesk.locale import has
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def box(state: Health, age: float | None = 10.0, error: str = "") -> MailboxHealth:
    """A mailbox in that state."""
    return MailboxHealth(1, "見本商店", state, None, age, error)


@pytest.mark.parametrize(
    ("health", "code", "level"),
    [
        (SyncHealth(mailboxes=(box(Health.FAILED),)), "mailbox.failed", Level.CRITICAL),
        (SyncHealth(mailboxes=(box(Health.LOGIN),)), "mailbox.login", Level.CRITICAL),
        (SyncHealth(mailboxes=(box(Health.QUOTA),)), "mailbox.quota", Level.CRITICAL),
        (SyncHealth(mailboxes=(box(Health.OK, 301.0),)), "mailbox.unchecked", Level.CRITICAL),
        (SyncHealth(mailboxes=(box(Health.EMPTY, 1.0, "12"),)), "mailbox.emptied", Level.WARNING),
        (SyncHealth(held="restored"), "held", Level.CRITICAL),
        (SyncHealth(overdue=2, overdue_age=400.0), "overdue", Level.CRITICAL),
        (SyncHealth(uncertain=1), "uncertain", Level.WARNING),
        (SyncHealth(failed=1), "failed", Level.WARNING),
        (SyncHealth(quarantined=1), "quarantined", Level.WARNING),
        (SyncHealth(unaccounted=1), "unaccounted", Level.WARNING),
        (SyncHealth(stubs=1), "stubs", Level.WARNING),
    ],
)
def test_each_thing_that_can_be_wrong(health: SyncHealth, code: str, level: Level) -> None:
    """What is critical and what waits; each has its words."""
    assert [(issue.code, issue.level) for issue in issues(health)] == [(code, level)]
    assert worst(issues(health)) is level
    assert has(f"health.{code}")


def test_what_is_well() -> None:
    """An empty mailbox is well; one that was just made is not ill."""
    assert issues(SyncHealth(mailboxes=(box(Health.OK), box(Health.EMPTY), box(Health.UNKNOWN, None)))) == ()
    assert worst(()) is Level.OK
    both = issues(SyncHealth(uncertain=1, held="restored"))
    assert both[0] == Issue(Level.CRITICAL, "held", {"reason": "restored"})


def test_health_of_a_desk(maildesk: CommandLine, desk: SmallDesk) -> None:
    """0, 1 and 2, for people and for programs."""
    assert maildesk("health").code == 0
    row = maildesk("health", "--json").row
    assert (row["healthy"], row["level"], row["issues"]) == (True, 0, [])
    desk.raw(b"\x00\x01\x02" * 100)
    ran = maildesk("health", "--json")
    assert (ran.code, ran.row["level"], ran.row["quarantined"]) == (1, 1, 1)
    assert "could not be read" in maildesk("health").out
    with desk.store.transaction() as tx:
        tx.execute(text("UPDATE desk SET held_at = 1, held_reason = 'restored'"))
    assert maildesk("health", "--json").code == 2
    assert "held (restored from a backup)" in maildesk("health").out


def test_reading_again(maildesk: CommandLine, desk: SmallDesk) -> None:
    """A mail in quarantine that is readable now: its words are there, and nothing is in quarantine any more."""
    desk.raw(
        b"From: customer@mail.example\r\nSubject: again\r\nMessage-ID: <again@mail.example>\r\n\r\nhello\r\n"
    )
    desk.raw(b"\x00\x01\x02" * 100)
    with desk.store.transaction() as tx:
        tx.execute(
            text(
                "UPDATE message SET quarantined = true, subject = '' WHERE message_id = '<again@mail.example>'"
            )
        )
        number = tx.execute(
            text("SELECT id FROM message WHERE message_id = '<again@mail.example>'")
        ).scalar_one()
    ran = maildesk("reparse", "--quarantined", "--json")
    assert (ran.code, ran.row) == (1, {"asked": 2, "readable": 1})
    with desk.store.reading() as tx:
        assert (
            tx.execute(text("SELECT subject FROM message WHERE id = :i"), {"i": number}).scalar() == "again"
        )
        assert tx.execute(text("SELECT COUNT(*) FROM message WHERE quarantined")).scalar() == 1
    assert maildesk("reparse", str(number)).code == 7
