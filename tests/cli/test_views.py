"""``maildesk view``, and lists by a view."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_views_are_plain_text_and_come_back_the_same(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """Saved, exported, deleted, imported; and a list shows what the view asks for."""
    number = desk.mail("返品について", "返品したいです。")
    desk.mail("別件", "関係のない話です。")
    saved = maildesk("view", "save", "返品", "返品 -交換", "--tab", "new", "--letter", "b", "--json").row
    assert (saved["view"], saved["query"], saved["letter"], saved["shared"]) == (
        "返品",
        "返品 -交換",
        "b",
        False,
    )
    assert [row["number"] for row in maildesk("list", "--view", "返品", "--json").rows] == [number]
    text = maildesk("view", "export").out
    assert (
        text == '[[views]]\nname = "返品"\nquery = "返品 -交換"\ntab = "new"\nsort = "newest"\nletter = "b"\n'
    )
    file = tmp_path / "views.toml"
    file.write_text(text, "utf-8")
    maildesk("view", "delete", "返品")
    assert maildesk("view", "list", "--json").rows == []
    maildesk("view", "import", str(file))
    assert maildesk("view", "show", "返品", "--json").row == saved
    assert maildesk("view", "export").out == text


def test_what_is_no_view_is_refused(maildesk: CommandLine, tmp_path: Path) -> None:
    """With the place in the query, or the file."""
    ran = maildesk("view", "save", "x", "stat:new")
    assert (ran.code, ran.out) == (2, "")
    assert "state" in ran.err
    file = tmp_path / "views.toml"
    for text in (
        "[[views]]\nquery = 'x'",
        "[[views]]\nname = 'x'\ntab = 'no'",
        "[[views",
        "[[views]]\nname='x'\nz=1",
    ):
        file.write_text(text, "utf-8")
        assert maildesk("view", "import", str(file)).code == 2
    assert maildesk("view", "show", "x").code == 7
    assert maildesk("search", "state:nwe").code == 2


def test_a_view_says_how_it_lists(maildesk: CommandLine, tmp_path: Path) -> None:
    """Its order, its columns and its density are in its file, and come back from it; what there is not is refused."""
    words = ("--sort", "due", "--columns", "time,due", "--density", "comfortable")
    saved = maildesk("view", "save", "期限", "state:open", *words, "--json").row
    assert (saved["sort"], saved["columns"], saved["density"]) == ("due", ["due", "time"], "comfortable")
    assert maildesk("view", "save", "狭く", "", "--columns", "none", "--json").row["columns"] == []
    assert maildesk("view", "save", "普通", "", "--json").row["columns"] is None
    text = maildesk("view", "export").out
    assert 'columns = ["due", "time"]' in text
    assert "columns = []" in text
    file = tmp_path / "views.toml"
    file.write_text(text, "utf-8")
    before = maildesk("view", "list", "--json").rows
    for row in before:
        maildesk("view", "delete", row["view"])
    maildesk("view", "import", str(file))
    assert maildesk("view", "list", "--json").rows == before
    wrong = maildesk("view", "save", "x", "", "--columns", "duo")
    assert (wrong.code, "due" in wrong.err) == (2, True)
    for line in ('columns = ["duo"]', 'columns = "due"', 'density = "tight"', "columns = [1]"):
        file.write_text(f"[[views]]\nname = 'x'\n{line}\n", "utf-8")
        assert maildesk("view", "import", str(file)).code == 2, line
