"""customer, call, memo, open: what is printed and how it ends."""

from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_merge_unmerge_and_who_is_told(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Two addresses become one customer and two again; who comes second reads who was first."""
    first = desk.mail(sender="渡邉 美咲 <misaki@customer.example>")
    desk.mail(sender="渡邉 美咲 <misaki@mobile.example>")
    one = maildesk("customer", "show", f"#{first}", "--json").row
    two = maildesk("customer", "show", "misaki@mobile.example", "--json").row
    merged = maildesk("customer", "merge", str(one["customer"]), str(two["customer"]), "--json")
    assert (merged.code, merged.row["members"]) == (0, [one["customer"], two["customer"]])
    shown = maildesk("customer", "show", "misaki@mobile.example", "--json").row
    assert (shown["customer"], shown["total"], len(shown["history"])) == (one["customer"], 2, 2)
    crosswise = maildesk("--as", "suzuki", "customer", "merge", str(two["customer"]), str(one["customer"]))
    assert crosswise.code == 1
    assert "佐藤" in crosswise.err
    apart = maildesk("customer", "unmerge", str(two["customer"]), "--json")
    assert (apart.code, apart.row["members"]) == (0, [two["customer"]])
    assert maildesk("customer", "unmerge", str(two["customer"])).code == 7


def test_a_call_finds_who_rings_and_a_memo_is_kept(maildesk: CommandLine, desk: SmallDesk) -> None:
    """By any way to write the number; an unknown one makes a customer with the memo."""
    assert maildesk("call", "090-1234-5678").code == 7
    written = maildesk(
        "memo", "注文 503-1234567-1234567 の件", "--number", "090-1234-5678", "--name", "高橋 一郎",
        "--minutes", "3", "--follow-up", "--json",
    )  # fmt: skip
    assert (written.row["new"], written.row["state"]) == (True, "follow-up")
    for number in ("０９０−１２３４−５６７８", "+81 90-1234-5678", "5678"):
        row = maildesk("call", number, "--json").row
        assert (row["name"], row["history"][0]["call"]["number"]) == ("高橋 一郎", "+819012345678")
    again = maildesk("memo", "折り返し済み", "--number", "09012345678", "--json").row
    assert again["customer"] == written.row["customer"]
    (about,) = maildesk("open", "--order", "５０３-1234567-1234567", "--json").rows
    assert (about["number"], about["status"]) == (written.row["conversation"], "new")
    assert len(maildesk("open", "--phone", "090-1234-5678", "--json").rows) == 2
    assert maildesk("open", "--order", "503-9999999-9999999").code == 7
    assert maildesk("memo", "だれ").code == 1


def test_a_memo_on_a_conversation_and_plain_output(maildesk: CommandLine, desk: SmallDesk) -> None:
    """The number becomes that customer's; people read it without --json in either language."""
    number = desk.mail(sender="渡邉 美咲 <misaki@customer.example>")
    assert (
        maildesk("memo", "配送日の確認", "--conversation", str(number), "--number", "03-1234-5678").code == 0
    )
    (row,) = maildesk("open", "--email", "Misaki@customer.example", "--json").rows
    assert row["number"] == number
    shown = maildesk("call", "03-1234", lang="ja")
    assert "渡邉 美咲" in shown.out
    assert "配送日の確認" in shown.out


def test_customers_are_added_and_their_fields_set(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: object
) -> None:
    """Fields come from the file of init; a value that does not fit says what would."""
    from pathlib import Path

    file = Path(str(tmp_path)) / "fields.toml"
    file.write_text(
        '[[customer_fields]]\nname = "rank"\nlabel = "会員ランク"\ntype = "choice"\nchoices = ["一般", "ゴールド"]\n'
        '[[customer_fields]]\nname = "points"\nlabel = "ポイント"\ntype = "number"\n',
        "utf-8",
    )
    assert maildesk("init", "--from", str(file)).code == 0
    assert [row["name"] for row in maildesk("customer", "fields", "--json").rows] == ["rank", "points"]
    added = maildesk(
        "customer", "add", "高橋 一郎", "--phone", "090-1234-5678", "--member", "A-1", "--json"
    ).row
    who = str(added["customer"])
    assert {one["kind"] for one in added["identities"]} == {"phone", "member"}
    changed = maildesk("customer", "set", who, "rank=ゴールド", "ポイント=1,200", "--json").row
    assert changed["fields"] == {"rank": "ゴールド", "points": "1200"}
    refused = maildesk("customer", "set", who, "rank=銀")
    assert refused.code == 1
    assert "ゴールド" in refused.err
    gone = maildesk("customer", "identity", who, "phone", "090-1234-5678", "--remove", "--json").row
    assert [one["kind"] for one in gone["identities"]] == ["member"]
    assert [row["customer"] for row in maildesk("customer", "find", "高橋", "--json").rows] == [
        added["customer"]
    ]


def test_a_field_is_a_variable_of_templates(maildesk: CommandLine, desk: SmallDesk, tmp_path: object) -> None:
    """By its name and by its label."""
    from pathlib import Path

    file = Path(str(tmp_path)) / "fields.toml"
    file.write_text(
        '[[customer_fields]]\nname = "rank"\nlabel = "会員ランク"\n'
        '[[templates]]\nname = "ランク"\nbody = "{{ customer_rank }}と{{ 会員ランク }}"\n',
        "utf-8",
    )
    assert maildesk("init", "--from", str(file)).code == 0
    number = desk.mail()
    maildesk("customer", "set", f"#{number}", "rank=ゴールド")
    assert "ゴールドとゴールド" in maildesk("template", "render", "ランク", str(number)).out
