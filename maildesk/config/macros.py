"""The file of the macros: plain TOML, one table per letter, made to be read, edited and given to colleagues.

.. code-block:: toml

    [macros.a]
    about = "急ぎにして鈴木さんへ"
    steps = ["conversation.label", "=至急", "picker.choose", "conversation.take"]
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from maildesk.config.editing import key_name, toml
from maildesk.config.tomlfile import Table, TomlFile
from maildesk.domain import steps as written
from maildesk.domain.safetext import safe_line
from maildesk.domain.steps import Macro
from maildesk.errors import ConfigError, system_words
from maildesk.locale import t


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands under the name of a macro and is none."""

    content: object
    error: ConfigError
    """Why, with file and line."""


class MacroShelf:
    """The macros in a file; without one they live as long as the object."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._kept: dict[str, Macro] = {}
        self.broken: dict[str, Broken] = {}
        """What was found in the file by :meth:`load` and is no macro. It costs only itself."""

    def load(self) -> dict[str, Macro]:
        """All macros by their letter. Raises ConfigError with file and line for a file that is not one of macros."""
        if self.path is not None and self.path.exists():
            self._kept, self.broken = _found(self.path)
        elif self.path is not None:
            self._kept, self.broken = {}, {}
        return dict(self._kept)

    def put(self, *macros: Macro) -> None:
        """Keep these, in place of those with the same letters. What is broken stays in the file as it is. Raises
        ConfigError."""
        kept = self.load()
        kept.update((one.letter, one) for one in macros)
        self._kept = dict(sorted(kept.items()))
        self.broken = {name: one for name, one in self.broken.items() if name not in kept}
        if self.path is not None:
            again = "".join(_again(name, one) for name, one in self.broken.items())
            _write(self.path, text(self._kept.values()) + again)


def read(path: Path) -> dict[str, Macro]:
    """The macros in a file, which must all be some. Raises ConfigError with file and line."""
    found, broken = _found(path)
    for one in broken.values():
        raise one.error
    return found


def _found(path: Path) -> tuple[dict[str, Macro], dict[str, Broken]]:
    file = TomlFile(path)
    top = Table(file, (), file.content)
    found: dict[str, Macro] = {}
    broken: dict[str, Broken] = {}
    macros = top.table("macros")
    top.end()
    if macros is not None:
        for name, content in macros.content.items():
            try:
                found[name] = _macro(macros, name)
            except ConfigError as error:
                broken[name] = Broken(content, error)
    return found, broken


def _macro(macros: Table, letter: str) -> Macro:
    file, table = macros.file, macros.table(letter)
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
    return table.done(Macro(letter, tuple(steps), about))


def text(macros: Iterable[Macro]) -> str:
    """The file for ``macros``."""
    lines = [f"# {t('macro.file')}"]
    for macro in macros:
        lines += ["", f"[macros.{macro.letter}]"]
        if macro.about:
            lines.append(f"about = {toml(macro.about)}")
        lines += ["steps = [", *(f"    {toml(str(step))}," for step in macro.steps), "]"]
    return "\n".join(lines) + "\n"


def _again(name: str, broken: Broken) -> str:
    """What is broken as it stood in the file. Raises its error where it is not even a table of texts."""
    content = broken.content
    if not isinstance(content, dict) or not all(map(_is_text, content.values())):
        raise broken.error
    lines = (f"{key_name(key)} = {toml(value)}\n" for key, value in content.items())
    return f"\n[macros.{key_name(name)}]\n" + "".join(lines)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, list) and all(map(_is_text, value)))


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
