"""The picker of labels: several at once, and new ones by typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from textual.content import Content
from textual.widgets import Input, OptionList

from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker


@dataclass(frozen=True, slots=True)
class Labelling:
    """Which labels to put on and which to take off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class LabelPicker(Picker[Labelling]):
    """Marks labels with Tab; Enter applies, and a digit does both. A label keeps its number whether it is on or not:
    those of the configuration in its order, then the others by name. One with a key of its own is found by it. The
    result says what is to change."""

    def __init__(
        self, known: Sequence[str], present: Sequence[Sequence[str]], keys: Mapping[str, str] | None = None
    ) -> None:
        on_all = {label for labels in present for label in labels if all(label in other for other in present)}
        on_some = {label for labels in present for label in labels}
        self._before = on_some
        self.marks: set[str] = set(on_all)
        names = list(dict.fromkeys([*known, *sorted(on_some)]))
        self._keys = keys or {}
        self._choices_by_name = {name: self._choice(name) for name in names}
        super().__init__(
            t("picker.label", count=len(present)), list(self._choices_by_name.values()), typed=self._new
        )

    def _choice(self, name: str) -> Choice[Labelling]:
        key = self._keys.get(name, "")
        return Choice(Labelling(add=(name,)), name, key, (key,) if key else ())

    def _new(self, text: str) -> Choice[Labelling] | None:
        name = safe_line(text.strip())
        if name in self._choices_by_name:
            return None
        return Choice(Labelling(add=(name,)), t("picker.label.new", name=name))

    def digits_line(self) -> str:
        return t("picker.keys.digits.label")

    def keys_line(self) -> str:
        return t("picker.keys.labels.letters" if any(self._keys.values()) else "picker.keys.labels")

    def line(self, place: int, choice: Choice[Labelling]) -> Content:
        return super().line(place, replace(choice, marked=choice.value.add[0] in self.marks))

    def answer(self, text: str) -> None:
        """``急ぎ +返品 -保留``: what to put on, and with ``-`` what to take off."""
        for word in text.split():
            name = safe_line(word.lstrip("+-"))
            if name and word.startswith("-"):
                self.marks.discard(name)
            elif name:
                self.marks.add(name)
        self.call_later(self._apply)

    def action_picker_mark(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        name = chosen.value.add[0]
        self.marks ^= {name}
        if name not in self._choices_by_name:
            self._choices_by_name[name] = Choice(chosen.value, name)
            self._choices = list(self._choices_by_name.values())
            self.query_one(Input).value = ""
            return
        options = self.query_one(OptionList)
        place = options.highlighted
        if place is not None:
            options.replace_option_prompt_at_index(place, self.line(place, chosen))
            options.highlighted = min(place + 1, len(self.found) - 1)

    def action_picker_choose(self) -> None:
        """With nothing marked since, Enter marks what is highlighted; then it applies."""
        chosen = self.chosen
        typed = bool(self.query_one(Input).value.strip())
        if chosen is not None and (typed or self._unchanged):
            self.marks ^= {chosen.value.add[0]}
        self._apply()

    def _apply(self) -> None:
        self.dismiss(
            Labelling(
                tuple(sorted(self.marks - self._before)),
                tuple(sorted(self._before - self.marks)),
            )
        )

    @property
    def _unchanged(self) -> bool:
        return self.marks == self._before
