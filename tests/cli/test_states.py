"""States of the desk's own on the command line: from the desk's file to lists, queries and counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk

_FILE = """
[store]
url = "{url}"
"""
_STATES = """
[[states]]
name = "supplier"
label_ja = "業者待ち"
label_en = "Supplier"
key = "Y"
colour = "blue"

[[states]]
name = "returned"
label_ja = "返品済み"
open = false
"""


def test_states_come_from_the_file_and_go_with_it(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """What the file no longer names is removed, and its conversations stand in the tab of what it counted as; a file
    that says nothing of states changes nothing."""
    number = desk.mail("部品の件", "本文です。")
    other = desk.mail("別件", "本文です。")
    file = tmp_path / "desk.toml"
    file.write_text(_FILE.format(url=desk.url) + _STATES, "utf-8")
    made = maildesk("init", "--from", str(file), "--json").row
    assert [(item["kind"], item["name"], item["result"]) for item in made["items"]] == [
        ("state", "supplier", "added"),
        ("state", "returned", "added"),
    ]
    assert [(row["state"], row["key"], row["open"]) for row in maildesk("states", "--json").rows] == [
        ("supplier", "Y", True),
        ("returned", None, False),
    ]
    file.write_text(_FILE.format(url=desk.url) + _STATES.replace('"Y"', '"e"'), "utf-8")
    told = maildesk("init", "--from", str(file))
    assert "e" in told.err, "a key that means something else is told"
    assert "supplier" in told.err
    file.write_text(_FILE.format(url=desk.url) + _STATES, "utf-8")
    assert "supplier" not in maildesk("init", "--from", str(file)).err
    row = maildesk("status", str(number), "業者待ち", "--reason", "入荷", "--json").row
    assert (row["status"], row["state"], row["waiting"]) == ("waiting", "supplier", None)
    assert maildesk("status", str(other), "waiting-colleague", "--json").row["state"] is None
    assert [row["number"] for row in maildesk("list", "--tab", "supplier", "--json").rows] == [number]
    assert [row["number"] for row in maildesk("search", "状態:業者待ち", "--json").rows] == [number]
    assert [row["number"] for row in maildesk("list", "--tab", "waiting-colleague", "--json").rows] == [other]
    counts = maildesk("counts", "--json").row
    assert (counts["supplier"], counts["returned"], counts["waiting"]) == (1, 0, 1)
    assert "業者待ち" in maildesk("list", "--lang", "ja").out
    maildesk("view", "save", "業者", "", "--tab", "supplier")
    text = maildesk("view", "export").out
    assert 'tab = "supplier"' in text
    views = tmp_path / "views.toml"
    views.write_text(text, "utf-8")
    assert maildesk("view", "import", str(views)).code == 0
    assert [row["number"] for row in maildesk("list", "--view", "業者", "--json").rows] == [number]
    file.write_text(_FILE.format(url=desk.url), "utf-8")
    maildesk("init", "--from", str(file))
    assert len(maildesk("states", "--json").rows) == 2
    file.write_text("states = []\n" + _FILE.format(url=desk.url), "utf-8")
    made = maildesk("init", "--from", str(file), "--json").row
    assert {item["result"] for item in made["items"]} == {"removed"}
    assert maildesk("counts", "--json").row["waiting"] == 2
    assert maildesk("list", "--tab", "supplier").code == 2
    assert maildesk("view", "import", str(views)).code == 2


@pytest.mark.parametrize(
    "wrong",
    [
        'name = "new"',
        'name = "業者"',
        'name = "a"\nkey = "ab"',
        'name = "a"\nkey = "1"',
        'name = "a"\ncolour = "pink"',
        'name = "a"\nlabel_ja = ""',
        'name = "a"\nkey = "B"\n[[states]]\nname = "b"\nkey = "B"',
        'name = "a"\n[[states]]\nname = "a"',
    ],
)
def test_what_is_no_state_is_refused_with_its_place(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path, wrong: str
) -> None:
    """A name that means something else, a key that is none or used twice, an unknown colour."""
    file = tmp_path / "desk.toml"
    file.write_text(_FILE.format(url=desk.url) + f"[[states]]\n{wrong}\n", "utf-8")
    ran = maildesk("init", "--from", str(file))
    assert ran.code == 3
    assert "desk.toml" in ran.err
