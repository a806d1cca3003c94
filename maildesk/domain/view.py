"""Saved views: a query with a name, and where and how it lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from maildesk.domain.columns import DENSITIES, chosen
from maildesk.domain.query import parse
from maildesk.domain.status import AnyTab, Sort, Tab
from maildesk.errors import UsageError

MAX_NAME = 40
"""Characters of a name."""
TAKEN = frozenset("giamodvctsxh")
"""Letters that mean something else after ``g``."""
_LETTER = re.compile("[a-z]?")


@dataclass(frozen=True, slots=True)
class View:
    """A saved view. ``letter`` opens it after ``g``; '' has none. ``mailbox`` is a short name, '' for all.
    ``columns`` and ``density`` are how it lists; None and '' are as whoever opens it has his lists.
    ``shared``: everybody has it; it is changed by ``owner`` (a name) and by administrators. ``id`` and ``owner_id``
    are 0 where it was not stored."""

    name: str
    query: str = ""
    tab: AnyTab = Tab.ALL
    sort: Sort = Sort.NEWEST
    mailbox: str = ""
    letter: str = ""
    shared: bool = False
    owner: str = ""
    own: bool = True
    id: int = 0
    columns: tuple[str, ...] | None = None
    density: str = ""
    owner_id: int = 0


@dataclass(frozen=True, slots=True)
class ViewUndo:
    """Hand this back to take a change of one's views back: ``was`` and ``now`` are the view before and after it, None
    where there was none."""

    was: View | None
    now: View | None


def check(
    view: View, taken: Collection[str] = TAKEN, states: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """Raise UsageError (QueryError for its query) where a view cannot be kept; ``taken`` are letters that mean
    something else, ``states`` those of the desk's own."""
    if not view.name.strip() or len(view.name) > MAX_NAME or not view.name.isprintable():
        raise UsageError("view_name", name=view.name[:MAX_NAME], most=MAX_NAME)
    if not _LETTER.fullmatch(view.letter) or view.letter in taken:
        free = "".join(c for c in "abcdefghijklmnopqrstuvwxyz" if c not in taken)
        raise UsageError("view_letter", letter=view.letter, free=free)
    if view.columns is not None:
        chosen(view.columns)
    if view.density and view.density not in DENSITIES:
        raise UsageError("view_density", density=view.density[:40], known=", ".join(DENSITIES))
    parse(view.query, states)
