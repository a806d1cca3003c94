"""What the sync engine may rely on, the same for the embedded server and for Dovecot over clear text,
STARTTLS, TLS."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from maildesk.domain.endpoint import Endpoint
from maildesk.errors import LoginRefused
from maildesk.sync.imap import ImapSession, NoSuchFolder
from maildesk.sync.imap_wire import ranges_of
from tests.support.mailhost import ODD_PASSWORDS, PASSWORD, Mailhost


def mail(number: int, body: bytes = b"") -> bytes:
    """A small mail with bytes that a careless reader trips over."""
    return (
        b"From: =?UTF-8?B?5L2Q6Jek?= <sato@mail.example>\r\nTo: info@shop.example\r\nSubject: mail %d\r\n"
        b"Message-ID: <%d@mail.example>\r\n\r\nbody %d )\r\nm3 OK {5}\r\n\xe3\x81\x82\xff\r\n* 5 EXPUNGE\r\n%s\r\n"
        % (number, number, number, body)
    )


class TestContract:
    """Every server has to pass these."""

    def test_login(self, host: Mailhost) -> None:
        """The right password opens a session that knows what the server can do."""
        with host.open() as session:
            assert {"IDLE", "UIDPLUS", "CONDSTORE", "QRESYNC", "SPECIAL-USE"} <= session.capabilities

    def test_wrong_password(self, host: Mailhost) -> None:
        """A wrong password is LoginRefused with the server's words and a remedy, and is in neither."""
        with pytest.raises(LoginRefused) as caught:
            ImapSession.open(host.endpoint, "not-the-password", 10)
        assert caught.value.hint
        assert host.user in str(caught.value)
        assert "not-the-password" not in str(caught.value) + caught.value.hint

    def test_folders_and_roles(self, host: Mailhost) -> None:
        """All folders are listed with decoded names and their roles."""
        with host.other(None) as other:
            assert other.create('"&VU9UCDCPMFtbmw-"')[0] == "OK"  # 問合わせ宛
            assert other.create('"&VU9UCDCPMFtbmw-/a &- b"')[0] == "OK"
        with host.open() as session:
            roles = {folder.name: folder.role for folder in session.folders()}
            assert roles == {
                "INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Junk": "junk", "Trash": "trash",
                "Archive": "archive", "問合わせ宛": "", "問合わせ宛/a & b": "",
            }  # fmt: skip
            assert {folder.delimiter for folder in session.folders()} == {"/"}
            assert session.select("問合わせ宛/a & b").exists == 0

    def test_unknown_folder(self, host: Mailhost) -> None:
        """A folder that is not there is named, with folders of similar names; the session lives on."""
        with host.open() as session:
            with pytest.raises(NoSuchFolder, match="Archiv") as caught:
                session.select("Archiv")
            assert "Archive" in caught.value.hint
            assert session.select("INBOX").exists == 0
            with pytest.raises(NoSuchFolder):
                session.append("Snt", mail(1))

    @pytest.mark.slow
    def test_fetch_gives_what_was_put_in(self, host: Mailhost) -> None:
        """1,200 mails in batches are the same bytes, each once, and are not marked as read."""
        mails = [mail(number, b"x" * (number * 37 % 5000)) for number in range(1200)]
        host.fill(mails)
        with host.open() as session:
            state = session.select("INBOX")
            assert (state.exists, state.uidnext) == (1200, 1201)
            uids = session.uids()
            assert uids == list(range(1, 1201))
            found = list(session.fetch(ranges_of(uids), batch=100))
            assert session.answered_to == 1200
        assert sorted(each.uid for each in found) == uids
        assert [each.raw for each in sorted(found, key=lambda each: each.uid)] == mails
        assert all(each.size == len(each.raw) for each in found)
        assert all(each.received and each.received.tzinfo is UTC for each in found)
        assert {each.flags for each in found} == {frozenset()}
        with host.other() as other:
            assert other.search(None, "SEEN") == ("OK", [b""])

    def test_safe_cursor(self, host: Mailhost) -> None:
        """At every message, all wanted UIDs up to answered_to have been given already."""
        host.fill([mail(number) for number in range(60)])
        given: set[int] = set()
        with host.open() as session:
            session.select("INBOX")
            for each in session.fetch([(1, 60)], batch=7, chunk=250):
                assert set(range(1, session.answered_to + 1)) <= given
                given.add(each.uid)
            assert session.answered_to == 60
        assert given == set(range(1, 61))

    def test_pieces(self, host: Mailhost) -> None:
        """A mail above the chunk size comes in pieces and is the same, also when it is a multiple of the
        chunk."""
        mails = [mail(1), mail(2, b"y" * 5000)]
        mails.append(mail(3, b"z" * (4096 - len(mail(3)))))
        host.fill(mails)
        with host.open() as session:
            session.select("INBOX")
            raws = {each.uid: each.raw for each in session.fetch([(1, 3)], chunk=1024)}
            assert [raws[uid] for uid in (1, 2, 3)] == mails
            assert len(mails[2]) == 4096

    def test_abandoned_fetch(self, host: Mailhost) -> None:
        """A fetch may be given up in the middle; the session can be used at once."""
        host.fill([mail(number) for number in range(100)])
        with host.open() as session:
            session.select("INBOX")
            messages = session.fetch([(1, 100)], batch=10)
            next(messages)
            with pytest.raises(RuntimeError):
                session.noop()
            messages.close()
            assert session.uids(95) == [95, 96, 97, 98, 99, 100]

    def test_long_uid_set(self, host: Mailhost) -> None:
        """600 UIDs without neighbours are fetched although no command may be longer than 4 KiB."""
        host.fill([mail(number) for number in range(1200)])
        odd = list(range(1, 1201, 2))
        with host.open() as session:
            session.select("INBOX")
            assert sorted(each.uid for each in session.fetch(ranges_of(odd))) == odd

    def test_removed_meanwhile(self, host: Mailhost) -> None:
        """Mails removed between search and fetch are simply absent."""
        host.fill([mail(number) for number in range(10)])
        with host.open() as session:
            session.select("INBOX")
            uids = session.uids()
            host.remove(3, 4, 10)
            assert sorted(each.uid for each in session.fetch(ranges_of(uids))) == [1, 2, 5, 6, 7, 8, 9]
            assert list(session.fetch([(3, 4)])) == []
            assert session.uids() == [1, 2, 5, 6, 7, 8, 9]

    def test_uids_above_the_last(self, host: Mailhost) -> None:
        """Asking for UIDs above the last gives none, although IMAP's n:* would give the last."""
        host.fill([mail(1)])
        with host.open() as session:
            session.select("INBOX")
            assert session.uids(2) == []
            assert session.uids(1) == [1]
            assert session.select("Sent").exists == 0
            assert session.uids() == []

    def test_idle_wakes_on_delivery(self, host: Mailhost) -> None:
        """IDLE returns when a mail comes in."""
        with host.open() as session:
            session.select("INBOX")
            delivery = threading.Timer(0.1, host.deliver, [mail(1)])
            delivery.start()
            started = time.monotonic()
            assert session.idle(20) is True
            assert time.monotonic() - started < 10
            delivery.join()
            assert session.uids() == [1]

    def test_idle_tells_what_came_before(self, host: Mailhost) -> None:
        """A mail that came after the folder was opened and before IDLE is told."""
        with host.open() as session:
            session.select("INBOX")
            host.deliver(mail(1))
            assert session.append("Sent", mail(2)) == 1  # its answer may carry the news
            assert session.idle(20) is True

    def test_idle_times_out(self, host: Mailhost) -> None:
        """Without news IDLE returns False after its time, and the session goes on."""
        with host.open() as session:
            session.select("INBOX")
            assert session.idle(0.05) is False
            assert session.noop() is False

    def test_idle_is_woken(self, host: Mailhost) -> None:
        """A byte in the wake descriptor ends IDLE and is left there."""
        reading, writing = os.pipe()
        try:
            with host.open() as session:
                session.select("INBOX")
                waker = threading.Timer(0.1, os.write, [writing, b"x"])
                waker.start()
                started = time.monotonic()
                assert session.idle(20, reading) is False
                assert time.monotonic() - started < 10
                waker.join()
                assert os.read(reading, 1) == b"x"
        finally:
            os.close(reading)
            os.close(writing)

    def test_changes(self, host: Mailhost) -> None:
        """Since a MODSEQ: what is new, what has other flags, what is gone."""
        host.fill([mail(number) for number in range(6)])
        with host.open() as session:
            before = session.select("INBOX")
            assert before.highestmodseq is not None
            nothing = session.select_changes("INBOX", before.uidvalidity, before.highestmodseq)
            assert (nothing.flags, nothing.vanished) == ({}, ())
        host.flag(2, "\\Flagged $shop")
        host.remove(4, 5)
        host.deliver(mail(7))
        with host.open() as session:
            changes = session.select_changes("INBOX", before.uidvalidity, before.highestmodseq)
            assert changes.flags == {2: frozenset({"\\Flagged", "$shop"}), 7: frozenset()}
            assert changes.vanished is not None
            assert {uid for low, high in changes.vanished for uid in range(low, high + 1)} >= {4, 5}
            assert not any(low <= uid <= high for low, high in changes.vanished for uid in (1, 2, 3, 6, 7))
            assert (changes.state.exists, changes.state.uidnext) == (5, 8)

    def test_other_uidvalidity(self, host: Mailhost) -> None:
        """A folder made anew has another UIDVALIDITY, and no changes are claimed to be known."""
        with host.other(None) as other:
            other.create("Shop")
        with host.open() as session:
            before = session.select("Shop")
        with host.other(None) as other:
            assert other.delete("Shop")[0] == "OK"
            assert other.create("Shop")[0] == "OK"
        with host.open() as session:
            changes = session.select_changes("Shop", before.uidvalidity, before.highestmodseq or 1)
            assert changes.state.uidvalidity != before.uidvalidity
            assert (changes.flags, changes.vanished) == (None, None)

    def test_append_and_search(self, host: Mailhost) -> None:
        """What is filed is found by its Message-ID, with its flags and date."""
        date = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
        with host.open() as session:
            assert session.search_header("Sent", "Message-ID", "<8@mail.example>") == ()
            uid = session.append("Sent", mail(8), ["\\Seen"], date)
            session.append("Sent", mail(9))
            assert session.search_header("Sent", "Message-ID", "<8@mail.example>") == (uid,)
            session.select("Sent")
            (found,) = session.fetch([(uid or 0, uid or 0)])
            assert (found.raw, found.flags, found.received) == (mail(8), frozenset({"\\Seen"}), date)
            with pytest.raises(ValueError, match="printable"):
                session.search_header("Sent", "Message-ID", "x\r\nm9 LOGOUT")

    @pytest.mark.slow
    def test_huge_mail(self, host: Mailhost) -> None:
        """A mail of 30 MB arrives whole and never takes more than a few MB of memory."""
        line = b"0123456789" * 7 + b"\r\n"
        raw = mail(1) + line * (30_000_000 // len(line))
        digest = hashlib.sha256(raw).digest()
        host.fill([raw, mail(2)])
        if not hasattr(host.server, "mails"):
            del raw
        with host.open(30) as session:
            session.select("INBOX")
            tracemalloc.start()
            try:
                for each in session.fetch([(1, 2)]):
                    with each.open() as content:
                        if each.uid == 1:
                            assert each.size > 30_000_000 - len(line)
                            assert hashlib.file_digest(content, "sha256").digest() == digest
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert session.answered_to == 2
            assert peak < 10_000_000


@pytest.mark.parametrize(("user", "password"), ODD_PASSWORDS.items())
def test_any_password(dovecot_host: Mailhost, user: str, password: str) -> None:
    """Passwords with quotes, brackets, spaces and Japanese work, on a real server."""
    at = dovecot_host.endpoint
    with ImapSession.open(Endpoint(at.host, at.port, at.security, user, at.ca_file), password, 10) as session:
        assert session.select("INBOX").exists == 0
    with pytest.raises(LoginRefused):
        ImapSession.open(Endpoint(at.host, at.port, at.security, user, at.ca_file), password + "x", 10)


def test_password_of_embedded(embedded_host: Mailhost) -> None:
    """AUTHENTICATE PLAIN, too, is refused with a wrong password on the embedded server."""
    with pytest.raises(LoginRefused):
        ImapSession.open(embedded_host.endpoint, PASSWORD + "合", 10)
