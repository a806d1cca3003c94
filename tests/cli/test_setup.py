"""init, config, keys, version, doctor."""

from __future__ import annotations

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
