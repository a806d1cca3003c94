"""An IMAP connection as the sync engine needs it: plain values in and out, errors for people, nothing hangs.

:class:`ImapSession` stands on IMAPClient (connection, TLS, STARTTLS, login, APPEND) and reads FETCH, SEARCH,
EXAMINE and IDLE itself, because IMAPClient 4.1 cannot fetch ranges, filters SELECT's and FETCH's answers,
loses what comes unasked and cannot be woken from IDLE. Folders are only ever EXAMINEd and bodies PEEKed: no
flag on the server is touched. A session belongs to one thread, but for :meth:`ImapSession.abort`.
"""

from __future__ import annotations

import contextlib
import difflib
import imaplib
import io
import ipaddress
import selectors
import socket
import ssl
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from imapclient.tls import IMAP4_TLS

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConnectionLost, LoginRefused, MailServerError, ServerMisbehaved
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap_wire import Response, Token, UidRange

TIMEOUT = 30.0
"""Seconds to wait for a connection and for each answer."""
BATCH = 500
"""UIDs per FETCH; two are in flight. Smaller costs round trips, larger costs memory at the server."""
CHUNK = 1 << 20
"""Bytes of a mail taken at once: larger mails come in pieces, so no mail needs more memory than this."""
SEARCH_WINDOW = 40_000
"""UIDs that one SEARCH may answer with: some 400 KiB."""
IDLE_AT_MOST = 9 * 60.0
"""Seconds after which an IDLE is ended: routers forget a silent connection (RFC 2177 allows 29 minutes)."""

Role = Literal["inbox", "sent", "drafts", "junk", "trash", "archive", "all", "flagged", ""]
_SPECIAL_USE: Mapping[bytes, Role] = {
    b"\\SENT": "sent", b"\\DRAFTS": "drafts", b"\\JUNK": "junk", b"\\TRASH": "trash", b"\\ARCHIVE": "archive",
    b"\\ALL": "all", b"\\FLAGGED": "flagged",
}  # fmt: skip
_WELL_KNOWN: Mapping[Role, frozenset[str]] = {
    "sent": frozenset({"sent", "sent items", "sent messages", "sent mail", "送信済み", "送信済みトレイ",
                       "送信済みアイテム", "送信済みメール", "送信済みメッセージ"}),
    "drafts": frozenset({"drafts", "draft", "下書き"}),
    "junk": frozenset({"junk", "spam", "bulk mail", "junk e-mail", "junk email", "迷惑メール",
                       "迷惑メールフォルダ"}),
    "trash": frozenset({"trash", "deleted items", "deleted messages", "bin", "ゴミ箱", "ごみ箱",
                        "削除済みアイテム"}),
    "archive": frozenset({"archive", "archives", "アーカイブ"}),
}  # fmt: skip
_NOT_NOW = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "SERVERBUG", "CORRUPTION", "THROTTLED"})
"""Response codes (RFC 5530) that say: try later, nothing is wrong with what you asked."""


class NoSuchFolder(MailServerError):
    """The server has no folder of this name. ``values["nearest"]`` lists similar ones."""


class NotNow(MailServerError):
    """The server refused a command that is right in itself: overloaded, over quota, in use."""


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder that can be opened. ``name`` is decoded; ``role`` is '' for an ordinary folder; ``delimiter``
    is '' on a server without a hierarchy."""

    name: str
    role: Role
    delimiter: str


@dataclass(frozen=True, slots=True)
class FolderState:
    """What the server says of an opened folder. UIDs mean something only together with ``uidvalidity``.
    ``highestmodseq`` is None where the server or the folder does not count changes (RFC 7162)."""

    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    exists: int


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What happened in a folder since a MODSEQ.

    ``flags`` maps changed UIDs, new ones too, to their flags now. ``vanished`` are ranges that may hold UIDs
    never known. Each is None where the server cannot tell: compare with :meth:`ImapSession.uids` instead.
    Both are None when ``state.uidvalidity`` is another than the one asked for.
    """

    state: FolderState
    vanished: tuple[UidRange, ...] | None
    flags: Mapping[int, frozenset[str]] | None


@dataclass(frozen=True, slots=True)
class RemoteMessage:
    """A mail as it lies on the server. ``received`` is INTERNALDATE in UTC, None when the server's was no
    date; ``size`` is the number of bytes of the content.

    ``content`` is the bytes or, for a mail above the chunk size, a file, which is removed when the next
    message is taken.
    """

    uid: int
    received: datetime | None
    size: int
    flags: frozenset[str]
    content: bytes | Path

    @property
    def raw(self) -> bytes:
        """All of it, in memory."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    def open(self) -> io.BufferedIOBase:
        """A stream over it, for what is too large for memory."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


# ------------------------------------------------------------------------------------------ connection


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


class _Client(IMAPClient):
    def _create_IMAP4(self) -> imaplib.IMAP4:
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)
        return _Clear(self.host, self.port, self._timeout.connect)


def _tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Certificate and host name are verified, always; TLS 1.2 or newer."""
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
    except OSError as error:  # SSLError is one, too
        raise MailServerError("imap_ca_file", file=endpoint.ca_file, reason=_words(error)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _words(error: BaseException | bytes | str) -> str:
    """A server's or the system's words, short and fit for a terminal."""
    if isinstance(error, bytes):
        error = error.decode("utf-8", "replace")
    if isinstance(error, OSError) and error.strerror:
        error = error.strerror
    return safe_line(str(error).strip() or type(error).__name__)[:200]


def _certificate_error(host: str, error: ssl.SSLCertVerificationError) -> ConnectionLost:
    """X509_V_ERR_…: 10 expired, 9 not yet valid, 18/19 self-signed, 20/21 unknown issuer, 62/64 wrong
    name."""
    keys = {9: "expired", 10: "expired", 18: "self_signed", 19: "self_signed", 20: "self_signed",
            21: "self_signed", 62: "wrong_name", 64: "wrong_name"}  # fmt: skip
    key = keys.get(error.verify_code, "bad")
    return ConnectionLost(f"imap_certificate_{key}", host=host, reason=_words(error.verify_message))


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
                "imap_tls_failed", host=host, port=port, reason=_words(error.reason or error)
            )
        case socket.gaierror() | UnicodeError():
            return ConnectionLost("imap_no_such_host", host=host)
        case ConnectionRefusedError():
            return ConnectionLost("imap_port_refused", host=host, port=port)
        case TimeoutError():
            return ConnectionLost("imap_connect_timeout", host=host, port=port, seconds=round(timeout, 1))
        case OSError():
            return ConnectionLost("imap_unreachable", host=host, port=port, reason=_words(error))
        case imaplib.IMAP4.abort() if "EOF" in str(error):
            return ConnectionLost("imap_unreachable", host=host, port=port, reason="EOF")
        case _ if b"BYE" in str(error).encode()[:20]:
            return NotNow("imap_busy", host=host, reply=_words(str(error)))
        case _:
            return ServerMisbehaved("imap_other_protocol", host=host, port=port)


def _connect(endpoint: Endpoint, timeout: float) -> _Client:
    """A connection, encrypted as it should be, before the login."""
    context = None if endpoint.security == "loopback" else _tls_context(endpoint)
    client: _Client | None = None
    try:
        client = _Client(
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
            _shut(client)
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


def _shut(client: IMAPClient) -> None:
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()
    with contextlib.suppress(OSError):
        client.socket().close()


def _sign_in(client: _Client, endpoint: Endpoint, secret: str) -> None:
    """LOGIN or, where LOGIN cannot carry it (imaplib quotes no user and speaks ASCII only), AUTHENTICATE
    PLAIN."""
    user = endpoint.user
    plain = all(word.isascii() and word.isprintable() for word in (user, secret)) and not set(user) & set(
        ' "\\(){%*'
    )
    if "LOGINDISABLED" in client._imap.capabilities or not plain:
        answer = f"\0{user}\0{secret}".encode()
        client.sasl_login("PLAIN", lambda _challenge: answer)
    else:
        client.login(user, secret)


# --------------------------------------------------------------------------------------------- session


class ImapSession:
    """A logged-in connection. Use as a context manager, or :meth:`close` it.

    Every method may raise ConnectionLost (the session is then of no more use), ServerMisbehaved, and NotNow.
    """

    def __init__(self, client: _Client, endpoint: Endpoint, timeout: float) -> None:
        self._client = client
        self._imap = client._imap
        self._host = endpoint.host
        self._timeout = timeout
        self._count = 0
        self._news = False
        self._enabled = False
        self._fetching = self._closed = False
        self._exists = 0
        self.selected: str | None = None
        """The folder that is open."""
        self.answered_to = 0
        """While :meth:`fetch` runs: every wanted UID up to this one has been yielded already, or is gone."""
        self.capabilities: frozenset[str] = frozenset()
        """What the server can do, in upper case."""

    @classmethod
    def open(cls, endpoint: Endpoint, secret: str, timeout: float = TIMEOUT) -> Self:
        """Connect, encrypt and log in; ``timeout`` seconds for the connection and for each answer.

        Raises ConnectionLost (host, port, certificate, silence), LoginRefused, NotNow, ServerMisbehaved, and
        MailServerError where ``endpoint`` cannot be used safely.
        """
        client = _connect(endpoint, timeout)
        session = cls(client, endpoint, timeout)
        try:
            _sign_in(client, endpoint, secret)
            session.capabilities = frozenset(
                word.decode("ascii", "replace") for word in client.capabilities()
            )
        except imaplib.IMAP4.error as error:
            _shut(client)
            raise _login_error(endpoint, error) from error
        except OSError as error:
            _shut(client)
            session._lost(error)
        return session

    def __repr__(self) -> str:
        return f"ImapSession({self._host}, {self.selected!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye without waiting for the answer, and close. Never raises."""
        if not (self._fetching or self._closed):
            with contextlib.suppress(OSError):
                self._imap.send(b"bye LOGOUT\r\n")
        self._closed = True
        _shut(self._client)

    def abort(self) -> None:
        """End the connection from another thread: whatever waits on it raises ConnectionLost at once."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(
                self._client.socket(), socket.SHUT_RDWR
            )  # not SSLSocket's, which is no end

    # ---- folders

    def folders(self) -> tuple[RemoteFolder, ...]:
        """All folders that can be opened, with the role that SPECIAL-USE (RFC 6154) or, for roles that nobody
        has, the name gives them."""
        extended = {"SPECIAL-USE", "LIST-EXTENDED"} <= self.capabilities
        answer = self._run(b'LIST "" "*"' + (b" RETURN (SPECIAL-USE)" if extended else b""))
        found: list[RemoteFolder] = []
        for response in answer:
            match self._tokens(response):
                case [bytes() as kind, list() as flags, delimiter, bytes() as name] if (
                    kind.upper() == b"LIST"
                ):
                    marks = {flag.upper() for flag in flags if isinstance(flag, bytes)}
                    if not marks & {b"\\NOSELECT", b"\\NONEXISTENT"}:
                        between = delimiter.decode("latin-1") if isinstance(delimiter, bytes) else ""
                        decoded = decode_folder(name)
                        found.append(RemoteFolder(decoded, _role(decoded, marks), between))
        return _with_known_names(found)

    def select(self, folder: str) -> FolderState:
        """Open ``folder`` read-only. Raises NoSuchFolder."""
        return self._examine(folder, b" (CONDSTORE)" if self._condstore else b"")[0]

    def select_changes(self, folder: str, uidvalidity: int, modseq: int) -> FolderChanges:
        """Open ``folder`` read-only and tell what changed since ``modseq``: in one round trip with QRESYNC,
        in two with CONDSTORE (RFC 7162), and where there is neither, tell that it is not known. Raises
        NoSuchFolder."""
        if self._qresync:
            state, answer = self._examine(folder, b" (QRESYNC (%d %d))" % (uidvalidity, modseq))
        else:
            state, answer = self._examine(folder, b" (CONDSTORE)" if self._condstore else b"")
        if state.uidvalidity != uidvalidity or state.highestmodseq is None:
            return FolderChanges(state, None, None)
        if self._qresync:
            return FolderChanges(state, self._vanished(answer), self._flags(answer))
        if not state.exists:
            return FolderChanges(state, None, {})
        answer = self._run(b"UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE %d)" % modseq)
        return FolderChanges(state, None, self._flags(answer))

    @property
    def _condstore(self) -> bool:
        return bool({"CONDSTORE", "QRESYNC"} & self.capabilities)

    @property
    def _qresync(self) -> bool:
        return {"QRESYNC", "ENABLE"} <= self.capabilities

    def _examine(self, folder: str, parameters: bytes) -> tuple[FolderState, list[Response]]:
        self._idle_or_raise()
        name = self._client._normalise_folder(folder)
        enabling = self._send(b"ENABLE QRESYNC") if self._qresync and not self._enabled else None
        examining = self._send(b"EXAMINE " + name + parameters)  # need not wait for the other
        self.selected, self._exists = None, 0
        if enabling:
            with contextlib.suppress(NotNow):
                self._finish(enabling)
            self._enabled = True
        try:
            answer = self._finish(examining)
        except (ConnectionLost, ServerMisbehaved, NotNow):
            raise
        except MailServerError as error:
            self._no_folder(folder, error)
        self.selected, self._news = folder, False
        return self._state(answer), answer

    def _no_folder(self, folder: str, error: MailServerError) -> NoReturn:
        names = [each.name for each in self.folders()]
        if folder in names or folder.upper() == "INBOX":
            raise error
        shown = ", ".join(safe_line(name) for name in _nearest(folder, names))
        raise NoSuchFolder(
            "imap_no_folder", host=self._host, folder=safe_line(folder), nearest=shown
        ) from error

    def _state(self, answer: list[Response]) -> FolderState:
        codes: dict[str, str] = {}
        for response in answer:
            words = response.line.split(b" ", 2)
            if len(words) == 3 and words[1].upper() == b"OK":
                code, value, _ = wire.response_code(words[2])
                codes[code] = value
        uidvalidity = codes.get("UIDVALIDITY", "")
        if not uidvalidity.isdigit():
            self._misbehaved("no UIDVALIDITY")
        uidnext, modseq = codes.get("UIDNEXT", ""), codes.get("HIGHESTMODSEQ", "")
        return FolderState(
            int(uidvalidity),
            int(uidnext) if uidnext.isdigit() else self._last_uid() + 1,
            int(modseq) if modseq.isdigit() else None,
            self._exists,
        )

    def _last_uid(self) -> int:
        """The highest UID, 0 in an empty folder."""
        return max(self._searched(self._run(b"UID SEARCH UID *")), default=0) if self._exists else 0

    def _vanished(self, answer: list[Response]) -> tuple[UidRange, ...]:
        ranges: list[UidRange] = []
        for response in answer:
            match self._tokens(response):
                case [bytes() as kind, [*_], bytes() as uids] if kind.upper() == b"VANISHED":
                    ranges += self._parsed_set(uids)
        return tuple(ranges)

    def _flags(self, answer: list[Response]) -> dict[int, frozenset[str]]:
        changed: dict[int, frozenset[str]] = {}
        for response in answer:
            if (items := self._fetched(response)) and "UID" in items and "FLAGS" in items:
                changed[self._number(items["UID"])] = _flag_names(items["FLAGS"])
        return changed

    # ---- messages

    def uids(self, low: int = 1, high: int | None = None) -> list[int]:
        """The UIDs from ``low`` to ``high`` (None: the last) of the open folder, ascending. Asked in windows,
        so that no answer is longer than some 400 KiB however many there are."""
        if high is None:
            high = self._last_uid()
        found: list[int] = []
        width = SEARCH_WINDOW if self._exists > SEARCH_WINDOW else wire.MAX_UID
        while low <= high:
            last = min(high, low + width - 1)
            found += self._searched(self._run(b"UID SEARCH UID %d:%d" % (low, last)), low, last)
            low = last + 1
        return sorted(set(found))

    def search_header(self, folder: str, name: str, value: str) -> tuple[int, ...]:
        """The UIDs in ``folder`` whose header field ``name`` contains ``value`` (printable ASCII, case
        ignored). Leaves ``folder`` open. Raises NoSuchFolder, and ValueError for what cannot be searched."""
        question = b"UID SEARCH HEADER %s %s" % (wire.quoted(name), wire.quoted(value))
        if self.selected != folder:
            self.select(folder)
        return tuple(sorted(set(self._searched(self._run(question)))))

    def _searched(self, answer: list[Response], low: int = 1, high: int = wire.MAX_UID) -> list[int]:
        """The numbers of SEARCH answers. ``n:*`` finds the last message even where n is above it: hence the
        limits."""
        found: list[int] = []
        for response in answer:
            words = response.line.split()
            if len(words) > 1 and words[1].upper() == b"SEARCH":
                for word in words[2:]:
                    if not word.isdigit():
                        break  # RFC 7162: (MODSEQ n) at the end
                    if low <= (uid := int(word)) <= high:
                        found.append(uid)
        return found

    def fetch(
        self, uids: Iterable[UidRange], batch: int = BATCH, chunk: int = CHUNK, spool: Path | None = None
    ) -> Generator[RemoteMessage, None, None]:
        """The messages of ``uids`` (ranges of UIDs that exist, ascending) as they come. Those that are gone
        are simply not among them. Messages of two batches may come mixed: :attr:`answered_to` is the safe
        cursor.

        Never more than one mail and ``chunk`` bytes of it are in memory: a larger mail comes in pieces into a
        file in ``spool`` (default: the system's temporary folder). Until the iterator is used up or closed
        the session can do nothing else. Raises NotNow or MailServerError when the server refuses whole
        batches.
        """
        self._idle_or_raise()
        self.answered_to = 0
        transfer = _Transfer(self, uids, batch, chunk)
        self._fetching = True
        try:
            with tempfile.TemporaryDirectory(prefix="mail-", dir=spool) as folder:
                yield from transfer.messages(Path(folder))
        finally:
            if not self._closed:
                with contextlib.suppress(MailServerError):  # the next command will tell that the line is gone
                    transfer.drain()
            self._fetching = False
        if transfer.refused:
            raise transfer.refused

    # ---- waiting and filing

    def noop(self) -> bool:
        """Ask for news. True when something may have changed in the open folder."""
        self._run(b"NOOP", fetch_is_news=True)
        return self._take_news()

    def idle(self, timeout: float, wake_fd: int | None = None) -> bool:
        """Wait until something may have changed in the open folder (True), ``timeout`` seconds have passed or
        ``wake_fd`` becomes readable (False; it is not read). Waits at most :data:`IDLE_AT_MOST`.

        What came unasked since the folder was opened counts, so no mail is missed between a fetch and this.
        On a server without IDLE (RFC 2177) it waits and then asks once.
        """
        if self._take_news():
            return True
        end = time.monotonic() + min(timeout, IDLE_AT_MOST)
        if "IDLE" not in self.capabilities:
            self._wait(end, wake_fd)
            return self.noop()
        tag = self._send(b"IDLE")
        while not (response := self._read()).texts[0].startswith(b"+"):
            if response.texts[0].startswith(tag + b" "):
                self._checked(tag, response)
                self._misbehaved("IDLE ended before it began")
            self._note(response, fetch_is_news=True)
        while not self._news and self._wait(end, wake_fd):
            self._note(self._read(), fetch_is_news=True)
        self._write(b"DONE\r\n")
        self._finish(tag, fetch_is_news=True)
        return self._take_news()

    def _wait(self, end: float, wake_fd: int | None) -> bool:
        """Whether the server has said something before ``end`` (monotonic) and before ``wake_fd`` was
        readable."""
        if self._buffered():
            return True
        connection = self._client.socket()
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            if wake_fd is not None:
                selector.register(wake_fd, selectors.EVENT_READ)
            ready = selector.select(max(0.0, end - time.monotonic()))
        return any(key.fileobj is connection for key, _ in ready)

    def _buffered(self) -> bool:
        """Whether something that has been received already waits to be read."""
        connection = self._client.socket()
        stream: Any = getattr(self._imap, "_file", None) or self._imap.file  # `_file` since Python 3.14
        connection.setblocking(False)
        try:
            return bool(stream.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            self._lost(error)
        finally:
            with contextlib.suppress(OSError):
                connection.settimeout(self._timeout)

    def _take_news(self) -> bool:
        news, self._news = self._news, False
        return news

    def append(
        self, folder: str, raw: bytes, flags: Sequence[str] = (), date: datetime | None = None
    ) -> int | None:
        """File ``raw`` in ``folder`` with ``flags`` and an INTERNALDATE (None: now). Returns its UID, None
        where the server does not tell (RFC 4315). Raises NoSuchFolder. After ConnectionLost it may or may not
        be there."""
        self._idle_or_raise()
        try:
            answer = self._client.append(folder, raw, flags, date)
        except imaplib.IMAP4.abort as error:
            self._lost(error)
        except imaplib.IMAP4.error as error:
            words = str(error).removeprefix("append failed: ").encode()
            if wire.response_code(words)[0] in ("TRYCREATE", "NONEXISTENT"):
                self._no_folder(folder, self._refused(words))
            raise self._refused(words) from error
        except OSError as error:
            self._lost(error)
        told = self._imap.untagged_responses
        if self.selected and any(told.pop(kind, None) for kind in ("EXISTS", "EXPUNGE", "VANISHED", "FETCH")):
            self._news = True
        code, arguments, _ = wire.response_code(answer)
        uid = arguments.split(" ")[-1]
        return int(uid) if code == "APPENDUID" and uid.isdigit() else None

    # ---- commands and answers

    def _idle_or_raise(self) -> None:
        if self._fetching:
            raise RuntimeError("a fetch is under way on this connection")

    def _write(self, data: bytes) -> None:
        try:
            self._imap.send(data)
        except OSError as error:
            self._lost(error)

    def _send(self, command: bytes) -> bytes:
        """Send a command and return its tag."""
        self._count += 1
        tag = b"m%d" % self._count
        self._write(b"%s %s\r\n" % (tag, command))
        return tag

    def _read(self, most: int = CHUNK) -> Response:
        """The next response, whose literals may have ``most`` bytes each."""
        try:
            response = wire.read_response(self._imap.readline, self._imap.read, most)
        except (OSError, EOFError) as error:
            self._lost(error)
        except (wire.Malformed, imaplib.IMAP4.error) as error:
            self._misbehaved(_words(error))
        if response.texts[0][:5].upper() == b"* BYE":
            self._lost(response.line[6:])
        return response

    def _run(self, command: bytes, fetch_is_news: bool = False) -> list[Response]:
        """Send a command and return the untagged responses to it. Raises NotNow, MailServerError (NO)."""
        self._idle_or_raise()
        return self._finish(self._send(command), fetch_is_news)

    def _finish(self, tag: bytes, fetch_is_news: bool = False) -> list[Response]:
        untagged: list[Response] = []
        while not (response := self._read()).texts[0].startswith(tag + b" "):
            if not response.texts[0].startswith(b"* "):
                self._misbehaved(_words(response.line[:80]))
            self._note(response, fetch_is_news)
            untagged.append(response)
        self._checked(tag, response)
        return untagged

    def _note(self, response: Response, fetch_is_news: bool = False) -> None:
        """Remember what a response says of the folder, whatever it is the answer to."""
        words = response.texts[0].split(None, 3)
        kind = (
            words[2].upper()
            if len(words) > 2 and words[1].isdigit()
            else words[1].upper()
            if words[1:]
            else b""
        )
        if kind == b"EXISTS":
            self._exists = int(words[1])
        elif kind == b"EXPUNGE":
            self._exists -= 1
        elif kind == b"VANISHED" and words[2:3] != [b"(EARLIER)"]:
            self._exists -= sum(high - low + 1 for low, high in self._parsed_set(response.line.split()[-1]))
        if kind in (b"EXISTS", b"EXPUNGE", b"VANISHED") or (kind == b"FETCH" and fetch_is_news):
            self._news = True

    def _checked(self, tag: bytes, response: Response) -> None:
        """Raise unless a tagged response says OK."""
        status, _, words = response.line[len(tag) + 1 :].partition(b" ")
        if status.upper() == b"NO":
            raise self._refused(words)
        if status.upper() != b"OK":
            self._misbehaved(_words(response.line[:200]))

    def _refused(self, words: bytes) -> MailServerError:
        code, _, text = wire.response_code(words)
        kind, key = (NotNow, "imap_busy") if code in _NOT_NOW else (MailServerError, "imap_refused")
        return kind(key, host=self._host, reply=_words(text or code))

    def _tokens(self, response: Response) -> list[Token]:
        try:
            return response.tokens()
        except wire.Malformed as error:
            self._misbehaved(_words(error))

    def _fetched(self, response: Response) -> dict[str, Token]:
        """The items of a FETCH response, {} for another one."""
        try:
            match response.tokens():
                case [bytes(), bytes() as kind, list() as items] if kind.upper() == b"FETCH":
                    return wire.pairs(items)
        except wire.Malformed as error:
            self._misbehaved(_words(error))
        return {}

    def _parsed_set(self, text: bytes) -> tuple[UidRange, ...]:
        try:
            return wire.parse_set(text)
        except wire.Malformed as error:
            self._misbehaved(_words(error))

    def _number(self, token: Token) -> int:
        try:
            return wire.number(token)
        except wire.Malformed as error:
            self._misbehaved(_words(error))

    def _lost(self, error: BaseException | bytes) -> NoReturn:
        """Close, and say why the connection is gone."""
        self._closed = True
        _shut(self._client)
        cause = error if isinstance(error, BaseException) else None
        if isinstance(error, TimeoutError):
            raise ConnectionLost("imap_timeout", host=self._host, seconds=round(self._timeout, 1)) from cause
        raise ConnectionLost("imap_lost", host=self._host, reason=_words(error)) from cause

    def _misbehaved(self, detail: str) -> NoReturn:
        """Close: after an answer that cannot be read nothing that follows can be trusted."""
        self._closed = True
        _shut(self._client)
        raise ServerMisbehaved("imap_misbehaved", host=self._host, detail=detail)


# -------------------------------------------------------------------------------------------- transfer


@dataclass(slots=True)
class _Asked:
    """A FETCH for a batch, or for the next piece of one large mail."""

    ranges: tuple[UidRange, ...]
    command: bytes
    is_piece: bool = False
    answered: bool = False

    def covers(self, uid: int) -> bool:
        return any(low <= uid <= high for low, high in self.ranges)


@dataclass(slots=True)
class _Partial:
    """A large mail of which some pieces have come."""

    received: datetime | None
    flags: frozenset[str]
    path: Path
    size: int = 0


class _Transfer:
    """One :meth:`ImapSession.fetch`: keeps two commands in flight and puts large mails together.

    Servers mix the answers to two commands, so an answer is attributed by its UID and a piece by its offset.
    """

    def __init__(self, session: ImapSession, uids: Iterable[UidRange], batch: int, chunk: int) -> None:
        self._session = session
        self._chunk = chunk
        self._waiting: deque[_Asked] = deque()
        for part in wire.split_set(uids, batch):
            command = b"UID FETCH %s (UID FLAGS INTERNALDATE BODY.PEEK[]<0.%d>)" % (
                wire.format_set(part),
                chunk,
            )
            self._waiting.append(_Asked(part, command))
        self._last = self._waiting[-1].ranges[-1][1] if self._waiting else 0
        self._running: dict[bytes, _Asked] = {}
        self._partial: dict[int, _Partial] = {}
        self._withheld: list[int] = []
        """First UIDs of what the server refused to give."""
        self.refused: MailServerError | None = None

    def messages(self, spool: Path) -> Iterator[RemoteMessage]:
        """All messages; large ones are files in ``spool`` until the next is taken."""
        while self._waiting or self._running:
            self._ask()
            response = self._session._read(self._chunk)
            if self._ended(response):
                continue
            self._session._note(response)
            items = self._session._fetched(response)
            body = next((name for name in items if name.startswith("BODY[]")), "")
            content = items.get(body)
            if "UID" not in items or not isinstance(content, bytes):
                continue  # flags that changed meanwhile, or a mail that the server lists and cannot read
            uid = self._session._number(items["UID"])
            self._mark_answered(uid)
            if uid not in self._partial and (body == "BODY[]" or len(content) < self._chunk):
                received, flags = _date(items), _flag_names(items.get("FLAGS"))
                yield RemoteMessage(uid, received, len(content), flags, bytes(content))
            elif whole := self._put_together(uid, body, content, items, spool):
                yield RemoteMessage(uid, whole.received, whole.size, whole.flags, whole.path)
                whole.path.unlink()

    def drain(self) -> None:
        """Read what is still under way, so that the connection can be used again."""
        self._waiting.clear()
        while self._running:
            self._ended(self._session._read(self._chunk))

    def _ask(self) -> None:
        while self._waiting and len(self._running) < 2:
            asked = self._waiting.popleft()
            self._running[self._session._send(asked.command)] = asked

    def _ended(self, response: Response) -> bool:
        """Whether ``response`` ends one of the commands."""
        tag = response.texts[0].partition(b" ")[0]
        asked = self._running.pop(tag, None)
        if asked is None:
            return False
        try:
            self._session._checked(tag, response)
        except ServerMisbehaved:
            raise
        except MailServerError as error:
            # "Some messages no longer exist" is a NO after the others; a NO instead of all is an error.
            if isinstance(error, NotNow) or not asked.answered:
                self.refused = error
                self._withheld.append(asked.ranges[0][0])
                if isinstance(error, NotNow):
                    self._waiting.clear()
        if asked.is_piece and not asked.answered:  # removed from the server between two pieces
            self._partial.pop(asked.ranges[0][0]).path.unlink()
        open_uids = [each.ranges[0][0] for each in (*self._running.values(), *self._waiting)]
        open_uids += [*self._partial, *self._withheld]
        self._session.answered_to = min(open_uids, default=self._last + 1) - 1
        return True

    def _mark_answered(self, uid: int) -> None:
        for asked in self._running.values():
            if asked.covers(uid):
                asked.answered = True

    def _put_together(
        self, uid: int, body: str, content: bytes, items: dict[str, Token], spool: Path
    ) -> _Partial | None:
        """Add a piece to a large mail; return it when that was the last."""
        partial = self._partial.get(uid)
        if partial is None:
            partial = self._partial[uid] = _Partial(
                _date(items), _flag_names(items.get("FLAGS")), spool / str(uid)
            )
        if body != f"BODY[]<{partial.size}>":
            self._session._misbehaved(f"{body} where BODY[]<{partial.size}> was asked for")
        with partial.path.open("ab") as file:
            file.write(content)
        partial.size += len(content)
        if len(content) < self._chunk:
            return self._partial.pop(uid)
        command = b"UID FETCH %d (UID BODY.PEEK[]<%d.%d>)" % (uid, partial.size, self._chunk)
        self._waiting.appendleft(_Asked(((uid, uid),), command, is_piece=True))
        return None


# ---------------------------------------------------------------------------------------------- values


def _date(items: dict[str, Token]) -> datetime | None:
    token = items.get("INTERNALDATE")
    return wire.parse_date(token) if isinstance(token, bytes) else None


def _flag_names(token: Token) -> frozenset[str]:
    if not isinstance(token, list):
        return frozenset()
    names = frozenset(flag.decode("utf-8", "replace") for flag in token if isinstance(flag, bytes))
    return names - {"\\Recent"}  # says something of this connection, not of the message


def decode_folder(name: bytes) -> str:
    """A folder's name from modified UTF-7 (RFC 3501 5.1.3), or from UTF-8 where it is none."""
    try:
        return decode_utf7(bytes(name))
    except (ValueError, UnicodeError):
        return name.decode("utf-8", "replace")


def encode_folder(name: str) -> bytes:
    """A folder's name in modified UTF-7, not quoted."""
    return encode_utf7(name)


def _role(name: str, marks: set[bytes]) -> Role:
    if name.upper() == "INBOX":
        return "inbox"
    return next((role for mark, role in _SPECIAL_USE.items() if mark in marks), "")


def _with_known_names(folders: list[RemoteFolder]) -> tuple[RemoteFolder, ...]:
    """Give roles that no folder has to the first folder whose name tells."""
    taken = {folder.role for folder in folders}
    named: list[RemoteFolder] = []
    for folder in folders:
        last = folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name
        role = next((role for role, names in _WELL_KNOWN.items() if last.casefold() in names), folder.role)
        if folder.role or role in taken:
            role = folder.role
        taken.add(role)
        named.append(RemoteFolder(folder.name, role, folder.delimiter))
    return tuple(named)


def _nearest(name: str, names: Sequence[str]) -> list[str]:
    """Up to five of ``names`` like ``name``; the first five where none is."""
    folded = {each.casefold(): each for each in reversed(names)}
    near = difflib.get_close_matches(name.casefold(), folded, 5, 0.5)
    near += [key for key in folded if key.endswith("/" + name.casefold()) and key not in near]
    return [folded[key] for key in near][:5] or list(names[:5])


def _login_error(endpoint: Endpoint, error: imaplib.IMAP4.error) -> MailServerError:
    """The error for a login that failed: gone, busy, or refused. IMAPClient hides a lost connection in
    LoginError."""
    cause = error.__context__ if isinstance(error, LoginError) else error
    if isinstance(cause, imaplib.IMAP4.abort):
        return ConnectionLost("imap_lost", host=endpoint.host, reason=_words(cause))
    words = cause.args[0] if cause and cause.args else ""
    if not isinstance(words, bytes):
        words = str(words).encode()
    code, _, text = wire.response_code(words)
    if code in _NOT_NOW:
        return NotNow("imap_busy", host=endpoint.host, reply=_words(text or code))
    user = safe_line(endpoint.user)
    return LoginRefused("imap_login_refused", host=endpoint.host, user=user, reply=_words(text or words))
