"""The health of every mailbox, trust in a mail, and reading again what could not be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.domain.conversation import Related
from maildesk.domain.mailbox import FolderHealth, Health, MailboxHealth
from maildesk.domain.trust import WARNINGS, Authentication, Verdict
from maildesk.screens.conversation import ConversationScreen
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text


async def test_every_mailbox_in_one_word_and_when_it_was_seen(run: Run) -> None:
    """g h lists ok, empty, failed, login and quota with sign, word and age, and the folders beside."""
    desk = FakeDesk()
    states = (Health.OK, Health.EMPTY, Health.FAILED, Health.LOGIN, Health.QUOTA)
    desk.sync_health = replace(
        desk.sync_health,
        mailboxes=tuple(
            MailboxHealth(n, f"店舗{n}", state, sample.NOW, 12.0 * n, "550 no" if state.is_trouble else "")
            for n, state in enumerate(states, 1)
        ),
        folders=(FolderHealth(1, "店舗1", "INBOX", Health.OK, sample.NOW, done=3, total=9),),
        unaccounted=4,
        quarantined=2,
        stubs=1,
    )
    async with run(desk, size=(132, 40)) as session:
        await session.press("g", "h")
        text = screen_text(session.app)
        for words in (
            "✓ 正常",
            "✓ 空",
            "✗ 失敗",
            "✗ 要ログイン",
            "! 制限中",
            "12 秒前に確認",
            "取り込み中 3/9",
        ):
            assert words in text
        for words in (
            "! サーバーにあって取り込まれていないメール 4",
            "! 読み取れなかったメール 2",
            "見出しだけ",
        ):
            assert words in text
        await session.press("j", "j")
        assert "550 no" in screen_text(session.app)
        await session.press("f5")
        assert desk.asked("sync.now") == 1
        assert_aligned(session.app)
        await session.press("escape")
        assert "新着" in screen_text(session.app)


def trusted(desk: FakeDesk, **values: object) -> FakeDesk:
    """The first mail of #1042 with more known of it."""
    old = desk.timelines[1042]
    first, *rest = old.messages
    desk.timelines[1042] = replace(old, messages=(replace(first, **values), *rest))  # type: ignore[arg-type]
    return desk


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.PASS, "認証 ✓"), (Verdict.FAIL, "認証 ✗"), (Verdict.UNKNOWN, "認証 ?")],
)
async def test_what_our_server_found_out_is_told_in_words(run: Run, verdict: Verdict, words: str) -> None:
    """Sign and words, who says so, and why the mail stands in this conversation."""
    found = Authentication("pass", "pass", "fail", "mx.shop.example", verdict)
    desk = trusted(FakeDesk(), authentication=found, joined_by="references", new_sender=True)
    async with run(desk, size=(200, 40)) as session:
        await session.press("enter", "equals_sign")
        text = screen_text(session.app)
        assert words in text
        assert "dmarc=fail" in text
        assert "mx.shop.example" in text
        assert "参照先のメールで判定" in text
        assert "新しい差出人" in text


async def test_every_warning_has_words_and_its_sign(run: Run) -> None:
    """Each of the marks is told with !, never by colour alone."""
    desk = trusted(FakeDesk(), warnings=WARNINGS)
    async with run(desk, size=(132, 60)) as session:
        await session.press("enter", "equals_sign")
        text = screen_text(session.app)
        assert sum(line.strip().startswith("! ") for line in text.splitlines()) >= len(WARNINGS)
        assert_aligned(session.app)


async def test_the_related_conversation_is_two_keys_away(run: Run) -> None:
    """The link names the number; L says why, and Enter opens it over this one."""
    desk = trusted(FakeDesk(), related=Related(1044, "stranger"))
    async with run(desk, size=(132, 40)) as session:
        await session.press("enter", "equals_sign")
        assert "関連: #1044" in screen_text(session.app)
        await session.press("L")
        assert "引用元(差出人が別)" in screen_text(session.app)
        await session.press("enter")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == 1044
        await session.press("L")
        assert any("関連する会話はありません" in toast for toast in session.toasts)


async def test_what_could_not_be_read_is_read_again(run: Run) -> None:
    """The text says which keys show the source and parse it again; F6 does, and says what came of it."""
    desk = trusted(FakeDesk(), quarantined=True)
    async with run(desk, size=(132, 40)) as session:
        await session.press("enter", "equals_sign")
        assert "F6 でもう一度読み取ります" in screen_text(session.app)
        await session.press("f6")
        assert desk.asked("conversations.reparse") == 1
        assert any("もう一度読み取ります" in toast for toast in session.toasts)
        await session.pilot.pause(0.1)
        await session.settle()
        assert "読み取れませんでした" not in screen_text(session.app)
        await session.press("f6")
        assert desk.asked("conversations.reparse") == 1


async def test_further_shops_stand_in_the_row_and_beside_the_conversation(run: Run) -> None:
    """自社+1 in the list, the names beside."""
    desk = FakeDesk()
    desk.put(replace(desk.rows[1042], also_in=("自社",), related=(1044,)))
    async with run(desk, size=(132, 40)) as session:
        await session.press("V", "V")
        assert "楽天+1" in screen_text(session.app)
        await session.press("enter")
        text = screen_text(session.app)
        assert "自社 にも届いています" in text
        assert "関連 #1044" in text


async def test_who_looks_stands_in_the_header_of_the_conversation(run: Run) -> None:
    """閲覧中 高橋, softly; it blocks nothing."""
    desk = FakeDesk()
    desk.viewers = ("高橋",)
    async with run(desk, size=(80, 24)) as session:
        await session.press("enter")
        assert "閲覧中 高橋さん" in screen_text(session.app).splitlines()[1]
        await session.press("r")
        assert "返信 #1042" in screen_text(session.app)
