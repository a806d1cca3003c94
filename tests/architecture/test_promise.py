"""The page about the promise names tests that are there, the same ones in both languages."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT

_ROW = re.compile(r"^\| ([\d, ]+) \|", re.M)
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def named(language: str) -> set[tuple[str, str]]:
    """The files and tests that the page of a language names."""
    return set(_TEST.findall((ROOT / "docs" / language / "promise.md").read_text("utf-8")))


def test_every_test_on_the_page_is_there() -> None:
    """A promise that nothing proves any more is found here."""
    for path, test in sorted(named("en") | named("ja")):
        source = (ROOT / path).read_text("utf-8")
        assert not test or re.search(rf"def {test}\b", source), f"{path}::{test}"


def test_both_pages_name_the_same() -> None:
    """Who reads the other language gets the same proof."""
    assert named("en") == named("ja")


def test_every_known_failure_has_its_line() -> None:
    """All 66, each once: guarded and proved, or said not to apply."""
    for language in ("en", "ja"):
        page = (ROOT / "docs" / language / "promise.md").read_text("utf-8")
        numbers = [int(n) for cell in _ROW.findall(page) for n in cell.split(",")]
        assert sorted(numbers) == list(range(1, 67)), language
