"""Which template answers this mail: by the keywords that its author gave it.

Each keyword found is evidence, more in the subject than in the text, more when it is long; evidence adds up
but never beyond certainty, so that one good hit in the subject beats many in a long text. A template that is not in
Japanese counts a quarter for a mail that is, and the other way round. The same mail always gets the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from maildesk.domain.template import Suggestion, Template

_IN_SUBJECT, _IN_TEXT, _LONG, _USED = 0.55, 0.3, 0.1, 0.08
_OTHER_LANGUAGE = 0.25
_LONG_FROM = 4
_LONGEST_TEXT = 50_000
_KANA_SHARE = 0.15
"""Of the letters of a Japanese text so many are kana at least, and fewer of one that only has a Japanese word."""
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_FILLED_IN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SPLIT_WORD = re.compile(r"(?<=[^\x00-\x7f])[ \n]+(?=[^\x00-\x7f])")


def fold(text: str) -> str:
    """``text`` as it is compared: NFKC, case folded, Japanese words that a line end cuts in two joined
    again."""
    return _SPLIT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold().replace("\r", ""))


@lru_cache(maxsize=4096)
def _finder(keyword: str) -> re.Pattern[str] | str:
    folded = fold(keyword).strip()
    if folded.isascii() and folded[:1].isalnum():
        return re.compile(rf"(?<![0-9a-z]){re.escape(folded)}")
    return folded


def _found(keyword: str, text: str) -> bool:
    finder = _finder(keyword)
    return bool(finder) and finder in text if isinstance(finder, str) else finder.search(text) is not None


def _is_japanese(*texts: str) -> bool | None:
    """Whether the first of the texts that has words is; None where none has."""
    for text in texts:
        if letters := sum(char.isalpha() for char in text):
            return len(_KANA.findall(text)) >= _KANA_SHARE * letters
    return None


@lru_cache(maxsize=4096)
def _written_in_japanese(body: str) -> bool | None:
    return _is_japanese(_FILLED_IN.sub("", body))


def suggest(
    templates: Iterable[Template],
    subject: str,
    text: str,
    used_counts: Mapping[int, int] | None = None,
) -> tuple[Suggestion, ...]:
    """The templates that fit a mail, best first; those without a hit are not listed, ties go by name.

    ``text`` should be what the customer wrote, without quotes and signature (of which the first 50,000
    characters are read). ``used_counts`` says how often a template id was used before: among templates that
    hit, use counts a little.
    """
    where_subject, where_text = fold(subject), fold(text[:_LONGEST_TEXT])
    most_used = max((used_counts or {}).values(), default=0)
    japanese = _is_japanese(text[:_LONGEST_TEXT], subject)
    found: list[Suggestion] = []
    for template in templates:
        doubt = 1.0
        matched: list[str] = []
        in_subject: list[str] = []
        for keyword in dict.fromkeys(template.keywords):
            extra = _LONG if len(keyword) >= _LONG_FROM else 0.0
            if _found(keyword, where_subject):
                in_subject.append(keyword)
                doubt *= 1 - (_IN_SUBJECT + extra)
            elif _found(keyword, where_text):
                doubt *= 1 - (_IN_TEXT + extra)
            else:
                continue
            matched.append(keyword)
        if not matched:
            continue
        if used_counts and most_used > 0:
            doubt *= 1 - _USED * max(0, used_counts.get(template.id, 0)) / most_used
        is_other = {_written_in_japanese(template.body), japanese} == {True, False}
        score = max(1, min(100, round(100 * (1 - doubt) * (_OTHER_LANGUAGE if is_other else 1))))
        found.append(Suggestion(template, score, tuple(matched), tuple(in_subject)))
    return tuple(sorted(found, key=lambda s: (-s.score, s.template.name, s.template.id)))
