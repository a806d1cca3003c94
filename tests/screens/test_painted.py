"""Only what has changed is written to the terminal, and the screen is the same as if all were."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
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
from maildesk.screens.picker import Picker
from maildesk.widgets.painted import Painted, Piece
from tests.screens.conftest import Session
from tests.support.desk import small_desk

WIDTH, HEIGHT = 12, 3
PLAIN = Style()
STYLES = st.sampled_from([PLAIN, Style(bold=True), Style(underline=True), Style(bgcolor="red")])
CONSOLE = Console(color_system="truecolor", force_terminal=True)
Cells = dict[tuple[int, int], tuple[str, Style | None]]
"""What a terminal shows: '' is the second half of a wide character, ' ' what is left of half of one."""


def _strip(text: str, style: Style = PLAIN) -> Strip:
    return Strip([Segment(text, style)])


@st.composite
def _pieces(draw: st.DrawFn) -> Piece:
    x = draw(st.integers(0, WIDTH - 1))
    text = draw(
        st.text("ab あ髙", min_size=1, max_size=WIDTH - x).filter(lambda text: cell_len(text) <= WIDTH - x)
    )
    middle = draw(st.integers(0, len(text)))
    parts = [Segment(part, draw(STYLES)) for part in (text[:middle], text[middle:]) if part]
    return draw(st.integers(0, HEIGHT - 1)), x, Strip(parts)


def _put(screen: Cells, piece: Piece) -> None:
    y, x, strip = piece
    for text, style, _ in strip:
        for letter in text:
            look = PLAIN if letter == " " and style == Style(bold=True) else style
            for at, shown in enumerate((letter, "")[: cell_len(letter)], x):
                _break(screen, y, at)
                screen[y, at] = shown, look
            x += cell_len(letter)


def _break(screen: Cells, y: int, x: int) -> None:
    """What is at a cell is about to be overwritten: the other half of a wide character goes, too."""
    letter, style = screen.get((y, x), (" ", None))
    if not letter:
        screen[y, x - 1] = " ", style
    elif cell_len(letter) == 2:
        screen[y, x + 1] = " ", style


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


@pytest.mark.parametrize("sign", ["❤️", "☎️", "1️⃣", "👨‍👩‍👧", "👍🏽", "葛󠄀", "ｶﾞ", "①"])
def test_a_sign_of_several_characters_takes_the_cells_that_it_is_drawn_on(sign: str) -> None:
    """What follows it is known at its own cells: what comes there otherwise is written."""
    painted = Painted()
    _written(painted, _screen(f"{sign}ab"))
    at = cell_len(sign)
    assert not painted.is_new((0, at, _strip("ab")))
    assert painted.is_new((0, at, _strip("b")))
    assert not painted.is_new((0, at + 1, _strip("b")))


def test_lines_that_are_there_are_not_written_again_until_they_are_forgotten() -> None:
    painted = Painted()
    assert "one" in _written(painted, _screen("one", "two"))
    changed = _written(painted, _screen("one", "new"))
    assert "new" in changed
    assert "one" not in changed
    assert not _written(painted, _screen("one", "new"))
    painted.forget()
    assert "one" in _written(painted, _screen("one", "new"))


def test_a_screen_of_another_size_is_written_as_a_whole() -> None:
    """Textual lays it out a moment after the terminal has changed: what is written between is cut off at the edge."""
    painted = Painted()
    painted.forget()
    _written(painted, ChopsUpdate([{0: _strip("one two three")}], [(0, 0, 13)], [[13]]))
    assert "one two" in _written(painted, LayoutUpdate([[_strip("one two")]], Region(0, 0, 7, 1)))
    assert not _written(painted, LayoutUpdate([[_strip("one two")]], Region(0, 0, 7, 1)))


def test_parts_of_a_line_are_compared_wherever_they_begin() -> None:
    """A dialog divides the lines behind it otherwise: beside it nothing is written."""
    painted = Painted()
    _written(painted, _screen("onetwo"))
    part = ChopsUpdate([{0: _strip("one"), 3: _strip("X"), 4: _strip("wo")}], [(0, 0, 6)], [[3, 4, 6]])
    assert _written(painted, part).count("\x1b[") == 1
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
    assert len("".join(written)) < 400, "at most the minutes that have passed"


@pytest.mark.parametrize(("dim", "over_ssh", "is_dimmed"), [
    ("auto", False, True), ("auto", True, False), ("on", True, True), ("off", False, False),
])  # fmt: skip
async def test_a_dialog_sends_what_is_beside_it_only_where_that_is_dimmed(
    tmp_path: Path,
    written: list[str],
    monkeypatch: pytest.MonkeyPatch,
    dim: Any,
    over_ssh: bool,
    is_dimmed: bool,
) -> None:
    """``ui.dim``: the words of the list are sent again, darker, or stay as they are; and closing it brings them back."""
    if over_ssh:
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    small = small_desk(tmp_path)
    small.mail("見積もり", "本文です。")
    with small.session("sato") as sato:
        app = MaildeskApp(lambda: sato, UiSettings(zone=ZoneInfo("Asia/Tokyo"), dim=dim))
        async with app.run_test(size=(100, 40)) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            written.clear()
            await session.press("a")
            assert isinstance(app.screen, Picker)
            assert "担当者" in "".join(written)
            assert ("見積もり" in "".join(written)) is is_dimmed
            written.clear()
            await session.press("escape")
            assert ("見積もり" in "".join(written)) is is_dimmed
            assert "担当者" not in "".join(written)
