"""template list, show, lint, render, suggest, import, export."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk.cli.template import exported
from maildesk.config.deskfile import read_desk_file
from maildesk.domain.template import Template
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk, message


def test_list_and_show(maildesk: CommandLine) -> None:
    assert [row["template"] for row in maildesk("template", "list", "--json").rows] == [
        "サイズ交換",
        "到着予定",
    ]
    assert maildesk("template", "show", "到着予定", "--json").row["category"] == "配送"


def test_suggest_for_a_conversation_and_for_a_file_best_first(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    number = desk.mail("サイズ交換のお願い", "いつ届きますか")
    for what in (str(number), f"#{number}"):
        rows = maildesk("template", "suggest", what, "--json").rows
        assert [row["template"] for row in rows] == ["サイズ交換", "到着予定"]
        assert rows[0]["score"] > rows[1]["score"]
        assert rows[0]["matched"] == ["サイズ", "交換"]
    file = tmp_path / "mail.eml"
    file.write_bytes(message("お届け", "いつ届きますか").as_bytes())
    assert maildesk("template", "suggest", str(file), "--json").row["template"] == "到着予定"
    assert maildesk("template", "suggest", str(tmp_path / "none.eml")).code == 1


def test_render_leaves_gaps_and_strict_refuses_them(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    row = maildesk("template", "render", "到着予定", number, "--json").row
    assert row["gaps"] == ["到着予定日"]
    assert row["body"].startswith("山田 花子 様")
    assert maildesk("template", "render", "到着予定", number, "--strict").code == 1
    filled = maildesk(
        "template", "render", "到着予定", number, "--strict", "--set", "到着予定日=明日", "--json"
    ).row
    assert (filled["gaps"], "明日 にお届け" in filled["body"]) == ([], True)


def test_lint_names_template_line_and_reason(maildesk: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[[templates]]\nname = "壊れ"\nbody = """\n一行目\n{{ 顧客名 | nofilter }}\n"""\n')
    ran = maildesk("template", "lint", str(file), "--json")
    assert (ran.code, ran.row["template"], ran.row["line"], ran.row["severity"]) == (1, "壊れ", 2, "error")
    assert maildesk("template", "lint").code == 0
    notes = maildesk("template", "lint", "到着予定", "--json").rows
    assert [note["severity"] for note in notes] == ["info"]


def test_import_adds_changes_and_leaves_alone(maildesk: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(maildesk("template", "export").out, "utf-8")
    assert {row["result"] for row in maildesk("template", "import", str(file), "--json").rows} == {
        "unchanged"
    }
    file.write_text('[[templates]]\nname = "お礼"\nbody = "ありがとうございます。"\n', "utf-8")
    assert maildesk("template", "import", str(file), "--json").row["result"] == "added"
    file.write_text('[[templates]]\nname = "お礼"\nbody = "ありがとうございました。"\n', "utf-8")
    assert maildesk("template", "import", str(file), "--json").row == {
        "template": "お礼", "result": "changed", "version": 2
    }  # fmt: skip
    file.write_text('[[templates]]\nname = "壊れ"\nbody = "{% if %}"\n', "utf-8")
    assert maildesk("template", "import", str(file)).code == 1


@pytest.mark.parametrize(
    "body", ["一行", "二\n行\n", '"""三\\つ"""\n"', "タブ\tと\x7f", "\n先頭の改行", "{{ x }}\r\nCRLF"]
)
def test_what_export_writes_import_reads_as_it_was(tmp_path: Path, body: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(exported((Template(1, '名"前', "分類", "件名", body, ("a", "い")),)), "utf-8", newline="")
    (entry,) = read_desk_file(file).templates
    assert (entry.name, entry.body, entry.keywords) == ('名"前', body, ("a", "い"))
