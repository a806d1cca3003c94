"""An SMTP server with faults on request, at every step of a submission, over real sockets and real TLS.

It is trusted because the contract tests of ``test_smtp.py`` run on it, on the demo's server and on exim
alike::

    with SmtpServer() as server:
        server.fault("dot", accept=True, drop=True)     # takes the mail, then goes away without an answer
        ...
        assert server.count("<md.1@shop.example>") == 1
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import email
import email.policy
import functools
import shutil
import socket
import ssl
import tempfile
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, Self

from maildesk.domain.endpoint import Endpoint, Security
from tests.support.ports import certificate

Step = Literal["greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot", "rset"]
Tls = Literal["none", "starttls", "implicit"]


@dataclass(frozen=True)
class Certificate:
    """A throw-away certificate, signed by itself."""

    cert: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


@functools.cache
def throw_away(
    name: str = "localhost", address: str | None = "127.0.0.1", expired: bool = False
) -> Certificate:
    """A certificate, made once per process and removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="maildesk-cert-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Certificate(certificate(folder, name, address, expired), folder / "key.pem")


@dataclass(frozen=True)
class Mail:
    """A mail that the server took: after its dot, whatever it answered or did not answer then."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    encrypted: bool

    @property
    def message_id(self) -> str:
        """Its Message-ID, '' without one."""
        return str(email.message_from_bytes(self.raw, policy=email.policy.default)["message-id"] or "")


@dataclass(frozen=True)
class Fault:
    """What goes wrong at one step: see :meth:`SmtpServer.fault`."""

    reply: str = ""
    accept: bool = False
    drop: bool = False
    silent: bool = False
    delay: float = 0.0


class _Gone(Exception):
    """The connection ends here."""


@dataclass
class _Dialogue:
    """One connection: its state between commands."""

    sock: socket.socket
    lines: BinaryIO
    encrypted: bool
    user: str = ""
    mail_from: str | None = None
    recipients: list[str] = field(default_factory=list)


class SmtpServer:
    """A submission server on a free loopback port. All that it saw is in its public attributes.

    ``users`` maps logins to passwords; with users, MAIL needs a login; ``token`` knows access tokens. ``tls`` is what it speaks,
    ``offer_starttls`` False is a STARTTLS that somebody stripped. ``extensions`` are the EHLO lines,
    ``shown`` is its certificate (else one for localhost and 127.0.0.1).
    """

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        tls: Tls = "none",
        *,
        mechanisms: str = "PLAIN LOGIN",
        offer_starttls: bool = True,
        extensions: tuple[str, ...] = ("SIZE 30000000", "8BITMIME", "SMTPUTF8"),
        shown: Certificate | None = None,
        token: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.users = dict(users or {})
        self.token = token
        """Whether an access token opens any of ``users``."""
        self.answers: list[bytes] = []
        """What clients answered to the server's words about a refused token."""
        self.tls = tls
        self.mechanisms = mechanisms
        self.offer_starttls = offer_starttls
        self.extensions = extensions
        self.certificate = shown or throw_away()
        self.mails: list[Mail] = []
        self.commands: list[str] = []
        """Every command line as it came, in the clear where it came in the clear."""
        self.clear_commands: list[str] = []
        """Those that came without TLS."""
        self.unfinished: list[bytes] = []
        """Bodies whose connection ended before the dot."""
        self.refuse: dict[str, str] = {}
        """The answer to RCPT for an address as it stands between ``<`` and ``>``, e.g. ``550 5.1.1
        nobody``."""
        self.host = "127.0.0.1"
        self.port = 0
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()

    # -- for the tests

    def fault(
        self,
        at: Step,
        *,
        reply: str = "",
        accept: bool = False,
        drop: bool = False,
        silent: bool = False,
        delay: float = 0.0,
        times: int = 1,
    ) -> None:
        """The next ``times`` times that ``at`` is reached: wait ``delay`` seconds, take the mail all the same
        (``accept``, at the dot), then answer ``reply``, close without an answer (``drop``), or never answer
        (``silent``). Faults of a step are used up in their order."""
        self._faults[at].extend([Fault(reply, accept, drop, silent, delay)] * times)

    def count(self, message_id: str) -> int:
        """How often a mail with this Message-ID was delivered."""
        return sum(mail.message_id == message_id for mail in self.mails)

    def wait(self, mails: int = 0, unfinished: int = 0, timeout: float = 10.0) -> None:
        """Until so many mails came and so many connections ended inside a body."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.mails) >= mails and len(self.unfinished) >= unfinished, timeout
            )

    def endpoint(self, user: str = "", host: str | None = None, security: Security | None = None) -> Endpoint:
        """How a client reaches this server, with its certificate trusted."""
        usual: dict[Tls, Security] = {"none": "loopback", "starttls": "starttls", "implicit": "tls"}
        ca_file = None if self.tls == "none" else str(self.certificate.cert)
        return Endpoint(host or self.host, self.port, security or usual[self.tls], user, ca_file)

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)

    # -- the dialogue

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True, name="smtp-test-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        dialogue: _Dialogue | None = None
        self._open.add(connection)
        try:
            connection.settimeout(60)
            if self.tls == "implicit":
                connection = self._wrap(connection)
            dialogue = _Dialogue(connection, connection.makefile("rb"), self.tls == "implicit")
            self._answer(dialogue, "greeting", "220 test server")
            while line := dialogue.lines.readline():
                self._command(dialogue, line)
        except (OSError, _Gone, ValueError):
            pass
        finally:
            if dialogue:
                dialogue.lines.close()
                connection = dialogue.sock
            self._open.discard(connection)
            connection.close()

    def _wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        self._open.discard(connection)
        wrapped = self.certificate.server_context().wrap_socket(connection, server_side=True)
        self._open.add(wrapped)
        return wrapped

    def _answer(self, dialogue: _Dialogue, step: Step, usual: str) -> bool:
        """Answer, or do what a fault wants; whether the answer was the usual one."""
        fault = self._faults[step].popleft() if self._faults[step] else None
        if fault:
            self._stop.wait(fault.delay)
            if fault.silent:
                self._stop.wait(60)
            if fault.silent or fault.drop:
                raise _Gone
        reply = (fault and fault.reply) or usual
        dialogue.sock.sendall(reply.encode() + b"\r\n")
        return reply == usual

    def _command(self, dialogue: _Dialogue, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        self.commands.append(text)
        if not dialogue.encrypted:
            self.clear_commands.append(text)
        verb, _, rest = text.partition(" ")
        match verb.upper():
            case "EHLO":
                self._answer(dialogue, "ehlo", self._greeting(dialogue))
            case "STARTTLS":
                self._starttls(dialogue)
            case "AUTH":
                self._auth(dialogue, rest)
            case "MAIL":
                self._mail(dialogue, rest)
            case "RCPT":
                self._rcpt(dialogue, rest)
            case "DATA":
                self._data(dialogue)
            case "RSET":
                dialogue.mail_from, dialogue.recipients = None, []
                self._answer(dialogue, "rset", "250 reset")
            case "QUIT":
                dialogue.sock.sendall(b"221 bye\r\n")
                raise _Gone
            case _:
                dialogue.sock.sendall(b"502 5.5.1 unknown command\r\n")

    def _greeting(self, dialogue: _Dialogue) -> str:
        lines = ["test.example", *self.extensions]
        if self.tls == "starttls" and self.offer_starttls and not dialogue.encrypted:
            lines.append("STARTTLS")
        if self.users and (dialogue.encrypted or self.tls == "none"):
            lines.append(f"AUTH {self.mechanisms}")
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def _starttls(self, dialogue: _Dialogue) -> None:
        if self._answer(dialogue, "starttls", "220 go ahead"):
            dialogue.lines.close()
            dialogue.sock = self._wrap(dialogue.sock)
            dialogue.lines, dialogue.encrypted = dialogue.sock.makefile("rb"), True

    def _auth(self, dialogue: _Dialogue, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        known = False
        if mechanism in ("XOAUTH2", "OAUTHBEARER"):
            given = initial or self._said(dialogue, b"")
            parts = base64.b64decode(given).decode().split("\1")
            user = parts[0].removeprefix("user=").removeprefix("n,a=").rstrip(",")
            bearer = next(part.removeprefix("auth=Bearer ") for part in parts if part.startswith("auth="))
            known = user in self.users and self.token(bearer)
            if not known:
                self.answers.append(base64.b64decode(self._said(dialogue, b'{"status":"400"}')))
        elif mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            user, password = (self._ask(dialogue, prompt) for prompt in ("Username:", "Password:"))
        if mechanism in ("PLAIN", "LOGIN"):
            known = self.users.get(user) == password
        usual = "235 2.7.0 welcome" if known else "535 5.7.8 authentication failed"
        if self._answer(dialogue, "auth", usual) and known:
            dialogue.user = user

    def _ask(self, dialogue: _Dialogue, prompt: str) -> str:
        return base64.b64decode(self._said(dialogue, prompt.encode())).decode()

    def _said(self, dialogue: _Dialogue, challenge: bytes) -> bytes:
        dialogue.sock.sendall(b"334 " + base64.b64encode(challenge) + b"\r\n")
        return dialogue.lines.readline().strip()

    def _mail(self, dialogue: _Dialogue, rest: str) -> None:
        usual = "530 5.7.0 log in first" if self.users and not dialogue.user else "250 2.1.0 ok"
        if dialogue.mail_from is not None:
            usual = "503 5.5.1 nested MAIL"
        if self._answer(dialogue, "mail", usual) and usual.startswith("250"):
            dialogue.mail_from = _address(rest)

    def _rcpt(self, dialogue: _Dialogue, rest: str) -> None:
        address = _address(rest)
        usual = self.refuse.get(address, "250 2.1.5 ok")
        if self._answer(dialogue, "rcpt", usual) and usual.startswith("250"):
            dialogue.recipients.append(address)

    def _data(self, dialogue: _Dialogue) -> None:
        if not dialogue.recipients:
            dialogue.sock.sendall(b"554 5.5.1 no valid recipients\r\n")
            return
        if not self._answer(dialogue, "data", "354 end with a dot"):
            return
        body = self._body(dialogue)
        accept = (
            not self._faults["dot"] or self._faults["dot"][0].accept or not _refuses(self._faults["dot"][0])
        )
        if accept:
            with self._changed:
                self.mails.append(
                    Mail(
                        dialogue.mail_from or "",
                        tuple(dialogue.recipients),
                        body,
                        dialogue.user,
                        dialogue.encrypted,
                    )
                )
                self._changed.notify_all()
        dialogue.mail_from, dialogue.recipients = None, []
        self._answer(dialogue, "dot", "250 2.0.0 queued as 1")

    def _body(self, dialogue: _Dialogue) -> bytes:
        """The body up to its dot: a line that is a dot and nothing else, between two CRLFs."""
        body: list[bytes] = []
        try:
            if broken := bool(self._faults["body"]):
                self._answer(dialogue, "body", "451 4.3.0 in the middle of the body")
            while (line := dialogue.lines.readline()) != b".\r\n":
                if not line:
                    raise _Gone
                body.append(line[1:] if line.startswith(b".") else line)
            if broken:
                raise _Gone  # it refused in the middle: what comes after that is not taken
        except (OSError, _Gone):
            with self._changed:
                self.unfinished.append(b"".join(body))
                self._changed.notify_all()
            raise _Gone from None
        return b"".join(body)


def _refuses(fault: Fault) -> bool:
    return fault.drop or fault.silent or bool(fault.reply and not fault.reply.startswith("2"))


def _address(rest: str) -> str:
    """What stands between ``<`` and the last ``>`` of a MAIL or RCPT."""
    return rest[rest.index("<") + 1 : rest.rindex(">")]
