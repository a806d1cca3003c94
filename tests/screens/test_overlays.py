"""What lies over a screen without hiding it: the command line and the letters of jump mode."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from maildesk.screens.ex import ExScreen
from maildesk.screens.jump import JumpScreen
from tests.screens.conftest import Run
from tests.screens.support import SIZES


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
