"""The rows of a long list that are held: those around the cursor, each at its place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from rich.cells import cell_len

from maildesk.widgets.columns import NEEDS, Needs
from maildesk.widgets.list_row import ListRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """``count`` rows from ``offset`` on that are to be asked for, with the rows beside them that are held."""

    offset: int
    count: int
    after: ListRow | None
    before: ListRow | None


class RowWindow:
    """Some rows of a list that has ``listed``; ``needs`` is what they need of the columns.

    One row may linger among them: it is not of the list any more, and stands where it stood. Places count it, offsets
    do not.
    """

    def __init__(self, needs: Needs = NEEDS) -> None:
        self._rows: dict[int, ListRow] = {}
        self._places: dict[int, int] = {}
        self._lingering: int | None = None
        self.listed = 0
        self.needs = needs

    @property
    def total(self) -> int:
        """How many places there are."""
        return self.listed + (self._lingering is not None)

    @property
    def lingering(self) -> int | None:
        """The conversation that is not of the list any more."""
        return self._lingering

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, conversation: int) -> bool:
        return conversation in self._places

    def __iter__(self) -> Iterator[int]:
        """The conversations that are held."""
        return iter(self._places)

    def at(self, place: int) -> ListRow | None:
        """The row at a place, None where it is not held."""
        return self._rows.get(place)

    def place(self, conversation: int) -> int | None:
        """Where a conversation stands."""
        return self._places.get(conversation)

    def span(self, first: int, last: int) -> list[ListRow]:
        """The rows held from ``first`` to ``last``."""
        return [row for place in range(first, last + 1) if (row := self._rows.get(place)) is not None]

    def clear(self) -> None:
        """Hold nothing."""
        self._rows.clear()
        self._places.clear()
        self._lingering = None

    def reset(self, rows: Sequence[ListRow], offset: int, total: int) -> None:
        """Hold only ``rows``, of a list of ``total``. The width of the numbers stays, so that columns do not jump."""
        self.clear()
        self.needs = Needs(self.needs.number)
        self.listed = total
        self.put(rows, offset)

    def linger(self, row: ListRow, place: int) -> None:
        """Let a row that is not of the list stand at ``place``; those below move down."""
        self._rows = {at + (at >= place): one for at, one in self._rows.items()}
        self._rows[place] = row
        self._places = {one.id: at for at, one in self._rows.items()}
        self._lingering = row.id
        self._need(row)

    def let_go(self) -> int | None:
        """Take the row away that lingers. The place where it stood, None where there is none."""
        if self._lingering is None:
            return None
        (place,) = self.remove({self._lingering})
        return place

    def _shown(self, offset: int) -> int:
        """The place of what stands at an offset of the list."""
        stray = None if self._lingering is None else self._places[self._lingering]
        return offset if stray is None or offset < stray else offset + 1

    def _offset(self, place: int) -> int:
        """What stands at a place, in the list."""
        stray = None if self._lingering is None else self._places[self._lingering]
        return place if stray is None or place <= stray else place - 1

    def put(self, rows: Sequence[ListRow], offset: int) -> None:
        """Hold ``rows`` from ``offset`` on, instead of what was held there. What lingered and is among them does so no
        more."""
        if any(row.id == self._lingering for row in rows):
            self.let_go()
        placed = [(self._shown(at), row) for at, row in enumerate(rows, offset)]
        for place, row in placed:
            old = self._rows.get(place)
            if old is not None and self._places.get(old.id) == place:
                del self._places[old.id]
            self._rows[place] = row
        for place, row in placed:
            self._places[row.id] = place
            self._need(row)

    def replace(self, row: ListRow) -> int | None:
        """Hold new values of a conversation. Its place, None when it is not held or says the same."""
        place = self._places.get(row.id)
        if place is None or self._rows[place] == row:
            return None
        self._rows[place] = row
        self._need(row)
        return place

    def _need(self, row: ListRow) -> None:
        now = self.needs
        self.needs = Needs(
            max(now.number, min(len(row.number), 12)),
            max(now.flags, cell_len(row.flags)),
            now.state or bool(row.state),
            now.due or bool(row.due),
        )

    def keep(self, near: int, most: int) -> None:
        """Forget those far from the place ``near`` when there are more than ``most``."""
        if len(self._rows) > most:
            for place in [place for place in self._rows if abs(place - near) > most // 2]:
                row = self._rows.pop(place)
                if self._places.get(row.id) == place:
                    del self._places[row.id]

    def remove(self, conversations: Set[int]) -> list[int]:
        """Take rows out of the list: those below move up. The places where they stood, in order."""
        gone = sorted(self._places[one] for one in conversations if one in self._places)
        held = [(place, row) for place, row in self._rows.items() if row.id not in conversations]
        self._rows = {place - bisect_left(gone, place): row for place, row in held}
        self._places = {row.id: place for place, row in self._rows.items()}
        if self._lingering in conversations:
            self._lingering = None
            self.listed += 1
        self.listed -= len(gone)
        return gone

    def wanted(self, first: int, visible: int, page: int) -> Wanted | None:
        """What is to be asked for, ``page`` rows at most, when ``visible`` rows from ``first`` on are seen: what is
        not held of them, and of half a screen around. None: all is held."""
        span = range(max(0, first - visible // 2), min(self.total, first + visible + visible // 2))
        missing = next((place for place in span if place not in self._rows), None)
        if missing is None:
            return None
        after = self._anchor(missing, -1)
        if after is not None:
            return self._wanted(missing, min(page, self.total - missing), after, None)
        last = next(place for place in reversed(span) if place not in self._rows)
        before = self._anchor(last, 1)
        if before is not None:
            first = max(0, last + 1 - page)
            return self._wanted(first, last + 1 - first, None, before)
        first = max(0, min(missing - page // 2, self.total - page))
        return self._wanted(first, min(page, self.total - first), None, None)

    def _wanted(self, first: int, count: int, after: ListRow | None, before: ListRow | None) -> Wanted:
        offset = self._offset(first)
        return Wanted(offset, self._offset(first + count) - offset, after, before)

    def _anchor(self, place: int, step: int) -> ListRow | None:
        """The row of the list that stands beside a place."""
        row = self._rows.get(place + step)
        return self._rows.get(place + 2 * step) if row is not None and row.id == self._lingering else row
