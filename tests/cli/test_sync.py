"""sync and reconcile against servers, from the mail that comes in to the copy in Sent; the worker's end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from maildesk import wiring
from maildesk.demo.imapd import ImapServer
from maildesk.demo.smtpd import SmtpSink
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.secret import SecretRef
from maildesk.store import mailboxes, seats
from maildesk.store.engine import open_store
from maildesk.sync.embedded import EmbeddedWorker
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk, message
from tests.support.waiting import is_running, until

USER = "live@shop.example"


class Servers:
    """An IMAP and an SMTP server with one account, and what was sent."""

    def __init__(self, imap: ImapServer, smtp: SmtpSink, sent: list[tuple[tuple[str, ...], bytes]]) -> None:
        self.imap = imap
        self.smtp = smtp
        self.sent = sent

    def deliver(self, *subjects: str) -> None:
        """Mail arrives in the inbox."""
        for number, subject in enumerate(subjects, 100):
            self.imap.deliver(USER, message(subject, f"{subject}です。", to=USER, number=number).as_bytes())


@pytest.fixture
def servers(maildesk: CommandLine, desk: SmallDesk) -> Iterator[Servers]:
    """Servers, and a mailbox of the desk that is theirs."""
    sent: list[tuple[tuple[str, ...], bytes]] = []
    with (
        ImapServer({USER: "hush"}) as imap,
        SmtpSink(lambda _, to, mail: sent.append((to, mail)), {USER: "hush"}) as smtp,
    ):
        desk.mailbox(
            "実店舗",
            USER,
            imap=Endpoint("127.0.0.1", imap.port, "loopback", USER),
            smtp=Endpoint("127.0.0.1", smtp.port, "loopback", USER),
            secrets={"imap": SecretRef("env", "SHOP_PASSWORD"), "smtp": SecretRef("env", "SHOP_PASSWORD")},
        )
        maildesk.environ["SHOP_PASSWORD"] = "hush"
        yield Servers(imap, smtp, sent)


def test_mail_in_answered_out_and_filed(maildesk: CommandLine, servers: Servers) -> None:
    servers.deliver("一通目", "二通目")
    reports = {row["folder"]: row for row in maildesk("sync", "--once", "--json").rows}
    assert (reports["INBOX"]["new"], reports["INBOX"]["error"]) == (2, None)
    number = str(maildesk("list", "--query", "一通目", "--json").row["number"])
    maildesk("reply", number, "--body", "-", "--send", stdin="承りました。")
    (sent,) = maildesk("sync", "--once", "--only", "out", "--json").rows
    assert sent["result"] == "sent"
    until(lambda: len(servers.sent) == 1)
    assert servers.sent[0][0] == ("hanako@customer.example",)
    assert maildesk("outbox", "--json").row["state"] == "sent"
    assert [row["new"] for row in maildesk("sync", "--once", "--only", "in", "--json").rows] == [0, 0]
    kinds = [m["kind"] for m in maildesk("show", number, "--json").row["messages"]]
    assert kinds == ["in", "out"]


def test_reconcile_finds_what_is_missing(maildesk: CommandLine, servers: Servers) -> None:
    servers.deliver("一通目")
    maildesk("sync", "--once")
    fine = maildesk("reconcile", "--json")
    assert (fine.code, [row["missing"] for row in fine.rows]) == (0, [[], []])
    servers.deliver("二通目")
    found = maildesk("reconcile", "--mailbox", "実店舗", "--json")
    assert (found.code, [row["missing"] for row in found.rows if row["folder"] == "INBOX"]) == (1, [[2]])
    assert "maildesk sync --once" in maildesk("reconcile").err


@pytest.mark.parametrize(("password", "port", "code"), [("canary", None, 5), (None, None, 3), ("hush", 1, 4)])
def test_what_a_server_refuses_is_named_and_has_its_exit_code(
    maildesk: CommandLine,
    desk: SmallDesk,
    servers: Servers,
    password: str | None,
    port: int | None,
    code: int,
) -> None:
    if password is None:
        del maildesk.environ["SHOP_PASSWORD"]
    else:
        maildesk.environ["SHOP_PASSWORD"] = password
    if port is not None:
        desk.mailbox(
            "実店舗", USER, imap=Endpoint("127.0.0.1", port, "loopback", USER),
            secrets={"imap": SecretRef("env", "SHOP_PASSWORD")},
        )  # fmt: skip
    ran = maildesk("sync", "--once", "--only", "in", "--json")
    assert ran.code == code
    assert ran.err.startswith("maildesk: ")
    assert "canary" not in ran.err + ran.out
    assert maildesk("reconcile").code == code


def test_doctor_tries_the_servers_and_says_what_they_can_do(maildesk: CommandLine, servers: Servers) -> None:
    rows = {row["check"]: row for row in maildesk("doctor", "--json").rows}
    assert {row["ok"] for row in rows.values()} == {True}
    assert "IDLE" in rows["実店舗 IMAP capabilities"]["detail"]
    assert rows["実店舗 SMTP login"]["detail"] == USER
    maildesk.environ["SHOP_PASSWORD"] = "wrong"
    wrong = [row["check"] for row in maildesk("doctor", "--json").rows if not row["ok"]]
    assert wrong == ["実店舗 IMAP login", "実店舗 SMTP login"]


def test_an_unknown_mailbox_and_words_that_do_not_go_together(
    maildesk: CommandLine, servers: Servers
) -> None:
    assert maildesk("sync", "--once", "--mailbox", "x").code == 7
    assert maildesk("sync").code == 2
    assert maildesk("sync", "--once", "--watch").code == 2
    assert maildesk("sync", "--watch", "--only", "in").code == 2


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_worker_works_until_it_is_told_to_end(
    maildesk: CommandLine, desk: SmallDesk, servers: Servers, number: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "maildesk", "sync", "--watch"], env=maildesk.environ, stderr=subprocess.PIPE
    )
    try:
        servers.deliver("働いている間に")
        until(lambda: bool(maildesk("list", "--json").rows))
        until(lambda: _occupied(desk) == 1)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code
    assert b"Traceback" not in err
    assert _occupied(desk) == 0


def _occupied(desk: SmallDesk) -> int:
    with desk.store.reading() as tx:
        return seats.occupied(tx)


# ---- the app's own worker


def worker_for(maildesk: CommandLine, desk: SmallDesk) -> EmbeddedWorker:
    """The worker that the app would start."""
    found = wiring.settings(wiring.Flags(store=desk.url), maildesk.environ)
    worker = wiring.embedded_worker(found)
    assert desk.url not in worker.command
    return EmbeddedWorker(lambda: open_store(desk.url), worker.command, maildesk.environ)


@pytest.mark.slow
def test_the_app_starts_a_worker_and_ends_it(
    maildesk: CommandLine, desk: SmallDesk, servers: Servers
) -> None:
    worker = worker_for(maildesk, desk)
    worker.start()
    try:
        servers.deliver("埋め込みの同期")
        until(lambda: bool(maildesk("list", "--json").rows))
        pid = worker.pid
        assert pid is not None
        assert is_running(pid)
    finally:
        worker.stop()
    assert not is_running(pid)
    until(lambda: _occupied(desk) == 0)


def test_no_worker_is_started_where_somebody_syncs(
    maildesk: CommandLine, desk: SmallDesk, servers: Servers
) -> None:
    with desk.store.transaction() as tx:
        for box in mailboxes.all_mailboxes(tx):
            seats.take(tx, box.id, "somebody")
    worker = worker_for(maildesk, desk)
    worker.start()
    try:
        assert worker.looked.wait(20)
        assert not worker.running
    finally:
        worker.stop()


@pytest.mark.slow
def test_the_worker_ends_when_the_app_is_killed(
    maildesk: CommandLine, desk: SmallDesk, servers: Servers
) -> None:
    """The app's end closes the worker's standard input, whatever ended it."""
    app = (
        "import os, threading\nfrom maildesk import wiring\n"
        "found = wiring.settings(wiring.Flags(), os.environ)\nworker = wiring.embedded_worker(found)\nworker.start()\n"
        "never = threading.Event()\nwhile not worker.running: never.wait(0.05)\n"
        "print(worker.pid, flush=True)\nnever.wait(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", app], env=maildesk.environ, stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    until(lambda: _occupied(desk) == 1)
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not is_running(pid))
    until(lambda: _occupied(desk) == 0)


@pytest.mark.slow
def test_progress_is_json_line_by_line(maildesk: CommandLine, servers: Servers) -> None:
    servers.deliver("一")
    done = subprocess.run(
        [sys.executable, "-m", "maildesk", "sync", "--once", "--json"], env=maildesk.environ, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    assert [json.loads(line)["mailbox"] for line in done.stdout.splitlines()] == ["実店舗", "実店舗"]
    assert os.environ.get("SHOP_PASSWORD") is None
