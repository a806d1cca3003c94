"""What an IMAP server has, as plain values: folders, states, messages."""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from maildesk.errors import MailServerError
from maildesk.sync.imap_wire import Token, UidRange

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
    gm_msgid: int | None = None
    """Gmail's number of the mail, the same under every label (X-GM-MSGID)."""

    @property
    def raw(self) -> bytes:
        """All of it, in memory."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    def open(self) -> io.BufferedIOBase:
        """A stream over it, for what is too large for memory."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


class NoSuchFolder(MailServerError):
    """The server has no folder of this name. ``values["nearest"]`` lists similar ones."""


class NotNow(MailServerError):
    """The server refused a command that is right in itself: overloaded, in use."""


class OverQuota(NotNow):
    """The server has given us as much as it gives in a day (or we have taken as much as we allow ourselves): leave it
    alone for hours. ``values["retry_in"]`` is after how many seconds, where that is known."""


class TooMany(NotNow):
    """Too many connections are open: the server counts those of every mail program of this account."""


def decode_folder(name: bytes) -> str:
    """A folder's name from modified UTF-7 (RFC 3501 5.1.3), or from UTF-8 where it is none."""
    try:
        return decode_utf7(bytes(name))
    except (ValueError, UnicodeError):
        return name.decode("utf-8", "replace")


def encode_folder(name: str) -> bytes:
    """A folder's name in modified UTF-7, not quoted."""
    return encode_utf7(name)


def role_of(name: str, marks: set[bytes]) -> Role:
    """What a folder is for: by SPECIAL-USE (RFC 6154); INBOX by its name."""
    if name.upper() == "INBOX":
        return "inbox"
    return next((role for mark, role in _SPECIAL_USE.items() if mark in marks), "")


def with_known_names(folders: list[RemoteFolder]) -> tuple[RemoteFolder, ...]:
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


def nearest_names(name: str, names: Sequence[str]) -> list[str]:
    """Up to five of ``names`` like ``name``; the first five where none is."""
    folded = {each.casefold(): each for each in reversed(names)}
    near = difflib.get_close_matches(name.casefold(), folded, 5, 0.5)
    near += [key for key in folded if key.endswith("/" + name.casefold()) and key not in near]
    return [folded[key] for key in near][:5] or list(names[:5])


def flag_names(token: Token) -> frozenset[str]:
    """The flags of a FETCH answer, as text."""
    if not isinstance(token, list):
        return frozenset()
    names = frozenset(flag.decode("utf-8", "replace") for flag in token if isinstance(flag, bytes))
    return names - {"\\Recent"}  # says something of this connection, not of the message
