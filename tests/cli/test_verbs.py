"""The verbs that do what the app does with a key: undo, peek, memos, drafts; and what an act only would do."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maildesk.cli.journal import Journal, plain, read
from maildesk.domain.claim import Claimed
from maildesk.domain.outcomes import Before, Begun, Undo
from maildesk.domain.status import StateTab
from maildesk.domain.view import View, ViewUndo
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk

FIELD = "INSERT INTO customer_field (name, label, type, place) VALUES ('rank', 'ランク', 'text', 0)"


def journal(maildesk: CommandLine) -> Path:
    """Where the last acts are."""
    (found,) = maildesk.home.rglob("undo.jsonl")
    return found


# ---- undo


def test_the_last_act_is_taken_back_first(maildesk: CommandLine, desk: SmallDesk) -> None:
    """State, label, mark: one after the other, until nothing is left; an act that changed nothing is none."""
    number = str(desk.mail())
    maildesk("status", number, "waiting")
    maildesk("label", number, "+返品")
    maildesk("follow", number)
    maildesk("follow", number)
    verbs = [row["verb"] for row in maildesk("undo", "--list", "--json").rows]
    assert verbs == ["follow", "label", "status"]
    assert maildesk("undo", "--json").row["verb"] == "follow"
    assert maildesk("undo", "--json").row["conversations"] == [int(number)]
    row = maildesk("show", number, "--json").row
    assert (row["status"], row["labels"]) == ("waiting", [])
    assert f"maildesk status  #{number}" in maildesk("undo").out
    assert maildesk("show", number, "--json").row["status"] == "new"
    nothing = maildesk("undo")
    assert (nothing.code, nothing.out) == (7, "")


def test_what_a_colleague_changed_since_stays(maildesk: CommandLine, desk: SmallDesk) -> None:
    """He is named; --force takes it back all the same, and the act is kept until then."""
    number = desk.mail()
    maildesk("assign", str(number), "suzuki")
    with desk.session("takahashi") as other:
        other.triage.assign([number], other.me.id)
    refused = maildesk("undo", "--json")
    assert (refused.code, refused.row["result"], refused.row["who"]) == (6, "not_undone", "高橋")
    assert "高橋" in maildesk("undo").err
    assert maildesk("undo", "--force").code == 0
    assert maildesk("show", str(number), "--json").row["assignee"] is None


def test_every_kind_of_act_comes_back(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Customers, memos, views, drafts, notes, the chat, and a reply that has not left."""
    one, two = desk.mail(), desk.mail(sender="別人 <other@customer.example>")
    with desk.store.transaction() as tx:
        tx.exec_driver_sql(FIELD)
    memo = str(maildesk("memo", "折り返し", "--conversation", str(one), "--follow-up", "--json").row["memo"])
    maildesk("reply", str(two), "--draft", "--body", "-", stdin="承知しました。")
    note = maildesk("note", "add", "お知らせ", "--json").row["note"]
    maildesk("undo")
    maildesk("view", "save", "返品", "返品")
    acts = [
        ("customer", "set", f"#{one}", "rank=gold"),
        ("customer", "identity", f"#{one}", "phone", "03-1234-5678"),
        ("customer", "merge", f"#{one}", f"#{two}"),
        ("memo", "--change", memo, "--done"),
        ("view", "rename", "返品", "交換"),
        ("view", "delete", "交換"),
        ("drafts", "--discard", str(two)),
        ("chat", "say", "こんにちは"),
        ("merge", str(one), str(two)),
    ]
    for act in acts:
        assert maildesk(*act).code == 0, act
        if act[0] != "view":
            assert maildesk("undo", "--json").row["result"] == "undone", act
    maildesk("undo")
    maildesk("undo")
    assert [row["view"] for row in maildesk("view", "list", "--json").rows] == ["返品"]
    card = maildesk("customer", "show", f"#{one}", "--json").row
    assert (card["fields"], len(card["members"]), len(card["identities"])) == ({}, 1, 1)
    assert maildesk("drafts", "--json").row["conversation"] == two
    assert note not in [row["note"] for row in maildesk("note", "list", "--json").rows]
    sent = maildesk("reply", str(two), "--send", "--hold", "600", "--json").row
    assert maildesk("undo", "--json").row["conversations"] == [two]
    assert maildesk("outbox", "show", str(sent["outbox"]), "--json").row["state"] == "cancelled"
    assert maildesk("drafts", "--json").row["conversation"] == two


def test_undo_can_be_tried(maildesk: CommandLine, desk: SmallDesk) -> None:
    """It says what it would take back, and keeps the act."""
    number = str(desk.mail())
    maildesk("status", number, "waiting")
    tried = maildesk("undo", "--dry-run", "--json")
    assert (tried.code, tried.row["result"]) == (0, "undone")
    assert "nothing was changed" in tried.err
    assert maildesk("show", number, "--json").row["status"] == "waiting"
    assert maildesk("undo").code == 0
    assert maildesk("show", number, "--json").row["status"] == "new"


def test_the_journal_is_private_and_forgives(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """Only for its user; a broken line is passed over; other stores and agents have acts of their own."""
    number = str(desk.mail())
    maildesk("status", number, "waiting")
    file = journal(maildesk)
    assert file.stat().st_mode & 0o077 == 0
    with file.open("a", encoding="utf-8") as lines:
        lines.write(
            '{"who": 1}\nno json\n{"who": ["x", "y"], "verb": "v", "at": "now", "act": {"is": "Path", "of": "/"}}\n'
        )
    assert len(maildesk("undo", "--list", "--json").rows) == 1
    assert maildesk("--as", "suzuki", "undo").code == 7
    other = Journal(file, "sqlite:///elsewhere.db", "sato")
    assert other.entries() == ()
    for n in range(25):
        other.add("status", Undo("status", (Before(n, 1, {"status": "new", "waiting_until": None}),)))
    assert len(other.entries()) == 20
    assert len(maildesk("undo", "--list", "--json").rows) == 1
    nowhere = Journal(tmp_path / "file" / "undo.jsonl", "x", "y")
    (tmp_path / "file").write_text("", "utf-8")
    nowhere.add("status", Undo("status", ()))
    assert nowhere.entries() == ()


def test_what_is_written_down_is_read_back_the_same() -> None:
    """Times, tuples, sets, maps with any keys, views with tabs of the desk's own."""
    now = datetime.now(UTC)
    for value in (
        Undo(
            "moved",
            (Before(1, 2, {"shops": [1], "due_at": now, "x": {3: (1, None)}, "s": frozenset((1, 2))}, now),),
        ),
        ViewUndo(View("a", tab=StateTab("parts")), None),
    ):
        assert read(json.loads(json.dumps(plain(value)))) == value
    with pytest.raises(TypeError):
        plain(Path("/"))


# ---- tried only


@pytest.mark.parametrize(
    "words",
    [
        ("customer", "set", "#{n}", "rank=gold"),
        ("customer", "add", "新規"),
        ("customer", "identity", "#{n}", "phone", "03-1234-5678"),
        ("memo", "電話あり", "--conversation", "{n}"),
        ("view", "save", "返品", "返品"),
        ("claim", "{n}"),
        ("note", "add", "-"),
        ("chat", "say", "-"),
        ("--as", "takahashi", "rules", "set", "-", "--mailbox", "楽天"),
        ("reply", "{n}", "--draft", "--private", "--body", "-"),
        ("reply", "{n}", "--send", "--body", "-"),
        ("outbox", "--cancel", "{o}"),
        ("outbox", "--mark-sent", "{o}"),
        ("recall", "{o}"),
    ],
)
def test_acts_can_be_tried(maildesk: CommandLine, desk: SmallDesk, words: tuple[str, ...]) -> None:
    """They print what they would, by the same rules; nothing of it stays."""
    number, other = desk.mail(), desk.mail(sender="別人 <other@customer.example>")
    with desk.store.transaction() as tx:
        tx.exec_driver_sql(FIELD)
    sent = maildesk("reply", str(other), "--send", "--hold", "600", "--body", "-", "--json", stdin="はい。")
    given = [word.format(n=number, o=sent.row["outbox"]) for word in words]

    def everything() -> list[object]:
        with desk.store.reading() as tx:
            tables = tx.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%words%'"
            )
            names = [name for name in tables.scalars() if not name.startswith("sqlite")]
            return [tx.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in sorted(names)]

    before = everything()
    tried = maildesk(*given, "--dry-run", "--json", stdin="本文です。")
    if "--mark-sent" in words:
        assert tried.code == 1
    else:
        assert tried.code == 0, tried.err
        assert tried.rows
        assert "nothing was changed" in tried.err
    assert [row["verb"] for row in maildesk("undo", "--list", "--json").rows] == ["reply"]
    changed = [(a, b) for a, b in zip(before, everything(), strict=True) if a != b]
    assert changed == []


def test_approving_can_be_tried(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Without asking; what waits goes on waiting."""
    number = desk.mail()
    outbox = str(
        maildesk("reply", str(number), "--send", "--approval", "--body", "-", "--json", stdin="はい。").row[
            "outbox"
        ]
    )
    boss = ("--as", "takahashi")
    for act in (("approve", outbox), ("return", outbox, "--note", "直してください"), ("recall", outbox)):
        ran = maildesk(*(boss if act[0] != "recall" else ()), *act, "--dry-run", "--json")
        assert ran.code == 0, ran.err
        assert maildesk("outbox", "show", outbox, "--json").row["state"] == "held"
    assert maildesk(*boss, "approve", outbox, "--yes").code == 0


# ---- a colleague's draft, the claim


def test_a_colleagues_draft_is_read_by_who_may(maildesk: CommandLine, desk: SmallDesk) -> None:
    """As it is, with who and whether he is at it; an agent without the right is told so; a supervisor may take it."""
    number = desk.mail("サイズ交換のお願い")
    assert maildesk("--as", "takahashi", "peek", str(number)).code == 7
    with desk.session("suzuki") as suzuki:
        suzuki.claims.take(number)
        maildesk(
            "--as",
            "suzuki",
            "reply",
            str(number),
            "--draft",
            "--private",
            "--body",
            "-",
            stdin="書きかけです。",
        )
        row = maildesk("--as", "takahashi", "peek", str(number), "--json").row
        assert (row["author"], row["live"], "書きかけです。" in row["text"]) == ("suzuki", True, True)
        assert maildesk("peek", str(number)).code == 8
    assert maildesk("peek", "4711").code == 7
    assert (
        maildesk("--as", "takahashi", "peek", str(number), "--copy", "suzuki", "--json").row["result"]
        == "drafted"
    )
    assert "書きかけです。" in maildesk("--as", "takahashi", "drafts", "--show", str(number)).out
    assert maildesk("drafts", "--show", str(number)).code == 7


def test_a_private_draft_needs_no_claim_and_is_never_sent(maildesk: CommandLine, desk: SmallDesk) -> None:
    """While a colleague answers; what I wrote before is replaced only where I say so."""
    number = str(desk.mail())
    with desk.session("suzuki") as suzuki:
        suzuki.claims.take(int(number))
        words = ("reply", number, "--draft", "--private", "--body", "-")
        assert maildesk(*words, stdin="一").code == 0
        assert maildesk(*words, stdin="二").code == 1
        assert maildesk(*words, "--replace-draft", stdin="二").code == 0
        assert "二" in maildesk("drafts", "--show", number, "--json").row["text"]
        assert maildesk("reply", number, "--send", "--private").code == 2
        assert suzuki.conversations.summary(int(number)).claim is not None


def test_queueing_for_a_claim(maildesk: CommandLine, desk: SmallDesk) -> None:
    """It is mine the moment a colleague gives it back; without anybody giving it back the wait ends."""
    number = desk.mail()
    with desk.session("suzuki") as suzuki:
        suzuki.claims.take(number)
        assert maildesk("claim", str(number), "--wait", "1", "--json").row["result"] == "held"

        thread = threading.Timer(0.3, lambda: suzuki.claims.release_held(number))
        thread.start()
        ran = maildesk("claim", str(number), "--wait", "30", "--json")
        thread.join()
        assert ran.row["result"] == "claimed"


def test_who_answered_while_one_waited_is_told(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Nothing is left to claim then: 6, and by whom. What waits for its time is waited for, too."""
    one, two = desk.mail(), desk.mail(sender="別人 <other@customer.example>")
    with desk.session("suzuki") as suzuki:
        taken = suzuki.claims.take(one)
        assert isinstance(taken, Claimed)
        begun = suzuki.replies.begin(one)
        assert isinstance(begun, Begun)

        def answer() -> None:
            suzuki.replies.submit(
                begun.claim,
                replace(begun.draft, body="承知しました。"),
                seen_version=begun.claim.version,
                request_id="00000000-0000-4000-8000-000000000001",
            )

        thread = threading.Timer(0.3, answer)
        thread.start()
        ran = maildesk("claim", str(one), "--wait", "30", "--json")
        thread.join()
    assert (ran.code, ran.row["result"], ran.row["by_name"]) == (6, "already_answered", "鈴木")
    later = maildesk(
        "--as", "suzuki", "reply", str(two), "--send", "--at", "+2h", "--body", "-", stdin="はい。"
    )
    assert later.code == 0, later.err
    assert maildesk("claim", str(two), "--wait", "1", "--json").row["result"] == "waiting"


# ---- history, memos


def test_the_history_is_asked_for_as_in_the_app(maildesk: CommandLine, desk: SmallDesk) -> None:
    """By kind, state, shop and words, page by page."""
    first = desk.mail("返品について", "返品したいです。")
    desk.mail("在庫", "在庫はありますか。", box="自社サイト")
    maildesk("status", str(first), "done")

    def asked(*words: str) -> list[int]:
        row = maildesk("customer", "show", f"#{first}", *words, "--kind", "in", "--json").row
        return [entry["conversation"] for entry in row["history"]]

    assert len(asked()) == 2
    assert asked("--state", "done") == asked("--mailbox", "楽天") == asked("--search", "返品") == [first]
    page = maildesk("customer", "show", f"#{first}", "--kind", "in", "--limit", "1", "--json").row
    rest = maildesk("customer", "show", f"#{first}", "--kind", "in", "--after", page["cursor"], "--json").row
    assert page["history"][0]["conversation"] != rest["history"][0]["conversation"]
    assert maildesk("customer", "show", f"#{first}", "--kind", "chat").code == 2


def test_a_memo_changes_its_state(maildesk: CommandLine, desk: SmallDesk) -> None:
    """As ``e`` does in the history; a memo that is not there is said, and which state must be."""
    number = str(desk.mail())
    memo = str(
        maildesk("memo", "折り返し希望", "--conversation", number, "--follow-up", "--json").row["memo"]
    )
    row = maildesk("memo", "--change", memo, "--done", "--json").row
    assert (row["before"], row["state"]) == ("follow-up", "done")
    assert maildesk("memo", "--change", "4711", "--done").code == 7
    assert maildesk("memo", "--change", memo).code == 2
    assert maildesk("memo").code == 2


def test_next_leaves_what_is_a_colleagues(maildesk: CommandLine, desk: SmallDesk) -> None:
    """It takes another one, and says how many are left to others when there is no other one."""
    one, two = desk.mail(), desk.mail()
    maildesk("assign", str(one), "suzuki")
    assert maildesk("next", "--json").row["conversation"] == two
    refused = maildesk("next")
    assert refused.code == 7
    assert "assigned to colleagues (1)" in refused.err
    assert "assigned to colleagues" not in maildesk("next", "--mine").err
