"""Fetching: two commands in flight, answers told apart by UID, large mails in pieces."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.errors import MailServerError, ServerMisbehaved
from maildesk.sync import imap_wire as wire
from maildesk.sync.imap.values import NotNow, RemoteMessage, flag_names
from maildesk.sync.imap_wire import Response, Token, UidRange

if TYPE_CHECKING:
    from maildesk.sync.imap.line import Line
    from maildesk.sync.imap.session import ImapSession

_log = logging.getLogger(__name__)


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
    gm_msgid: int | None
    announced: int
    """How large the server says that it is, 0 where it does not."""
    size: int = 0


class Transfer:
    """One :meth:`ImapSession.fetch`: keeps two commands in flight and puts large mails together.

    Servers mix the answers to two commands, so an answer is attributed by its UID and a piece by its offset.
    """

    def __init__(
        self, session: ImapSession, line: Line, uids: Iterable[UidRange], batch: int, chunk: int
    ) -> None:
        self._session = session
        self._line = line
        self._chunk = chunk
        self._waiting: deque[_Asked] = deque()
        for part in wire.split_set(uids, batch):
            command = b"UID FETCH %s (UID FLAGS INTERNALDATE RFC822.SIZE %sBODY.PEEK[]<0.%d>)" % (
                wire.format_set(part),
                b"X-GM-MSGID " if session.is_gmail else b"",
                chunk,
            )
            self._waiting.append(_Asked(part, command))
        self._last = self._waiting[-1].ranges[-1][1] if self._waiting else 0
        self._running: dict[bytes, _Asked] = {}
        self._partial: dict[int, _Partial] = {}
        self._withheld: list[int] = []
        """UIDs, of a refused batch the first, that did not come and may be there: the safe cursor stays below them."""
        self.refused: MailServerError | None = None

    def messages(self, spool: Callable[[], Path]) -> Iterator[RemoteMessage]:
        """All messages; large ones are files in the folder ``spool`` until the next is taken."""
        while self._waiting or self._running:
            self._ask()
            response = self._line.read(self._chunk)
            if self._ended(response):
                continue
            self._line.note(response)
            items = self._line.fetched(response)
            body = next((name for name in items if name.startswith("BODY[]")), "")
            content = items.get(body)
            if "UID" not in items or not isinstance(content, bytes):
                if "UID" in items and body:  # a mail that the server lists and cannot read
                    self._withheld.append(self._line.number(items["UID"]))
                continue  # or flags that changed meanwhile
            uid = self._line.number(items["UID"])
            self._mark_answered(uid)
            if not content and self._announced(uid, items) > self._so_far(uid):
                self._let_go(uid)  # removed while it came: an empty answer is no end of a mail
                continue
            if uid not in self._partial and (body == "BODY[]" or len(content) < self._chunk):
                received, flags = _date(items), flag_names(items.get("FLAGS"))
                yield RemoteMessage(uid, received, len(content), flags, bytes(content), self._gmail(items))
            elif whole := self._put_together(uid, body, content, items, spool):
                yield RemoteMessage(uid, whole.received, whole.size, whole.flags, whole.path, whole.gm_msgid)
                whole.path.unlink()

    def drain(self) -> None:
        """Read what is still under way, so that the connection can be used again."""
        self._waiting.clear()
        while self._running:
            self._ended(self._line.read(self._chunk))

    def _ask(self) -> None:
        while self._waiting and len(self._running) < 2:
            asked = self._waiting.popleft()
            self._running[self._line.send(asked.command)] = asked

    def _ended(self, response: Response) -> bool:
        """Whether ``response`` ends one of the commands."""
        tag = response.texts[0].partition(b" ")[0]
        asked = self._running.pop(tag, None)
        if asked is None:
            return False
        try:
            self._line.checked(tag, response)
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
        self, uid: int, body: str, content: bytes, items: dict[str, Token], spool: Callable[[], Path]
    ) -> _Partial | None:
        """Add a piece to a large mail; return it when that was the last. A mail for which there is no room is let go:
        whoever lists it asks for it again later."""
        try:
            partial = self._partial.get(uid)
            if partial is None:
                flags, announced = flag_names(items.get("FLAGS")), self._announced(uid, items)
                partial = _Partial(_date(items), flags, spool() / str(uid), self._gmail(items), announced)
                self._partial[uid] = partial
            if body != f"BODY[]<{partial.size}>":
                self._line.misbehaved(f"{body} where BODY[]<{partial.size}> was asked for")
            with open(partial.path, "ab", opener=_private) as file:
                file.write(content)
        except OSError as error:
            _log.warning("no room for a large mail", extra={"error": type(error).__name__})
            self._let_go(uid)
            return None
        partial.size += len(content)
        if len(content) < self._chunk:
            return self._partial.pop(uid)
        command = b"UID FETCH %d (UID BODY.PEEK[]<%d.%d>)" % (uid, partial.size, self._chunk)
        self._waiting.appendleft(_Asked(((uid, uid),), command, is_piece=True))
        return None

    def _announced(self, uid: int, items: dict[str, Token]) -> int:
        """How large the server says that a mail is. Some servers guess: it tells an end that came too early from a mail
        that ends at the edge of a piece, and nothing else."""
        if (partial := self._partial.get(uid)) is not None:
            return partial.announced
        token = items.get("RFC822.SIZE")
        return self._line.number(token) if token is not None else 0

    def _so_far(self, uid: int) -> int:
        partial = self._partial.get(uid)
        return partial.size if partial is not None else 0

    def _let_go(self, uid: int) -> None:
        """Forget what has come of a mail: whoever lists it asks for all of it again."""
        if (partial := self._partial.pop(uid, None)) is not None:
            partial.path.unlink(missing_ok=True)
        self._withheld.append(uid)

    def _gmail(self, items: dict[str, Token]) -> int | None:
        token = items.get("X-GM-MSGID")
        return self._line.number(token) if token is not None else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _date(items: dict[str, Token]) -> datetime | None:
    token = items.get("INTERNALDATE")
    return wire.parse_date(token) if isinstance(token, bytes) else None
