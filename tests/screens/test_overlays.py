"""What lies over a screen without hiding it: the command line and the letters of jump mode."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from maildesk.domain.view import View
from maildesk.screens.ex import ExScreen
from maildesk.screens.jump import JumpScreen
from tests.screens.conftest import Run
from tests.screens.support import SIZES, screen_lines, screen_text


@pytest.mark.parametrize("size", [*SIZES, (40, 30)])
async def test_the_command_line_is_the_last_line(run: Run, size: tuple[int, int]) -> None:
    """``:`` opens at the bottom, over the whole width, and the list above it keeps its colours."""
    async with run(size=size) as session:
        await session.press("colon")
        assert session.shows(ExScreen)
        field = session.screen.query_one(Input).region
        assert field.bottom == size[1]
        assert field.right == size[0]
        assert session.screen.styles.background.a == 0


async def test_jump_mode_dims_nothing(run: Run) -> None:
    """The letters stand on the places themselves; what is under them keeps its colours."""
    async with run() as session:
        await session.press("ctrl+o")
        assert session.shows(JumpScreen)
        assert session.screen.styles.background.a == 0


async def test_what_is_said_stands_once_when_a_dialog_comes(run: Run) -> None:
    """On its line over the footer, not over the title bar as well. What is said then takes its place, at the top."""
    async with run(size=(80, 24)) as session:
        session.desk.views.save(View("返品", "返品"))
        for keys in (("a",), ("g", "v")):
            session.app.say("保存しました")
            await session.settle()
            title = screen_lines(session.app)[0]
            await session.press(*keys)
            lines = screen_lines(session.app)
            assert [at for at, line in enumerate(lines) if "保存しました" in line] == [22], keys
            assert lines[0] == title
            session.app.say("もう一度お試しください")
            await session.settle()
            text = screen_text(session.app)
            assert "保存しました" not in text
            assert "もう一度お試しください" in text.splitlines()[0]
            await session.press("escape")
            assert "もう一度お試しください" in screen_lines(session.app)[22]
