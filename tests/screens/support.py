"""What tests of screens and widgets share: pictures as text, hostile texts, sizes, an app around one
widget, a desk that is slow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.widget import Widget

from maildesk.locale import Language
from maildesk.themes import THEMES
from maildesk.widgets.guard import ControlGuard

SIZES: tuple[tuple[int, int], ...] = ((80, 24), (100, 30), (132, 40))
"""The sizes at which every screen is looked at."""

VIEWS: tuple[tuple[Language, tuple[int, int]], ...] = (*(("ja", size) for size in SIZES), ("en", SIZES[0]))
"""The languages and sizes in which every screen has a picture: English where a text that is too long shows."""

ODD_SIZES: tuple[tuple[int, int], ...] = ((1, 1), (7, 3), (40, 10), (60, 16), (300, 90))
"""Sizes that a terminal can have too."""

HOSTILE: tuple[str, ...] = (
    "\x1b]0;title\x07\x1b]52;c;SGFDS0VE\x07\x1b[31mred\x1b[2J",
    "\x9b31mC1 \x90dcs\x9c \x85",
    "\u202eevil\u202c \u2066x\u2069 \u200b\u200e\ufeff",
    "NUL\x00 DEL\x7f BEL\x07 VT\x0b FF\x0c CR\rLF\nTAB\t",
    "\ud800 lone surrogate",
    "\U000e0041\U000e007f tags",
)
"""Texts that a terminal would obey."""

MARKUP: tuple[str, ...] = (
    "[/]",
    "[/foo] bar",
    "[SPAM] (PAM) [a=b]",
    "[@click=app.quit]x[/]",
    "[red]x[/blue]",
    "[link=https://example.com]x",
    "[mail-id:123] [bug #12] [1/3]",
    "$primary {x} %s \\",
)
"""Texts that markup would eat, or die of."""

WIDE: tuple[str, ...] = (
    "か\u3099き\u3099く\u3099 ハ\u309aーフ",
    "👨\u200d👩\u200d👧\u200d👦 家族",
    "𠮷田 さくら",
    "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ ﾃｽﾄ",
    "㈱①髙﨑 葛\U000e0100城",
    "مرحبا بالعالم",
    "e\u0301a\u0308 cafe\u0301",
    "株式会社イトーキ 購買部",
    "🇯🇵 ❤\ufe0f 1\ufe0f\u20e3",
)
"""Texts whose cells are hard to count."""


def screen_lines(app: App[Any]) -> list[str]:
    """The picture on the screen, line by line, as wide as the screen."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    """The picture on the screen without colours and without blanks at the ends of lines: a text snapshot."""
    return "\n".join(line.rstrip() for line in screen_lines(app))


def assert_aligned(app: App[Any]) -> None:
    """Every line is exactly as wide as the terminal, in cells."""
    width, height = app.size
    lines = screen_lines(app)
    assert len(lines) == height
    wrong = [(cell_len(line), line) for line in lines if cell_len(line) != width]
    assert not wrong, wrong


def assert_contrast(app: App[Any], least: float = 4.5) -> None:
    """Every visible text on the screen has a contrast of at least ``least``:1 to its ground (WCAG 2.1)."""
    poor: list[tuple[float, str, str]] = []
    for strip in app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None:
                continue
            if all(char == " " or "\u2500" <= char <= "\u259f" for char in text):
                continue  # rules, frames and bars
            front, ground = style.color.get_truecolor(), style.bgcolor.get_truecolor()
            if style.reverse:
                front, ground = ground, front
            ratio = contrast(front, ground)
            if ratio < least:
                poor.append((round(ratio, 2), text, str(style)))
    assert not poor, poor


def contrast(front: Sequence[int], ground: Sequence[int]) -> float:
    """The contrast ratio of two colours (WCAG 2.1, 1.4.3)."""

    def light(colour: Iterable[int]) -> float:
        r, g, b = (
            v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in colour)
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(front), light(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class Slow(threading.Event):
    """Set, it lets a use case of the desk answer; until then it keeps what that was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Any, ...]] = []


def slow(monkeypatch: pytest.MonkeyPatch, part: object, name: str) -> Slow:
    """A use case of the desk answers when the event is set."""
    quick, answered = getattr(part, name), Slow()

    def late(*about: Any, **how: Any) -> Any:
        answered.asked.append(about)
        answered.wait(20)
        return quick(*about, **how)

    monkeypatch.setattr(part, name, late)
    return answered


class Stage(App[object]):
    """An app around some widgets, with our themes and the control guard."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, build: Callable[[], Iterable[Widget]], theme: str = THEMES[0].name) -> None:
        super().__init__()
        self._build = build
        self.guard = ControlGuard()
        for own in THEMES:
            self.register_theme(own)
        self.theme = theme

    def compose(self) -> ComposeResult:
        """The widgets under test."""
        yield from self._build()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and the guard."""
        return [*super().get_line_filters(), self.guard]
