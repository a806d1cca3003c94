"""Changing one setting in the file, with everything else in it left as it stands: comments, order, blank lines."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from maildesk.config.tomlfile import TomlFile
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, system_words

Value = str | int | float | bool | Sequence[str]

_HEADER = re.compile(r"\s*\[[^\[\]]+\]\s*(?:#.*)?$")
_PIECE = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|[^"'#]+|(#)""")


def toml(value: Value) -> str:
    """``value`` as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(toml(one) for one in value)}]"


def put(path: Path, table: Sequence[str], key: str, value: Value | None) -> None:
    """Set ``key`` of ``[table]`` in the file, or take it away for None. The file is made where there is none.

    Raises ConfigError for a file that cannot be read or written, and where the value stands in a way that a line
    cannot be changed in (over several lines, or in an inline table).
    """
    source = path.read_text("utf-8") if path.exists() else ""
    changed = _changed(path, source, table, key, value) if source else _added([], table, key, value)
    _must_say(path, changed, table, key, value)
    _replace(path, changed)


def _changed(path: Path, source: str, table: Sequence[str], key: str, value: Value | None) -> str:
    file = TomlFile(path)
    lines = source.split("\n")
    there: object = file.content
    for name in (*table, key):
        there = there.get(name) if isinstance(there, dict) else None
    if there is None:
        return source if value is None else _added(lines, table, key, value)
    number = file.line((*table, key)) - 1
    if value is None:
        del lines[number]
        return "\n".join(lines)
    name, _, rest = lines[number].partition("=")
    at = next((piece.start() for piece in _PIECE.finditer(rest) if piece[1]), len(rest))
    blanks = len(rest[:at]) - len(rest[:at].rstrip())
    tail = rest[at - blanks :] if at < len(rest) else ""
    lines[number] = f"{name.rstrip()} = {toml(value)}{tail}"
    return "\n".join(lines)


def _added(lines: list[str], table: Sequence[str], key: str, value: Value | None) -> str:
    if value is None:
        return "\n".join(lines)
    written = f"{key_name(key)} = {toml(value)}"
    header = f"[{'.'.join(map(key_name, table))}]"
    plain = [line.split("#")[0].replace(" ", "").replace('"', "") for line in lines]
    if (wanted := header.replace('"', "")) in plain:
        at = plain.index(wanted) + 1
        while at < len(lines) and not _HEADER.match(lines[at]):
            at += 1
        while not lines[at - 1].strip():
            at -= 1
        return "\n".join([*lines[:at], written, *lines[at:]])
    text = "\n".join(lines).rstrip("\n")
    return f"{text}\n\n{header}\n{written}\n".lstrip("\n")


def key_name(part: str) -> str:
    """A key as TOML writes it, quoted where it has to be."""
    return part if re.fullmatch("[A-Za-z0-9_-]+", part) else json.dumps(part, ensure_ascii=False)


def _must_say(path: Path, changed: str, table: Sequence[str], key: str, value: Value | None) -> None:
    """Raise where the changed file does not say what was meant: it is left alone then."""
    try:
        there: object = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        there = None
    else:
        for name in (*table, key):
            there = there.get(name) if isinstance(there, dict) else None
        wanted = value if value is None or isinstance(value, str | int | float) else list(value)
        if there == wanted:
            return
    raise ConfigError("config_by_hand", file=safe_line(str(path)), key=safe_line(".".join((*table, key))))


def _replace(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".config-")
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path.resolve())
    except OSError as error:
        raise ConfigError(
            "config_unwritable", file=safe_line(str(path)), reason=system_words(error)
        ) from None
