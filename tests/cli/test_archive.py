"""The archive from the command line and from the file of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from maildesk.store import archive
from maildesk.store.engine import Store
from maildesk.sync.worker import Worker
from tests.cli.conftest import CommandLine
from tests.support.stores import Team
from tests.sync.test_file_words import with_files

AGENT = '[[agents]]\nlogin = "sato"\nname = "佐藤"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A desk file in a folder of its own."""
    folder = tmp_path / "setup"
    folder.mkdir()
    return folder / "desk.toml"


def init(bare: CommandLine, file: Path, desk: str, name: str = "archive_after") -> object:
    """Put a file into the store; what became of ``[desk]``."""
    file.write_text(f'[store]\nurl = "sqlite:///desk.db"\n{AGENT}{desk}', "utf-8")
    items = bare("init", "--from", str(file), "--json").row["items"]
    return next((item["result"] for item in items if item["name"] == name), None)


def test_after_how_long_is_in_the_file_of_the_desk(bare: CommandLine, file: Path) -> None:
    """Off where nobody says anything; a file that does not say leaves it; the wrong words are named with their line."""
    assert init(bare, file, "") is None
    assert bare("archive", "--dry-run", "--json").row == {
        "after_months": None, "conversations": 0, "dry_run": True,
    }  # fmt: skip
    off = bare("archive")
    assert (off.code, "archive_after" in off.err) == (2, True)
    assert init(bare, file, '[desk]\narchive_after = "1 year"\n') == "added"
    assert init(bare, file, '[desk]\narchive_after = "12か月"\n') == "unchanged"
    assert init(bare, file, "") is None
    assert bare("archive", "--json").row == {"after_months": 12, "conversations": 0, "dry_run": False}
    assert "12" in bare("archive").out
    assert init(bare, file, '[desk]\narchive_after = "6 months"\n') == "changed"
    assert init(bare, file, '[desk]\narchive_after = "off"\n') == "removed"
    file.write_text(f'{AGENT}[desk]\narchive_after = "soon"\n', "utf-8")
    wrong = bare("init", "--from", str(file))
    assert (wrong.code, "desk.archive_after" in wrong.err, "12 months" in wrong.err) == (3, True, True)


def test_focus_hours_are_in_the_file_of_the_desk(bare: CommandLine, file: Path) -> None:
    """A list of hours for the desk; a file that does not say leaves them, an empty list ends them."""
    hours = '[desk]\nfocus_hours = ["10:00-11:30", "14:00-15:00"]\n'
    assert init(bare, file, "", "focus_hours") is None
    assert init(bare, file, hours, "focus_hours") == "added"
    assert init(bare, file, hours, "focus_hours") == "unchanged"
    assert init(bare, file, '[desk]\narchive_after = "1 year"\n', "focus_hours") is None
    assert init(bare, file, hours.replace(', "14:00-15:00"', ""), "focus_hours") == "changed"
    assert init(bare, file, "[desk]\nfocus_hours = []\n", "focus_hours") == "removed"
    file.write_text(f'{AGENT}[desk]\nfocus_hours = ["noon"]\n', "utf-8")
    wrong = bare("init", "--from", str(file))
    assert (wrong.code, "desk.focus_hours" in wrong.err, "22:00-07:00" in wrong.err) == (3, True, True)


def _old(store: Store, number: int) -> None:
    with store.transaction() as tx:
        done = "UPDATE conversation SET status = 'done', last_message_at = 1.0 WHERE id = :c"
        tx.execute(text(done), {"c": number})
        archive.put(tx, 12)


def test_whoever_syncs_puts_away(both: Team) -> None:
    """One pass of a worker takes a few, on a desk without a mail server, too; there is one event for all of them."""
    number = both.conversation()
    _old(both.store, number)
    Worker(both.store).run_once()
    assert both.sato.conversations.get(number).summary.archived
    assert both.sql("SELECT conversation_id, actor, detail FROM event WHERE what = 'archived'")[0][:2] == (
        None,
        "clock",
    )


def test_one_pass_reads_the_files_of_mails(bare: CommandLine, file: Path) -> None:
    """Who only looks in now and then finds what stands inside attachments, and where."""
    init(bare, file, '[[mailboxes]]\nname = "テスト店"\naddress = "shop@shop.example"\n')
    letter = file.parent / "a.eml"
    letter.write_bytes(with_files(1, ("list.csv", "text/csv", "品番,色\r\n1,藤色の椅子".encode())))
    assert bare("import", str(letter)).code == 0
    assert bare("--as", "sato", "search", "藤色", "--json").rows == []
    assert bare("sync", "--once").code == 0
    (row,) = bare("--as", "sato", "search", "藤色", "--json").rows
    assert (row["found_in"], row["file"]) == ("attachment", "list.csv")
    assert "list.csv: 品番 色 1 【藤色】の椅子" in bare("--as", "sato", "search", "藤色").out
