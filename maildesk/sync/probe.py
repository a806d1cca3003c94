"""Trying a mail server step by step, so that what is wrong is found where it is."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import Credential
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConnectionLost, MaildeskError, system_words
from maildesk.sync.imap import ImapSession
from maildesk.sync.smtp import SmtpSession

StepName = Literal["dns", "tcp", "tls", "login", "folder", "abilities"]
TIMEOUT = 15.0
"""Seconds for the connection and for each answer."""

_ABILITIES = ("IDLE", "CONDSTORE", "QRESYNC", "UIDPLUS", "SPECIAL-USE", "MOVE")
_ENCRYPTION = ("certificate", "tls", "ca_file", "loopback")
"""What the keys of errors are called that belong to the encryption."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trial. ``detail`` is what was found; ``error`` says what is wrong, None where nothing is."""

    name: StepName
    detail: str = ""
    error: MaildeskError | None = None

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return self.error is None


def try_imap(
    endpoint: Endpoint,
    secret: Callable[[], Credential],
    folders: Sequence[str] = (),
    timeout: float = TIMEOUT,
) -> Iterator[Step]:
    """Look the name up, connect, encrypt, log in, look for ``folders``, and tell what the server can do. Ends at the
    first step that fails. ``secret`` gives the password or the token when it is needed, and may
    raise ConfigError and MailServerError."""
    reached = False
    for step in _reach(endpoint, "imap", timeout):
        reached = step.ok
        yield step
    if not reached:
        return
    try:
        session = ImapSession.open(endpoint, secret(), timeout)
    except MaildeskError as error:
        yield from _refused(endpoint, error)
        return
    with session:
        yield Step("tls", endpoint.security)
        yield Step("login", safe_line(endpoint.user))
        try:
            found = {folder.name for folder in session.folders()}
            for name in folders:
                if name not in found:
                    session.select(name)  # raises, with the nearest names
        except MaildeskError as error:
            yield Step("folder", error=error)
            return
        yield Step("folder", safe_line(", ".join(folders)) or str(len(found)))
        yield Step("abilities", " ".join(a for a in _ABILITIES if a in session.capabilities) or "—")


def try_smtp(
    endpoint: Endpoint, secret: Callable[[], Credential], timeout: float = TIMEOUT
) -> Iterator[Step]:
    """Look the name up, connect, encrypt and sign in; nothing is sent. Ends at the first step that fails."""
    reached = False
    for step in _reach(endpoint, "smtp", timeout):
        reached = step.ok
        yield step
    if not reached:
        return
    try:
        with SmtpSession.open(endpoint, secret() if endpoint.user else None, timeout) as session:
            yield Step("tls", endpoint.security)
            yield Step("login", safe_line(endpoint.user) or "—")
            limit = session.size_limit
            yield Step("abilities", f"SIZE {limit >> 20} MiB" if limit else "—")
    except MaildeskError as error:
        yield from _refused(endpoint, error)


def _refused(endpoint: Endpoint, error: MaildeskError) -> Iterator[Step]:
    """The encryption, if it is to blame; else it went well and the login did not."""
    if isinstance(error, ConnectionLost) or any(word in error.key for word in _ENCRYPTION):
        yield Step("tls", error=error)
    else:
        yield Step("tls", endpoint.security)
        yield Step("login", error=error)


def _reach(endpoint: Endpoint, wire: Literal["imap", "smtp"], timeout: float) -> Iterator[Step]:
    """The name and the line."""
    host = endpoint.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        yield Step("dns", error=_no_line(endpoint, wire, "no_such_host", error, timeout))
        return
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    yield Step("dns", ", ".join(list(addresses)[:3]))
    began = time.monotonic()
    try:
        socket.create_connection((host, endpoint.port), timeout).close()
    except ConnectionRefusedError as error:
        yield Step("tcp", error=_no_line(endpoint, wire, "port_refused", error, timeout))
    except TimeoutError as error:
        yield Step("tcp", error=_no_line(endpoint, wire, "connect_timeout", error, timeout))
    except OSError as error:
        yield Step("tcp", error=_no_line(endpoint, wire, "unreachable", error, timeout))
    else:
        yield Step("tcp", f"{endpoint.port}, {(time.monotonic() - began) * 1000:.0f} ms")


def _no_line(endpoint: Endpoint, wire: str, what: str, error: Exception, timeout: float) -> ConnectionLost:
    reason = safe_line(system_words(error))
    key = f"imap_{what}" if wire == "imap" else "smtp_unreachable"
    return ConnectionLost(
        key, host=safe_line(endpoint.host), port=endpoint.port, reason=reason, seconds=f"{timeout:g}"
    )
