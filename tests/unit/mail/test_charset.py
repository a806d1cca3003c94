"""Bytes to text: the Japanese bridge, wrong and missing labels, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail.charset import clean, decode, sniff


@pytest.mark.parametrize("label", ["iso-2022-jp", "ISO-2022-JP", "cp50221", "iso-2022-jp-ms", "csISO2022JP"])
def test_every_jis_character_reads_as_windows_reads_it(label: str) -> None:
    """All of JIS X 0208, NEC row 13 and the NEC-selected IBM rows equal cp932, character by character."""
    for row in [*range(0x21, 0x29), 0x2D, *range(0x30, 0x75), *range(0x79, 0x7D)]:
        for cell in range(0x21, 0x7F):
            lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
            trail = cell + 0x1F + (cell >= 0x60) if row & 1 else cell + 0x7E
            try:
                wanted = bytes((lead, trail)).decode("cp932")
            except UnicodeDecodeError:
                continue
            found = decode(b"\x1b$B" + bytes((row, cell)) + b"\x1b(B", label)
            assert found.text == wanted
            assert not found.lossy


@pytest.mark.parametrize(
    "label", ["shift_jis", "Shift-JIS", "windows-31j", "x-sjis", "MS932", "cp932", "sjis"]
)
def test_shift_jis_means_cp932(label: str) -> None:
    """What Python's shift_jis loses is read."""
    text = "①㈱髙﨑～―∥ｱｲｳ"
    assert decode(text.encode("cp932"), label).text == text


@pytest.mark.parametrize(
    "text", ["在庫について", "注文確認", "林", "Re: 返品の件", "カタカナ", "①㈱髙ｱｲｳ～", "テスト test テスト"]
)
@pytest.mark.parametrize("label", [None, "", "us-ascii", "x-unknown", "no-such-charset"])
def test_unlabelled_shift_jis(text: str, label: str | None) -> None:
    """Short Japanese text is recognised without a label."""
    assert decode(text.encode("cp932"), label).text == text


@pytest.mark.parametrize("text", ["don’t worry", "Grüße aus Köln", "école été", "naïve café"])
def test_western_accents_are_not_taken_for_kanji(text: str) -> None:
    """A single high byte between letters is an accent."""
    assert decode(text.encode("cp1252"), "iso-8859-1") == decode(text.encode("cp1252"), "windows-1252")
    assert decode(text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Где мой заказ", "koi8-r", "KOI8-R"),
        ("안녕하세요, 똠방각하", "cp949", "ks_c_5601-1987"),
        ("你好镕", "gb18030", "gb2312"),
        ("日本語", "utf-7", "unicode-1-1-utf-7"),
        ("ภาษาไทย", "cp874", "windows-874"),
        ("Ünï", "mac-roman", "x-mac-roman"),
        ("שלום", "iso-8859-8", "iso-8859-8-i"),
        ("繁體", "cp950", "big5"),
        ("日本語", "utf-8", "uft-8"),
        ("日本語", "utf-8", '"UTF-8"'),
        ("日本語", "utf-8", "utf-8*ja"),
        ("日本語", "utf-16", "utf-16"),
        ("補助𠮟る", "utf-8", "utf8mb4"),
    ],
)
def test_labels_of_the_wild(text: str, codec: str, label: str) -> None:
    """Aliases that Python does not know are known here."""
    found = decode(text.encode(codec), label)
    assert found.text == text
    assert not found.lossy


def test_utf16_label_on_ascii_is_ignored() -> None:
    """Some mailers say utf-16 and write bytes."""
    assert decode(b"plain words", "utf-16").text == "plain words"


def test_a_few_bad_bytes_do_not_turn_utf8_into_another_charset() -> None:
    """Losses are marked, and the rest stays readable."""
    found = decode("日本語の長い文章です。".encode() * 20 + b"\xff", "utf-8")
    assert found.text.startswith("日本語の長い文章です。")
    assert found.charset == "utf-8"
    assert found.lossy


def test_sniff_survives_a_cut_character() -> None:
    """A sample may end in the middle of a character."""
    assert sniff("日本語です".encode()[:-1]) == "utf-8"
    assert sniff("これは日本語です".encode("cp932")[:-1]) == "cp932"


@settings(max_examples=300)
@given(
    st.binary(max_size=200),
    st.one_of(
        st.none(),
        st.text(max_size=20),
        st.sampled_from(
            [
                "iso-2022-jp",
                "utf-7",
                "hz",
                "utf-16",
                "idna",
                "unicode_escape",
                "raw_unicode_escape",
                "rot13",
                "zlib",
                "undefined",
            ]
        ),
    ),
)
def test_never_raises(data: bytes, label: str | None) -> None:
    """Whatever the bytes and the label, there is text, and it can be stored after clean()."""
    text = clean(decode(data, label).text)
    text.encode("utf-8")
    assert "\x00" not in text


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(codec="cp932", exclude_characters="¢£¬‖−〜"), max_size=60))
def test_declared_shift_jis_round_trips(text: str) -> None:
    """Everything that cp932 can write is read back."""
    data = text.encode("cp932")
    assert decode(data, "shift_jis").text == data.decode("cp932")
