"""Kana and romaji, for finding: ``すず``, ``スズ`` and ``suzu`` are one spelling; so are ``しゅう`` and ``syu``."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_SYLLABLES: dict[str, str] = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=True)
} | {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "ゔ": "bu", "ぢ": "zi", "づ": "zu"}
_SMALL_Y = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_SMALL_VOWEL = {"ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o"}
_DOUBLING = "っ"
_LONG = "ー"

# Hepburn and what people type, as one spelling (kunrei, ISO 3602, without long vowels). The order matters.
_SPELLINGS = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"[tc](?=ch)", "t"),
        (r"sh(?=i|$)", "s"),
        (r"sh", "sy"),
        (r"ch(?=i|$)", "t"),
        (r"ch", "ty"),
        (r"ts(?=u)|ts$", "t"),
        (r"f", "h"),
        (r"j(?=i|$)", "z"),
        (r"jy?", "zy"),
        (r"dz|d(?=[iu])(?=u)", "z"),
        (r"n'", "n"),
        (r"nn", "n"),
        (r"m(?=[bmp])", "n"),
        (r"o[uo]|oh(?![aiueo])", "o"),
        (r"uu", "u"),
    )
)
_LETTERS = re.compile("[a-z']+")


def is_kana(text: str) -> bool:
    """Whether ``text`` is a word in hiragana or katakana, as a reading is."""
    return (
        re.fullmatch(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]+", unicodedata.normalize("NFKC", text.strip()))
        is not None
    )


def hiragana(text: str) -> str:
    """``text`` with katakana, full and half width, as hiragana."""
    return "".join(
        chr(ord(char) - 0x60) if "\u30a1" <= char <= "\u30f6" else char
        for char in unicodedata.normalize("NFKC", text)
    )


def romaji(kana: str) -> str:
    """Hiragana as letters (kunrei); other characters stay."""
    out = ""
    double = False
    for char in kana:
        if char == _DOUBLING:
            double = True
            continue
        if char in _SMALL_Y and out and out[-1] == "i":
            out = f"{out[:-1]}y{_SMALL_Y[char]}"
        elif char in _SMALL_VOWEL:
            out = (out[:-1] if out and out[-1] in "aiueo" else out) + _SMALL_VOWEL[char]
        elif char == _LONG:
            pass
        else:
            sound = _SYLLABLES.get(char, char)
            out += (sound[0] if double and sound[0].isascii() and sound[0] not in "aiueo" else "") + sound
        double = False
    return out


@lru_cache(4096)
def spelled(text: str) -> str:
    """``text`` in one spelling, for comparing with what somebody typed: kana as letters, letters in one way to write
    them; kanji stay. A text that is still being typed (``suzuk``, ``sh``) is the beginning of the whole one's."""
    letters = romaji(hiragana(text).casefold())

    def one(match: re.Match[str]) -> str:
        word = match[0]
        for pattern, written in _SPELLINGS:
            word = pattern.sub(written, word)
        return word

    return _LETTERS.sub(one, letters)
