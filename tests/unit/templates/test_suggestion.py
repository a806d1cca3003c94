"""Suggestions are explained by their keywords and always the same.

Order numbers are found as customers write them.
"""

from __future__ import annotations

import random
import time

import pytest

from maildesk.domain.orders import order_numbers
from maildesk.domain.template import Template
from maildesk.templates import suggest


def template(id: int, name: str, *keywords: str) -> Template:
    return Template(id, name, "", "", "", keywords)


DAMAGE = template(1, "交換", "傷", "破損", "交換")
CANCEL = template(2, "キャンセル", "キャンセル", "取り消し")
RECEIPT = template(3, "領収書", "領収書", "receipt")
ALL = (RECEIPT, CANCEL, DAMAGE)


def test_the_subject_weighs_more_than_the_text_and_hits_are_named() -> None:
    found = suggest(ALL, "届いた商品に傷がありました", "交換は可能でしょうか。難しければキャンセルします。")
    assert [(s.template.name, s.matched, s.in_subject) for s in found] == [
        ("交換", ("傷", "交換"), ("傷",)),
        ("キャンセル", ("キャンセル",), ()),
    ]
    in_subject = suggest([CANCEL], "キャンセル", "")[0].score
    in_text = suggest([CANCEL], "", "キャンセル")[0].score
    assert 0 < in_text < in_subject <= 100
    assert suggest([CANCEL], "キャンセル", "キャンセル")[0].score == in_subject


def test_templates_in_the_language_of_the_mail_come_first() -> None:
    """Also where the other one has more keywords in it; what is filled in is of no language, nor is a subject that a
    customer only answers."""
    keywords = ("領収書", "receipt", "invoice")
    english = Template(1, "Receipt", "", "", "Dear {{ 顧客名 }}, here it is.", keywords)
    japanese = Template(2, "領収書", "", "", "{{ customer_name }} 様\nお送りします。", keywords[:1])
    both = (english, japanese)

    def order(subject: str, text: str) -> list[int]:
        return [found.template.id for found in suggest(both, subject, text)]

    assert order("receipt / invoice", "領収書をお願いします。invoice") == [2, 1]
    assert order("Re: 領収書について", "Where is my receipt?") == [1, 2]
    assert order("Re: 領収書について", "") == [2, 1]
    assert order(
        "receipt", 'Where is my receipt? All my Japanese is "konnichiwa" (こんにちは) and 領収書, sorry!'
    ) == [1, 2]
    assert order("receipt", "領収書送付希望。宛名は株式会社見本商事でお願い致します。receipt") == [2, 1]
    assert order("收据 receipt", "請問我的領収書和 receipt") == [1, 2]


def test_without_a_hit_nothing_is_suggested() -> None:
    assert suggest(ALL, "こんにちは", "お元気ですか") == ()
    assert suggest([template(1, "a", "", " ")], "a", "b") == ()


@pytest.mark.parametrize(
    "text", ["ｷｬﾝｾﾙしたい", "キャン\nセルしたい", "キャン\r\nセルしたい", "キャンセル希望"]
)
def test_width_and_line_ends_make_no_difference(text: str) -> None:
    assert suggest(ALL, "", text)[0].template == CANCEL


def test_english_keywords_match_whole_words_from_their_beginning() -> None:
    assert suggest(ALL, "", "I need RECEIPTS")[0].template == RECEIPT
    assert suggest([template(1, "a", "size")], "", "please resize") == ()


def test_ties_go_by_name_whatever_the_order_of_the_templates() -> None:
    many = [template(i, f"型{i:02}", "返品") for i in range(20)]
    expected = suggest(many, "返品", "")
    for seed in range(5):
        random.Random(seed).shuffle(many)
        assert suggest(many, "返品", "") == expected
    assert [s.template.name for s in expected] == sorted(s.template.name for s in expected)


def test_past_use_decides_between_equals_but_never_lists_what_does_not_match() -> None:
    a, b = template(1, "A", "返品"), template(2, "B", "返品")
    assert [s.template for s in suggest([a, b], "", "返品", {2: 9, 3: 50})] == [b, a]
    assert suggest([a, b], "", "こんにちは", {2: 9}) == ()
    assert suggest([DAMAGE], "傷", "", {1: -4, 9: 0})[0].score == suggest([DAMAGE], "傷", "")[0].score


def test_two_hundred_templates_and_a_long_mail_take_no_time() -> None:
    many = [template(i, f"型{i}", *(f"言葉{i}{j}" for j in range(8)), "order") for i in range(200)]
    text = "長い本文です。\n" * 5_000
    suggest(many, "件名", text)
    before = time.process_time()
    suggest(many, "件名", text)
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("注文番号:123456-20261121-0012345678 です", ("123456-20261121-0012345678",)),
        ("store-10028841、503-1234567-1234567", ("store-10028841", "503-1234567-1234567")),
        ("１２３４５６－２０２６１１２１－００１２３４５６７８", ("123456-20261121-0012345678",)),
        ("angers‐10028841 と angers-10028841", ("angers-10028841",)),
        ("my-shop-10028841", ("my-shop-10028841",)),
        ("注文OC-004217の件。電話 090-1234-5678", ("OC-004217",)),
        ("kizu-20261121.jpg tel 03-1234-5678 2026-11-21 1503-1234567-12345678", ()),
        ("OC-0042171 XOC-004217", ()),
        ("", ()),
    ],
)
def test_order_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert order_numbers(text, ("OC-######",)) == numbers


def test_a_shape_is_never_a_regular_expression() -> None:
    assert order_numbers("aaaa (a+)+1 X.7", ("(a+)+#", "X.#")) == ("(a+)+1", "X.7")
    assert order_numbers("anything", ("", "no digits")) == ()


def test_long_texts_are_searched_fast() -> None:
    before = time.process_time()
    for text in ("a" * 300_000, "1-" * 150_000, "abc-" * 70_000, "123456-20261121-" * 20_000):
        order_numbers(text, ("OC-######", "@@@@-########"))
    assert time.process_time() - before < 5
