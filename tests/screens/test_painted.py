"""Only what has changed is written to the terminal, and the screen is the same as if all were."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from maildesk.app import MaildeskApp
from maildesk.app.settings import UiSettings
from maildesk.screens.conversation import ConversationScreen
from maildesk.widgets.painted import Painted, Piece
from tests.screens.conftest import Session
from tests.support.desk import small_desk

WIDTH, HEIGHT = 12, 3
PLAIN = Style()
STYLES = st.sampled_from([PLAIN, Style(bold=True)])
CONSOLE = Console(color_system="truecolor", force_terminal=True)
Cells = dict[tuple[int, int], tuple[str, Style | None]]


def _strip(text: str, style: Style = PLAIN) -> Strip:
    return Strip([Segment(text, style)], len(text))


@st.composite
def _pieces(draw: st.DrawFn) -> Piece:
    x = draw(st.integers(0, WIDTH - 1))
    text = draw(st.text("ab ", min_size=1, max_size=WIDTH - x))
    return draw(st.integers(0, HEIGHT - 1)), x, _strip(text, draw(STYLES))


def _put(screen: Cells, piece: Piece) -> None:
    y, x, strip = piece
    for segment in strip:
        for letter in segment.text:
            screen[y, x] = letter, segment.style
            x += 1


@given(st.lists(_pieces(), max_size=40))
def test_the_screen_is_as_if_everything_were_written(pieces: list[Piece]) -> None:
    painted = Painted()
    ours: Cells = {}
    plain: Cells = {}
    for piece in pieces:
        _put(plain, piece)
        if painted.is_new(piece):
            _put(ours, piece)
        assert ours == plain


def _written(painted: Painted, update: object) -> str:
    changed = painted.changes(update)
    assert isinstance(changed, CompositorUpdate)
    return changed.render_segments(CONSOLE)


def _screen(*lines: str) -> LayoutUpdate:
    return LayoutUpdate([[_strip(line)] for line in lines], Region(0, 0, WIDTH, len(lines)))


def test_lines_that_are_there_are_not_written_again_until_they_are_forgotten() -> None:
    painted = Painted()
    assert "one" in _written(painted, _screen("one", "two"))
    changed = _written(painted, _screen("one", "new"))
    assert "new" in changed
    assert "one" not in changed
    assert not _written(painted, _screen("one", "new"))
    painted.forget()
    assert "one" in _written(painted, _screen("one", "new"))


def test_a_part_of_a_line_makes_the_rest_of_it_unknown() -> None:
    painted = Painted()
    _written(painted, _screen("onetwo"))
    part = ChopsUpdate([{0: _strip("onX"), 3: _strip("two")}], [(0, 0, 3)], [[3, 6]])
    assert "two" not in _written(painted, part)
    assert "onetwo" in _written(painted, _screen("onetwo"))


def test_what_is_no_update_of_pieces_is_passed_on_and_makes_all_unknown() -> None:
    painted = Painted()
    _written(painted, _screen("one"))
    assert painted.changes("something else") == "something else"
    assert "one" in _written(painted, _screen("one"))
    assert painted.changes(None) is None
    assert not _written(painted, _screen("one"))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the app writes, update by update, as it would to a terminal."""
    found: list[str] = []

    def display(app: MaildeskApp, _screen: Screen[Any], update: object) -> None:
        if update is not None:
            found.append(_written(app.painted, update))

    monkeypatch.setattr(MaildeskApp, "_display", display)
    return found


async def test_reading_again_what_has_not_changed_writes_nothing(tmp_path: Path, written: list[str]) -> None:
    """In the inbox, and in a conversation that is open over it."""
    small = small_desk(tmp_path)
    for subject in ("見積もり", "返品", "交換"):
        small.mail(subject, "本文です。")
    with small.session("sato") as sato:
        app = MaildeskApp(lambda: sato, UiSettings(zone=ZoneInfo("Asia/Tokyo")))
        async with app.run_test(size=(140, 40)) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            assert "見積もり" in "".join(written)
            await _tell(session, written)
            await session.press("enter")
            assert isinstance(app.screen, ConversationScreen)
            assert "本文です" in "".join(written)
            await _tell(session, written)
            await session.press("ctrl+l")
            assert "本文です" in "".join(written)
            written.clear()
            await session.press("q")
            assert "見積もり" in "".join(written), "the list is painted as a whole when it comes to the front"


async def _tell(session: Session, written: list[str]) -> None:
    written.clear()
    session.app.hearing.tell()
    await session.settle()
    assert "".join(written) == ""
