"""Words as search compares them: one folding, one tokeniser and one meaning of a hit for both databases, for the
excerpts in lists and for the lights in a conversation.

*Folded* text is NFKC (half and full width alike), case folded, katakana as hiragana, white space as single blanks and
none between two Japanese characters, where a line end may cut a word anywhere. A *hit* is the folded words anywhere in
the folded text; words that begin with a letter or a digit hit only where such a word begins (``inv`` finds
``invoice``, ``voice`` does not).

Japanese has no blanks: runs of its characters are indexed as overlapping pairs and the last one alone, so that words of
one and two characters are found, too. Letters and digits are words; digits in the middle of letters are one of their
own (``A123`` is found by ``123``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

LONGEST_WORD = 64
"""Characters of a word that the index knows; a hit looks at all of them."""
LONGEST_PHRASE = 200
"""Characters of a phrase that are looked for."""
WORD_START = "\x1f"
"""Stands before every word of letters or digits in :func:`marked` text; no folded text has one."""

# Scripts without blanks between words: Han, kana, Hangul, Thai, Lao, Burmese, Khmer.
_RUN = (
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u1100-\u11ff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\U00020000-\U0003ffff"
)
_PIECES = re.compile(rf"([{_RUN}]+)|\d+|[^\W\d_{_RUN}]+")
_WORDS = re.compile(rf"\d+|[^\W\d_{_RUN}]+")
_ASCII_WORDS = re.compile("[a-z]+|[0-9]+")
_SPLIT = re.compile(f"({_WORDS.pattern})")
_ASCII_SPLIT = re.compile(f"({_ASCII_WORDS.pattern})")
_GAP = re.compile(rf"(?<=[{_RUN}]) (?=[{_RUN}])")
_KANA = dict(zip(range(0x30A1, 0x30F7), range(0x3041, 0x3097), strict=True)) | {
    0x30FD: 0x309D,
    0x30FE: 0x309E,
}


def fold(text: str) -> str:
    """``text`` for comparing, as the module says."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_KANA)
    return _GAP.sub("", " ".join(folded.split()))


def marked(folded: str) -> str:
    """Folded text in which every word of letters or digits is marked at its start: a hit is then a plain substring,
    which every database can look for."""
    parts = (_ASCII_SPLIT if folded.isascii() else _SPLIT).split(folded)
    parts[1::2] = [WORD_START + word for word in parts[1::2]]  # three times as fast as re.sub
    return "".join(parts)


def tokens(folded: str) -> list[str]:
    """Folded text as the words of the index, in order."""
    if folded.isascii():
        return [word[:LONGEST_WORD] for word in _ASCII_WORDS.findall(folded)]
    found: list[str] = []
    for piece in _PIECES.finditer(folded):
        run = piece[1]
        if run is None:
            found.append(piece[0][:LONGEST_WORD])
        else:
            found += [one + other for one, other in pairwise(run)]
            found.append(run[-1])
    return found


class Needle(NamedTuple):
    """Words to look for. ``text`` is :func:`marked`; ``words`` are tokens in order, of which the last one is a prefix
    when ``prefix``. ``sure``: whoever has the words one after the other is a hit, nothing else need be compared."""

    text: str
    words: tuple[str, ...]
    prefix: bool
    sure: bool


def needle(phrase: str) -> Needle | None:
    """What ``phrase`` looks for; None where nothing is left of it."""
    folded = fold(phrase)[:LONGEST_PHRASE].strip()
    if not folded:
        return None
    found: list[str] = []
    pieces = list(_PIECES.finditer(folded))
    for place, piece in enumerate(pieces):
        run = piece[1]
        if run is None:
            found.append(piece[0][:LONGEST_WORD])
            continue
        found += [one + other for one, other in pairwise(run)]
        if place < len(pieces) - 1 or len(run) == 1:
            found.append(run[-1])
    last = pieces[-1] if pieces else None
    prefix = last is not None and (last[1] is None or len(last[1]) == 1)
    if last is not None and last.end() < len(folded) and last[1] is not None and len(last[1]) > 1:
        found.append(last[1][-1])  # something that is no word follows: the run ends here
    sure = last is not None and last[0] == folded and len(folded) <= LONGEST_WORD
    return Needle(marked(folded), tuple(found), prefix, sure)


def hits(text: str, phrase: str) -> bool:
    """Whether ``text`` has ``phrase``: what every index must agree with."""
    wanted = needle(phrase)
    return wanted is not None and wanted.text in marked(fold(text))


# ---- where it stands in the text as people read it


class Span(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of a text."""

    start: int
    end: int


_CLUSTER = re.compile("\\s+|.[\u3099\u309a\uff9e\uff9f\u0300-\u036f]*", re.DOTALL)


def _placed(text: str) -> tuple[str, list[int], list[int]]:
    """Marked text, and for each of its characters where in ``text`` it begins and ends."""
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = " " if cluster[0].isspace() else fold(cluster[0]) or " "
        for char in part:
            if char == " " and (not folded or folded[-1] == " "):
                continue
            folded.append(char)
            starts.append(cluster.start())
            ends.append(cluster.end())
    whole = "".join(folded)
    keep = [True] * len(whole)
    for gap in _GAP.finditer(whole):
        keep[gap.start()] = False
    before = {word.start() for word in _WORDS.finditer(whole)}
    out: list[str] = []
    placed: tuple[list[int], list[int]] = ([], [])
    for at, char in enumerate(whole):
        if at in before:
            out.append(WORD_START)
            placed[0].append(starts[at])
            placed[1].append(starts[at])
        if keep[at]:
            out.append(char)
            placed[0].append(starts[at])
            placed[1].append(ends[at])
    return "".join(out), *placed


def spans(text: str, phrases: Iterable[str]) -> tuple[Span, ...]:
    """Where ``phrases`` stand in ``text``, in order and without overlaps."""
    wanted = [one.text for phrase in phrases if (one := needle(phrase)) is not None]
    if not wanted or not text:
        return ()
    if not any(one in marked(fold(text)) for one in wanted):
        return ()
    whole, starts, ends = _placed(text)
    found: list[Span] = []
    for text_wanted in wanted:
        at = -1
        while (at := whole.find(text_wanted, at + 1)) >= 0:
            found.append(Span(starts[at], ends[at + len(text_wanted) - 1]))
    return _merged(found)


def _merged(found: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


class Excerpt(NamedTuple):
    """A piece of a text around a hit, on one line, and where in it the hits are."""

    text: str
    spans: tuple[Span, ...]


_WINDOW = 600
"""Characters of a text that are looked at together."""
_BLANKS = 40
"""So many more than its own characters a phrase may take in a text, blanks and line ends counted."""


def _first(text: str, phrases: Sequence[str]) -> Span | None:
    """The first hit. Only the part of the text that has it is taken apart."""
    overlap = 2 * max(map(len, phrases), default=0) + _BLANKS
    window = max(_WINDOW, 2 * overlap)
    start = 0
    while len(text) > window and start < len(text):
        begin = start
        while begin and start - begin < LONGEST_WORD and text[begin - 1].isalnum():
            begin -= 1  # a word does not begin where it was cut
        if found := spans(text[begin : start + window], phrases):
            return Span(begin + found[0].start, begin + found[0].end)
        start += window - overlap
    found = spans(text, phrases)  # also a phrase with much white space in it
    return found[0] if found else None


def excerpt(text: str, phrases: Sequence[str], before: int = 20, after: int = 60) -> Excerpt | None:
    """What stands around the first hit: ``before`` and ``after`` characters of it. None: there is none."""
    found = _first(text, phrases)
    if found is None:
        return None
    start = max(0, found.start - before)
    end = min(len(text), found.end + after)
    cut = " ".join(text[start:end].split())
    cut = f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}"
    return Excerpt(cut, spans(cut, phrases))
