"""A mail server with one account, embedded or Dovecot, seen through the same few methods."""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from maildesk.demo.imapd import ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.sync.imap import ImapSession
from tests.support.dovecot import Dovecot

PASSWORD = "correct horse"
ODD_PASSWORDS = {
    "quotes@shop.example": 'quote " backslash \\',
    "japanese@shop.example": "合言葉ひみつ",
    "spaces@shop.example": "with space (and) {5}",
}
USERS = {f"user{number}@shop.example": PASSWORD for number in range(1, 1000)} | ODD_PASSWORDS
"""Dovecot looks for new users once a second, so it knows all of them from the start."""
_names = iter(USERS)


@dataclass(frozen=True)
class Mailhost:
    """One account. ``clear_port`` speaks clear text for the other mail program that tests need."""

    endpoint: Endpoint
    clear_port: int
    server: ImapServer | Dovecot

    @property
    def user(self) -> str:
        """Whose account it is."""
        return self.endpoint.user

    def open(self, timeout: float = 10.0) -> ImapSession:
        """Log in."""
        return ImapSession.open(self.endpoint, PASSWORD, timeout)

    def deliver(self, raw: bytes) -> None:
        """A mail comes in, as from the network."""
        self.server.deliver(self.user, raw)

    def fill(self, mails: Iterable[bytes]) -> None:
        """Many mails lie in INBOX already. To be called before anybody logs in."""
        if isinstance(self.server, Dovecot):
            self.server.fill(self.user, mails)
        else:
            for mail in mails:
                self.server.deliver(self.user, mail)

    @contextlib.contextmanager
    def other(self, folder: str | None = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Another mail program on the same account, with ``folder`` open for writing."""
        with imaplib.IMAP4("127.0.0.1", self.clear_port, timeout=10) as client:
            client.login(self.user, PASSWORD)
            if folder:
                ok, words = client.select(folder)
                assert ok == "OK", words
            yield client

    def flag(self, uid: int, flags: str, folder: str = "INBOX") -> None:
        """Somebody adds flags with another mail program."""
        with self.other(folder) as client:
            assert client.uid("STORE", str(uid), "+FLAGS", f"({flags})")[0] == "OK"

    def remove(self, *uids: int, folder: str = "INBOX") -> None:
        """Somebody removes mails with another mail program."""
        with self.other(folder) as client:
            for uid in uids:
                assert client.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")[0] == "OK"
            assert client.expunge()[0] == "OK"


def new_user() -> str:
    """A user of USERS that no other test has."""
    return next(_names)
