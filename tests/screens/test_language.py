"""Another language while everything is open: each screen says what it would have said from the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from textual.widgets import Input, TextArea

from maildesk import locale
from maildesk.app import live
from maildesk.screens.composer import Composer
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text

PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "inbox": ("InboxScreen", ()),
    "inbox, marked and filtered": ("InboxScreen", ("x", "slash", *"傷")),
    "an empty tab": ("InboxScreen", ("8",)),
    "a conversation": ("ConversationScreen", ("enter",)),
    "a reply": ("Composer", ("r",)),
    "the outbox": ("OutboxScreen", ("g", "o")),
    "drafts": ("DraftsScreen", ("g", "d")),
    "stopped replies": ("StoppedScreen", ("g", "x")),
    "health": ("HealthScreen", ("g", "h")),
    "the start screen": ("StartScreen", ("g", "s")),
    "the chat": ("ChatScreen", ("g", "t")),
    "mentions": ("MentionsScreen", ("g", "m")),
    "rules": ("RulesScreen", ("g", "question_mark", "enter")),
    "a history": ("HistoryScreen", ("H",)),
    "a customer": ("CustomerScreen", ("H", "i")),
}


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    """Every test begins and ends in Japanese."""
    locale.use("ja")
    yield
    locale.use("ja")


async def picture(session: Session) -> list[str]:
    """What is on the screen once nothing moves any more, without times that pass."""
    await session.pilot.pause(0.3)
    await session.settle()
    return [
        re.sub(r"\d+:\d+(:\d+)?|\d+ ?(s|秒)", "#", line) for line in screen_text(session.app).splitlines()
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "keys"), PLACES.values(), ids=PLACES.keys())
async def test_every_screen_is_as_if_it_had_begun_so(run: Run, name: str, keys: tuple[str, ...]) -> None:
    """Switched there, and back: not a word of the other language is left."""
    locale.use("en")
    async with run(FakeDesk(), size=(132, 40)) as session:
        await session.press(*keys)
        wanted = await picture(session)
    locale.use("ja")
    async with run(FakeDesk(), size=(132, 40)) as session:
        await session.press(*keys)
        assert type(session.screen).__name__ == name
        before = await picture(session)
        shown: tuple[tuple[locale.Language, list[str]], ...] = (("en", wanted), ("ja", before))
        for language, expected in shown:
            live.speak(session.app, language)
            assert await picture(session) == expected
            assert_aligned(session.app)


async def test_a_draft_keeps_every_character_and_the_cursor(run: Run) -> None:
    """Typed a moment before, saved or not: text, cursor, fields and claim are as they were, and typing goes on."""
    desk = FakeDesk()
    async with run(desk) as session:
        await session.press("r", *"kore wa", "left", "left")
        area = session.screen.query_one(TextArea)
        text, cursor = area.text, area.cursor_location
        before = len(desk.calls)
        await session.press("ctrl+p", *"english", "enter")
        assert session.shows(Composer)
        assert locale.current() == "en"
        assert (area.text, area.cursor_location, session.app.focused) == (text, cursor, area)
        assert "Subject" in screen_text(session.app)
        assert not any(name.startswith("claims.release") for name, _ in desk.calls[before:])
        await session.press("x")
        assert area.text == text[: text.index("wa")] + "xwa" + text[text.index("wa") + 2 :]
        session.screen.query_one("#subject", Input).value = "別の件名"
        live.speak(session.app, "ja")
        await session.settle()
        assert session.screen.query_one("#subject", Input).value == "別の件名"
        assert "件名" in screen_text(session.app)
        await session.press("escape")
        assert any("下書き" in toast for toast in session.toasts)


async def test_what_stopped_a_reply_is_told_in_the_new_language(run: Run) -> None:
    """The banner over the text is as much a part of the screen as the labels."""
    desk = FakeDesk()
    async with run(desk) as session:
        await session.press("r", *"text")
        composer = session.screen
        composer._lock(lambda: locale.t("compose.lost.nobody"))
        await session.settle()
        assert locale.t("compose.lost.nobody") in screen_text(session.app)
        live.speak(session.app, "en")
        await session.settle()
        assert locale.t("compose.lost.nobody")[:40] in screen_text(session.app)
        assert composer.query_one(TextArea).read_only


async def test_cursor_marks_and_place_stay(run: Run) -> None:
    """In the list by :set, in a conversation by the palette; screens below the one in front speak it, too."""
    async with run() as session:
        inbox = session.screen
        await session.press("j", "x", "x", "colon", *"set language en", "enter")
        assert locale.current() == "en"
        mails = inbox.mails
        cursor, marks = mails.cursor, mails.marks
        assert (cursor, len(marks)) == (3, 2)
        await session.press("enter", "equals_sign")
        timeline = session.screen.query_one("Timeline")
        timeline.scroll_to(y=2, animate=False)
        await session.settle()
        place = (timeline.scroll_y, timeline.current.id)
        await session.press("ctrl+p", *"japanese", "enter")
        assert locale.current() == "ja"
        assert (timeline.scroll_y, timeline.current.id) == place
        assert "Esc 戻る" in screen_text(session.app)
        await session.press("escape")
        assert "Enter 開く" in screen_text(session.app)
        assert (mails.cursor, mails.marks) == (cursor, marks)


async def test_help_and_pickers_are_in_the_language_of_now(run: Run) -> None:
    """Also those that were opened before."""
    async with run() as session:
        await session.press("question_mark", "escape", "a", "escape")
        live.speak(session.app, "en")
        await session.press("question_mark")
        assert "help" in screen_text(session.app).casefold()
        assert "ヘルプ" not in screen_text(session.app)
        await session.press("escape", "a")
        assert "担当" not in str(session.screen.query_one(".dialog").border_title)


async def test_there_is_no_third_language(run: Run) -> None:
    """What there is not is said, and nothing changes."""
    async with run() as session:
        await session.press("colon", *"set language fr", "enter")
        assert locale.current() == "ja"
        assert "ja, en" in screen_text(session.app)
