"""Outbox and drafts: what waits for a person, each dangerous act after a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.domain.address import Address
from maildesk.domain.outbox import Evidence, EvidenceKind, OutboxItem, OutboxState
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text


def item(number: int, state: OutboxState) -> OutboxItem:
    """An outbox item of conversation 1042."""
    return OutboxItem(
        number,
        1042,
        "reply",
        state,
        1,
        "佐藤",
        f"Re: {state}",
        (Address("", "hanako@customer.example"),),
        f"<md.{number}@shop.example>",
        sample.NOW + timedelta(minutes=5),
        sample.NOW,
    )


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with one queued, one failed and one uncertain reply."""
    desk = FakeDesk()
    states = (OutboxState.QUEUED, OutboxState.FAILED, OutboxState.UNCERTAIN)
    desk.outbox_items = {number: item(number, state) for number, state in enumerate(states, 1)}
    return desk


async def test_what_needs_a_person_stands_on_top_and_in_the_header(run: Run, desk: FakeDesk) -> None:
    """Uncertain and failed first; the header counts them on every screen."""
    async with run(desk) as session:
        assert "! 要確認 2" in screen_text(session.app).splitlines()[0]
        await session.press("g", "o")
        assert session.screen.rows[0].state is OutboxState.UNCERTAIN
        text = screen_text(session.app)
        assert "届いたかどうか" in text
        assert "451 4.3.0" in text


@pytest.mark.parametrize(
    ("key", "state"), [("m", OutboxState.SENT), ("s", OutboxState.QUEUED), ("x", OutboxState.CANCELLED)]
)
async def test_each_decision_asks_first(run: Run, desk: FakeDesk, key: str, state: OutboxState) -> None:
    """Escape changes nothing; y does it."""
    async with run(desk) as session:
        await session.press("g", "o", key, "escape")
        assert desk.outbox_items[3].state is OutboxState.UNCERTAIN
        await session.press(key, "y")
        assert desk.outbox_items[3].state is state


async def test_what_is_not_possible_is_not_offered(run: Run, desk: FakeDesk) -> None:
    """A queued reply can be cancelled and not be sent again; the footer agrees."""
    async with run(desk) as session:
        await session.press("g", "o", "j", "j")
        assert session.screen.row.state is OutboxState.QUEUED
        footer = screen_text(session.app).splitlines()[-1]
        assert "取り消し" in footer
        assert "再送信" not in footer
        await session.press("s")
        assert any("この状態ではできません" in toast for toast in session.toasts)


async def test_on_a_small_terminal_the_rest_is_a_key_away(run: Run, desk: FakeDesk) -> None:
    """What was tried and where proof was looked for scrolls under the list at 80×24."""
    async with run(desk, size=(80, 24)) as session:
        await session.press("g", "o")
        assert "Message-ID" not in screen_text(session.app)
        await session.press("space", "space", "space")
        assert "Message-ID" in screen_text(session.app)
        await session.press("ctrl+u", "ctrl+u", "ctrl+u")
        assert "宛先" in screen_text(session.app)


async def test_an_uncertain_reply_is_not_sent_again_before_its_time(run: Run, desk: FakeDesk) -> None:
    """For 15 minutes a paused worker may still deliver it: s says for how long, then asks, then does it."""
    desk.outbox_items[3] = replace(desk.outbox_items[3], committing_at=sample.NOW - timedelta(minutes=14))
    async with run(desk) as session:
        await session.press("g", "o", "s", "y")
        assert any("送り直せるのは1分後からです" in toast for toast in session.toasts)
        assert desk.asked("outbox.send_again") == 0
        desk.moment += timedelta(minutes=2)
        await session.press("escape", "g", "o", "s", "y")
        assert desk.outbox_items[3].state is OutboxState.QUEUED


async def test_a_queued_reply_is_tried_now(run: Run, desk: FakeDesk) -> None:
    """r, without a question: nothing is sent twice by it."""
    async with run(desk) as session:
        await session.press("g", "o", "r")
        assert desk.asked("outbox.retry_now") == 0
        await session.press("j", "j", "r")
        assert desk.asked("outbox.retry_now") == 1


async def test_evidence_and_the_servers_words_stand_beside_the_decision(run: Run, desk: FakeDesk) -> None:
    """Where it was looked for, whether it was found, and whether not finding it says anything."""
    looked = (
        Evidence(sample.NOW, EvidenceKind.SENT_COPY, False, True, "Sent"),
        Evidence(sample.NOW, EvidenceKind.JOURNAL, False, False),
        Evidence(sample.NOW, EvidenceKind.DSN, True),
    )
    desk.outbox_items[3] = replace(desk.outbox_items[3], evidence=looked)
    refused = ("hanako@customer.example",)
    reply = "550 5.1.1 [@click=app.quit]\x1b[31m unknown"
    desk.outbox_items[2] = replace(desk.outbox_items[2], last_reply=reply, refused=refused)
    async with run(desk, size=(140, 40)) as session:
        await session.press("g", "o")
        text = screen_text(session.app)
        for words in (
            "送信済みフォルダー: ✗ ありません",
            "控えの宛先: ありません",
            "配送の通知: ✓ ありました",
        ):
            assert words in text
        await session.press("j")
        text = screen_text(session.app)
        assert "サーバーの応答: 550 5.1.1 [@click=app.quit]" in text
        assert "受け付けられなかった宛先: hanako@customer.example" in text
        assert "\x1b" not in text


async def test_a_bounced_reply_leads_to_its_report(run: Run, desk: FakeDesk) -> None:
    """不達 in the list; Enter opens the conversation at the report."""
    desk.outbox_items = {4: replace(item(4, OutboxState.SENT), bounced=True, sent_at=sample.NOW)}
    old = desk.timelines[1042]
    report = replace(old.messages[0], id=10429, bounce_of="5.1.1 user unknown", at=sample.NOW)
    desk.timelines[1042] = replace(old, messages=(*old.messages, report))
    async with run(desk) as session:
        await session.press("g", "o")
        assert "✗ 不達" in screen_text(session.app)
        await session.press("enter")
        assert session.shows(ConversationScreen)
        assert session.screen.current_message().id == 10429


async def test_enter_opens_the_conversation(run: Run, desk: FakeDesk) -> None:
    """Enter goes to the conversation, Escape back to the list."""
    async with run(desk) as session:
        await session.press("g", "o", "enter")
        assert session.shows(ConversationScreen)


async def test_drafts_go_on_and_come_back_after_they_were_thrown_away(run: Run) -> None:
    """Enter goes on writing; x throws away, and z brings it back."""
    async with run() as session:
        await session.press("r", "a", "escape", "g", "d", "enter")
        assert session.shows(Composer)
        await session.press("escape", "x")
        assert session.desk.drafts_saved == {}
        assert "下書きはありません" in screen_text(session.app)
        await session.press("z")
        assert 1042 in session.desk.drafts_saved
        assert "下書きはありません" not in screen_text(session.app)


async def test_a_forward_is_told_from_a_reply(run: Run, desk: FakeDesk) -> None:
    """In the list and beside it."""
    desk.outbox_items = {1: replace(item(1, OutboxState.SENT), kind="forward"), 2: item(2, OutboxState.SENT)}
    async with run(desk) as session:
        await session.press("g", "o")
        lines = [line for line in screen_text(session.app).splitlines() if "Re: sent" in line]
        assert [("[転送] Re: sent" in line) for line in lines].count(True) >= 1
        assert any("[転送]" not in line for line in lines)
