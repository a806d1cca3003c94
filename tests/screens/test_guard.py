"""The last guard stands in the app itself (``failures.md`` row 64): what a screen forgot to make safe reaches no
terminal."""

from __future__ import annotations

from textual.widgets import Static

from maildesk.app import MaildeskApp
from tests.screens.fakes import FakeDesk
from tests.screens.support import HOSTILE, screen_lines


async def test_the_app_drops_what_a_terminal_would_obey() -> None:
    """A widget with a text of strangers as it came: its sequences are not painted, and they are counted."""
    desk = FakeDesk()
    app = MaildeskApp(lambda: desk)  # type: ignore[arg-type,return-value]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await app.screen.mount(Static(HOSTILE[0], markup=False), before=0)
        await pilot.pause()
        lines = screen_lines(app)
        assert any("red" in line for line in lines)
        assert not any("\x1b" in line or "\x07" in line for line in lines)
        assert app.guard.dropped > 0
