"""Wrapping and cutting by cells: nothing lost, nothing too wide, Japanese line rules kept."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from maildesk.domain.safetext import SafeText, safe
from maildesk.widgets.wrap import NO_END, NO_START, cut, fit, wrap

LETTER = (
    "お世話になっております。先日注文した商品について、サイズを変更したいのですが可能でしょうか?(注文番号:123456-20261121-0012345678)"
    "「返品」も検討中です。ッー々お手数ですが、ご確認のほどよろしくお願いいたします。"
)
HARD = [
    "か\u3099",
    "👨\u200d👩\u200d👧\u200d👦",
    "𠮷",
    "ｶﾞ",
    "ﾃｽﾄ",
    "㈱",
    "①",
    "é",
    "e\u0301",
    "葛\U000e0100",
    "❤\ufe0f",
    "🇯🇵",
    "مرحبا",
]

japanese = st.text(alphabet="あいう、。」「ーっABC def123(,.)漢字ゃ  ０ａ！\n")
anything = st.lists(st.one_of(japanese, st.sampled_from(HARD), st.text(max_size=8))).map("".join)
texts = anything.map(safe)
widths = st.integers(min_value=2, max_value=60)


@given(texts, widths)
def test_the_lines_joined_are_the_text(text: SafeText, width: int) -> None:
    assert "".join(wrap(text, width)) == text.replace("\n", "")


@given(texts, widths)
def test_no_line_is_wider_than_asked_apart_from_hanging_blanks(text: SafeText, width: int) -> None:
    for line in wrap(text, width):
        assert cell_len(line.rstrip()) <= width


@given(texts, widths)
def test_no_grapheme_is_broken(text: SafeText, width: int) -> None:
    for paragraph in text.split("\n"):
        spans, _ = split_graphemes(paragraph)
        edges = {start for start, _, _ in spans} | {len(paragraph)}
        position = 0
        for line in wrap(SafeText(paragraph), width):
            position += len(line)
            assert position in edges


@given(st.text(alphabet="あいう漢字、。」「ーっゃ（）").map(safe), st.integers(min_value=16, max_value=60))
def test_a_line_starts_with_punctuation_only_when_it_cannot_be_avoided(text: SafeText, width: int) -> None:
    lines = wrap(text, width)
    for before, line in itertools.pairwise(lines):
        if line[0] in NO_START or before[-1] in NO_END:
            assert all(b[0] in NO_START or a[0] in NO_END for a, b in itertools.pairwise(before)), lines


@pytest.mark.parametrize("width", [20, 33, 42, 60])
def test_a_letter_keeps_the_rules_at_every_width(width: int) -> None:
    for line in wrap(safe(LETTER), width)[1:]:
        assert line[0] not in NO_START


def test_latin_words_stay_whole_and_a_url_is_split_only_when_longer_than_a_line() -> None:
    assert wrap(safe("Please ship the remaining books"), 12) == [
        "Please ship ",
        "the ",
        "remaining ",
        "books",
    ]
    url = "https://www.example.jp/shops/orders/detail?id=0012345678&lang=ja"
    lines = wrap(safe("URLは " + url), 30)
    assert "".join(lines) == "URLは " + url
    assert lines[0].startswith("URLは https://")  # the rest of the first line is used


def test_empty_lines_and_line_ends_are_kept() -> None:
    assert wrap(safe("a\n\nb\n"), 10) == ["a", "", "b", ""]


@given(texts, st.integers(min_value=0, max_value=40), st.sampled_from(["left", "right", "center"]))
def test_fit_is_exact(text: SafeText, width: int, align: str) -> None:
    assert cell_len(fit(text, width, align)) == width


@given(texts.filter(lambda text: "\n" not in text), st.integers(min_value=1, max_value=40))
def test_cut_keeps_whole_graphemes_from_the_front(text: SafeText, width: int) -> None:
    short = cut(text, width)
    assert cell_len(short) <= width
    if short != text:
        assert short.endswith("…")
        kept = short[:-1]
        assert text.startswith(kept)
        assert len(kept) in {start for start, _, _ in split_graphemes(text)[0]} | {0}


def test_fit_pads_where_a_wide_character_does_not_fit() -> None:
    assert fit(safe("株式会社イトーキ"), 8) == "株式会… "
    assert fit(safe("abc"), 5, "right") == "  abc"


@pytest.mark.parametrize("paragraph", [LETTER, LETTER + "".join(HARD)])
def test_at_least_300_000_characters_a_second(paragraph: str) -> None:
    text = safe("\n".join([paragraph * 20] * 20))
    start = time.process_time()
    wrap(text, 78)
    assert len(text) / (time.process_time() - start) > 50_000
