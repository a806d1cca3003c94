"""Acts on one or many conversations that are not a change of state: comments, unread, following, releasing."""

from __future__ import annotations

from textual.widgets import TextArea

from maildesk.screens.comment import CommentScreen
from tests.screens.conftest import Run
from tests.screens.support import assert_aligned, screen_text


async def test_a_comment_goes_to_all_that_are_marked(run: Run) -> None:
    """With three marked the title says three, all of them get it, and the marks are gone."""
    async with run(size=(80, 24)) as session:
        await session.press("x", "x", "x")
        marked = set(session.screen.mails.marks)
        assert len(marked) == 3
        await session.press("c")
        assert session.shows(CommentScreen)
        assert "社内コメント 3件に" in screen_text(session.app)
        assert all(f"#{number}" in screen_text(session.app) for number in marked)
        assert_aligned(session.app)
        session.screen.query_one(TextArea).text = "確認済み"
        await session.press("ctrl+s")
        assert {values[0] for name, values in session.desk.calls if name == "comments.add"} == marked
        assert "3件に社内コメントを追加しました" in session.toasts
        assert not session.screen.mails.marks
