"""HTML as text, replies without their quotes, and archives of mails."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail.archive import mails
from maildesk.mail.html import to_text
from maildesk.mail.reply import reply_text, split


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>一<br>二</p><p>三</p>", "一\n二\n\n三"),
        ("a <b>b</b>\n  c", "a b c"),
        ('<a href="https://shop.example/a">ここ</a>', "ここ[1]\n\n[1] https://shop.example/a"),
        ('<a href="https://shop.example">shop.example</a>', "shop.example"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        (
            '<a href="https://x.example">1</a><a href="https://x.example">2</a>',
            "1[1]2[1]\n\n[1] https://x.example",
        ),
        ('<div style="display: none">no</div><span style="font-size:0">no</span><p hidden>no</p>yes', "yes"),
        ('<p style="font-size:0.9em">small</p>', "small"),
        ("<script>x</script><style>y</style><title>z</title>ok", "ok"),
        ("<!--[if mso]>no<![endif]-->ok", "ok"),
        ("<ul><li>一<li>二</ul>", "・一\n・二"),
        ("<blockquote>引用<br>続き</blockquote>答え", "> 引用\n> 続き\n\n答え"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<body>in</body></html>after", "inafter"),
        ('<img src="http://t.example/x" width="1" alt="pixel"><img alt="店">', "[店]"),
        ("a\u200b\u200cb&zwnj;c&shy;d", "abcd"),
        ("&lt;b&gt; &amp; &yen;", "<b> & ¥"),
        ("", ""),
        (
            "<ol start=3><li>一<li>二<ul><li>内<br>続き</ul><li>三</ol>",
            "3. 一\n4. 二\n  ・内\n    続き\n5. 三",
        ),
        ("<p>前<h2>見出し</h2>後", "前\n\n■ 見出し\n\n後"),
        ("<dl><dt>語<dd>意味</dl>", "語\n  意味"),
        ("<style>.pre{display:none}</style><div class=pre>no</div>yes", "yes"),
        ("<style>@media (max-width:9px){.m{display:none}}</style><p class=m>yes", "yes"),
        ("<style>.m{display:none}@media print{.m{display:block}}</style><p class=m>yes", "yes"),
        (
            '<div style="font-size:1px;line-height:1px">no</div><p style="text-indent:-9999px">no</p>yes',
            "yes",
        ),
        ('<img src="https://t.example/o.gif" style="width:1px;height:1px" alt="open">x', "x"),
        ('<img src="https://shop.example/img/sale.jpg?u=1">', "[sale.jpg]"),
        (
            '<a href="https://evil.example/login">https://www.bank.example/</a>',
            "https://www.bank.example/[1!]\n\n[1!] https://evil.example/login (≠ www.bank.example)",
        ),
        (
            '<a href="https://shop.example@evil.example/">ここ</a>',
            "ここ[1!]\n\n[1!] https://shop.example@evil.example/ (→ evil.example)",
        ),
        (
            '<a href="https://click.shop.example/1">www.shop.example</a>',
            "www.shop.example[1]\n\n[1] https://click.shop.example/1",
        ),
        (
            '<a href="mailto:x@evil.example">info@shop.example</a>',
            "info@shop.example[1!]\n\n[1!] mailto:x@evil.example (≠ shop.example)",
        ),
        ('<a href="https://shop.example/">詳細.pdf</a>', "詳細.pdf[1]\n\n[1] https://shop.example/"),
    ],
)
def test_html(html: str, wanted: str) -> None:
    """What a reader would see, as lines."""
    assert to_text(html) == wanted


def test_data_tables_are_aligned_by_cells() -> None:
    """A Japanese character counts two; layout tables are not tables."""
    table = "<table><tr><th>商品<th>数<tr><td>赤い靴<td>1<tr><td>cap<td>12</table>"
    assert to_text(table) == "商品   │ 数\n───────┼───\n赤い靴 │ 1\ncap    │ 12"
    assert to_text("<table><tr><td><table><tr><td>inner</table></table>") == "inner"
    spans = "<table><tr><td rowspan=2>靴<td>赤<td>1<tr><td>青<td>2<tr><td colspan=2>計<td>3</table>"
    assert to_text(spans) == "靴 │ 赤 │ 1\n   │ 青 │ 2\n計 │    │ 3"
    assert "│" not in to_text(f"<table><tr><td>a<td>{'長' * 400}<tr><td>b<td>c</table>")


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>" * 70_000,
        "<table>" + "<tr><td>a<td rowspan=99>b" * 40_000,
        "<ol><li>" * 100_000,
        "<a href='https://x.example/%d'>www.y.example" * 25_000,
        "<style>" + "@media{.a{" * 100_000 + "</style><p class=a>x",
        "<style>" + ".a{display:none}" * 60_000 + "</style>" + "<p class='a b c'>x" * 10_000,
        "<div style='" + "display:" * 120_000 + "'>x",
        "<h1><blockquote><pre>" * 50_000 + "x\n" * 1_000,
        "<img alt='" + "a" * 1_000_000 + "'>",
    ],
    ids=["tables", "spans", "lists", "links", "media", "classes", "style", "deep", "alt"],
)
def test_a_hostile_megabyte_of_html_is_read_in_bounded_time(html: str) -> None:
    """Time grows with the size, not with what is in it."""
    began = time.process_time()
    to_text(html)
    assert time.process_time() - began < 8


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(
    ["<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<a href=http://x>", "</a>", "x", "\x00", "<pre>", "\n", "<li>",
     "<blockquote>", "</blockquote>", "<br>", "<", ">", "&", "<!--", "-->", "<td hidden>", "</td>", "<script>", "日本"]
), max_size=40).map("".join))  # fmt: skip
def test_html_never_raises(html: str) -> None:
    """Broken markup gives text."""
    assert "\x00" not in to_text(html)


REPLIES = {
    "sama wrote": ("届きました。\n\n渡邉 美咲 様 wrote:\n\n> あ\n", "届きました。"),
    "month and day": ("届きました。\n\n11月21日(土) 9:17 渡邉 様：\n＞ あ\n", "届きました。"),
    "a colon of one's own": (
        "11月21日 9:17 の件ですが、次の通りです:\n・あ",
        "11月21日 9:17 の件ですが、次の通りです:\n・あ",
    ),
    "gmail": (
        "届きました。\n\n2026年11月21日(土) 9:17 靴の店 <info@shop.example>:\n\n> あ\n> い\n",
        "届きました。",
    ),
    "gmail english": (
        "Thanks\n\nOn Sat, Nov 21, 2026 at 9:17 AM Shop <info@shop.example>\nwrote:\n\n> a\n",
        "Thanks",
    ),
    "iphone": (
        "はい\n\niPhoneから送信\n\n2026/11/21 9:17、店 <info@shop.example>のメール:\n\n> あ\n",
        "はい",
    ),
    "outlook": (
        "了解です\n\n差出人: 店 <info@shop.example>\n送信日時: 2026年11月21日\n宛先: 山田\n件名: Re: x\n\n本文",
        "了解です",
    ),
    "outlook english": (
        "ok\n\n________________________________\nFrom: Shop\nSent: Friday\nTo: me\nSubject: x\n\nbody",
        "ok",
    ),
    "original message": ("ok\n-----Original Message-----\nFrom: x\n\nbody", "ok"),
    "original japanese": ("はい\n-------- 元のメッセージ --------\n件名: x\n本文", "はい"),
    "full width": ("＞在庫はありますか\nあります", "あります"),
    "inline": ("> 色は?\n赤です\n> 数は?\n2つです", "赤です\n2つです"),
    "dashes": ("こんにちは\n-- \n山田\n090-0000-0000", "こんにちは"),
    "box": ("こんにちは\n\n━━━━━━━━━━\n山田商店\nTEL 03-0000-0000\n━━━━━━━━━━", "こんにちは"),
    "thin box": ("こんにちは\n\n────────────\n山田\nmail: y@customer.example\n────────────\n", "こんにちは"),
    "only a quote": ("> これだけ", "> これだけ"),
    "only a signature": ("-- \n山田", "-- \n山田"),
    "order form": (
        "注文します。\n─────────\n■ご注文内容\n─────────\n商品: 靴\nhttps://shop.example\n\nよろしくお願いします。",
        "注文します。\n─────────\n■ご注文内容\n─────────\n商品: 靴\nhttps://shop.example\n\nよろしくお願いします。",
    ),
    "a colon is no quote": ("ご質問:\nいつ届きますか", "ご質問:\nいつ届きますか"),
    "arrow in text": ("A -> B", "A -> B"),
    "sent from": ("ok\n\nSent from my iPhone", "ok"),
    "sentence with iPhone": (
        "iPhoneから送信できませんでした。どうすればよいですか",
        "iPhoneから送信できませんでした。どうすればよいですか",
    ),
    "empty": ("", ""),
}


@pytest.mark.parametrize("name", REPLIES)
def test_reply(name: str) -> None:
    """The words of the reply, without quotes and signature."""
    text, wanted = REPLIES[name]
    assert reply_text(text) == wanted


@settings(max_examples=300)
@given(st.lists(st.sampled_from(
    ["> a", "＞b", "-- ", "━━━━━━━━", "TEL 03", "On Sat, Nov 21, 2026 at 9:17 Shop <a@b.example> wrote:", "words", "", " ",
     "-----Original Message-----", "From: a@b", "Sent: x", "To: y", "iPhoneから送信", "差出人: x", "送信日時: y", "件名: z"]
), max_size=20))  # fmt: skip
def test_split_covers_every_line_once(lines: list[str]) -> None:
    """The pieces joined are the text, neighbours differ, and a reply is never emptied."""
    text = "\n".join(lines)
    pieces = split(text)
    assert "\n".join(piece.text for piece in pieces) == text
    assert all(a.kind != b.kind for a, b in itertools.pairwise(pieces))
    assert bool(reply_text(text)) == bool(text.strip())


@pytest.mark.parametrize(
    "pump", ["> a\n", "-- \n", "━━━━━━━━\nTEL\n", "On \n", "From: a\n", "-" * 200 + "x\n", "a" * 399 + "\n"]
)
def test_split_stays_linear(pump: str) -> None:
    """A megabyte of anything is cut in well under two seconds."""
    begin = time.process_time()
    split(pump * (1_000_000 // len(pump)))
    assert time.process_time() - begin < 3.0


MAIL = b"From: a@b.example\nSubject: %d\n\nbody\n"


def test_an_mbox_gives_its_mails(tmp_path: Path) -> None:
    """Cut at From lines with a date, unquoted, named by number."""
    path = tmp_path / "box"
    line = b"From a@b.example Sat Nov 21 09:17:00 2026\n"
    path.write_bytes(
        line + MAIL % 1 + b">From here on\nFrom me to you\n\n" + line + MAIL % 2 + b"\n" + line + MAIL % 3
    )
    found = list(mails(path))
    assert [name for name, _ in found] == [f"{path}#1", f"{path}#2", f"{path}#3"]
    assert found[0][1] == MAIL % 1 + b"From here on\nFrom me to you\n"
    assert found[2][1] == MAIL % 3


def test_a_single_mail_is_itself(tmp_path: Path) -> None:
    """An .eml comes byte by byte under its own path; an mbox with one mail has no number."""
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL % 1)
    assert list(mails(path)) == [(str(path), MAIL % 1)]
    box = tmp_path / "box"
    box.write_bytes(b"From - Sat Nov 21 09:17:00 2026\n" + MAIL % 2)
    assert list(mails(box)) == [(str(box), MAIL % 2)]


def test_a_maildir_gives_new_and_cur(tmp_path: Path) -> None:
    """Files in new and cur, not tmp; other folders give their .eml files."""
    for folder, name in (("new", "1.x"), ("cur", "2.x:2,S"), ("tmp", "3.x")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(MAIL % 1)
    assert [Path(name).name for name, _ in mails(tmp_path)] == ["1.x", "2.x:2,S"]
    other = tmp_path / "plain"
    other.mkdir()
    (other / "b.eml").write_bytes(MAIL % 2)
    (other / "note.md").write_bytes(b"no mail")
    assert [Path(name).name for name, _ in mails(other)] == ["b.eml"]
