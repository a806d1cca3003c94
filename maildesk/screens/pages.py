"""Which part of a long list to ask for: by keyset beside what is held, by counting only where nothing is held near."""

from __future__ import annotations

from dataclasses import dataclass

from maildesk.domain.conversation import Key, Page


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Ask for ``size`` rows after the one that stands at ``after`` (``backwards``: before it), else from the beginning
    (the end) of the list, with ``skip`` left out. The first of them stands at ``offset``, as far as is known."""

    offset: int
    size: int
    after: Key | None = None
    backwards: bool = False
    skip: int = 0

    def begin(self, page: Page) -> int | None:
        """Where the first row of the page that was read stands; None where ``offset`` turns out to be wrong: the list
        begins elsewhere."""
        if not self.backwards:
            return self.offset
        begin = self.offset + self.size - len(page.rows)
        return begin if (begin == 0) == (page.cursor is None) else None

    def ends(self, page: Page) -> bool:
        """Whether the list is known to end with the page that was read."""
        if self.backwards:
            return self.after is None and not self.skip
        return page.cursor is None


class Pages:
    """What is known of a list: where its rows stand in its order, and how many there are."""

    def __init__(self) -> None:
        self.total = 0
        self.is_counted = True
        """Whether ``total`` is no guess."""
        self._keys: dict[int, Key] = {}

    def met(self, page: Page) -> None:
        """A page was read."""
        self._keys.update((row.id, key) for row, key in zip(page.rows, page.keys, strict=True))

    def key(self, conversation: int | None) -> Key | None:
        """Where a conversation stands in the order, where it was met."""
        return None if conversation is None else self._keys.get(conversation)

    def request(self, offset: int, size: int, after: int | None, before: int | None) -> PageRequest:
        """The rows from ``offset`` on: after the conversation ``after`` or before ``before``, else counted from the end
        of the list that is nearer."""
        if (key := self.key(after)) is not None:
            return PageRequest(offset, size, key)
        if (key := self.key(before)) is not None:
            return PageRequest(offset, size, key, backwards=True)
        behind = max(0, self.total - offset - size)
        if self.is_counted and behind < offset:
            return PageRequest(offset, size, backwards=True, skip=behind)
        return PageRequest(offset, size, skip=offset)
