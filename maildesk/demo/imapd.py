"""An IMAP server in memory, for the demo and for tests: what a mail server does, without one.

IMAP4rev1 with IDLE, UIDPLUS, MOVE, CONDSTORE, QRESYNC, SPECIAL-USE, ENABLE, NAMESPACE, ID, UNSELECT, LITERAL+
and AUTH=PLAIN, as far as a mail client asks for bodies, flags and headers (no ENVELOPE, no BODYSTRUCTURE). It
passes the contract tests of :class:`maildesk.sync.imap.ImapSession` beside Dovecot. Loopback only, no TLS,
nothing on disk.

::

    with ImapServer({"info@shop.example": "secret"}) as server:
        uid = server.deliver("info@shop.example", raw)     # told at once to whoever waits in IDLE
        Endpoint("127.0.0.1", server.port, "loopback", "info@shop.example")
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import bisect
import contextlib
import hashlib
import itertools
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from types import TracebackType
from typing import Self, TypeVar

from maildesk.sync import imap_wire as wire
from maildesk.sync.imap import decode_folder, encode_folder
from maildesk.sync.imap_wire import Quoted, Token

T = TypeVar("T")
CAPABILITIES = (
    "IMAP4rev1 LITERAL+ SASL-IR ID IDLE ENABLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE CONDSTORE"
    " QRESYNC AUTH=PLAIN"
)
FOLDERS: Mapping[str, str] = {
    "INBOX": "", "Drafts": "\\Drafts", "Sent": "\\Sent", "Junk": "\\Junk", "Trash": "\\Trash",
    "Archive": "\\Archive",
}  # fmt: skip
"""The folders of a new account and their SPECIAL-USE."""
MAX_LITERAL = 64 << 20
_SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BODY = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?$", re.IGNORECASE)
_COMMAND_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
_uidvalidity = itertools.count(int(time.time()))


STUB = (
    b"From: Microsoft Exchange Server <system@mail.example>\r\n"
    b"Subject: Retrieval using the IMAP4 protocol failed for the following message: 7\r\n"
    b"Date: Sat, 21 Nov 2026 10:00:00 +0900\r\n\r\n"
    b"The server couldn't retrieve the following message:\r\n"
)
"""What Exchange gives instead of a mail that it cannot convert."""


class _Bad(Exception):
    """The command is not understood."""


class _No(Exception):
    """The command is understood and cannot be done."""


@dataclass(slots=True)
class Faults:
    """What a bad day looks like. ``split`` sends everything in packets of so many bytes; ``delay`` waits so
    many seconds before each answer; ``drop_after`` cuts each connection instead of answering its n-th command
    (0: instead of the greeting). ``quota`` is how many bytes of bodies are given in all, ``most`` how many connections
    are let in at once. Bodies of ``withheld`` UIDs of INBOX are not given; of ``stubs`` something else is, as Exchange
    does."""

    split: int = 0
    delay: float = 0.0
    drop_after: int | None = None
    quota: int | None = None
    most: int | None = None
    withheld: frozenset[int] = frozenset()
    stubs: frozenset[int] = frozenset()


@dataclass(slots=True)
class StoredMail:
    """A mail in a folder. ``modseq`` grows with every change in the folder (RFC 7162)."""

    uid: int
    raw: bytes
    flags: frozenset[str]
    date: datetime
    modseq: int

    @property
    def gm_msgid(self) -> int:
        """Gmail's number: the same for the same mail in every folder."""
        return int.from_bytes(hashlib.sha256(self.raw).digest()[:7])


@dataclass(slots=True)
class Folder:
    """A folder's mails by UID, ascending, what was removed from it, and who is looking."""

    name: str
    use: str = ""
    uidvalidity: int = field(default_factory=lambda: next(_uidvalidity))
    uidnext: int = 1
    modseq: int = 1
    mails: dict[int, StoredMail] = field(default_factory=dict)
    gone: list[tuple[int, int]] = field(default_factory=list)
    """(modseq, uid) of removed mails."""
    viewers: set[_Connection] = field(default_factory=set)

    def add(self, raw: bytes, flags: Iterable[str] = (), date: datetime | None = None) -> StoredMail:
        """Store a mail under the next UID and tell the viewers."""
        self.modseq += 1
        mail = StoredMail(self.uidnext, raw, frozenset(flags), date or datetime.now(UTC), self.modseq)
        self.uidnext += 1
        self.mails[mail.uid] = mail
        self._tell()
        return mail

    def set_flags(self, mail: StoredMail, flags: frozenset[str], by: _Connection | None = None) -> None:
        """Change flags; everybody but ``by`` is told."""
        self.modseq += 1
        mail.flags, mail.modseq = flags, self.modseq
        for viewer in self.viewers - {by}:
            viewer.changed_flags.add(mail.uid)
        self._tell()

    def remove(self, uids: Collection[int]) -> None:
        """Remove mails for good and tell the viewers."""
        self.modseq += 1
        for uid in sorted(uids):
            if self.mails.pop(uid, None):
                self.gone.append((self.modseq, uid))
        self._tell()

    def renumber(self) -> None:
        """A new UIDVALIDITY with UIDs from 1, as after a restore. Who is looking must open it again."""
        self.uidvalidity = next(_uidvalidity)
        mails = list(self.mails.values())
        for uid, mail in enumerate(mails, 1):
            mail.uid = uid
        self.mails = {mail.uid: mail for mail in mails}
        self.uidnext = len(mails) + 1
        self.gone.clear()
        for viewer in list(self.viewers):
            viewer.cut()

    def keywords(self) -> list[str]:
        """Flags that are in use and are not the system's."""
        return sorted({flag for mail in self.mails.values() for flag in mail.flags if flag[0] != "\\"})

    def _tell(self) -> None:
        for viewer in self.viewers:
            viewer.news.set()


class _Connection:
    """One client: reads commands, answers them, and tells what others did to the open folder."""

    def __init__(
        self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._user: str | None = None
        self._folder: Folder | None = None
        self._read_only = True
        self._view: list[int] = []
        """UIDs as this client knows them: the one at index n has sequence number n + 1."""
        self._enabled: set[str] = set()
        self.changed_flags: set[int] = set()
        self.news = asyncio.Event()
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def cut(self) -> None:
        """End the connection without a word."""
        self._writer.transport.abort()

    def leave(self) -> None:
        """Close the open folder."""
        if self._folder:
            self._folder.viewers.discard(self)
        self._folder, self._view = None, []
        self.changed_flags.clear()

    # ---- lines

    async def run(self) -> None:
        """Serve until the client goes."""
        faults = self._server.faults
        if faults.drop_after == 0:
            self.cut()
            return
        if faults.most is not None and self._server.connections > faults.most:
            await self._send("* BYE [LIMIT] Too many simultaneous connections")
            return
        await self._send(f"* OK [CAPABILITY {self._server.capabilities}] maildesk demo server")
        for count in itertools.count(1):
            tag, name, arguments = await self._command()
            if faults.drop_after is not None and count >= faults.drop_after:
                self.cut()
                return
            await self._answer(tag, name, arguments)
            if name == "LOGOUT":
                return

    async def _send(self, *lines: str | bytes) -> None:
        data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines)
        faults = self._server.faults
        if faults.delay:
            await asyncio.sleep(faults.delay)
        step = faults.split or len(data)
        for start in range(0, len(data), step):
            self._writer.write(data[start : start + step])
            await self._writer.drain()
            if faults.split:
                await asyncio.sleep(0)

    async def _command(self) -> tuple[str, str, list[Token]]:
        """The next command: its tag, its name in upper case, its arguments."""
        texts, literals = [await self._line()], []
        while found := _COMMAND_LITERAL.search(texts[-1]):
            size = int(found[1])
            if size > MAX_LITERAL:
                raise ConnectionError
            if not found[2]:
                await self._send("+ go on")
            literals.append(await self._reader.readexactly(size))
            texts[-1] = texts[-1][: found.start()]
            texts.append(await self._line())
        try:
            words = wire.tokens(texts, literals)
        except wire.Malformed as error:
            return _atom([*texts[0].split()[:1], b"*"][0]), "", [Quoted(str(error).encode())]
        if len(words) < 2:
            return "*", "", []
        return _atom(words[0]), _atom(words[1]).upper(), words[2:]

    async def _line(self) -> bytes:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError
        return line.rstrip(b"\r\n") + b"\r\n"

    async def _answer(self, tag: str, name: str, arguments: list[Token]) -> None:
        by_uid = name == "UID"
        if by_uid and arguments:
            name, arguments = _atom(arguments[0]).upper(), arguments[1:]
        try:
            done = await self._obey(name, arguments, by_uid)
            # Sequence numbers must not shift while the client uses them (RFC 3501 7.4.1).
            await self._tell_news(removals=by_uid or name not in ("FETCH", "STORE", "SEARCH"))
            await self._send(f"{tag} OK {done or 'done'}")
        except _No as error:
            await self._send(f"{tag} NO {error}")
        except (_Bad, wire.Malformed, ValueError, IndexError) as error:
            await self._send(f"{tag} BAD {str(error)[:200].encode('ascii', 'replace').decode()}")

    async def _obey(self, name: str, arguments: list[Token], by_uid: bool) -> str:
        if handler := _ANYBODY.get(name):
            return await handler(self, arguments)
        if self._user is None:
            raise _No("log in first")
        if handler := _SIGNED_IN.get(name):
            return await handler(self, arguments)
        if self._folder is None:
            raise _Bad(f"{name or 'this'} is unknown, or wants an open folder")
        if handler := _SELECTED.get(name):
            return await handler(self, arguments)
        if messages := _MESSAGES.get(name):
            return await messages(self, self._folder, arguments, by_uid)
        raise _Bad(f"{name} is unknown")

    # ---- before the login

    async def _capability(self, _: list[Token]) -> str:
        await self._send(f"* CAPABILITY {self._server.capabilities}")
        return ""

    async def _noop(self, _: list[Token]) -> str:
        return ""

    async def _id(self, _: list[Token]) -> str:
        await self._send('* ID ("name" "maildesk-demo")')
        return ""

    async def _logout(self, _: list[Token]) -> str:
        self.leave()
        await self._send("* BYE see you")
        return ""

    async def _login(self, arguments: list[Token]) -> str:
        user, word = arguments
        return self._signed_in(_text(user), _text(word))

    async def _authenticate(self, arguments: list[Token]) -> str:
        if _atom(arguments[0]).upper() != "PLAIN":
            raise _No("[CANNOT] only PLAIN")
        if len(arguments) > 1:
            answer = _text(arguments[1])
        else:
            await self._send("+ ")
            answer = (await self._line()).decode().strip()
        if answer == "*":
            raise _Bad("given up")
        try:
            _, user, word = base64.b64decode(answer, validate=True).decode().split("\0")
        except (binascii.Error, ValueError) as error:
            raise _Bad("not PLAIN") from error
        return self._signed_in(user, word)

    def _signed_in(self, user: str, word: str) -> str:
        if self._server.users.get(user) != word:
            raise _No("[AUTHENTICATIONFAILED] wrong user or password")
        self._user = user
        return f"[CAPABILITY {self._server.capabilities}] logged in"

    # ---- folders

    @property
    def _folders(self) -> dict[str, Folder]:
        assert self._user is not None
        return self._server.accounts[self._user]

    def _named(self, token: Token) -> Folder:
        name = decode_folder(_bytes(token))
        name = "INBOX" if name.upper() == "INBOX" else name
        if name not in self._folders:
            raise _No("[NONEXISTENT] no such folder")
        return self._folders[name]

    async def _enable(self, arguments: list[Token]) -> str:
        known = [
            name for name in (_atom(each).upper() for each in arguments) if name in ("CONDSTORE", "QRESYNC")
        ]
        self._enabled.update(known)
        await self._send(f"* ENABLED {' '.join(known)}")
        return ""

    async def _namespace(self, _: list[Token]) -> str:
        await self._send('* NAMESPACE (("" "/")) NIL NIL')
        return ""

    async def _list(self, arguments: list[Token]) -> str:
        pattern = decode_folder(_bytes(arguments[0]) + _bytes(arguments[1]))
        if not _bytes(arguments[1]):
            await self._send('* LIST (\\Noselect) "/" ""')
            return ""
        wanted = "".join({"*": ".*", "%": "[^/]*"}.get(char, re.escape(char)) for char in pattern)
        for name, folder in self._folders.items():
            if re.fullmatch(wanted, name, re.DOTALL):
                children = any(other.startswith(name + "/") for other in self._folders)
                marks = [
                    "\\HasChildren" if children else "\\HasNoChildren",
                    *([folder.use] if folder.use else []),
                ]
                await self._send(b'* LIST (%s) "/" %s' % (" ".join(marks).encode(), _folder_token(name)))
        return ""

    async def _create(self, arguments: list[Token]) -> str:
        name = decode_folder(_bytes(arguments[0])).rstrip("/")
        if name in self._folders:
            raise _No("[ALREADYEXISTS] there is one")
        self._folders[name] = Folder(name)
        return ""

    async def _delete(self, arguments: list[Token]) -> str:
        folder = self._named(arguments[0])
        if folder.name == "INBOX":
            raise _No("[CANNOT] INBOX stays")
        del self._folders[folder.name]
        return ""

    async def _rename(self, arguments: list[Token]) -> str:
        folder = self._named(arguments[0])
        del self._folders[folder.name]
        folder.name = decode_folder(_bytes(arguments[1]))
        self._folders[folder.name] = folder
        return ""

    async def _status(self, arguments: list[Token]) -> str:
        folder = self._named(arguments[0])
        mails = folder.mails.values()
        known = {
            "MESSAGES": len(mails), "UNSEEN": sum("\\Seen" not in mail.flags for mail in mails), "RECENT": 0,
            "UIDNEXT": folder.uidnext, "UIDVALIDITY": folder.uidvalidity, "HIGHESTMODSEQ": folder.modseq,
        }  # fmt: skip
        asked = [_atom(item).upper() for item in _list_of(arguments[1])]
        values = " ".join(f"{item} {known[item]}" for item in asked if item in known)
        await self._send(b"* STATUS %s (%s)" % (_folder_token(folder.name), values.encode()))
        return ""

    async def _append(self, arguments: list[Token]) -> str:
        try:
            folder = self._named(arguments[0])
        except _No as error:
            raise _No("[TRYCREATE] no such folder") from error
        flags: frozenset[str] = frozenset()
        date: datetime | None = None
        for option in arguments[1:-1]:
            if isinstance(option, list):
                flags = _flag_set(option)
            else:
                date = wire.parse_date(_bytes(option))
        mail = folder.add(bytes(_bytes(arguments[-1])), flags, date)
        return f"[APPENDUID {folder.uidvalidity} {mail.uid}] stored"

    async def _select(self, arguments: list[Token]) -> str:
        return await self._open(arguments, read_only=False)

    async def _examine(self, arguments: list[Token]) -> str:
        return await self._open(arguments, read_only=True)

    async def _open(self, arguments: list[Token], read_only: bool) -> str:
        self.leave()
        folder = self._named(arguments[0])
        self._folder, self._read_only, self._view = folder, read_only, list(folder.mails)
        folder.viewers.add(self)
        flags = " ".join([*_SYSTEM_FLAGS, *folder.keywords()])
        await self._send(
            f"* FLAGS ({flags})",
            f"* OK [PERMANENTFLAGS ({'' if read_only else flags + ' ' + chr(92) + '*'})] may be changed",
            f"* {len(self._view)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {folder.uidvalidity}] of these UIDs",
            f"* OK [UIDNEXT {folder.uidnext}] next",
            f"* OK [HIGHESTMODSEQ {folder.modseq}] highest",
        )
        options = arguments[1] if len(arguments) > 1 else []
        if isinstance(options, list) and options and _atom(options[0]).upper() == "QRESYNC":
            await self._resync(folder, *(wire.number(each) for each in _list_of(options[1])[:2]))
        self.news.clear()
        return "[READ-ONLY] opened" if read_only else "[READ-WRITE] opened"

    async def _resync(self, folder: Folder, uidvalidity: int, modseq: int) -> None:
        """What changed since ``modseq`` (RFC 7162 3.2.5)."""
        if "QRESYNC" not in self._enabled:
            raise _Bad("ENABLE QRESYNC first")
        if uidvalidity == folder.uidvalidity:
            await self._tell_vanished(folder, modseq)
            for mail in list(folder.mails.values()):
                if mail.modseq > modseq:
                    await self._send(self._fetched(folder, mail, ["UID", "FLAGS", "MODSEQ"]))

    async def _tell_vanished(self, folder: Folder, modseq: int) -> None:
        if gone := [uid for when, uid in folder.gone if when > modseq]:
            await self._send(b"* VANISHED (EARLIER) " + wire.format_set(wire.ranges_of(gone)))

    async def _unselect(self, _: list[Token]) -> str:
        self.leave()
        return ""

    async def _close(self, _: list[Token]) -> str:
        if self._folder and not self._read_only:
            self._folder.remove(
                [uid for uid, mail in self._folder.mails.items() if "\\Deleted" in mail.flags]
            )
        self.leave()
        return ""

    # ---- news

    async def _tell_news(self, removals: bool = True) -> None:
        """Tell what others did since the client was told last."""
        folder = self._folder
        if folder is None:
            return
        self.news.clear()
        if removals:
            await self._tell_removed([uid for uid in self._view if uid not in folder.mails])
        last = self._view[-1] if self._view else 0
        if fresh := [uid for uid in folder.mails if uid > last]:
            self._view += fresh
            await self._send(f"* {len(self._view)} EXISTS")
        changed, self.changed_flags = self.changed_flags, set()
        for uid in sorted(changed & set(self._view) & set(folder.mails)):
            items = ["UID", "FLAGS", *(["MODSEQ"] if self._enabled else [])]
            await self._send(self._fetched(folder, folder.mails[uid], items))

    async def _tell_removed(self, lost: list[int]) -> None:
        if lost and "QRESYNC" in self._enabled:
            gone = set(lost)
            self._view = [uid for uid in self._view if uid not in gone]
            await self._send(b"* VANISHED " + wire.format_set(wire.ranges_of(lost)))
            return
        for uid in lost:
            index = bisect.bisect_left(self._view, uid)
            del self._view[index]
            await self._send(f"* {index + 1} EXPUNGE")

    async def _idle(self, _: list[Token]) -> str:
        await self._send("+ idling")
        ending = asyncio.ensure_future(self._line())
        self._server.idling += 1
        try:
            while not ending.done():
                await self._tell_news()  # first of all what came between the last command and this one
                waiting = asyncio.ensure_future(self.news.wait())
                try:
                    await asyncio.wait({ending, waiting}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
            if ending.result().strip().upper() != b"DONE":
                raise _Bad("only DONE ends IDLE")
        finally:
            self._server.idling -= 1
            ending.cancel()
        return ""

    # ---- messages

    def _picked(self, folder: Folder, token: Token, by_uid: bool) -> list[StoredMail]:
        """The mails of a set of UIDs or sequence numbers that this client knows and that are still there."""
        chosen: set[int] = set()
        highest = (self._view[-1] if self._view else 0) if by_uid else len(self._view)
        for part in _atom(token).split(","):
            low, _, high = part.partition(":")
            ends = sorted(highest if end == "*" else int(end) for end in (low, high or low))
            if by_uid:
                first = bisect.bisect_left(self._view, ends[0])
                chosen.update(self._view[first : bisect.bisect_right(self._view, ends[1])])
            else:
                chosen.update(self._view[max(ends[0] - 1, 0) : max(ends[1], 0)])
        return [folder.mails[uid] for uid in sorted(chosen) if uid in folder.mails]

    def _fetched(self, folder: Folder, mail: StoredMail, items: Sequence[str]) -> bytes:
        values = [self._item(folder, mail, item) for item in items]
        return b"* %d FETCH (%s)" % (bisect.bisect_left(self._view, mail.uid) + 1, b" ".join(values))

    def _item(self, folder: Folder, mail: StoredMail, item: str) -> bytes:
        match item.upper():
            case "UID":
                return b"UID %d" % mail.uid
            case "FLAGS":
                return b"FLAGS (%s)" % " ".join(sorted(mail.flags)).encode()
            case "MODSEQ":
                return b"MODSEQ (%d)" % mail.modseq
            case "INTERNALDATE":
                return b'INTERNALDATE "%s"' % _internal_date(mail.date)
            case "RFC822.SIZE":
                return b"RFC822.SIZE %d" % len(mail.raw)
            case "X-GM-MSGID" if "X-GM-EXT-1" in self._server.capabilities:
                return b"X-GM-MSGID %d" % mail.gm_msgid
        found = _BODY.match(item)
        if not found:
            raise _Bad(f"cannot fetch {item}")
        peek, section, start, most = found.groups()
        raw = STUB if mail.uid in self._server.faults.stubs and folder.name == "INBOX" else mail.raw
        data, name = _section(raw, section), f"BODY[{section}]"
        if start is not None:
            data, name = data[int(start) : int(start) + int(most)], f"{name}<{start}>"
        if not peek and not self._read_only:
            folder.set_flags(mail, mail.flags | {"\\Seen"})
        self._server.bytes_given += len(data)
        return b"%s {%d}\r\n%s" % (name.encode(), len(data), data)

    async def _fetch(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        asked = arguments[1] if isinstance(arguments[1], list) else [arguments[1]]
        items = [_atom(item) for item in asked]
        if by_uid and "UID" not in (item.upper() for item in items):
            items.insert(0, "UID")
        since = 0
        if len(arguments) > 2:
            options = [_atom(each).upper() for each in _list_of(arguments[2])]
            self._enabled.add("CONDSTORE")
            since = int(options[options.index("CHANGEDSINCE") + 1])
            items.append("MODSEQ")
            if "VANISHED" in options:
                await self._tell_vanished(folder, since)
        faults = self._server.faults
        bodies = any(item.upper().startswith("BODY") for item in items)
        for mail in self._picked(folder, arguments[0], by_uid):
            if bodies and faults.quota is not None and self._server.bytes_given >= faults.quota:
                raise _No("[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)")
            if bodies and mail.uid in faults.withheld and folder.name == "INBOX":
                continue
            if bodies:
                self._server.given.append((folder.name, mail.uid))
            if mail.modseq > since:
                await self._send(self._fetched(folder, mail, items))
        return ""

    async def _store(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        if self._read_only:
            raise _No("[CANNOT] opened read-only")
        limit = folder.modseq
        if isinstance(arguments[1], list):
            limit = wire.number(_list_of(arguments.pop(1))[1])
            self._enabled.add("CONDSTORE")
        how, given = _atom(arguments[1]).upper(), arguments[2]
        flags = _flag_set(given if isinstance(given, list) else arguments[2:])
        changed_by_others: list[int] = []
        for mail in self._picked(folder, arguments[0], by_uid):
            if mail.modseq > limit:
                changed_by_others.append(mail.uid if by_uid else bisect.bisect_left(self._view, mail.uid) + 1)
                continue
            new = mail.flags | flags if how[0] == "+" else mail.flags - flags if how[0] == "-" else flags
            folder.set_flags(mail, new, by=self)
            if not how.endswith(".SILENT"):
                items = [*(["UID"] if by_uid else []), "FLAGS", *(["MODSEQ"] if self._enabled else [])]
                await self._send(self._fetched(folder, mail, items))
        if changed_by_others:
            return f"[MODIFIED {wire.format_set(wire.ranges_of(changed_by_others)).decode()}] the others are stored"
        return ""

    async def _search(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        if arguments and _atom(arguments[0]).upper() == "CHARSET":
            arguments = arguments[2:]
        mails = [folder.mails[uid] for uid in self._view if uid in folder.mails]
        words = iter(arguments)
        for word in words:
            mails = self._matching(folder, mails, word, words)
        numbers = [mail.uid if by_uid else bisect.bisect_left(self._view, mail.uid) + 1 for mail in mails]
        await self._send("* SEARCH" + "".join(f" {number}" for number in numbers))
        return ""

    def _matching(
        self, folder: Folder, mails: list[StoredMail], word: Token, words: Iterator[Token]
    ) -> list[StoredMail]:
        """Those of ``mails`` that one criterion keeps; its arguments are taken from ``words``."""
        key = _atom(word).upper()
        if key == "ALL":
            return mails
        if key == "UID" or re.fullmatch(r"[\d:,*]+", key):
            chosen = {
                mail.uid for mail in self._picked(folder, next(words) if key == "UID" else word, key == "UID")
            }
            return [mail for mail in mails if mail.uid in chosen]
        flag = "\\" + key.removeprefix("UN").title()
        if flag in _SYSTEM_FLAGS:
            return [mail for mail in mails if (flag in mail.flags) != key.startswith("UN")]
        if key in ("KEYWORD", "UNKEYWORD"):
            keyword = _atom(next(words))
            return [mail for mail in mails if (keyword in mail.flags) == (key == "KEYWORD")]
        if key in ("HEADER", "SUBJECT", "FROM", "TO", "CC"):
            name = _text(next(words)) if key == "HEADER" else key
            value = _text(next(words))
            return [mail for mail in mails if _header_contains(mail.raw, name, value)]
        raise _Bad(f"cannot search for {key}")

    async def _copy(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        return self._copied(self._picked(folder, arguments[0], by_uid), arguments[1])

    async def _move(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        mails = self._picked(folder, arguments[0], by_uid)
        if code := self._copied(mails, arguments[1]):
            await self._send(f"* OK {code}")
        folder.remove({mail.uid for mail in mails})
        return ""

    def _copied(self, mails: list[StoredMail], target: Token) -> str:
        other = self._named(target)
        new = [other.add(mail.raw, mail.flags, mail.date).uid for mail in mails]
        sets = [
            wire.format_set(wire.ranges_of(uids)).decode() for uids in ([mail.uid for mail in mails], new)
        ]
        return f"[COPYUID {other.uidvalidity} {' '.join(sets)}] copied" if new else ""

    async def _expunge(self, folder: Folder, arguments: list[Token], by_uid: bool) -> str:
        if self._read_only:
            raise _No("[CANNOT] opened read-only")
        mails = self._picked(folder, arguments[0] if by_uid else b"1:*", by_uid)
        folder.remove({mail.uid for mail in mails if "\\Deleted" in mail.flags})
        return ""


_Plain = Callable[[_Connection, list[Token]], Awaitable[str]]
_OnMails = Callable[[_Connection, Folder, list[Token], bool], Awaitable[str]]
_ANYBODY: Mapping[str, _Plain] = {
    "CAPABILITY": _Connection._capability, "NOOP": _Connection._noop, "ID": _Connection._id,
    "LOGOUT": _Connection._logout, "LOGIN": _Connection._login, "AUTHENTICATE": _Connection._authenticate,
}  # fmt: skip
_SIGNED_IN: Mapping[str, _Plain] = {
    "ENABLE": _Connection._enable, "NAMESPACE": _Connection._namespace, "LIST": _Connection._list,
    "CREATE": _Connection._create, "DELETE": _Connection._delete, "RENAME": _Connection._rename,
    "SUBSCRIBE": _Connection._noop, "UNSUBSCRIBE": _Connection._noop, "STATUS": _Connection._status,
    "APPEND": _Connection._append, "SELECT": _Connection._select, "EXAMINE": _Connection._examine,
    "IDLE": _Connection._idle,
}  # fmt: skip
_SELECTED: Mapping[str, _Plain] = {
    "CHECK": _Connection._noop, "UNSELECT": _Connection._unselect, "CLOSE": _Connection._close,
}  # fmt: skip
_MESSAGES: Mapping[str, _OnMails] = {
    "FETCH": _Connection._fetch, "STORE": _Connection._store, "SEARCH": _Connection._search,
    "COPY": _Connection._copy, "MOVE": _Connection._move, "EXPUNGE": _Connection._expunge,
}  # fmt: skip


def _bytes(token: Token) -> bytes:
    if not isinstance(token, bytes):
        raise _Bad("a word is missing")
    return token


def _atom(token: Token) -> str:
    return _bytes(token).decode("ascii", "replace")


def _text(token: Token) -> str:
    return _bytes(token).decode("utf-8", "surrogateescape")


def _list_of(token: Token) -> list[Token]:
    if not isinstance(token, list):
        raise _Bad("a list is missing")
    return token


def _flag_set(flags: Iterable[Token]) -> frozenset[str]:
    return frozenset(
        "\\" + name[1:].title() if name.startswith("\\") else name for name in (_atom(flag) for flag in flags)
    )


def _folder_token(name: str) -> bytes:
    return b'"%s"' % encode_folder(name).replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def _internal_date(date: datetime) -> bytes:
    local = date.strftime(f"%d-{_MONTHS[date.month - 1]}-%Y %H:%M:%S %z")
    return local.encode()


def _section(raw: bytes, section: str) -> bytes:
    if not section:
        return raw
    head, _, body = raw.partition(b"\r\n\r\n")
    name = section.upper()
    if name in ("HEADER", "TEXT"):
        return head + b"\r\n\r\n" if name == "HEADER" else body
    if fields := re.fullmatch(r"HEADER\.FIELDS \((.*)\)", name):
        wanted = set(fields[1].replace('"', "").split())
        lines = re.split(rb"\r\n(?![ \t])", head)
        kept = [line for line in lines if line.partition(b":")[0].decode("latin-1").upper() in wanted]
        return b"".join(line + b"\r\n" for line in kept) + b"\r\n"
    raise _Bad(f"cannot fetch the section {section}")


def _header_contains(raw: bytes, name: str, value: str) -> bool:
    head = message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    return any(value.lower() in _decoded(str(each)).lower() for each in head.get_all(name, []))


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


class ImapServer:
    """The server, in a thread of its own while the ``with`` block lasts. All methods may be called from any
    thread.

    ``users`` maps each user to the password; each has the folders of :data:`FOLDERS`. ``without``
    names capabilities that are not offered, ``also`` such as are offered besides (``X-GM-EXT-1``: Gmail's numbers).
    ``faults`` may be changed at any time.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        faults: Faults | None = None,
        without: Collection[str] = (),
        also: Collection[str] = (),
    ) -> None:
        offered = [name for name in CAPABILITIES.split() if name not in without]
        self.capabilities = " ".join([*offered, *also])
        self.users = dict(users)
        self.faults = faults or Faults()
        self.accounts = {user: {name: Folder(name, use) for name, use in FOLDERS.items()} for user in users}
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._connections: set[_Connection] = set()
        self.accepted = 0
        """Connections so far."""
        self.most_at_once = 0
        self.idling = 0
        """Clients that wait in IDLE now."""
        self.bytes_given = 0
        """Bytes of bodies that were asked for so far, and which mails they are of."""
        self.given: list[tuple[str, int]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo IMAP server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, reader, writer)
        self._connections.add(connection)
        self.accepted += 1
        self.most_at_once = max(self.most_at_once, len(self._connections))
        try:
            await connection.run()
        except (OSError, EOFError, ValueError, asyncio.CancelledError):
            pass  # the client went, sent an endless line, or the server is closing
        finally:
            self._connections.discard(connection)
            connection.leave()
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _call(self, do: Callable[[], T]) -> T:
        """Run ``do`` between two steps of the server."""

        async def inside() -> T:
            return do()

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(10)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def cut(self) -> None:
        """End all connections without a word."""

        def end() -> None:
            for connection in self._connections:
                connection.cut()

        self._call(end)

    def create_folder(self, user: str, name: str, use: str = "") -> None:
        """Make a folder; ``use`` is its SPECIAL-USE, such as ``\\Sent``."""
        self._call(lambda: self.accounts[user].setdefault(name, Folder(name, use)))

    def deliver(
        self,
        user: str,
        raw: bytes,
        folder: str = "INBOX",
        flags: Iterable[str] = (),
        date: datetime | None = None,
    ) -> int:
        """Put a mail (CRLF line ends) into a folder; returns its UID. ``date`` is when it came (None:
        now)."""
        return self._call(lambda: self.accounts[user][folder].add(raw, flags, date).uid)

    def mails(self, user: str, folder: str = "INBOX") -> list[StoredMail]:
        """What lies in a folder now, by UID."""
        return self._call(lambda: list(self.accounts[user][folder].mails.values()))

    def remove(self, user: str, uids: Collection[int], folder: str = "INBOX") -> None:
        """Remove mails, as another mail program would."""
        self._call(lambda: self.accounts[user][folder].remove(uids))

    def set_flags(self, user: str, uid: int, flags: Iterable[str], folder: str = "INBOX") -> None:
        """Replace the flags of a mail, as another mail program would."""

        def change() -> None:
            box = self.accounts[user][folder]
            box.set_flags(box.mails[uid], frozenset(flags))

        self._call(change)

    def reset_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """Number all mails anew under a new UIDVALIDITY, as after a restore, and cut whoever has the folder
        open."""
        self._call(lambda: self.accounts[user][folder].renumber())
