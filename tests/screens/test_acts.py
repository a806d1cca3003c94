"""Acts on one or many conversations that are not a change of state: comments, unread, following, releasing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.widgets import TextArea

from maildesk.app import UiSettings
from maildesk.domain.status import Tab
from maildesk.screens.comment import CommentScreen
from maildesk.screens.inbox import InboxScreen
from maildesk.store import mailboxes
from tests.screens.conftest import TOKYO, Run, run_session
from tests.screens.support import assert_aligned, screen_text
from tests.support.desk import OWN_SHOP, small_desk


async def test_a_comment_goes_to_all_that_are_marked(run: Run) -> None:
    """With three marked the title says three, all of them get it, and the marks are gone."""
    async with run(size=(80, 24)) as session:
        await session.press("x", "x", "x")
        marked = set(session.screen.mails.marks)
        assert len(marked) == 3
        await session.press("c")
        assert session.shows(CommentScreen)
        assert "社内コメント 3件に" in screen_text(session.app)
        assert all(f"#{number}" in screen_text(session.app) for number in marked)
        assert_aligned(session.app)
        session.screen.query_one(TextArea).text = "確認済み"
        await session.press("ctrl+s")
        assert {values[0] for name, values in session.desk.calls if name == "comments.add"} == marked
        assert session.toasts == ["3件に社内コメントを追加しました(z で元に戻す)"]
        assert not session.screen.mails.marks


async def test_unread_is_an_act_like_the_others(run: Run) -> None:
    """u on three: one act, the marks are gone, ``.`` does it again elsewhere, z takes it back."""
    async with run() as session:
        desk, mails = session.desk, session.screen.mails
        await session.press("x", "x", "x")
        marked = mails.marks.copy()
        first = next(iter(session.screen.targets()))
        was = {number: desk.rows[number].unread for number in marked}
        await session.press("u")
        assert {desk.rows[number].unread for number in marked} == {not was[first]}
        assert not mails.marks
        await session.press("z")
        assert {number: desk.rows[number].unread for number in marked} == was
        await session.press("full_stop")
        assert desk.rows[mails.row.id].unread is not was[first]


async def test_unread_leaves_the_conversation(run: Run) -> None:
    """In an open one u means unread, whatever the list said, and the list is there again."""
    async with run() as session:
        number = session.screen.mails.row.id
        await session.press("enter", "u")
        assert session.shows(InboxScreen)
        assert session.desk.rows[number].unread


async def test_following_and_releasing_are_taken_back(run: Run) -> None:
    """w and D say what was done, and z undoes them."""
    async with run() as session:
        desk, number = session.desk, session.screen.mails.row.id
        await session.press("w")
        assert desk.rows[number].followed
        assert any(f"#{number} をフォローします" in toast for toast in session.toasts)
        await session.press("z")
        assert not desk.rows[number].followed
        desk.claims.take(number)
        desk.changed()
        await session.settle()
        session.screen.show_tab(Tab.REPLYING)
        await session.settle()
        session.screen.mails.move_to_id(number)
        await session.press("D")
        assert desk.rows[number].claim is None
        assert any(f"#{number} の返信権を手放しました" in toast for toast in session.toasts)
        await session.press("z")
        assert desk.rows[number].claim is not None


async def test_a_conversation_marked_unread_stays_so(tmp_path: Path) -> None:
    """On a real desk: it is not read once more between the act and the list."""
    small = small_desk(tmp_path)
    number = small.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    with small.session("sato") as sato:
        async with run_session(sato) as session:
            await session.press("enter")
            assert not sato.conversations.summary(number).unread
            await session.press("u")
            await session.pilot.pause(0.2)
            await session.settle()
            assert session.shows(InboxScreen)
            assert sato.conversations.summary(number).unread
            await session.press("z")
            await session.until(lambda: not sato.conversations.summary(number).unread)
            assert not sato.conversations.summary(number).unread


async def test_an_order_of_the_shops_own_shape_is_copied(tmp_path: Path) -> None:
    """y o copies what stands beside the mails as the order, not only the shapes of the malls."""
    small = small_desk(tmp_path)
    shop = replace(small.boxes[OWN_SHOP.name], order_pattern="KM-######")
    with small.store.transaction() as tx:
        mailboxes.put(tx, shop, {})
    small.boxes[shop.name] = shop
    number = small.mail("注文について", "注文番号は KM-004442 です。", box=shop.name)
    with small.session("sato") as sato:
        assert sato.customers.beside(number).orders == ("KM-004442",)
        async with run_session(sato, settings=UiSettings(zone=TOKYO, clipboard="on")) as session:
            await session.press("y", "o")
            assert session.app.clipboard == "KM-004442"


async def test_the_order_is_opened_at_its_shop(tmp_path: Path) -> None:
    """o: without an address it says what to set; with one, and no browser, the address of the order is copied."""
    small = small_desk(tmp_path)
    shop = replace(small.boxes[OWN_SHOP.name], order_pattern="KM-######")
    with small.store.transaction() as tx:
        mailboxes.put(tx, shop, {})
    small.boxes[shop.name] = shop
    small.mail("注文について", "注文番号は KM-004442 です。", box=shop.name)
    with small.session("sato") as sato:
        async with run_session(sato, settings=UiSettings(zone=TOKYO, clipboard="on")) as session:
            await session.press("o")
            assert any("order_url" in toast for toast in session.toasts)
            with small.store.transaction() as tx:
                mailboxes.put(tx, replace(shop, order_url="https://manage.shop.example/o/{order}"), {})
            await session.press("enter", "o")
            assert session.app.clipboard == "https://manage.shop.example/o/KM-004442"


async def test_a_comment_on_one_mail(run: Run) -> None:
    """In a conversation F3 puts it on the mail under the cursor, and back; the timeline says which mail it is about."""
    async with run(size=(80, 24)) as session:
        await session.press("enter", "c")
        assert "会話全体に" in screen_text(session.app)
        await session.press("f3")
        assert "このメールに: " in screen_text(session.app)
        assert_aligned(session.app)
        await session.press("f3", "f3")
        session.screen.query_one(TextArea).text = "この添付を確認しました"
        await session.press("ctrl+s")
        number = session.screen.conversation_id
        comment = session.desk.timelines[number].messages[-1]
        mails = {m.id: m for m in session.desk.timelines[number].messages}
        assert comment.about is not None
        assert mails[comment.about].kind.value in ("in", "out")
        assert "→ " in screen_text(session.app)


async def test_a_comment_of_the_list_is_on_the_conversation(run: Run) -> None:
    """There no mail is chosen, and F3 does nothing."""
    async with run() as session:
        await session.press("c", "f3")
        session.screen.query_one(TextArea).text = "確認"
        await session.press("ctrl+s")
        (values,) = [values for name, values in session.desk.calls if name == "comments.add"]
        assert session.desk.timelines[values[0]].messages[-1].about is None
