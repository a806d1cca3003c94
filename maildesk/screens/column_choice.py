"""Choosing the columns of the list: for all lists while the app runs, or for the view that is shown."""

from __future__ import annotations

from dataclasses import replace

from textual import work
from textual.content import Content
from textual.widgets import OptionList

from maildesk.domain.columns import COLUMNS
from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.inbox_layout import InboxLayout
from maildesk.screens.picker import Narrow, Picker


class ColumnPicker(Picker[tuple[str, ...]]):
    """Marks columns; Enter applies. The result are the columns to show."""

    def __init__(self, shown: tuple[str, ...]) -> None:
        self.marks = set(shown)
        names: list[Choice[tuple[str, ...]]] = [
            Choice((name,), t(f"inbox.column.{name}"), also=(name,)) for name in COLUMNS
        ]
        super().__init__(t("inbox.columns"), names)

    def digits_line(self) -> str:
        return ""

    def keys_line(self) -> str:
        return t("picker.keys.many")

    def line(self, place: int, choice: Choice[tuple[str, ...]]) -> Content:
        return super().line(place, replace(choice, marked=choice.value[0] in self.marks))

    def answer(self, text: str) -> None:
        """``due -shop``: which to show, and with ``-`` which not."""
        for word in text.replace(",", " ").split():
            name = word.lstrip("+-")
            if name in COLUMNS:
                self.marks = self.marks - {name} if word.startswith("-") else self.marks | {name}
        self.call_later(self.action_picker_choose)

    def action_picker_mark(self) -> None:
        """Show it, or not."""
        chosen = self.chosen
        options = self.query_one(OptionList)
        if chosen is None or options.highlighted is None:
            return
        place = options.highlighted
        self.marks ^= set(chosen.value)
        options.replace_option_prompt_at_index(place, self.line(place, chosen))
        options.highlighted = min(place + 1, len(self.found) - 1)

    def on_narrow_digit(self, event: Narrow.Digit) -> None:
        """A digit shows a column or not."""
        event.prevent_default()
        if event.number <= len(self.found):
            self.query_one(OptionList).highlighted = event.number - 1
            self.action_picker_mark()

    def action_picker_choose(self) -> None:
        self.dismiss(tuple(name for name in COLUMNS if name in self.marks))


class Columns(InboxLayout):
    """Mixed into the inbox."""

    def dress(self, columns: tuple[str, ...] | None, density: str) -> None:
        """Show the columns and the density of a view; None and '' are those of the settings."""
        if (columns, density) != (self.listing.columns, self.listing.density):
            self.listing.columns, self.listing.density = columns, density
            self.lay_out()

    @work(exclusive=True, group="pick")
    async def action_list_columns(self) -> None:
        """Choose the columns: of the view that is shown, else of every list until the app ends."""
        chosen = await self.app.push_screen_wait(ColumnPicker(self.shown_columns))
        if chosen is None:
            return
        if self.listing.columns is not None:
            self.listing.columns = chosen
            key = self.host.keymap.shown("view.save")
            self.host.say(safe_line(t("inbox.columns.view", key=key)))
        else:
            self.host.settings = replace(self.host.settings, columns=chosen)
            self.host.say(safe_line(t("inbox.columns.session", names=" ".join(chosen) or "''")))
        self.lay_out()
