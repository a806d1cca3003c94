"""Words as search compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.query_text import excerpt, fold, hits, marked, needle, spans, tokens


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("この商品を返品したい", "返品", True),
        ("この商品を返品したい", "品", True),
        ("この商品を返品したい", "返却", False),
        ("ﾃｰﾌﾞﾙ", "テーブル", True),
        ("テーブル", "てーぶる", True),
        ("よろしくお願いいた\r\nします", "お願いいたします", True),
        ("佐藤　太郎", "佐藤太郎", True),
        ("INVOICE 12", "invo", True),
        ("an invoice", "voice", False),
        ("注文番号A123456です", "123456", True),
        ("iPhone15ケース", "15ケース", True),
        ("casino-reply", "no-reply", False),
        ("no reply", "no-reply", False),
        ("is 100% late", "100%", True),
        ("is 100 late", "100%", False),
        ("a_b", "_", True),
        ("", "返品", False),
        ("返品", "  ", False),
    ],
)
def test_a_hit(text: str, phrase: str, found: bool) -> None:
    """Japanese anywhere, words of letters and digits from their beginning; widths, cases and kana alike."""
    assert hits(text, phrase) is found
    assert bool(spans(text, [phrase])) is found


def test_runs_are_pairs_and_the_last_character() -> None:
    """So that every word of one character or more is a word of the index, or begins one."""
    assert tokens(fold("返品した iPhone15")) == ["返品", "品し", "した", "た", "iphone", "15"]
    assert needle("品") == ("品", ("品",), True, True)
    assert needle("返品し") == ("返品し", ("返品", "品し"), False, True)


_TEXTS = st.text("返品交カｶﾞがab1 \n-。_Aａ", max_size=24)


@given(_TEXTS, _TEXTS)
def test_the_index_has_every_hit(text: str, phrase: str) -> None:
    """The tokens of a phrase that hits stand in the text one after the other, the last one as a prefix where it is
    one; and where a phrase is sure, only then."""
    wanted = needle(phrase)
    if wanted is None or not wanted.words:
        return
    have, size = tokens(fold(text)), len(wanted.words)

    def same(place: int) -> bool:
        *first, last = have[place : place + size]
        fits = last.startswith(wanted.words[-1]) if wanted.prefix else last == wanted.words[-1]
        return tuple(first) == wanted.words[:-1] and fits

    stands = any(same(place) for place in range(len(have) - size + 1))
    found = wanted.text in marked(fold(text))
    assert stands or not found
    if wanted.sure:
        assert stands == found


@given(_TEXTS, _TEXTS)
def test_lights_stand_where_the_hits_are(text: str, phrase: str) -> None:
    """What is lit up is itself a hit, in the text as it was written; and there is a light for every hit."""
    found = spans(text, [phrase])
    assert bool(found) == hits(text, phrase)
    for span in found:
        assert 0 <= span.start < span.end <= len(text)
        assert fold(phrase).replace(" ", "") in fold(text[span.start : span.end]).replace(" ", "")


def test_an_excerpt_is_one_line_around_the_hit() -> None:
    """With what was left out marked, and the hit where it stands in the excerpt."""
    found = excerpt("あ" * 50 + "返\n品" + "い" * 90, ["返品"], before=3, after=4)
    assert found is not None
    assert found.text == "…あああ返 品いいいい…"
    assert [found.text[s.start : s.end] for s in found.spans] == ["返 品"]
    assert excerpt("交換", ["返品"]) is None
