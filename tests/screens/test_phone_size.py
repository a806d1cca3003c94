"""A terminal as narrow as a telephone, 40×30: to list, read, claim, answer by a template, approve. F236."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import TextArea

from maildesk import locale
from maildesk.domain.outbox import OutboxState
from maildesk.domain.status import Status
from maildesk.errors import StoreError
from maildesk.locale import Language
from maildesk.screens.claim import ClaimDialog
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.review import Review
from maildesk.screens.small import TooSmall
from maildesk.screens.templates import TemplatePicker
from maildesk.screens.waiting import WaitingDialog
from tests.screens import sample
from tests.screens.conftest import Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_lines, screen_text
from tests.screens.test_waiting import desk_with, waiting_item

PHONE = (40, 30)


@pytest.fixture(autouse=True)
def _english() -> None:
    """The conftest's fixture puts the language back."""
    locale.use("en")


async def test_list_and_its_tabs(run: Run, snapshot: SnapshotAssertion) -> None:
    """Each row says on two lines who, what, how urgent and when, and who answers; tabs that have no room are behind
    ``›`` and come when they are chosen; no preview takes the room until it is asked for."""
    desk = FakeDesk()
    desk.colleague_claims(1047)
    async with run(desk, size=PHONE) as session:
        assert_aligned(session.app)
        text = screen_text(session.app)
        assert text == snapshot
        assert "✎鈴木" in text
        await session.press("5")
        tabs = screen_lines(session.app)[1]
        assert tabs.startswith("‹")
        assert "[5 Done" in tabs
        await session.press("1", "space")
        assert "Preview #1042" in screen_text(session.app)
        assert_aligned(session.app)


async def test_read_and_claim(run: Run, snapshot: SnapshotAssertion) -> None:
    """The number and the state stay in the title, the mail has the whole width; what a colleague answers says so, and
    the dialog fits."""
    async with run(size=PHONE) as session:
        await session.press("enter")
        assert_aligned(session.app)
        assert screen_text(session.app) == snapshot
        await session.press("escape")
        session.desk.colleague_claims(1042)
        await session.settle()
        await session.press("r")
        assert session.shows(ClaimDialog)
        assert_aligned(session.app)
        text = screen_text(session.app)
        assert "notify me" in text or "tell me" in text


async def test_answer_by_template(run: Run, snapshot: SnapshotAssertion) -> None:
    """r, ^t, a digit, ^r, y: claimed, filled in, looked at and on its way."""
    async with run(size=PHONE) as session:
        await session.press("r")
        assert session.shows(Composer)
        assert session.desk.rows[1042].claim is not None
        assert "✎ you" in screen_lines(session.app)[1]
        await session.press("ctrl+t")
        assert session.shows(TemplatePicker)
        assert_aligned(session.app)
        assert screen_text(session.app) == snapshot
        await session.press("2")
        assert session.shows(Composer)
        assert "写真をお送りください" in session.screen.query_one(TextArea).text
        await session.press("ctrl+r")
        assert session.shows(Review)
        assert "y send" in screen_text(session.app)
        assert_aligned(session.app)
        await session.press("y")
        (item,) = session.desk.outbox_items.values()
        assert item.state is OutboxState.QUEUED


async def test_approve(run: Run, snapshot: SnapshotAssertion) -> None:
    """3, r, y: the whole text can be read, and what the keys do stands under it."""
    desk = desk_with(waiting_item())
    async with run(desk, size=PHONE) as session:
        await session.press("3", "r")
        assert session.shows(WaitingDialog)
        assert_aligned(session.app)
        assert screen_text(session.app) == snapshot
        await session.press("y")
        assert session.shows(InboxScreen)
        assert desk.asked("outbox.approve") == 1


@pytest.mark.parametrize("size", [(40, 16), (59, 20), (300, 90)])
async def test_all_is_kept_while_the_terminal_turns(run: Run, size: tuple[int, int]) -> None:
    """A telephone that is turned, a window that is drawn large: the same screen, without a cell out of line."""
    async with run(size=PHONE) as session:
        await session.press("enter")
        for width, height in ((80, 24), size, (39, 16), PHONE):
            await session.pilot.resize_terminal(width, height)
            await session.settle()
            assert session.shows(TooSmall) is (width < 40)
            assert_aligned(session.app)
        assert session.shows(ConversationScreen)


async def test_a_dialog_in_front_when_it_turns(run: Run) -> None:
    """What lies underneath is laid out anew too."""
    async with run(size=(80, 24)) as session:
        await session.press("enter", "a")
        await session.pilot.resize_terminal(*PHONE)
        await session.settle()
        assert_aligned(session.app)
        await session.press("escape", "escape")
        assert session.shows(InboxScreen)
        assert session.screen.mails.two_lines
        assert_aligned(session.app)


@pytest.mark.parametrize(
    "keys", ["g o", "g h", "H", "P", "A", "ctrl+p", "question_mark", "b", "t", "slash", "c"]
)
async def test_every_screen_fits(run: Run, keys: str) -> None:
    """No cell out of line anywhere, with hostile texts and in Japanese too."""
    locale.use("ja")
    async with run(FakeDesk(hostile=True), size=PHONE) as session:
        await session.press(*keys.split())
        assert_aligned(session.app)


async def test_the_title_keeps_its_number(run: Run) -> None:
    """However much there is to say at the right."""
    desk = FakeDesk()
    desk.viewers = ("鈴木", "高橋")
    row = sample.summaries()[0]
    assert row.status is Status.NEW
    async with run(desk, size=PHONE) as session:
        await session.press("enter")
        assert "#1042" in screen_lines(session.app)[1]


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_composer_keeps_claim_and_saving_in_its_head(run: Run, lang: Language) -> None:
    """The subject, which is in its field, goes first."""
    locale.use(lang)
    async with run(size=PHONE) as session:
        await session.press("r", "a", "ctrl+s")
        head = screen_lines(session.app)[1]
        assert "#1042" in head
        assert ("✎ あなた 15分" if lang == "ja" else "✎ you, 15 min") in head
        assert ("保存 ✓" if lang == "ja" else "saved ✓") in head
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("b", "ctrl+s")
        assert ("! 未保存" if lang == "ja" else "! not saved") in screen_text(session.app)
        session.desk.broken = None


@pytest.mark.parametrize("size", [(40, 30), (40, 26), (80, 24)])
async def test_the_last_look_shows_what_its_keys_do(run: Run, size: tuple[int, int]) -> None:
    """The text gives way: how long z takes the mail back stands below."""
    async with run(size=size) as session:
        await session.press("r")
        session.screen.query_one(TextArea).load_text("\n".join(f"line {n}" for n in range(40)))
        await session.press("ctrl+r")
        assert session.shows(Review)
        text = screen_text(session.app)
        assert "line 0" in text
        assert "for 10 s after y, z takes it back" in text
        assert "more lines" in text
