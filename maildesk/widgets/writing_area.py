"""The field that mail is written in: Textual's TextArea with lines broken as Japanese is set."""

from __future__ import annotations

from itertools import accumulate
from time import monotonic

from textual import events
from textual._wrap import compute_wrap_offsets
from textual.document import _wrapped_document
from textual.geometry import Region
from textual.widgets import TextArea

from maildesk.domain.safetext import SafeText
from maildesk.widgets.wrap import wrap

_by_words = compute_wrap_offsets


def wrap_offsets(
    text: str,
    width: int,
    tab_size: int,
    fold: bool = True,
    precomputed_tab_sections: list[tuple[str, int]] | None = None,
) -> list[int]:
    """Where a line of a document is broken, by :func:`maildesk.widgets.wrap.wrap`; text without Japanese and text with
    tabs by words, as Textual does it. Indices of code points, as Textual wants them."""
    if width < 2 or text.isascii() or "\t" in text:
        return _by_words(text, width, tab_size, fold, precomputed_tab_sections)
    pieces = wrap(SafeText(text), width)
    return list(accumulate(len(piece) for piece in pieces[:-1]))


# Textual wraps in this one function and offers no other place to say how. A test notices when that changes.
vars(_wrapped_document)["compute_wrap_offsets"] = wrap_offsets


class WritingArea(TextArea):
    """A text area for people: soft wrap with kinsoku, Tab moves on, the cursor does not blink (2 KB/s over SSH)."""

    def __init__(self, text: str = "", *, id: str | None = None, compact: bool = True) -> None:
        super().__init__(
            text, id=id, soft_wrap=True, tab_behavior="focus", max_checkpoints=50, compact=compact
        )
        self.cursor_blink = False
        self._deaf_until = 0.0

    def deaf_for(self, seconds: float) -> None:
        """Take no keys for a moment: those under way were meant for the screen before."""
        self._deaf_until = monotonic() + seconds

    async def _on_key(self, event: events.Key) -> None:
        if monotonic() < self._deaf_until and event.is_printable:
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def show_selection(self) -> None:
        """Scroll as little as it takes to see all of what is selected."""
        first, last = (self.wrapped_document.location_to_offset(end) for end in sorted(self.selection))
        region = Region(0, first.y, 1, last.y - first.y + 1)
        self.scroll_to_region(region, animate=False, force=True)
