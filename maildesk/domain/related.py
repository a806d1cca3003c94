"""Which conversations belong together, and why: what a mail linked, what was merged, the same order, and mails of one
customer that read alike.

Two mails *read alike* when enough of what their first lines say is the same: words of letters and digits, and pairs of
Japanese characters without hiragana, so that greetings and endings, which everybody writes, count for nothing. What
most mails of a customer have in common (his name, his company) tells nothing either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.query_text import tokens
from maildesk.locale import has, t

LOOKED_AT = 600
"""Characters of a text that are compared: what somebody wants stands at the beginning."""
AT_LEAST = 5
"""So many words must be the same."""
SHARE = 0.35
"""So much of the shorter of two texts must be in the other one."""
OFTEN = 4
"""From so many mails on, what stands in more than half of them is left out."""

_PREFIX = re.compile(
    r"\s*(?:re|fw|fwd|aw|wg|sv|tr|rv|返信|転送)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]", re.IGNORECASE
)
_PREFIXES = 5
"""So many of them are taken off a subject."""
_HIRAGANA = re.compile("[\u3041-\u309f]")


def _plain(text: str) -> str:
    """As search folds it, but katakana stays apart from hiragana: it writes the names of things."""
    return unicodedata.normalize("NFKC", text).casefold()


_EVERYBODYS = frozenset(
    tokens(
        "世話 平素 株式会社 有限会社 多忙 恐縮 連絡 失礼 注文 番号 商品 確認 the an to of and in is my it you your for "
        "on this that with have has we re please thank thanks hello dear hi regards order"
    )
)


class Why(StrEnum):
    """Why a conversation belongs to another one."""

    LINKED = "linked"
    MERGED = "merged"
    ORDER = "order"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Reason:
    """``detail`` is for ``linked`` what a mail was linked for (:class:`maildesk.domain.conversation.Related`), for
    ``order`` the number. ``back``: a mail of the *other* conversation was linked to this one."""

    why: Why
    detail: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A conversation that mails were linked with, and the first reason for it."""

    conversation_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Relative:
    """A conversation that belongs to another one. One that was merged into that one cannot be opened: its mails are
    there."""

    summary: ConversationSummary
    reasons: tuple[Reason, ...]

    @property
    def is_merged(self) -> bool:
        """Whether it is a part of the other one."""
        return any(reason.why is Why.MERGED for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a conversation began with: the subject and the beginning of the text, without quotes and signature."""

    subject: str
    text: str
    words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        subject = self.subject
        for _ in range(_PREFIXES):
            found = _PREFIX.match(subject)
            subject = subject[found.end() :] if found else subject
        said = f"{subject}\n{self.text}"[:LOOKED_AT]
        telling = (word for word in tokens(_plain(said)) if len(word) > 1 and not _HIRAGANA.search(word))
        object.__setattr__(self, "words", frozenset(telling) - _EVERYBODYS)


def similar(this: Wording, others: Mapping[int, Wording], most: int = 5) -> tuple[int, ...]:
    """Which of the others read like this one, the most alike first, at most ``most``."""
    said = Counter(word for one in others.values() for word in one.words)
    everywhere = {word for word, count in said.items() if len(others) >= OFTEN and count * 2 > len(others)}
    own = this.words - everywhere
    found: list[tuple[float, int]] = []
    for number, other in others.items():
        theirs = other.words - everywhere
        same = len(own & theirs)
        if same >= AT_LEAST and same >= SHARE * min(len(own), len(theirs)):
            found.append((-same / min(len(own), len(theirs)), -number))
    return tuple(-number for _, number in sorted(found)[:most])


def told(reason: Reason) -> str:
    """A reason in the language in use."""
    if reason.why is not Why.LINKED:
        return t(f"related.{reason.why}", detail=reason.detail)
    key = f"related.linked.{reason.detail}{'.back' if reason.back else ''}"
    return t(key if has(key) else "related.linked")


def all_told(reasons: Iterable[Reason]) -> str:
    """All reasons on one line."""
    return t("related.and").join(map(told, reasons))
