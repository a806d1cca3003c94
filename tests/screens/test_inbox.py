"""The inbox: every key of its footer, marks, tabs, filter, undo, and what others change meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.domain.status import Priority, Sort, Status, WaitingReason
from maildesk.errors import StoreError
from maildesk.screens.composer import Composer
from maildesk.screens.confirm import Confirm
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.widgets.mail_list import MailList
from tests.screens import sample
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text


async def test_done_goes_to_the_next_in_place(run: Run) -> None:
    """e sets 対応完了, the row leaves, the cursor is on the next one."""
    async with run() as session:
        await session.press("e")
        await session.pilot.pause(0.3)
        assert session.desk.rows[1042].status is Status.DONE
        assert session.screen.mails.row.id == 1047


@pytest.mark.parametrize("tab", ["1", "6"])
async def test_a_key_that_is_pressed_twice_is_for_two_rows(run: Run, tab: str) -> None:
    """e e, faster than the first row is gone: the second is for the next row, also in a list that keeps what is done,
    and after marks for the row under the cursor."""
    async with run() as session:
        await session.press(tab)
        first = session.screen.mails.rows(0, 4)
        await session.pilot.press("e", "e")
        await session.settle()
        done = [args[0] for name, args in session.desk.calls if name == "triage.status"]
        assert done == [(first[0].id,), (first[1].id,)]
        assert session.screen.mails.row.id == first[2].id


async def test_marks_are_for_one_act(run: Run) -> None:
    """What was marked is done at once, and a second e is for the row under the cursor then."""
    async with run() as session:
        rows = session.screen.mails.rows(0, 4)
        await session.press("x", "x")
        await session.pilot.press("e", "e")
        await session.settle()
        done = [args[0] for name, args in session.desk.calls if name == "triage.status"]
        assert done == [(rows[0].id, rows[1].id), (rows[2].id,)]


@pytest.mark.parametrize(("key", "status"), [("E", Status.DONE), ("number_sign", Status.TRASH)])
async def test_keys_that_set_a_state(run: Run, key: str, status: Status) -> None:
    """One key, one state."""
    async with run() as session:
        await session.press(key)
        assert session.desk.rows[1042].status is status


async def test_z_takes_the_last_act_back_and_the_cursor_returns(run: Run) -> None:
    """z undoes a change of state; the cursor is on the conversation again."""
    async with run() as session:
        await session.press("j", "e")
        await session.pilot.pause(0.3)
        await session.press("z")
        await session.pilot.pause(0.1)
        await session.settle()
        assert session.desk.rows[1047].status is Status.NEW
        assert session.screen.mails.row.id == 1047
        assert session.toasts == ["対応完了 #1047 を元に戻しました"]


async def test_z_says_who_changed_it_since(run: Run) -> None:
    """What somebody else touched since is not undone but after a question that names him."""
    async with run() as session:
        await session.press("e")
        session.desk.put(replace(session.desk.rows[1042], version=9))
        await session.press("z")
        assert isinstance(session.screen, Confirm)
        await session.press("escape")
        assert session.desk.rows[1042].status.value == "done"
        await session.press("z", "y")
        assert session.desk.rows[1042].status.value == "new"


async def test_z_with_nothing_done(run: Run) -> None:
    """z without anything to undo says so."""
    async with run() as session:
        await session.press("z")
        assert session.toasts == ["元に戻す操作はありません"]


async def test_assign_by_digit_and_by_reading(run: Run) -> None:
    """a 2 assigns to the second; a すず finds 鈴木 by the reading."""
    async with run() as session:
        await session.press("a", "2")
        assert session.desk.rows[1042].assignee_id == sample.SUZUKI.id
        await session.press("j", "a", "た", "か", "enter")
        assert session.desk.rows[1047].assignee_id == sample.TAKAHASHI.id


async def test_take_assigns_to_me(run: Run) -> None:
    """i is: mine."""
    async with run() as session:
        await session.press("i")
        assert session.desk.rows[1042].assignee_name == "佐藤"
        assert "佐藤" in screen_text(session.app).splitlines()[4]


async def test_marked_conversations_are_changed_together(run: Run) -> None:
    """x x e: both are done, and one z brings both back."""
    async with run() as session:
        await session.press("x", "x", "e")
        assert [session.desk.rows[n].status for n in (1042, 1047)] == [Status.DONE] * 2
        await session.press("z")
        assert [session.desk.rows[n].status for n in (1042, 1047)] == [Status.NEW] * 2


async def test_what_a_colleague_answers_is_skipped_and_said(run: Run) -> None:
    """A state is not set under the hands of somebody who replies."""
    async with run() as session:
        session.desk.colleague_claims(1042)
        await session.settle()
        await session.press("e")
        assert session.desk.rows[1042].status is Status.NEW
        assert any("鈴木さん" in toast for toast in session.toasts)


async def test_snooze_until_the_customer_answers_and_by_date(run: Run) -> None:
    """b 1 waits for the customer; b with a date typed waits until then."""
    async with run() as session:
        await session.press("b", "1")
        assert session.desk.rows[1042].waiting_reason is WaitingReason.CUSTOMER
        await session.press("b", "8", *"11", "slash", *"25", "space", *"15", "colon", *"00", "enter")
        row = next(r for r in session.desk.rows.values() if r.waiting_until is not None)
        assert row.waiting_until is not None
        assert (
            row.waiting_until.astimezone(session.app.settings.zone).strftime("%m/%d %H:%M") == "11/25 15:00"
        )


async def test_status_picker_priority_and_labels(run: Run) -> None:
    """s, p and t open pickers; digits choose."""
    async with run() as session:
        await session.press("p", "1")
        assert session.desk.rows[1042].priority is Priority.CRITICAL
        await session.press("t", "1", "enter")
        assert session.desk.rows[1042].labels
        await session.press("s", "3")
        assert session.desk.rows[1042].status is Status.DONE


async def test_a_label_keeps_its_number(run: Run) -> None:
    """Labels stand in the desk's order, whichever are on the conversation: the digit that puts one on takes it off.
    The keys are named beneath."""
    async with run() as session:
        await session.press("t", "2")
        assert session.desk.rows[1042].labels == ("破損",)
        await session.press("t")
        lines = screen_text(session.app)
        assert "1   交換" in lines
        assert "2 ✓ 破損" in lines
        assert "1-9 付け外し" in lines
        assert "英字 右の字のラベル" in lines
        await session.press("2")
        assert not session.desk.rows[1042].labels


async def test_new_label_by_typing(run: Run) -> None:
    """t with an unknown name makes a label."""
    async with run() as session:
        await session.press("t", "v", "i", "p", "enter")
        assert session.desk.rows[1042].labels == ("vip",)


async def test_unread_toggles(run: Run) -> None:
    """u turns unread into read and back."""
    async with run() as session:
        await session.press("u")
        assert not session.desk.rows[1042].unread
        await session.press("u")
        assert session.desk.rows[1042].unread


async def test_comment_from_the_list(run: Run) -> None:
    """c, text, ctrl+s: a comment, and no mail."""
    async with run() as session:
        await session.press("c", "o", "k", "ctrl+s")
        assert session.desk.timelines[1042].messages[-1].text == "ok"
        assert not session.desk.outbox_items


async def test_an_empty_comment_is_not_added(run: Run) -> None:
    """ctrl+s in an empty comment stays and says so."""
    async with run() as session:
        await session.press("c", "ctrl+s")
        assert session.desk.asked("comments.add") == 0
        assert "コメントが空です" in session.toasts


async def test_open_and_reply(run: Run) -> None:
    """Enter opens, Escape comes back, r opens the composer with the claim."""
    async with run() as session:
        await session.press("enter")
        assert session.shows(ConversationScreen)
        assert not session.desk.rows[1042].unread
        await session.press("escape")
        assert session.shows(InboxScreen)
        await session.press("r")
        assert session.shows(Composer)
        claim = session.desk.rows[1042].claim
        assert claim is not None
        assert claim.agent_id == sample.SATO.id


async def test_reply_to_the_sender_only_and_with_the_best_template(run: Run) -> None:
    """R leaves the others out; ; begins with the first suggestion."""
    async with run() as session:
        await session.press("j", "R")
        assert session.screen.draft.cc == ()
        await session.press("escape", "semicolon")
        assert ("replies.begin", (1047, True, 1)) in session.desk.calls


async def test_tabs_by_digit_tab_and_brackets(run: Run) -> None:
    """Digits, Tab and brackets change the tab; each shows its own conversations."""
    async with run() as session:
        await session.press("4")
        assert session.screen.tab.value == "waiting"
        assert session.screen.mails.total == 2
        await session.press("tab")
        assert session.screen.tab.value == "done"
        await session.press("left_square_bracket", "shift+tab")
        assert session.screen.tab.value == "approval"


async def test_filter_only_mine_and_order(run: Run) -> None:
    """/ filters, Escape shows all again; @ shows mine; S changes the order."""
    async with run() as session:
        mails: MailList = session.screen.mails
        await session.press("slash", "返", "品", "enter")
        assert mails.total == 1
        await session.press("escape")
        assert mails.total == 12
        await session.press("at")
        assert mails.total == 1
        await session.press("at", "S", "2")
        assert session.screen.listing.sort is Sort.OLDEST
        assert mails.row is not None
        assert mails.row.id == 1055


async def test_filter_without_a_hit_says_how_to_go_on(run: Run) -> None:
    """No hit: the words of the filter and the key out of it."""
    async with run() as session:
        await session.press("slash", "z", "z", "enter")
        text = screen_text(session.app)
        assert "「zz」に一致する会話はありません" in text
        assert "Esc" in text


async def test_empty_tab_names_the_tabs_that_have_some(run: Run) -> None:
    """An empty inbox says where there is work, with the keys (M13c)."""
    async with run() as session:
        for number, row in list(session.desk.rows.items()):
            if row.status is Status.NEW:
                session.desk.put(replace(session.desk.rows[number], status=Status.WAITING))
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()
        text = screen_text(session.app)
        assert "新着はすべて対応済みです" in text
        assert "4  保留を見る(14)" in text


async def test_new_mail_does_not_move_the_cursor(run: Run) -> None:
    """A conversation that comes in at the top leaves the cursor on its own."""
    async with run() as session:
        await session.press("j", "j")
        session.desk.arrive(1060)
        await session.pilot.pause(0.1)
        await session.settle()
        assert session.screen.mails.row.id == 1044
        assert session.screen.mails.total == 13


async def test_new_mail_above_is_counted_at_the_edge(run: Run) -> None:
    """Scrolled down, new mail moves no row: the edge counts it; back at the top the notice goes."""
    desk = FakeDesk()
    desk.hold(range(2000, 2060))
    async with run(desk) as session:
        await session.press("G")
        before = screen_text(session.app).splitlines()[5:10]
        desk.moment += timedelta(minutes=1)
        desk.arrive(3001)
        await session.pilot.pause(0.1)
        await session.settle()
        text = screen_text(session.app)
        assert "▴ 新着 1 件" in text
        assert text.splitlines()[5:10] == before
        await session.press("home")
        assert "▴ 新着" not in screen_text(session.app)


async def test_a_colleagues_claim_shows_in_the_row(run: Run) -> None:
    """Who replies stands with ✎ in the place of the assignee."""
    async with run() as session:
        session.desk.colleague_claims(1047)
        await session.pilot.pause(0.1)
        await session.settle()
        assert "✎鈴木" in screen_text(session.app).splitlines()[5]


async def test_a_store_out_of_reach_keeps_the_rows_and_says_since_when(run: Run) -> None:
    """The rows stay, a banner says why, F5 is named; back again it goes."""
    async with run() as session:
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()
        text = screen_text(session.app)
        assert "保存先に接続できません" in text
        assert "#1042" in text
        session.desk.broken = None
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()
        assert "保存先に接続できません" not in screen_text(session.app)


async def test_an_act_that_fails_brings_the_row_back(run: Run) -> None:
    """A change that the store refuses is rolled back, with the number and the reason."""
    async with run() as session:
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("e")
        session.desk.broken = None
        session.desk.changed()
        await session.pilot.pause(0.3)
        await session.settle()
        assert session.desk.rows[1042].status is Status.NEW
        assert "#1042" in screen_text(session.app)
        assert any("#1042 を変更できませんでした" in toast for toast in session.toasts)


async def test_layouts_and_preview(run: Run) -> None:
    """V goes through the layouts, Space hides the preview."""
    async with run() as session:
        assert "プレビュー #1042" in screen_text(session.app)
        await session.press("space")
        assert "プレビュー #1042" not in screen_text(session.app)
        for _ in range(3):
            await session.press("V")
            assert_aligned(session.app)


async def test_a_deep_list_is_read_in_pages_from_either_end(run: Run) -> None:
    """With 1,000 conversations the top and the end are read, not what lies between."""
    desk = FakeDesk()
    desk.hold(range(2000, 3000))
    async with run(desk) as session:
        mails: MailList = session.screen.mails
        assert mails.total == 1012
        await session.press("G")
        await session.settle()
        assert mails.row is not None
        assert mails.row.id == 2999
        pages = [call for call in desk.calls if call[0] == "inbox.page"]
        assert len(pages) <= 3


async def test_copy_and_goto_sheets(run: Run) -> None:
    """y n copies the number; g o and g d go to outbox and drafts, g i comes back."""
    async with run() as session:
        await session.press("y", "n")
        assert session.app.clipboard == "#1042"
        await session.press("g", "o")
        assert type(session.screen).__name__ == "OutboxScreen"
        await session.press("g", "d")
        assert type(session.screen).__name__ == "DraftsScreen"
        await session.press("g", "i")
        assert session.shows(InboxScreen)


async def _arrives(session: Session, number: int) -> None:
    """A conversation that comes in above all others."""
    due = sample.NOW - timedelta(minutes=number)
    newest = sample.NOW + timedelta(minutes=number)
    session.desk.timelines[number] = session.desk.timelines[1042]
    session.desk.put(replace(session.desk.rows[1042], id=number, due_at=due, last_message_at=newest))
    session.desk.changed()
    await session.until(lambda: any(one.id == number for one in session.screen.mails.rows(0, 9)))
    await session.settle()


async def test_the_cursor_stays_on_top_until_a_key_is_pressed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in above the first row takes the cursor's place until the agent has pressed a key there: a list that
    fills after the start does not push it down. A tab begins anew."""
    monkeypatch.setattr(MailList, "GLANCE", 0.0)
    async with run() as session:
        await _arrives(session, 2001)
        mails = session.screen.mails
        assert (mails.cursor, mails.scroll_y, mails.row.id) == (0, 0, 2001)
        await session.press("a", "escape")
        await _arrives(session, 2002)
        assert (mails.cursor, mails.row.id) == (1, 2001)
        await session.press("2", "1")
        await _arrives(session, 2003)
        assert (mails.cursor, mails.row.id) == (0, 2003)


async def test_escape_on_top_says_where_one_is(run: Run) -> None:
    """One Escape too many asks nothing, so that no key after it is taken for an answer; it says so once."""
    async with run() as session:
        await session.press("escape", "escape", "q")
        assert session.shows(InboxScreen)
        assert [
            toast for toast in session.toasts if "ここが最初の画面です" in toast and "^q" in toast
        ] == session.toasts
        assert len(session.toasts) == 1
        await session.press("y", "n")
        assert session.app.clipboard == "#1042"


async def test_changes_that_come_faster_than_they_can_be_read_keep_nothing_from_the_screen(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a slow line while mail is fetched: each reading is shown, and the last change, too."""
    async with run() as session:
        page, readings = session.desk.inbox.page, []

        def slow(*about: Any, **how: Any) -> Any:
            found = page(*about, **how)
            readings.append(len(found.rows))
            stop = threading.Event()
            session.app.call_from_thread(session.app.set_timer, 0.2, stop.set)
            stop.wait(20)
            return found

        monkeypatch.setattr(session.desk.inbox, "page", slow)
        before = session.screen.mails.total
        for number in range(2001, 2013):
            session.desk.arrive(number)
            await session.pilot.pause(0.06)
        assert before < session.screen.mails.total
        assert len(readings) < 8
        await session.until(lambda: session.screen.mails.total == before + 12)
        assert session.screen.mails.total == before + 12
