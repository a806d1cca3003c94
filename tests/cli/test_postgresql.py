"""A desk on PostgreSQL made by ``maildesk init``: agents by their logins, with no more rights than they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import CommandLine
from tests.support.desk import message
from tests.support.postgres import Postgres

DESK = """
[[agents]]
login = "shop_sato"
name = "佐藤"

[[agents]]
login = "shop_suzuki"
name = "鈴木"
role = "supervisor"

[[mailboxes]]
name = "楽天市場店"
address = "rakuten@shop.example"
[mailboxes.smtp]
host = "127.0.0.1"
port = 25
security = "loopback"
user = "rakuten"
password_env = "SHOP_PASSWORD"
"""


@pytest.fixture
def address(postgresql: Postgres) -> Iterator[str]:
    """The address of an empty database, without the user."""
    database = postgresql.create_database()
    yield f"postgresql://{{}}@/{database}?host={postgresql.socket}"
    with psycopg.connect(postgresql.dsn(database), autocommit=True) as connection:
        for login in (b"shop_sato", b"shop_suzuki"):
            connection.execute(b"DROP ROLE IF EXISTS " + login)
    postgresql.drop_database(database)


@pytest.mark.slow
def test_a_team_on_postgresql(bare: CommandLine, address: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, "utf-8")
    owner, sato, suzuki = (
        ("--store", address.format(who)) for who in ("postgres", "shop_sato", "shop_suzuki")
    )
    made = bare(*owner, "init", "--from", str(file), "--json").row
    assert (made["created"], made["sql"]) == (True, [])
    assert bare(*owner, "init", "--from", str(file), "--json").row["changed"] is False
    mail = tmp_path / "a.eml"
    mail.write_bytes(message("サイズ交換", "LをMに").as_bytes())
    number = str(bare(*owner, "import", str(mail), "--mailbox", "楽天市場店", "--json").row["conversation"])

    claimed = bare(*sato, "claim", number, "--json")
    assert (claimed.code, claimed.row["result"]) == (0, "claimed")
    held = bare(*suzuki, "reply", number, "--body", "-", "--send", "--json", stdin="承りました。")
    assert (held.code, held.row["by"]) == (6, "shop_sato")
    assert bare(*suzuki, "comment", number, "急ぎです", "--json").code == 0
    taken = bare(*suzuki, "takeover", number, "--reason", "急ぎ", "--json")
    assert (taken.code, taken.row["result"]) == (0, "claimed")
    assert bare(*sato, "takeover", number, "--reason", "戻して").code == 8
    sent = bare(*suzuki, "reply", number, "--body", "-", "--send", "--json", stdin="承りました。")
    assert (sent.code, sent.row["result"]) == (0, "queued")
    shown = bare(*sato, "show", number, "--json").row
    assert (shown["status"], [m["author"] for m in shown["messages"] if m["kind"] == "comment"]) == (
        "done",
        ["鈴木"],
    )
    assert bare(*sato, "label", number, "+急ぎ", "--json").row["labels"] == ["急ぎ"]
    assert bare(*sato, "assign", number, "me", "--json").row["assignee"] == "shop_sato"
    assert bare(*sato, "snooze", number, "+1d", "--json").row["status"] == "waiting"
    assert bare(*sato, "search", "サイズ", "--json").row["number"] == int(number)
    assert bare(*sato, "outbox", "--json").row["state"] == "queued"
    cancelled = bare(*sato, "outbox", "--cancel", str(sent.row["outbox"]), "--yes", "--json")
    assert (cancelled.code, cancelled.row["state"]) == (0, "cancelled")
    assert bare(*sato, "sync", "--once").code == 8, "an agent's login is no worker's"


@pytest.mark.slow
def test_doctor_of_an_agent_does_not_look_at_passwords(
    bare: CommandLine, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, "utf-8")
    bare("--store", address.format("postgres"), "init", "--from", str(file))
    ran = bare("--store", address.format("shop_sato"), "doctor", "--json")
    assert (ran.code, {row["ok"] for row in ran.rows}) == (0, {True})
    assert ran.rows[-1]["check"] == "mailboxes"
