"""seen, unseen, priority, drafts, and what else marks without changing a state; what an act only would do."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_read_and_unread(maildesk: CommandLine, desk: SmallDesk) -> None:
    """For me alone; a wrong number is named and the others are done."""
    number = str(desk.mail())
    assert maildesk("seen", number, "--dry-run", "--json").row["unread"] is False
    assert maildesk("show", number, "--json").row["unread"] is True
    assert maildesk("seen", number, "--json").row["unread"] is False
    assert maildesk("unseen", number, "4711", "--json").code == 7
    assert maildesk("show", number, "--json").row["unread"] is True


def test_a_priority_by_its_word(maildesk: CommandLine, desk: SmallDesk) -> None:
    """In either language; another word is refused with those that there are."""
    number = str(desk.mail())
    assert maildesk("priority", number, "urgent", "--dry-run", "--json").row["priority"] == "urgent"
    assert maildesk("show", number, "--json").row["priority"] == "normal"
    assert maildesk("priority", number, "大至急", "--json").row["priority"] == "critical"
    wrong = maildesk("priority", number, "soon")
    assert wrong.code == 2
    assert "important" in wrong.err


def test_my_drafts_are_listed_and_thrown_away(maildesk: CommandLine, desk: SmallDesk) -> None:
    """As the list in the app does."""
    number = str(desk.mail("サイズ交換のお願い"))
    assert maildesk("reply", number, "--draft", "--body", "-", stdin="承知しました。").code == 0
    row = maildesk("drafts", "--json").row
    assert (row["conversation"], row["subject"]) == (int(number), "Re: サイズ交換のお願い")
    assert maildesk("drafts", "--discard", number, "--json").row["result"] == "discarded"
    assert maildesk("drafts", "--json").rows == []
    assert maildesk("drafts", "--discard", number).code == 7


@pytest.mark.parametrize("stop", [False, True])
def test_following_can_be_tried(maildesk: CommandLine, desk: SmallDesk, stop: bool) -> None:
    """--dry-run says what would be, and nothing is."""
    number = str(desk.mail())
    if stop:
        maildesk("follow", number)
    words = ["follow", number, *(["--stop"] if stop else [])]
    assert maildesk(*words, "--dry-run", "--json").row["followed"] is not stop
    with desk.session("sato") as sato:
        assert sato.conversations.summary(int(number)).followed is stop
    assert maildesk(*words, "--json").row["followed"] is not stop


def test_other_acts_can_be_tried(maildesk: CommandLine, desk: SmallDesk) -> None:
    """A comment, a block and giving back a claim, too."""
    number = str(desk.mail())
    assert maildesk("comment", number, "確認中", "--dry-run").code == 0
    assert len(maildesk("show", number, "--json").row["messages"]) == 1
    assert (
        maildesk("block", "add", "a@spam.example", "--dry-run", "--json").row["address"] == "a@spam.example"
    )
    assert maildesk("block", "list", "--json").rows == []
    maildesk("claim", number)
    assert maildesk("release", number, "--dry-run", "--json").row["result"] == "released"
    assert maildesk("show", number, "--json").row["claim"] is not None


def test_a_claim_of_a_colleague_can_be_waited_for(maildesk: CommandLine, desk: SmallDesk) -> None:
    """--notify says so, and the exit code stays that of a claim that is held."""
    number = desk.mail()
    with desk.session("suzuki") as suzuki, desk.session("sato") as sato:
        suzuki.claims.take(number)
        ran = maildesk("claim", str(number), "--notify")
        assert ran.code == 6
        assert "you will hear" in ran.err + ran.out
        suzuki.claims.release_held(number)
        assert [one.conversation_id for one in sato.claims.freed()] == [number]


def test_waiting_for_a_colleague(maildesk: CommandLine, desk: SmallDesk) -> None:
    """snooze knows it as until-reply."""
    number = str(desk.mail())
    row = maildesk("snooze", number, "until-colleague", "--json").row
    assert row["waiting"]["reason"] == "colleague"
