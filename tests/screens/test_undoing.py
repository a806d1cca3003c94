"""What z takes back is the last act, whatever it was, and it is said; what is said in passing is one short line."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from maildesk.app import MaildeskApp
from maildesk.domain.status import Status
from maildesk.screens.composer import Composer
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.inbox import InboxScreen
from maildesk.widgets.footer_bar import FooterBar
from tests.screens.conftest import Run, Session
from tests.screens.support import screen_text


async def _done_before(session: Session) -> None:
    """A conversation was done, and the cursor is on one that can be answered."""
    await session.press("j", "e")
    assert session.desk.rows[1047].status is Status.DONE
    session.screen.mails.move_to_id(1042)
    await session.settle()


@pytest.mark.parametrize("keys", [("l", "4", "y"), ("a",)])
async def test_z_takes_back_a_reply_that_waits_before_what_was_done_before(
    run: Run, keys: tuple[str, ...]
) -> None:
    """A scheduled reply and one before an approver come back into the editor; the older act stays."""
    async with run() as session:
        await _done_before(session)
        await session.press("r", "x", "ctrl+r", *keys)
        assert session.shows(InboxScreen)
        assert "z で元に戻す" in session.toasts[-1]
        await session.press("z")
        assert session.shows(Composer)
        assert session.desk.outbox_items[1].state.value == "cancelled"
        assert session.desk.rows[1047].status is Status.DONE


async def test_an_act_after_sending_comes_back_first(run: Run) -> None:
    """Within the seconds of a sent reply the last act is what z takes back, and only what it takes back names it."""
    async with run() as session:
        await session.press("r", "x", "ctrl+r", "y")
        assert "z で取り消し" in screen_text(session.app)
        session.screen.mails.move_to_id(1047)
        await session.press("e")
        shown = screen_text(session.app)
        assert "z で取り消し" not in shown
        assert "g o" in shown
        await session.press("z")
        assert session.desk.rows[1047].status is Status.NEW
        assert session.desk.outbox_items[1].state.value == "queued"
        assert "z で取り消し" in screen_text(session.app)
        await session.press("z")
        assert session.shows(Composer)
        assert session.desk.outbox_items[1].state.value == "cancelled"


async def test_what_was_taken_back_is_named(run: Run) -> None:
    """One conversation by its number, several by how many they are."""
    async with run() as session:
        await session.press("e", "z")
        assert session.toasts == ["対応完了 #1042 を元に戻しました"]
        await session.press("x", "x", "x", "e", "z")
        assert session.toasts == ["対応完了 3 件を元に戻しました"]


@pytest.mark.parametrize(
    ("keys", "question"),
    [
        (("e",), "件を対応完了にしますか"),
        (("number_sign",), "件をゴミ箱にしますか"),
        (("a", "2"), "件の担当を鈴木さんにしますか"),
        (("p", "1"), "件の優先度を「大至急」にしますか"),
        (("i",), "件の担当を佐藤さんにしますか"),
        (("X", "1"), "件を対応不要("),
        (("u",), "件を既読にしますか"),
    ],
)
async def test_the_question_before_many_says_what_will_happen(
    run: Run, keys: tuple[str, ...], question: str
) -> None:
    """An act on many is asked for in its own words."""
    async with run() as session:
        await session.press("*", *keys)
        assert session.shows(Confirm)
        assert question in screen_text(session.app)
        assert "変更しますか" not in screen_text(session.app)


async def test_marks_are_counted_without_the_preview(run: Run) -> None:
    """How many are marked is seen though the preview is off."""
    async with run() as session:
        await session.press("space", "x", "x")
        assert "2 件選択" in screen_text(session.app)
        await session.press("escape")
        assert "件選択" not in screen_text(session.app)


def _toasts(session: Session) -> list[Toast]:
    return [toast for toast in session.screen.query(Toast) if toast.display]


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (40, 30)])
async def test_quick_acts_are_one_line_that_counts(run: Run, size: tuple[int, int]) -> None:
    """The newest takes the place of the one before; the same act again is counted; it hides neither list nor footer."""
    async with run(size=size) as session:
        await session.press("e", "e", "e")
        assert len(session.toasts) == 1
        assert session.toasts[0].startswith("3 件を「対応完了」にしました(z で #")
        await session.pilot.pause(0.1)
        toasts = _toasts(session)
        assert len(toasts) == 1
        assert toasts[0].region.height <= 2
        assert not toasts[0].region.overlaps(session.screen.query_one(FooterBar).region)
        if toasts[0].region.height == 1:
            assert not toasts[0].region.overlaps(session.screen.mails.region)


async def test_a_sheet_and_a_dialog_are_not_covered(run: Run) -> None:
    """What is said is not over the keys of a sheet, nor over those of a dialog."""
    async with run() as session:
        await session.press("e", "g")
        await session.pilot.pause(0.5)
        assert not _toasts(session)
        await session.press("escape", "a")
        await session.pilot.pause(0.1)
        keys = session.screen.query(".keys").last().region
        assert not any(toast.region.overlaps(keys) for toast in _toasts(session))


async def test_what_was_promised_goes_with_the_undo(run: Run) -> None:
    """After z nothing says any more that z takes that act back."""
    async with run() as session:
        await session.press("e", "z")
        assert not any("で元に戻す" in toast for toast in session.toasts)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("i",), "#1042 の担当を佐藤さんにしました"),
        (("a", "2"), "#1042 の担当を鈴木さんにしました"),
        (("p", "1"), "#1042 の優先度を「大至急」にしました"),
        (("u",), "#1042 を既読にしました"),
        (("b", "3"), "まで)」にしました"),
        (("X", "1"), "#1042 を対応不要("),
    ],
)
async def test_every_act_says_what_it_did(run: Run, keys: tuple[str, ...], said: str) -> None:
    """One line names the conversation, what became of it, and the key that takes it back."""
    async with run() as session:
        await session.press(*keys)
        assert said in session.toasts[-1]
        assert "z で元に戻す" in session.toasts[-1]


async def test_a_repeated_act_says_what_it_did(run: Run) -> None:
    """After . one sees what was repeated."""
    async with run() as session:
        await session.press("p", "1", "j", ".")
        assert session.toasts[-1].startswith("2 件")
        assert "優先度を「大至急」" in session.toasts[-1]


async def test_an_error_stands_until_the_next_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said in passing does not take the place of an error."""
    from maildesk.errors import MaildeskError

    monkeypatch.setattr(MaildeskApp, "NOTIFICATION_TIMEOUT", 4)
    async with run() as session:
        session.app.explain(MaildeskError("empty_comment"))
        session.app.say("later")
        await session.settle()
        assert len(session.toasts) == 2
        await session.press("j")
        assert session.toasts == []


async def test_a_comment_is_withdrawn_before_what_was_done_before(run: Run) -> None:
    """z after a comment takes the comment back, not the older act."""
    async with run() as session:
        await _done_before(session)
        before = session.desk.timelines[1042].messages
        await session.press("c", "x", "ctrl+s")
        assert session.desk.timelines[1042].messages != before
        assert "z で元に戻す" in session.toasts[0]
        await session.press("z")
        assert session.toasts == ["社内コメント #1042 を元に戻しました"]
        assert session.desk.timelines[1042].messages == before
        assert session.desk.rows[1047].status is Status.DONE


async def test_what_cannot_be_taken_back_is_said_once(run: Run) -> None:
    """A comment that a colleague has read stays: z says so, and the next z goes on to the older act."""
    async with run() as session:
        await _done_before(session)
        await session.press("c", "x", "ctrl+s")
        session.desk.comments_read = True
        await session.press("z")
        assert "元に戻せません: 社内コメント" in session.toasts[0]
        assert session.desk.rows[1047].status is Status.DONE
        await session.press("z")
        assert session.desk.rows[1047].status.value == "new"


async def test_a_new_conversation_of_a_memo_stays(run: Run) -> None:
    """A telephone memo that began a conversation is the only thing in it: z says that it stays, once."""
    async with run() as session:
        await _done_before(session)
        session.app.undoing.cannot(Deed("memo"), [1042])
        await session.press("z")
        assert session.toasts == ["元に戻せません: 電話メモ #1042"]
        await session.press("z")
        assert session.desk.rows[1047].status is Status.NEW
