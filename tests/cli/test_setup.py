"""init, config, keys, version, doctor."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine

DESK = """
[store]
url = "sqlite:///store/desk.db"

[[agents]]
login = "sato"
name = "佐藤"
role = "admin"

[[agents]]
login = "suzuki"
name = "鈴木"

[[mailboxes]]
name = "楽天市場店"
address = "rakuten@shop.example"
aliases = ["info@shop.example"]
[mailboxes.imap]
host = "127.0.0.1"
port = 1
security = "loopback"
user = "rakuten"
password_env = "SHOP_PASSWORD"

[[templates]]
name = "お礼"
body = "{{ 顧客名|様 }}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A desk file in a folder of its own."""
    path = tmp_path / "setup" / "desk.toml"
    path.parent.mkdir()
    path.write_text(DESK, "utf-8")
    return path


def test_init_makes_a_desk_and_a_second_time_changes_nothing(bare: CommandLine, file: Path) -> None:
    first = bare("init", "--from", str(file), "--json").row
    assert (first["created"], first["changed"]) == (True, True)
    assert {item["result"] for item in first["items"]} == {"added"}
    store = file.parent / "store" / "desk.db"
    again = bare("init", "--from", str(file), "--json").row
    assert (again["created"], again["changed"], again["config"]) == (False, False, None)
    assert {item["result"] for item in again["items"]} == {"unchanged"}
    assert store.exists()
    assert "nothing was changed" in bare("init", "--from", str(file)).err


def test_init_names_the_store_in_the_configuration_only_where_there_is_none(
    bare: CommandLine, file: Path
) -> None:
    written = Path(bare("init", "--from", str(file), "--json").row["config"])
    assert str(file.parent / "store" / "desk.db") in written.read_text("utf-8")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert bare("--as", "sato", "list").code == 0
    written.write_text('[ui]\ntheme = "x"\n', "utf-8")
    ran = bare("init", "--from", str(file), "--json")
    assert ran.row["config"] is None
    assert str(written) in ran.err
    assert written.read_text("utf-8") == '[ui]\ntheme = "x"\n'


def test_init_obeys_the_flag_before_the_file(bare: CommandLine, file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    assert bare("--store", url, "init", "--from", str(file), "--json").row["config"] is None
    assert (tmp_path / "other.db").exists()
    assert not (file.parent / "store").exists()


def test_init_changes_what_the_file_says_otherwise_now(bare: CommandLine, file: Path) -> None:
    bare("init", "--from", str(file))
    file.write_text(DESK.replace('"鈴木"', '"鈴木 一郎"').replace("info@", "help@"), "utf-8")
    results = {
        item["name"]: item["result"] for item in bare("init", "--from", str(file), "--json").row["items"]
    }
    assert results == {"sato": "unchanged", "suzuki": "changed", "楽天市場店": "changed", "お礼": "unchanged"}


def test_init_with_a_faulty_file_makes_nothing(bare: CommandLine, file: Path) -> None:
    for text, code in ((DESK + "colour = 1\n", 3), (DESK.replace("{{ 顧客名|様 }}", "{% if %}"), 1)):
        file.write_text(text, "utf-8")
        ran = bare("init", "--from", str(file))
        assert ran.code == code
        assert not (file.parent / "store").exists()
    assert bare("init").code == 2


def test_a_first_command_says_how_to_make_a_desk(bare: CommandLine) -> None:
    ran = bare("list")
    assert ran.code == 1
    assert "maildesk init" in ran.err


# ---- who I am


def test_an_unknown_agent_and_no_agent_list_the_agents(maildesk: CommandLine) -> None:
    ran = maildesk("--as", "nobody", "list")
    assert (ran.code, "sato, suzuki, takahashi" in ran.err) == (7, True)
    del maildesk.environ["MAILDESK_AGENT"]
    ran = maildesk("list")
    assert (ran.code, "sato, suzuki, takahashi" in ran.err) == (3, True)


def test_the_agent_of_the_configuration(maildesk: CommandLine) -> None:
    del maildesk.environ["MAILDESK_AGENT"]
    folder = maildesk.home / ".config" / "maildesk"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[agent]\nlogin = "suzuki"\n', "utf-8")
    assert "suzuki" in maildesk("doctor", "--quick").out


# ---- config, keys, version


def test_config_says_where_it_is_even_when_it_is_wrong(bare: CommandLine) -> None:
    folder = bare.home / ".config" / "maildesk"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[ui]\ncolour = "x"\n', "utf-8")
    assert bare("config", "path").out == f"{folder / 'config.toml'}\n"
    assert bare("config", "path", "--json").row["store"].startswith("sqlite:///")
    ran = bare("config", "list")
    assert ran.code == 3
    assert "config.toml, line 2" in ran.err


def test_config_get_tells_value_and_origin(bare: CommandLine) -> None:
    bare.environ["MAILDESK_UI__THEME"] = "nord"
    assert bare("config", "get", "ui.theme").out == "nord\n"
    row = bare("config", "get", "ui.theme", "--json").row
    assert (row["value"], row["origin"]) == ("nord", "environment")
    bare.environ["MAILDESK_STORE"] = "postgresql://sato:hush@db.example/desk"
    rows = {row["key"]: row["value"] for row in bare("config", "list", "--json").rows}
    assert rows["store.url"] == "postgresql://sato:***@db.example/desk"
    assert "hush" not in bare("config", "list").out


def test_keys_list_and_check(bare: CommandLine) -> None:
    assert bare("keys", "check", "--json").row["ok"] is True
    rows = bare("keys", "list", "--json").rows
    assert {"list", "compose"} <= {row["context"] for row in rows}
    folder = bare.home / ".config" / "maildesk"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[keys]\n"conversation.reply" = "ctrl+c"\n"x.y" = "q"\n', "utf-8")
    ran = bare("keys", "check")
    assert ran.code == 3
    assert "config.toml:2: " in ran.out
    assert "config.toml:3: " in ran.out


def test_version(bare: CommandLine) -> None:
    from maildesk import __version__

    assert bare("version").out == f"maildesk {__version__}\n"
    assert bare("version", "--json").row["version"] == __version__


# ---- doctor


def test_doctor_finds_a_healthy_desk_healthy(maildesk: CommandLine) -> None:
    ran = maildesk("doctor", "--json")
    assert (ran.code, {row["ok"] for row in ran.rows}) == (0, {True})
    assert {"store", "schema", "clock", "disk", "agent", "outbox", "keyring"} <= {
        row["check"] for row in ran.rows
    }


def test_doctor_says_what_is_wrong_and_what_to_do(bare: CommandLine, file: Path) -> None:
    bare("init", "--from", str(file))
    bare.environ["MAILDESK_AGENT"] = "sato"
    ran = bare("doctor", "--json")
    wrong = [row for row in ran.rows if not row["ok"]]
    assert (ran.code, [row["check"] for row in wrong]) == (1, ["楽天市場店 IMAP password"])
    bare.environ["SHOP_PASSWORD"] = "hush"
    assert bare("doctor", "--quick").code == 0
    ran = bare("doctor", "--json")
    (wrong_one,) = [row for row in ran.rows if not row["ok"]]
    assert wrong_one["check"] == "楽天市場店 IMAP connection"
    assert wrong_one["remedy"]
    assert "hush" not in ran.out


def test_doctor_without_a_desk(bare: CommandLine) -> None:
    ran = bare("doctor", "--json")
    assert (ran.code, ran.rows[-1]["check"], ran.rows[-1]["ok"]) == (1, "store", False)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_store_that_cannot_be_made_or_is_none(
    bare: CommandLine, file: Path, tmp_path: Path, language: str
) -> None:
    text = tmp_path / "text.db"
    text.write_text("no database" * 100, "utf-8")
    for url in ("sqlite:////dev/null/desk.db", f"sqlite:///{text}", f"sqlite:///{tmp_path}"):
        for words in (["list"], ["init", "--from", str(file)]):
            ran = bare("--store", url, *words, lang=language)
            assert (ran.code, ran.out) == (1, "")
            assert ran.err.startswith("maildesk: ")
            assert "Traceback" not in ran.err
            assert "AttributeError" not in ran.err
    assert text.read_text("utf-8") == "no database" * 100


def test_a_shop_with_a_new_name_is_the_same_mailbox(bare: CommandLine, tmp_path: Path) -> None:
    """A second one on the same account would take every mail in twice, and two agents would answer."""
    file = tmp_path / "desk.toml"
    words = '[[agents]]\nlogin = "sato"\nname = "佐藤"\n[[mailboxes]]\nname = "{}"\naddress = "{}"\n'
    store = ("--store", f"sqlite:///{tmp_path}/desk.db")
    results = []
    for name, address in (
        ("店", "a@shop.example"),
        ("新店", "A@shop.example"),
        ("新店", "A@shop.example"),
        ("支店", "b@shop.example"),
    ):
        file.write_text(words.format(name, address), "utf-8")
        results.append(bare(*store, "init", "--from", str(file), "--json").row["items"][1]["result"])
    assert results == ["added", "changed", "unchanged", "added"]


def test_a_mailbox_without_folders_is_refused(bare: CommandLine, tmp_path: Path) -> None:
    """No mail would ever come in."""
    file = tmp_path / "desk.toml"
    file.write_text('[[mailboxes]]\nname = "店"\naddress = "a@shop.example"\nfolders = []\n', "utf-8")
    ran = bare("--store", f"sqlite:///{tmp_path}/desk.db", "init", "--from", str(file))
    assert (ran.code, "line 4" in ran.err) == (3, True)


def test_a_setting_is_changed_and_the_rest_of_the_file_stays(bare: CommandLine) -> None:
    """Comments, order and other tables are as before; what would be wrong is not written; unset brings the default
    back; validate says what is wrong with file and line."""
    folder = bare.home / ".config" / "maildesk"
    folder.mkdir(parents=True)
    file = folder / "config.toml"
    before = '# mine\n[ui]\ntheme = "nord"  # calm\n\n[notify]\nbell = false # quiet\n'
    file.write_text(before, "utf-8")
    assert bare("config", "set", "ui.theme", "dracula").code == 0
    assert file.read_text("utf-8") == before.replace("nord", "dracula")
    assert bare("config", "set", "keys.conversation.done", "d", "e").code == 0
    assert bare("config", "set", "ui.after_done", "list", "--json").row["value"] == "list"
    assert file.read_text("utf-8").startswith(
        '# mine\n[ui]\ntheme = "dracula"  # calm\nafter_done = "list"\n\n[notify]'
    )
    kept = file.read_text("utf-8")
    for words in (
        ("ui.theme", "nosuch"),
        ("keys.conversation.done", "r"),
        ("ui.after_done", "x"),
        ("send.hold_seconds", "x"),
    ):
        assert bare("config", "set", *words).code == 3
        assert file.read_text("utf-8") == kept
    assert bare("config", "set", "ui.colour", "x").code == 2
    assert bare("config", "unset", "ui.theme").code == 0
    assert bare("config", "get", "ui.theme").out == "maildesk-dark\n"
    assert "# mine" in file.read_text("utf-8")
    assert bare("config", "validate", "--json").row["ok"] is True
    file.write_text('[keys]\n"conversation.reply" = "e"\n', "utf-8")
    ran = bare("config", "validate")
    assert ran.code == 3
    assert "config.toml:2: " in ran.out
    schema = json.loads(bare("config", "schema").out)
    assert "conversation.done" in schema["properties"]["keys"]["properties"]


def test_the_editor_is_followed_by_a_check(bare: CommandLine, tmp_path: Path) -> None:
    """config edit opens $EDITOR on the file and says afterwards what is wrong with it."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "[ui]\\ntheme = 5\\n" > "$1"\n')
    editor.chmod(0o700)
    bare.environ["EDITOR"] = str(editor)
    ran = bare("config", "edit")
    assert ran.code == 3
    assert "line 2" in ran.out


def test_macros_go_from_one_agent_to_another(bare: CommandLine, tmp_path: Path) -> None:
    """export prints what import takes; a macro with a step that sends, or with an unknown action, is refused.
    One that cannot be read is named, with its file, when the others were told."""
    file = tmp_path / "macros.toml"
    file.write_text(
        '[macros.a]\nabout = "x"\nsteps = ["conversation.label", "=至急", "picker.choose"]\n', "utf-8"
    )
    assert bare("keys", "macro", "import", str(file), "--json").row["letter"] == "a"
    out = bare("keys", "macro", "export").out
    assert '"=至急"' in out
    assert bare("keys", "macro", "list", "--json").row["steps"] == [
        "conversation.label",
        "=至急",
        "picker.choose",
    ]
    for step in ("review.send", "conversation.don"):
        file.write_text(f'[macros.b]\nsteps = ["{step}"]\n', "utf-8")
        assert bare("keys", "macro", "import", str(file)).code == 3
    assert bare("keys", "macro", "export", "z").code == 7
    shelf = next(bare.home.rglob("macros.toml"))
    shelf.write_text(shelf.read_text("utf-8") + '[macros.b]\nsteps = ["<配>"]\n', "utf-8")
    for act, told in {("list",): "a  x", ("export",): "=至急", ("export", "b"): ""}.items():
        ran = bare("keys", "macro", *act)
        assert ran.code == 3
        assert f"{shelf}, line " in ran.err
        assert "macros.b" in ran.err
        assert told in ran.out
    assert bare("keys", "macro", "export", "a").code == 0
    assert "| `e` |" in bare("keys", "docs").out
