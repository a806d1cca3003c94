"""The red line: what is wrong with the desk as a whole, on every screen, the gravest first, never over the footer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.app.talking import Unread
from maildesk.domain.mailbox import Health, MailboxHealth
from maildesk.domain.safetext import SafeText
from maildesk.errors import StoreError
from maildesk.screens.header_words import header_parts
from maildesk.widgets.header_bar import HeaderBar
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text, slow


def box(number: int, state: Health, error: str = "") -> MailboxHealth:
    """How a mailbox stands."""
    shop = sample.MAILBOXES[number - 1]
    return MailboxHealth(shop.id, shop.short_name, state, sample.NOW - timedelta(minutes=9), 540.0, error)


async def heard(session: Session) -> None:
    """The desk has changed, and the screens know."""
    session.desk.changed()
    await session.pilot.pause(0.1)
    await session.settle()


def line(session: Session) -> str:
    """What stands under the header."""
    return screen_text(session.app).splitlines()[1]


@pytest.mark.parametrize("keys", [(), ("enter",), ("g", "o"), ("g", "d"), ("g", "h"), ("r",)])
async def test_a_late_reply_is_told_on_every_screen(run: Run, keys: tuple[str, ...]) -> None:
    """How long it waits and which key tries again; footer and everything else keep their places at 80×24."""
    desk = FakeDesk()
    desk.sync_health = replace(desk.sync_health, overdue=2, overdue_age=725.0)
    async with run(desk, size=(80, 24)) as session:
        await session.press(*keys)
        assert "! 送信待ちが 12 分前から止まっています(2 件)" in line(session)
        assert "F5 で再試行" in line(session)
        assert "^p" in screen_text(session.app).splitlines()[-1]
        assert_aligned(session.app)


async def test_nothing_wrong_no_line(run: Run) -> None:
    """The line takes no row while all is well, and goes when it is well again."""
    desk = FakeDesk()
    async with run(desk) as session:
        assert "[1 新着" in line(session) or "1 新着" in line(session)
        session.desk.sync_health = replace(desk.sync_health, overdue=1, overdue_age=301.0)
        await heard(session)
        assert "止まっています" in line(session)
        session.desk.sync_health = replace(desk.sync_health, overdue=0)
        await heard(session)
        assert "止まっています" not in screen_text(session.app)


async def test_the_gravest_comes_first_and_the_rest_are_counted(run: Run) -> None:
    """Store, held desk, late reply, login, server, quota: one line, and how many more there are."""
    desk = FakeDesk()
    troubled = (
        box(1, Health.QUOTA, "2500 MB"),
        box(2, Health.FAILED, "imap.example.jp:993 timeout"),
        box(3, Health.LOGIN),
    )
    steps: list[tuple[str, str]] = []
    async with run(desk) as session:
        for held, overdue, boxes in (
            ("restored", 1, troubled),
            ("", 1, troubled),
            ("", 0, troubled),
            ("", 0, troubled[:2]),
            ("", 0, troubled[:1]),
        ):
            session.desk.sync_health = replace(
                desk.sync_health, held=held, overdue=overdue, overdue_age=400.0, mailboxes=boxes
            )
            await heard(session)
            more = line(session).rpartition("ほか ")[2]
            steps.append((line(session).strip().split("(")[0].split(" は")[0], more))
        assert [words for words, _ in steps] == [
            "! 送信は保留中です",
            "! 送信待ちが 6 分前から止まっています",
            "! 自社",
            "! メールサーバーに接続できません",
            "! 楽天",
        ]
        assert [more[:1] for _, more in steps[:4]] == ["4", "3", "2", "1"]


async def test_a_store_out_of_reach_is_tried_again_until_it_answers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said on top whatever is open; nobody has to press a key when it is back, and the screens read anew."""
    monkeypatch.setattr("maildesk.app.standing.AGAIN", 0.05)
    async with run() as session:
        await session.press("enter")
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await heard(session)
        assert "! 保存先に接続できません(表示は 10:42 時点)" in line(session)
        reads = session.desk.asked("conversations.get")
        session.desk.broken = None
        await session.pilot.pause(0.4)
        await session.settle()
        assert "保存先" not in screen_text(session.app)
        assert session.desk.asked("conversations.get") > reads


async def test_a_held_desk_says_why_and_what_to_run(run: Run) -> None:
    """After a restore: in words, with the command."""
    desk = FakeDesk()
    desk.sync_health = replace(desk.sync_health, held="restored")
    async with run(desk) as session:
        assert "送信は保留中です(バックアップから復元しました)" in line(session)
        assert "maildesk outbox reconcile" in line(session)


async def test_a_store_that_wants_a_newer_client_says_that(run: Run) -> None:
    """One line that says what to do, not that the store is out of reach."""
    async with run() as session:
        session.desk.broken = StoreError("store_newer_client", path="desk", needs=3, known=2)
        await heard(session)
        assert "新しい版の maildesk が必要です" in line(session)
        assert "更新して開き直して" in line(session)
        assert "接続できません" not in line(session)


async def test_the_words_of_a_server_cannot_draw(run: Run) -> None:
    """A server's answer with escape sequences and markup is text like any other."""
    desk = FakeDesk()
    bad = "".join(sample.HOSTILE)
    desk.sync_health = replace(desk.sync_health, mailboxes=(box(1, Health.FAILED, bad),))
    async with run(desk, size=(132, 40)) as session:
        assert "[@click=app.quit]" in line(session)
        assert "\x1b" not in line(session)
        assert_aligned(session.app)


async def test_a_store_that_says_nothing_is_out_of_reach(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut line raises no error: after a while the line says so, one question waits and no second is asked; writing
    goes on, sending does not; and all is well by itself when it answers."""
    monkeypatch.setattr("maildesk.app.standing.PATIENCE", 0.1)
    monkeypatch.setattr("maildesk.app.standing.AGAIN", 0.05)
    async with run() as session:
        await session.press("r")
        answered = slow(monkeypatch, session.desk.sync, "health")
        session.app.standing.look()
        await session.until(lambda: "保存先が" in line(session))
        assert "保存先が" in line(session)
        session.app.standing.look()
        await session.settle()
        assert len(answered.asked) == 1
        await session.pilot.press("a", "ctrl+r")
        await session.until(lambda: session.toasts)
        assert any("送信できません" in toast for toast in session.toasts)
        assert "a" in session.screen.form.area.text
        monkeypatch.setattr("maildesk.app.standing.PATIENCE", 20.0)
        answered.set()
        await session.until(lambda: "保存先" not in line(session))
        await session.settle()
        assert "保存先" not in line(session)
        await session.press("ctrl+r")
        assert "送信内容の確認" in screen_text(session.app)


async def test_what_needs_a_person_stays_in_the_header(run: Run) -> None:
    """Where it gets narrow the usual goes first, then what is to be read; replies that hang and what is overdue stand
    until the last."""
    async with run(size=(132, 30)) as session:
        app, header = session.app, session.screen.query_one(HeaderBar)
        assert app.standing.health is not None
        app.standing.health = replace(app.standing.health, uncertain=1)
        app.standing.overdue, app.standing.stopped = 17, 2
        app.talking._found = Unread((object(),) * 2, (object(),) * 3, 4)  # type: ignore[arg-type]
        header.show(SafeText("こもれび 公式オンラインショップ"), header_parts(app))
        rows = {width: "".join(text for text, _ in header.runs(width)) for width in range(40, 140)}
        assert all(
            word in rows[139] for word in ("同期", "チャット 4", "お知らせ 3", "@2", "期限切れ 17", "佐藤")
        )
        assert all(word in rows[80] for word in ("期限切れ 17", "! 停止 2", "! 要確認 1", "佐藤"))
        assert "チャット" not in rows[80]
        went = [
            max((width for width, row in rows.items() if word not in row), default=0)
            for word in ("同期", "送信待ち", "チャット", "お知らせ", "期限切れ", "停止", "要確認")
        ]
        assert went == sorted(went, reverse=True)
        assert "要確認" in rows[40]
