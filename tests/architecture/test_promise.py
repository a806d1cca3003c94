"""The page about the promise names tests that are there, the same ones in both languages."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT

_ROW = re.compile(r"^\| ([\d, ]+) \|", re.M)
_LINE = re.compile(r"^\| ([\d, ]+|-) \| .+ \| (.+) \|$", re.M)
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+)(?:\[([^]`]+)\])?)?`")


def page(language: str) -> str:
    """The page of a language."""
    return (ROOT / "docs" / language / "promise.md").read_text("utf-8")


def named(language: str) -> set[tuple[str, str, str]]:
    """The files, tests and cases that the page of a language names."""
    return set(_TEST.findall(page(language)))


def test_every_test_on_the_page_is_there() -> None:
    """A promise that nothing proves any more is found here."""
    for path, test, case in sorted(named("en") | named("ja")):
        source = (ROOT / path).read_text("utf-8")
        assert not test or re.search(rf"def {test}\(", source), f"{path}::{test}"
        assert not case or f'"{case}"' in source, f"{path}::{test}[{case}]"


def test_both_pages_name_the_same() -> None:
    """Who reads the other language gets the same proof, line by line."""
    english, japanese = (
        [(n, _TEST.findall(tests)) for n, tests in _LINE.findall(page(x))] for x in ("en", "ja")
    )
    assert len(english) > 40
    assert english == japanese
    assert named("en") == named("ja")


def test_every_line_names_a_test() -> None:
    """What nothing proves does not stand on the page."""
    for number, tests in _LINE.findall(page("en")):
        assert _TEST.search(tests), number


def test_every_known_failure_has_its_line() -> None:
    """All 66, each once: guarded and proved, or said not to apply."""
    for language in ("en", "ja"):
        numbers = [int(n) for cell in _ROW.findall(page(language)) for n in cell.split(",")]
        assert sorted(numbers) == list(range(1, 67)), language
