"""``maildesk mentions``, ``note`` and ``chat``: what colleagues tell each other."""

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


def test_notes_from_writing_to_taking_back(maildesk: CommandLine, desk: SmallDesk) -> None:
    """For all or for a shop, read by whoever says so, changed, withdrawn; the overdue are counted."""
    first = maildesk("--as", "suzuki", "note", "add", "本日 15 時から棚卸し", "--json").row
    assert (first["kind"], first["shop"], first["author"], first["unread"]) == (
        "announcement",
        None,
        "鈴木",
        False,
    )
    second = maildesk(
        "--as", "suzuki", "note", "add", "-", "--mailbox", "楽天", "--json", stdin="返品は高橋まで\n"
    ).row
    assert (second["kind"], second["shop"], second["text"]) == ("handover", "楽天", "返品は高橋まで")
    assert [row["unread"] for row in maildesk("note", "list", "--json").rows] == [True, True]
    assert [row["note"] for row in maildesk("note", "list", "--mailbox", "自社", "--json").rows] == [
        first["note"]
    ]
    assert maildesk("note", "read", str(first["note"]), "--json").row["read_by"] == ["佐藤"]
    assert maildesk("note", "edit", str(first["note"]), "x").code == 8
    assert (
        maildesk("--as", "suzuki", "note", "edit", str(first["note"]), "16 時", "--json").row["read_by"] == []
    )
    gone = maildesk("--as", "suzuki", "note", "withdraw", str(first["note"]), "--json").row
    assert gone["withdrawn_at"]
    assert "16 時" not in maildesk("note", "list").out
    assert maildesk("note", "withdraw", "99").code == 7
    number = desk.mail("届かない", "いつ届きますか。")
    assert [row["number"] for row in maildesk("note", "overdue", "--json").rows] in ([number], [])
    assert "overdue:" in maildesk("note", "overdue", "--mailbox", "楽天").err


def test_the_chat_from_saying_to_taking_away(maildesk: CommandLine, desk: SmallDesk) -> None:
    """In everybody's room or a shop's, shown, counted, searched, taken away by who said it."""
    said = maildesk("--as", "suzuki", "chat", "say", "#1001 は返金?", "--room", "楽天", "--json").row
    assert (said["room"], said["author"], said["conversations"], said["mine"]) == (
        "楽天市場店",
        "鈴木",
        [1001],
        True,
    )
    maildesk("chat", "say", "-", stdin="昼休みです\n")
    assert [(row["room"], row["unread"]) for row in maildesk("chat", "rooms", "--json").rows] == [
        (None, 0),
        ("楽天市場店", 1),
        ("自社サイト", 0),
    ]
    assert [row["text"] for row in maildesk("chat", "show", "--json").rows] == ["昼休みです"]
    assert maildesk("chat", "show", "--all", "--search", "返金", "--json").row["line"] == said["line"]
    assert "返金" in maildesk("chat", "show", "--room", "楽天").out
    assert maildesk("chat", "rooms", "--json").rows[1]["unread"] == 1, "reading in a pipe is not being there"
    assert maildesk("chat", "withdraw", str(said["line"])).code == 8
    assert maildesk("--as", "suzuki", "chat", "withdraw", str(said["line"])).code == 0
    assert maildesk("chat", "show", "--room", "楽天", "--json").rows == []
    assert "nothing was said" in maildesk("chat", "show", "--room", "楽天").err


def test_rules_are_written_by_who_leads(maildesk: CommandLine) -> None:
    """And read by everybody."""
    assert "nobody has written any rules" in maildesk("rules", "show", "--mailbox", "楽天").err
    assert maildesk("rules", "set", "x", "--mailbox", "楽天").code == 8
    row = maildesk(
        "--as", "takahashi", "rules", "set", "-", "--mailbox", "楽天", "--json", stdin="# 返品\n- 7 日以内\n"
    ).row
    assert (row["text"], row["version"], row["changed_by"]) == ("# 返品\n- 7 日以内", 1, "高橋")
    assert maildesk("rules", "show", "--mailbox", "楽天").out == "# 返品\n- 7 日以内\n"
    assert maildesk("rules", "show").code == 2
