"""The conversations that belong to the one that is open, each with why it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, OptionList

from maildesk.domain.related import Relative, all_told
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.state_words import state_name
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.words import ago, number, sender, shop, subject
from maildesk.widgets.text import joined
from maildesk.widgets.wrap import cut, fit

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp

_INDENT = 4
"""Cells before the first words of a row: its digit and the mark."""
_NARROWEST = 24
_BEFORE_LAYOUT = 64


class RelatedPicker(Picker[int]):
    """Choose one of them; two lines each. ``first`` is highlighted at the beginning."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        host: MaildeskApp,
        conversation_id: int,
        found: Sequence[Relative],
        now: datetime,
        first: int | None,
    ) -> None:
        self._relatives = {one.summary.id: one for one in found}
        self._now = now
        self._zone = host.settings.zone
        self._states = host.states
        self._first = first
        super().__init__(t("related.title", number=conversation_id), [self._choice(one) for one in found])

    def _choice(self, one: Relative) -> Choice[int]:
        row = one.summary
        who = sender(row.customer_name, row.customer_address)
        also = (str(row.id), row.shop, who, state_name(row, self._states, short=True))
        return Choice(row.id, f"#{row.id} {row.subject}", all_told(one.reasons), also)

    def on_mount(self) -> None:
        super().on_mount()
        place = next((at for at, choice in enumerate(self.found) if choice.value == self._first), None)
        if place is not None:
            self.query_one(OptionList).highlighted = place

    def on_resize(self) -> None:
        """The rows fill the width that the list has now."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        for place, choice in enumerate(self.found):
            options.replace_option_prompt_at_index(place, self.line(place, choice))

    def line(self, place: int, choice: Choice[int]) -> Content:
        one = self._relatives[choice.value]
        row = one.summary
        width = self.query_one(OptionList).scrollable_content_region.width or _BEFORE_LAYOUT
        room = max(_NARROWEST, width) - _INDENT
        digit = f"{place + 1} " if place < 9 and not self.query_one(Input).value else "  "
        head = f"{number(row.id)} [{state_name(row, self._states, short=True)}] {subject(row.subject)}"
        what = "  ".join(filter(None, (shop(row), ago(row.last_message_at, self._now))))
        tail = SafeText("" if room < 40 else what)
        below = f"{all_told(one.reasons)}{'' if tail else f'  {what}'}"
        space = room - (cell_len(tail) + 2 if tail else 0)
        return joined(
            (digit, "$text-muted"),
            "  ",
            fit(safe_line(head), space),
            (f"  {tail}" if tail else "", "$text-muted"),
            "\n" + " " * _INDENT,
            (cut(safe_line(below), room), "$text-warning"),
        )
