"""Every text exists, in both languages, with the same values in it, and is used."""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from functools import cache

import pytest

from maildesk import errors
from tests.architecture.source import PACKAGE, called, speaking_modules

SUFFIXES = (".hint", ".one", ".short", ".help", ".kept", ".more")


@cache
def texts() -> dict[str, tuple[str, str]]:
    """All texts."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((PACKAGE / "locale").glob("*.py")):
        if path.stem != "__init__":
            found |= importlib.import_module(f"maildesk.locale.{path.stem}").TEXTS
    return found


def fields(text: str) -> set[str]:
    """The names of the values in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def error_classes() -> frozenset[str]:
    """The names of the errors whose first argument is a key of ``locale/errors.py``."""
    return frozenset(
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.MaildeskError)
    )


class Use:
    """A place where a key is written: as it is, or as a pattern of an f-string."""

    def __init__(self, where: str, node: ast.expr, area: str, call: ast.Call | None) -> None:
        self.where = f"{where}:{node.lineno}"
        self.call = call
        self.literal = f"{area}{node.value!s}" if isinstance(node, ast.Constant) else ""
        self.pattern = ""
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values]
            self.pattern = re.escape(area) + "".join(parts)


def uses() -> Iterator[Use]:
    """Where ``t``, ``has`` or an error are given a key that can be read off the source."""
    for name, module in speaking_modules():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            key = isinstance(first, ast.JoinedStr) or (
                isinstance(first, ast.Constant) and isinstance(first.value, str)
            )
            if not key:
                continue
            if called(node) in ("t", "has"):
                yield Use(name, first, "", node if called(node) == "t" else None)
            elif called(node) in error_classes():
                yield Use(name, first, "errors.", node)


def test_every_key_that_is_used_exists() -> None:
    """A missing text is a KeyError in somebody's face."""
    missing = [
        f"{use.where}: {use.literal or use.pattern}"
        for use in uses()
        if (use.literal and use.literal not in texts())
        or (use.pattern and not any(re.fullmatch(use.pattern, key) for key in texts()))
    ]
    assert not missing


def test_every_value_in_a_text_is_given() -> None:
    """A text with a value that nobody gives is a KeyError, or shows its braces."""
    wrong = []
    for use in uses():
        if use.call is None or not use.literal or any(k.arg is None for k in use.call.keywords):
            continue
        given = {k.arg for k in use.call.keywords} | {"reply"}
        for key in (use.literal, f"{use.literal}.hint"):
            if key.endswith(".hint") and not use.literal.startswith("errors."):
                continue
            for text in texts().get(key, ()):
                if lacking := fields(text) - given:
                    wrong.append(f"{use.where}: {key} wants {sorted(lacking)}")
    assert not wrong


def test_no_text_is_unused() -> None:
    """What nobody says is deleted."""
    written = {
        node.value
        for _, module in speaking_modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    patterns = {use.pattern for use in uses() if use.pattern}
    patterns |= set(_other_patterns())

    def used(key: str) -> bool:
        stem = key
        for suffix in SUFFIXES:
            stem = stem.removesuffix(suffix)
        for name in {key, stem}:
            if name in written or name.removeprefix("errors.") in written:
                return True
            if any(re.fullmatch(pattern, name) for pattern in patterns):
                return True
        return False

    assert not [key for key in texts() if not used(key)]


def _other_patterns() -> Iterator[str]:
    """F-strings that are made into keys elsewhere than in the call: they begin with an area and a dot."""
    areas = {key.partition(".")[0] for key in texts()}
    for _, module in speaking_modules():
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                area, dot, _ = str(node.values[0].value).partition(".")
                if dot and area in areas:
                    yield Use("", node, "", None).pattern


def test_keys_begin_with_their_area() -> None:
    """The area is how the module is found."""
    for path in sorted((PACKAGE / "locale").glob("*.py")):
        if path.stem != "__init__":
            found = importlib.import_module(f"maildesk.locale.{path.stem}").TEXTS
            assert not [key for key in found if not key.startswith(f"{path.stem}.")], path.name


def test_no_key_is_written_twice() -> None:
    """In a table a second entry would silently win."""
    for path in sorted((PACKAGE / "locale").glob("*.py")):
        keys = [
            str(key.value)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Dict)
            for key in node.keys
            if isinstance(key, ast.Constant)
        ]
        assert len(keys) == len(set(keys)), (path.name, sorted(k for k in keys if keys.count(k) > 1))


def test_both_languages_are_there() -> None:
    """A text is in both languages or in neither (a priority that is not shown)."""
    assert not [key for key, (ja, en) in texts().items() if bool(ja.strip()) != bool(en.strip())]


def test_both_languages_have_the_same_values() -> None:
    """What one language tells, the other tells too; only the number may be a word where it is one."""
    wrong = {
        key: pair
        for key, pair in texts().items()
        if (fields(pair[0]) ^ fields(pair[1])) - ({"count"} if key.endswith(".one") else set())
    }
    assert not wrong


JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
SAYS_JAPANESE = re.compile(r"templates\.filter|templates\.variable|errors\.template|templates\.problem|cli\.")


def test_english_is_english() -> None:
    """No Japanese is left in an English text, but where it is about Japanese words."""
    found = {k: en for k, (_, en) in texts().items() if JAPANESE.search(en) and not SAYS_JAPANESE.match(k)}
    assert not found


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", "half-width digits and letters"),
        (r"[\u3041-\u30ff\u3400-\u9fff],", "Japanese commas after Japanese"),
        (
            r"ユーザ(?!ー)|フォルダ(?!ー)|サーバ(?!ー)|メッセージー|コンピュータ(?!ー)",
            "the long form of loan words",
        ),
    ],
)
def test_japanese_style(pattern: str, rule: str) -> None:
    """One way of writing."""
    found = {key: ja for key, (ja, _) in texts().items() if re.search(pattern, ja)}
    assert not found, rule
