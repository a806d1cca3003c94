"""What one look at a folder has to do: what the server says of it, compared with how far it has been read.

Nothing here talks to anybody. The rules:

- UIDs mean something only under their UIDVALIDITY (RFC 9051 2.3.1.1): another one makes all known UIDs history.
- New mail comes first. What vanished is looked for only after that, and only marks its place as gone.
- A folder that had mail and now has none is believed to be broken, not empty (vdirsyncer's ``StorageEmpty``): stop
  and say so. Its places are compared again when something is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from maildesk.store.folders import Cursor
from maildesk.sync.imap import FolderState

LIST_ABOVE = 1000
"""A longer span of UIDs is not fetched blindly: the server is asked first which of them there are."""


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
