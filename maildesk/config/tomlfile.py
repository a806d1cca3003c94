"""TOML files that are read key by key, with errors that name file, line, key and what would be right."""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from maildesk.config.urls import shown
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, system_words
from maildesk.locale import t

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys, and positions in arrays of tables."""
_Made = TypeVar("_Made")

_BARE_OR_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_BARE_OR_QUOTED}(?:\s*\.\s*{_BARE_OR_QUOTED})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(_BARE_OR_QUOTED)
_STRINGS = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|#.*""")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


def _key_lines(source: str) -> dict[str, int]:
    """The line of each key and table, by its dotted path (``mailboxes.0.imap.port``). tomllib does not keep
    them."""
    lines: dict[str, int] = {}
    tables: dict[str, int] = {}
    here, within = "", ""
    for number, line in enumerate(source.split("\n"), 1):
        rest = line
        if not within:
            if header := _HEADER.match(line):
                here = _table_path(_parts(header[2]), header[1] == "[[", tables)
                lines.setdefault(here, number)
            elif entry := _ENTRY.match(line):
                path = here
                for part in _parts(entry[1]):
                    path = f"{path}.{part}" if path else part
                    lines.setdefault(path, number)
                rest = line[entry.end() :]
        within = _open_string(rest, within)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _table_path(parts: list[str], repeated: bool, tables: dict[str, int]) -> str:
    path = ""
    for position, part in enumerate(parts, 1):
        path = f"{path}.{part}" if path else part
        if repeated and position == len(parts):
            tables[path] = tables.get(path, -1) + 1
        if path in tables:
            path = f"{path}.{tables[path]}"
    return path


def _open_string(line: str, within: str) -> str:
    """The quotes of the multi-line string that is open at the end of ``line``, '' outside one."""
    position = 0
    while True:
        if within:
            end = re.compile(r"(?:[^\\]|\\.)*?\"{3}" if within == '"""' else "'{3}")
            found = end.match(line, position) if within == '"""' else end.search(line, position)
            if not found:
                return within
            position, within = found.end(), ""
        elif not (found := _STRINGS.search(line, position)):
            return ""
        else:
            position = found.end()
            within = found[0] if found[0] in ('"""', "'''") else ""


class TomlFile:
    """A TOML file with what is needed to say where in it something is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.mode = os.fstat(file.fileno()).st_mode
                source = file.read().decode("utf-8-sig")
        except OSError as error:
            raise ConfigError("config_unreadable", file=self.name, reason=system_words(error)) from None
        except UnicodeDecodeError:
            raise ConfigError("config_unreadable", file=self.name, reason="UTF-8") from None
        try:
            self.content: dict[str, Any] = tomllib.loads(source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            at = _AT_LINE.search(str(error))
            line = int(at[1]) if at and at[1] else source.rstrip().count("\n") + 1
            reason = safe_line(_AT_LINE.sub("", str(error)))
            raise ConfigError("config_syntax", file=self.name, line=line, reason=reason) from None
        self._lines = _key_lines(source.replace("\r\n", "\n"))

    @property
    def name(self) -> str:
        """The path, for showing."""
        return safe_line(str(self.path))

    def line(self, path: KeyPath) -> int:
        """The line of ``path``, or of the nearest thing around it."""
        dotted = ".".join(map(str, path))
        while dotted and dotted not in self._lines:
            dotted = dotted.rpartition(".")[0]
        return self._lines.get(dotted, 1)

    def place(self, path: KeyPath) -> dict[str, Any]:
        """File, line and key, for an error."""
        key = safe_line(".".join(part for part in path if isinstance(part, str)))
        return {"file": self.name, "line": self.line(path), "key": key}

    def refuse_loose(self) -> None:
        """Raise unless only its owner can read the file: call it when a password stands in it."""
        refuse_loose(self.path, self.mode)

    def unknown(self, path: KeyPath, known: Iterable[str]) -> NoReturn:
        """Raise for a key that does not exist, with the nearest of those that do."""
        nearest = get_close_matches(str(path[-1]), list(known), 1, 0.0)
        section = [str(part) for part in path[:-1] if isinstance(part, str)]
        shown = ".".join([*section, *nearest])
        raise ConfigError("config_unknown_key", nearest=shown, **self.place(path))

    def wrong(self, path: KeyPath, value: object, expected: str) -> NoReturn:
        """Raise for a value that cannot be."""
        raise ConfigError("config_value", value=shown(value), expected=expected, **self.place(path))


class Table:
    """One table of a file, read key by key; :meth:`done` refuses the keys that nobody asked for."""

    def __init__(self, file: TomlFile, where: KeyPath, content: dict[str, Any]) -> None:
        self.file = file
        self.where = where
        self.content = content
        self._known: list[str] = []

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        check: Callable[[str], bool] = bool,
        expected: str = "text",
        multiline: bool = False,
        **values: object,
    ) -> str:
        """A text; without ``default`` it must be there. ``check`` must hold for what is written."""
        value = self._take(key)
        if value is None:
            return self._missing(key) if default is None else default
        fits = isinstance(value, str) and (check(value) or value == default)
        if not fits or "\0" in value or ("\n" in value and not multiline and key != "signature"):
            self.wrong(key, t(f"config.expected.{expected}", **values))
        return str(value)

    def texts(
        self,
        key: str,
        default: tuple[str, ...] = (),
        *,
        check: Callable[[str], bool] = bool,
        expected: str = "text",
    ) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.wrong(key, t("config.expected.texts"))
        for text in value:
            if not check(text):
                self.file.wrong((*self.where, key), text, t(f"config.expected.{expected}"))
        return tuple(value)

    def port(self, default: int | None) -> int:
        """A port."""
        value = self._take("port")
        if value is None:
            return self._missing("port") if default is None else default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
            self.wrong("port", t("config.expected.number", low=1, high=65535))
        return value

    def number(self, key: str, low: int, high: int) -> int | None:
        """A whole number, None where it is not said."""
        value = self._take(key)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high
        ):
            self.wrong(key, t("config.expected.number", low=low, high=high))
        return value

    def switch(self, key: str) -> bool | None:
        """True or false, None where it is not said."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, t("config.expected.switch"))
        return value

    def path(self, key: str) -> Path | None:
        """A path; a relative one counts from the file's folder."""
        written = self.text(key, "")
        return (self.file.path.parent / Path(written).expanduser()).absolute() if written else None

    def table(self, key: str) -> Table | None:
        """A table inside this one."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, t("config.expected.table"))
        return Table(self.file, (*self.where, key), value)

    def tables(self, key: str) -> Sequence[Table]:
        """An array of tables, ``[[key]]``."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong(key, t("config.expected.tables", key=key))
        return [Table(self.file, (*self.where, key, index), inner) for index, inner in enumerate(value)]

    def done(self, made: _Made) -> _Made:
        """``made`` of this table, if there is no other key in it."""
        self.end()
        return made

    def end(self) -> None:
        """Raise for a key that nobody asked for."""
        for key in self.content:
            if key not in self._known:
                self.file.unknown((*self.where, key), self._known)

    def place(self, key: str) -> dict[str, Any]:
        """File, line and key, for an error."""
        return self.file.place((*self.where, key))

    def wrong(self, key: str, expected: str) -> NoReturn:
        """Raise for a value that cannot be."""
        self.file.wrong((*self.where, key), self.content[key], expected)

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self.content.get(key)

    def _missing(self, key: str) -> NoReturn:
        """Raise for a key that must be there; one that is nearly written so is named instead."""
        others = [other for other in self.content if other not in self._known]
        if near := get_close_matches(key, others, 1, 0.6):
            self.file.unknown((*self.where, near[0]), [key])
        raise ConfigError("config_missing", **self.place(key))


def refuse_loose(path: Path, mode: int) -> None:
    """Raise ConfigError with the ``chmod`` to run where others than the owner may read or write ``path``,
    which holds a password."""
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ConfigError("secret_loose", file=safe_line(str(path)), path=safe_line(shlex.quote(str(path))))
