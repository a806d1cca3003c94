"""claim, release, takeover, reply, comment, assign, status, label, snooze, outbox: results and exit codes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maildesk.domain.claim import Claimed
from maildesk.domain.outbox import EvidenceKind, Step
from maildesk.store import outbox
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_claim_is_kept_when_the_command_ends_and_seen_by_others(
    maildesk: CommandLine, desk: SmallDesk
) -> None:
    number = str(desk.mail())
    claimed = maildesk("claim", number, "--json")
    assert (claimed.code, claimed.row["result"]) == (0, "claimed")
    held = maildesk("--as", "suzuki", "claim", number, "--json")
    assert (held.code, held.row["result"], held.row["by"]) == (6, "held", "sato")
    row = maildesk("list", "--json").row
    assert (row["status"], row["stored_status"], row["claim"]["agent"]) == ("replying", "new", "sato")
    assert maildesk("list", "--tab", "replying", "--json").row["number"] == int(number)


def test_the_loser_reads_who_replies_and_since_when(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    maildesk("claim", number)
    japanese = maildesk("--as", "suzuki", "claim", number, lang="ja")
    assert "佐藤さんが返信対応中です(" in japanese.err
    assert "佐藤 is replying" in maildesk("--as", "suzuki", "claim", number).err


def test_release_gives_back_only_my_own(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    maildesk("claim", number)
    assert maildesk("--as", "suzuki", "release", number, "--json").code == 6
    released = maildesk("release", number, "--json")
    assert (released.code, released.row["result"]) == (0, "released")
    assert maildesk("--as", "suzuki", "claim", number).code == 0
    assert maildesk("release", number).code == 6


def test_release_of_what_nobody_holds_is_no_error(maildesk: CommandLine, desk: SmallDesk) -> None:
    assert maildesk("release", str(desk.mail())).code == 0


def test_takeover_needs_the_right_and_a_reason(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    maildesk("claim", number)
    assert maildesk("--as", "suzuki", "takeover", number, "--reason", "急ぎ").code == 8
    assert maildesk("--as", "takahashi", "takeover", number).code == 2
    assert maildesk("--as", "takahashi", "takeover", number, "--reason", " ").code == 2
    taken = maildesk("--as", "takahashi", "takeover", number, "--reason", "急ぎ", "--json")
    assert (taken.code, taken.row["result"]) == (0, "claimed")
    assert maildesk("list", "--json").row["claim"]["agent"] == "takahashi"


# ---- reply


def test_a_reply_that_is_sent_is_queued_at_once_and_the_claim_given_back(
    maildesk: CommandLine, desk: SmallDesk
) -> None:
    number = str(desk.mail("サイズ交換", "LをMに"))
    ran = maildesk("reply", number, "--body", "-", "--send", "--json", stdin="山田 花子 様\n承りました。\n")
    assert (ran.code, ran.row["result"]) == (0, "queued")
    (item,) = maildesk("outbox", "--json").rows
    assert item["message_id"] == ran.row["message_id"]
    assert item["recipients"] == ["hanako@customer.example"]
    assert datetime.fromisoformat(item["not_before"]) <= datetime.now(UTC)
    row = maildesk("list", "--json").row
    assert (row["status"], row["claim"]) == ("done", None)


def test_a_reply_can_wait_before_it_leaves(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    ran = maildesk("reply", number, "--body", "-", "--send", "--hold", "300", "--json", stdin="承りました。")
    assert datetime.fromisoformat(ran.row["not_before"]) > datetime.now(UTC) + timedelta(seconds=200)


def test_the_same_request_is_queued_once(maildesk: CommandLine, desk: SmallDesk) -> None:
    number, request = str(desk.mail()), str(uuid.uuid4())
    words = ("reply", number, "--body", "-", "--send", "--json", "--request-id", request)
    first, again = maildesk(*words, stdin="承りました。"), maildesk(*words, stdin="承りました。")
    assert (first.row["result"], again.row["result"], again.code) == ("queued", "already", 0)
    assert first.row["outbox"] == again.row["outbox"]
    assert len(maildesk("outbox", "--json").rows) == 1


def test_a_second_answer_to_one_turn_is_refused_and_kept_as_a_draft(
    maildesk: CommandLine, desk: SmallDesk
) -> None:
    number = str(desk.mail())
    version = str(maildesk("list", "--json").row["version"])
    maildesk("reply", number, "--body", "-", "--send", stdin="一通目")
    second = maildesk(
        "--as",
        "suzuki",
        "reply",
        number,
        "--body",
        "-",
        "--send",
        "--json",
        "--expect-version",
        version,
        stdin="二通目",
    )
    assert (second.code, second.row["result"]) == (6, "already_answered")
    assert len(maildesk("outbox", "--json").rows) == 1
    with desk.session("suzuki") as suzuki:
        draft = suzuki.drafts.of(int(number))
    assert draft is not None
    assert "二通目" in draft.body
    follow_up = maildesk("--as", "suzuki", "reply", number, "--send", "--follow-up", "--json")
    assert follow_up.row["result"] == "queued"


def test_news_since_the_expected_version_stop_the_reply(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = desk.mail("一通目")
    shown = maildesk("show", str(number), "--json").row
    desk.mail("Re: 一通目", "追伸です", answers=shown["messages"][0]["message_id"])
    ran = maildesk(
        "reply",
        str(number),
        "--body",
        "-",
        "--send",
        "--json",
        "--expect-version",
        str(shown["version"]),
        stdin="承りました。",
    )
    assert (ran.code, ran.row["result"]) == (6, "stale_view")
    assert ran.row["version"] > shown["version"]
    assert maildesk("list", "--json").row["claim"] is None


def test_a_reply_to_what_somebody_else_answers_is_held(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    maildesk("--as", "suzuki", "claim", number)
    for how in ("--send", "--draft"):
        ran = maildesk("reply", number, "--body", "-", how, "--json", stdin="承りました。")
        assert (ran.code, ran.row["result"], ran.row["by"]) == (6, "held", "suzuki")
        assert (ran.row["outbox"], ran.row["message_id"]) == (None, None)


def test_a_draft_gives_the_claim_back_unless_it_was_mine_before(
    maildesk: CommandLine, desk: SmallDesk
) -> None:
    number = str(desk.mail())
    drafted = maildesk("reply", number, "--body", "-", "--draft", "--json", stdin="書きかけ")
    assert (drafted.code, drafted.row["result"]) == (0, "drafted")
    assert maildesk("list", "--json").row["claim"] is None
    maildesk("claim", number)
    maildesk("reply", number, "--body", "-", "--draft", "--replace-draft", stdin="書きかけ 2")
    assert maildesk("list", "--json").row["claim"]["agent"] == "sato"
    assert maildesk("reply", number, "--send", "--json").row["result"] == "queued"


def test_text_on_the_command_line_overwrites_no_draft(maildesk: CommandLine, desk: SmallDesk) -> None:
    """The same text again is no other; another is refused unless the draft is to be replaced, and even then it can be
    brought back."""
    number = desk.mail()
    write = ("reply", str(number), "--body", "-", "--draft")
    assert [maildesk(*write, stdin="一度目").code for _ in range(2)] == [0, 0]
    refused = maildesk(*write, stdin="二度目")
    assert refused.code == 1
    assert "--replace-draft" in refused.err
    with desk.session() as sato:
        kept = sato.drafts.of(number)
        assert kept is not None
        assert kept.body.startswith("一度目")
    assert maildesk("list", "--json").row["claim"] is None
    assert maildesk(*write, "--replace-draft", stdin="二度目").code == 0
    with desk.session() as sato:
        draft = sato.drafts.of(number)
    assert draft is not None
    assert "二度目" in draft.body
    assert "一度目" not in draft.body
    assert "楽天市場店 カスタマーサポート" in draft.body


def test_a_reply_leaves_at_a_time(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Times as people say them; meanwhile the turn is kept, and the author takes it back."""
    number = str(desk.mail())
    queued = maildesk(
        "reply", number, "--body", "-", "--send", "--at", "明日 9:00", "--json", stdin="承りました。"
    )
    assert (queued.row["result"], queued.row["held"]) == ("queued", False)
    with desk.session() as sato:
        at = sato.outbox.scheduled()[0].not_before
        assert 0 < (at - sato.now()).total_seconds() < 2 * 86400
    for words in (("claim", number), ("reply", number, "--draft")):
        ran = maildesk("--as", "suzuki", *words, "--json")
        assert (ran.code, ran.row["result"], ran.row["reason"]) == (6, "waiting", "time")
    assert "佐藤" in maildesk("--as", "suzuki", "claim", number).err
    back = maildesk("recall", str(queued.row["outbox"]), "--json")
    assert (back.code, back.row["result"]) == (0, "recalled")
    assert maildesk("list", "--json").row["claim"] is None
    assert maildesk("reply", number, "--send", "--at", "yesterday").code == 2


def test_approving_on_the_command_line(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Listed, read, approved for exactly the text that was read; or given back, and then among the stopped replies."""
    first, second = str(desk.mail()), str(desk.mail())
    for number in (first, second):
        asked = maildesk(
            "reply", number, "--body", "-", "--send", "--approval", "--json", stdin="承りました。"
        )
        assert asked.row["held"] is True
    one, two = (str(row["outbox"]) for row in maildesk("approve", "--json").rows)
    assert maildesk("approve", one, "--yes").code == 8, "佐藤 may not, and it is his own"
    boss = ("--as", "takahashi")
    shown = maildesk(*boss, "approve", one, "--show", "--json").row
    assert "承りました" in shown["text"]
    assert maildesk(*boss, "approve", one).code == 2, "nobody can answer the question"
    other = maildesk(*boss, "approve", one, "--sha256", "0" * 64, "--json")
    assert (other.code, other.row["result"]) == (6, "text_changed")
    done = maildesk(*boss, "approve", one, "--sha256", shown["sha256"], "--json")
    assert (done.code, done.row["result"]) == (0, "approved")
    assert (
        maildesk(*boss, "return", two, "--note", "宛名を直してください", "--json").row["result"] == "returned"
    )
    line = maildesk("stopped", "--json").row
    assert (line["reason"], line["why"], line["outbox"]) == ("returned", "宛名を直してください", int(two))
    assert "差し戻し" in maildesk("stopped", lang="ja").out
    assert maildesk("--as", "suzuki", "stopped", "--json").rows == []


def test_what_new_mail_stopped_is_sent_anyway(maildesk: CommandLine, desk: SmallDesk) -> None:
    """``stopped --send``."""
    number = desk.mail("一通目")
    queued = maildesk(
        "reply", str(number), "--body", "-", "--send", "--at", "+1d", "--json", stdin="承りました。"
    )
    first = maildesk("show", str(number), "--json").row["messages"][0]["message_id"]
    desk.mail("Re: 一通目", "追伸です", answers=first)
    assert maildesk("stopped", "--json").row["reason"] == "new-mail"
    outbox = str(queued.row["outbox"])
    assert maildesk("stopped", "--send", outbox, "--json").row["result"] == "queued"
    assert maildesk("stopped", "--send", outbox).code == 1


@pytest.mark.parametrize(
    "words", [("claim", "-"), ("show", "-"), ("release", "-"), ("comment", "-", "確認中")]
)
def test_an_unknown_number_does_not_end_a_list_of_them(
    maildesk: CommandLine, desk: SmallDesk, words: tuple[str, ...]
) -> None:
    """The others are done, it is told, and the exit code says so."""
    numbers = [desk.mail(), desk.mail()]
    ran = maildesk(*words, "--json", stdin=f"{numbers[0]}\n4711\n{numbers[1]}\n")
    assert (ran.code, "4711" in ran.err, len(ran.out.splitlines())) == (7, True, 2)


@pytest.mark.parametrize("label", ["+二行\nの名前", f"+{'長' * 61}", "+a\u202eb"])
def test_a_label_is_a_short_line(maildesk: CommandLine, desk: SmallDesk, label: str) -> None:
    """Others are refused with what a label may be."""
    ran = maildesk("label", str(desk.mail()), label)
    assert (ran.code, "60" in ran.err) == (1, True)


def test_a_template_with_a_gap_is_drafted_but_not_sent(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail("いつ届きますか"))
    refused = maildesk("reply", number, "--template", "到着予定", "--send", "--json")
    assert refused.code == 1
    assert "到着予定日" in refused.err
    assert maildesk("list", "--json").row["claim"] is None
    drafted = maildesk("reply", number, "--template", "到着予定", "--draft", "--json")
    assert drafted.row["gaps"] == ["到着予定日"]
    sent = maildesk(
        "reply",
        number,
        "--template",
        "到着予定",
        "--set",
        "到着予定日=2026-11-25",
        "--replace-draft",
        "--send",
        "--json",
    )
    assert sent.row["result"] == "queued"


def test_files_are_attached(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    label = tmp_path / "返送ラベル.pdf"
    label.write_bytes(b"%PDF-1.4")
    number = desk.mail()
    maildesk("reply", str(number), "--body", "-", "--attach", str(label), "--draft", stdin="添付します。")
    with desk.session() as sato:
        draft = sato.drafts.of(number)
    assert draft is not None
    assert [(f.name, f.content_type, f.size) for f in draft.files] == [
        ("返送ラベル.pdf", "application/pdf", 8)
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--send", "--template", "ない"], 7),
        (["--send", "--body", "/nowhere/x"], 1),
        (["--send", "--set", "x"], 2),
        (["--send", "--request-id", "x"], 2),
        (["--send", "--hold", "-1"], 2),
        (["--send", "--draft"], 2),
        ([], 2),
    ],
)
def test_a_reply_that_cannot_be_takes_no_claim(
    maildesk: CommandLine, desk: SmallDesk, words: list[str], code: int
) -> None:
    number = str(desk.mail())
    ran = maildesk("reply", number, *words)
    assert (ran.code, ran.out) == (code, "")
    assert maildesk("list", "--json").row["claim"] is None


# ---- triage


def test_acts_print_the_conversation_as_it_is_now(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    assert maildesk("assign", number, "鈴木", "--json").row["assignee"] == "suzuki"
    assert maildesk("assign", number, "me", "--json").row["assignee"] == "sato"
    assert maildesk("assign", number, "none", "--json").row["assignee"] is None
    assert maildesk("status", number, "対応完了", "--json").row["status"] == "done"
    assert maildesk("status", number, "new", "--json").row["status"] == "new"
    assert maildesk("label", number, "+急ぎ", "+vip", "--json").row["labels"] == ["vip", "急ぎ"]
    assert maildesk("label", number, "-急ぎ", "-vip", "+h", "--json").row["labels"] == ["h"]
    assert maildesk("label", number, "-h").out.startswith("usage")
    assert maildesk("comment", number, "確認中", "--json").row["messages"] == 1


def test_snooze_waits_until_a_time_or_a_reply(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    waiting = maildesk("snooze", number, "+3d", "--json").row
    assert (waiting["status"], waiting["waiting"]["reason"]) == ("waiting", "until")
    until = datetime.fromisoformat(waiting["waiting"]["until"])
    assert timedelta(days=2.9) < until - datetime.now(UTC) < timedelta(days=3.1)
    assert maildesk("snooze", number, "until-reply", "--json").row["waiting"] == {
        "reason": "customer",
        "until": None,
    }
    assert maildesk("snooze", number, "いつか").code == 2


def test_a_state_is_not_changed_under_somebody_who_replies(maildesk: CommandLine, desk: SmallDesk) -> None:
    free, held = desk.mail("一"), desk.mail("二")
    maildesk("--as", "suzuki", "claim", str(held))
    ran = maildesk("status", "-", "done", "--json", stdin=f"{free}\n{held}\n")
    assert (ran.code, [row["number"] for row in ran.rows]) == (6, [free])
    assert "鈴木" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "9999"], 7),
        (["claim", "9999"], 7),
        (["comment", "9999", "x"], 7),
        (["status", "9999", "done"], 7),
        (["reply", "9999", "--send"], 7),
        (["show", "abc"], 2),
        (["status", "1001", "replying"], 2),
        (["assign", "1001", "誰か"], 7),
        (["label", "1001", "急ぎ"], 2),
        (["comment", "1001", "  "], 1),
        (["list", "--tab", "x"], 2),
        (["list", "--limit", "0"], 2),
        (["list", "--mailbox", "x"], 7),
        (["outbox", "--cancel", "1"], 2),
        (["outbox", "--cancel", "1", "--yes"], 7),
        (["template", "show", "x"], 7),
        (["frobnicate"], 2),
        (["list", "--frobnicate"], 2),
        (["--as", "nobody", "list"], 7),
        (["--store", "mysql://x/y", "list"], 3),
        (["--config", "/nowhere.toml", "list"], 3),
        (["config", "get", "ui.colour"], 2),
    ],
)
def test_each_failure_has_its_exit_code_and_words_in_both_languages(
    maildesk: CommandLine, desk: SmallDesk, words: list[str], code: int
) -> None:
    desk.mail()
    for language in ("ja", "en"):
        ran = maildesk(*words, lang=language)
        assert (ran.code, ran.out) == (code, "")
        assert ran.err.startswith("maildesk: ")
        assert "Traceback" not in ran.err


# ---- the outbox


def test_the_outbox_by_state_and_a_reply_taken_back(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    queued = maildesk("reply", number, "--body", "-", "--send", "--json", stdin="承りました。").row
    assert [item["outbox"] for item in maildesk("outbox", "--state", "queued", "--json").rows] == [
        queued["outbox"]
    ]
    assert maildesk("outbox", "--state", "sent", "--json").rows == []
    assert (
        maildesk("outbox", "--cancel", str(queued["outbox"]), "--yes", "--json").row["state"] == "cancelled"
    )
    assert maildesk("outbox", "--mark-sent", str(queued["outbox"]), "--yes").code == 1


def test_one_item_with_its_log_and_its_evidence(maildesk: CommandLine, desk: SmallDesk) -> None:
    """What a person reads before deciding; a retry only ends a pause that is there."""
    number = str(desk.mail())
    queued = str(
        maildesk("reply", number, "--body", "-", "--send", "--json", stdin="承りました。").row["outbox"]
    )
    shown = maildesk("outbox", "show", queued, "--json").row
    assert [event["what"] for event in shown["attempts"]] == ["queued"]
    assert (shown["evidence"], shown["bounced"]) == ([], False)
    assert maildesk("outbox", "retry", queued).code == 1
    with desk.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        assert outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        outbox.finish(tx, picked.id, picked.attempt, Step.TRY_LATER, "451 4.3.0 later")
    assert maildesk("outbox", "retry", queued, "--json").row["state"] == "queued"
    with desk.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        assert outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        outbox.finish(tx, picked.id, picked.attempt, Step.NO_ANSWER, "no answer")
        (item,) = outbox.doubtful(tx, picked.mailbox_id, [picked.id])
        outbox.not_found(tx, item, EvidenceKind.SENT_COPY, counts=False, detail="Sent")
        outbox.mark_bounced(tx, picked.id, "failed 5.1.1")
    shown = maildesk("outbox", "show", queued, "--json").row
    assert [(e["kind"], e["found"], e["counts"]) for e in shown["evidence"]] == [("sent-copy", False, False)]
    text = maildesk("outbox", "show", queued, lang="ja").out
    assert "451 4.3.0 later" in text
    assert "送信済みフォルダーに控えがありません" in text
    assert "不達" in text
    assert maildesk("outbox", "show", "99").code == 7


def test_a_claim_of_the_app_is_not_the_command_lines(maildesk: CommandLine, desk: SmallDesk) -> None:
    """The same agent at another session: his own composer must not be undercut."""
    number = desk.mail()
    with desk.session("sato") as app:
        assert isinstance(app.claims.take(number), Claimed)
        ran = maildesk("reply", str(number), "--body", "-", "--send", "--json", stdin="x")
        assert (ran.code, ran.row["result"], ran.row["by"]) == (6, "held", "sato")
        assert maildesk("release", str(number)).code == 0


# ---- what cannot be done is said, and loses nothing


def test_a_reply_without_a_word_of_ours_is_not_sent(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Signature and quotation are no answer."""
    number = str(desk.mail())
    ran = maildesk("reply", number, "--send")
    assert (ran.code, maildesk("outbox", "--json").rows) == (1, [])
    assert maildesk("list", "--json").row["status"] == "new"


def test_a_cancelled_reply_answers_nobody(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Its conversation waits for an answer again, and its text and files are a draft."""
    number, file = str(desk.mail()), desk_file(maildesk)
    sent = maildesk(
        "reply",
        number,
        "--body",
        "-",
        "--attach",
        file,
        "--send",
        "--hold",
        "60",
        "--json",
        stdin="承りました。",
    )
    assert (
        maildesk("outbox", "--cancel", str(sent.row["outbox"]), "--yes", "--json").row["state"] == "cancelled"
    )
    row = maildesk("list", "--json").row
    assert (row["status"], row["answered"]) == ("new", False)
    with desk.session() as sato:
        draft = sato.replies.begin_private(int(number))
    assert "承りました。" in draft.body
    assert [f.name for f in draft.files] == ["a.txt"]


def desk_file(maildesk: CommandLine) -> str:
    """A file to attach."""
    file = maildesk.home / "a.txt"
    file.write_text("x", "utf-8")
    return str(file)


def test_a_request_id_of_another_conversation_is_refused(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Else a script would take the second reply for queued, and the customer would wait for ever."""
    first, second, request = str(desk.mail("一")), str(desk.mail("二")), str(uuid.uuid4())
    words = ("--body", "-", "--request-id", request, "--send", "--json")
    assert maildesk("reply", first, *words, stdin="承りました。").row["result"] == "queued"
    refused = maildesk("reply", second, *words, stdin="承りました。")
    assert (refused.code, refused.out) == (1, "")
    assert f"#{first}" in refused.err


def test_a_request_that_comes_again_leaves_no_draft(maildesk: CommandLine, desk: SmallDesk) -> None:
    """What was queued once is not offered as unsent; other words under the same request are kept."""
    number, request = str(desk.mail()), str(uuid.uuid4())
    words = ("reply", number, "--body", "-", "--request-id", request, "--send", "--json")
    maildesk(*words, stdin="承りました。")
    assert maildesk(*words, stdin="承りました。").row["result"] == "already"
    with desk.session() as sato:
        assert sato.drafts.mine() == ()
    assert maildesk(*words, stdin="やはり違います。").row["result"] == "already"
    with desk.session() as sato:
        assert "やはり違います。" in sato.replies.begin_private(int(number)).body


@pytest.mark.parametrize(
    "words",
    [
        ("comment", "N", "\udcff"),
        ("label", "N", "+\udcff"),
        ("reply", "N", "--draft", "--subject", "\udcff"),
        ("list", "--query", "\udcff"),
        ("outbox", "--limit", "-5"),
        ("outbox", "--mark-sent", "99999999999999999999", "--yes"),
        ("snooze", "N", "9999-12-31 23:59-09:00"),
    ],
)
def test_what_no_store_can_hold_is_a_wrong_word(
    maildesk: CommandLine, desk: SmallDesk, words: tuple[str, ...]
) -> None:
    """Bytes that are no text, numbers that are no number: 2, and a sentence."""
    number = str(desk.mail())
    ran = maildesk(*(number if word == "N" else word for word in words))
    assert (ran.code, "unexpected" in ran.err) == (2, False), ran.err


def test_a_comment_from_a_pipe_is_text(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    assert maildesk("comment", number, "-", stdin="a\0b").code == 2
    assert maildesk("comment", number, "-", stdin="確認中\r\nです").code == 0
    assert maildesk("show", number, "--json").row["messages"][-1]["text"] == "確認中\nです"


def test_a_number_beyond_all_is_not_found(maildesk: CommandLine) -> None:
    """On PostgreSQL it would be out of range."""
    assert maildesk("show", "9999999999").code == 7


def test_a_queued_reply_that_nothing_can_send_says_so(maildesk: CommandLine, desk: SmallDesk) -> None:
    """The review's warnings, for who has no review: this shop has no outgoing server."""
    ran = maildesk("reply", str(desk.mail()), "--body", "-", "--send", "--json", stdin="承りました。")
    assert (ran.code, ran.row["result"], "no outgoing server" in ran.err) == (0, "queued", True), ran.err
