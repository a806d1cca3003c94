"""The tray of stopped replies, and a composer whose claim is lost: nothing written is lost, and what happened stands
beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.domain.outbox import HeldReason
from maildesk.domain.reply import ColleaguesDraft, Draft, Stop, StoppedReply, StopReason
from maildesk.screens.claim import ClaimDialog, TakeOver
from maildesk.screens.composer import Composer
from maildesk.screens.peek import Peek
from maildesk.screens.review import Review
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text, slow
from tests.screens.test_waiting import waiting_item

TEXT = "お届け日は 25 日です。"


def stopped_reply(reason: StopReason = StopReason.LOST_CLAIM, outbox_id: int | None = None) -> StoppedReply:
    """A reply of 佐藤 that did not leave."""
    stop = Stop(
        reason,
        sample.NOW - timedelta(minutes=3),
        "鈴木",
        sample.NOW - timedelta(minutes=4),
        "顧客から電話中" if reason is StopReason.LOST_CLAIM else "",
    )
    return StoppedReply(
        1042, outbox_id, sample.SATO.id, "佐藤", stop, "佐藤 花子", "Re: キャンセル", TEXT, version=1
    )


def desk_with(reply: StoppedReply) -> FakeDesk:
    """A desk with that reply in the tray, its draft, and a mail that came since."""
    desk = FakeDesk()
    row = desk.rows[1042]
    desk.drafts_saved[1042] = Draft(
        1042, (), (), reply.subject, TEXT, author_id=sample.SATO.id, stop=reply.stop, saved_at=sample.NOW
    )
    desk.stopped_replies = [replace(reply, version=row.version)]
    desk.deliver(1042, "やはり返品します。")
    return desk


async def heard(session: Session) -> None:
    """The desk has changed, and the screens know."""
    session.desk.changed()
    await session.pilot.pause(0.1)
    await session.settle()


@pytest.mark.parametrize("reason", list(StopReason))
async def test_the_tray_tells_who_when_why_and_what_came_since(run: Run, reason: StopReason) -> None:
    """Counted in the header of every screen, reached by g x, the text beside the new state."""
    async with run(desk_with(stopped_reply(reason))) as session:
        assert "! 停止 1" in screen_text(session.app).splitlines()[0]
        await session.press("g", "x")
        text = screen_text(session.app)
        assert "停止した返信" in text
        assert TEXT in text
        assert "やはり返品します" in text
        if reason is StopReason.LOST_CLAIM:
            assert "鈴木さんが" in text
            assert "顧客から電話中" in text
        assert_aligned(session.app)


async def test_sending_from_the_tray_passes_the_last_look_and_all_fences(run: Run) -> None:
    """s opens the review over the composer; what came since the tray was read stops it again."""
    desk = desk_with(stopped_reply())
    async with run(desk) as session:
        await session.press("g", "x")
        desk.rows[1042] = replace(desk.rows[1042], version=desk.rows[1042].version + 1)
        desk.drafts_saved[1042] = replace(
            desk.drafts_saved[1042], to=desk.replies._fresh(1042, False, None).to
        )
        await session.press("s")
        await session.pilot.pause(0.1)
        await session.settle()
        assert session.shows(Review)
        await session.press("y")
        assert session.shows(Composer)
        assert desk.outbox_items == {}
        assert "新しいメッセージが届きました" in screen_text(session.app)


async def test_enter_edits_and_says_why_it_was_stopped(run: Run) -> None:
    """The composer opens with the text, the reason on top, and what came since."""
    async with run(desk_with(stopped_reply(StopReason.RETURNED))) as session:
        await session.press("g", "x", "enter")
        await session.pilot.pause(0.1)
        await session.settle()
        assert session.shows(Composer)
        text = screen_text(session.app)
        assert "この返信は止まっています" in text
        assert "差し戻しました" in text
        assert "やはり返品します" in text


async def test_discarding_is_undone_by_z(run: Run) -> None:
    """x throws away without a question, because z brings it back."""
    async with run(desk_with(stopped_reply())) as session:
        await session.press("g", "x", "x")
        assert session.desk.drafts_saved == {}
        assert "停止した返信はありません" in screen_text(session.app)
        await session.press("z")
        assert session.desk.drafts_saved[1042].body == TEXT


async def test_one_held_by_new_mail_is_released_from_the_tray(run: Run) -> None:
    """Its text is in the outbox already: s lets that go on."""
    desk = desk_with(stopped_reply(StopReason.NEW_MAIL, outbox_id=7))
    desk.outbox_items[7] = replace(waiting_item(held=HeldReason.NEW_MAIL), author_id=sample.SATO.id)
    async with run(desk) as session:
        await session.press("g", "x", "s")
        assert desk.asked("outbox.release") == 1


async def test_anothers_is_read_and_copied_only(run: Run) -> None:
    """A supervisor sees it; neither s nor x does anything."""
    desk = desk_with(stopped_reply())
    desk.stopped_replies = [replace(desk.stopped_replies[0], author_id=2, author="鈴木")]
    async with run(desk) as session:
        assert "停止 1" not in screen_text(session.app).splitlines()[0]
        await session.press("g", "x", "s", "x")
        assert 1042 in desk.drafts_saved
        assert desk.asked("replies.begin") == 0
        await session.press("y")
        assert session.app.clipboard == TEXT


async def test_a_new_stop_rings(run: Run) -> None:
    """When the customer writes before a scheduled reply leaves, its author is asked at once."""
    async with run() as session:
        session.desk.stopped_replies = [stopped_reply(StopReason.NEW_MAIL, 7)]
        await heard(session)
        assert any("g x で確認" in toast for toast in session.toasts)


async def test_a_lost_claim_turns_the_composer_read_only_at_once(run: Run) -> None:
    """Who, since when and why; what he and the customer wrote stands above the text, which can be copied."""
    async with run() as session:
        await session.press("r", *"半分", "ctrl+s")
        session.desk.colleague_claims(1042, minutes=0)
        await session.pilot.pause(0.1)
        await session.settle()
        text = screen_text(session.app)
        assert "鈴木さんが10:42に引き継ぎました(理由: 顧客から電話中のため)" in text
        await session.press("x")
        assert "半分" in session.screen.form.area.text
        assert "x" not in session.screen.form.area.text.split("\n")[2]
        session.desk.deliver(1042, "電話ありがとうございました。")
        await session.pilot.pause(0.1)
        await session.settle()
        assert "電話ありがとうございました" in screen_text(session.app)
        await session.press("f9")
        assert "半分" in session.app.clipboard
        await session.press("ctrl+r")
        assert not session.shows(Review)


async def test_the_dialog_of_a_colleagues_claim_follows_who_holds_it(run: Run) -> None:
    """Another holder is named at once; when he lets go, r replies."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await heard(session)
        await session.press("r")
        assert "鈴木さんは" in screen_text(session.app)
        session.desk.colleague_claims(1042, sample.NAKAMURA, minutes=0)
        await heard(session)
        text = screen_text(session.app)
        assert "中村さんは" in text
        assert "鈴木さんは" not in text
        await session.press("r")
        assert session.shows(ClaimDialog)
        session.desk.colleague_lets_go(1042)
        await heard(session)
        assert "返信できます" in screen_text(session.app)
        await session.press("r")
        assert session.shows(Composer)


async def test_a_take_over_is_from_whom_the_dialog_names(run: Run) -> None:
    """The holder changed while the reason was typed: he is named, and it is his claim that is taken."""
    desk = FakeDesk(sample.TAKAHASHI)
    async with run(desk) as session:
        desk.colleague_claims(1042)
        await heard(session)
        await session.press("T", *"電話")
        assert session.shows(TakeOver)
        desk.colleague_claims(1042, sample.NAKAMURA, minutes=0)
        await heard(session)
        assert "中村さんが" in screen_text(session.app)
        desk.colleague_lets_go(1042)
        await heard(session)
        assert "返信権は空いています" in screen_text(session.app)
        await session.press("ctrl+s")
        assert ("claims.take_over", (1042, "電話")) in desk.calls


def desk_of_a_supervisor() -> tuple[FakeDesk, Draft]:
    """高橋's desk, and a draft that 鈴木 is writing."""
    desk = FakeDesk(sample.TAKAHASHI)
    draft = Draft(1042, (), (), "Re: x", "まだ半分", author_id=2)
    desk.colleagues_drafts[1042] = ColleaguesDraft(2, "鈴木", True, draft)
    return desk, draft


async def test_a_supervisor_peeks_at_the_draft_as_it_grows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """p shows it, read again every two seconds; an agent has no such key."""
    monkeypatch.setattr("maildesk.screens.peek.EVERY", 0.05)
    desk, draft = desk_of_a_supervisor()
    async with run(desk) as session:
        desk.colleague_claims(1042)
        await heard(session)
        await session.press("r", "p")
        assert session.shows(Peek)
        assert "まだ半分" in screen_text(session.app)
        desk.colleagues_drafts[1042] = ColleaguesDraft(2, "鈴木", True, replace(draft, body="全部書けた"))
        await session.until(lambda: "全部書けた" in screen_text(session.app))
        assert "全部書けた" in screen_text(session.app)
        await session.press("escape")
        assert not session.shows(Peek)
    agent = FakeDesk()
    async with run(agent) as session:
        agent.colleague_claims(1042)
        await heard(session)
        await session.press("r", "p")
        assert agent.asked("drafts.peek") == 0
        assert any("監督者だけ" in toast for toast in session.toasts)


async def test_after_a_take_over_the_colleagues_draft_can_be_used(run: Run) -> None:
    """f8 shows it, c takes its text; one's own text is not overwritten."""
    desk = FakeDesk(sample.TAKAHASHI)
    draft = Draft(1042, (), (), "Re: x", "引き継ぎの文面", author_id=2)
    desk.colleagues_drafts[1042] = ColleaguesDraft(2, "鈴木", False, draft)
    async with run(desk) as session:
        await session.press("r", "f8", "c")
        assert session.shows(Composer)
        assert session.screen.form.area.text == "引き継ぎの文面"
        assert ("drafts.copy", (1042, 2)) in desk.calls


async def test_waiting_for_a_claim_rings_once_and_marks_the_row(run: Run) -> None:
    """w, then the bell and 空 in the row; opening the conversation takes the mark away."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await heard(session)
        await session.press("r", "w")
        session.desk.colleague_lets_go(1042)
        await heard(session)
        assert sum("#1042 が空きました" in toast for toast in session.toasts) == 1
        row = next(line for line in screen_text(session.app).splitlines() if "#1042" in line)
        assert "空" in row
        await heard(session)
        assert sum("#1042 が空きました" in toast for toast in session.toasts) == 1
        await session.press("enter", "escape")
        await heard(session)
        row = next(line for line in screen_text(session.app).splitlines() if "#1042" in line)
        assert "空" not in row


async def test_a_draft_that_is_slow_to_come_is_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the time between two looks: it is asked for once, and shown."""
    monkeypatch.setattr("maildesk.screens.peek.EVERY", 0.01)
    desk, _ = desk_of_a_supervisor()
    async with run(desk) as session:
        desk.colleague_claims(1042)
        await heard(session)
        answered = slow(monkeypatch, desk.drafts, "peek")
        await session.press("r")
        await session.pilot.press("p")
        await session.until(lambda: answered.asked)
        await session.pilot.pause(0.1)
        assert len(answered.asked) == 1
        answered.set()
        await session.until(lambda: "まだ半分" in screen_text(session.app))
        assert "まだ半分" in screen_text(session.app)
