"""One spelling for kana and every way to write them in letters."""

from __future__ import annotations

import pytest

from maildesk.domain.kana import hiragana, spelled


@pytest.mark.parametrize(
    ("kana", "typed"),
    [
        ("すずき", "suzuki"),
        ("すずき", "suzuk"),
        ("ｽｽﾞｷ", "suzuki"),
        ("カンリョウ", "kanryou"),
        ("かんりょう", "kanryo"),
        ("りょうしゅうしょ", "ryoushuusho"),
        ("りょうしゅうしょ", "ryosyusyo"),
        ("いっち", "icchi"),
        ("いっち", "itchi"),
        ("しんばし", "shimbashi"),
        ("つづき", "tsuduki"),
        ("おおた", "ohta"),
        ("こんな", "konna"),
        ("たんい", "tan'i"),
        ("ファイル", "fairu"),
        ("ジャンプ", "jan"),
        ("ちゃ", "cha"),
        ("しゃ", "sh"),
        ("しんちゃく", "sh"),
        ("つき", "ts"),
        ("ちいき", "ch"),
    ],
)
def test_what_is_typed_begins_the_reading(kana: str, typed: str) -> None:
    assert spelled(kana).startswith(spelled(typed))


@pytest.mark.parametrize("text", ["", "鈴木", "#1044", "Yahoo!", "a b"])
def test_what_is_no_kana_is_found_by_itself(text: str) -> None:
    assert spelled(text) == spelled(text)
    assert spelled(text) in spelled(f"x {text} y")


def test_katakana_becomes_hiragana_and_the_rest_stays() -> None:
    assert hiragana("カタカナ・ー漢字ﾊﾟ") == "かたかな・ー漢字ぱ"
