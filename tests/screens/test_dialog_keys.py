"""The keys of dialogs are of the keymap: they can be other keys, and help knows them."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.widgets import Input

from maildesk.app.settings import UiSettings
from maildesk.domain.status import Status
from maildesk.screens.comment import CommentScreen
from maildesk.screens.confirm import Confirm
from maildesk.screens.files import FilesDialog, SaveTo
from maildesk.screens.help import HelpScreen
from maildesk.screens.review import Review
from maildesk.widgets.writing_area import WritingArea
from tests.screens.conftest import TOKYO, Run
from tests.screens.support import screen_text
from tests.screens.test_reading import FILES

OTHER = UiSettings(
    zone=TOKYO,
    keys={"files.save": "w", "confirm.yes": "J", "dialog.finish": "ctrl+y", "files.close": "x"},
)


async def test_files_saves_by_the_key_that_was_chosen(run: Run) -> None:
    """The old key does nothing, the line at the bottom names the new one, and so does help."""
    async with run(settings=OTHER) as session:
        session.screen.mails.move_to_id(FILES)
        await session.press("enter", "A")
        assert "w 保存" in screen_text(session.app)
        await session.press("s")
        assert session.shows(FilesDialog)
        await session.press("question_mark")
        assert isinstance(session.screen, HelpScreen)
        assert "添付ファイルを保存" in screen_text(session.app)
        await session.press("escape", "w")
        assert session.shows(SaveTo)
        await session.press("escape", "x")
        assert type(session.screen).__name__ == "ConversationScreen"


async def test_questions_and_what_is_typed_take_the_keys_that_were_chosen(run: Run) -> None:
    """y is not yes any more, and ^s does not finish."""
    async with run(settings=OTHER) as session:
        await session.app.push_screen(Confirm("終了しますか"))
        assert session.shows(Confirm)
        assert "J " in screen_text(session.app)
        await session.press("y")
        assert session.shows(Confirm)
        await session.press("n")
        number = session.screen.mails.row.id
        await session.press("c", "a", "b", "ctrl+s")
        assert session.shows(CommentScreen)
        await session.press("ctrl+y")
        await session.settle()
        assert not session.shows(CommentScreen)
        assert session.desk.rows[number].status is Status.NEW


async def test_the_help_is_paged_as_other_texts(run: Run) -> None:
    """Space and ^u move half a page, G and Home to the ends; in the field of the search Space and G are typed."""
    async with run(size=(80, 24)) as session:
        await session.press("question_mark")
        view = session.screen.query_one(VerticalScroll)
        half = view.size.height // 2
        await session.press("space", "space", "ctrl+u")
        assert view.scroll_y == half
        await session.press("G")
        assert view.scroll_y == view.max_scroll_y > half
        await session.press("home")
        assert view.scroll_y == 0
        await session.press("slash", "G", "space")
        assert session.screen.query_one(Input).value == "G "


async def test_the_text_of_a_review_is_paged(run: Run) -> None:
    """^d shows what follows, to the end and no further; ^u goes back."""
    async with run(size=(80, 24)) as session:
        await session.press("r")
        area = session.screen.query_one(WritingArea)
        area.text = "\n".join(f"{n} 行目です。" for n in range(1, 21))
        await session.press("ctrl+r")
        assert session.shows(Review)
        first = screen_text(session.app)
        assert "1 行目です。" in first
        await session.press("ctrl+d")
        assert " 1 行目です。" not in screen_text(session.app)
        for _ in range(12):
            await session.press("ctrl+d")
        assert "20 行目です。" in screen_text(session.app)
        assert "続き、" not in screen_text(session.app)
        for _ in range(12):
            await session.press("ctrl+u")
        assert screen_text(session.app) == first
