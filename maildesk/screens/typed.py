"""What the footer says while somebody types: keys that are no characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from maildesk.keymap import BY_ID, Hint, Keymap, is_character, shown


class Typed(NamedTuple):
    """What the first key of ``key_of`` that is no character does while somebody types: its name, its rank
    (:class:`~maildesk.keymap.Hint`), and the action of a click on it, '' for ``key_of`` itself."""

    key_of: str
    label: str
    rank: int
    action_id: str = ""

    def hints(self, keymap: Keymap) -> Sequence[Hint]:
        """Its hint; none where there is no such key."""
        keys = [key for key in keymap.of(self.key_of) if not is_character(key)]
        return [Hint(shown(key), self.label, self.rank, (self.action_id or self.key_of,)) for key in keys[:1]]


def leaving() -> Sequence[Typed]:
    """What works wherever somebody types."""
    return [Typed("app.back", BY_ID["app.back"].label, 2), Typed("app.help", BY_ID["app.help"].label, 5)]
