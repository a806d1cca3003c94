"""The composer: nothing that was typed is ever lost, nobody sends without the claim, nothing leaves unread."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from maildesk.app import UiSettings
from maildesk.domain.claim import IDLE_LIMIT
from maildesk.domain.outbox import OutboxState
from maildesk.domain.reply import AfterSend
from maildesk.domain.status import Status, WaitingReason
from maildesk.errors import StoreError
from maildesk.screens import composer as composer_module
from maildesk.screens import external
from maildesk.screens.composer import Composer
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.recipients import NotAnAddress, parse
from maildesk.screens.review import Review
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text

SAVE_AFTER = composer_module.SAVE_AFTER


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composer_module, "SAVE_AFTER", 0.05)


def area(session: Session) -> TextArea:
    """The text of the composer."""
    found: TextArea = session.screen.query_one(TextArea)
    return found


async def test_what_is_typed_is_saved_by_itself(run: Run) -> None:
    """A keystroke is in the store shortly after, with the cursor, and the header says when."""
    async with run() as session:
        await session.press("r", "x")
        await session.pilot.pause(0.2)
        await session.settle()
        saved = session.desk.drafts_saved[1042]
        assert "x" in saved.body
        assert saved.cursor == (2, 1)
        assert "下書き保存 10:42:00 ✓" in screen_text(session.app)


def test_the_autosave_leaves_the_store_a_second() -> None:
    """Save within two seconds: the timer takes one of them at most."""
    assert SAVE_AFTER <= 1.0


async def test_nothing_typed_leaves_no_draft_and_no_claim(run: Run) -> None:
    """r and Escape leave everything as it was."""
    async with run() as session:
        await session.press("r", "escape")
        assert session.desk.drafts_saved == {}
        assert session.desk.rows[1042].claim is None
        assert session.shows(InboxScreen)


async def test_escape_saves_at_once_and_lets_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape does not wait for the timer: the text is in the store, the claim is free, r goes on with it."""
    monkeypatch.setattr(composer_module, "SAVE_AFTER", 60)
    async with run() as session:
        await session.press("r", "a", "b", "escape")
        assert "ab" in session.desk.drafts_saved[1042].body
        assert session.desk.rows[1042].claim is None
        await session.press("r")
        assert "ab" in area(session).text
        assert area(session).cursor_location == (2, 2)


async def test_a_draft_is_thrown_away_while_it_is_written_and_undo_brings_it_back(run: Run) -> None:
    """With its claim; what was typed a moment ago comes back, too. Where nothing was typed there is nothing to undo."""
    async with run() as session:
        await session.press("r", "a", "b", "f2")
        assert session.shows(InboxScreen)
        assert 1042 not in session.desk.drafts_saved
        assert session.desk.rows[1042].claim is None
        await session.press("z", "r")
        assert "ab" in area(session).text
        await session.press("escape", "j", "r", "f2")
        assert session.shows(InboxScreen)
        assert not [toast for toast in session.toasts if "1041" in toast and "捨て" in toast]


async def test_a_draft_is_not_thrown_away_that_the_store_does_not_have(run: Run) -> None:
    """F2 while the store fails: the composer stays open and goes on as if nothing had happened."""
    async with run() as session:
        await session.press("r", "a")
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("b", "f2")
        assert session.shows(Composer)
        assert not area(session).read_only
        await session.press("c")
        assert "abc" in area(session).text
        session.desk.broken = None
        await session.press("f2")
        assert session.shows(InboxScreen)
        await session.press("z", "r")
        assert "abc" in area(session).text


async def test_a_store_that_fails_keeps_the_composer_open(run: Run) -> None:
    """When the draft cannot be saved, Escape does not throw it away; the header says 未保存."""
    async with run() as session:
        await session.press("r", "a")
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("b", "escape")
        assert session.shows(Composer)
        assert "下書き未保存" in screen_text(session.app)
        session.desk.broken = None
        await session.press("escape")
        assert "ab" in session.desk.drafts_saved[1042].body


async def test_the_end_of_the_app_saves_and_releases(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What SIGTERM, a crash and quitting do: the text is saved, the claims of this session are released."""
    monkeypatch.setattr(composer_module, "SAVE_AFTER", 60)
    async with run() as session:
        await session.press("r", "a")
        assert session.app.leaving.farewell()
        assert "a" in session.desk.drafts_saved[1042].body
        assert session.desk.closed
        assert session.desk.rows[1042].claim is None


async def test_a_lost_claim_makes_it_read_only_and_keeps_the_text(run: Run) -> None:
    """Who, when and why are said; the text is saved; nothing more can be typed or sent."""
    async with run() as session:
        await session.press("r", "a")
        session.desk.colleague_claims(1042, minutes=0)
        await session.pilot.pause(0.2)
        await session.settle()
        text = screen_text(session.app)
        assert "鈴木さんが10:42に引き継ぎました(理由: 顧客から電話中のため)" in text
        assert "返信権を失いました" in text
        before = area(session).text
        await session.press("b")
        assert area(session).text == before
        await session.press("ctrl+r")
        assert session.shows(Composer)
        assert "a" in session.desk.drafts_saved[1042].body
        await session.press("escape")
        assert session.shows(InboxScreen)
        claim = session.desk.rows[1042].claim
        assert claim is not None
        assert claim.agent_login == "suzuki"


async def test_the_claim_is_renewed_and_tells_of_keystrokes(run: Run) -> None:
    """A renewal says whether there were keystrokes since the last one."""
    async with run() as session:
        await session.press("r")
        session.screen.renew()
        await session.settle()
        await session.press("a")
        session.screen.renew()
        await session.settle()
        assert [values for name, values in session.desk.calls if name == "claims.renew"] == [
            (False,),
            (True,),
        ]


async def test_silence_asks_and_then_lets_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a quarter of an hour the app asks; without an answer the claim is free and the text kept."""
    monkeypatch.setattr(composer_module, "ASK_FOR", 1234.0)
    async with run() as session:
        await session.press("r", "a")
        session.screen.keeper._last_key -= IDLE_LIMIT.total_seconds()
        session.screen._watch_idle()
        await session.settle()
        assert "続けますか" in screen_text(session.app)
        (silence,) = [timer for timer in session.screen._timers if timer._interval == 1234.0]
        silence._callback()
        await session.settle()
        assert session.desk.rows[1042].claim is None
        assert "a" in session.desk.drafts_saved[1042].body
        assert "入力がなかったため" in screen_text(session.app)


async def test_a_template_replaces_an_untouched_text_and_goes_to_the_gap(run: Run) -> None:
    """^t 1 inserts; the first gap is selected, and what is typed fills it."""
    async with run() as session:
        await session.press("r", "ctrl+t", "1")
        text = area(session)
        assert text.text.startswith("佐藤 花子 様")
        assert text.selected_text == "{{ 到着予定日 }}"
        assert "未入力の項目 1: 到着予定日" in screen_text(session.app)
        await session.press("2", "2", "日")
        assert "交換品を 22日 着" in text.text
        assert "未入力の項目 1" not in screen_text(session.app)


async def test_a_template_goes_to_the_cursor_of_a_written_text(run: Run) -> None:
    """What was written stays."""
    async with run() as session:
        await session.press("r", "a", "ctrl+t", "3")
        assert area(session).text.startswith("佐藤 花子 様\n\na\n\n佐藤 花子 様")


async def test_a_template_put_into_a_text_goes_to_its_own_first_gap(run: Run) -> None:
    """What was written before and after stays; the gap that is selected is that of the template, and all of it is seen."""
    async with run(size=(80, 20)) as session:
        await session.press("r")
        field = area(session)
        field.load_text("\n" * 30 + "末尾 {{ 後の項目 }}")
        field.move_cursor((30, 0))
        await session.press("ctrl+t", "1")
        assert field.selected_text == "{{ 到着予定日 }}"
        assert "{{ 到着予定日 }}" in screen_text(session.app)
        await session.press("ctrl+n")
        assert field.selected_text == "{{ 後の項目 }}"
        assert "{{ 後の項目 }}" in screen_text(session.app)


async def test_the_preview_of_a_template_is_filled_in(run: Run) -> None:
    """The customer's name stands there; what only the agent knows stays a gap."""
    async with run() as session:
        await session.press("r", "ctrl+t")
        text = screen_text(session.app)
        assert "{{ customer }}" not in text
        assert "佐藤 花子 様" in text
        assert "{{ 到着予定日 }}" in text
        assert "English" in text


async def test_a_template_that_cannot_be_filled_in_is_shown_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preview is no place for an error."""

    def refuse(*_: object) -> None:
        raise StoreError("store_readonly", path="desk.db")

    async with run() as session:
        monkeypatch.setattr(session.desk.templates, "render", refuse)
        await session.press("r", "ctrl+t")
        assert "{{ customer }}" in screen_text(session.app)
        assert not session.toasts


async def test_templates_are_found_by_reading(run: Run) -> None:
    """^t りょう finds 領収書の発行, and the preview shows it."""
    async with run() as session:
        await session.press("r", "ctrl+t", "り", "ょ", "う")
        text = screen_text(session.app)
        assert "領収書の発行" in text
        assert "お詫び(共通)" not in text
        assert "領収書を発行いたしました" in text


async def test_an_unfilled_gap_blocks_sending(run: Run) -> None:
    """The review names it, and y does not send."""
    async with run() as session:
        await session.press("r", "ctrl+t", "1", "ctrl+r")
        assert "✗ 未入力の項目: 到着予定日" in screen_text(session.app)
        await session.press("y")
        assert session.shows(Review)
        assert not session.desk.outbox_items


async def test_send_hold_and_take_back(run: Run) -> None:
    """^r y queues with the hold; a countdown shows; z brings text and cursor back, and the mail stays here."""
    async with run() as session:
        await session.press("r", "a", "ctrl+r", "y")
        assert session.shows(InboxScreen)
        assert session.desk.outbox_items[1].state.value == "queued"
        assert session.desk.rows[1042].status is Status.DONE
        assert "送信待ちに入れました #1042" in screen_text(session.app)
        assert ("replies.submit", (AfterSend(), 10.0, False, None, False)) in session.desk.calls
        await session.press("z")
        assert session.shows(Composer)
        assert session.desk.outbox_items[1].state.value == "cancelled"
        assert area(session).text.startswith("佐藤 花子 様\n\na")
        assert area(session).cursor_location == (2, 1)
        assert "送信待ちに入れました" not in screen_text(session.app)


async def test_too_late_to_take_back_says_so(run: Run) -> None:
    """What is being sent cannot be taken back."""
    async with run() as session:
        await session.press("r", "ctrl+r", "y")
        session.desk.outbox_items[1] = replace(session.desk.outbox_items[1], state=OutboxState.SENT)
        await session.press("z")
        assert any("取り消せません" in toast for toast in session.toasts)
        assert session.shows(InboxScreen)


async def test_the_countdown_goes_when_the_reply_has_left(run: Run) -> None:
    """Another clock may be ahead of ours: what a worker has begun to send is not counted down any further."""
    async with run() as session:
        await session.press("r", "ctrl+r", "y")
        assert "送信待ちに入れました" in screen_text(session.app)
        session.desk.outbox_items[1] = replace(session.desk.outbox_items[1], state=OutboxState.SENDING)
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()
        assert "送信待ちに入れました" not in screen_text(session.app)
        await session.press("z")
        assert any("取り消せません" in toast for toast in session.toasts)


async def test_quitting_asks_only_for_what_can_still_be_taken_back(run: Run) -> None:
    """A reply that waits is asked about, also when the store cannot say; one that has left is not."""
    async with run() as session:
        await session.press("r", "ctrl+r", "y")
        await session.press("ctrl+q")
        assert "取り消し待ちの送信が 1 件あります" in screen_text(session.app)
        await session.press("escape")
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("ctrl+q")
        assert "取り消し待ちの送信が 1 件あります" in screen_text(session.app)
        await session.press("escape")
        session.desk.broken = None
        session.desk.outbox_items[1] = replace(session.desk.outbox_items[1], state=OutboxState.COMMITTING)
        await session.press("ctrl+q")
        await session.settle()
        assert session.desk.closed


async def test_review_chooses_the_state_after(run: Run) -> None:
    """s 2 waits for the customer; e goes back; p keeps the draft."""
    async with run() as session:
        await session.press("r", "a", "ctrl+r", "e")
        assert session.shows(Composer)
        await session.press("ctrl+r", "s", "2", "y")
        assert session.desk.rows[1042].status is Status.WAITING
        assert session.desk.rows[1042].waiting_reason is WaitingReason.CUSTOMER
        await session.press("j", "r", "b", "ctrl+r", "p")
        assert session.shows(InboxScreen)
        assert any("b" in draft.body for draft in session.desk.drafts_saved.values())


async def test_new_mail_meanwhile_is_shown_before_it_is_sent(run: Run) -> None:
    """A stale view queues nothing: the newer mail stands above, and sending again works."""
    async with run() as session:
        await session.press("r", "a")
        session.desk.deliver(1042, "やはり返品します。")
        await session.settle()
        await session.press("ctrl+r", "y")
        assert session.shows(Composer)
        assert not session.desk.outbox_items
        assert "やはり返品します。" in screen_text(session.app)
        await session.press("ctrl+r", "y")
        assert session.desk.outbox_items[1].state.value == "queued"


async def test_a_second_answer_asks_first(run: Run) -> None:
    """Somebody answered this turn: a follow-up only after a yes."""
    async with run() as session:
        await session.press("r", "ctrl+r", "y")
        session.app.undoing._held.clear()
        session.desk.rows[1042] = replace(session.desk.rows[1042], status=Status.NEW)
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()
        session.screen.mails.move_to_id(1042)
        await session.press("r", "ctrl+r", "y")
        assert "返信済みです" in screen_text(session.app)
        await session.press("y")
        assert len(session.desk.outbox_items) == 2


async def test_recipients_are_checked_before_the_review(run: Run) -> None:
    """A field that is no address is said and focused."""
    async with run() as session:
        await session.press("r")
        session.screen.query_one("#cc", Input).value = "nobody"
        await session.press("ctrl+r")
        assert session.shows(Composer)
        assert any("nobody" in toast for toast in session.toasts)
        assert session.app.focused is session.screen.query_one("#cc")


async def test_the_editor_gives_the_text_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """^g: the text goes out and comes back, with controls made visible."""
    monkeypatch.setattr(external, "edit", lambda app, text: text + "from the editor \x1b[31m")
    async with run() as session:
        await session.press("r", "ctrl+g")
        assert area(session).text.endswith("from the editor ␛[31m")
        await session.press("escape")
        assert "from the editor" in session.desk.drafts_saved[1042].body


async def test_files_are_attached_by_path_and_taken_off(run: Run, tmp_path: Path) -> None:
    """^f with a path, Tab completes; the file shows, and ^f 1 takes it off again."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "guide.pdf").write_bytes(b"x" * 2048)
    async with run() as session:
        await session.press("r", "ctrl+f", "f", "o", "tab", "tab", "enter")
        await session.settle()
        assert ("replies.attach", ("guide.pdf", 2048)) in session.desk.calls
        assert "guide.pdf 2KB" in screen_text(session.app)
        await session.press("ctrl+f", "enter")
        assert session.screen.draft.files == ()


async def test_a_suspended_session_still_holds(run: Run) -> None:
    """A hold of zero sends at once and shows no countdown."""
    async with run(settings=UiSettings(zone=TOKYO, hold=0)) as session:
        await session.press("r", "ctrl+r", "y")
        assert session.desk.outbox_items[1].not_before == session.desk.moment
        assert "送信待ちに入れました" not in screen_text(session.app)


def test_the_file_of_the_editor_is_the_owners_alone(tmp_path: Path) -> None:
    """0600 in a folder of its own."""
    path = tmp_path / "reply.txt"
    external._write(path, "text")
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_recipients_as_people_type_them() -> None:
    """Names, commas of both widths, quotes; doubles once; a word alone is refused by name."""
    found = parse('佐藤 花子 <hanako@customer.example>、 b@x.example, "Doe, John" <j@x.example>; B@x.example')
    assert [(a.name, a.address) for a in found] == [
        ("佐藤 花子", "hanako@customer.example"),
        ("", "b@x.example"),
        ("Doe, John", "j@x.example"),
    ]
    with pytest.raises(NotAnAddress, match="nobody"):
        parse("a@x.example, nobody")


async def test_a_colleague_who_only_looks_does_not_disturb(run: Run) -> None:
    """Changes elsewhere leave the composer alone."""
    desk = FakeDesk()
    async with run(desk) as session:
        await session.press("r", "a")
        desk.moment += timedelta(seconds=1)
        desk.changed()
        await asyncio.sleep(0)
        await session.settle()
        assert not session.screen.keeper.is_over
