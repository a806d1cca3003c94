"""Connecting and signing in, over TLS or to this machine itself, with errors that a person can act on."""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import re
import socket
import ssl

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import AccessToken, Credential
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConnectionLost, LoginRefused, MailServerError, ServerMisbehaved, system_words
from maildesk.sync import bearer
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap.values import NotNow, OverQuota, TooMany

NOT_NOW = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "SERVERBUG", "CORRUPTION", "THROTTLED"})
"""Response codes (RFC 5530) that say: try later, nothing is wrong with what you asked."""
_QUOTA = re.compile(
    r"bandwidth|download(?:ed)? (?:limit|quota)|(?:daily|transfer) (?:limit|quota)", re.IGNORECASE
)
_TOO_MANY = re.compile(
    r"too many (?:simultaneous |concurrent |open )?(?:imap )?(?:connections|sessions|logins)"
    r"|(?:maximum number|limit) of (?:simultaneous |concurrent )?(?:connections|sessions)"
    r"|(?:connection|session) limit",
    re.IGNORECASE,
)
"""What servers without response codes say."""


class _GreetedMixin(imaplib.IMAP4):
    """imaplib without the CAPABILITY command when the greeting has said it: one round trip less."""

    def _get_capabilities(self) -> None:
        if (
            self.state == "AUTH"
        ):  # PREAUTH: whoever is on the way could spare us STARTTLS and the login like this
            raise ServerMisbehaved("imap_preauth", host=self.host)
        told = self.untagged_responses.pop("CAPABILITY", None)
        words = told[-1] if told else None
        if isinstance(words, bytes) and not self._tls_established:
            self.capabilities = tuple(words.decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]  # typeshed leaves it out


class _Clear(_GreetedMixin, IMAP4WithTimeout):
    pass


class _Tls(_GreetedMixin, IMAP4_TLS):
    pass


class Client(IMAPClient):
    """IMAPClient over our own connections: they read the greeting's capabilities."""

    def _create_IMAP4(self) -> imaplib.IMAP4:
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)
        return _Clear(self.host, self.port, self._timeout.connect)


def _tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Certificate and host name are verified, always; TLS 1.2 or newer."""
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
    except OSError as error:  # SSLError is one, too
        raise MailServerError("imap_ca_file", file=endpoint.ca_file, reason=server_words(error)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_words(error: BaseException | bytes | str) -> str:
    """A server's or the system's words, short and fit for a terminal."""
    if isinstance(error, bytes):
        error = error.decode("utf-8", "replace")
    if isinstance(error, OSError):
        error = system_words(error)
    return safe_line(str(error).strip() or type(error).__name__)[:200]


def _certificate_error(host: str, error: ssl.SSLCertVerificationError) -> ConnectionLost:
    """X509_V_ERR_…: 10 expired, 9 not yet valid, 18/19 self-signed, 20/21 unknown issuer, 62/64 wrong
    name."""
    keys = {9: "expired", 10: "expired", 18: "self_signed", 19: "self_signed", 20: "self_signed",
            21: "self_signed", 62: "wrong_name", 64: "wrong_name"}  # fmt: skip
    key = keys.get(error.verify_code, "bad")
    return ConnectionLost(f"imap_certificate_{key}", host=host, reason=server_words(error.verify_message))


def _connect_error(endpoint: Endpoint, timeout: float, error: Exception) -> MailServerError:
    """The error for a person, for what went wrong before the login."""
    host, port = endpoint.host, endpoint.port
    match error:
        case MailServerError():
            return error
        case ssl.SSLCertVerificationError():
            return _certificate_error(host, error)
        case ssl.SSLError():
            return ConnectionLost(
                "imap_tls_failed", host=host, port=port, reason=server_words(error.reason or error)
            )
        case socket.gaierror() | UnicodeError():
            return ConnectionLost("imap_no_such_host", host=host)
        case ConnectionRefusedError():
            return ConnectionLost("imap_port_refused", host=host, port=port)
        case TimeoutError():
            return ConnectionLost("imap_connect_timeout", host=host, port=port, seconds=round(timeout, 1))
        case OSError():
            return ConnectionLost("imap_unreachable", host=host, port=port, reason=server_words(error))
        case imaplib.IMAP4.abort() if "EOF" in str(error):
            return ConnectionLost("imap_unreachable", host=host, port=port, reason="EOF")
        case _ if b"BYE" in str(error).encode()[:20]:
            words = str(error).partition("BYE")[2].strip(" '\"")
            return not_now(host, words) or NotNow("imap_busy", host=host, reply=server_words(words))
        case _:
            return ServerMisbehaved("imap_other_protocol", host=host, port=port)


def not_now(host: str, words: bytes | str, *, filing: bool = False) -> NotNow | None:
    """The error for a refusal that has nothing to do with what was asked, None for any other one. ``filing``: to an
    APPEND, where OVERQUOTA means that the mailbox is full (RFC 9208) and not that we took too much."""
    if isinstance(words, str):
        words = words.encode()
    code, _, text = wire.response_code(words)
    reply = server_words(text or code)
    if not filing and (code == "OVERQUOTA" or _QUOTA.search(text)):
        return OverQuota("imap_quota", host=host, reply=reply)
    if code == "LIMIT" or _TOO_MANY.search(text):
        return TooMany("imap_too_many", host=host, reply=reply)
    return NotNow("imap_busy", host=host, reply=reply) if code in NOT_NOW else None


def connect(endpoint: Endpoint, timeout: float) -> Client:
    """A connection, encrypted as it should be, before the login."""
    context = None if endpoint.security == "loopback" else _tls_context(endpoint)
    client: Client | None = None
    try:
        client = Client(
            endpoint.host,
            endpoint.port,
            ssl=endpoint.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(timeout, timeout),
        )
        # IMAPClient turns on imaplib's debugging, which formats every literal: two thirds of its time.
        client._imap.debug = 0
        _tune(client.socket())
        if endpoint.security == "starttls":
            if "STARTTLS" not in client._imap.capabilities:
                raise MailServerError("imap_no_starttls", host=endpoint.host)
            try:
                client.starttls(context)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise MailServerError("imap_no_starttls", host=endpoint.host) from error
        elif endpoint.security == "loopback":
            address = str(client.socket().getpeername()[0]).partition("%")[0]
            if not ipaddress.ip_address(address).is_loopback:
                raise MailServerError("imap_not_loopback", host=endpoint.host, address=address)
    except (OSError, UnicodeError, imaplib.IMAP4.error, MailServerError) as error:
        if client:
            shut(client)
        raise _connect_error(endpoint, timeout, error) from error
    return client


def _tune(connection: socket.socket) -> None:
    """No Nagle (an APPEND would take 45 ms), and keepalive, so that a peer that is gone is noticed in two
    minutes."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def shut(client: IMAPClient) -> None:
    """Close a connection without a word, whatever state it is in."""
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()
    with contextlib.suppress(OSError):
        client.socket().close()


def sign_in(client: Client, endpoint: Endpoint, secret: Credential) -> None:
    """LOGIN or, where LOGIN cannot carry it (imaplib quotes no user and speaks ASCII only), AUTHENTICATE
    PLAIN; with an access token XOAUTH2 or OAUTHBEARER."""
    if isinstance(secret, AccessToken):
        _sign_in_by_token(client, endpoint, secret)
        return
    user = endpoint.user
    plain = all(word.isascii() and word.isprintable() for word in (user, secret)) and not set(user) & set(
        ' "\\(){%*'
    )
    if "LOGINDISABLED" in client._imap.capabilities or not plain:
        answer = f"\0{user}\0{secret}".encode()
        client.sasl_login("PLAIN", lambda _challenge: answer)
    else:
        client.login(user, secret)


def _sign_in_by_token(client: Client, endpoint: Endpoint, token: AccessToken) -> None:
    offered = [word[5:] for word in client._imap.capabilities if word.startswith("AUTH=")]
    mechanism = next((name for name in bearer.MECHANISMS if name in offered), None)
    if mechanism is None:
        words = safe_line(", ".join(offered)) or "-"
        raise LoginRefused("imap_no_oauth", host=endpoint.host, offered=words)
    first = iter([bearer.response(mechanism, endpoint, token)])
    client.sasl_login(mechanism, lambda _challenge: next(first, bearer.give_up(mechanism)))


def login_error(endpoint: Endpoint, error: imaplib.IMAP4.error) -> MailServerError:
    """The error for a login that failed: gone, busy, or refused. IMAPClient hides a lost connection in
    LoginError."""
    cause = error.__context__ if isinstance(error, LoginError) else error
    if isinstance(cause, imaplib.IMAP4.abort):
        if (busy := not_now(endpoint.host, str(cause).partition("BYE")[2].strip(" '\""))) is not None:
            return busy
        return ConnectionLost("imap_lost", host=endpoint.host, reason=server_words(cause))
    words = cause.args[0] if cause and cause.args else ""
    if not isinstance(words, bytes):
        words = str(words).encode()
    if (busy := not_now(endpoint.host, words)) is not None:
        return busy
    text = wire.response_code(words)[2]
    user = safe_line(endpoint.user)
    return LoginRefused(
        "imap_login_refused", host=endpoint.host, user=user, reply=server_words(text or words)
    )
