"""What a careful colleague would look at before a reply leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.domain.address import Address
from maildesk.domain.outcomes import Begun, Check
from maildesk.domain.reply import Draft
from maildesk.locale import t
from maildesk.store.mailboxes import LEARNED
from tests.support.stores import Team, mail


@pytest.fixture
def draft(small: Team) -> Draft:
    """A reply to 渡邉 美咲, which has nothing wrong with it."""
    number = small.conversation(1, sender="渡邉 美咲 <misaki@example.jp>")
    begun = small.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    return replace(begun.draft, body="渡邉 美咲 様\n\nありがとうございます。\n" + begun.draft.body)


def _wrong(team: Team, draft: Draft) -> list[Check]:
    return [c for c in team.sato.replies.check(draft) if not c.ok]


def test_a_good_reply_has_nothing_wrong(small: Team, draft: Draft) -> None:
    """No warning without a reason: people stop reading warnings."""
    assert _wrong(small, draft) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("11月22日(月)に届きます", "日曜日"),
        ("11/22(月) 午前", "日曜日"),
        ("11月22日月曜日です", "日曜日"),
        ("2月30日(月)に", "という日付はありません"),
        ("写真を添付いたします", "ファイルがありません"),
        ("写真を添付させていただきます", "ファイルがありません"),
        ("添付ファイルをご確認ください", "ファイルがありません"),
        ("添付の書類をご返送いただけますか", "ファイルがありません"),
        ("please see the attached file", "ファイルがありません"),
        ("I attach the invoice", "ファイルがありません"),
    ],
)
def test_slips_are_named_and_do_not_block(small: Team, draft: Draft, text: str, said: str) -> None:
    """A wrong weekday, a date that is none, an attachment that is not there: said, and left to the agent."""
    wrong = _wrong(small, replace(draft, body=f"渡邉 美咲 様\n{text}"))
    assert len(wrong) == 1
    assert said in wrong[0].text
    assert not wrong[0].blocks


@pytest.mark.parametrize(
    "text",
    [
        "写真を添付してください",
        "お写真を添付の上、ご返信ください",
        "写真を添付いただけますでしょうか",
        "画像を添付してお送りくださいますよう",
        "写真の添付をお願いいたします",
        "添付していただいた写真を拝見しました",
        "Could you attach a photo of it?",
        "Please attach a photo.",
        "Thank you for the photo you attached.",
    ],
)
def test_what_the_customer_is_to_attach_is_no_promise(small: Team, draft: Draft, text: str) -> None:
    """Nor is what he did attach: our reply needs no file."""
    assert _wrong(small, replace(draft, body=f"渡邉 美咲 様\n{text}")) == []


@pytest.mark.parametrize(
    "text", ["11月22日(日)に届きます", "12月11日 14時", "11/22 着", "注文 3/4 日分", "3日月曜"]
)
def test_right_dates_are_left_alone(small: Team, draft: Draft, text: str) -> None:
    """Dates without a weekday, or with the right one."""
    assert _wrong(small, replace(draft, body=f"渡邉 美咲 様\n{text}")) == []


def test_what_it_says_of_a_file_is_quoted(small: Team, draft: Draft) -> None:
    """The word that was found is named, so that a promise and its opposite are told apart at a glance."""
    wrong = _wrong(small, replace(draft, body="渡邉 美咲 様\n金額の分かるものは同封いたしません。"))
    assert ["「同封」" in c.text for c in wrong] == [True]


def test_a_mail_that_a_colleague_answered_is_said_to_be(small: Team, draft: Draft) -> None:
    """A draft that was stopped may be older than the answer that left: its review says who answered, and when."""
    small.arrive(
        b"From: shop@shop.example\r\nTo: misaki@example.jp\r\nSubject: Re: 1\r\n"
        b"Message-ID: <answer@shop.example>\r\nIn-Reply-To: <m1@example.jp>\r\n\r\nDone.\r\n",
        sent=True,
    )
    wrong = _wrong(small, draft)
    assert ["テスト店が返信済みです" in c.text for c in wrong] == [True]
    assert not wrong[0].blocks


def test_another_customers_name_is_noticed(small: Team, draft: Draft) -> None:
    """「佐藤 花子 様」 to 渡邉 美咲."""
    wrong = _wrong(small, replace(draft, body="佐藤 花子 様\n\nありがとうございます。"))
    assert ["宛名「佐藤花子」" in c.text for c in wrong] == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("小川様 保証書をお送りします。", "小川"),
        ("\n小川 太郎 様、お世話になっております。", "小川太郎"),
        ("小川さま　お世話になっております。", "小川"),
        ("株式会社アオゾラ 総務部 小川様、お世話になっております。", "株式会社アオゾラ総務部小川"),
        ("椎名様、お世話になっております。", "椎名"),
        ("仕様\n\n小川様", "小川"),
    ],
)
def test_another_name_is_noticed_before_the_first_words(
    small: Team, draft: Draft, text: str, said: str
) -> None:
    """The text may go on in the line of the salutation."""
    wrong = _wrong(small, replace(draft, body=f"{text}\n\nよろしくお願いいたします。"))
    assert [c.text for c in wrong] == [t("checks.other_salutation", said=said, name="渡邉 美咲")]
    assert not wrong[0].blocks


@pytest.mark.parametrize(
    "text",
    [
        "渡邉様 お世話になっております。",
        "株式会社アオゾラ 渡邉様、お世話になっております。",
        "渡邉 美咲 さま、",
    ],
)
def test_the_customers_name_before_the_first_words_is_right(small: Team, draft: Draft, text: str) -> None:
    """A company before it does not make it another's."""
    found = small.sato.replies.check(replace(draft, body=text))
    assert [c.ok for c in found if "宛名" in c.text] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "お客様",
        "お客様、お世話になっております。",
        "お客さま お世話になっております。",
        "皆様、お世話になっております。",
        "みなさま、お世話になっております。",
        "関係者各位",
        "ご担当者様",
        "ご担当者様 お世話になっております。",
        "株式会社アオゾラ ご担当者様、お世話になっております。",
        "仕様、寸法は次のとおりです。",
        "標準 仕様 のご案内です。",
        "前回と同様、ポストにお届けします。",
        "前回同様、ポストにお届けします。",
        "多種多様、各種そろえております。",
        "様々 ご不便をおかけしました。",
        "様子、拝見しました。",
        "神様 のお札についてのご質問ですね。",
        "奥様、ご主人様によろしくお伝えください。",
        "何名様 ご利用でしょうか。",
        "2名様、承りました。",
        "上様、と書いてお送りします。",
        "すぐさま、確認いたします。",
        "お疲れ様、です。",
        "おかげさま、です。",
        "そのさま、と読みます。",
        "お世話になっております。小川様 のお荷物です。",
        "本日、小川様 のお荷物を承りました。",
        "小川様のお荷物を承りました。",
        "小川様宛て、のお荷物です。",
    ],
)
def test_running_text_is_no_salutation(small: Team, draft: Draft, text: str) -> None:
    """No warning without a reason: a word that ends in 様, a title alone, a third person."""
    found = small.sato.replies.check(replace(draft, body=f"{text}\n\nよろしくお願いいたします。"))
    assert [c.text for c in found if "宛名" in c.text] == []


def test_who_is_new_to_the_conversation_is_noticed(small: Team, draft: Draft) -> None:
    """A recipient who never was on it before."""
    wrong = _wrong(small, replace(draft, cc=(Address("", "stranger@example.jp"),)))
    assert ["stranger@example.jp" in c.text for c in wrong] == [True]
    assert not wrong[0].blocks


def test_a_reply_to_a_bounce_is_read_by_nobody(small: Team) -> None:
    """Whatever the program that returned our mail is called."""
    raw = mail(
        1,
        sender="Mail Delivery System <mta7@mx.example>",
        subject="Undelivered Mail Returned to Sender",
        body="This is the mail system at host mx.example.\n\nYour message could not be delivered to:\n"
        "<misaki@example.jp>: 550 5.1.1 User unknown",
        headers=("Return-Path: <>",),
    )
    number = small.arrive(raw)[0].conversation_id
    assert number is not None
    begun = small.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    wrong = _wrong(small, replace(begun.draft, body="ありがとうございます。"))
    assert [c.text for c in wrong] == [t("checks.unread", addresses="mta7@mx.example")]
    assert not wrong[0].blocks


@pytest.mark.parametrize(
    "address",
    [
        "MAILER-DAEMON@mx.example",
        "noreply@cart.example",
        "no-reply@cart.example",
        "DoNotReply@cart.example",
        "do-not-reply+77@cart.example",
        "order.noreply2@cart.example",
    ],
)
def test_an_address_that_nobody_reads_is_noticed(small: Team, draft: Draft, address: str) -> None:
    """It says so itself."""
    said = t("checks.unread", addresses=address)
    assert said in [c.text for c in _wrong(small, replace(draft, to=(Address("", address),)))]


@pytest.mark.parametrize(
    "address", ["casino.reply@example.jp", "reply@no-reply.example", "nora.eply@example.jp"]
)
def test_other_addresses_are_read(small: Team, draft: Draft, address: str) -> None:
    """What looks like it is somebody's."""
    said = t("checks.unread", addresses=address)
    assert said not in [c.text for c in _wrong(small, replace(draft, to=(Address("", address),)))]


def test_an_address_that_may_be_ours_is_noticed(small: Team, draft: Draft) -> None:
    """Mail for it comes in here, and no mailbox names it: the customer may get nothing (``failures.md`` row 12)."""
    ours = "Help@shop.example"
    said = replace(draft, cc=(Address("", ours),))
    words = t("checks.maybe_ours", addresses=ours)
    for number in range(LEARNED):
        assert words not in [c.text for c in small.sato.replies.check(said)]
        small.sql("DELETE FROM delivered")
        small.sql(
            "INSERT INTO delivered (mailbox_id, address, n) VALUES (:m, 'help@shop.example', :n)",
            m=small.box.id,
            n=number + 1,
        )
    noticed = [c for c in _wrong(small, said) if c.text == words]
    assert [c.blocks for c in noticed] == [False]


def test_a_mailbox_without_a_way_out_says_so(small: Team, draft: Draft) -> None:
    """Without an outgoing server the reply would wait in silence."""
    small.sql("UPDATE mailbox SET smtp = NULL")
    assert ["送信サーバーがありません" in c.text for c in _wrong(small, draft)] == [True]


def test_a_japanese_signature_under_a_foreign_text_is_noticed(small: Team, draft: Draft) -> None:
    """The mailbox has one signature; a Japanese answer and a text without the signature have nothing wrong."""
    small.sql("UPDATE mailbox SET signature = '楽天市場店 カスタマーサポート'")
    english = "Dear Misaki,\n\nThank you.\n"
    wrong = _wrong(small, replace(draft, body=f"{english}\n楽天市場店 カスタマーサポート\n"))
    assert ["署名は日本語" in c.text for c in wrong] == [True]
    assert not wrong[0].blocks
    assert _wrong(small, replace(draft, body=english)) == []


def test_quoted_words_are_not_ours(small: Team, draft: Draft) -> None:
    """The customer's 「添付します」 in the quote asks for no file."""
    assert _wrong(small, replace(draft, body="渡邉 美咲 様\nはい\n> 写真を添付します 11月22日(月)")) == []


def test_signature_and_quotation_are_no_reply(small: Team) -> None:
    """As it begins, a draft says nothing yet: it must not be sent by mistake."""
    begun = small.sato.replies.begin(small.conversation(1))
    assert isinstance(begun, Begun)
    assert [c.text for c in _wrong(small, begun.draft) if c.blocks] == ["本文が空です"]
    assert not [c for c in _wrong(small, replace(begun.draft, body=f"はい\n{begun.draft.body}")) if c.blocks]
