"""The rules of a mailbox on the screen."""

from __future__ import annotations

from maildesk import locale
from maildesk.domain.talk import RulesPage
from maildesk.screens.confirm import Confirm
from maildesk.screens.picker import Picker
from maildesk.screens.rules import RulesScreen
from maildesk.widgets.writing_area import WritingArea
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import HOSTILE, assert_aligned, screen_text


async def test_the_rules_of_the_conversation_in_front(run: Run) -> None:
    """g ? from the list; headings and lists are shown as such; who does not lead cannot edit."""
    desk = FakeDesk()
    box = next(iter(desk.rows.values())).mailbox_id
    desk.rules.pages[box] = RulesPage(box, "楽天市場店", "# 返品\n\n- 7 日以内", 1, "高橋", sample.NOW)
    async with run(desk, size=(80, 24)) as session:
        session.app.inbox.mails.move_to_id(next(iter(desk.rows)))  # type: ignore[union-attr]
        await session.press("g", "question_mark")
        assert session.shows(RulesScreen)
        text = screen_text(session.app)
        assert "返品" in text
        assert "# 返品" not in text
        assert "・7 日以内" in text
        assert "高橋さん" in text
        await session.press("e")
        assert any("管理者だけ" in toast for toast in session.toasts)
        await session.press("escape")
        assert not session.shows(RulesScreen)


async def write(session: Session, text: str) -> None:
    """Open the editor, write all anew, and keep it."""
    await session.press("e")
    session.screen.query_one(WritingArea).text = text
    await session.press("ctrl+s")


async def test_who_leads_edits_the_rules(run: Run) -> None:
    """In an editor of the app; z takes it back; where a colleague wrote meanwhile it is asked first."""
    desk = FakeDesk(sample.TAKAHASHI)
    box = next(iter(desk.rows.values())).mailbox_id
    async with run(desk) as session:
        session.app.inbox.mails.move_to_id(next(iter(desk.rows)))  # type: ignore[union-attr]
        await session.press("g", "question_mark")
        assert "e で書けます" in screen_text(session.app)
        await write(session, "# 返品\n\n新しい決まり")
        assert "新しい決まり" in screen_text(session.app)
        await session.press("z")
        assert desk.rules.get(box).text == ""
        assert "新しい決まり" not in screen_text(session.app)
        desk.rules.pages[box] = RulesPage(box, "x", "鈴木の", 9, "鈴木", sample.NOW)
        await write(session, "私の")
        assert session.shows(Confirm)
        await session.press("escape")
        assert desk.rules.get(box).text == "鈴木の"


async def test_what_was_written_and_not_kept_is_there_the_next_time(run: Run) -> None:
    """A colleague wrote meanwhile, or the store could not be reached: nobody writes his rules twice, nor leaves them
    without being asked."""
    desk = FakeDesk(sample.TAKAHASHI)
    box = next(iter(desk.rows.values())).mailbox_id
    async with run(desk) as session:
        session.app.inbox.mails.move_to_id(next(iter(desk.rows)))  # type: ignore[union-attr]
        await session.press("g", "question_mark")
        desk.rules.pages[box] = RulesPage(box, "x", "鈴木の", 9, "鈴木", sample.NOW)
        await write(session, "私の決まり")
        assert session.shows(Confirm)
        await session.press("escape", "escape")
        assert session.shows(Confirm)
        await session.press("escape")
        assert session.shows(RulesScreen)
        desk.rules.pages[box] = RulesPage(box, "x", "鈴木の", 10, "鈴木", sample.NOW)
        await session.press("e")
        assert session.screen.query_one(WritingArea).text == "私の決まり"
        await session.press("ctrl+s")
        await session.press("y")
        assert desk.rules.get(box).text == "私の決まり"
        await session.press("escape")
        assert not session.shows(RulesScreen)


async def test_rules_on_small_screens(run: Run) -> None:
    """Where no conversation is in front one chooses; hostile texts, 40 and 80 columns, both languages."""
    for size in ((40, 30), (80, 24)):
        for language in locale.LANGUAGES:
            locale.use(language)
            desk = FakeDesk(empty=True)
            box = sample.MAILBOXES[0]
            text = "\n".join(f"# {bad}\n- {bad}" for bad in HOSTILE)
            desk.rules.pages[box.id] = RulesPage(box.id, box.name, text, 1, HOSTILE[0], sample.NOW)
            async with run(desk, size=size) as session:
                await session.press("g", "question_mark")
                assert session.shows(Picker)
                await session.press("1")
                assert session.shows(RulesScreen)
                assert_aligned(session.app)
                await session.press("j", "space", "k", "ctrl+u")
                assert_aligned(session.app)
