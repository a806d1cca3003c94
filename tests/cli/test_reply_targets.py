"""Reply targets on the command line: from the file to the list."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk

FILE = """
[[mailboxes]]
name = "自社サイト"
address = "{address}"
[mailboxes.reply_target]
within = "{within}"
"""


def test_a_target_of_the_file_is_on_the_list_and_another_one_is_computed_again(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """``init --from`` says that the shop changed, ``list`` what is left, in that order, and ``due:`` finds it."""
    number = desk.mail("サイズ", box="自社サイト")
    other = desk.mail("返品")
    box = desk.boxes["自社サイト"]
    file = tmp_path / "targets.toml"
    left = []
    for within in ("4h", "30m"):
        file.write_text(FILE.format(address=box.address, within=within), "utf-8")
        assert maildesk("init", "--from", str(file), "--json").row["changed"] is True
        rows = maildesk("list", "--sort", "due", "--json").rows
        assert [row["number"] for row in rows] == [number, other]
        left.append(rows[0]["due_at"])
        assert rows[1]["due_at"] is None
    assert left[1] < left[0]
    assert maildesk("init", "--from", str(file), "--json").row["changed"] is False
    line = next(line for line in maildesk("list").out.splitlines() if line.startswith(f"#{number} "))
    assert "  !-" in line
    for query in ("overdue:", "overdue:1h", "due:1h"):
        assert [row["number"] for row in maildesk("search", query, "--json").rows] == [number]
