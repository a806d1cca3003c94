"""The history of a customer, the customer screen and the telephone memo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from maildesk.domain.customer import IdentityKind, MergeRefused
from maildesk.domain.customer_history import HistoryEntry, HistoryKind
from maildesk.domain.phone import CallState
from maildesk.domain.status import Status
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.customer import CustomerScreen
from maildesk.screens.history import HistoryScreen
from maildesk.screens.phone import PhoneScreen
from maildesk.widgets.history_list import HistoryList
from maildesk.widgets.writing_area import WritingArea
from tests.screens import sample
from tests.screens.conftest import Run, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import small_desk


def many(count: int) -> list[HistoryEntry]:
    """Entries of one conversation, a minute apart."""
    row = sample.summaries()[0]
    return [
        HistoryEntry(
            HistoryKind.IN,
            100_000 + n,
            row.id,
            sample.NOW - timedelta(days=30, minutes=n),
            row.customer_name,
            f"件名 {n}",
            f"本文 {n}",
            row.mailbox_id,
            row.shop,
            Status.DONE,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (60, 16)])
async def test_one_key_shows_the_history_and_enter_jumps(run: Run, size: tuple[int, int]) -> None:
    """H from the list; Enter opens the message; Escape leads back to the history, and from there to the list."""
    async with run(size=size) as session:
        await session.press("H")
        assert session.shows(HistoryScreen)
        assert_aligned(session.app)
        entry = session.screen.entry
        await session.press("enter")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == entry.conversation_id
        await session.press("escape")
        assert session.shows(HistoryScreen)
        await session.press("escape")
        assert not session.shows(HistoryScreen)


@pytest.mark.parametrize("width", [80, 140])
async def test_a_long_name_stays_apart_from_the_subject(run: Run, width: int) -> None:
    """One blank always, also where the name fills its column."""
    desk = FakeDesk()
    names = ("鈴木 真由美", "こもれび 公式オンラインショップ")
    fresh = [replace(entry, at=sample.NOW) for entry in many(len(names))]
    desk.customers.extra = [replace(entry, who=name) for entry, name in zip(fresh, names, strict=True)]
    async with run(desk, size=(width, 30)) as session:
        await session.press("H")
        lines = [line for line in screen_text(session.app).splitlines() if "本文 " in line]
        assert [" 件名 " in line for line in lines[:2]] == [True, True]
        assert_aligned(session.app)


async def test_five_thousand_entries_are_read_in_pages(run: Run) -> None:
    """The first page at once, the others as the cursor comes near; the end is reached."""
    desk = FakeDesk()
    desk.customers.extra = many(1000)
    async with run(desk) as session:
        await session.press("H")
        entries = session.screen.query_one(HistoryList)
        first = entries.count
        assert first == 200
        await session.press("G", "G", "G", "G", "G", "G")
        assert entries.count > 1000
        assert entries.cursor == entries.count - 1
        await session.press("home")
        assert entries.cursor == 0


async def test_kinds_words_shop_and_escape(run: Run) -> None:
    """Digits choose a kind, / words; Escape takes the filter off before it goes back."""
    desk = FakeDesk()
    desk.customers.extra = many(3)
    async with run(desk) as session:
        await session.press("H")
        whole = session.screen.query_one(HistoryList).count
        await session.press("3")
        assert session.screen.query_one(HistoryList).count == 0
        assert "条件に合う履歴はありません" in screen_text(session.app)
        await session.press("escape")
        assert session.screen.query_one(HistoryList).count == whole
        await session.press("slash")
        session.screen.query_one("#search", Input).value = "本文 2"
        await session.press("enter")
        assert session.screen.query_one(HistoryList).count == 1
        assert_aligned(session.app)
        await session.press("escape")
        assert session.screen.query_one(HistoryList).count == whole
        await session.press("escape")
        assert not session.shows(HistoryScreen)


async def test_merging_from_a_suggestion_and_taking_it_back(run: Run) -> None:
    """M offers who may be the same; z makes them two again; who was merged meanwhile is told."""
    desk = FakeDesk()
    numbers = sorted(desk.rows)
    other = desk.customers.of_conversation(numbers[-1])
    async with run(desk) as session:
        await session.press("H")
        mine = session.screen.customer_id
        if other.id == mine:
            other = desk.customers.of_conversation(numbers[0])
        desk.customers.suggest(other.id)
        await session.press("M", "enter")
        assert desk.customers.merged == {other.id: mine}
        assert "統合しました" in "".join(session.toasts)
        await session.press("z")
        assert desk.customers.merged == {}
        desk.customers.refused = MergeRefused(other.id, 1, "渡邉 美咲", "鈴木", sample.NOW)
        await session.press("M", "enter")
        assert "鈴木さんが" in "".join(session.toasts)


async def test_the_customer_screen_changes_fields_and_identities(run: Run) -> None:
    """i shows what is known; Enter edits a field, a adds a number, z takes it back, U ends a merge."""
    desk = FakeDesk()
    async with run(desk) as session:
        await session.press("H", "i")
        assert session.shows(CustomerScreen)
        assert_aligned(session.app)
        number = session.screen.customer_id
        rows = [row.kind for row in session.screen.rows]
        options = session.screen.query_one(OptionList)
        options.highlighted = rows.index("field")
        await session.settle()
        await session.press("enter", "2")
        assert desk.customers.values[number, "rank"] == "ゴールド"
        await session.press("z")
        assert desk.customers.values[number, "rank"] == ""
        await session.press("a", "2", *"12345", "ctrl+s")
        assert "電話番号ではありません" in "".join(session.toasts)
        await session.press("a", "2", *"09012345678", "ctrl+s")
        (known,) = desk.customers.known[number]
        assert (known.kind, known.value) == (IdentityKind.PHONE, "+819012345678")
        assert "090-1234-5678" in screen_text(session.app)


async def test_a_call_finds_who_rings_and_is_written_down(run: Run) -> None:
    """P, the number, what was said: on a new conversation of whoever has that number, with its times."""
    desk = FakeDesk()
    numbers = sorted(desk.rows)
    caller = desk.customers.of_conversation(numbers[-1])
    desk.customers.add_identity(caller.id, IdentityKind.PHONE, "090-1234-5678")
    async with run(desk) as session:
        await session.press("P")
        assert session.shows(PhoneScreen)
        assert_aligned(session.app)
        await session.press(*"09012345678")
        await session.settle()
        assert caller.name in screen_text(session.app)
        await session.press("f2")
        assert session.shows(HistoryScreen)
        await session.press("escape", "enter")
        session.screen.query_one(WritingArea).text = "折り返し希望"
        await session.press("f4", "ctrl+s")
        assert not session.shows(PhoneScreen)
        ((text, call, conversation, customer, _, _),) = [v for name, v in desk.calls if name == "phone.memo"]
        assert (text, customer) == ("折り返し希望", caller.id)
        assert (call.number, call.state) == ("09012345678", CallState.FOLLOW_UP)
        assert call.duration is not None
        assert conversation is None or caller.id == desk.customers.of_conversation(conversation).id


async def test_a_call_of_whose_conversation_is_under_the_cursor_goes_there(run: Run) -> None:
    """P in the list, and the name of that very customer: not on a new conversation beside the open one."""
    desk = FakeDesk()
    async with run(desk) as session:
        row = session.screen.mails.row
        assert row is not None
        caller = desk.customers.of_conversation(row.id)
        desk.customers.add_identity(caller.id, IdentityKind.PHONE, "090-1234-5678")
        await session.press("P", *"09012345678")
        await session.settle()
        assert f"#{row.id}" in screen_text(session.app)
        await session.press("enter")
        session.screen.query_one(WritingArea).text = "到着日のご質問"
        await session.press("ctrl+s")
        ((_, _, conversation, customer, _, _),) = [v for name, v in desk.calls if name == "phone.memo"]
        assert (conversation, customer) == (row.id, caller.id)


async def test_a_memo_of_the_open_conversation_and_leaving_one(run: Run) -> None:
    """It goes on the conversation from which P was pressed; without words nothing is saved; Escape asks first."""
    desk = FakeDesk()
    async with run(desk, size=(80, 24)) as session:
        await session.press("enter")
        number = session.screen.conversation_id
        await session.press("P", "ctrl+s")
        assert session.shows(PhoneScreen)
        assert_aligned(session.app)
        await session.press(*"text", "escape")
        assert not session.shows(PhoneScreen)
        await session.press("escape")
        assert session.shows(PhoneScreen)
        await session.press("ctrl+s")
        ((_, _, conversation, _, _, _),) = [v for name, v in desk.calls if name == "phone.memo"]
        assert conversation == number


async def test_a_call_taken_from_the_list_is_nobodys_before_the_number_is_typed(run: Run) -> None:
    """The cursor is in the number, and who wrote the mail under the cursor of the list is not meant; who is found has
    his open conversation offered, F3 goes on to a new one and then to that of the list."""
    desk = FakeDesk()
    rows = [row for row in desk.rows.values() if row.status is Status.NEW]
    caller = desk.customers.of_conversation(rows[-1].id)
    desk.customers.add_identity(caller.id, IdentityKind.PHONE, "090-1234-5678")
    async with run(desk) as session:
        here = session.screen.mails.row.id
        await session.press("P")
        assert session.app.focused is session.screen.query_one("#number", Input)
        session.screen.query_one(WritingArea).text = "折り返し希望"
        await session.press("ctrl+s")
        assert session.shows(PhoneScreen), "nobody is known to ring"
        await session.press(*"09012345678")
        (open_,) = {row.id for row in rows if desk.customers.of_conversation(row.id).id == caller.id}
        assert f"#{open_}" in screen_text(session.app)
        targets = [session.screen._target]
        for _ in range(2):
            await session.press("f3")
            targets.append(session.screen._target)
        assert targets == [open_, None, here]
        await session.press("f3", "ctrl+s")
        ((_, _, conversation, customer, _, _),) = [v for name, v in desk.calls if name == "phone.memo"]
        assert (conversation, customer) == (open_, caller.id)


async def test_g_c_finds_a_customer(run: Run) -> None:
    """By a part of the name; Enter shows the history."""
    desk = FakeDesk()
    name = desk.rows[min(desk.rows)].customer_name
    async with run(desk) as session:
        await session.press("g", "c")
        session.screen.query_one(Input).value = name[:2]
        await session.settle()
        await session.press("enter")
        assert session.shows(HistoryScreen)


async def test_hostile_words_do_nothing(run: Run) -> None:
    """Names, subjects and texts from outside are shown as they stand on all three screens."""
    desk = FakeDesk(hostile=True)
    async with run(desk) as session:
        await session.press("H", "i")
        assert_aligned(session.app)
        await session.press("P")
        assert_aligned(session.app)
        await session.press("escape", "escape")
        assert session.shows(HistoryScreen)


async def test_history_on_a_real_desk(tmp_path: Path) -> None:
    """Two addresses, merged by key, are one history; a memo appears in it with its state, which e changes."""
    small = small_desk(tmp_path)
    first = small.mail("サイズ交換", "注文 503-1234567-1234567", sender="渡邉 美咲 <misaki@a.example>")
    small.mail("領収書", "注文 503-1234567-1234567", sender="渡邉 美咲 <misaki@b.example>")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            session.screen.mails.move_to_id(first)
            await session.press("H", "M", "enter")
            text = screen_text(session.app)
            assert "サイズ交換" in text
            assert "領収書" in text
            await session.press("P", *"memo", "f4", "ctrl+s")
            await session.press("3")
            assert "memo" in screen_text(session.app)
            assert session.screen.entry.call.state is CallState.FOLLOW_UP
            await session.press("e")
            assert str(session.screen.entry.call.state) == "done"
            await session.press("z")
            await session.settle()
            await session.press("escape", "G", "enter")
            assert "503-1234567-1234567" in screen_text(session.app)


async def test_call_with_a_number_on_the_command_line(run: Run) -> None:
    """``:call 090-…`` opens the memo with whoever has that number, and the cursor in the text."""
    desk = FakeDesk()
    caller = desk.customers.of_conversation(max(desk.rows))
    desk.customers.add_identity(caller.id, IdentityKind.PHONE, "090-1234-5678")
    async with run(desk) as session:
        await session.press("colon", *"call 090-1234-5678", "enter")
        assert session.shows(PhoneScreen)
        assert caller.name in screen_text(session.app)
        await session.press(*"memo", "ctrl+s")
        ((_, call, _, customer, _, _),) = [v for name, v in desk.calls if name == "phone.memo"]
        assert (call.number, customer) == ("090-1234-5678", caller.id)
