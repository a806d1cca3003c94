"""The line itself: commands out, responses in, and what they say of the open folder on the way."""

from __future__ import annotations

import contextlib
import imaplib
import selectors
import ssl
import time
from collections.abc import Callable
from typing import Any, NoReturn

from maildesk.errors import ConnectionLost, MailServerError, ServerMisbehaved
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap.connecting import Client, not_now, server_words, shut
from maildesk.sync.imap.limits import CHUNK
from maildesk.sync.imap_wire import Response, Token, UidRange


class Line:
    """A connection of which every answer is read, whoever asked. When it is lost or talks nonsense it is closed, and
    the error says why."""

    def __init__(self, client: Client, host: str, timeout: float) -> None:
        self._client = client
        self._imap = client._imap
        self._host = host
        self._timeout = timeout
        self._count = 0
        self.news = False
        """Something may have changed in the open folder."""
        self.exists = 0
        """How many messages the open folder has, as far as told."""
        self.closed = False
        self.fetching = False
        """A FETCH runs, whose answers somebody else reads."""
        self.on_close: Callable[[], None] | None = None
        """Called once, when the connection is closed for whatever reason."""

    def close(self) -> None:
        """Close, now. A second call does nothing."""
        if not self.closed:
            self.closed = True
            shut(self._client)
            if self.on_close:
                self.on_close()

    def wait(self, end: float, wake_fd: int | None) -> bool:
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
            self.lost(error)
        finally:
            with contextlib.suppress(OSError):
                connection.settimeout(self._timeout)

    def take_news(self) -> bool:
        """Whether something may have changed in the open folder since the last question."""
        news, self.news = self.news, False
        return news

    def idle_or_raise(self) -> None:
        """Refuse what would get into a FETCH whose answers are being read."""
        if self.fetching:
            raise RuntimeError("a fetch is under way on this connection")

    def write(self, data: bytes) -> None:
        """Bytes to the server."""
        try:
            self._imap.send(data)
        except OSError as error:
            self.lost(error)

    def send(self, command: bytes) -> bytes:
        """Send a command and return its tag."""
        self._count += 1
        tag = b"m%d" % self._count
        self.write(b"%s %s\r\n" % (tag, command))
        return tag

    def read(self, most: int = CHUNK) -> Response:
        """The next response, whose literals may have ``most`` bytes each."""
        try:
            response = wire.read_response(self._imap.readline, self._imap.read, most)
        except (OSError, EOFError) as error:
            self.lost(error)
        except (wire.Malformed, imaplib.IMAP4.error) as error:
            self.misbehaved(server_words(error))
        if response.texts[0][:5].upper() == b"* BYE":
            words = response.line[6:]
            if (busy := not_now(self._host, words)) is not None:
                self.close()
                raise busy
            self.lost(words)
        return response

    def run(self, command: bytes, fetch_is_news: bool = False) -> list[Response]:
        """Send a command and return the untagged responses to it. Raises NotNow, MailServerError (NO)."""
        self.idle_or_raise()
        return self.finish(self.send(command), fetch_is_news)

    def finish(self, tag: bytes, fetch_is_news: bool = False) -> list[Response]:
        """Read up to the end of a command and return the untagged responses."""
        untagged: list[Response] = []
        while not (response := self.read()).texts[0].startswith(tag + b" "):
            if not response.texts[0].startswith(b"* "):
                self.misbehaved(server_words(response.line[:80]))
            self.note(response, fetch_is_news)
            untagged.append(response)
        self.checked(tag, response)
        return untagged

    def note(self, response: Response, fetch_is_news: bool = False) -> None:
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
            self.exists = int(words[1])
        elif kind == b"EXPUNGE":
            self.exists -= 1
        elif kind == b"VANISHED" and words[2:3] != [b"(EARLIER)"]:
            self.exists -= sum(high - low + 1 for low, high in self.parsed_set(response.line.split()[-1]))
        if kind in (b"EXISTS", b"EXPUNGE", b"VANISHED") or (kind == b"FETCH" and fetch_is_news):
            self.news = True

    def checked(self, tag: bytes, response: Response) -> None:
        """Raise unless a tagged response says OK."""
        status, _, words = response.line[len(tag) + 1 :].partition(b" ")
        if status.upper() == b"NO":
            raise self.refused(words)
        if status.upper() != b"OK":
            self.misbehaved(server_words(response.line[:200]))

    def refused(self, words: bytes, *, filing: bool = False) -> MailServerError:
        """The error for a NO; ``filing``: to an APPEND."""
        code, _, text = wire.response_code(words)
        return not_now(self._host, words, filing=filing) or MailServerError(
            "imap_refused", host=self._host, reply=server_words(text or code)
        )

    def tokens(self, response: Response) -> list[Token]:
        """What a response consists of."""
        try:
            return response.tokens()
        except wire.Malformed as error:
            self.misbehaved(server_words(error))

    def fetched(self, response: Response) -> dict[str, Token]:
        """The items of a FETCH response, {} for another one."""
        try:
            match response.tokens():
                case [bytes(), bytes() as kind, list() as items] if kind.upper() == b"FETCH":
                    return wire.pairs(items)
        except wire.Malformed as error:
            self.misbehaved(server_words(error))
        return {}

    def parsed_set(self, text: bytes) -> tuple[UidRange, ...]:
        """A set of numbers."""
        try:
            return wire.parse_set(text)
        except wire.Malformed as error:
            self.misbehaved(server_words(error))

    def number(self, token: Token) -> int:
        """A number."""
        try:
            return wire.number(token)
        except wire.Malformed as error:
            self.misbehaved(server_words(error))

    def lost(self, error: BaseException | bytes) -> NoReturn:
        """Close, and say why the connection is gone."""
        self.close()
        cause = error if isinstance(error, BaseException) else None
        if isinstance(error, TimeoutError):
            raise ConnectionLost("imap_timeout", host=self._host, seconds=round(self._timeout, 1)) from cause
        raise ConnectionLost("imap_lost", host=self._host, reason=server_words(error)) from cause

    def misbehaved(self, detail: str) -> NoReturn:
        """Close: after an answer that cannot be read nothing that follows can be trusted."""
        self.close()
        raise ServerMisbehaved("imap_misbehaved", host=self._host, detail=detail)
