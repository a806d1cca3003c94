"""The picker of a file to attach: a path with completion."""

from __future__ import annotations

import os
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static

from maildesk.domain.reply import DraftFile
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.widgets.text import content

MOST = 200
"""Entries of a folder that are offered."""


class PathPicker(Picker[Path | DraftFile]):
    """Choose a file of this computer, or one that is attached already to take it off again."""

    def __init__(self, files: tuple[DraftFile, ...], start: Path) -> None:
        self._files = files
        super().__init__(t("picker.attach"), (), hint=t("picker.attach.path"), query=f"{start}{os.sep}")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker") as box:
            box.border_title = content(self._title)
            yield Input(self._query, placeholder=self._hint, compact=True, select_on_focus=False)
            yield OptionList(markup=False, compact=True)
            yield Static(classes="keys")

    def keys_line(self) -> str:
        return t("picker.attach.keys")

    def narrow(self, query: str) -> None:
        typed = Path(os.path.expanduser(query))
        folder, start = (typed, "") if query.endswith(os.sep) or not query else (typed.parent, typed.name)
        choices: list[Choice[Path | DraftFile]] = [
            Choice(file, t("picker.detach", name=file.name)) for file in self._files
        ]
        choices += [
            Choice(folder / name, name + (os.sep if is_folder else ""))
            for name, is_folder in _entries(folder, start)
        ]
        self._choices = choices
        super().narrow("")

    def action_picker_mark(self) -> None:
        """Complete what is highlighted: a folder is opened."""
        chosen = self.chosen
        if chosen is not None and isinstance(chosen.value, Path):
            field = self.query_one(Input)
            field.value = str(chosen.value) + (os.sep if chosen.label.endswith(os.sep) else "")
            field.cursor_position = len(field.value)

    def action_picker_choose(self) -> None:
        field = self.query_one(Input)
        typed = Path(os.path.expanduser(field.value))
        chosen = self.chosen
        if chosen is not None and isinstance(chosen.value, DraftFile):
            self.dismiss(chosen.value)
        elif typed.is_file():
            self.dismiss(typed)
        elif chosen is not None and isinstance(chosen.value, Path):
            if chosen.value.is_file():
                self.dismiss(chosen.value)
            else:
                self.action_picker_mark()
        else:
            self.host.say(t("picker.attach.none", path=field.value), "warning")


def _entries(folder: Path, start: str) -> list[tuple[str, bool]]:
    """The names in ``folder`` that begin with ``start``, and whether each is a folder; hidden ones only when asked."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name, entry.is_dir())
                for entry in entries
                if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError:
        return []
    return sorted(found, key=lambda entry: (not entry[1], entry[0]))[:MOST]
