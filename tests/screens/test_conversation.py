"""An open conversation: reading, walking, acting, claims of others, files, and mail that comes in meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk.app import UiSettings
from maildesk.domain.status import Status
from maildesk.screens.claim import ClaimDialog
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.unasked import Unasked
from tests.screens import sample
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text


async def changed(session: Session) -> None:
    """Wait until a hint of the store has had its effect."""
    await session.pilot.pause(0.1)
    await session.settle()


async def test_opening_marks_as_read_and_tells_the_others(run: Run) -> None:
    """What is open is read, and colleagues see who looks."""
    async with run() as session:
        await session.press("enter")
        assert session.desk.looking == 1042
        assert not session.desk.rows[1042].unread
        await session.press("escape")
        assert session.desk.looking is None


async def test_a_reading_writes_nothing(run: Run) -> None:
    """Reading again because of a change makes no change itself: two readers do not wake each other for ever."""
    async with run() as session:
        await session.press("enter")
        for _ in range(3):
            session.desk.changed()
            await changed(session)
        assert session.desk.asked("conversations.get") >= 4
        assert session.desk.asked("people.look") == 1
        assert session.desk.asked("conversations.mark_seen") == 1


async def test_walking_goes_along_the_list(run: Run) -> None:
    """J and K go to the next and the one before, as the list has them."""
    async with run() as session:
        await session.press("enter", "J")
        assert session.screen.conversation_id == 1047
        await session.press("J", "K")
        assert session.screen.conversation_id == 1047
        assert "新着 2/12" in screen_text(session.app)
        await session.press("K", "K")
        assert session.screen.conversation_id == 1042
        assert "前の会話はありません" in session.toasts


async def test_done_goes_on_and_done_stay_goes_back(run: Run) -> None:
    """e: the next conversation; E: the list."""
    async with run() as session:
        await session.press("enter", "e")
        assert session.desk.rows[1042].status is Status.DONE
        assert session.screen.conversation_id == 1047
        await session.press("E")
        assert session.desk.rows[1047].status is Status.DONE
        assert session.shows(InboxScreen)


async def test_a_claim_of_somebody_else_shows_and_the_reply_key_goes(run: Run) -> None:
    """The banner says who and since when; the footer has no reply; r explains."""
    async with run() as session:
        await session.press("enter")
        assert "r 返信" in screen_text(session.app)
        session.desk.colleague_claims(1042, minutes=6)
        await changed(session)
        text = screen_text(session.app)
        assert "鈴木さんが返信対応中です(10:36から)" in text
        assert "r 返信" not in text
        await session.press("r")
        assert session.shows(ClaimDialog)
        await session.press("escape")
        session.desk.colleague_lets_go(1042)
        await changed(session)
        assert "r 返信" in screen_text(session.app)


async def test_text_that_was_meant_for_the_composer_chooses_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who types on after r, before he sees that somebody else is replying: no letter is taken for a key of the dialog,
    which says so. After a pause it is one."""
    monkeypatch.setattr(Unasked, "QUIET", 60.0)
    async with run() as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("r", *"pwdc")
        assert session.shows(ClaimDialog)
        assert session.desk.watched == []
        assert any("打った文字は使われていません" in said for said in session.toasts)
        session.screen._deaf_until = 0.0
        await session.press("w")
        assert session.desk.watched == [1042]


async def test_the_dialog_about_a_claim_can_be_left_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Escape is no text."""
    monkeypatch.setattr(Unasked, "QUIET", 60.0)
    async with run() as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("r", "escape")
        assert not session.shows(ClaimDialog)


async def test_told_when_it_is_free(run: Run) -> None:
    """w: a bell and a notice when the colleague has let go."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("r", "w")
        assert session.desk.watched == [1042]
        session.desk.colleague_lets_go(1042)
        await changed(session)
        assert "#1042 が空きました" in session.toasts


async def test_instead_of_replying_a_comment_or_a_private_draft(run: Run) -> None:
    """c comments; d writes a draft that cannot be sent."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("r", "c", "m", "e", "m", "o", "ctrl+s")
        assert session.desk.timelines[1042].messages[-1].text == "memo"
        await session.press("r", "d")
        assert session.shows(Composer)
        assert "送信できません" in screen_text(session.app)
        await session.press("ctrl+r")
        assert session.shows(Composer)
        assert session.desk.asked("replies.check") <= 1


async def test_taking_over_needs_the_right_and_a_reason(run: Run) -> None:
    """An agent is refused in words; a supervisor gives a reason and has the composer."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("T")
        assert any("管理者" in toast for toast in session.toasts)
    async with run(FakeDesk(me=sample.TAKAHASHI)) as session:
        session.desk.colleague_claims(1042)
        await changed(session)
        await session.press("r", "T", "enter")
        assert "理由を入力してください" in session.toasts
        await session.press("電", "話", "enter")
        assert ("claims.take_over", (1042, "電話")) in session.desk.calls
        assert session.shows(Composer)


async def test_new_mail_is_announced_in_place(run: Run) -> None:
    """Mail that comes in while it is open stands below and is said; the place stays."""
    async with run() as session:
        await session.press("enter")
        session.desk.deliver(1042, "追伸です。")
        await changed(session)
        assert "追伸です。" in screen_text(session.app)
        assert any("新しいメッセージ" in toast for toast in session.toasts)


async def test_side_panel_is_a_pane_on_a_narrow_terminal(run: Run) -> None:
    """At 80 columns Tab shows the customer, Tab again the mails."""
    async with run(size=(80, 24)) as session:
        await session.press("enter")
        assert "顧客\n" not in screen_text(session.app)
        await session.press("tab")
        assert "佐藤 花子 様" in screen_text(session.app)
        await session.press("escape")
        assert "お世話になって" in screen_text(session.app)


async def test_files_are_saved_where_the_setting_says(run: Run, tmp_path: Path) -> None:
    """A lists the attachments; S saves all of them."""
    settings = UiSettings(zone=TOKYO, downloads=tmp_path / "in")
    async with run(settings=settings) as session:
        await session.press("j", "j", "enter", "A", "S", "enter", "escape")
        assert sorted(path.name for path in (tmp_path / "in").iterdir()) == [
            f"file-{n}.jpg" for n in range(3)
        ]
        await session.press("J", "A")
        assert "添付ファイルはありません" in session.toasts


async def test_without_a_pager_it_says_so(run: Run) -> None:
    """A terminal that cannot be lent is said in words."""
    async with run() as session:
        await session.press("enter", "f3")
        assert any("一時停止" in toast for toast in session.toasts)
        assert session.shows(ConversationScreen)


async def test_digit_goes_to_the_tab(run: Run) -> None:
    """4 in a conversation shows the tab 保留 of the inbox."""
    async with run() as session:
        await session.press("enter", "4")
        assert session.shows(InboxScreen)
        assert session.screen.tab.value == "waiting"


async def test_release_and_copy(run: Run) -> None:
    """D lets go of what one holds; y a copies the address."""
    async with run() as session:
        await session.press("enter", "D")
        assert any("持っていません" in toast for toast in session.toasts)
        await session.press("y", "a")
        assert session.app.clipboard == "hanako@customer.example"


async def test_a_conversation_that_is_gone_closes(run: Run) -> None:
    """What was removed meanwhile is said, and the list is there again."""
    async with run() as session:
        await session.press("enter")
        del session.desk.rows[1042]
        session.desk.changed()
        await changed(session)
        assert session.shows(InboxScreen)
        assert any("もうありません" in toast for toast in session.toasts)


async def test_search_from_a_conversation(run: Run) -> None:
    """/ goes to the filter of the list."""
    async with run() as session:
        await session.press("enter", "slash")
        assert session.shows(InboxScreen)
        assert session.app.focused is not None
        assert session.app.focused.id == "search"


async def test_a_reading_that_comes_back_after_the_screen_was_closed_shows_nothing(run: Run) -> None:
    """Its widgets are gone by then: that is no defect."""
    async with run() as session:
        await session.press("enter")
        screen = session.screen
        assert not screen.is_going
        await session.press("escape")
        assert screen.is_going
        with session.app._context():
            await screen.read.__wrapped__(screen)
        assert session.shows(InboxScreen)
