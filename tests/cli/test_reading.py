"""list, counts, show, search, parse, import: what is printed, and that nothing is changed by looking."""

from __future__ import annotations

import json
import mailbox
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk, message

HOSTILE = "\x1b]0;title\x07\x1b[31mred\x9b32m \u202eevil\u200b [/] {x} %s"


def test_list_prints_a_json_line_for_each_conversation(maildesk: CommandLine, desk: SmallDesk) -> None:
    first = desk.mail("一通目", box="自社サイト")
    second = desk.mail("二通目", sender="佐々木 <sasaki@customer.example>", files=[("傷.jpg", b"x")])
    rows = maildesk("list", "--json").rows
    assert [row["number"] for row in rows] == [second, first]
    assert rows[0]["customer"] == {"name": "佐々木", "address": "sasaki@customer.example"}
    assert rows[0]["attachments"] == 1
    assert rows[0]["unread"] is True
    assert rows[1]["mailbox"] == "自社サイト"
    assert rows[1]["status"] == "new"


def test_looking_marks_nothing_as_seen(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = desk.mail()
    before = maildesk("show", str(number), "--json").row
    assert before == maildesk("show", str(number), "--json").row
    assert before["unread"] is True


def test_list_by_tab_query_mailbox_and_assignee(maildesk: CommandLine, desk: SmallDesk) -> None:
    done, other = desk.mail("サイズ"), desk.mail("返品", box="自社サイト")
    maildesk("status", str(done), "done")
    maildesk("assign", str(other), "me")

    def numbers(*words: str) -> list[int]:
        return [row["number"] for row in maildesk("list", "--json", *words).rows]

    assert numbers("--tab", "done") == [done]
    assert numbers("--tab", "new") == [other]
    assert numbers("--query", "返品") == [other]
    assert numbers("--query", "status:done") == [done]
    assert numbers("--mailbox", "自社サイト") == [other]
    assert numbers("--mailbox", "info@shop.example") == [other]
    assert numbers("--mine") == [other]


def test_list_goes_on_after_a_cursor_until_every_row_was_seen_once(
    maildesk: CommandLine, desk: SmallDesk
) -> None:
    made = [desk.mail(f"{n} 通目") for n in range(5)]
    seen: list[int] = []
    words = ["list", "--json", "--limit", "2"]
    more: list[str] = []
    while True:
        rows = maildesk(*words, *more).rows
        seen += [row["number"] for row in rows]
        assert [row["cursor"] for row in rows[:-1]] == [None] * (len(rows) - 1)
        if (cursor := rows[-1]["cursor"]) is None:
            break
        more = ["--after", cursor]
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwxXQ", "WzEsMiwzXQ", "bnVsbA", "W3RydWUsMV0"])
def test_a_cursor_that_no_list_gave_is_refused(maildesk: CommandLine, cursor: str) -> None:
    ran = maildesk("list", f"--after={cursor}")
    assert (ran.code, ran.out) == (2, "")
    assert "--after" in ran.err


def test_counts(maildesk: CommandLine, desk: SmallDesk) -> None:
    held, done, _ = desk.mail("一"), desk.mail("二"), desk.mail("三", box="自社サイト")
    maildesk("claim", str(held))
    maildesk("status", str(done), "done")
    counts = maildesk("counts", "--json").row
    assert counts == {
        "new": 1, "replying": 1, "approval": 0, "waiting": 0, "done": 1, "all": 3, "spam": 0, "trash": 0
    }  # fmt: skip
    assert maildesk("counts", "--json", "--mailbox", "自社").row["all"] == 1


def test_show_has_the_messages_and_the_events(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = desk.mail("到着日", "いつ届きますか。", files=[("注文書.pdf", b"%PDF")])
    maildesk("comment", str(number), "倉庫に確認中")
    shown = maildesk("show", f"#{number}", "--json").row
    incoming, comment = shown["messages"]
    assert incoming["kind"] == "in"
    assert incoming["text"].strip() == "いつ届きますか。"
    assert incoming["attachments"][0]["name"] == "注文書.pdf"
    assert incoming["message_id"].endswith("@customer.example>")
    assert (comment["kind"], comment["author"], comment["text"]) == ("comment", "佐藤", "倉庫に確認中")
    assert [event["what"] for event in shown["events"]] == ["received", "commented"]


def test_show_raw_gives_the_bytes_as_they_came(maildesk: CommandLine, desk: SmallDesk) -> None:
    mail = message("原文", "そのまま").as_bytes()
    number = desk.raw(mail)
    (incoming,) = maildesk("show", str(number), "--json").row["messages"]
    assert maildesk("show", str(number), "--raw", str(incoming["id"])).out.encode() == mail
    assert maildesk("show", str(number), "--raw", "999").code == 7


def test_several_numbers_come_from_standard_input(maildesk: CommandLine, desk: SmallDesk) -> None:
    numbers = [desk.mail("一"), desk.mail("二")]
    given = "".join(f"#{number}\n" for number in numbers)
    assert [row["number"] for row in maildesk("show", "-", "--json", stdin=given).rows] == numbers


def test_search_finds_words_and_shows_where(maildesk: CommandLine, desk: SmallDesk) -> None:
    desk.mail("別件", "関係のない話です。")
    number = desk.mail(
        "お問い合わせ", "先日の注文について。" + "あ" * 200 + "サイズをMからLへ交換できますか。" + "い" * 200
    )
    row = maildesk("search", "交換", "--json").row
    assert row["number"] == number
    assert "交換" in row["snippet"]
    assert len(row["snippet"]) < 120
    assert maildesk("search", "存在しない語").out == ""


def test_hostile_mail_prints_no_escape_sequence(maildesk: CommandLine, desk: SmallDesk) -> None:
    """For people controls become pictures; in JSON they are escaped and read back as they were."""
    mail = message(
        "x", HOSTILE, sender="=?utf-8?q?=1B=5B31mEvil=C2=9B?= <evil@customer.example>"
    ).as_bytes().replace(b"Subject: x", b"Subject: =?utf-8?q?=1B=5D0=3Bpwned=07=E2=80=AE?=")  # fmt: skip
    number = str(desk.raw(mail))
    for words in (["list"], ["show", number], ["search", "red"], ["show", number, "--full"]):
        out = maildesk(*words).out
        assert not set(out) & set("\x1b\x07\x9b\u202e\u200b")
    printed = maildesk("show", number, "--json")
    assert not [
        c
        for c in printed.out
        if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b")
    ]
    assert "\x1b[31mred\x9b32m \u202eevil\u200b" in printed.row["messages"][0]["text"]


def test_parse_reads_files_mboxes_and_folders_without_a_store(bare: CommandLine, tmp_path: Path) -> None:
    one = tmp_path / "one.eml"
    one.write_bytes(message("一通", "本文").as_bytes())
    box = mailbox.mbox(tmp_path / "box")
    for name in ("a", "b"):
        box.add(message(name, "mbox").as_bytes())
    box.close()
    ran = bare("parse", "--json", str(one), str(tmp_path / "box"))
    assert [row["subject"] for row in ran.rows] == ["一通", "a", "b"]
    assert ran.rows[0]["from"] == {"name": "山田 花子", "address": "hanako@customer.example"}
    assert not (bare.home / ".local").exists() or not list((bare.home / ".local").rglob("*.db"))


def test_parse_goes_on_after_a_file_that_is_not_there(bare: CommandLine, tmp_path: Path) -> None:
    one = tmp_path / "one.eml"
    one.write_bytes(message("一通", "本文").as_bytes())
    ran = bare("parse", "--json", str(tmp_path / "none.eml"), str(one))
    assert (ran.code, len(ran.rows)) == (1, 1)
    assert "none.eml" in ran.err


def test_import_takes_mail_in_once(maildesk: CommandLine, tmp_path: Path) -> None:
    one = tmp_path / "one.eml"
    one.write_bytes(message("取り込み", "本文").as_bytes())
    first = maildesk("import", "--json", str(one), "--mailbox", "楽天市場店")
    again = maildesk("import", "--json", str(one), "--mailbox", "楽天市場店")
    assert (first.row["result"], again.row["result"]) == ("stored", "duplicate")
    assert first.row["conversation"] == again.row["conversation"]
    assert "1 stored" in first.err
    assert maildesk("list", "--json").row["subject"] == "取り込み"


def test_import_keeps_what_nobody_can_read(maildesk: CommandLine, tmp_path: Path) -> None:
    broken = tmp_path / "broken.eml"
    broken.write_bytes(b"\x00\x01\x02" * 50)
    ran = maildesk("import", "--json", str(broken), "--mailbox", "rakuten@shop.example")
    assert (ran.code, ran.row["result"]) == (0, "quarantined")
    shown = maildesk("show", str(ran.row["conversation"]), "--json").row
    assert shown["messages"][0]["quarantined"] is True


def test_json_is_one_object_per_line(maildesk: CommandLine, desk: SmallDesk) -> None:
    desk.mail("件名", "一\n二\u2028三")
    out = maildesk("show", "1001", "--json").out
    assert out.count("\n") == 1
    assert json.loads(out)["number"] == 1001


def test_related_says_why(maildesk: CommandLine, desk: SmallDesk) -> None:
    """A line each for people, the reasons as words of a program in JSON; nothing is no error, a wrong number is."""
    order = "503-1234567-1234567"
    one = desk.mail("配達", f"注文 {order} はいつ届きますか", sender="甲 <kou@customer.example>")
    two = desk.mail("領収書", f"注文 {order} の領収書", sender="乙 <otsu@customer.example>")
    alone = desk.mail("別件", sender="丙 <hei@customer.example>")
    (row,) = maildesk("related", f"#{one}", "--json").rows
    assert (row["number"], row["reasons"]) == (two, [{"why": "order", "detail": order, "back": False}])
    assert f"同じ注文 {order}" in maildesk("related", str(one), "--lang", "ja").out
    nothing = maildesk("related", str(alone))
    assert (nothing.code, nothing.out) == (0, "")
    assert maildesk("related", "999999").code == 7
