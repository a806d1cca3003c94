"""backup, verify, restore and the way back to sending, as somebody at a shell goes it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from maildesk.demo.imapd import ImapServer
from maildesk.demo.smtpd import SmtpSink
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.secret import SecretRef
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk, message
from tests.support.ports import free_port
from tests.support.waiting import until

USER = "live@shop.example"


def test_backup_verify_restore(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """The desk of a day, back at another place: the same conversations, sending held, the next steps told."""
    number = desk.mail("サイズ交換", files=[("傷.jpg", b"x" * 1000)])
    file = tmp_path / "desk.backup"
    made = maildesk("backup", str(file), "--json").row
    assert (made["counts"]["raw"], made["kind"]) == (1, "sqlite")
    verified = maildesk("verify", str(file), "--json")
    assert (verified.code, verified.row["ok"]) == (0, True)
    assert verified.row["digests"] == made["digests"]
    there = f"sqlite:///{tmp_path}/new/desk.db"
    restored = maildesk("restore", str(file), "--to", there, "--json")
    assert (restored.code, restored.row["held"]) == (0, "restored")
    assert len([line for line in restored.err.splitlines() if "maildesk " in line]) == 3
    assert "maildesk outbox reconcile" in restored.err
    maildesk.environ["MAILDESK_STORE"] = there
    assert maildesk("show", str(number), "--json").row["subject"] == "サイズ交換"


def test_words_for_people_in_both_languages(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """What each verb says without --json."""
    desk.mail()
    for lang, made, good, done, nothing in (
        ("ja", "メール 1 通", "復元できます", "送信は止めてあります", "送信は止まっていません"),
        ("en", "1 mails", "can be restored", "sending is held", "sending is not held"),
    ):
        file = tmp_path / f"{lang}.backup"
        assert made in maildesk("backup", str(file), lang=lang).out
        assert good in maildesk("verify", str(file), lang=lang).err
        there = f"sqlite:///{tmp_path}/{lang}/desk.db"
        assert done in maildesk("restore", str(file), "--to", there, lang=lang).out
        assert nothing in maildesk("outbox", "reconcile", lang=lang).out


def test_a_folder_gets_a_file_named_after_the_time(maildesk: CommandLine, tmp_path: Path) -> None:
    """For cron."""
    (tmp_path / "backups").mkdir()
    made = maildesk("backup", str(tmp_path / "backups"), "--json").row
    (file,) = (tmp_path / "backups").iterdir()
    assert (str(file), file.suffix) == (made["file"], ".backup")


def test_nothing_is_overwritten_without_force(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """Neither a backup nor a desk; with force the old desk is kept aside."""
    desk.mail()
    file = tmp_path / "desk.backup"
    assert maildesk("backup", str(file)).code == 0
    assert (maildesk("backup", str(file)).code, maildesk("backup", str(file), "--force").code) == (1, 0)
    refused = maildesk("restore", str(file))
    assert (refused.code, "--force" in refused.err) == (1, True)
    desk.close()
    kept = maildesk("restore", str(file), "--force", "--json").row["kept"]
    assert Path(kept).exists()


@pytest.mark.parametrize("verb", ["verify", "restore"])
def test_what_is_no_backup_is_said(maildesk: CommandLine, tmp_path: Path, verb: str) -> None:
    """A missing file, and some other file."""
    other = tmp_path / "other"
    other.write_bytes(b"x" * 4000)
    for file in (tmp_path / "missing", other):
        ran = maildesk(verb, str(file))
        assert (ran.code, ran.out) == (1, "")
        assert str(file) in ran.err


@pytest.mark.slow
def test_from_the_backup_to_sending_again(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """Three replies wait at the time of the backup; one leaves afterwards, and so does one that the backup does not
    know at all. In the restored desk nothing leaves by itself; reconcile finds the copies in Sent, the customer who was
    answered is answered, and a person decides the rest."""
    sent: list[bytes] = []
    file, there = tmp_path / "desk.backup", f"sqlite:///{tmp_path}/new/desk.db"
    with (
        ImapServer({USER: "hush"}) as imap,
        SmtpSink(lambda _, to, mail: sent.append(mail), {USER: "hush"}) as smtp,
    ):
        desk.mailbox(
            "実店舗",
            USER,
            imap=Endpoint("127.0.0.1", imap.port, "loopback", USER),
            smtp=Endpoint("127.0.0.1", smtp.port, "loopback", USER),
            secrets={"imap": SecretRef("env", "SHOP_PASSWORD"), "smtp": SecretRef("env", "SHOP_PASSWORD")},
        )
        maildesk.environ["SHOP_PASSWORD"] = "hush"
        for number in range(3):
            imap.deliver(
                USER, message(f"質問{number}", "いつですか。", to=USER, number=900 + number).as_bytes()
            )
        maildesk("sync", "--once", "--only", "in")
        by_subject = {row["subject"]: str(row["number"]) for row in maildesk("list", "--json").rows}

        def reply(subject: str) -> int:
            ran = maildesk(
                "reply", by_subject[subject], "--body", "-", "--send", "--json", stdin="明日です。"
            )
            return int(ran.row["outbox"])

        left, waits = reply("質問0"), reply("質問1")
        maildesk("backup", str(file))
        maildesk("outbox", "--cancel", str(waits), "--yes")  # decided after the backup
        unknown = reply("質問2")
        maildesk("sync", "--once")
        until(lambda: len(sent) == 2)
        _change(
            desk.url, "UPDATE outbox SET filing_after = 0"
        )  # the server had the time to file copies itself
        maildesk("sync", "--once")
        assert {row["outbox"] for row in maildesk("outbox", "--state", "sent", "--json").rows} == {
            left,
            unknown,
        }

        maildesk("restore", str(file), "--to", there)
        maildesk.environ["MAILDESK_STORE"] = there
        maildesk("sync", "--once", "--only", "out")
        assert {row["outbox"] for row in maildesk("outbox", "--state", "queued", "--json").rows} == {
            left,
            waits,
        }
        ran = maildesk("outbox", "reconcile", "--json")
        found = ran.row
        assert (ran.code, found["held"], found["released"]) == (1, "restored", True)
        assert found["doubted"] == [left, waits]
        assert found["proved"] == [left]
        assert [item["outbox"] for item in found["undecided"]] == [waits]
        answered = maildesk("show", by_subject["質問2"], "--json").row
        assert [m["kind"] for m in answered["messages"]] == ["in", "out"], (
            "the store had forgotten this answer"
        )
        maildesk("sync", "--once")
        assert len(sent) == 2, "nothing was sent again"
        early = maildesk("outbox", "--send-again", str(waits), "--yes")
        assert early.code == 1
        _change(there, "UPDATE outbox SET committing_at = 1.0")  # a quarter of an hour passes
        assert maildesk("outbox", "--send-again", str(waits), "--yes").code == 0
        maildesk("sync", "--once")
        until(lambda: len(sent) == 3)
        assert maildesk("outbox", "reconcile").code == 0


def _change(url: str, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as store:
        store.execute(statement)


@pytest.mark.slow
def test_a_mailbox_out_of_reach_keeps_it_held(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """Unless somebody says that it does not matter."""
    desk.mailbox(
        "実店舗",
        USER,
        imap=Endpoint("127.0.0.1", free_port(), "loopback", USER),
        secrets={"imap": SecretRef("env", "SHOP_PASSWORD")},
    )
    maildesk.environ["SHOP_PASSWORD"] = "hush"
    file = tmp_path / "desk.backup"
    maildesk("backup", str(file))
    desk.close()
    maildesk("restore", str(file), "--force")
    ran = maildesk("outbox", "reconcile", "--json")
    assert ran.code == 4
    (line,) = (line for line in ran.out.splitlines() if line.startswith("{"))
    assert '"released": false' in line
    assert "--anyway" in ran.err
    assert maildesk("outbox", "reconcile", "--anyway").code == 0
    assert maildesk("outbox", "reconcile").out.startswith("sending is not held")
