"""Keys for where conversations belong: next, merge, no answer, spam, follow, and what an act on many would do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maildesk.domain.conversation import Heard
from maildesk.domain.status import Status
from maildesk.screens.confirm import Confirm
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.picker import Picker
from tests.screens.conftest import Run, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text
from tests.screens.test_keyboard import fast
from tests.support.desk import small_desk


async def test_next_claims_and_opens_and_leaving_gives_it_back(run: Run) -> None:
    """One key; the claim is mine while it is shown, and free when nobody replied."""
    async with run() as session:
        await session.press("ctrl+n")
        assert isinstance(session.screen, ConversationScreen)
        number = session.screen.conversation_id
        assert session.desk.rows[number].claim is not None
        await session.press("escape")
        assert session.app.screen is session.app.inbox
        assert session.desk.rows[number].claim is None


async def test_next_says_how_many_are_left_to_colleagues(run: Run) -> None:
    """When all that nobody has is assigned to others, that is said instead of "nothing"."""
    async with run() as session:
        rows = session.desk.inbox.page(session.screen.tab).rows
        other = next(one.id for one in session.desk.people.agents() if one.id != session.desk.me.id)
        session.desk.triage.assign([row.id for row in rows], other)
        await session.press("ctrl+n")
        assert session.app.screen is session.app.inbox
        free = sum(row.claim is None for row in rows)
        assert f"ほかの人が担当の {free} 件だけ" in screen_text(session.app)


async def test_next_again_asks_why_this_one_is_skipped(run: Run) -> None:
    """The reason is chosen or typed; then the next one is shown. Escape stays."""
    async with run() as session:
        await session.press("ctrl+n")
        number = session.screen.conversation_id
        await session.press("ctrl+n")
        assert session.shows(Picker)
        await session.press("escape")
        assert session.screen.conversation_id == number
        await session.press("ctrl+n", "1")
        assert session.desk.queue.skipped == {number: "担当外"}
        assert session.screen.conversation_id != number


async def test_an_act_on_many_says_first_what_it_would_do(run: Run) -> None:
    """More than three: how many change, who is in the way; y does it, Escape does not, one z takes all back."""
    async with run() as session:
        ids = list(session.desk.inbox.page(session.screen.tab).rows)
        session.desk.colleague_claims(ids[1].id)
        await session.settle()
        await session.press("asterisk", "e")
        assert isinstance(session.screen, Confirm)
        assert all(session.desk.rows[row.id].status is Status.NEW for row in ids)
        await session.press("escape")
        assert all(session.desk.rows[row.id].status is Status.NEW for row in ids)
        await session.press("e", "y")
        done = [row.id for row in ids if session.desk.rows[row.id].status is Status.DONE]
        assert len(done) > 3
        assert ids[1].id not in done
        await session.press("z")
        assert all(session.desk.rows[row.id].status is Status.NEW for row in ids)


async def test_merging_the_marked_ones_asks_and_is_taken_back(run: Run) -> None:
    """M shows what becomes one, with a warning for two customers."""
    async with run() as session:
        rows = session.screen.mails.rows(0, 2)
        await session.press("x", "x", "M")
        assert isinstance(session.screen, Confirm)
        for row in rows:  # two customers: names may be the same
            assert f"<{session.desk.rows[row.id].customer_address}>" in screen_text(session.app)
        await session.press("y")
        assert session.desk.asked("triage.merged") == 1
        await session.press("z")
        assert session.desk.asked("triage.undo") == 1


async def test_a_merge_offers_what_is_related_and_a_number_comes_before_it(tmp_path: Path) -> None:
    """M on one: what L lists is offered with why, the first one chosen, but for what is merged into it already; a typed
    number is that number, whatever else it fits."""
    small = small_desk(tmp_path)
    first = small.mail("破損", "木製スツールの座面が割れていました。\n注文 503-1234567-1234567")
    ordered = small.mail("配達 99", "503-1234567-1234567 はいつ", sender="別人 <other@customer.example>")
    gone = small.mail("間違い", "取り消します。")
    with small.session("sato") as sato:
        sato.triage.merge([first, gone], first)
        async with run_session(sato) as session:
            session.app.open_conversation(first)
            await session.settle()
            await session.press("M")
            assert [choice.value for choice in session.screen.found] == [ordered]
            assert "同じ注文 503-1234567-1234567" in screen_text(session.app)
            await session.press("9", "9")
            assert [choice.value for choice in session.screen.found] == [99, ordered]
            await session.press("backspace", "backspace", "enter", "y")
            assert sato.conversations.get(first).summary.messages == 3


async def test_what_has_one_mail_is_not_split(run: Run) -> None:
    """Nothing would be left: that is said before anything is asked."""
    desk = FakeDesk()
    first = next(iter(desk.rows))
    for count, asks in ((1, False), (2, True)):
        desk.put(replace(desk.rows[first], messages=count))
        async with run(desk) as session:
            session.app.open_conversation(first)
            await session.settle()
            await session.press("vertical_line")
            assert session.shows(Picker) is asks
            assert any("1 通も残らなくなる" in toast for toast in session.toasts) is not asks


async def test_no_answer_needed_asks_for_the_reason(run: Run) -> None:
    """Chosen by a digit, or typed."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("X", "1")
        row = session.desk.rows[number]
        assert (row.status, row.no_answer, row.note) == (Status.DONE, True, "お礼のみ")


async def test_spam_offers_to_block_and_is_a_switch(run: Run) -> None:
    """! and 2 blocks the sender; in the spam tab ! brings it back."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("exclamation_mark", "2")
        assert session.desk.rows[number].status is Status.SPAM
        assert session.desk.blocked == [session.desk.rows[number].customer_address.casefold()]
        await session.press("7", "exclamation_mark")
        assert session.desk.rows[number].status is Status.NEW
        assert session.desk.blocked == []


async def test_blocking_a_domain_is_asked_where_others_write_from_it(run: Run) -> None:
    """Who is lost by it is counted; where there is nobody, nothing is asked."""
    async with run() as session:
        first = session.screen.mails.row.id
        session.desk.put(replace(session.desk.rows[first], customer_address="a@mall.example"))
        others = [number for number in session.desk.rows if number != first][:2]
        for place, number in enumerate(others):
            session.desk.put(replace(session.desk.rows[number], customer_address=f"{place}@mall.example"))
        session.desk.changed()
        await session.until(lambda: "@mall" in str(session.screen.summary_of(first)))
        await session.press("exclamation_mark", "3")
        assert "@mall.example からは、ほかに 2 人が" in screen_text(session.app).replace("\n", "")
        await session.press("n")
        assert session.desk.rows[first].status is not Status.SPAM
        await session.press("exclamation_mark", "3", "y")
        assert (session.desk.rows[first].status, session.desk.blocked) == (Status.SPAM, ["@mall.example"])
        for number in others:
            session.desk.put(
                replace(session.desk.rows[number], customer_address=f"{number}@elsewhere.example")
            )
        await session.press("z", "exclamation_mark", "3")
        assert session.desk.rows[first].status is Status.SPAM


async def test_a_repeated_spam_blocks_nobody(run: Run) -> None:
    """The sender who was blocked did not write the next mail."""
    async with run() as session:
        first = session.screen.mails.row.id
        await session.press("exclamation_mark", "2")
        second = session.screen.mails.row.id
        await session.press("full_stop")
        assert session.desk.rows[second].status is Status.SPAM
        assert session.desk.blocked == [session.desk.rows[first].customer_address.casefold()]
        assert "ブロック" not in session.toasts[-1]


async def test_following_is_a_switch_and_tells(run: Run) -> None:
    """w; what others do then is said once."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("w")
        assert session.desk.rows[number].followed
        session.desk.heard.append(Heard(number, "鈴木", "labels"))
        session.desk.changed()
        await session.settle()
        assert any(f"#{number}" in toast and "鈴木さん" in toast for toast in session.toasts)
        await session.press("w")
        assert not session.desk.rows[number].followed


async def test_a_move_of_many_asks_first_and_is_repeated(run: Run) -> None:
    """4> says what would move, z takes all of it back, ``.`` moves the next one without the picker."""
    async with run() as session:
        desk = session.desk
        was = {number: row.mailbox_id for number, row in desk.rows.items()}
        fast(session, "4", "greater_than_sign")
        await session.settle()
        other = next(n for n, c in enumerate(session.screen.found) if c.value != was[1042])
        await session.press(*["down"] * other, "enter")
        assert session.shows(Confirm)
        assert {number: row.mailbox_id for number, row in desk.rows.items()} == was
        await session.press("y")
        moved = [number for number, row in desk.rows.items() if row.mailbox_id != was[number]]
        assert moved
        assert any("件を" in toast for toast in session.toasts)
        await session.press("z")
        assert {number: row.mailbox_id for number, row in desk.rows.items()} == was
        done = desk.asked("triage.moved")
        await session.press("full_stop")
        assert desk.asked("triage.moved") == done + 1
        assert session.shows(InboxScreen)


async def test_a_count_takes_so_many_to_comment_and_to_merge(run: Run) -> None:
    """3c is a comment on three, 2M merges two, and ``.`` asks the same of what is chosen then."""
    async with run() as session:
        fast(session, "3", "c")
        await session.settle()
        assert "3件に" in screen_text(session.app)
        await session.press("escape", "escape")
        session.screen.mails.mark(())
        fast(session, "2", "M")
        await session.settle()
        assert session.shows(Confirm)
        await session.press("y")
        assert session.desk.asked("triage.merged") == 1
        session.screen.mails.mark_from_cursor(2)
        await session.press("full_stop")
        assert session.shows(Confirm)
