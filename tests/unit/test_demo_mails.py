"""The demo's mail is believable, hard where real mail is hard, the same for the same seed, and belongs to
nobody."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from maildesk.demo.letters import LETTERS, Letter
from maildesk.demo.mails import seed_mails
from maildesk.demo.notices import NOTICES
from maildesk.demo.people import AGENTS, OWN, SHOPS
from maildesk.demo.phrases import arrivals, customer_answer
from maildesk.demo.replies import COMMENTS, TEMPLATES, comment_for, gap_values
from maildesk.demo.writing import Draft, SeedMail, jpeg, pdf, png, to_iso_2022_jp, words, write
from maildesk.domain.agent import Role
from maildesk.domain.template import placeholders
from maildesk.mail.charset import decode
from maildesk.mail.header import text as header_text
from maildesk.mail.parse import parse
from maildesk.mail.values import ParsedMail
from maildesk.templates import free_variables, lint_template, render_strict, suggest, variables_for

NOW = datetime(2026, 11, 21, 1, 42, tzinfo=UTC)
MAILS = seed_mails(NOW)
ADDRESS = re.compile(rb"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
EXAMPLE = re.compile(r"(?:.*\.)?(?:example|example\.(?:jp|com|org|net))")


def key(mail: SeedMail) -> str:
    """The key of the letter that a mail was made from."""
    return str(message(mail)["Message-ID"]).strip("<").split(".")[0]


def message(mail: SeedMail) -> EmailMessage:
    return message_from_bytes(mail.raw, policy=policy.default)


BY_KEY: dict[str, ParsedMail] = {key(mail): parse(mail.raw) for mail in MAILS}


def test_there_are_about_sixty_mails_in_order_of_time_each_with_its_own_id() -> None:
    assert 55 <= len(MAILS) <= 70
    assert len(MAILS) == len(LETTERS) + len(NOTICES) + 2
    ages = [mail.age for mail in MAILS]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) > timedelta(0)
    assert len({message(mail)["Message-ID"] for mail in MAILS}) == len(MAILS)
    assert {mail.shop_address for mail in MAILS} == {shop.address for shop in SHOPS}
    assert {mail.folder for mail in MAILS} == {"INBOX", "Sent"}
    for mail in MAILS:
        assert message(mail)["Date"].datetime == NOW - mail.age


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones() -> None:
    assert seed_mails(NOW) == MAILS
    assert seed_mails(NOW, 7) != MAILS
    with pytest.raises(ValueError, match="aware"):
        seed_mails(NOW.replace(tzinfo=None))


def test_every_kind_of_mail_is_there() -> None:
    kinds = Counter(parsed.automatic for parsed in BY_KEY.values())
    assert kinds["bounce"] == 1
    assert kinds["auto-reply"] == 1
    assert kinds["list"] == 1
    assert kinds["other"] >= 8
    assert kinds[None] >= 45
    charsets = Counter(parsed.charsets[0] for parsed in BY_KEY.values() if parsed.charsets)
    assert charsets["iso-2022-jp"] >= 5
    assert charsets["cp932"] == 1
    assert charsets["us-ascii"] >= 1
    bounce = next(parsed.bounce for parsed in BY_KEY.values() if parsed.bounce)
    assert (bounce.action, bounce.status) == ("failed", "5.1.1")
    assert bounce.original_message_id == next(
        message(mail)["Message-ID"] for mail in MAILS if key(mail) == "bounced-2"
    )


@pytest.mark.parametrize("wanted", [*LETTERS, *NOTICES], ids=lambda letter: str(letter.key))
def test_every_mail_reads_as_it_was_meant(wanted: Letter) -> None:
    """What the parser gives back is what the letter says: sender, text, files, no defects."""
    parsed = BY_KEY[wanted.key]
    assert parsed.defects == ()
    sender = (wanted.shop.name, wanted.shop.address) if wanted.ours else (wanted.who.name, wanted.who.address)
    assert (parsed.from_.name, parsed.from_.address) == sender
    assert [a.name for a in parsed.attachments] == [file.name for file in wanted.files]
    assert [a.size for a in parsed.attachments] == [len(file.content) for file in wanted.files]
    if wanted.text and "%" not in wanted.text and "\x1b" not in wanted.text:
        assert parsed.text.replace("\r\n", "\n").startswith(wanted.text)
    if wanted.html:
        assert len(parsed.text) > 40
    assert "%" not in parsed.subject
    assert not re.search(r"%(注文|日|曜|date)[+-]?\d*%", parsed.text)


def test_the_hard_characters_survive() -> None:
    assert BY_KEY["quote-bulk"].from_.name == "㈱イトー商会 購買部 髙橋"
    assert BY_KEY["quote-bulk"].subject == "見積りのお願い(学習机 20台)①"
    assert "№" in BY_KEY["quote-bulk"].text
    assert BY_KEY["gift-wrap"].from_.name == "𠮷田 さくら"
    assert "🎁" in BY_KEY["gift-wrap"].text
    assert BY_KEY["kana"].subject == "ﾌﾟﾚｾﾞﾝﾄ ﾉ ｹﾝ"
    assert "ｱｶ" not in BY_KEY["kana"].text
    assert "赤ﾃﾞｵﾈｶﾞｲｼﾏｽ" in BY_KEY["kana"].text
    assert "[@click=app.quit]" in BY_KEY["hostile"].subject
    assert "\x1b" in BY_KEY["hostile"].text
    assert len(BY_KEY["invoice-company"].from_.name) > 35


def test_the_long_conversation_goes_back_and_forth_with_quotes() -> None:
    mails = [mail for mail in MAILS if key(mail).startswith("sofa-")]
    assert len(mails) >= 8
    assert {mail.folder for mail in mails} == {"INBOX", "Sent"}
    ids = [message(mail)["Message-ID"] for mail in mails]
    for place, mail in enumerate(mails[1:], 1):
        assert message(mail)["In-Reply-To"] == ids[place - 1]
        assert re.findall(r"<\S+>", message(mail)["References"]) == ids[:place]
    last = parse(mails[-1].raw)
    assert ">>>>" in last.text.replace(" ", "")
    assert "爪で" not in last.reply_text


def test_there_are_html_only_mails_and_photographs() -> None:
    html_only = [m for m in map(message, MAILS) if m.get_body(("plain",)) is None and m.get_body(("html",))]
    assert len(html_only) >= 3
    types = Counter(part.get_content_type() for mail in MAILS for part in message(mail).walk())
    assert types["image/jpeg"] >= 6
    assert types["image/png"] >= 2
    assert types["application/pdf"] >= 2


def test_all_addresses_and_hosts_are_examples() -> None:
    raws = [mail.raw for mail in MAILS] + [mail.raw for mail in islice(arrivals(3, lambda: NOW), 100)]
    for raw in raws:
        parsed = parse(raw)
        whole = raw + b"\n" + f"{parsed.text}\n{parsed.from_.address}".encode("utf-8", "replace")
        for host in ADDRESS.findall(whole):
            assert EXAMPLE.fullmatch(host.decode().lower()), host
        for host in re.findall(r"https?://([\w.-]+)", parsed.text):
            assert EXAMPLE.fullmatch(host), host


def test_nothing_is_written_twice() -> None:
    own_words = [parsed.reply_text.strip() for parsed in BY_KEY.values() if parsed.reply_text.strip()]
    assert len(set(own_words)) == len(own_words)


def test_new_mail_keeps_coming_and_differs() -> None:
    first = list(islice(arrivals(1, lambda: NOW), 200))
    assert first == list(islice(arrivals(1, lambda: NOW), 200))
    parsed = [parse(mail.raw) for mail in first]
    assert all(p.defects == () and p.automatic is None and p.text.strip() for p in parsed)
    assert not any(re.search(r"[{}]", p.subject + p.text) for p in parsed)
    assert len({p.text for p in parsed}) >= 195
    assert len({p.from_.address for p in parsed}) > 190
    assert max(Counter(p.subject for p in parsed).values()) < 20
    assert {mail.shop_address for mail in first} == {shop.address for shop in SHOPS}
    assert any(p.attachments for p in parsed)
    assert any(p.charsets[0] == "iso-2022-jp" for p in parsed)
    assert any(p.text.isascii() for p in parsed)


def reply(number: int, text: str, to: str = "watanabe@example.jp", **headers: str) -> bytes:
    """A reply as the desk sends it."""
    return write(
        Draft(
            sender=(OWN.name, OWN.address),
            to=("渡邉 美咲", to),
            subject="Re: 届いた商品に傷がありました",
            message_id=f"<m{number}@shop.example>",
            at=NOW,
            text=text,
            in_reply_to="<first@example.jp>",
            references=("<first@example.jp>",),
            headers=tuple(headers.items()),
        )
    )


def test_customers_answer_in_the_thread_or_not_at_all() -> None:
    answers = [customer_answer(reply(n, "ご返信いたします。"), 5, NOW) for n in range(60)]
    assert answers == [customer_answer(reply(n, "ご返信いたします。"), 5, NOW) for n in range(60)]
    assert 3 <= answers.count(None) <= 25
    texts = set()
    for number, raw in enumerate(answers):
        if raw is None:
            continue
        parsed, mail = parse(raw), message_from_bytes(raw, policy=policy.default)
        assert parsed.from_.address == "watanabe@example.jp"
        assert mail["To"].addresses[0].addr_spec == OWN.address
        assert mail["In-Reply-To"] == f"<m{number}@shop.example>"
        assert re.findall(r"<\S+>", mail["References"]) == ["<first@example.jp>", f"<m{number}@shop.example>"]
        assert parsed.subject == "Re: 届いた商品に傷がありました"
        assert "> ご返信いたします。" in parsed.text
        assert "ご返信いたします" not in parsed.reply_text
        assert parsed.automatic is None
        texts.add(parsed.reply_text)
    assert len(texts) > 8


def test_customers_send_the_photos_that_they_are_asked_for_and_answer_in_their_language() -> None:
    asked = [customer_answer(reply(n, "写真をお送りいただけますでしょうか。"), 1, NOW) for n in range(10)]
    assert any(raw and len(parse(raw).attachments) == 2 for raw in asked)
    english = [customer_answer(reply(n, "We will send it tomorrow."), 1, NOW) for n in range(10)]
    assert any(raw and parse(raw).reply_text.isascii() for raw in english)


def test_nobody_answers_machines() -> None:
    for address in (
        "no-reply@cart.example",
        "MAILER-DAEMON@mx.example",
        "store-notice@yahoo.mall.example",
        "",
    ):
        assert all(customer_answer(reply(n, "本文", address), 1, NOW) is None for n in range(5))
    assert all(
        customer_answer(reply(n, "本文", **{"Auto-Submitted": "auto-replied"}), 1, NOW) is None
        for n in range(5)
    )
    assert customer_answer(b"", 1, NOW) is None
    assert customer_answer(b"\xff\x00garbage", 1, NOW) is None


def test_templates_are_sound_and_every_gap_has_a_value() -> None:
    values = gap_values(NOW, Random(1))
    names = [template.name for template in TEMPLATES]
    assert len(set(names)) == len(names) >= 18
    assert [template.id for template in TEMPLATES] == list(range(1, len(names) + 1))
    for template in TEMPLATES:
        assert all(problem.severity == "info" for problem in lint_template(template))
        assert set(free_variables(template)) <= set(values)
        assert template.keywords
        for shop in SHOPS:
            known = variables_for(AGENT_AS_CUSTOMER, shop, AGENTS[0], "Re: 件", "komorebi-10028841", NOW)
            rendered = render_strict(template, {**known, **values})
            assert shop.name in rendered.body
            assert "komorebi-10028841" in rendered.body or "注文番号" not in template.body
            assert not placeholders(rendered.subject + rendered.body)
            without = render_strict(
                template, {**variables_for(NOBODY, shop, AGENTS[0], "件", "", NOW), **values}
            )
            assert "注文番号" not in without.body


class _Party:
    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address


AGENT_AS_CUSTOMER = _Party("渡邉 美咲", "misaki@example.jp")
NOBODY = _Party("", "nobody@example.jp")


@pytest.mark.parametrize(
    ("letter", "template"),
    [
        ("cancel-urgent", "キャンセル承りました"),
        ("size-skirt", "サイズ交換のご案内"),
        ("damage-desk", "破損・不良 交換のご案内"),
        ("where-english", "Where is my order"),
        ("quote-bulk", "請求書・お見積りのご案内"),
        ("gift-wrap", "ギフト包装・のしのご案内"),
        ("receipt-name", "領収書発行のご案内"),
        ("not-arrived", "配送状況のご案内"),
        ("restock-html", "再入荷のご案内"),
        ("return-cost", "返品・返金のご案内"),
        ("login", "ログインできない場合のご案内"),
        ("missing-screw", "組み立て部品の送付"),
        ("review-angry", "お詫び(共通)"),
        ("english-ship", "International shipping"),
        ("delivery-date", "お届け日時・お届け先の変更"),
        ("photo-html", "破損・不良 交換のご案内"),
        ("wrong-color", "写真ご送付のお願い"),
    ],
)
def test_the_best_suggestion_is_the_one_a_colleague_would_take(letter: str, template: str) -> None:
    parsed = BY_KEY[letter]
    assert suggest(TEMPLATES, parsed.subject, parsed.reply_text)[0].template.name == template


def test_colleagues_comment_on_the_matter() -> None:
    assert comment_for("見積りのお願い", "") in COMMENTS["見積"]
    assert comment_for("お知らせ", "ｷｬﾝｾﾙします") in COMMENTS["キャンセル"]
    assert comment_for("", "") in COMMENTS[""]


def test_shops_and_agents_fit_the_lists() -> None:
    assert all(cell_len(shop.short_name) <= 6 for shop in SHOPS)
    assert len({shop.address for shop in SHOPS}) == 3
    assert [agent.name for agent in AGENTS] == ["佐藤", "鈴木", "高橋"]
    assert all(agent.reading for agent in AGENTS)
    assert {agent.role for agent in AGENTS} == set(Role)


def test_iso_2022_jp_is_written_as_japanese_mailers_do() -> None:
    assert to_iso_2022_jp("①㈱髙") == b"\x1b$B-!-j|b\x1b(B"
    assert to_iso_2022_jp("a\nあ\n") == b'a\n\x1b$B$"\x1b(B\n'
    assert to_iso_2022_jp("ｱ") == b"\x1b(I1\x1b(B"
    with pytest.raises(UnicodeEncodeError):
        to_iso_2022_jp("𠮷")


_CP932 = [
    char
    for char in map(chr, range(0x80, 0x10000))
    if len(pair := char.encode("cp932", "ignore")) == 2
    and pair.decode("cp932") == char
    and not "\ue000" <= char <= "\uf8ff"
]


@given(
    st.text(alphabet=st.sampled_from([*_CP932, *"abc ~|\n", *map(chr, range(0xFF61, 0xFFA0))]), max_size=80)
)
def test_whatever_cp932_has_comes_back_from_iso_2022_jp(text: str) -> None:
    """The writer and the parser agree on every character, in texts and in headers of at most 75 characters
    a word."""
    raw = to_iso_2022_jp(text)
    assert max(raw, default=0) < 0x80
    assert decode(raw, "iso-2022-jp").text == text
    line = text.replace("\n", "")
    encoded = words(line, "iso-2022-jp")
    assert all(len(word.strip()) <= 75 for word in encoded.split("\r\n")) or line.isascii()
    if line.strip() == line and "  " not in line and not line.isascii():
        assert header_text(encoded.encode()) == line


def test_pictures_and_papers_are_real() -> None:
    """The JPEG's entropy-coded data holds exactly one block per 8x8 pixels; PNG and PDF have their
    structure."""
    picture = jpeg(10, 6, 3)
    assert picture[:2] == b"\xff\xd8"
    assert picture[-2:] == b"\xff\xd9"
    start = picture.index(b"\xff\xda")
    data = picture[start + 10 : -2].replace(b"\xff\0", b"\xff")
    bits = "".join(f"{byte:08b}" for byte in data)
    codes = {"00": 0, "010": 1, "011": 2, "100": 3, "101": 4, "110": 5, "1110": 6, "11110": 7}
    blocks = place = 0
    while blocks < 60:
        code = next(c for c in codes if bits.startswith(c, place))
        place += len(code) + codes[code]
        assert bits[place] == "0"
        place += 1
        blocks += 1
    assert set(bits[place:]) <= {"1"}
    assert len(bits) - place < 8
    assert png(20, 10, 1).startswith(b"\x89PNG\r\n\x1a\n")
    paper = pdf(("hello",))
    assert paper.startswith(b"%PDF-1.4")
    assert paper[int(paper.split(b"startxref\n")[1].split(b"\n")[0]) :].startswith(b"xref")
