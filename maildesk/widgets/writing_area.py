"""The field that mail is written in: Textual's TextArea with lines broken as Japanese is set."""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from time import monotonic

from textual import events
from textual._wrap import compute_wrap_offsets
from textual.document import _wrapped_document
from textual.geometry import Region
from textual.widgets import TextArea

from maildesk.domain.safetext import SafeText
from maildesk.keymap import normalise
from maildesk.widgets.wrap import wrap

_CHANGING = frozenset(("enter", "backspace", "delete"))
"""Keys that change a text though they are no characters."""

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
        self._deaf_to: frozenset[str] = frozenset()
        self._deaf_to_until = 0.0

    def deaf_for(self, seconds: float, to: Collection[str] = (), longer: float = 0.0) -> None:
        """Take nothing that was typed before ``seconds`` have passed, whenever it arrives: it was meant for the screen
        before. The keys ``to`` are not taken for the ``longer`` time, until another one was."""
        now = monotonic()
        self._deaf_until, self._deaf_to_until, self._deaf_to = now + seconds, now + longer, frozenset(to)

    async def _on_key(self, event: events.Key) -> None:
        if self._is_deaf_to(event):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _is_deaf_to(self, event: events.Key) -> bool:
        if not (event.is_printable or event.key in _CHANGING):
            return False
        if event.time < self._deaf_until:
            return True
        if (
            event.time < self._deaf_to_until
            and (normalise(event.key, event.character) or event.key) in self._deaf_to
        ):
            return True
        self._deaf_to_until = 0.0
        return False

    def show_selection(self) -> None:
        """Scroll as little as it takes to see all of what is selected."""
        first, last = (self.wrapped_document.location_to_offset(end) for end in sorted(self.selection))
        region = Region(0, first.y, 1, last.y - first.y + 1)
        self.scroll_to_region(region, animate=False, force=True)
