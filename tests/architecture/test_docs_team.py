"""What the page about teams tells an administrator to do, done word by word on a PostgreSQL of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.architecture.source import ROOT
from tests.support import postgres

DESK = """
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
[mailboxes.imap]
host = "imap.shop.example"
user = "rakuten"
password_env = "SHOP_PASSWORD"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    """A cluster of its own: the page makes roles, which belong to the whole cluster."""
    with postgres.server() as found:
        yield found


def administer(server: postgres.Postgres, statements: str, database: str = "postgres") -> None:
    """Run SQL as the database's administrator, one statement after the other."""
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        for statement in re.split(r";\s*\n", statements):
            if statement.strip():
                connection.execute(sql.SQL(statement.strip().rstrip(";")))


def url(server: postgres.Postgres, role: str) -> str:
    """The desk, as ``role``."""
    return f"postgresql://{role}@/maildesk?host={server.socket}"


def maildesk(folder: Path, store: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "MAILDESK_STORE": store}
    return subprocess.run(
        [sys.executable, "-m", "maildesk", "--lang", "en", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_team_is_set_up_as_the_page_says(server: postgres.Postgres, tmp_path: Path) -> None:
    """Both languages have the same SQL; with it agents work, and cannot read where mail passwords are."""
    pages = [(ROOT / "docs" / language / "team.md").read_text("utf-8") for language in ("en", "ja")]
    blocks = [re.findall(r"(?ms)^```sql\n(.*?)^```", page) for page in pages]
    assert blocks[0] == blocks[1]
    before, after = blocks[0]
    administer(server, before)
    file = tmp_path / "desk.toml"
    file.write_text(DESK, "utf-8")
    made = maildesk(tmp_path, url(server, "maildesk_owner"), "init", "--from", str(file))
    assert made.returncode == 0, made.stderr
    left = "\n".join(line.strip() for line in made.stderr.splitlines() if line.strip().endswith(";"))
    administer(server, left + "\n", "maildesk")
    administer(server, after)

    as_agent = maildesk(tmp_path, url(server, "suzuki"), "counts", "--json")
    assert as_agent.returncode == 0, as_agent.stderr
    assert json.loads(as_agent.stdout)["new"] == 0
    assert maildesk(tmp_path, url(server, "suzuki"), "--as", "sato", "counts").returncode == 8
    with psycopg.connect(url(server, "suzuki")) as agent, pytest.raises(psycopg.errors.InsufficientPrivilege):
        agent.execute("SELECT * FROM mailbox_secret")
    with psycopg.connect(url(server, "desk_worker")) as worker:
        assert worker.execute("SELECT count(*) FROM mailbox_secret").fetchone() == (1,)
