"""Replies that wait: approval asked for, given and refused, sending later, and what keeps others from answering."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from textual.containers import VerticalScroll
from textual.widgets import Input

from maildesk.domain.address import Address
from maildesk.domain.outbox import HeldReason, OutboxItem, OutboxState
from maildesk.domain.reply import AfterSend, ReplyText
from maildesk.domain.safetext import SafeText
from maildesk.domain.status import Status
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.waiting import WaitingDialog
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text


def waiting_item(number: int = 1042, held: HeldReason | None = HeldReason.APPROVAL) -> OutboxItem:
    """鈴木's reply to a conversation, which waits; without ``held`` for its time."""
    return OutboxItem(
        7,
        number,
        "reply",
        OutboxState.QUEUED if held is None else OutboxState.HELD,
        0,
        "鈴木",
        "Re: ご注文のキャンセルについて",
        (Address("佐藤 花子", "hanako@customer.example"),),
        "<md.7@shop.example>",
        sample.NOW + timedelta(days=4),
        sample.NOW - timedelta(minutes=12),
        author_id=sample.SUZUKI.id,
        scheduled=held is None,
        approval=held is HeldReason.APPROVAL,
        held_reason=held,
    )


def desk_with(item: OutboxItem, me: object = sample.TAKAHASHI) -> FakeDesk:
    """A desk at which a reply waits; 高橋 may approve."""
    desk = FakeDesk(me)  # type: ignore[arg-type]
    desk.outbox_items[item.id] = item
    if item.held_reason is HeldReason.APPROVAL:
        desk.put(replace(desk.rows[item.conversation_id], status=Status.APPROVAL))
    return desk


async def test_a_reply_that_waits_stands_in_the_place_of_the_editor(run: Run) -> None:
    """r on its conversation shows the text and who may decide; no editor opens, nothing is claimed."""
    async with run(desk_with(waiting_item(), sample.SATO)) as session:
        await session.press("3", "enter")
        assert session.shows(ConversationScreen)
        assert "承認待ち: 鈴木さんが" in screen_text(session.app)
        await session.press("r")
        assert session.shows(WaitingDialog)
        text = screen_text(session.app)
        assert "ご連絡ありがとうございます" in text
        assert "判断は承認者か本人が行います" in text
        await session.press("y", "b", "e", "x", "s")
        assert session.shows(WaitingDialog)
        assert session.desk.asked("outbox.approve") == 0


async def test_y_approves_exactly_the_text_that_is_shown(run: Run) -> None:
    """Another text than the one read is shown first, and approved only by another y."""
    desk = desk_with(waiting_item())
    desk.changed_text = ReplyText(
        waiting_item(), Address("", "shop@shop.example"), (), (), "x", "差し替えた文面です", (), "other"
    )
    async with run(desk) as session:
        await session.press("3", "r", "y")
        assert session.shows(WaitingDialog)
        assert "差し替えた文面です" in screen_text(session.app)
        assert desk.waiting(1042) is not None
        await session.press("y")
        assert session.shows(InboxScreen)
        assert [values[1] for name, values in desk.calls if name == "outbox.approve"][-1] == "other"
        assert desk.outbox_items[7].state is OutboxState.QUEUED


async def test_b_gives_back_with_a_note_and_not_without(run: Run) -> None:
    """^s without a note says that one is needed; Esc leaves everything as it was."""
    desk = desk_with(waiting_item())
    async with run(desk) as session:
        await session.press("3", "r", "b", "ctrl+s")
        assert desk.asked("outbox.give_back") == 0
        assert any("コメントを入力" in toast for toast in session.toasts)
        await session.press("escape")
        assert session.shows(WaitingDialog)
        await session.press("b", *"日付", "ctrl+s")
        assert ("outbox.give_back", (7, "日付")) in desk.calls
        assert session.shows(InboxScreen)


async def test_its_author_takes_it_back_into_the_editor(run: Run) -> None:
    """e pulls it back; it is his draft again, under his claim. His own he cannot approve."""
    desk = desk_with(replace(waiting_item(), author_id=sample.TAKAHASHI.id, author="高橋"))
    async with run(desk) as session:
        await session.press("3", "r", "y")
        assert desk.asked("outbox.approve") == 0
        await session.press("e")
        assert desk.asked("outbox.pull_back") == 1
        assert session.shows(Composer)


async def test_the_review_asks_for_approval(run: Run) -> None:
    """a asks instead of sending; the conversation goes to 承認待ち and nothing counts down."""
    async with run() as session:
        await session.press("r", "a", "ctrl+r", "a")
        assert session.desk.outbox_items[1].held_reason is HeldReason.APPROVAL
        assert session.desk.rows[1042].status is Status.APPROVAL
        assert any("承認を依頼しました" in toast for toast in session.toasts)
        assert "送信待ちに入れました" not in screen_text(session.app)


async def test_who_needs_approval_has_no_key_that_sends(run: Run) -> None:
    """For him y is 承認を依頼, and the review says so."""
    desk = FakeDesk(replace(sample.NAKAMURA, needs_approval=True))
    async with run(desk) as session:
        await session.press("r", "a", "ctrl+r")
        text = screen_text(session.app)
        assert "y 承認を依頼" in text
        assert "y 送信" not in text
        await session.press("y")
        assert desk.outbox_items[1].state is OutboxState.HELD


async def test_a_reply_leaves_later_at_a_time_in_words(run: Run) -> None:
    """l takes 金 15時; the reply is scheduled, and the outbox names its time."""
    async with run() as session:
        await session.press("r", "a", "ctrl+r", "l", *"金 15時", "enter")
        assert "[2026/11/27 15:00]" in screen_text(session.app)
        await session.press("y")
        item = session.desk.outbox_items[1]
        assert item.scheduled
        assert f"{item.not_before:%m-%d %H:%M}" in ("11-27 15:00", "11-27 06:00")
        submitted = next(values for name, values in session.desk.calls if name == "replies.submit")
        assert submitted[:2] == (AfterSend(), 0.0)
        await session.press("g", "o")
        assert "予約" in screen_text(session.app)
        assert "予定 11/27 15:00" in screen_text(session.app)
        await session.press("enter")
        assert session.shows(WaitingDialog)


async def test_a_reply_held_by_new_mail_is_sent_as_it_is_only_by_its_author(run: Run) -> None:
    """s lets it go on after the new mail was seen; others have no such key."""
    mine = replace(waiting_item(held=HeldReason.NEW_MAIL), author_id=sample.SATO.id, author="佐藤")
    desk = FakeDesk()
    desk.outbox_items[7] = mine
    async with run(desk) as session:
        await session.press("r")
        assert session.shows(WaitingDialog)
        await session.press("s")
        assert desk.asked("outbox.release") == 1
    others = FakeDesk()
    others.outbox_items[7] = waiting_item(held=HeldReason.NEW_MAIL)
    async with run(others) as session:
        await session.press("r", "s")
        assert others.asked("outbox.release") == 0


async def test_a_review_that_a_check_blocks_offers_no_key_to_send(run: Run) -> None:
    """What cannot be done is not written down; pressing it all the same says why."""
    async with run() as session:
        await session.press("r")
        for field in session.screen.query(Input):
            if field.id == "to":
                field.value = ""
        await session.press("ctrl+r")
        text = screen_text(session.app)
        assert "✗ 送信できません" in text
        assert "y 送信" not in text
        await session.press("y", "a")
        assert session.desk.asked("replies.submit") == 0
        assert any("宛先がありません" in toast for toast in session.toasts)


async def test_the_text_that_waits_is_paged(run: Run) -> None:
    """^d and ^u move it half a page, as other texts that are read."""
    desk = desk_with(waiting_item())
    async with run(desk, size=(80, 24)) as session:
        await session.press("3", "enter", "r")
        assert session.shows(WaitingDialog)
        text = tuple((SafeText(f"{n} 行目"), "text") for n in range(60))
        session.screen.query_one("#text", Paragraphs).show(*text)
        await session.settle()
        view = session.screen.query_one(VerticalScroll)
        await session.press("ctrl+d", "ctrl+d")
        assert view.scroll_y == 2 * (view.size.height // 2)
        await session.press("ctrl+u", "ctrl+u")
        assert view.scroll_y == 0
