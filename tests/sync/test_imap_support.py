"""The helpers of the tests themselves: a missing server never passes for a tested one."""

from __future__ import annotations

import imaplib
import shutil
import smtplib
import time

import psycopg
import pytest

from tests.support import dovecot, exim, install, latency, postgres
from tests.support.mailhost import Mailhost


def test_missing_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing server skips its tests with the remedy; in CI it fails them, and the installer says so."""
    monkeypatch.setitem(install.FINDERS, "dovecot", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # no apt-get either
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install dovecot-imapd"):
        install.needs("dovecot")
    assert install.main() == 0
    assert "will be skipped" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install dovecot-imapd"):
        install.needs("dovecot")
    assert install.main() == 1


def test_fill_keeps_the_order(dovecot_host: Mailhost) -> None:
    """Dovecot numbers what fill() put there in the order given."""
    dovecot_host.fill([b"Subject: %d\r\n\r\n" % number for number in range(50)])
    with dovecot_host.open() as session:
        session.select("INBOX")
        found = {each.uid: each.raw for each in session.fetch([(1, 50)])}
    assert [found[uid] for uid in range(1, 51)] == [b"Subject: %d\r\n\r\n" % number for number in range(50)]


def test_latency(embedded_host: Mailhost) -> None:
    """The proxy delays each way."""
    with latency.proxy(embedded_host.clear_port, delay=0.03) as line:
        with imaplib.IMAP4("127.0.0.1", line.port, timeout=10) as client:
            started = time.monotonic()
            client.noop()
            assert 0.06 <= time.monotonic() - started < 10
        assert (line.connections, line.passed > 50) == (1, True)


def test_database_from_a_template() -> None:
    """A fresh database has what its template has, and is no other test's."""
    install.needs("postgres")
    with postgres.server() as cluster:
        first = cluster.create_database()
        with psycopg.connect(cluster.dsn(first)) as connection:
            connection.execute("CREATE TABLE shop (name text)")
        second, third = (cluster.create_database(template=first) for _ in range(2))
        with psycopg.connect(cluster.dsn(second)) as connection:
            connection.execute("INSERT INTO shop VALUES ('a')")
        with psycopg.connect(cluster.dsn(third)) as connection:
            assert connection.execute("SELECT count(*) FROM shop").fetchone() == (0,)
        cluster.drop_database(second)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(cluster.dsn(second))


def test_real_delivery(dovecot_server: dovecot.Dovecot, dovecot_host: Mailhost) -> None:
    """exim takes a mail for a user of Dovecot and it is in the mailbox; for a stranger it refuses."""
    install.needs("exim")
    user = dovecot_host.user
    with exim.server({user: "secret"}, dovecot_server.lmtp) as mta, dovecot_host.open() as session:
        session.select("INBOX")
        with smtplib.SMTP("127.0.0.1", mta.port) as line:
            line.sendmail("sato@mail.example", [user], b"Subject: real\r\n\r\nbody\r\n")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                line.sendmail("sato@mail.example", ["x@elsewhere.example"], b"Subject: relayed\r\n\r\n")
        assert session.idle(20)
        (mail,) = session.fetch([(1, 1)])
        assert b"\r\nSubject: real\r\n" in mail.raw
    assert not mta.top.exists()
