"""Where words stand in a text: upper or lower case, full or half width, also across the end of a wrapped line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from maildesk.domain.safetext import SafeText

Span = tuple[int, int]
"""From, to: places in a text."""


class _Folded(dict[int, int]):
    """Characters as they are compared, one for one, so that places stay the same."""

    def __missing__(self, code: int) -> int:
        char = unicodedata.normalize("NFKC", chr(code)).casefold()
        folded = self[code] = ord(char) if len(char) == 1 else code
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """``text`` for comparing, of the same length."""
    return text.translate(_FOLDED)


class Lights:
    """Some words, and where they are."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        folded = sorted({fold(word).strip() for word in words} - {""}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, folded))) if folded else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def spans(self, text: str) -> Sequence[Span]:
        """Where the words are in ``text``, in order."""
        if self._pattern is None:
            return ()
        return [match.span() for match in self._pattern.finditer(fold(text))]

    def in_lines(self, lines: Sequence[SafeText]) -> Iterator[Sequence[Span]]:
        """For each of some lines that were one text: where the words are, also those that a line end cuts."""
        if self._pattern is None:
            yield from ([()] * len(lines))
            return
        found = list(self.spans("".join(lines)))
        start = at = 0
        for line in lines:
            end = start + len(line)
            while at < len(found) and found[at][1] <= start:
                at += 1
            here = []
            for first, last in found[at:]:
                if first >= end:
                    break
                here.append((max(first - start, 0), min(last - start, len(line))))
            yield here
            start = end
