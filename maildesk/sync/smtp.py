"""One submission over SMTP, step by step (RFC 5321, 6409), so that the outbox can write *committing* before
the dot.

What is certain: until the final dot nothing was delivered, and every failure is
:class:`~maildesk.errors.TryLater` or :class:`~maildesk.errors.Refused`. From the moment the dot is written
only the server's answer tells, and without an answer the result is :class:`~maildesk.errors.Uncertain`:
repeating it would be the duplicate of RFC 1047.

What cannot happen: a password or a mail in clear text over a network. ``tls`` and ``starttls`` are verified
against the trusted certificates, STARTTLS is required where it is asked for, and ``loopback`` is checked
against the address that was really reached.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, NoReturn, Self

from maildesk.domain.clock import boottime
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import AccessToken, Credential
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.errors import ConnectionLost, LoginRefused, Refused, TryLater, Uncertain, system_words
from maildesk.locale import t
from maildesk.sync import bearer

TIMEOUT = 60.0
"""Seconds to wait for the answer to a command."""
ANSWER_TIMEOUT = 600.0
"""Seconds to wait for the answer to the final dot (RFC 5321 4.5.3.2.6)."""
MAX_PAUSE = 5.0
"""Seconds that may pass between the question whether to write the dot and the dot: a machine that slept in
between may no longer hold the lease."""

_CHUNK = 1 << 16
_REPLY_CELLS = 400
_INITIAL_RESPONSE = 490
_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_DOT_LINE = re.compile(rb"^\.", re.MULTILINE)
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-"
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*")
_LOOSE_DOTS = re.compile(rf"[.{_ATEXT}]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_DOMAIN = re.compile(r"[0-9A-Za-z_.\u0080-\U0010ffff-]+|\[[0-9A-Za-z.:]+\]")
_SYNTAX_CODES = frozenset({500, 501, 553, 555})
_SYNTAX_STATUS = re.compile(r"\b5\.(?:1\.[37]|5\.[24])\b")


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """A recipient that the server did not take, with its code and its words."""

    address: str
    code: int
    reply: SafeText

    def __str__(self) -> str:
        return f"{self.address}: {self.reply}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The server took the mail. ``refused`` are the recipients that it did not take; all others will have
    it."""

    reply: SafeText
    refused: tuple[RefusedRecipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The connection was closed before the dot: nothing was delivered.

    ``forbidden``: ``before_dot`` said no. ``slept``: it said yes, but more than :data:`MAX_PAUSE` seconds
    went by.
    """

    why: Literal["forbidden", "slept"]


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    text: SafeText

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def later(self) -> bool:
        return 400 <= self.code < 500

    @property
    def refused(self) -> bool:
        return 500 <= self.code < 600

    @property
    def syntax(self) -> bool:
        return self.refused and (self.code in _SYNTAX_CODES or bool(_SYNTAX_STATUS.search(self.text)))


def _reply(code: int, text: bytes) -> _Reply:
    words = safe_line(text.decode("utf-8", "replace"))[:_REPLY_CELLS]
    return _Reply(code, SafeText(f"{code} {words}".strip() if code > 0 else words))


def prepare_body(data: bytes) -> bytes:
    """``data`` as it goes over the wire after DATA, without the final dot: dots doubled at the start of
    lines, a line end at the end.

    Raises ValueError for a lone CR or LF and for NUL: servers disagree about them, and that is how a mail
    is smuggled inside another one. The bytes were fixed when the reply was queued, so they are not repaired
    here.
    """
    if b"\0" in data or _LONE_LINE_END.search(data):
        raise ValueError("lone CR or LF, or NUL")
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return _DOT_LINE.sub(b"..", data)


def unique_recipients(recipients: Iterable[str]) -> tuple[str, ...]:
    """The recipients in their order, each once; domains are compared without case, local parts with it."""
    seen: dict[str, str] = {}
    for address in recipients:
        local, _, domain = address.rpartition("@")
        seen.setdefault(f"{local}@{domain.lower()}", address)
    return tuple(seen.values())


def envelope_forms(address: str) -> tuple[str, ...]:
    """The ways to write ``address`` in MAIL and RCPT, best first.

    A local part that is no dot-atom (``a..b@docomo.ne.jp``, ``a.@docomo.ne.jp``) is quoted, as RFC 5321
    4.1.2 wants; where only its dots are wrong the bare form is the second way, for servers that know such
    addresses but not the quotes. Raises ValueError for an address that cannot be written at all.
    """
    local, at, domain = address.rpartition("@")
    printable = all(c.isprintable() for c in address)
    if not (at and local and printable and _DOMAIN.fullmatch(domain)):
        raise ValueError("not an address")
    if not domain.isascii():
        domain = domain.encode("idna").decode("ascii")
    if _QUOTED.fullmatch(local) and _LOOSE_DOTS.fullmatch(local[1:-1]):
        local = local[1:-1]
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return (f"{local}@{domain}",)
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    quoted = f'"{escaped}"@{domain}'
    return (quoted, f"{local}@{domain}") if _LOOSE_DOTS.fullmatch(local) else (quoted,)


class SmtpSession:
    """A signed-in connection to a submission server. Use it as a context manager, from one thread."""

    def __init__(self, smtp: smtplib.SMTP, endpoint: Endpoint, clock: Callable[[], float] = boottime) -> None:
        self._smtp = smtp
        self._endpoint = endpoint
        self._clock = clock
        self._fresh = True
        self._in_body = False

    @classmethod
    def open(
        cls,
        endpoint: Endpoint,
        secret: Credential | None,
        timeout: float = TIMEOUT,
        *,
        clock: Callable[[], float] = boottime,
    ) -> Self:
        """Connect, encrypt, sign in (where ``endpoint.user`` is set). Each answer may take ``timeout``
        seconds.

        Raises ConnectionLost (unreachable, certificate, STARTTLS missing, gone), LoginRefused, TryLater
        (the server says 4xx). Nothing was delivered in any of these cases.
        """
        smtp = _connect(endpoint, timeout)
        session = cls(smtp, endpoint, clock)
        try:
            session._greet()
            if endpoint.security == "starttls":
                session._encrypt()
            if endpoint.user:
                session._sign_in(secret or "")
        except BaseException:
            smtp.close()
            raise
        return session

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SmtpSession({self._endpoint.host}:{self._endpoint.port})"

    @property
    def usable(self) -> bool:
        """Whether another mail can be given to this session."""
        return self._smtp.sock is not None

    @property
    def size_limit(self) -> int:
        """The largest mail in bytes that the server says it takes, 0 where it does not say (RFC 1870)."""
        announced = self._smtp.esmtp_features.get("size", "").split(" ")[0]
        return int(announced) if announced.isascii() and announced.isdigit() else 0

    def close(self) -> None:
        """Say QUIT where somebody still listens, and close. Never raises. Inside a body it is no QUIT but a
        reset."""
        if self._smtp.sock is None:
            return
        if self._in_body:
            self._reset_connection()
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.sock.settimeout(2.0)
            self._smtp.docmd("QUIT")
        self._smtp.close()

    def deliver(
        self,
        mail_from: str,
        recipients: Sequence[str],
        data: bytes,
        before_dot: Callable[[], bool],
        *,
        answer_timeout: float = ANSWER_TIMEOUT,
        max_pause: float = MAX_PAUSE,
        journal: str = "",
        partial: bool = True,
    ) -> Delivery | Abandoned:
        """Give one mail to the server.

        ``before_dot`` is called once, when everything but the final dot has been written; what it writes
        durably (*committing*) is thereby true before the dot. If it says False, raises, or answers after
        more than ``max_pause`` seconds, the connection is reset and no dot is written.

        ``journal`` is one more recipient of the same mail, whose arrival proves that it was accepted; whether
        the server takes it changes nothing else. Without ``partial`` the mail goes to nobody (TryLater) while
        the server puts any recipient off (4xx): it goes once to all rather than twice to some.

        Raises Refused (5xx, all recipients refused, too large, not fit for the wire), TryLater (4xx, or
        lost before the dot) and Uncertain (no answer to the dot within ``answer_timeout`` seconds).
        """
        try:
            body = prepare_body(data)
        except ValueError:
            raise Refused("smtp_line_ends") from None
        self._check_size(len(data))
        refused = self._envelope(mail_from, unique_recipients(recipients), data, journal, partial)
        self._write_body(body)
        if abandoned := self._ask(before_dot, max_pause):
            return abandoned
        return Delivery(self._finish(answer_timeout), refused)

    # -- signing in

    def _greet(self) -> None:
        reply = self._command(ConnectionLost, "EHLO", self._smtp.ehlo)
        if not reply.ok:
            raise _not_now("smtp_greeting", self._endpoint, reply)

    def _encrypt(self) -> None:
        if not self._smtp.has_extn("starttls"):
            raise ConnectionLost("smtp_no_starttls", host=self._endpoint.host)
        try:
            self._smtp.starttls(context=_tls(self._endpoint))
        except smtplib.SMTPResponseException as error:
            raise ConnectionLost("smtp_no_starttls", host=self._endpoint.host) from error
        except (OSError, smtplib.SMTPException) as error:
            raise _connection_lost(self._endpoint, error) from error
        self._greet()

    def _sign_in(self, secret: Credential) -> None:
        """AUTH PLAIN (RFC 4616) or LOGIN, in UTF-8: smtplib's own login fails on a password that is not
        ASCII; with an access token XOAUTH2 or OAUTHBEARER."""
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        user = self._endpoint.user
        if isinstance(secret, AccessToken):
            reply = self._sign_in_by_token(offered, secret)
        elif "PLAIN" in offered:
            reply = self._command(
                ConnectionLost, "AUTH", self._smtp.docmd, "AUTH", "PLAIN " + _b64(f"\0{user}\0{secret}")
            )
        elif "LOGIN" in offered:
            reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, "AUTH", "LOGIN")
            for answer in (user, secret):
                if reply.code == 334:
                    reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, _b64(answer))
        else:
            words = safe_line(", ".join(offered)) or "-"
            raise LoginRefused("smtp_no_login", host=self._endpoint.host, offered=words)
        if reply.later:
            raise _not_now("smtp_later", self._endpoint, reply)
        if not reply.ok:
            raise LoginRefused("smtp_login", host=self._endpoint.host, user=safe_line(user), reply=reply.text)

    def _sign_in_by_token(self, offered: Sequence[str], token: AccessToken) -> _Reply:
        """The token goes with the command where it fits into one of 512 octets (RFC 4954 4), else after the 334. A
        server that refuses it first says why, in one more 334 that wants an answer."""
        mechanism = next((name for name in bearer.MECHANISMS if name in offered), None)
        if mechanism is None:
            words = safe_line(", ".join(offered)) or "-"
            raise LoginRefused("smtp_no_login", host=self._endpoint.host, offered=words)
        answer = base64.b64encode(bearer.response(mechanism, self._endpoint, token)).decode("ascii")
        if len(answer) <= _INITIAL_RESPONSE:
            reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, "AUTH", f"{mechanism} {answer}")
        else:
            reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, "AUTH", mechanism)
            if reply.code == 334:
                reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, answer)
        if reply.code == 334:
            last = base64.b64encode(bearer.give_up(mechanism)).decode("ascii")
            reply = self._command(ConnectionLost, "AUTH", self._smtp.docmd, last)
        return reply

    # -- one mail

    def _check_size(self, size: int) -> None:
        limit = self.size_limit
        if limit and size > limit:
            raise Refused("smtp_too_large", size=_mib(size), limit=_mib(limit), host=self._endpoint.host)

    def _envelope(
        self, mail_from: str, recipients: tuple[str, ...], data: bytes, journal: str, partial: bool
    ) -> tuple[RefusedRecipient, ...]:
        """MAIL, RCPT and DATA up to the 354; who was refused."""
        if not recipients:
            raise Refused("smtp_no_recipients")
        if not self._fresh:
            self._expect(self._send("RSET"))
        self._fresh = False
        self._expect(self._mail(mail_from, recipients, data))
        refused = [r for address in recipients if (r := self._recipient(address))]
        put_off = any(400 <= r.code < 500 for r in refused) and not partial
        if put_off or len(refused) == len(recipients):
            words = SafeText("; ".join(str(r) for r in refused))
            self._quiet_reset()
            if all(500 <= r.code < 600 for r in refused):
                raise Refused("smtp_recipients_refused", reply=words)
            raise TryLater("smtp_recipients_later", reply=words, host=self._endpoint.host)
        if journal and journal not in recipients:
            self._recipient(journal)
        reply = self._send("DATA")
        if reply.code != 354:
            self._expect(reply, accepted=False)
        self._in_body = True
        return tuple(refused)

    def _mail(self, mail_from: str, recipients: tuple[str, ...], data: bytes) -> _Reply:
        try:
            forms = envelope_forms(mail_from) if mail_from else ("",)
        except (ValueError, UnicodeError):
            raise Refused("smtp_address", address=safe_line(mail_from)) from None
        options = ""
        if self._smtp.has_extn("size"):
            options += f" SIZE={len(data)}"
        if not data.isascii():
            if not self._smtp.has_extn("8bitmime"):
                raise Refused("smtp_eight_bit", host=self._endpoint.host)
            options += " BODY=8BITMIME"
        if self._smtp.has_extn("smtputf8") and not all(
            a.rpartition("@")[0].isascii() for a in (mail_from, *recipients)
        ):
            options += " SMTPUTF8"
            self._smtp.command_encoding = "utf-8"
        else:
            self._smtp.command_encoding = "ascii"
        return self._try_forms("MAIL FROM:", forms, options)

    def _recipient(self, address: str) -> RefusedRecipient | None:
        try:
            forms = envelope_forms(address)
            forms[0].encode(self._smtp.command_encoding)
        except (ValueError, UnicodeError):
            return RefusedRecipient(safe_line(address), 553, safe_line(t("errors.smtp_address_form")))
        reply = self._try_forms("RCPT TO:", forms, "")
        return None if reply.ok else RefusedRecipient(safe_line(address), reply.code, reply.text)

    def _try_forms(self, command: str, forms: tuple[str, ...], options: str) -> _Reply:
        reply = _Reply(0, SafeText())
        for form in forms:
            reply = self._send(f"{command}<{form}>{options}")
            if not reply.syntax:
                break
        return reply

    def _write_body(self, body: bytes) -> None:
        """Write the body in pieces: the timeout counts for each, not for 20 MB together."""
        connection = self._socket()
        try:
            for start in range(0, len(body), _CHUNK):
                connection.sendall(memoryview(body)[start : start + _CHUNK])
            early = _spoken(connection)
        except OSError as error:
            self._lost_before_dot(error)
        if early is not None:
            self._reset_connection()
            code = int(early[:3]) if early[:3].isdigit() else 0
            self._expect(_reply(code, early[4:].strip()), accepted=False)

    def _ask(self, before_dot: Callable[[], bool], max_pause: float) -> Abandoned | None:
        asked = self._clock()
        try:
            allowed = before_dot()
        except BaseException:
            self._reset_connection()
            raise
        if allowed and self._clock() - asked <= max_pause:
            return None
        self._reset_connection()
        return Abandoned("slept" if allowed else "forbidden")

    def _finish(self, answer_timeout: float) -> SafeText:
        """Write the dot and read the answer. Only here can the result be unknown."""
        connection = self._socket()
        try:
            connection.settimeout(answer_timeout)
            self._in_body = False
            connection.sendall(b".\r\n")
            reply = _reply(*self._smtp.getreply())
            connection.settimeout(self._smtp.timeout)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise Uncertain("smtp_uncertain", host=self._endpoint.host) from error
        if reply.ok:
            return reply.text
        if reply.later or reply.refused:
            self._expect(reply)
        self._smtp.close()
        raise Uncertain("smtp_uncertain", host=self._endpoint.host, reply=reply.text)

    # -- the wire

    def _socket(self) -> socket.socket:
        if self._smtp.sock is None:
            self._lost_before_dot(None)
        return self._smtp.sock

    def _send(self, line: str) -> _Reply:
        """A command of the transaction and its answer; a lost connection is TryLater."""
        return self._command(TryLater, line.split(" ")[0], self._smtp.docmd, line)

    def _command(
        self,
        lost: type[ConnectionLost] | type[TryLater],
        name: str,
        command: Callable[..., tuple[int, bytes]],
        *arguments: str,
    ) -> _Reply:
        try:
            return _reply(*command(*arguments))
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            key = "smtp_lost" if lost is ConnectionLost else "smtp_lost_before_dot"
            raise lost(key, host=self._endpoint.host, command=name, reason=_why(error)) from error

    def _expect(self, reply: _Reply, *, accepted: bool = True) -> None:
        """Raise Refused or TryLater unless ``reply`` is a 2xx (``accepted`` False: always)."""
        if accepted and reply.ok:
            return
        if reply.code == 421:
            self._smtp.close()
        if reply.refused:
            raise Refused("smtp_refused", reply=reply.text)
        raise TryLater("smtp_later", reply=reply.text, host=self._endpoint.host)

    def _quiet_reset(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.docmd("RSET")

    def _reset_connection(self) -> None:
        """Close so that the server cannot take the end of the connection for the end of the mail: with
        RST."""
        if (connection := self._smtp.sock) is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._smtp.close()

    def _lost_before_dot(self, error: OSError | None) -> NoReturn:
        self._reset_connection()
        reason = _why(error) if error else ""
        raise TryLater(
            "smtp_lost_before_dot", host=self._endpoint.host, command="DATA", reason=reason
        ) from error


def _connect(endpoint: Endpoint, timeout: float) -> smtplib.SMTP:
    place = (endpoint.host.removeprefix("[").removesuffix("]"), endpoint.port)
    try:
        smtp = (
            smtplib.SMTP_SSL(*place, local_hostname="localhost", timeout=timeout, context=_tls(endpoint))
            if endpoint.security == "tls"
            else smtplib.SMTP(*place, local_hostname="localhost", timeout=timeout)
        )
    except smtplib.SMTPConnectError as error:
        reply = _reply(error.smtp_code, _bytes(error.smtp_error))
        raise _not_now("smtp_greeting", endpoint, reply) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _connection_lost(endpoint, error) from error
    assert smtp.sock is not None
    if endpoint.security == "loopback" and not _is_loopback_peer(smtp.sock):
        smtp.close()
        raise ConnectionLost("smtp_not_loopback", host=endpoint.host)
    smtp.local_hostname = _literal(smtp.sock)
    return smtp


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Certificate and host name are verified, always; TLS 1.2 or newer."""
    context = ssl.create_default_context(cafile=endpoint.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_loopback_peer(connection: socket.socket) -> bool:
    return ipaddress.ip_address(str(connection.getpeername()[0]).partition("%")[0]).is_loopback


def _literal(connection: socket.socket) -> str:
    """The address literal for EHLO (RFC 5321 4.1.3): a look-up of our own name can take seconds and tells
    it."""
    address = str(connection.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _spoken(connection: socket.socket) -> bytes | None:
    """What the server said before the dot (it refuses, or goes away), None while it is silent as it should
    be.

    Raises OSError where the connection has ended.
    """
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        said = connection.recv(4096)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    finally:
        connection.settimeout(timeout)
    if not said:
        raise ConnectionResetError("closed by the server")
    return said


def _connection_lost(endpoint: Endpoint, error: Exception) -> ConnectionLost:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionLost("smtp_certificate", host=endpoint.host, reason=safe_line(error.verify_message))
    if isinstance(error, FileNotFoundError) and endpoint.ca_file:
        return ConnectionLost("smtp_ca_file", file=endpoint.ca_file, host=endpoint.host)
    return ConnectionLost("smtp_unreachable", host=endpoint.host, port=endpoint.port, reason=_why(error))


def _not_now(key: str, endpoint: Endpoint, reply: _Reply) -> TryLater:
    return TryLater(key, host=endpoint.host, reply=reply.text)


def _why(error: Exception) -> SafeText:
    words = system_words(error) if isinstance(error, OSError) else str(error)
    return SafeText(safe_line(words or type(error).__name__)[:_REPLY_CELLS])


def _bytes(words: bytes | str) -> bytes:
    return words.encode("utf-8", "replace") if isinstance(words, str) else words


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
