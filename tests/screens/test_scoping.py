"""Where the inbox looks and what its rows say: other tabs, states, waiting, labels, one shop; on a real desk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input

from maildesk.domain.label import LabelLook
from maildesk.domain.status import Status, Tab, WaitingReason
from maildesk.store import labels
from maildesk.widgets.search_bar import SearchBar
from tests.screens.conftest import TOKYO, Run, Session, run_session
from tests.screens.support import assert_aligned, screen_lines, screen_text
from tests.support.desk import SmallDesk, small_desk


async def search(session: Session, query: str) -> None:
    """Type a query and press Enter."""
    await session.press("slash")
    session.app.screen.query_one(Input).value = query
    await session.press("enter")
    await session.settle()


@pytest.fixture
def small(tmp_path: Path) -> SmallDesk:
    """A desk of two agents and one shop."""
    return small_desk(tmp_path)


async def test_hits_in_other_tabs_are_told_and_one_key_away(small: SmallDesk) -> None:
    """Nothing in the tab shown: how many there are in others, and the digit that goes there with the search kept."""
    a, b, c = (small.mail(f"件{n}", "返品したい") for n in range(3))
    with small.session("sato") as sato:
        sato.triage.set_status([a, b], Status.DONE)
        sato.triage.spam([c], ())
        async with run_session(sato) as session:
            await search(session, "返品")
            text = screen_text(session.app)
            assert "6  すべて(2)" in text
            assert "7  迷惑(1)" in text
            assert_aligned(session.app)
            await session.press("6")
            await session.settle()
            inbox = session.app.inbox
            assert inbox is not None
            assert inbox.listing.query_text == "返品"
            assert inbox.mails.total == 2


async def test_while_typing_enter_comes_before_the_digit(small: SmallDesk) -> None:
    """A digit typed into the bar would be text."""
    small.mail("件", "返品したい")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            await session.press("4", "slash")
            session.app.screen.query_one(Input).value = "返品"
            await session.pilot.pause(SearchBar.REST + 0.1)
            await session.settle()
            assert "Enter 6  すべて(1)" in screen_text(session.app)
            await session.press("enter", "6")
            await session.settle()
            assert session.app.screen.mails.total == 1  # type: ignore[attr-defined]


async def test_more_hits_elsewhere_stand_beside_the_count(small: SmallDesk) -> None:
    """One here, two in all: the bar says so. A query that names states is of no tab."""
    a, _ = (small.mail(f"件{n}", "返品したい") for n in range(2))
    with small.session("sato") as sato:
        sato.triage.set_status([a], Status.DONE)
        async with run_session(sato) as session:
            await search(session, "返品")
            assert "1 件  6 すべて: 2" in screen_text(session.app)
            await search(session, "state:done")
            lines = screen_text(session.app)
            assert "1 件  範囲: すべて" in lines
            assert f"#{a}  完" in lines


async def test_a_name_that_there_is_not_is_said_in_the_bar(small: SmallDesk) -> None:
    """An unknown label is no empty list; Escape brings the list back."""
    number = small.mail("件", "返品したい")
    with small.session("sato") as sato:
        sato.triage.label([number], ["返品"])
        async with run_session(sato) as session:
            await search(session, "label:返")
            text = screen_text(session.app)
            assert "label:返 はありません(返品 のことですか)" in text
            assert session.app.guard.dropped == 0
            await session.press("escape")
            await session.settle()
            assert f"#{number}" in screen_text(session.app)
            await session.press("slash", *"label:", "tab")
            assert session.app.screen.query_one(Input).value == "label:返品"


async def test_rows_of_all_tabs_say_their_state_and_e_goes_on(small: SmallDesk) -> None:
    """In すべて done leaves its row, with 完; the cursor goes on as where the row leaves. E stays."""
    a, b, c = (small.mail(f"件{n}", "本文") for n in range(3))
    with small.session("sato") as sato, small.session("suzuki") as suzuki:
        suzuki.claims.take(a)
        async with run_session(sato) as session:
            assert "新" not in "".join(screen_lines(session.app)[5:8])
            await session.press("6")
            await session.settle()
            inbox = session.app.inbox
            assert inbox is not None
            assert f"#{a}  処" in screen_text(session.app)
            assert inbox.mails.row is not None
            assert inbox.mails.row.id == c
            await session.press("e")
            await session.settle()
            assert f"#{c}  完" in screen_text(session.app)
            assert inbox.mails.row.id == b
            await session.press("E")
            await session.settle()
            assert f"#{b}  完" in screen_text(session.app)
            assert inbox.mails.row.id == b
            assert_aligned(session.app)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_waiting_rows_say_why_and_until_when(small: SmallDesk, size: tuple[int, int]) -> None:
    """客, 社 or 時, and ~ with the time; the preview says it in words with what was noted."""
    a, b, c, d = (small.mail(f"件{n}", "本文") for n in range(4))
    with small.session("sato") as sato:
        now = sato.now()
        sato.triage.set_status([a], Status.WAITING, reason=WaitingReason.CUSTOMER)
        sato.triage.set_status([b], Status.WAITING, reason=WaitingReason.COLLEAGUE)
        tomorrow = (now.astimezone(TOKYO) + timedelta(days=1)).replace(hour=9, minute=0)
        sato.triage.set_status([c], Status.WAITING, reason=WaitingReason.UNTIL, until=tomorrow)
        later = now + timedelta(days=400)
        sato.triage.set_status([d], Status.WAITING, reason=WaitingReason.UNTIL, until=later)
        async with run_session(sato, size=size) as session:
            await session.press("4")
            await session.settle()
            text = screen_text(session.app)
            for number, sign in ((a, "客"), (b, "社"), (c, "時"), (d, "時")):
                assert f"#{number}  {sign}" in text
            assert "~明日" in text
            assert f"~{later.astimezone(TOKYO):%y/%m}" in text
            shown = "".join(text.replace("│", "").split())
            # beside the list its lines stand between those of the preview
            assert size[0] > 100 or f"保留{later.astimezone(TOKYO):%Y/%m/%d%H:%M}まで" in shown
            assert_aligned(session.app)
        assert {row.id for row in sato.inbox.page(Tab.ALL, query="state:顧客待ち").rows} == {a}


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_labels_are_on_the_rows(small: SmallDesk, size: tuple[int, int]) -> None:
    """At a glance, those with a colour of their own first; the key of a label marks it in the picker."""
    number = small.mail("件名", "本文")
    with small.session("sato") as sato:
        with small.store.transaction() as tx:
            labels.put(tx, LabelLook("破損", "red", "h"), 0)
        sato.triage.label([number], ["返品", "破損"])
        async with run_session(sato, size=size) as session:
            assert "件名 [破損] [返品]" in screen_text(session.app)
            assert_aligned(session.app)
            await session.press("t")
            assert "破損  h" in screen_text(session.app)
            await session.press("h", "enter")
            await session.settle()
            assert sato.conversations.summary(number).labels == ("返品",)


async def test_one_shop_at_a_time(run: Run) -> None:
    """B chooses a shop: list, counts, header and the next one are of it; Escape shows all again."""
    async with run() as session:
        inbox = session.app.inbox
        assert inbox is not None
        every = inbox.mails.total
        box = session.desk.inbox.mailboxes()[0]
        await session.press("B", "2")
        await session.settle()
        own = sum(
            1 for row in session.desk.rows.values() if row.mailbox_id == box.id and row.status is Status.NEW
        )
        assert 0 < inbox.mails.total < every
        assert inbox.mails.total == own
        assert inbox.listing.counts["new"] == own
        assert box.name in screen_lines(session.app)[0]
        await session.press("ctrl+s", *"mise", "enter")
        await session.settle()
        assert session.desk.views.list()[0].mailbox == box.short_name
        await session.press("escape")
        await session.settle()
        assert inbox.mails.total == every


async def test_help_tells_the_signs_and_the_line_knows_the_shops(run: Run) -> None:
    """What 処 and ~ mean is a key away; ``:shop`` takes a name."""
    async with run() as session:
        await session.press("question_mark")
        shown = "".join(screen_text(session.app).split())
        assert "処(処理中)" in shown.replace("│", "")
        await session.press("escape")
        box = session.desk.inbox.mailboxes()[1]
        await session.press("colon", *f"shop {box.short_name}", "enter")
        await session.settle()
        inbox = session.app.inbox
        assert inbox is not None
        assert inbox.listing.shop == box
