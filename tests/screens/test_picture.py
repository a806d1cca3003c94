"""A picture among the attachments."""

from __future__ import annotations

import pytest

from maildesk.app import UiSettings
from maildesk.mail.picture import Picture
from maildesk.mail.preview import Preview
from maildesk.widgets.picture_view import PictureView
from tests.screens.conftest import TOKYO, Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text

HALVES = Picture(
    "drawn", ((("▀▀ ", (255, 0, 0), (0, 0, 255)), ("▄", None, None)), (("▀▀▀", (1, 2, 3), None),))
)


async def test_it_is_drawn_below_its_size_in_its_colours(run: Run) -> None:
    """For the room that there is, and anew where that is another; Escape leads back to the files."""
    desk = FakeDesk()
    desk.files.seen, desk.files.drawn = Preview("image", size=(800, 600)), HALVES
    async with run(desk, size=(100, 30)) as session:
        session.app.open_conversation(1044)
        await session.settle()
        await session.press("A", "enter")
        text = screen_text(session.app)
        assert "800 × 600" in text
        assert "▀▀ ▄" in text
        assert "描いています" not in text
        assert_aligned(session.app)
        strip = session.screen.query_one(PictureView).render_line(0)
        style = strip._segments[0].style
        assert style.color.triplet == (255, 0, 0)
        assert style.bgcolor.triplet == (0, 0, 255)
        (columns, rows, in_ascii, in_colour) = next(a for n, a in desk.calls if n == "files.picture")
        assert 60 < columns < 100
        assert 15 < rows < 30
        assert (in_ascii, in_colour) == (False, True)
        await session.pilot.resize_terminal(60, 24)
        await session.settle()
        assert desk.asked("files.picture") == 2
        assert_aligned(session.app)
        await session.press("escape")
        assert "添付" in screen_text(session.app)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("no_program", "chafaを入れて"),
        ("large", "大きすぎる"),
        ("failed", "表示できませんでした"),
        ("unknown", "この形式"),
    ],
)
async def test_why_it_is_not_drawn_is_said(run: Run, outcome: str, words: str) -> None:
    """With what can be done instead, also on a telephone and in ASCII."""
    desk = FakeDesk()
    desk.files.seen, desk.files.drawn = Preview("image", size=(8, 6)), Picture(outcome)  # type: ignore[arg-type]
    async with run(desk, size=(40, 30), settings=UiSettings(zone=TOKYO, glyphs="ascii")) as session:
        session.app.open_conversation(1044)
        await session.settle()
        await session.press("A", "enter")
        lines = (line.strip(" |") for line in screen_text(session.app).splitlines())
        assert words in "".join(lines).replace(" ", "")
        assert_aligned(session.app)
        assert next(a for n, a in desk.calls if n == "files.picture")[2] is True
