"""What the wizard asks, and what it needs done. Whoever opens it supplies the deeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from maildesk.domain.agent import Role
from maildesk.domain.endpoint import Security
from maildesk.domain.secret import SecretKind

Step = Literal["you", "store", "incoming", "outgoing", "team", "check"]
STEPS: tuple[Step, ...] = ("you", "store", "incoming", "outgoing", "team", "check")


@dataclass(slots=True)
class Server:
    """A mail server as typed. ``port`` is text until it is checked."""

    host: str = ""
    port: str = ""
    security: Security = "tls"
    user: str = ""


@dataclass(slots=True)
class Answers:
    """Everything asked, as far as answered. The password is never kept for resuming.

    ``secret`` says where the password goes; ``secret_value`` is the command, the variable or the file, '' for the key
    ring. ``team`` has one colleague a line: login, name, role.
    """

    login: str = ""
    name: str = ""
    reading: str = ""
    store: Literal["sqlite", "postgresql"] = "sqlite"
    url: str = ""
    shop: str = ""
    address: str = ""
    folder: str = "INBOX"
    imap: Server = field(default_factory=lambda: Server(port="993"))
    smtp: Server = field(default_factory=lambda: Server(port="465"))
    password: str = ""
    secret: SecretKind = "keyring"
    secret_value: str = ""
    team: str = ""
    step: Step = "you"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A line of the team."""

    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class TestLine:
    """One line of a connection test, as it is known: what was tried, how it went, what to do about it."""

    __test__ = False

    name: Literal["dns", "tcp", "tls", "login", "folder", "store"]
    ok: bool
    detail: str
    remedy: str = ""


class WizardActions(Protocol):
    """What the wizard has done for it. Each may block: it is called in a thread."""

    def default_url(self) -> str:
        """The address of the personal desk on this computer."""

    def detect(self, address: str) -> tuple[Server, Server] | None:
        """The IMAP and SMTP servers of an address, None where nobody knows."""

    def test_store(self, answers: Answers) -> Iterator[TestLine]:
        """Try to reach the store."""

    def test_imap(self, answers: Answers) -> Iterator[TestLine]:
        """Look up, connect, encrypt, sign in, open the folder; it ends at the first that fails."""

    def test_smtp(self, answers: Answers) -> Iterator[TestLine]:
        """Look up, connect, encrypt, sign in; nothing is sent."""

    def resume(self) -> Answers | None:
        """What was kept of an earlier run."""

    def keep(self, answers: Answers) -> None:
        """Keep the answers, without the password, for a later run."""

    def write(self, answers: Answers) -> Path:
        """Make the desk; the configuration file that was written. Raises MaildeskError."""


def colleagues(team: str) -> tuple[Colleague, ...]:
    """The colleagues in the lines of ``team``: ``login name [role]``. Raises ValueError with the first bad line."""
    found = []
    for line in team.splitlines():
        words = line.split()
        if not words:
            continue
        role = Role.AGENT
        if len(words) > 2 and words[-1] in tuple(Role):
            role = Role(words.pop())
        if len(words) < 2:
            raise ValueError(line)
        found.append(Colleague(words[0], " ".join(words[1:]), role))
    return tuple(found)
