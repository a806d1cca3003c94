"""The session: everything that is asked of a signed-in connection."""

from __future__ import annotations

import contextlib
import functools
import imaplib
import socket
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import Credential
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConnectionLost, MailServerError, ServerMisbehaved
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap.connecting import Client, connect, login_error, shut, sign_in
from maildesk.sync.imap.limits import BATCH, CHUNK, IDLE_AT_MOST, SEARCH_WINDOW, TIMEOUT
from maildesk.sync.imap.line import Line
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
from maildesk.sync.imap_wire import Response, UidRange


class ImapSession:
    """A logged-in connection. Use as a context manager, or :meth:`close` it.

    Every method may raise ConnectionLost (the session is then of no more use), ServerMisbehaved, and NotNow.
    """

    def __init__(self, client: Client, endpoint: Endpoint, timeout: float) -> None:
        self._client = client
        self._imap = client._imap
        self._line = Line(client, endpoint.host, timeout)
        self._host = endpoint.host
        self._enabled = False
        self.selected: str | None = None
        """The folder that is open."""
        self.answered_to = 0
        """While :meth:`fetch` runs: every wanted UID up to this one has been yielded already, or is gone."""
        self.capabilities: frozenset[str] = frozenset()
        """What the server can do, in upper case."""

    @classmethod
    def open(cls, endpoint: Endpoint, secret: Credential, timeout: float = TIMEOUT) -> Self:
        """Connect, encrypt and log in with a password or an access token; ``timeout`` seconds for the connection and
        for each answer.

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
            session._line.lost(error)
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
        if not (self._line.fetching or self._line.closed):
            with contextlib.suppress(OSError):
                self._imap.send(b"bye LOGOUT\r\n")
        self._line.close()

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._line.closed

    def when_closed(self, act: Callable[[], None]) -> None:
        """Call ``act`` once the connection is closed, for whatever reason."""
        self._line.on_close = act

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
        answer = self._line.run(b'LIST "" "*"' + (b" RETURN (SPECIAL-USE)" if extended else b""))
        found: list[RemoteFolder] = []
        for response in answer:
            match self._line.tokens(response):
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
        answer = self._line.run(b"UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE %d)" % modseq)
        return FolderChanges(state, None, self._flags(answer))

    @property
    def _condstore(self) -> bool:
        return bool({"CONDSTORE", "QRESYNC"} & self.capabilities)

    @property
    def _qresync(self) -> bool:
        return {"QRESYNC", "ENABLE"} <= self.capabilities

    def _examine(self, folder: str, parameters: bytes) -> tuple[FolderState, list[Response]]:
        self._line.idle_or_raise()
        name = self._client._normalise_folder(folder)
        enabling = self._line.send(b"ENABLE QRESYNC") if self._qresync and not self._enabled else None
        examining = self._line.send(b"EXAMINE " + name + parameters)  # need not wait for the other
        self.selected, self._line.exists = None, 0
        if enabling:
            with contextlib.suppress(NotNow):
                self._line.finish(enabling)
            self._enabled = True
        try:
            answer = self._line.finish(examining)
        except (ConnectionLost, ServerMisbehaved, NotNow):
            raise
        except MailServerError as error:
            self._no_folder(folder, error)
        self.selected, self._line.news = folder, False
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
            self._line.misbehaved("no UIDVALIDITY")
        uidnext, modseq = codes.get("UIDNEXT", ""), codes.get("HIGHESTMODSEQ", "")
        return FolderState(
            int(uidvalidity),
            int(uidnext) if uidnext.isdigit() else self._last_uid() + 1,
            int(modseq) if modseq.isdigit() else None,
            self._line.exists,
        )

    def _last_uid(self) -> int:
        """The highest UID, 0 in an empty folder."""
        return max(self._searched(self._line.run(b"UID SEARCH UID *")), default=0) if self._line.exists else 0

    def _vanished(self, answer: list[Response]) -> tuple[UidRange, ...]:
        ranges: list[UidRange] = []
        for response in answer:
            match self._line.tokens(response):
                case [bytes() as kind, [*_], bytes() as uids] if kind.upper() == b"VANISHED":
                    ranges += self._line.parsed_set(uids)
        return tuple(ranges)

    def _flags(self, answer: list[Response]) -> dict[int, frozenset[str]]:
        changed: dict[int, frozenset[str]] = {}
        for response in answer:
            if (items := self._line.fetched(response)) and "UID" in items and "FLAGS" in items:
                changed[self._line.number(items["UID"])] = flag_names(items["FLAGS"])
        return changed

    # ---- messages

    def uids(self, low: int = 1, high: int | None = None) -> list[int]:
        """The UIDs from ``low`` to ``high`` (None: the last) of the open folder, ascending. Asked in windows,
        so that no answer is longer than some 400 KiB however many there are."""
        if high is None:
            high = self._last_uid()
        found: list[int] = []
        width = SEARCH_WINDOW if self._line.exists > SEARCH_WINDOW else wire.MAX_UID
        while low <= high:
            last = min(high, low + width - 1)
            found += self._searched(self._line.run(b"UID SEARCH UID %d:%d" % (low, last)), low, last)
            low = last + 1
        return sorted(set(found))

    def gmail_ids(self, low: int, high: int) -> dict[int, int]:
        """Gmail's numbers of the mails from ``low`` to ``high``, by UID; {} where the server has none. A mail has
        one number under all its labels (X-GM-EXT-1)."""
        if not self.is_gmail:
            return {}
        found: dict[int, int] = {}
        for response in self._line.run(b"UID FETCH %d:%d (UID X-GM-MSGID)" % (low, high)):
            items = self._line.fetched(response)
            if "UID" in items and "X-GM-MSGID" in items:
                found[self._line.number(items["UID"])] = self._line.number(items["X-GM-MSGID"])
        return {uid: number for uid, number in found.items() if low <= uid <= high}

    @property
    def is_gmail(self) -> bool:
        """Whether the server gives one mail several places: Gmail, with its labels."""
        return "X-GM-EXT-1" in self.capabilities

    def search_header(self, folder: str, name: str, value: str) -> tuple[int, ...]:
        """The UIDs in ``folder`` whose header field ``name`` contains ``value`` (printable ASCII, case
        ignored). Leaves ``folder`` open. Raises NoSuchFolder, and ValueError for what cannot be searched."""
        question = b"UID SEARCH HEADER %s %s" % (wire.quoted(name), wire.quoted(value))
        if self.selected != folder:
            self.select(folder)
        return tuple(sorted(set(self._searched(self._line.run(question)))))

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
        file in ``spool`` (default: the system's temporary folder); one for which there is no room is not among them,
        and the others are. Until the iterator is used up or closed
        the session can do nothing else. Raises NotNow or MailServerError when the server refuses whole
        batches.
        """
        self._line.idle_or_raise()
        self.answered_to = 0
        transfer = Transfer(self, self._line, uids, batch, chunk)
        self._line.fetching = True
        try:
            with contextlib.ExitStack() as kept:

                @functools.cache
                def folder() -> Path:
                    return Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="mail-", dir=spool)))

                yield from transfer.messages(folder)
        finally:
            if not self._line.closed:
                with contextlib.suppress(MailServerError):  # the next command will tell that the line is gone
                    transfer.drain()
            self._line.fetching = False
        if transfer.refused:
            raise transfer.refused

    # ---- waiting and filing

    def noop(self) -> bool:
        """Ask for news. True when something may have changed in the open folder."""
        self._line.run(b"NOOP", fetch_is_news=True)
        return self._line.take_news()

    def idle(self, timeout: float, wake_fd: int | None = None) -> bool:
        """Wait until something may have changed in the open folder (True), ``timeout`` seconds have passed or
        ``wake_fd`` becomes readable (False; it is not read). Waits at most :data:`IDLE_AT_MOST`.

        What came unasked since the folder was opened counts, so no mail is missed between a fetch and this.
        On a server without IDLE (RFC 2177) it waits and then asks once.
        """
        if self._line.take_news():
            return True
        end = time.monotonic() + min(timeout, IDLE_AT_MOST)
        if "IDLE" not in self.capabilities:
            self._line.wait(end, wake_fd)
            return self.noop()
        tag = self._line.send(b"IDLE")
        while not (response := self._line.read()).texts[0].startswith(b"+"):
            if response.texts[0].startswith(tag + b" "):
                self._line.checked(tag, response)
                self._line.misbehaved("IDLE ended before it began")
            self._line.note(response, fetch_is_news=True)
        while not self._line.news and self._line.wait(end, wake_fd):
            self._line.note(self._line.read(), fetch_is_news=True)
        self._line.write(b"DONE\r\n")
        self._line.finish(tag, fetch_is_news=True)
        return self._line.take_news()

    def append(
        self, folder: str, raw: bytes, flags: Sequence[str] = (), date: datetime | None = None
    ) -> int | None:
        """File ``raw`` in ``folder`` with ``flags`` and an INTERNALDATE (None: now). Returns its UID, None
        where the server does not tell (RFC 4315). Raises NoSuchFolder. After ConnectionLost it may or may not
        be there."""
        self._line.idle_or_raise()
        try:
            answer = self._client.append(folder, raw, flags, date)
        except imaplib.IMAP4.abort as error:
            self._line.lost(error)
        except imaplib.IMAP4.error as error:
            words = str(error).removeprefix("append failed: ").encode()
            if wire.response_code(words)[0] in ("TRYCREATE", "NONEXISTENT"):
                self._no_folder(folder, self._line.refused(words))
            raise self._line.refused(words, filing=True) from error
        except OSError as error:
            self._line.lost(error)
        told = self._imap.untagged_responses
        if self.selected and any(told.pop(kind, None) for kind in ("EXISTS", "EXPUNGE", "VANISHED", "FETCH")):
            self._line.news = True
        code, arguments, _ = wire.response_code(answer)
        uid = arguments.split(" ")[-1]
        return int(uid) if code == "APPENDUID" and uid.isdigit() else None
