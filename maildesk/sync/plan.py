"""What one look at a folder has to do: what the server says of it, compared with how far it has been read.

Nothing here talks to anybody. The rules:

- UIDs mean something only under their UIDVALIDITY (RFC 9051 2.3.1.1): another one makes all known UIDs history.
- New mail comes first. What vanished is looked for only after that, and only marks its place as gone.
- A folder that had mail and now has none is believed to be broken, not empty (vdirsyncer's ``StorageEmpty``): stop
  and say so. Its places are compared again when something is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from maildesk.store.folders import Cursor
from maildesk.sync.imap import FolderState

LIST_ABOVE = 1000
"""A longer span of UIDs is not fetched blindly: the server is asked first which of them there are."""

GMAIL_DAILY = 2_400_000_000
"""Bytes that are fetched of a Gmail account in a day: above 2.5 GB Google locks it (Google Workspace, "bandwidth
limits")."""
MISSING_WAITS = (0.0, 0.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds until a mail that is listed and not handed out is asked for again; the last for ever."""
STUB_WAITS = (600.0, 1800.0, 3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0, *([24 * 3600.0] * 6))
"""Seconds until a mail for which a stand-in came is asked for again: about seven days in all. Then the stand-in is
taken in, which at least tells who wrote."""
RECONCILE_EVERY = 20 * 3600.0
RECONCILE_AT_LAST = 48 * 3600.0
"""Seconds after which a folder is compared with the server: at night, and after the second at any hour."""
QUIET = range(2, 5)
"""Hours of the night, local time."""
_STUB_AT_MOST = 64 << 10
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_STUB = re.compile(
    rb"^subject:[ \t]*(?:\[[^\]\r\n]{1,40}\] ?)?retrieval using the imap4 protocol failed",
    re.IGNORECASE | re.MULTILINE,
)


def is_stub(content: bytes) -> bool:
    """Whether this is what Exchange hands out instead of a mail that it cannot convert (``failures.md`` row 33).

    It is made on the spot and was handed on by no server: a mail that was (``Received``, RFC 5321 4.4) only calls
    itself so, and whoever sent it could have it put off for a week.
    """
    if len(content) > _STUB_AT_MOST:
        return False
    end = _HEAD_END.search(content)
    head = content[: end.start()] if end else content
    return _STUB.search(head) is not None and _RECEIVED.search(head) is None


def missing_wait(tries: int) -> float:
    """Seconds until a mail that was not handed out ``tries`` times is asked for again."""
    return MISSING_WAITS[min(max(tries, 0), len(MISSING_WAITS) - 1)]


def stub_wait(tries: int) -> float | None:
    """The same for a stand-in; None when it has been long enough."""
    return STUB_WAITS[tries] if tries < len(STUB_WAITS) else None


def is_reconcile_due(age: float | None, hour: int) -> bool:
    """Whether a folder is to be compared with the server now: ``age`` seconds after the last time, at this hour; at any
    where it never was, for a computer that is off at night has no quiet hour."""
    return age is None or age > RECONCILE_AT_LAST or (age > RECONCILE_EVERY and hour in QUIET)


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The folder counts its UIDs anew: begin at the first, under ``uidvalidity``."""

    uidvalidity: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch the UIDs from ``low`` to ``high``, both included. ``listed``: ask first which of them exist."""

    low: int
    high: int
    listed: bool


@dataclass(frozen=True, slots=True)
class FindVanished:
    """Fewer mails are there than known: find out which are gone."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """The folder is empty and ``known`` mails were in it: change nothing, tell people."""

    known: int


Action: TypeAlias = Renumbered | Fetch | FindVanished | Emptied


def plan_folder(state: FolderState, cursor: Cursor, known: int) -> tuple[Action, ...]:
    """What to do, in this order; nothing for a folder that is as it was.

    ``known`` is how many UIDs of the cursor's UIDVALIDITY are on the server as far as the ledger says.
    """
    if state.exists == 0 and known:
        return (Emptied(known),)
    actions: list[Action] = []
    last_uid = cursor.last_uid
    if cursor.uidvalidity != state.uidvalidity:
        actions.append(Renumbered(state.uidvalidity))
        last_uid = known = 0
    high = state.uidnext - 1
    if high > last_uid and state.exists:
        actions.append(Fetch(last_uid + 1, high, last_uid == 0 or high - last_uid > LIST_ABOVE))
    if has_vanished(state, known) and high <= last_uid:
        actions.append(FindVanished())
    return tuple(actions)


def has_vanished(state: FolderState, known: int) -> bool:
    """Whether some of ``known`` UIDs, among them all that have come since, are gone. An empty folder says nothing."""
    return 0 < state.exists < known
