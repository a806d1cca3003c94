"""``f`` and ``C``: passing a mail on, asking somebody outside, writing first; on the real desk at 80x24."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, TextArea

from maildesk.app import MaildeskApp, UiSettings
from maildesk.desk import Desk
from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import Outside
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.status import Status, WaitingReason
from maildesk.screens.composer import Composer
from maildesk.screens.picker import Picker
from maildesk.store import outbox
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import SmallDesk, small_desk
from tests.support.stores import mail


def _app(desk: Desk) -> MaildeskApp:
    return MaildeskApp(lambda: desk, UiSettings(zone=TOKYO))


def _sessions(small: SmallDesk) -> tuple[AbstractContextManager[Desk], AbstractContextManager[Desk]]:
    return small.session("sato"), small.session("suzuki")


async def _to(session: Session, address: str) -> None:
    session.screen.query_one("#to", Input).value = address
    await session.settle()


async def test_a_question_outside_and_its_answer(tmp_path: Path) -> None:
    """From ``f`` to the answer: asked, taken back by z, sent; waits; the answer is a note with a mark."""
    small = small_desk(tmp_path)
    number = small.mail("荷物が届きません", "追跡番号は 1234 です。", sender="花子 <hanako@example.jp>")
    mine, hers = _sessions(small)
    with mine as sato, hers as suzuki:
        app = _app(sato)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            await session.press("f")
            assert_aligned(app)
            assert "社外に問い合わせ" in screen_text(app)
            await session.press("3")
            assert isinstance(app.screen, Composer)
            assert f"#{number} の社外問い合わせ" in screen_text(app)
            assert app.focused is not None
            assert app.focused.id == "to"
            await _to(session, "hanako@example.jp")
            await session.press("ctrl+r")
            assert "お客様側の宛先には転送できません" in screen_text(app)
            await session.press("escape")
            await _to(session, "carrier@delivery.example")
            await session.press("ctrl+r")
            assert_aligned(app)
            assert f"送信内容の確認  #{number}" in screen_text(app)
            await session.press("y")
            seen = suzuki.conversations.summary(number)
            assert (seen.status, seen.waiting_reason) == (Status.WAITING, WaitingReason.COLLEAGUE)
            await session.press("z")
            await session.settle()
            assert isinstance(app.screen, Composer)
            assert suzuki.conversations.summary(number).status is Status.NEW
            await session.press("ctrl+r")
            await session.press("y")
            assert [i.state for i in suzuki.outbox.items()] == [OutboxState.QUEUED, OutboxState.CANCELLED]
        assert app.guard.dropped == 0
    small.close()


async def test_the_answer_is_read_as_a_note(tmp_path: Path) -> None:
    """The list has it in 新着 with its mark; the conversation shows it as a note from outside, and no reply goes to
    him."""
    small = small_desk(tmp_path)
    number = small.mail("荷物が届きません", "追跡番号は 1234 です。", sender="花子 <hanako@example.jp>")
    with small.session("sato") as sato:
        asked = _sent(small, sato, number)
        small.raw(mail(9, sender="carrier@delivery.example", headers=[f"In-Reply-To: {asked}"]))
        assert sato.conversations.summary(number).outside is Outside.ANSWERED
        assert sato.conversations.get(number).messages[-1].kind is MessageKind.COMMENT
        app = _app(sato)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            assert "回" in screen_text(app)
            await session.press("enter")
            assert_aligned(app)
            assert "社外からの回答" in screen_text(app)
            await session.press("f")
            assert isinstance(app.screen, Picker), "what is passed on is the customer's mail, not the note"
            await session.press("1")
            assert "追跡番号は 1234" in app.screen.query_one(TextArea).text
            await session.press("escape")
            await session.press("r")
            assert session.screen.query_one("#to", Input).value == "花子 <hanako@example.jp>"
            await session.press("escape")
    small.close()


def _sent(small: SmallDesk, desk: Desk, number: int) -> str:
    """Ask the carrier, and let it leave; its Message-ID."""
    begun: Any = desk.letters.forward(number, ask=True)
    draft = replace(begun.draft, to=(Address("", "carrier@delivery.example"),), body="どこですか。")
    queued: Any = desk.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id=str(uuid.uuid4())
    )
    item = small.store.run(lambda tx: outbox.pick(tx, "worker"))
    assert item is not None
    small.store.run(lambda tx: outbox.mark_committing(tx, item.id, item.attempt, item.message_id))
    small.store.run(lambda tx: outbox.finish(tx, item.id, item.attempt, Step.ACCEPTED, "250 ok"))
    return str(queued.message_id)


async def test_a_first_mail(tmp_path: Path) -> None:
    """``C``: the shop is chosen, the address typed; the draft is kept and found again; then it leaves."""
    small = small_desk(tmp_path)
    small.mail("質問", "本文です。")
    with small.session("sato") as sato:
        app = _app(sato)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            session = Session(app, sato, pilot)  # type: ignore[arg-type]
            await session.settle()
            await session.press("C")
            assert "どの店舗から" in screen_text(app)
            await session.press("1")
            assert "新規メール" in screen_text(app)
            await _to(session, "hanako@example.jp")
            session.screen.query_one("#subject", Input).value = "ご案内"
            await session.press("escape")
            (kept,) = sato.drafts.mine()
            assert (kept.subject, kept.customer_name) == ("ご案内", "hanako@example.jp")
            await session.press("g", "d")
            await session.press("enter")
            assert "新規メール" in screen_text(app)
            session.screen.query_one(TextArea).load_text("ご案内です。")
            await session.settle()
            await session.press("ctrl+r")
            assert_aligned(app)
            await session.press("y")
            (item,) = sato.outbox.items()
            seen = sato.conversations.summary(item.conversation_id)
            assert (seen.customer_address, seen.status) == ("hanako@example.jp", Status.DONE)
    small.close()


@pytest.mark.parametrize("size", [(80, 24), (40, 30)])
async def test_the_ways_fit(run: Run, size: tuple[int, int]) -> None:
    """All four ways are on the smallest screens."""
    async with run(size=size) as session:
        await session.press("f")
        assert_aligned(session.app)
        assert "元のメールを添付して転送" in screen_text(session.app)
