"""The session: everything that is asked of a signed-in connection."""

from __future__ import annotations

import contextlib
import imaplib
import selectors
import socket
import ssl
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConnectionLost, MailServerError, ServerMisbehaved
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap.connecting import NOT_NOW, Client, connect, login_error, server_words, shut, sign_in
from maildesk.sync.imap.limits import BATCH, CHUNK, IDLE_AT_MOST, SEARCH_WINDOW, TIMEOUT
from maildesk.sync.imap.transfer import Transfer
from maildesk.sync.imap.values import (
    FolderChanges,
    FolderState,
    NoSuchFolder,
    NotNow,
    RemoteFolder,
    RemoteMessage,
    decode_folder,
    flag_names,
    nearest_names,
    role_of,
    with_known_names,
)
from maildesk.sync.imap_wire import Response, Token, UidRange


class ImapSession:
    """A logged-in connection. Use as a context manager, or :meth:`close` it.

    Every method may raise ConnectionLost (the session is then of no more use), ServerMisbehaved, and NotNow.
    """

    def __init__(self, client: Client, endpoint: Endpoint, timeout: float) -> None:
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
        client = connect(endpoint, timeout)
        session = cls(client, endpoint, timeout)
        try:
            sign_in(client, endpoint, secret)
            session.capabilities = frozenset(
                word.decode("ascii", "replace") for word in client.capabilities()
            )
        except imaplib.IMAP4.error as error:
            shut(client)
            raise login_error(endpoint, error) from error
        except OSError as error:
            shut(client)
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
        shut(self._client)

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
                        found.append(RemoteFolder(decoded, role_of(decoded, marks), between))
        return with_known_names(found)

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
        shown = ", ".join(safe_line(name) for name in nearest_names(folder, names))
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
                changed[self._number(items["UID"])] = flag_names(items["FLAGS"])
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
        transfer = Transfer(self, uids, batch, chunk)
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
            self._misbehaved(server_words(error))
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
                self._misbehaved(server_words(response.line[:80]))
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
            self._misbehaved(server_words(response.line[:200]))

    def _refused(self, words: bytes) -> MailServerError:
        code, _, text = wire.response_code(words)
        kind, key = (NotNow, "imap_busy") if code in NOT_NOW else (MailServerError, "imap_refused")
        return kind(key, host=self._host, reply=server_words(text or code))

    def _tokens(self, response: Response) -> list[Token]:
        try:
            return response.tokens()
        except wire.Malformed as error:
            self._misbehaved(server_words(error))

    def _fetched(self, response: Response) -> dict[str, Token]:
        """The items of a FETCH response, {} for another one."""
        try:
            match response.tokens():
                case [bytes(), bytes() as kind, list() as items] if kind.upper() == b"FETCH":
                    return wire.pairs(items)
        except wire.Malformed as error:
            self._misbehaved(server_words(error))
        return {}

    def _parsed_set(self, text: bytes) -> tuple[UidRange, ...]:
        try:
            return wire.parse_set(text)
        except wire.Malformed as error:
            self._misbehaved(server_words(error))

    def _number(self, token: Token) -> int:
        try:
            return wire.number(token)
        except wire.Malformed as error:
            self._misbehaved(server_words(error))

    def _lost(self, error: BaseException | bytes) -> NoReturn:
        """Close, and say why the connection is gone."""
        self._closed = True
        shut(self._client)
        cause = error if isinstance(error, BaseException) else None
        if isinstance(error, TimeoutError):
            raise ConnectionLost("imap_timeout", host=self._host, seconds=round(self._timeout, 1)) from cause
        raise ConnectionLost("imap_lost", host=self._host, reason=server_words(error)) from cause

    def _misbehaved(self, detail: str) -> NoReturn:
        """Close: after an answer that cannot be read nothing that follows can be trusted."""
        self._closed = True
        shut(self._client)
        raise ServerMisbehaved("imap_misbehaved", host=self._host, detail=detail)
