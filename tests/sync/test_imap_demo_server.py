"""The embedded server answers other mail programs as Dovecot does, and with less when it is told to offer
less."""

from __future__ import annotations

import imaplib
import re
from typing import Any

import pytest

from maildesk.demo.imapd import ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.sync.imap import ImapSession
from maildesk.sync.imap import session as session_module
from tests.support.mailhost import PASSWORD, Mailhost

USER = "info@shop.example"
MAILS = [b"Subject: number %d\r\nFrom: a@mail.example\r\n\r\nbody\r\n" % number for number in range(1, 7)]


def story(host: Mailhost) -> list[object]:
    """Two mail programs store, copy, move, expunge and search; what they are told, but for free words."""
    host.fill(MAILS)
    with host.other() as one, host.other() as two:
        told: list[object] = [
            one.uid("STORE", "1:2", "+FLAGS.SILENT", "(\\Deleted)")[0],
            flags(one.uid("STORE", "3", "FLAGS", "(\\Flagged $shop)")),
            one.uid("SEARCH", "FLAGGED", "KEYWORD", "$shop"),
            one.uid("SEARCH", "UNDELETED", "SUBJECT", "number"),
            one.search(None, "2:4", "UID", "3:*"),
            one.uid("COPY", "3", "Archive")[0],
            numbers(one.response("COPYUID")),
            one.uid("MOVE", "4", "Archive")[0],
            numbers(one.response("COPYUID")),
            one.response("EXPUNGE"),
            one.uid("FETCH", "3", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"),
            one.fetch("1", "(BODY.PEEK[TEXT]<1.2>)"),
            len(one.expunge()[1]),
            one.search(None, "ALL"),
            numbers(one.status("INBOX", "(MESSAGES UIDNEXT)")),
            one.select("Archive"),
            one.uid("SEARCH", "ALL"),
            flags(one.uid("FETCH", "1:*", "(FLAGS)")),
            one.select("Nothing")[0],
            two.noop()[0],
            len(two.response("EXPUNGE")[1]),
            two.search(None, "ALL"),
        ]
    return told


def flags(answer: tuple[str, list[Any]]) -> list[list[str]]:
    """The flags of FETCH answers, sorted, without \\Recent, about which servers differ."""
    found = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in answer[1]]
    return [sorted(set(each[1].decode().split()) - {"\\Recent"}) for each in found if each]


def numbers(answer: tuple[str, list[Any]]) -> list[bytes]:
    """All words but the first: COPYUID without UIDVALIDITY, STATUS without the name (quoted or not)."""
    words: list[bytes] = answer[1][-1].split()
    return words[1:]


def test_as_dovecot(embedded_host: Mailhost, dovecot_host: Mailhost) -> None:
    """Other mail programs are told the same by both servers."""
    assert story(embedded_host) == story(dovecot_host)


def test_condstore_only() -> None:
    """Without QRESYNC changes are known and removals are not."""
    with ImapServer({USER: PASSWORD}, without=["QRESYNC"]) as server:
        endpoint = Endpoint("127.0.0.1", server.port, "loopback", USER)
        for mail in MAILS:
            server.deliver(USER, mail)
        with ImapSession.open(endpoint, PASSWORD, 5) as session:
            before = session.select("INBOX")
        server.set_flags(USER, 2, ["\\Seen"])
        server.remove(USER, [4])
        with ImapSession.open(endpoint, PASSWORD, 5) as session:
            changes = session.select_changes("INBOX", before.uidvalidity, before.highestmodseq or 0)
            assert (changes.flags, changes.vanished) == ({2: frozenset({"\\Seen"})}, None)
            assert session.uids() == [1, 2, 3, 5, 6]


def test_search_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages, no answer to SEARCH names more than a window of them."""
    monkeypatch.setattr(session_module, "SEARCH_WINDOW", 100)
    longest = 0
    with ImapServer({USER: PASSWORD}) as server:
        for _ in range(450):
            server.deliver(USER, MAILS[0])
        server.remove(USER, range(120, 330))
        with ImapSession.open(Endpoint("127.0.0.1", server.port, "loopback", USER), PASSWORD, 5) as session:
            session.select("INBOX")
            reading = session._imap.readline

            def readline() -> bytes:
                nonlocal longest
                line = reading()
                longest = max(longest, len(line))
                return line

            monkeypatch.setattr(session._imap, "readline", readline)
            assert session.uids() == [*range(1, 120), *range(330, 451)]
            assert session.uids(110, 340) == [*range(110, 120), *range(330, 341)]
    assert longest < 500


def test_store_unless_changed(embedded_host: Mailhost) -> None:
    """UNCHANGEDSINCE keeps a change that the client has not seen (RFC 7162)."""
    embedded_host.fill(MAILS)
    with embedded_host.other() as client:
        modseq = int((client.response("HIGHESTMODSEQ")[1][0] or b"0").decode())
        embedded_host.flag(2, "\\Flagged")
        answer = client.uid("STORE", "1:2", f"(UNCHANGEDSINCE {modseq})", "+FLAGS", "(\\Seen)")
        assert answer[0] == "OK"
        assert client.response("MODIFIED")[1] == [b"2"]
        assert client.uid("SEARCH", "SEEN") == ("OK", [b"1"])


def test_reading_marks_as_read(embedded_host: Mailhost) -> None:
    """BODY[] without PEEK sets \\Seen in a folder opened for writing: the demo is no kinder than a real
    server."""
    embedded_host.fill(MAILS)
    with embedded_host.other() as client:
        client.uid("FETCH", "1", "(BODY[])")
        assert client.uid("SEARCH", "SEEN") == ("OK", [b"1"])


def test_refusals(embedded_host: Mailhost) -> None:
    """Nothing without a login; nonsense is BAD and the connection lives on."""
    with imaplib.IMAP4("127.0.0.1", embedded_host.clear_port, timeout=5) as client:
        client.state = "SELECTED"
        assert client.uid("FETCH", "1", "(FLAGS)")[0] == "NO"
        client.state = "NONAUTH"
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(embedded_host.user, "wrong")
        client.login(embedded_host.user, f'"{PASSWORD}"'.strip('"'))
        client.select("INBOX")
        for command in (("FETCH", "x", "(FLAGS)"), ("FETCH", "1", "(("), ("SEARCH", "NONSENSE")):
            with pytest.raises(imaplib.IMAP4.error, match="BAD"):
                client.uid(*command)
        assert client.noop()[0] == "OK"
