"""Without colours and without signs that a font may lack: every state is told all the same. F230."""

from __future__ import annotations

import pytest

from maildesk.app import UiSettings
from maildesk.screens.inbox import InboxScreen
from maildesk.widgets.glyphs import TABLE
from tests.screens.conftest import TOKYO, Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_lines, screen_text


async def test_every_state_of_a_row_has_a_sign_or_a_word(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unread, chosen, under the cursor, being answered by a colleague or by me, urgent: seen in the text alone; and
    NO_COLOR sends no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    desk = FakeDesk()
    desk.colleague_claims(1047)
    async with run(desk, size=(100, 30)) as session:
        await session.press("x")
        rows = screen_lines(session.app)
        lines = {n: next(row for row in rows if f"#{n}" in row) for n in (1042, 1044, 1047)}
        assert lines[1042][1] == "✓"
        assert lines[1042][2] == "▪", "unread"
        assert lines[1044][2] == " ", "read"
        assert lines[1047].startswith("▌"), "the cursor"
        assert "✎鈴木" in lines[1047]
        assert "大至急" in lines[1042]
        for strip in session.app.screen._compositor.render_strips():
            for _, style, _ in strip:
                colours = [c for c in (style.color, style.bgcolor) if c is not None] if style else []
                assert all(colour.is_default for colour in colours), style


@pytest.mark.parametrize("keys", ["", "enter", "r", "r ctrl+t", "g h", "P", "question_mark", "ctrl+p", "e"])
async def test_ascii_signs(run: Run, keys: str) -> None:
    """``ui.glyphs = "ascii"``: no sign, frame, arrow or bar is left on any screen, and every cell stands where it
    stood."""
    settings = UiSettings(zone=TOKYO, glyphs="ascii")
    async with run(size=(80, 24), settings=settings) as session:
        await session.press(*keys.split())
        assert_aligned(session.app)
        left = {char for char in screen_text(session.app) if ord(char) in TABLE}
        assert not left
        if not keys:
            assert any(line.startswith("| * #1042") for line in screen_lines(session.app))


async def test_two_lines_a_row(run: Run) -> None:
    """``ui.density = "comfortable"``, and changed while the app runs."""
    async with run(settings=UiSettings(zone=TOKYO, density="comfortable")) as session:
        assert session.shows(InboxScreen)
        assert session.screen.mails.two_lines
        assert_aligned(session.app)
        await session.press("colon", *"set density compact", "enter")
        assert not session.screen.mails.two_lines
        assert_aligned(session.app)
