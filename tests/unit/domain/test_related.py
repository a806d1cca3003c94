"""Which mails of a customer read alike."""

from __future__ import annotations

from maildesk.domain.related import Reason, Why, Wording, all_told, similar, told

BROKEN = Wording(
    "届いた木製スツールが割れていた件", "先日購入した木製スツールの座面が割れていました。交換をお願いします。"
)


def test_the_same_matter_in_other_words_is_similar() -> None:
    """Names of things and what happened to them count, in any order and any width."""
    again = Wording("Re: 破損について", "木製スツールの座面ですが、割れていた部分の写真を送ります。")
    english = Wording(
        "RE: Broken oak stool", "The oak stool from invoice 5512 arrived with a broken leg, photo attached"
    )
    later = Wording(
        "oak stool", "Any news about my broken oak stool, invoice 5512? The leg photo was attached."
    )
    assert similar(BROKEN, {2: again, 3: english}) == (2,)
    assert similar(later, {1: BROKEN, 3: english}) == (3,)


def test_greetings_and_endings_are_not_alike() -> None:
    """Two polite mails about different things have nothing to do with each other."""
    one = Wording(
        "お問い合わせ",
        "いつもお世話になっております。山田と申します。領収書を送っていただけますか。よろしくお願いいたします。",
    )
    two = Wording(
        "お問い合わせ",
        "いつもお世話になっております。山田と申します。配達の時間を夜にしてください。よろしくお願いいたします。",
    )
    assert similar(one, {2: two}) == ()


def test_what_stands_in_most_mails_of_a_customer_tells_nothing() -> None:
    """A company's name and address in every mail link none of them."""
    sign = "東京都千代田区丸の内一丁目 東西物産営業本部購買課"
    texts = ["椅子の在庫", "納期の相談", "領収書の宛名", "返品の手順", "塗装色の見本"]
    mails = {number: Wording(text, sign) for number, text in enumerate(texts, 2)}
    assert similar(Wording("展示会の招待", sign), mails) == ()
    assert similar(Wording("椅子の在庫", sign), {2: mails[2]}) == (2,)


def test_at_most_so_many_and_the_most_alike_first() -> None:
    """The order does not depend on numbers but for equals, of which the newest is first."""
    far = Wording("木製スツール", "木製スツールの座面の高さと重量と梱包寸法と材質と産地を教えてください")
    assert similar(BROKEN, {4: BROKEN, 2: far, 9: BROKEN}, most=2) == (9, 4)


def test_nothing_is_like_nothing() -> None:
    """A mail without words is like no other, not even like another without words."""
    assert similar(Wording("", ""), {2: Wording("", ""), 3: BROKEN}) == ()


def test_reasons_have_words() -> None:
    """Each way to be linked in both directions; one that this version does not know is still a link."""
    assert told(Reason(Why.LINKED, "split")) != told(Reason(Why.LINKED, "split", back=True))
    assert told(Reason(Why.LINKED, "x-unheard-of")) == "リンク"
    both = all_told([Reason(Why.LINKED, "anew"), Reason(Why.ORDER, "503-1234567-1234567")])
    assert both == "前の会話(対応完了)・同じ注文 503-1234567-1234567"
