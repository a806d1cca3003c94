"""Pickers: a title, a field that narrows, the things to choose from. Digits choose while the field is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from maildesk import keymap
from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.fuzzy import Choice, best, exactly
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import Part, content, joined

Value = TypeVar("Value")


class Narrow(Input):
    """A field that narrows a list. While it is empty, a digit is a choice and no text (unless ``digits`` is off)."""

    digits = True

    class Digit(Message):
        """A digit was pressed in the empty field."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    async def _on_key(self, event: events.Key) -> None:
        key = keymap.normalise(event.key, event.character) or event.key
        if len(key) == 1 and key in "123456789" and not self.value and self.digits:
            event.stop()
            event.prevent_default()
            self.post_message(self.Digit(int(key)))
            return
        await super()._on_key(event)


class Picker(DeskDialog[Value | None], Generic[Value]):
    """Choose one thing; the result is its value, None for Escape. ``typed`` may make a choice out of what was typed,
    such as a date or a new label; with ``typed_first`` it comes before what was found. ``typing`` is a line that lets
    digits be typed instead of choosing, for dates; ``digits`` off does so from the start."""

    context: ClassVar[keymap.Context] = "picker"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("picker")]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[Value]],
        *,
        hint: str = "",
        typed: Callable[[str], Choice[Value] | None] | None = None,
        typed_first: bool = False,
        typing: str = "",
        digits: bool = True,
        query: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._hint = hint
        self._typed = typed
        self._typed_first = typed_first or bool(typing)
        self._typing = typing
        self._digits = digits
        self._query = query
        self.found: Sequence[Choice[Value]] = ()
        self._offers_typing = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker") as box:
            box.border_title = content(self._title)
            yield self.field()
            yield OptionList(markup=False, compact=True)
            yield Static(content(self.keys_line()), classes="keys")

    def field(self) -> Narrow:
        """Where one types."""
        return Narrow(self._query, placeholder=self._hint or t("picker.search"), compact=True)

    def digits_line(self) -> str:
        """What the last line says of the digits while they choose."""
        return t("picker.keys.digits")

    def keys_line(self) -> str:
        """What the last line says of the other keys."""
        return t("picker.keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        field = self.query_one(Input)
        field.cursor_blink = False
        if isinstance(field, Narrow):
            field.digits = self._digits
        answer = self.host.command_line.take_answer()
        if answer is not None:
            self.answer(answer)
        else:
            self.narrow(self._query)

    def answer(self, text: str) -> None:
        """Pick by ``text``, as if it were typed. Where it says more than one thing the agent chooses."""
        field = self.query_one(Input)
        if isinstance(field, Narrow):
            field.digits = False
        with field.prevent(Input.Changed):
            field.value = text
        self.narrow(text)
        first = self.chosen
        if first is not None and (len(self.found) == 1 or first not in self._choices or exactly(text, first)):
            self.call_later(self.action_picker_choose)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.narrow(event.value)

    def narrow(self, query: str) -> None:
        """Show what fits ``query``."""
        found = list(best(query, self._choices))
        extra = self._typed(query) if self._typed is not None and query.strip() else None
        if extra is not None:
            found = [choice for choice in found if choice.value != extra.value]
            found.insert(0 if self._typed_first else len(found), extra)
        self.found = found
        field = self.query_one(Input)
        digits = not isinstance(field, Narrow) or field.digits
        self._offers_typing = bool(self._typing) and (
            digits if not query else bool(best(query, [Choice(None, self._typing, also=("date", "ひづけ"))]))
        )
        choosing = digits and not query and isinstance(field, Narrow) and bool(found)
        words = [self.digits_line() if choosing else "", self.keys_line()]
        self.query_one(".keys", Static).update(content("  ".join(filter(None, words))))
        options = self.query_one(OptionList)
        options.clear_options()
        if found or self._offers_typing:
            options.add_options([Option(self.line(place, choice)) for place, choice in enumerate(found)])
            marked = next((place for place, choice in enumerate(found) if choice.marked), 0)
            if self._offers_typing:
                last = len(found)
                number = f"{last + 1} " if last < 9 and not query else "  "
                options.add_option(Option(joined((number, "$text-muted"), "  ", self._typing)))
            options.highlighted = 0 if query else marked
        else:
            nothing = t("picker.none.time" if self._typing else "picker.none")
            options.add_option(Option(content(nothing, "$text-muted"), disabled=True))

    def line(self, place: int, choice: Choice[Value]) -> Content:
        """One line of the list."""
        field = self.query_one(Input)
        digit = f"{place + 1} " if place < 9 and not field.value and getattr(field, "digits", False) else "  "
        parts: list[str | Part] = [
            (digit, "$text-muted"),
            ("✓ " if choice.marked else "  "),
            safe_line(choice.label),
        ]
        if choice.note:
            parts.append((f"  {safe_line(choice.note)}", "$text-muted"))
        return joined(*parts)

    @property
    def chosen(self) -> Choice[Value] | None:
        """What is highlighted."""
        place = self.query_one(OptionList).highlighted
        return self.found[place] if place is not None and place < len(self.found) else None

    def on_narrow_digit(self, event: Narrow.Digit) -> None:
        if event.number <= len(self.found) + bool(self._typing):
            self.query_one(OptionList).highlighted = event.number - 1
            self.action_picker_choose()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_picker_choose()

    def action_picker_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_picker_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_picker_choose(self) -> None:
        chosen = self.chosen
        if chosen is None and self._on_typing:
            field = self.query_one(Narrow)
            field.digits = False
            field.value = ""
            self.narrow("")
        elif chosen is not None:
            self.dismiss(chosen.value)

    @property
    def _on_typing(self) -> bool:
        place = self.query_one(OptionList).highlighted
        return self._offers_typing and place == len(self.found)

    def action_picker_mark(self) -> None:
        """Nothing here: pickers of several things mark one."""

    def action_picker_close(self) -> None:
        self.dismiss(None)
