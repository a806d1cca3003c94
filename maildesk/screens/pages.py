"""Which page of a long list to ask for: pages are found by keyset cursors, so they are read one after the other from
either end."""

from __future__ import annotations

from dataclasses import dataclass

from maildesk.domain.status import Sort

REVERSED: dict[Sort, Sort] = {Sort.NEWEST: Sort.OLDEST, Sort.OLDEST: Sort.NEWEST}
"""The order that reads a list from its end."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Ask for ``size`` rows after ``after``, in the opposite order if ``reverse``; they stand at ``offset``."""

    offset: int
    size: int
    after: str | None
    reverse: bool


class Pages:
    """The cursors met so far in one list of ``total`` rows."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.total = 0
        self._head: list[str | None] = [None]
        self._tail: list[str | None] = [None]

    def request(self, offset: int, reversible: bool) -> PageRequest:
        """The next page to read so that the row at ``offset`` comes nearer, from the end that is closer."""
        page = min(offset // self.size, len(self._head) - 1)
        steps = offset // self.size - page
        back = (self.total - 1 - offset) // self.size
        back_page = min(back, len(self._tail) - 1)
        if reversible and back - back_page < steps:
            start = self.total - (back_page + 1) * self.size
            return PageRequest(max(0, start), min(self.size, self.size + start), self._tail[back_page], True)
        return PageRequest(page * self.size, self.size, self._head[page], False)

    def met(self, request: PageRequest, cursor: str | None) -> None:
        """A page was read; ``cursor`` continues it."""
        ends = self._tail if request.reverse else self._head
        if cursor is not None and request.after == ends[-1]:
            ends.append(cursor)
