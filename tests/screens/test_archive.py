"""What is archived, in the app on a real desk: in no list, found by a search, with its sign."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from textual.widgets import Input

from maildesk.domain.status import Status
from maildesk.screens.conversation import ConversationScreen
from maildesk.store import archive
from tests.screens.conftest import run_session
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import small_desk

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_it_is_found_and_says_where_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    """Done and All do not have it; a search in them has, its row, its preview, its head and its history say 書庫; new
    again it is listed as ever."""
    small = small_desk(tmp_path)
    number = small.mail("翡翠の棚", "ありがとうございました。")
    small.mail("別件", "こちらは新しい話です。")
    with small.store.transaction() as tx:
        old = "UPDATE conversation SET status = 'done', last_message_at = 1.0 WHERE id = :c"
        tx.execute(text(old), {"c": number})
        archive.put(tx, 12)
    assert small.store.run(archive.step) == 1
    with small.session("sato") as sato:
        async with run_session(sato, size=size) as session:
            for tab in ("5", "6"):
                await session.press(tab)
                assert "翡翠" not in screen_text(session.app)
            await session.press("slash")
            session.app.screen.query_one(Input).value = "翡翠"
            await session.press("enter")
            inbox = session.app.inbox
            assert inbox is not None
            assert inbox.mails.row is not None
            assert inbox.mails.row.id == number
            assert "庫" in inbox.mails.row.flags
            await session.pilot.pause(0.3)
            await session.settle()
            assert "書庫" in screen_text(session.app)
            assert_aligned(session.app)
            await session.press("enter")
            assert isinstance(session.app.screen, ConversationScreen)
            assert "書庫" in screen_text(session.app)
            await session.press("H")
            if size[0] >= 92:
                assert "書庫" in screen_text(session.app)
            await session.press("escape", "escape", "escape")
            sato.triage.set_status([number], Status.NEW)
            await session.press("1")
            await session.until(lambda: "翡翠" in screen_text(session.app))
            assert "翡翠" in screen_text(session.app)
            assert "庫" not in screen_text(session.app)
