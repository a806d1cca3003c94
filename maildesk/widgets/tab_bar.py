"""The row of tabs with live counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.message import Message

from maildesk.domain.safetext import SafeText
from maildesk.domain.status import COLOURS
from maildesk.widgets.bar import Bar, Run, blanks, spread
from maildesk.widgets.text import NOTHING


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its id, its key (``1``, may be ''), its label, the label for narrow terminals, whether it
    goes first where there is no room (spam and trash), and a colour of :data:`COLOURS`, '' for that of the others."""

    id: str
    key: str
    label: SafeText
    short: SafeText = NOTHING
    secondary: bool = False
    colour: str = ""


class TabBar(Bar):
    """``[1 新着 12]  2 処理中 4  …``: the active tab in brackets, counts above 0, words at the right end."""

    DEFAULT_CSS = """
    TabBar {
        & > .tab-bar--active { color: $foreground; text-style: bold; background: $primary-muted; }
        & > .tab-bar--other { color: $text-muted; }
        & > .tab-bar--right { color: $text-muted; }
        & > .tab-bar--red { color: $text-error; }
        & > .tab-bar--yellow { color: $text-warning; }
        & > .tab-bar--green { color: $text-success; }
        & > .tab-bar--blue { color: $text-primary; }
        & > .tab-bar--purple { color: $text-secondary; }
        & > .tab-bar--grey { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"tab-bar--{name}" for name in ("active", "other", "right", *COLOURS)
    }

    class Selected(Message):
        """A tab was clicked."""

        def __init__(self, tab_bar: TabBar, tab: str) -> None:
            super().__init__()
            self.tab_bar = tab_bar
            self.tab = tab

        @property
        def control(self) -> TabBar:
            """The bar."""
            return self.tab_bar

    def __init__(self, tabs: Sequence[Tab], active: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = tuple(tabs)
        self._active = active
        self._counts: dict[str, int] = {}
        self._right = NOTHING
        self._lit: frozenset[str] | None = None
        self._spans: list[tuple[int, int, str]] = []

    @property
    def active(self) -> str:
        """The id of the active tab."""
        return self._active

    @active.setter
    def active(self, tab: str) -> None:
        if tab != self._active:
            self._active = tab
            self.refresh()

    @property
    def places(self) -> list[tuple[int, str]]:
        """Where each visible tab begins, in cells, and its id."""
        return [(start, tab) for start, _, tab in self._spans]

    def beside(self, step: int) -> str:
        """The id of the tab ``step`` after the active one, around the ends."""
        ids = [tab.id for tab in self._tabs]
        at = ids.index(self._active) if self._active in ids else 0
        return ids[(at + step) % len(ids)]

    def set_tabs(self, tabs: Sequence[Tab]) -> None:
        """Show these tabs."""
        if tuple(tabs) != self._tabs:
            self._tabs = tuple(tabs)
            self.refresh()

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show these counts by id of tab; 0 and what is not there show none."""
        if dict(counts) != self._counts:
            self._counts = dict(counts)
            self.refresh()

    def light(self, tabs: frozenset[str] | None) -> None:
        """Show these tabs as those that are listed, whichever is the active one; None: that one. Without any it is
        none of them."""
        if tabs != self._lit:
            self._lit = tabs
            self.refresh()

    def _is_lit(self, tab: Tab) -> bool:
        return tab.id == self._active if self._lit is None else tab.id in self._lit

    def set_right(self, words: SafeText) -> None:
        """What stands at the right end (filter, order) where there is room."""
        if words != self._right:
            self._right = words
            self.refresh()

    def _label(self, tab: Tab, short: bool, counted: bool) -> SafeText:
        count = self._counts.get(tab.id, 0)
        words = [
            tab.key,
            tab.short if short and tab.short else tab.label,
            f"{count:,}" if count and counted else "",
        ]
        return SafeText(" ".join(word for word in words if word))

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells. Where it is narrow the labels get short, secondary tabs go, blanks go,
        then the counts of the tabs that are not active, and at last whole tabs: ``‹`` and ``›`` say that there are
        more."""
        main = tuple(
            tab for tab in self._tabs if not tab.secondary or tab.id == self._active or self._is_lit(tab)
        )
        for tabs, short, gap, counted in (
            (self._tabs, False, 1, True),
            (self._tabs, True, 1, True),
            (main, True, 1, True),
            (main, True, 0, True),
            (main, True, 0, False),
        ):
            labels = [self._label(tab, short, counted or tab.id == self._active) for tab in tabs]
            used = sum(cell_len(label) + 2 for label in labels) + gap * (len(labels) - 1)
            if used + 1 <= width:
                break
        first, last = self._window(tabs, [cell_len(label) + 2 for label in labels], gap, width - 1)
        runs: list[Run] = [(SafeText("‹" if first else " "), "tab-bar--other")]
        self._spans = []
        at = 1
        for tab, label in list(zip(tabs, labels, strict=True))[first:last]:
            chosen = self._is_lit(tab)
            text = SafeText(f"[{label}]" if chosen else f" {label} ")
            self._spans.append((at, at + cell_len(text), tab.id))
            runs.append((text, f"tab-bar--{'active' if chosen else tab.colour or 'other'}"))
            runs.append((blanks(gap), ""))
            at += cell_len(text) + gap
        if last < len(tabs):
            return spread(runs, [(SafeText("›"), "tab-bar--other")], width)
        if self._right and at + cell_len(self._right) + 2 <= width:
            return spread(runs, [(SafeText(f"{self._right} "), "tab-bar--right")], width)
        return runs

    def _window(self, tabs: Sequence[Tab], widths: Sequence[int], gap: int, room: int) -> tuple[int, int]:
        """From which tab to before which one there is room: the active one, the one after it, what fits before."""
        first, end = 0, len(tabs)
        if sum(widths) + gap * (end - 1) <= room:
            return first, end
        room -= 1
        active = next((at for at, tab in enumerate(tabs) if tab.id == self._active), 0)
        while first < active and sum(widths[first : active + 2]) + gap > room:
            first += 1
        while end > active + 1 and sum(widths[first:end]) + gap * (end - first - 1) > room:
            end -= 1
        return first, end

    def on_click(self, event: events.Click) -> None:
        """Textual: a click on a tab."""
        for start, end, tab in self._spans:
            if start <= event.x < end:
                self.post_message(self.Selected(self, tab))
