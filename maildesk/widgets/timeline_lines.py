"""The lines of a timeline: its entries wrapped to a width, once per text and width."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.widgets.entry import Entry, Piece
from maildesk.widgets.lights import Lights, Span
from maildesk.widgets.tables import wrap_text
from maildesk.widgets.text import NOTHING

FOLDED = ("quote", "signature")
"""The kinds of pieces that are folded at first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as drawn: its entry's place, its text, its look, a text for its right end, and where highlighted words
    are."""

    entry: int
    text: SafeText
    look: str
    right: SafeText = NOTHING
    lit: Sequence[Span] = ()


class Texts:
    """Wraps the pieces of entries and keeps what it wrapped."""

    def __init__(self) -> None:
        self.lights = Lights()
        self._wrapped: dict[tuple[str, int], tuple[SafeText, tuple[SafeText, ...]]] = {}

    def keep(self, ids: Collection[str]) -> None:
        """Forget entries that are not among ``ids``."""
        self._wrapped = {key: lines for key, lines in self._wrapped.items() if key[0] in ids}

    def clear(self) -> None:
        """Forget all: the width is another."""
        self._wrapped.clear()

    def lines(self, place: int, entry: Entry, width: int, folded: bool, unfold: str | None) -> Iterator[Line]:
        """The lines of an entry. ``folded``: only the first; ``unfold``: the key that the lines for folded parts name,
        None where the parts are shown."""
        mark = {"inbound": "▪" if entry.unread else " ", "outbound": "»", "event": " "}.get(entry.kind, "│")
        words = [t(f"widgets.kind.{entry.kind}")] if entry.kind in ("comment", "phone") else []
        left = "  ".join([*words, entry.left])
        head = safe_line(f" {mark} {'▸ ' if folded else ''}{left}")
        yield Line(place, head, entry.kind, entry.right, self.lights.spans(head) if not entry.right else ())
        if folded:
            return
        bar = " │ " if entry.kind in ("comment", "phone") else "   "
        for number, piece in enumerate(entry.pieces):
            if piece.kind in FOLDED and unfold is not None:
                count = piece.text.count("\n") + 1
                note = t(f"widgets.{piece.kind}_folded", count=count, key=unfold)
                yield Line(place, safe_line(bar + note), "quote")
                continue
            look = "quote" if piece.kind in FOLDED else piece.kind
            wrapped = self._wrap(entry, number, piece, max(width - 4, 2))
            for text, lit in zip(wrapped, self.lights.in_lines(wrapped), strict=True):
                moved = [(first + len(bar), last + len(bar)) for first, last in lit]
                yield Line(place, SafeText(bar + text), look, NOTHING, moved)

    def _wrap(self, entry: Entry, number: int, piece: Piece, width: int) -> tuple[SafeText, ...]:
        key = (entry.id, number)
        kept = self._wrapped.get(key)
        if kept is None or kept[0] is not piece.text:
            kept = self._wrapped[key] = (piece.text, tuple(wrap_text(piece.text, width)))
        return kept[1]
