"""The columns of a list that somebody may do without: chosen for all lists, or with a saved view."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from maildesk.errors import UsageError

COLUMNS: tuple[str, ...] = ("due", "flags", "priority", "shop", "assignee", "time")
"""In the order of the list. Number, sender and subject are always there; a narrow list has not the room for all."""
DENSITIES: tuple[str, ...] = ("compact", "comfortable")
"""One line a row, or two."""
_NONE = "-"


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """These columns, each once, in the order of the list. Raises UsageError for one that there is not."""
    wanted = list(names)
    for name in wanted:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1, 0.0)[0]
            raise UsageError("no_column", name=name[:40], nearest=near, known=", ".join(COLUMNS))
    return tuple(name for name in COLUMNS if name in wanted)


def typed(text: str) -> tuple[str, ...]:
    """Columns as they are typed: ``due,time``, ``all`` or ``none``. Raises UsageError."""
    words = text.replace(",", " ").split()
    if words == ["all"]:
        return COLUMNS
    return () if words == ["none"] else chosen(words)


def stored(columns: tuple[str, ...] | None) -> str:
    """Columns as a word for a database; '' where nothing was chosen."""
    if columns is None:
        return ""
    return " ".join(columns) or _NONE


def from_store(text: str) -> tuple[str, ...] | None:
    """The reverse of :func:`stored`. A column of a newer maildesk is left out."""
    if not text:
        return None
    return tuple(name for name in COLUMNS if name in text.split())
