"""The file of the macros: plain TOML, one table per letter, made to be read, edited and given to colleagues.

.. code-block:: toml

    [macros.a]
    about = "急ぎにして鈴木さんへ"
    steps = ["conversation.label", "=至急", "picker.choose", "conversation.take"]
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from maildesk.config.tomlfile import Table, TomlFile
from maildesk.domain import steps as written
from maildesk.domain.safetext import safe_line
from maildesk.domain.steps import Macro
from maildesk.errors import ConfigError, system_words
from maildesk.locale import t


class MacroShelf:
    """The macros in a file; without one they live as long as the object."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._kept: dict[str, Macro] = {}

    def load(self) -> dict[str, Macro]:
        """All macros by their letter. Raises ConfigError with file and line for what is none."""
        if self.path is not None:
            self._kept = read(self.path) if self.path.exists() else {}
        return dict(self._kept)

    def put(self, *macros: Macro) -> None:
        """Keep these, in place of those with the same letters. Raises ConfigError."""
        kept = self.load()
        kept.update((one.letter, one) for one in macros)
        self._kept = dict(sorted(kept.items()))
        if self.path is not None:
            _write(self.path, text(self._kept.values()))


def read(path: Path) -> dict[str, Macro]:
    """The macros in a file. Raises ConfigError with file and line."""
    file = TomlFile(path)
    top = Table(file, (), file.content)
    found: dict[str, Macro] = {}
    macros = top.table("macros")
    top.end()
    for letter in macros.content if macros is not None else ():
        assert macros is not None
        table = macros.table(letter)
        assert table is not None
        if not (len(letter) == 1 and letter.isascii() and letter.isalpha() and letter.islower()):
            file.wrong(("macros", letter), letter, t("config.expected.letter"))
        about = safe_line(table.text("about", ""))
        steps = []
        for line in table.texts("steps"):
            step = written.read(line)
            if step is None:
                file.wrong(("macros", letter, "steps"), line, t("config.expected.step"))
            steps.append(step)
        if not 0 < len(steps) <= written.MOST:
            file.wrong(("macros", letter), len(steps), t("config.expected.steps", most=written.MOST))
        found[letter] = table.done(Macro(letter, tuple(steps), about))
    return found


def text(macros: Iterable[Macro]) -> str:
    """The file for ``macros``."""
    lines = [f"# {t('macro.file')}"]
    for macro in macros:
        lines += ["", f"[macros.{macro.letter}]"]
        if macro.about:
            lines.append(f"about = {_quoted(macro.about)}")
        lines += ["steps = [", *(f"    {_quoted(str(step))}," for step in macro.steps), "]"]
    return "\n".join(lines) + "\n"


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as error:
        raise ConfigError(
            "config_unwritable", file=safe_line(str(path)), reason=system_words(error)
        ) from None
