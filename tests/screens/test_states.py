"""Every screen as text, in Japanese at three sizes, in English at the smallest, where a text that is too long shows: what
is on them, and that no cell is out of line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from maildesk import locale
from maildesk.domain.address import Address
from maildesk.domain.mailbox import FolderHealth, Health, MailboxHealth, SyncHealth
from maildesk.domain.outbox import OutboxItem, OutboxState
from maildesk.errors import StoreError
from maildesk.locale import Language, t
from maildesk.screens.confirm import Confirm
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import VIEWS, assert_aligned, screen_text
from tests.screens.test_stopped import stopped_reply
from tests.screens.test_waiting import waiting_item

Scene = Callable[[Session], Awaitable[None]]


async def _changed(session: Session) -> None:
    session.desk.changed()
    await session.pilot.pause(0.1)
    await session.settle()


def _pressing(*keys: str) -> Scene:
    async def scene(session: Session) -> None:
        await session.press(*keys)

    return scene


async def _filtering(session: Session) -> None:
    await session.press("slash", "返")
    await session.pilot.pause(0.4)  # until the typing rests
    await session.settle()


async def _claimed(session: Session) -> None:
    session.desk.colleague_claims(1042)
    await _changed(session)
    await session.press("enter")


async def _conflict(session: Session) -> None:
    await _claimed(session)
    await session.press("r")


async def _lost(session: Session) -> None:
    await session.press("r", "a")
    session.desk.colleague_claims(1042, minutes=0)
    await _changed(session)


async def _stale(session: Session) -> None:
    await session.press("r")
    session.desk.deliver(1042, "やはり返品します。")
    await session.press("ctrl+r", "y")


async def _offline(session: Session) -> None:
    failed = FolderHealth(1, "楽天", "INBOX", Health.FAILED, sample.NOW, "imap.example.jp:993 timeout")
    box = MailboxHealth(1, "楽天", Health.FAILED, sample.NOW, 60.0, "imap.example.jp:993 timeout")
    session.desk.sync_health = SyncHealth((failed,), mailboxes=(box,))
    await _changed(session)


async def _syncing(session: Session) -> None:
    running = FolderHealth(1, "楽天", "INBOX", Health.OK, sample.NOW, done=1200, total=20000)
    session.desk.sync_health = SyncHealth((running,))
    await _changed(session)


async def _store_gone(session: Session) -> None:
    await session.pilot.pause(0.15)  # until the preview has read
    await session.settle()
    session.desk.broken = StoreError("store_readonly", path="desk.db")
    await _changed(session)


async def _empty(session: Session) -> None:
    await session.press("3")


async def _outbox(session: Session) -> None:
    for number, state in enumerate((OutboxState.QUEUED, OutboxState.FAILED, OutboxState.UNCERTAIN), 1):
        session.desk.outbox_items[number] = OutboxItem(
            number,
            1040 + number,
            "reply",
            state,
            2,
            "佐藤",
            "Re: ご注文のキャンセルについて",
            (Address("佐藤 花子", "hanako@customer.example"),),
            f"<md.{number}@shop.example>",
            sample.NOW + timedelta(minutes=5),
            sample.NOW - timedelta(minutes=10),
            last_reply="550 5.1.1 user unknown",
        )
    await session.press("g", "o")


async def _stopped(session: Session) -> None:
    session.desk.stopped_replies = [stopped_reply()]
    session.desk.deliver(1042, "やはり返品します。")
    await _changed(session)
    await session.press("g", "x")
    await session.settle()
    session.app.clear_notifications()  # that it rang is told elsewhere, and it rings when it hears of it
    await session.pilot.pause(0.15)


async def _waiting(session: Session) -> None:
    session.desk.outbox_items[7] = replace(waiting_item(), author_id=sample.SATO.id, author="佐藤")
    await session.press("r")


async def _health(session: Session) -> None:
    states = (Health.OK, Health.EMPTY, Health.FAILED, Health.LOGIN, Health.QUOTA)
    boxes = tuple(
        MailboxHealth(n, f"店舗 {n}", state, sample.NOW, 12.0 * n, "timeout" if state.is_trouble else "")
        for n, state in enumerate(states, 1)
    )
    session.desk.sync_health = replace(
        session.desk.sync_health, mailboxes=boxes, unaccounted=4, overdue=1, overdue_age=725.0
    )
    await _changed(session)
    await session.press("g", "h", "j", "j")


async def _drafts(session: Session) -> None:
    await session.press("r", "下", "書", "き", "escape")
    session.app.clear_notifications()
    await session.press("g", "d")


async def _quit(session: Session) -> None:
    session.app.push_screen(Confirm(t("app.quit.title")))
    await session.settle()


SCENES: dict[str, Scene] = {
    "inbox": _pressing("j", "j"),
    "marked": _pressing("x", "x"),
    "replying": _claimed,
    "conflict": _conflict,
    "empty": _empty,
    "offline": _offline,
    "syncing": _syncing,
    "store-gone": _store_gone,
    "filter": _filtering,
    "conversation": _pressing("j", "j", "enter"),
    "composer": _pressing("j", "j", "r"),
    "template": _pressing("j", "j", "r", "ctrl+t"),
    "gap": _pressing("j", "j", "r", "ctrl+t", "1", "ctrl+s"),
    "review": _pressing("j", "j", "r", "ctrl+r"),
    "blocked": _pressing("j", "j", "r", "ctrl+t", "1", "ctrl+r"),
    "lost": _lost,
    "stale": _stale,
    "comment": _pressing("c"),
    "assign": _pressing("a"),
    "snooze": _pressing("b"),
    "labels": _pressing("j", "j", "t"),
    "palette": _pressing("ctrl+p"),
    "help": _pressing("question_mark"),
    "quit": _quit,
    "outbox": _outbox,
    "drafts": _drafts,
    "stopped": _stopped,
    "waiting": _waiting,
    "health": _health,
}


@pytest.mark.slow
@pytest.mark.parametrize(("language", "size"), VIEWS, ids=[f"{it}-{w}x{h}" for it, (w, h) in VIEWS])
@pytest.mark.parametrize("name", SCENES)
async def test_screen(
    run: Run, name: str, language: Language, size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    """The picture is the accepted one, and as wide as the terminal in every line."""
    locale.use(language)
    async with run(FakeDesk(), size=size) as session:
        await SCENES[name](session)
        await session.pilot.pause(0.15)
        await session.settle()
        assert_aligned(session.app)
        assert screen_text(session.app) == snapshot


@pytest.mark.parametrize("name", SCENES)
async def test_hostile_texts_in_every_field(run: Run, name: str) -> None:
    """Escape sequences and markup in every text of the desk: no crash, no control character, nothing eaten."""
    async with run(FakeDesk(hostile=True)) as session:
        await SCENES[name](session)
        assert_aligned(session.app)
        text = screen_text(session.app)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert session.app.is_running


async def test_markup_is_shown_as_it_stands(run: Run) -> None:
    """[@click=…] is text in list, conversation, toast and picker; clicking it does nothing."""
    async with run(FakeDesk(hostile=True)) as session:
        await session.press("j")
        assert "[@click=app.quit]x[/]" in screen_text(session.app)
        await session.pilot.click("MailList", offset=(30, 1))
        await session.settle()
        assert session.app.is_running
        await session.press("i", "t")
        assert "[@click=app.quit]x[/]" in screen_text(session.app)
        await session.press("escape", "y", "s")
        assert any("[@click=app.quit]x[/]" in toast for toast in session.toasts)


async def test_empty_desk(run: Run) -> None:
    """A desk without any mail says so and how to look for some."""
    async with run(FakeDesk(empty=True)) as session:
        text = screen_text(session.app)
        assert "新着はすべて対応済みです" in text
        assert "F5  今すぐ同期" in text
        for key in ("e", "a", "r", "c", "enter", "s", "t", "p", "u", "b", "y", "D", "T", "i", "x", "J"):
            await session.press(key)
        assert session.app.is_running


async def test_rows_tell_their_states_without_colour(run: Run) -> None:
    """Unread, selected, claimed and urgent each have a sign or a word of their own."""
    desk = FakeDesk()
    desk.put(replace(desk.rows[1044], claim=desk.view(sample.SUZUKI)))
    async with run(desk) as session:
        await session.press("x")
        lines = screen_text(session.app).splitlines()
        assert "✓▪" in lines[4]
        assert "大至急" in lines[4]
        assert "✎鈴木" in lines[6]
