"""Keys in their order: none is lost, counts, ranges, repetition, macros that stop where a person decides."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import TextArea

from maildesk import keymap
from maildesk.app import UiSettings
from maildesk.config.macros import MacroShelf, read, text
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.status import CustomState, Status, Tab
from maildesk.domain.steps import Act, Macro, Pressed, Typed
from maildesk.errors import ConfigError
from maildesk.screens.composer import Composer
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.outbox import OutboxScreen
from maildesk.screens.picker import Picker
from maildesk.screens.review import Review
from maildesk.screens.stopped import StoppedScreen
from maildesk.screens.triage import Triage
from maildesk.widgets.tab_bar import TabBar
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text, slow
from tests.screens.test_app import ON_A_TERMINAL
from tests.support.terminal import Terminal, python


def fast(session: Session, *keys: str) -> None:
    """Keys that come in one packet: the app has all of them before it looks at the first."""
    for key in keys:
        char = keymap.shown(key) if keymap.is_character(key) or len(key) == 1 else None
        session.app.post_message(events.Key(key, " " if key == "space" else char))


def mails(session: Session) -> Any:
    return session.app.inbox.mails  # type: ignore[union-attr]


@pytest.mark.parametrize(("key", "screen"), [("x", StoppedScreen), ("o", OutboxScreen)])
async def test_a_chord_in_one_packet_is_not_taken_apart(run: Run, key: str, screen: type) -> None:
    """g x goes to the stopped replies; x marks nothing meanwhile, and the sheet is never painted."""
    async with run() as session:
        fast(session, "g", key)
        await session.settle()
        assert session.shows(screen)
        assert not mails(session).marks


async def test_typing_ahead_goes_where_it_was_meant_for(run: Run) -> None:
    """Keys after one that opens a screen wait for that screen: nothing of them acts on the list."""
    async with run() as session:
        first = mails(session).row.id
        fast(session, "a", *"suzuki", "enter", "j", "e")
        await session.settle()
        await session.pilot.pause(0.3)
        await session.settle()
        assert session.desk.rows[first].assignee_name == "鈴木"
        assert session.desk.rows[first].status is Status.NEW
        assert sum(row.status is Status.DONE for row in session.desk.rows.values()) == 1 + sum(
            row.status is Status.DONE for row in run_rows()
        )


def run_rows() -> list[Any]:
    from tests.screens import sample

    return list(sample.summaries(False))


async def test_an_act_waits_for_the_conversation_that_it_is_for(run: Run) -> None:
    """enter e in one packet: the conversation that opens is done, not lost on one that is not read yet."""
    async with run() as session:
        first = mails(session).row.id
        fast(session, "enter", "e")
        await session.settle()
        assert session.desk.rows[first].status is Status.DONE
        assert session.shows(ConversationScreen)


async def test_a_tab_and_what_is_done_there_in_one_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """6 5 enter in one packet over a slow line: no tab waits for the one before, and the last one's first row opens."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 20.0)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.inbox, "page")
        fast(session, "6", "5", "enter")
        await session.until(lambda: session.screen.tab is Tab.DONE)
        await session.until(lambda: not session.app.keyboard.is_busy or session.screen.rows_wait)
        await session.pilot.pause()
        assert session.app.keyboard.is_busy
        answered.set()
        await session.until(lambda: session.shows(ConversationScreen))
        await session.settle()
        assert session.desk.rows[session.screen.conversation_id].status is Status.DONE


async def test_keys_wait_for_a_reply_that_is_slow_to_open_and_escape_gives_up(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """r e over a line that hangs: e is for the text, never for the next row of the list. After HOLD it is said that
    keys wait; Escape forgets them, the list answers again, and the composer comes when it can."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.05)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.replies, "begin")
        here = mails(session).cursor
        fast(session, "r", "e")
        await session.until(lambda: "Esc でやめる" in screen_text(session.app))
        assert "待っています…" in screen_text(session.app)
        assert not [row for row in session.desk.rows.values() if row.status is Status.DONE and row.claim]
        fast(session, "escape", "j")
        await session.until(lambda: mails(session).cursor == here + 1)
        assert "待っています…" not in screen_text(session.app)
        assert any("待つのをやめました" in toast for toast in session.toasts)
        answered.set()
        await session.until(lambda: session.shows(Composer))
        await session.settle()
        assert "e" not in session.screen.query_one(TextArea).text.splitlines()[0]


async def _stands_in_the_reply(
    session: Session, text: str, answered: threading.Event, before: Mapping[int, ConversationSummary]
) -> None:
    """Keys wait until the reply is there, which has ``text`` then; no conversation has another state than ``before``."""
    await session.until(lambda: "待っています…" in screen_text(session.app))
    answered.set()
    await session.until(lambda: session.shows(Composer))
    await session.settle()
    assert text in session.screen.query_one(TextArea).text
    states = {number: row.status for number, row in session.desk.rows.items()}
    assert states == {number: row.status for number, row in before.items()}


async def test_what_was_typed_while_a_reply_opens_stands_in_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.replies, "begin")
        before = dict(session.desk.rows)
        fast(session, "r", *"e!x")
        await _stands_in_the_reply(session, "e!x", answered, before)


async def test_what_was_typed_after_a_command_was_chosen_is_for_what_that_opens(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The palette closes, and the reply is not open yet: nothing that is typed then acts on the list between."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.replies, "begin")
        before = dict(session.desk.rows)
        await session.press("ctrl+p", *"reply")
        assert session.screen.chosen.value.action_id == "conversation.reply"
        fast(session, "enter", *"e!x")
        await _stands_in_the_reply(session, "e!x", answered, before)


async def test_the_claim_of_a_reply_that_another_one_overtook_is_given_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """r, Escape, j, r over a slow line: only the second conversation is claimed in the end."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.replies, "begin")
        first = mails(session).row.id
        fast(session, "r")
        await session.until(lambda: "待っています…" in screen_text(session.app))
        fast(session, "escape", "j")
        await session.until(lambda: mails(session).row.id != first)
        second = mails(session).row.id
        fast(session, "r")
        await session.pilot.pause(0.1)
        answered.set()
        await session.until(lambda: session.shows(Composer))
        await session.settle()
        await session.until(lambda: session.desk.rows[first].claim is None)
        assert session.desk.rows[first].claim is None
        assert session.desk.rows[second].claim is not None


async def test_the_claim_of_a_forward_that_a_reply_overtook_is_given_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """f, Escape, j, r over a slow line: a forward is no different."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.letters, "forward")
        first = mails(session).row.id
        fast(session, "f", "1")
        await session.until(lambda: "待っています…" in screen_text(session.app))
        fast(session, "escape", "j")
        await session.until(lambda: mails(session).row.id != first)
        fast(session, "r")
        await session.until(lambda: session.shows(Composer))
        answered.set()
        await session.until(lambda: session.desk.asked("claims.release"))
        await session.settle()
        assert session.desk.rows[first].claim is None
        assert session.desk.rows[mails(session).row.id].claim is not None


async def test_a_reply_that_is_begun_twice_keeps_its_claim(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """r, Escape, r over a slow line, on one conversation: the store gives the same claim twice. That the first reply was
    given up takes it from nobody."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    async with run() as session:
        answered = slow(monkeypatch, session.desk.replies, "begin")
        number = mails(session).row.id
        fast(session, "r")
        await session.until(lambda: "待っています…" in screen_text(session.app))
        fast(session, "escape", "r")
        await session.until(lambda: len(answered.asked) == 2)
        answered.set()
        await session.until(lambda: session.shows(Composer))
        await session.settle()
        assert session.desk.rows[number].claim is not None
        await session.press("escape")
        assert session.desk.rows[number].claim is None


async def test_that_keys_are_recorded_is_said_again_after_what_was_said_meanwhile(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A count, and keys that waited, are said in the same place."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 0.01)
    settings = UiSettings(zone=TOKYO, macros=tmp_path / "macros.toml", count_wait=60)
    async with run(settings=settings) as session:
        await session.press("Q", "a")
        assert "記録中" in screen_text(session.app)
        fast(session, "2")
        await session.until(lambda: "2…" in screen_text(session.app))
        fast(session, "j")
        await session.settle()
        assert mails(session).cursor == 2
        assert "記録中" in screen_text(session.app)
        answered = slow(monkeypatch, session.desk.replies, "begin")
        fast(session, "r")
        await session.until(lambda: "待っています…" in screen_text(session.app))
        fast(session, "escape")
        await session.until(lambda: "待っています…" not in screen_text(session.app))
        assert "記録中" in screen_text(session.app)
        answered.set()
        await session.until(lambda: session.shows(Composer))


async def test_counts_move_mark_and_act(run: Run) -> None:
    """3j moves three rows, 2x marks two, 2e is for two rows from the cursor on, 4G is the fourth row."""
    async with run() as session:
        rows = mails(session)
        fast(session, "3", "j")
        await session.settle()
        assert rows.cursor == 3
        fast(session, "4", "G")
        await session.settle()
        assert rows.cursor == 3
        fast(session, "2", "k")
        await session.settle()
        assert rows.cursor == 1
        fast(session, "2", "x")
        await session.settle()
        assert len(rows.marks) == 2
        await session.press("escape")
        wanted = [rows.row.id, rows.neighbour(1).id]
        fast(session, "2", "e")
        await session.settle()
        await session.pilot.pause(0.3)
        assert [session.desk.rows[i].status for i in wanted] == [Status.DONE, Status.DONE]


async def test_a_digit_that_nothing_follows_is_its_tab(run: Run) -> None:
    """4 shows the fourth tab after a moment, and says until then that it is waited for."""
    async with run() as session:
        fast(session, "4")
        await session.pilot.pause(0.05)
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "new"
        assert "4…" in screen_text(session.app)
        await session.settle()
        assert session.app.inbox.tab.value == "waiting"


async def test_a_digit_before_a_key_without_a_count_is_not_lost(run: Run) -> None:
    """4 and S: the tab, then the question for the order."""
    async with run() as session:
        fast(session, "4", "S")
        await session.settle()
        assert session.shows(Picker)
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "waiting"


async def test_the_last_act_takes_a_count(run: Run) -> None:
    """3 and . : the last act again for three conversations from the cursor on, in the tab that is shown."""
    async with run() as session:
        await session.press("e")
        await session.pilot.pause(0.3)
        wanted = [one.id for one in mails(session).rows(mails(session).cursor, 3)]
        fast(session, "3", "full_stop")
        await session.settle()
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "new"
        assert [session.desk.rows[number].status for number in wanted] == [Status.DONE] * 3


async def test_the_tab_of_a_digit_is_shown_before_it_is_known(run: Run) -> None:
    """Of 2, at once; and when it was a count, what was there is back: tab, cursor, marks, filter."""
    async with run(settings=UiSettings(zone=TOKYO, count_wait=60)) as session:
        inbox = session.app.inbox
        assert inbox is not None
        await session.press("j", "x", "j")
        cursor, marks, rows = mails(session).cursor, mails(session).marks, mails(session).rows(0, 3)
        assert marks
        await _tried(session, "5", "done")
        assert "5…" in screen_text(session.app)
        assert not mails(session).marks
        fast(session, "j")
        await session.settle()
        assert inbox.tab.value == "new"
        assert (mails(session).marks, mails(session).rows(0, 3)) == (marks, rows)
        assert mails(session).cursor == min(cursor + 5, mails(session).total - 1)
        await _tried(session, "4", "waiting")
        fast(session, "escape")
        await session.settle()
        assert inbox.tab.value == "new"
        assert mails(session).marks == marks
        await _tried(session, "5", "done")
        fast(session, "space")
        await session.settle()
        assert inbox.tab.value == "done", "what cannot be counted is for the tab"
        assert not session.app.keyboard.counting.is_pending


async def test_what_came_in_above_is_still_said_after_a_tab_that_was_not_meant(run: Run) -> None:
    """Far down in a long list, where reading it again does not tell."""
    desk = FakeDesk()
    desk.hold(range(5000, 5600))
    async with run(desk, settings=UiSettings(zone=TOKYO, count_wait=60)) as session:
        mails(session).move_to(60)
        desk.arrive(1041)
        session.app.hearing.tell()
        await session.settle()
        assert "▴ 新着 1 件" in screen_text(session.app)
        mails(session).move_to(400)
        await session.settle()
        assert "▴ 新着 1 件" in screen_text(session.app)
        await _tried(session, "5", "done")
        await session.until(lambda: "▴ 新着" not in screen_text(session.app))
        fast(session, "escape")
        await session.settle()
        assert mails(session).cursor == 400
        assert "▴ 新着 1 件" in screen_text(session.app)


async def test_a_list_that_is_loading_says_so_after_a_tab_that_was_not_meant(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run(settings=UiSettings(zone=TOKYO, count_wait=60)) as session:
        answered = slow(monkeypatch, session.desk.inbox, "page")
        session.screen.show_tab(Tab.ALL)
        await _tried(session, "5", "done")
        fast(session, "escape")
        await session.until(lambda: session.screen.tab is Tab.ALL)
        await session.until(lambda: "読み込み" in screen_text(session.app))
        assert "読み込み" in screen_text(session.app)
        answered.set()


async def test_a_count_is_for_what_was_there_however_slow_its_tab_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 e over a slow line: the tab of 2 is shown and has no rows yet when e comes. It waits for none of them, and is
    for two rows of the list that was there."""
    monkeypatch.setattr("maildesk.app.keyboard.HOLD", 20.0)
    async with run(settings=UiSettings(zone=TOKYO, count_wait=0.2)) as session:
        wanted = [row.id for row in mails(session).rows(0, 2)]
        before = {number: row.status for number, row in session.desk.rows.items()}
        answered = slow(monkeypatch, session.desk.inbox, "page")
        await _tried(session, "2", "replying")
        fast(session, "e")
        await session.until(lambda: session.desk.rows[wanted[1]].status is Status.DONE)
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "new"
        answered.set()
        await session.settle()
        changed = [number for number, row in session.desk.rows.items() if row.status is not before[number]]
        assert sorted(changed) == sorted(wanted)


async def test_a_click_on_a_tab_is_not_taken_back_by_a_count(run: Run) -> None:
    """3, a click on 5, j: the click was meant."""
    async with run(settings=UiSettings(zone=TOKYO, count_wait=60)) as session:
        await _tried(session, "3", "approval")
        bar = session.screen.query_one(TabBar)
        bar.post_message(TabBar.Selected(bar, "done"))
        await session.until(lambda: session.screen.tab.value == "done" and mails(session).row is not None)
        fast(session, "j")
        await session.pilot.pause(0.1)
        await session.settle()
        assert session.screen.tab.value == "done"


async def test_what_is_left_of_a_digit_that_was_used_shows_no_tab(run: Run) -> None:
    """3 j 4 while the app is busy: what the 3 had waited for comes when the 4 waits. Its tab is tried once, so that
    what was there is not forgotten."""
    async with run(settings=UiSettings(zone=TOKYO, count_wait=60)) as session:
        counting, inbox = session.app.keyboard.counting, session.app.inbox
        assert inbox is not None
        fast(session, "3")
        await session.until(lambda: counting.is_pending)
        late = [(timer._callback, timer._args) for timer in counting._timers]  # type: ignore[attr-defined]
        fast(session, "j", "4")
        await session.until(lambda: inbox.tab.value == "waiting")
        for then, about in late:
            then(*about)
        await session.pilot.pause()
        assert counting.is_pending
        fast(session, "escape")
        await session.settle()
        assert inbox.tab.value == "new"


async def _tried(session: Session, digit: str, tab: str) -> None:
    inbox = session.app.inbox
    assert inbox is not None
    fast(session, digit)
    await session.until(lambda: inbox.tab.value == tab)
    assert inbox.tab.value == tab


async def test_a_number_waits_longer_than_a_digit_and_escape_takes_it_back(run: Run) -> None:
    """12 is hardly two tabs: there is time to type G. Escape forgets a count."""
    async with run(settings=UiSettings(zone=TOKYO, count_wait=0.2)) as session:
        fast(session, "1", "2")
        await session.pilot.pause(0.35)
        assert "12…" in screen_text(session.app)
        fast(session, "G")
        await session.settle()
        assert mails(session).cursor == min(11, mails(session).total - 1)
        assert session.app.inbox is not None
        fast(session, "5", "escape")
        await session.settle()
        assert session.app.inbox.tab.value == "new"
        assert not session.toasts


async def test_counts_can_be_off(run: Run) -> None:
    """Without counts a digit is its tab at once."""
    async with run(settings=UiSettings(zone=TOKYO, count_wait=0)) as session:
        await session.pilot.press("4")
        await session.settle()
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "waiting"
        assert not session.app.keyboard.counting.is_pending


async def test_a_range_grows_and_shrinks_with_the_cursor(run: Run) -> None:
    """v j j marks three, k takes one back; v ends it and the marks stay; Esc takes them away."""
    async with run() as session:
        rows = mails(session)
        await session.press("v", "j", "j")
        assert len(rows.marks) == 3
        await session.press("k")
        assert len(rows.marks) == 2
        await session.press("v", "j", "j")
        assert len(rows.marks) == 2
        await session.press("escape")
        assert not rows.marks


async def test_a_range_keeps_the_marks_from_before(run: Run) -> None:
    """x marks the first; a range further down adds to it."""
    async with run() as session:
        rows = mails(session)
        first = rows.row.id
        await session.press("x", "j", "v", "j")
        assert len(rows.marks) == 3
        assert first in rows.marks


async def test_the_last_act_is_repeated_on_what_is_chosen_now(run: Run) -> None:
    """Assign one to a colleague, move on, . assigns the next; with nothing done yet it says so."""
    async with run() as session:
        await session.press("full_stop")
        assert any("繰り返す" in toast for toast in session.toasts)
        rows = mails(session)
        fast(session, "a", *"suzuki", "enter")
        await session.settle()
        await session.press("j", "full_stop")
        assert session.desk.rows[rows.row.id].assignee_name == "鈴木"


async def test_a_macro_is_recorded_by_actions_and_run_on_another(run: Run, tmp_path: Path) -> None:
    """Q a … Q keeps ids and texts, not keys; , a does it again, 2, a twice."""
    path = tmp_path / "macros.toml"
    async with run(settings=UiSettings(zone=TOKYO, macros=path)) as session:
        rows = mails(session)
        await session.press("Q", "a")
        assert "記録中" in screen_text(session.app)
        fast(session, "a", *"suzuki", "enter", "j", "Q")
        await session.settle()
        assert "記録中" not in screen_text(session.app)
        assert read(path)["a"].steps == (
            Act("conversation.assign"),
            Typed("suzuki"),
            Act("picker.choose"),
            Act("list.down"),
        )
        second = rows.row.id
        await session.press("comma", "a")
        assert session.desk.rows[second].assignee_name == "鈴木"
        ids = [rows.row.id, rows.neighbour(1).id]
        fast(session, "2", "comma", "a")
        await session.settle()
        assert [session.desk.rows[i].assignee_name for i in ids] == ["鈴木"] * 2
        assert_aligned(session.app)


async def test_a_key_that_nothing_is_bound_to_is_no_step(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Text that is typed into the list is for nobody; into a dialog it is text. The key of a state of the desk's own is
    a step, in upper case too."""
    path = tmp_path / "macros.toml"
    monkeypatch.setattr(Triage, "_set_state", lambda screen, state: None)
    async with run(settings=UiSettings(zone=TOKYO, macros=path)) as session:
        session.app.inbox.listing.states = (CustomState("parts", "部品待ち", "Parts", "J"),)  # type: ignore[union-attr]
        await session.press("Q", "t")
        fast(session, "配", "送", "K", "J", "t", "急", "3", "escape", "Q")
        await session.settle()
        kept = read(path)["t"].steps
        assert kept == (Pressed("J"), Act("conversation.label"), Typed("急3"), Act("picker.close"))


async def test_a_macro_that_cannot_be_read_costs_only_itself(run: Run, tmp_path: Path) -> None:
    """The others play and are recorded; which one is broken stands on the sheet, and where, when it is chosen."""
    path = tmp_path / "macros.toml"
    path.write_text('[macros.a]\nsteps = ["list.down"]\n\n[macros.t]\nsteps = ["<配>"]\n', "utf-8")
    async with run(settings=UiSettings(zone=TOKYO, macros=path)) as session:
        await session.press("comma", "a")
        assert mails(session).cursor == 1
        await session.press("Q", "b", "j", "Q", "comma", "b")
        assert mails(session).cursor == 3
        assert "<配>" in path.read_text("utf-8")
        await session.press("comma")
        await session.until(lambda: "読めません" in screen_text(session.app))
        await session.press("t")
        assert any(f"{path} の" in toast and "macros.t.steps" in toast for toast in session.toasts)
        await session.press("Q", "t", "k", "Q")
        assert set(read(path)) == {"a", "b", "t"}


async def test_a_macro_stops_at_the_question_that_sends(run: Run) -> None:
    """A macro that types y after the review is opened does not answer the review: a person does."""
    steps = (
        Act("conversation.reply"),
        Typed("返します"),
        Act("compose.review"),
        Pressed("y"),
        Act("review.send"),
    )
    async with run() as session:
        session.app.macro_shelf.put(Macro("s", steps))
        await session.press("comma", "s")
        assert session.shows(Review)
        assert not session.desk.outbox_items
        assert any("止めました" in toast for toast in session.toasts)
        await session.press("escape")


@pytest.mark.parametrize("step", sorted(keymap.SENDING))
async def test_what_sends_is_no_step(run: Run, step: str) -> None:
    """Every action that makes a mail leave stops a macro, wherever it stands."""
    async with run() as session:
        session.app.macro_shelf.put(Macro("s", (Act(step), Act("list.down"))))
        await session.press("comma", "s")
        assert mails(session).cursor == 0
        assert not session.app.keyboard.has_steps


async def test_a_macro_types_no_answer_into_a_question(run: Run) -> None:
    """Text is typed into fields only, character by character: at a question for yes and no it stops."""
    async with run() as session:
        session.app.macro_shelf.put(Macro("s", (Act("app.back"), Typed("y"), Pressed("y"))))
        await session.press("comma", "s")
        assert session.app.is_running
        assert any("止めました" in toast for toast in session.toasts)


def test_macros_are_text_that_can_be_given_away(tmp_path: Path) -> None:
    """What is written is read back the same, with quotes, Japanese and control keys; what is no macro names its line."""
    macros = [
        Macro("a", (Typed('"至急"\\\x7f='), Pressed("ctrl+s"), Act("list.down", 3)), "急ぎに"),
        Macro("b", (Act("conversation.done"),)),
    ]
    path = tmp_path / "macros.toml"
    shelf = MacroShelf(path)
    shelf.put(*macros)
    assert list(read(path).values()) == macros
    path.write_text(text(macros).replace("conversation.done", "conversation done"))
    with pytest.raises(ConfigError, match="conversation done"):
        read(path)
    path.write_text('[macros]\nx = 3\n[macros.a]\nsteps = ["list.down"]\n', "utf-8")
    assert set(shelf.load()) == {"a"}
    with pytest.raises(ConfigError, match=r"macros\.x"):
        shelf.put(*macros)
    assert "x = 3" in path.read_text("utf-8")


async def test_the_palette_is_searched_by_sound_and_by_scope(run: Run) -> None:
    """suzu, スズ and すず find 鈴木; kanryou and カンリョウ find 完了; @ is for people, / searches; the last used is first."""
    async with run() as session:
        for query in ("すず", "スズ", "suzu", "suzuki", "@suzu"):
            await session.press("ctrl+p")
            palette: Any = session.screen
            palette.narrow(query)
            assert "鈴木" in palette.found[0].label, query
            await session.press("escape")
        for query in ("カンリョウ", "kanryou", "かんりょう", "完了", "done"):
            await session.press("ctrl+p")
            palette = session.screen
            palette.narrow(query)
            assert any("完了" in choice.label for choice in palette.found[:3]), query
            await session.press("escape")
        await session.press("ctrl+p")
        palette = session.screen
        palette.narrow("@")
        assert palette.found
        assert all(choice.value.person for choice in palette.found)
        palette.narrow("/交換")
        assert [choice.label for choice in palette.found] == ["「交換」を検索"]
        palette.narrow("list.mine")
        await session.press("enter")
        await session.press("ctrl+p")
        assert session.screen.found[0].value.action_id == "list.mine"


async def test_the_command_line_answers_what_an_action_asks(run: Run) -> None:
    """:assign by reading, :snooze with a day, :label with several, :完了, :#1044, by the same actions as the keys."""

    async def line(session: Session, text: str) -> None:
        fast(session, "colon", *(keymap.name_of(char) for char in text), "enter")
        await session.settle()
        await session.pilot.pause(0.3)
        await session.settle()

    async with run() as session:
        first = mails(session).row.id
        await line(session, "assign suzuki")
        assert session.desk.rows[first].assignee_name == "鈴木"
        await line(session, "ラベル 至急 +返品")
        assert {"至急", "返品"} <= set(session.desk.rows[first].labels)
        await line(session, "label -返品")
        assert "返品" not in session.desk.rows[first].labels
        await line(session, "snooze 金 15時")
        assert session.desk.rows[first].status is Status.WAITING
        assert session.desk.rows[first].waiting_until is not None
        second = mails(session).row.id
        await line(session, "完了")
        assert session.desk.rows[second].status is Status.DONE
        await line(session, f"#{first}")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == first


async def test_an_error_keeps_the_text_of_a_command(run: Run) -> None:
    """An unknown command names the nearest, an unknown person is said; the text stays; Tab completes, ↑ remembers."""
    async with run() as session:
        fast(session, "colon", *"asign", "enter")
        await session.settle()
        assert "assign" in screen_text(session.app)
        assert session.screen.query_one("Input").value == "asign"
        assert_aligned(session.app)
        fast(session, "escape", "colon", *"assign", "space", *"nobodyatall", "enter")
        await session.settle()
        assert session.screen.query_one("Input").value == "assign nobodyatall"
        fast(session, "escape", "colon", *"done", "space", "x", "enter")
        await session.settle()
        assert session.screen.query_one("Input").value == "done x"
        fast(session, "escape", "colon", *"assign", "space", *"su", "tab")
        await session.settle()
        assert session.screen.query_one("Input").value == "assign suzuki"
        await session.press("enter")
        await session.press("colon", "up")
        assert session.screen.query_one("Input").value == "assign suzuki"
        await session.press("escape")
        assert not session.shows(Picker)


def test_every_action_is_reached_by_the_command_line() -> None:
    """Every action of the keymap has its id as a command, no alias means two things, and every number opens."""
    from maildesk.screens import ex_commands

    names = ex_commands.names()
    reached = set(names.values())
    for action in keymap.ACTIONS:
        if action.sheet is None and not action.id.startswith("ex.") and action.id != "app.ex":
            assert action.id in reached
    aliases = [alias for words in ex_commands.ALIASES.values() for alias in words.split()]
    assert len(aliases) == len(set(aliases))
    assert set(ex_commands.ALIASES) <= set(keymap.BY_ID)
    assert set(ex_commands.ARGUMENTS) <= set(keymap.BY_ID)
    assert ex_commands.read("goto #1044").number == ex_commands.read(":１０４４").number == 1044


async def test_jump_goes_to_tabs_panes_and_lines_of_pickers(run: Run) -> None:
    """ctrl+o puts letters on what is in front; a letter goes there, any other key goes back."""
    from maildesk.screens.jump import JumpScreen, targets

    async with run() as session:
        found = targets(session.screen)
        assert len(found) > 8  # the tabs and the list
        await session.press("ctrl+o")
        assert session.shows(JumpScreen)
        assert_aligned(session.app)
        await session.press("s")
        assert session.app.inbox is not None
        assert session.app.inbox.tab.value == "replying"
        await session.press("ctrl+o", "escape")
        assert not session.shows(JumpScreen)
        await session.press("s", "ctrl+o")
        assert session.shows(JumpScreen)
        await session.press("s", "enter")
        assert not session.shows(Picker)


@pytest.mark.slow
def test_keys_in_one_write_to_a_terminal_are_all_heard(tmp_path: Path) -> None:
    """g x, Esc, g o, q, 2j and a label typed into its picker arrive in single writes: each of them is heard."""
    with Terminal(python("-c", ON_A_TERMINAL, str(tmp_path / "trace"))) as terminal:
        terminal.wait_for("#1042")
        for keys, seen in (("gx", "停止した返信"), ("q", "新着"), ("go", "送信待ち"), ("qtほげ", "「ほげ」")):
            start = len(terminal.output)
            terminal.feed(keys)
            terminal.wait_for(seen, start=start)


async def test_help_tells_what_the_focused_widget_is_for(run: Run) -> None:
    """F1 in a picker's field explains the field; in the list, the list; / narrows the keys."""
    async with run() as session:
        await session.press("f1")
        assert "今いるところ" in screen_text(session.app)
        await session.press("escape", "a", "f1")
        assert "ローマ字" in screen_text(session.app)
        assert_aligned(session.app)
        await session.press("escape", "escape")


async def test_done_and_the_one_before(run: Run) -> None:
    """The [ of the gmail preset: the third is done, the cursor stands on the second; ] goes on to the next."""
    async with run(settings=UiSettings(zone=TOKYO, preset="gmail")) as session:
        rows = mails(session)
        await session.press("j", "j")
        second, third = rows.neighbour(-1).id, rows.row.id
        await session.press("left_square_bracket")
        await session.pilot.pause(0.3)
        await session.settle()
        assert session.desk.rows[third].status is Status.DONE
        assert rows.row.id == second
        assert session.desk.rows[second].status is Status.NEW


async def test_an_input_method_left_on_does_not_stop_the_keys(run: Run) -> None:
    """え is e, ｊ is j, ・ is /; it is said once a minute and no more."""
    async with run() as session:
        rows = mails(session)
        first = rows.row.id
        for char in ("ｊ", "ｋ", "え"):
            session.app.post_message(events.Key(char, char))
            await session.settle()
        assert session.desk.rows[first].status is Status.DONE
        assert sum("IME" in toast or "日本語入力" in toast for toast in session.toasts) <= 1
