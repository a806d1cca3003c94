"""The linear mode: the desk line by line, on streams and in a pipe. F230."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from maildesk import locale
from maildesk.desk.comments import Comments
from maildesk.desk.replies import Replies
from maildesk.domain.claim import IDLE_LIMIT
from maildesk.domain.conversation import Message
from maildesk.domain.outbox import OutboxState
from maildesk.domain.reply import Draft, put_in
from maildesk.domain.status import Status
from maildesk.errors import StoreError
from maildesk.locale.plain import TEXTS
from maildesk.plain import Lines, Session
from maildesk.plain.commands import COMMANDS, find
from tests.cli.conftest import CommandLine, run_process
from tests.support.desk import SmallDesk

HELD = 10.0


def talk(desk: SmallDesk, *said: str, login: str = "sato", environ: dict[str, str] | None = None) -> str:
    """What is said in a session that hears these lines, in English."""
    locale.use("en")
    out = io.StringIO()
    with desk.session(login) as mine:
        lines = Lines(io.StringIO("".join(f"{line}\n" for line in said)), out)
        assert Session(mine, lines, hold=HELD, environ=environ or {}).run() == 0
    locale.use("ja")
    assert "\x1b" not in out.getvalue()
    return out.getvalue()


def test_names_of_commands_are_unique_in_both_languages() -> None:
    """No word means two things, and each finds its command."""
    names = [name for command in COMMANDS for name in set(command.names) if name]
    assert len(names) == len(set(names))
    assert all(find(name) is command for command in COMMANDS for name in command.names if name)
    assert {key.rpartition(".")[2] for key in TEXTS if key.startswith("plain.name.")} == {
        command.name for command in COMMANDS
    }


def test_tabs_list_and_open(desk: SmallDesk) -> None:
    """Counts, numbered rows with what a list shows, one conversation by its place or its number; looking claims
    nothing and marks it as seen."""
    first = desk.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    desk.mail("\x1b[2J[/]", "届きません。")
    told = talk(
        desk, "tabs", "1", f"#{first}", "read", "K", "find 交換", "tab waiting", "tab nowhere", "frob"
    )
    assert "1. New: 2" in told
    assert f"2. #{first}, unread, 山田 花子: サイズ交換のお願い" in told
    assert "M から L へ交換できますか。" in told
    assert "state: New" in told
    assert "New, “交換”: 1" in told
    assert "found: M から L へ【交換】できますか。" in told
    assert "Waiting: 0" in told
    assert "there is no tab nowhere" in told
    assert "there is no command frob" in told
    with desk.session() as sato:
        assert not sato.conversations.summary(first).unread
        assert sato.conversations.summary(first).claim is None


def test_a_long_list_is_told_in_parts(desk: SmallDesk) -> None:
    """Ten at a time, the rest on demand, and J goes on beyond what was read."""
    for number in range(12):
        desk.mail(f"件名 {number}")
    told = talk(desk, "10", "J", "more", "more")
    assert "2 more (“more” tells them)" in told
    assert "11. #" in told
    assert "That is all" in told
    assert "件名 1" in told.rpartition("#")[0]


def test_reply_write_send_undo(desk: SmallDesk) -> None:
    """The claim is taken, the text stands before the signature, y sends, undo brings it back as a draft."""
    number = desk.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    told = talk(desk, "1", "reply", "write", "承りました。", "明日発送します。", ".", "send", "y", "undo")
    assert f"You have the claim of #{number}" in told
    assert "2 lines; the draft is saved" in told
    assert f"#{number} leaves in 10 seconds" in told
    assert told.index("承りました。") < told.index("楽天市場店 カスタマーサポート")
    with desk.session() as sato:
        (item,) = sato.outbox.items()
        assert item.state is OutboxState.CANCELLED
        draft = sato.drafts.of(number)
        assert draft is not None
        assert "明日発送します。" in draft.body
        assert sato.conversations.summary(number).claim is None, "the end gives the claim back"


def test_answer_by_template(desk: SmallDesk) -> None:
    """The one that fits comes first; its gaps are asked for; what is left open blocks sending."""
    number = desk.mail("いつ届きますか", "いつ届くか教えてください。")
    told = talk(desk, "1", ";", "; 1", "", "send", "undo", "template 到着予定", "11/25", "draft")
    assert "1. 到着予定" in told
    assert "到着予定日? (empty: later)" in told
    assert "cannot be sent" in told
    assert "11/25 にお届けの予定です。" in told
    assert "There is nothing to undo" in told
    with desk.session() as sato:
        assert not sato.outbox.items()
        assert sato.drafts.of(number) is not None


def test_the_input_that_ends_keeps_what_was_typed(desk: SmallDesk) -> None:
    """A line that breaks while the text is typed: it is in the draft, the claim is free."""
    number = desk.mail()
    talk(desk, "1", "write", "途中まで")
    with desk.session() as sato:
        draft = sato.drafts.of(number)
        assert draft is not None
        assert "途中まで" in draft.body
        assert sato.conversations.summary(number).claim is None


def test_editor(desk: SmallDesk, tmp_path: Path) -> None:
    """What the editor leaves is the draft; one that fails is named and the text kept."""
    number = desk.mail()
    editor = tmp_path / "ed.sh"
    editor.write_text('#!/bin/sh\necho "エディタから" > "$1"\n', "utf-8")
    editor.chmod(stat.S_IRWXU)
    talk(desk, "1", "edit", environ={"EDITOR": str(editor)})
    with desk.session() as sato:
        draft = sato.drafts.of(number)
        assert draft is not None
        assert draft.body.strip() == "エディタから"
    assert "failed" in talk(desk, "1", "edit", environ={"EDITOR": str(tmp_path / "none")})


def test_triage_and_undo(desk: SmallDesk) -> None:
    """States, put off, in charge, labels, comments: done as the app does, each taken back."""
    number = desk.mail()
    told = talk(
        desk,
        "done",
        "1",
        "e",
        "z",
        "take",
        "t +急ぎ",
        "c 倉庫に確認しました",
        "snooze",
        f"status #{number} 新着",
        "s x",
    )
    assert "no conversation is open" in told
    assert "Undone" in told
    with desk.session() as sato:
        row = sato.conversations.summary(number)
        assert (row.status, row.assignee_name, row.labels) == (Status.NEW, "佐藤", ("急ぎ",))
        assert any("倉庫に確認" in one.text for one in sato.conversations.get(number).messages)
    assert "x is no state" in told


def test_a_colleagues_claim_is_told_and_taken_over_with_a_reason(desk: SmallDesk) -> None:
    """Who replies, since when; who may takes it over; a draft of mine cannot be sent without the claim."""
    number = desk.mail()
    with desk.session("suzuki") as suzuki:
        suzuki.claims.take(number)
        told = talk(desk, "tab replying", "1", "reply", "takeover 急ぎのため", "send")
        assert "鈴木 has been replying since" in told
        assert "no reply is being written" in told
        told = talk(desk, f"T #{number} 休憩のため", login="takahashi")
        assert f"You have the claim of #{number}" in told


def test_next_claims_the_best_and_skip_gives_it_back(desk: SmallDesk) -> None:
    """As the queue of the app does."""
    first = desk.mail("一通目")
    second = desk.mail("二通目")
    told = talk(desk, "next", "skip 専門外", "skip")
    assert f"You have the claim of #{first}" in told
    assert f"You have the claim of #{second}" in told
    with desk.session() as sato:
        assert sato.conversations.summary(first).claim is None


def test_next_tells_what_is_left_to_colleagues(desk: SmallDesk) -> None:
    """It is not taken; how many there are is said."""
    number = desk.mail()
    with desk.session("suzuki") as suzuki:
        suzuki.triage.assign([number], suzuki.me.id)
    assert "all that is free in this view is assigned to colleagues (1)" in talk(desk, "next")


def test_approval_is_read_out_before_it_is_given(desk: SmallDesk) -> None:
    """The supervisor hears the text and says y; without y nothing leaves."""
    number = desk.mail()
    with desk.session("suzuki") as suzuki:
        begun = suzuki.replies.begin(number)
        draft = suzuki.replies.save(put_in(begun.draft, "承ります。"))  # type: ignore[union-attr]
        suzuki.replies.submit(
            begun.claim,  # type: ignore[union-attr]
            draft,
            seen_version=begun.claim.version,  # type: ignore[union-attr]
            request_id="1",
            approval=True,
        )
    told = talk(desk, "tab approval", "1", "y", "n", "y", "y", login="takahashi")
    assert "A reply of 鈴木 waits" in told
    assert "Not approved" in told
    assert f"#{number} is approved and leaves" in told


def test_a_claim_is_renewed_and_given_up_when_nobody_types(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread keeps what is held; after the idle limit it lets go and says so with the next line."""
    number = desk.mail()
    locale.use("en")
    out = io.StringIO()
    with desk.session() as sato:
        session = Session(sato, Lines(io.StringIO(""), out))
        claim = sato.claims.take(number).claim  # type: ignore[union-attr]
        session.keeper.hold(claim)
        session.keeper.renew()
        kept = session.keeper.of(number)
        assert kept is not None
        assert kept.expires_at >= claim.expires_at
        later = IDLE_LIMIT.total_seconds() + session.keeper._last_line
        monkeypatch.setattr("maildesk.plain.keeping.boottime", lambda: later)
        with session.keeper.in_editor():
            session.keeper.renew()
        assert session.keeper.of(number) is not None
        session.keeper._last_line = later - IDLE_LIMIT.total_seconds()
        session.keeper.renew()
        assert sato.conversations.summary(number).claim is None
        session.run()
    assert f"Nothing was typed: the claim of #{number}" in out.getvalue()
    locale.use("ja")


@pytest.mark.slow
def test_in_a_pipe_as_a_process(maildesk: CommandLine, desk: SmallDesk) -> None:
    """``maildesk --plain`` and ``maildesk plain``, Japanese, no escape sequence, and the end of the input ends it."""
    number = desk.mail("サイズ交換のお願い")
    environ = maildesk.environ | {"MAILDESK_SYNC__EMBEDDED": "false", "TERM": "dumb"}
    done = run_process("--plain", environ=environ, stdin="タブ一覧\n１\n完了\n取り消し\n終了\n".encode())
    assert done.code == 0, done.err
    assert f"#{number}" in done.out
    assert "1. 新着: 1" in done.out
    assert "元に戻しました" in done.out
    assert "\x1b" not in done.out + done.err
    assert run_process("plain", "--lang", "en", environ=environ).out.startswith("maildesk, line by line")


def test_the_linear_mode_imports_no_textual() -> None:
    """It starts as quickly as a command."""
    import subprocess
    import sys

    code = "import sys, maildesk.plain; sys.exit('textual' in sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode == 0


def test_a_mail_is_passed_on(desk: SmallDesk) -> None:
    """To whom is asked where it is not said; it is sent like a reply, taken back, and answers nobody."""
    number = desk.mail("荷物が届きません", "追跡番号は 1234 です。", files=[("label.pdf", b"%PDF")])
    told = talk(
        desk,
        f"#{number}",
        "f",
        "運送 <carrier@delivery.example>",
        "to 別の運送 <other@delivery.example>",
        "write",
        "ご確認ください。",
        ".",
        "draft all",
        "send",
        "y",
        "quit",
    )
    assert "別の運送 <other@delivery.example>" in told
    assert "label.pdf" in told
    assert "1234" in told
    with desk.session() as sato:
        (item,) = sato.outbox.items()
        assert (item.kind, item.conversation_id) == ("forward", number)
        row = sato.conversations.summary(number)
        assert (row.claim, row.status, row.answered) == (None, Status.NEW, False)


def test_what_was_passed_on_is_taken_back_and_kept(desk: SmallDesk) -> None:
    """undo while it is held; leaving it keeps a draft and gives the claim back; nobody is written to by mistake."""
    number = desk.mail("荷物が届きません")
    told = talk(
        desk,
        f"#{number}",
        "pass carrier@delivery.example ask",
        "send",
        "y",
        "undo",
        "f nobody",
        "reply",
        "to x@y.example",
    )
    assert "nobody" in told
    assert "a reply goes to those who wrote" in told
    with desk.session() as sato:
        assert [one.state for one in sato.outbox.items()] == [OutboxState.CANCELLED]
        assert sato.conversations.summary(number).claim is None
        assert sato.conversations.summary(number).status is Status.NEW
        assert len(sato.drafts.mine()) == 1
    talk(desk, f"#{number}", "f carrier@delivery.example", "keep")
    with desk.session() as sato:
        assert sato.conversations.summary(number).claim is None


def test_a_customer_is_written_to_first(desk: SmallDesk) -> None:
    """Shop, address and subject are asked for; a shop that there is not is said."""
    told = talk(
        desk,
        "C",
        "nowhere",
        "new",
        "自社",
        "山田 <hanako@customer.example>",
        "入荷のお知らせ",
        "write",
        "入荷しました。",
        ".",
        "send",
        "y",
    )
    assert "nowhere" in told
    with desk.session() as sato:
        (item,) = sato.outbox.items()
        assert (item.subject, [one.address for one in item.recipients]) == (
            "入荷のお知らせ",
            ["hanako@customer.example"],
        )


def test_what_was_typed_while_the_store_was_away_is_not_lost(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays with the reply and is kept as soon as the store is there again."""
    number = desk.mail()
    away = [True]

    def save(self: Replies, draft: Draft) -> Draft:
        if away.pop():
            away.append(False)
            raise StoreError("store_unreachable", where="shop", reason="-")
        away.append(False)
        return kept(self, draft)

    kept = Replies.save
    monkeypatch.setattr(Replies, "save", save)
    talk(desk, f"#{number}", "reply", "write", "明日お送りします。", ".")
    with desk.session() as sato:
        draft = sato.drafts.of(number)
        assert draft is not None
        assert "明日お送りします。" in draft.body


def test_a_comment_that_the_store_did_not_take_is_said_once_more(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody writes his lines twice."""
    number = desk.mail()
    away = [True]

    def add(self: Comments, conversation_id: int, text: str) -> Message:
        if away:
            away.pop()
            raise StoreError("store_unreachable", where="shop", reason="-")
        return added(self, conversation_id, text)

    added = Comments.add
    monkeypatch.setattr(Comments, "add", add)
    told = talk(desk, f"#{number}", "comment", "在庫を確認中", ".", "comment", "quit")
    assert "your comment is still here" in told
    with desk.session() as sato:
        texts = [one.text for one in sato.conversations.get(number).messages]
    assert texts.count("在庫を確認中") == 1
