"""The last row: what can be done here. A hint is shown whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.message import Message

from maildesk.domain.safetext import SafeText
from maildesk.keymap import Hint
from maildesk.widgets.bar import Bar, Run, blanks


def _width(hints: Sequence[Hint], gap: int) -> int:
    return sum(cell_len(hint.keys) + 1 + cell_len(hint.label) for hint in hints) + gap * max(
        0, len(hints) - 1
    )


def choose(hints: Sequence[Hint], width: int) -> tuple[list[Hint], int]:
    """The hints that fit on ``width`` cells in their order, and the blanks between two. First the blanks
    shrink from two to one, then hints go, the one with the highest rank first."""
    kept = list(hints)
    while kept:
        for gap in (2, 1):
            if _width(kept, gap) <= width:
                return kept, gap
        highest = max(hint.rank for hint in kept)
        del kept[max(place for place, hint in enumerate(kept) if hint.rank == highest)]
    return [], 1


class FooterBar(Bar):
    """Hints from the keymap, and the palette's key docked at the right end."""

    DEFAULT_CSS = """
    FooterBar {
        & > .footer-bar--key { color: $text-primary; text-style: bold; }
        & > .footer-bar--label { color: $foreground; }
        & > .footer-bar--off { color: $text-muted; text-style: strike; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer-bar--key", "footer-bar--label", "footer-bar--off"}

    class Pressed(Message):
        """A hint was clicked; ``action`` is the id in the keymap."""

        def __init__(self, footer: FooterBar, action: str) -> None:
            super().__init__()
            self.footer = footer
            self.action = action

        @property
        def control(self) -> FooterBar:
            """The footer."""
            return self.footer

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: tuple[Hint, ...] = ()
        self._docked: Hint | None = None
        self._off: frozenset[str] = frozenset()
        self._spans: list[tuple[int, int, str]] = []

    def show(self, hints: Sequence[Hint], docked: Hint | None = None, off: Collection[str] = ()) -> None:
        """Show ``hints`` (:meth:`Keymap.hints`) and ``docked``, which never goes and only loses its label.
        Hints whose action is in ``off`` are there but cannot be used now."""
        state = (tuple(hints), docked, frozenset(off))
        if state != (self._hints, self._docked, self._off):
            self._hints, self._docked, self._off = state
            self.refresh()

    def _runs_of(self, hint: Hint, at: int) -> list[Run]:
        off = not self._off.isdisjoint(hint.actions)
        label = SafeText(f" {hint.label}") if hint.label else SafeText("")
        end = at + cell_len(hint.keys) + cell_len(label)
        self._spans.append((at, end, hint.actions[0]))
        if off:
            return [(SafeText(hint.keys), "footer-bar--off"), (label, "footer-bar--off")]
        return [(SafeText(hint.keys), "footer-bar--key"), (label, "footer-bar--label")]

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        self._spans = []
        docked = self._docked
        tail = _width([docked], 0) + 2 if docked else 0
        hints, gap = choose(self._hints, width - 1 - tail)
        if docked and (len(hints) < len(self._hints) or gap == 1):
            docked = Hint(docked.keys, "", docked.rank, docked.actions)
            tail = cell_len(docked.keys) + 2
            hints, gap = choose(self._hints, width - 1 - tail)
        runs: list[Run] = [(SafeText(" "), "")]
        at = 1
        for number, hint in enumerate(hints):
            if number:
                runs.append((blanks(gap), ""))
                at += gap
            runs += self._runs_of(hint, at)
            at = self._spans[-1][1]
        if docked and width > tail:
            start = width - tail + 1
            runs.append((blanks(start - at), ""))
            runs += self._runs_of(docked, start)
        return runs

    def on_click(self, event: events.Click) -> None:
        """Textual: a click on a hint."""
        for start, end, action in self._spans:
            if start <= event.x < end:
                self.post_message(self.Pressed(self, action))
