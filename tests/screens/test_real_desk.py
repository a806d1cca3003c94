"""The screens over the real desk on SQLite: what the desk in memory promises, the real one does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import TextArea

from maildesk.app import MaildeskApp
from maildesk.domain.outbox import OutboxState
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply_target import ReplyTarget
from maildesk.domain.status import Status
from maildesk.screens import composer, peek
from maildesk.screens.composer import Composer
from maildesk.store import mailboxes, targets
from maildesk.widgets.writing_area import WritingArea
from tests.screens.conftest import run_session
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import small_desk


async def test_what_waits_and_what_was_commented_come_back_before_older_acts(tmp_path: Path) -> None:
    """A comment, then a reply before an approver: each z takes the last of them back, the done one stays done."""
    small = small_desk(tmp_path)
    first = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    second = small.mail("届かない", "いつ届きますか。")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            inbox: Any = session.app.screen
            inbox.mails.move_to_id(second)
            await session.press("e")
            inbox.mails.move_to_id(first)
            await session.press("c", "x", "ctrl+s", "z")
            assert len(sato.conversations.get(first).messages) == 1
            await session.press("r", *"answer", "ctrl+r", "a")
            (item,) = sato.outbox.items()
            assert item.state is OutboxState.HELD
            await session.press("z")
            assert sato.outbox.items()[0].state is OutboxState.CANCELLED
            assert "answer" in session.app.screen.query_one(TextArea).text
            assert sato.conversations.summary(second).status is Status.DONE


async def test_triage_claim_reply_hold_and_recall(tmp_path: Path) -> None:
    """Two agents on a real store: done and undone, a claim that the other sees, a reply queued and taken back."""
    small = small_desk(tmp_path)
    first = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    small.mail("届かない", "いつ届きますか。")
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        async with run_session(sato) as session:
            assert "サイズ交換のお願い" in screen_text(session.app)
            inbox: Any = session.app.screen
            inbox.mails.move_to_id(first)
            await session.settle()

            await session.press("e")
            assert suzuki.conversations.summary(first).status is Status.DONE
            await session.press("z")
            await session.pilot.pause(0.3)
            await session.settle()
            assert suzuki.conversations.summary(first).status.value == "new"

            inbox.mails.move_to_id(first)
            await session.settle()
            await session.press("r")
            assert "返信 #" in screen_text(session.app)
            claim = suzuki.conversations.summary(first).claim
            assert claim is not None
            assert claim.agent_login == "sato"
            await session.press(*"typed text", "ctrl+s")
            await session.pilot.pause(0.2)
            await session.settle()
            draft = sato.drafts.of(first)
            assert draft is not None
            assert "typed text" in draft.body
            assert "下書き保存" in screen_text(session.app)

            await session.press("ctrl+r")
            assert_aligned(session.app)
            assert "送信内容の確認" in screen_text(session.app)
            await session.press("y")
            (item,) = suzuki.outbox.items()
            assert item.state is OutboxState.QUEUED
            assert "送信待ちに入れました" in screen_text(session.app)
            await session.press("z")
            assert "typed text" in session.app.screen.query_one(TextArea).text
            assert suzuki.outbox.items()[0].state is OutboxState.CANCELLED
            await session.press("escape")
            assert suzuki.conversations.summary(first).claim is None


async def test_a_colleagues_claim_arrives_by_itself(tmp_path: Path) -> None:
    """A claim taken in another session shows within two seconds, and the reply key is gone."""
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        async with run_session(sato) as session:
            await session.press("enter")
            suzuki.claims.take(number)
            for _ in range(40):
                await session.pilot.pause(0.05)
                if "鈴木さんが返信対応中です" in screen_text(session.app):
                    break
            await session.settle()
            text = screen_text(session.app)
            assert "鈴木さんが返信対応中です" in text
            assert "r 返信" not in text
            await session.press("r")
            assert "返信できません: 鈴木さんが返信対応中" in screen_text(session.app)


async def test_leaving_a_reply_leads_back_to_its_conversation(tmp_path: Path) -> None:
    """The row leaves 新着 while its claim is held; when the composer is closed the cursor is on it again."""
    small = small_desk(tmp_path)
    numbers = [small.mail(f"質問 {n}", "本文です。") for n in range(5)]
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            inbox: Any = session.app.screen
            inbox.mails.move_to_id(numbers[2])
            await session.settle()
            await session.press("r")

            def listed() -> list[int]:
                return [row.id for row in inbox.mails.rows(0, len(numbers))]

            await session.until(lambda: numbers[2] not in listed())
            assert numbers[2] not in listed(), "behind the composer"
            await session.press("escape")
            await session.until(lambda: inbox.mails.row is not None and inbox.mails.row.id == numbers[2])
            assert inbox.mails.row.id == numbers[2]


async def test_keys_typed_while_a_recalled_reply_opens_are_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """z once too often: the second one does not end up in the customer's mail, however late it arrives; nor does the key
    that took the reply back, until another one was pressed."""
    monkeypatch.setattr(composer, "DEAF_SECONDS", 60.0)
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            await session.press("r", *"answer", "ctrl+r", "y")
            late = events.Key("z", "z")
            for key in (events.Key("z", "z"), events.Key("z", "z"), events.Key("enter", "\r")):
                await session.app.keyboard.press(key)
            await session.settle()
            assert isinstance(session.app.screen, Composer)
            assert "送信を取り消しました" in "".join(session.toasts)
            area = session.app.screen.query_one(WritingArea)
            assert area.text.lstrip().startswith("answer\n")

            area.deaf_for(0.0, ("z",), 60.0)
            await session.app.keyboard.press(late)
            await session.press("z")
            await session.app.keyboard.press(events.Key("ｚ", "ｚ"))
            await session.settle()
            assert area.text.lstrip().startswith("answer\n")
            await session.press("x", "z")
            assert area.text.lstrip().startswith("answerxz\n")
            assert sato.drafts.of(number) is not None


async def test_the_time_left_on_a_real_desk(tmp_path: Path) -> None:
    """A shop with a target: the row says what is left, the header counts, Ctrl+n takes the one with least time left, and
    its answer is not due any more."""
    small = small_desk(tmp_path)
    plain = small.mail("返品", box="自社サイト")
    late = small.mail("サイズ", box="楽天市場店")
    with small.store.transaction() as tx:
        box = replace(small.boxes["楽天市場店"], reply_target=ReplyTarget(4 * 3600))
        mailboxes.put(tx, box, {})
        targets.recompute(tx, box.id)
    with small.session("sato") as sato:
        async with run_session(sato, size=(120, 30)) as session:
            session.app.standing.look()
            await session.settle()
            assert "!-" in screen_text(session.app)
            assert "期限切れ 1" in screen_text(session.app)
            inbox: Any = session.app.screen
            assert [row.id for row in inbox.mails.rows(0, 2)] == [late, plain]
            await session.press("ctrl+n")
            assert f"#{late}" in screen_text(session.app)
            assert sato.conversations.summary(late).claim is not None
            sato.triage.no_answer([late])
            assert sato.conversations.summary(late).due_at is None


@pytest.mark.parametrize("answered", [False, True])
async def test_who_queues_for_a_claim_hears_the_bell_and_sees_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """The moment it is free or answered: one bell, one sentence, and the mark of that in the row."""
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    bells: list[str] = []
    monkeypatch.setattr(MaildeskApp, "bell", lambda app: bells.append("bell"))
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        begun = suzuki.replies.begin(number)
        assert isinstance(begun, Begun)
        async with run_session(sato) as session:
            await session.press("6", "r", "w")
            assert bells == []
            if answered:
                suzuki.replies.submit(
                    begun.claim,
                    replace(begun.draft, body="承知しました。"),
                    seen_version=begun.claim.version,
                    request_id="00000000-0000-4000-8000-000000000001",
                )
            else:
                suzuki.claims.release(begun.claim)
            words = "鈴木さんが" if answered else f"#{number} が空きました"
            await session.until(lambda: any(words in toast for toast in session.toasts))
            sign = "返" if answered else "空"

            def row() -> str:
                return next(line for line in screen_text(session.app).splitlines() if f"#{number}" in line)

            await session.until(lambda: sign in row())
            assert sign in row()
            assert [words in toast for toast in session.toasts].count(True) == 1
            assert bells == ["bell"]


async def test_a_supervisor_sees_the_draft_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """p on a conversation that a colleague answers: what he has saved, read again at least every two seconds, and no
    key writes in it; an agent is told that he may not."""
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    assert peek.EVERY <= 2.0
    monkeypatch.setattr(peek, "EVERY", 0.05)
    with small.session("takahashi") as boss, small.session("suzuki") as suzuki:
        begun = suzuki.replies.begin(number)
        assert isinstance(begun, Begun)
        saved = suzuki.replies.save(replace(begun.draft, body="お問い合わせありが"))
        async with run_session(boss, size=(80, 24)) as session:
            await session.press("6", "r", "p")
            await session.until(lambda: "お問い合わせありが" in screen_text(session.app))
            suzuki.replies.save(replace(saved, body="お問い合わせありがとうございます。"))
            await session.until(lambda: "ありがとうございます。" in screen_text(session.app))
            assert "ありがとうございます。" in screen_text(session.app)
            await session.press("x", "c", "escape")
            draft = suzuki.drafts.of(number)
            assert draft is not None
            assert draft.body == "お問い合わせありがとうございます。"
            assert boss.drafts.mine() == ()
