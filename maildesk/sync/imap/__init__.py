"""An IMAP connection as the sync engine needs it: plain values in and out, errors for people, nothing hangs.

:class:`ImapSession` stands on IMAPClient (connection, TLS, STARTTLS, login, APPEND) and reads FETCH, SEARCH,
EXAMINE and IDLE itself, because IMAPClient 4.1 cannot fetch ranges, filters SELECT's and FETCH's answers,
loses what comes unasked and cannot be woken from IDLE. Folders are only ever EXAMINEd and bodies PEEKed: no
flag on the server is touched. A session belongs to one thread, but for :meth:`ImapSession.abort`.
"""

from __future__ import annotations

from maildesk.sync.imap.limits import BATCH, CHUNK, IDLE_AT_MOST, SEARCH_WINDOW, TIMEOUT
from maildesk.sync.imap.session import ImapSession
from maildesk.sync.imap.values import (
    FolderChanges,
    FolderState,
    NoSuchFolder,
    NotNow,
    OverQuota,
    RemoteFolder,
    RemoteMessage,
    Role,
    TooMany,
    decode_folder,
    encode_folder,
)

__all__ = [
    "BATCH",
    "CHUNK",
    "IDLE_AT_MOST",
    "SEARCH_WINDOW",
    "TIMEOUT",
    "FolderChanges",
    "FolderState",
    "ImapSession",
    "NoSuchFolder",
    "NotNow",
    "OverQuota",
    "RemoteFolder",
    "RemoteMessage",
    "Role",
    "TooMany",
    "decode_folder",
    "encode_folder",
]
