"""The marked conversations of a list, and the range that moving extends."""

from __future__ import annotations

from collections.abc import Iterable

from maildesk.widgets.row_window import RowWindow


class Marks:
    """Each method that changes says whether anything changed."""

    def __init__(self) -> None:
        self.ids: frozenset[int] = frozenset()
        self._anchor: int | None = None
        """The conversation where a range began, None while none is marked."""
        self._before: frozenset[int] = frozenset()

    @property
    def in_range(self) -> bool:
        """Whether moving extends a range."""
        return self._anchor is not None

    def set(self, ids: Iterable[int]) -> bool:
        """Mark exactly ``ids``; a range ends."""
        self._anchor = None
        return self._become(frozenset(ids))

    def toggle(self, conversation: int) -> bool:
        """Mark a conversation, or take its mark away."""
        return self._become(self.ids ^ {conversation})

    def forget(self, conversations: Iterable[int]) -> bool:
        """These left the list."""
        gone = frozenset(conversations)
        self._before -= gone
        return self._become(self.ids - gone)

    def begin_range(self, conversation: int) -> None:
        """Moving marks from this conversation on, beside what is marked."""
        self._anchor, self._before = conversation, self.ids

    def end_range(self) -> None:
        """Moving only moves again; the marks stay."""
        self._anchor = None

    def extend(self, rows: RowWindow, cursor: int) -> bool:
        """Mark what is between the beginning of the range and the cursor. A range whose beginning left ends."""
        if self._anchor is None:
            return False
        start = rows.place(self._anchor)
        if start is None:
            self._anchor = None
            return False
        first, last = sorted((start, cursor))
        return self._become(self._before.union(row.id for row in rows.span(first, last)))

    def _become(self, ids: frozenset[int]) -> bool:
        before, self.ids = self.ids, ids
        return before != ids
