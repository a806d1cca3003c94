"""Reply templates as values, and the one rule about text that is not finished.

A template's text is Jinja with a small vocabulary (:mod:`maildesk.templates`). What the desk knows is
filled in when it is inserted; what only the agent knows stays in the text as ``{{ 到着予定日 }}``, a *gap*.
:func:`placeholders` finds gaps in any text: a reply that has one is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Field = Literal["subject", "body"]
Severity = Literal["error", "info"]
Value = str | int | float | date
"""What a variable may hold: never an object with behaviour. A date prints as ``2026年11月21日(土)``."""
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Template:
    """A reply template, shared by the whole desk. ``reading`` is the kana by which the picker finds
    ``name`` too; ``version`` grows with every change and is stored with each mail that was made from it."""

    id: int
    name: str
    category: str
    subject: str
    body: str
    keywords: tuple[str, ...] = ()
    reading: str = ""
    version: int = 1
    updated_at: datetime | None = None
    updated_by: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template with the values filled in. ``gaps`` are the names still to be filled, in order of
    appearance; an empty ``subject`` means that the template has none and the reply keeps its own."""

    subject: str
    body: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that :func:`maildesk.templates.lint` found: ``line`` counts from 1, ``message`` is in the
    language in use. An ``info`` does not keep the template from being used."""

    line: int
    message: str
    severity: Severity = "error"
    field: Field = "body"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A template that fits a mail. ``score`` is 1..100; ``matched`` are its keywords found, as the template
    spells them, ``in_subject`` those of them that stand in the subject."""

    template: Template
    score: int
    matched: tuple[str, ...]
    in_subject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A gap in a text: its name and the characters ``text[start:end]`` that it takes."""

    name: str
    start: int
    end: int


_PLACEHOLDER = re.compile(r"\{\{([^{}\n]{0,200})\}\}|\{%([^{}%\n]{0,200})%\}|\{\{|\{%")


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """Every gap in ``text``, in order: ``{{ name }}``, and whatever else a template would obey (``{%``, a
    lone ``{{``).

    A text for which this is not empty must not be sent.
    """
    if "{{" not in text and "{%" not in text:
        return ()
    return tuple(
        Placeholder((match[1] or match[2] or match[0]).strip(), match.start(), match.end())
        for match in _PLACEHOLDER.finditer(text)
    )


def filled(body: str, template: str) -> frozenset[int]:
    """The lines of ``body``, from 0, that are lines of ``template`` (rendered, its gaps left) with something in their
    gaps. A line that is nothing but a gap is known by the last one above it that has words of its own."""
    found: set[int] = set()
    lines, known, since = body.split("\n"), re.compile(""), 0
    for number, line in enumerate(template.strip("\n").split("\n")):
        gaps, words = placeholders(line), _PLACEHOLDER.sub("", line).strip()
        like = re.compile(r"\s*[^\s>].*".join(map(re.escape, _between(line, gaps))))
        if words:
            known, since = like, number
        for at, text in enumerate(lines if gaps else ()):
            above = at - (number - since)
            if like.fullmatch(text) and above >= 0 and (not known.pattern or known.fullmatch(lines[above])):
                found.add(at)
    return frozenset(found)


def _between(line: str, gaps: tuple[Placeholder, ...]) -> list[str]:
    """What stands before, between and after the gaps of a line."""
    ends = [0, *(gap.end for gap in gaps)]
    return [
        line[end:start] for end, start in zip(ends, [*(gap.start for gap in gaps), len(line)], strict=True)
    ]
