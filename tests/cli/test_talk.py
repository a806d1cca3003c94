"""``maildesk mentions``: what colleagues tell each other."""

from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_mentions_are_listed_and_read(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Whoever is named finds it, by --unread until it was shown with --read."""
    number = desk.mail("在庫", "ありますか。")
    assert maildesk("--as", "suzuki", "comment", str(number), "@佐藤 在庫は?").code == 0
    row = maildesk("mentions", "--json").row
    assert (row["conversation"], row["author"], row["text"], row["unread"]) == (
        number,
        "鈴木",
        "@佐藤 在庫は?",
        True,
    )
    assert "在庫は?" in maildesk("mentions", "--unread", "--read").out
    assert maildesk("mentions", "--unread", "--json").rows == []
    assert "nobody has mentioned you" in maildesk("mentions", "--unread").err
    assert maildesk("mentions", "--json").row["unread"] is False
