"""The words of maildesk in Japanese and English.

Each area has a module of its own beside this file whose ``TEXTS`` maps a key to the pair (Japanese, English), so
that no text can exist in one language only and an area is imported when its first text is asked for. Keys are
``area.name``. A text whose English needs a singular has a second entry ``area.name.one``, used when ``count`` is 1.

ADR 9 says why these are Python tables and not gettext catalogues.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Literal

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")

_areas: dict[str, Mapping[str, tuple[str, str]]] = {}
_column = 0


def use(language: Language) -> None:
    """Speak ``language`` from now on, in the whole process."""
    global _column
    _column = LANGUAGES.index(language)


def current() -> Language:
    """The language in use."""
    return LANGUAGES[_column]


def from_environment(environ: Mapping[str, str]) -> Language:
    """The language that LC_ALL, LC_MESSAGES or LANG asks for (POSIX order): Japanese for ``ja*`` and where nothing
    is said (``C``, ``POSIX``, unset), English for every other language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name, ""):
            if value.split(".")[0] in ("C", "POSIX"):
                continue
            return "ja" if value.lower().startswith("ja") else "en"
    return "ja"


def choose(setting: str | None) -> Language:
    """The language for a setting: ``ja``, ``en``, or the environment's for ``auto`` and None."""
    return setting if setting in LANGUAGES else from_environment(os.environ)


def _area(name: str) -> Mapping[str, tuple[str, str]]:
    if name not in _areas:
        _areas[name] = importlib.import_module(f"maildesk.locale.{name}").TEXTS
    return _areas[name]


def t(key: str, /, **values: object) -> str:
    """The text of ``key`` in the language in use, with ``values`` filled in by :meth:`str.format`.

    Raises KeyError for an unknown key: a missing text is a defect, found by the tests.
    """
    texts = _area(key.partition(".")[0])
    pair = texts[key]
    if values.get("count") == 1:
        pair = texts.get(f"{key}.one", pair)
    return pair[_column].format(**values) if values else pair[_column]


def has(key: str) -> bool:
    """Whether ``key`` exists (for optional texts such as hints)."""
    return key in _area(key.partition(".")[0])
