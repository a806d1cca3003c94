"""The language in which conversations are asked for: filter bar, saved views, command line and rules.

``state:new,waiting label:至急 -word "配送 遅延" (返品 | 交換)``: words and ``key:value`` terms that must all hold,
``-`` in front for what must not, ``|`` or ``OR`` between alternatives (it binds less than standing side by side),
parentheses, quotes for a phrase. Keys and the values of closed lists may be Japanese (``状態:新着``), the colon and the
quotes full width. What only looks like a term (``10:30``, ``https://…``, ``Re:``) is a word; a key that is nearly one
of ours, a value that cannot be and a bracket without its partner are a :class:`QueryError`, which says where.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from maildesk.domain.status import Priority
from maildesk.errors import UsageError


class QueryError(UsageError):
    """A query that cannot be obeyed. ``at`` is the place in it (from 0), ``length`` how much of it is meant."""

    def __init__(self, key: str, at: int, length: int = 1, /, **values: object) -> None:
        super().__init__(key, position=at + 1, **values)
        self.at = at
        self.length = length


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``key`` is one of :data:`KEYS`, '' for words anywhere, ``#`` for a number; one of ``values``
    suffices. ``quoted``: it was written as a phrase. ``at``: where in the query its values begin."""

    key: str
    values: tuple[str, ...]
    quoted: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """All of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of these."""

    parts: tuple[Node, ...]


Node = Term | Not | All | Any

TEXT_KEYS = ("from", "to", "subject", "body", "customer", "order", "file", "comment")
"""Keys of words in a part of a conversation; a comma belongs to the words."""
KEYS: Mapping[str, tuple[str, ...]] = {
    "state": ("状態", "ステータス", "status"),
    "label": ("ラベル", "tag"),
    "shop": ("店舗", "mailbox"),
    "from": ("差出人",),
    "to": ("宛先",),
    "subject": ("件名",),
    "body": ("本文",),
    "customer": ("顧客",),
    "order": ("注文", "注文番号"),
    "file": ("添付", "ファイル"),
    "comment": ("コメント",),
    "older": ("より前",),
    "newer": ("以内",),
    "due": ("期限",),
    "overdue": ("期限切れ", "late"),
    "after": ("以降",),
    "before": ("以前",),
    "assignee": ("担当", "担当者"),
    "priority": ("優先", "優先度"),
    "is": ("条件",),
    "has": ("あり",),
    "field": ("項目", "顧客項目"),
}
"""The keys, and what else they may be called."""

STATES: Mapping[str, tuple[str, ...]] = {
    "new": ("新着",),
    "replying": ("処理中", "返信処理中"),
    "approval": ("承認待ち",),
    "waiting": ("保留",),
    "waiting-customer": ("顧客待ち", "返信待ち"),
    "waiting-colleague": ("社内待ち",),
    "waiting-until": ("日時待ち",),
    "done": ("完了", "対応完了"),
    "open": ("未完了",),
    "spam": ("迷惑メール", "迷惑"),
    "trash": ("ゴミ箱",),
}
PRIORITIES: Mapping[str, tuple[str, ...]] = {
    Priority.NORMAL.word: ("普通", "通常"),
    Priority.IMPORTANT.word: ("重要",),
    Priority.URGENT.word: ("至急",),
    Priority.CRITICAL.word: ("大至急",),
}
IS: Mapping[str, tuple[str, ...]] = {
    "unread": ("未読",),
    "mine": ("自分",),
    "automatic": ("自動",),
    "bounced": ("不達",),
    "followed": ("フォロー", "フォロー中"),
    "answered": ("返信済", "返信済み"),
    "no-answer": ("対応不要",),
    "unreadable": ("解読不可", "読取不可"),
    "follow-up": ("要対応",),
    "overdue": ("期限切れ", "late"),
    "archived": ("書庫", "アーカイブ"),
}
HAS: Mapping[str, tuple[str, ...]] = {
    "attachment": ("添付", "file"),
    "claim": ("返信権",),
    "draft": ("下書き",),
    "comment": ("コメント",),
    "phone": ("電話", "電話メモ"),
}
ASSIGNEES: Mapping[str, tuple[str, ...]] = {"me": ("@me", "自分"), "none": ("なし", "未定")}
CLOSED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "state": STATES,
    "priority": PRIORITIES,
    "is": IS,
    "has": HAS,
}
"""Keys that know all their values."""

DAYS: Mapping[str, int] = {"today": 0, "今日": 0, "yesterday": 1, "昨日": 1}
"""Days that have a name, and how long ago they were."""
_UNITS: Mapping[str, int] = {
    "m": 60,
    "min": 60,
    "分": 60,
    "h": 3600,
    "時間": 3600,
    "d": 86_400,
    "日": 86_400,
    "w": 604_800,
    "週": 604_800,
    "週間": 604_800,
}
_AGE = re.compile(r"(\d{1,5})\s*(\D{1,3})")
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?|(\d{1,2})[-/](\d{1,2})")
_NAMES: Mapping[str, str] = {name: key for key, names in KEYS.items() for name in (key, *names)}
_NEAR = 0.7
_OPEN, _CLOSE, _BAR, _COMMA, _COLON, _MINUS = (
    "(\uff08",
    ")\uff09",
    "|\uff5c",
    ",\uff0c、",
    ":\uff1a",
    "-\uff0d",
)
"""Half and full width."""
_QUOTES: Mapping[str, str] = {'"': '"', "“": "”", "”": "”", "「": "」"}
_NAME = re.compile(rf"([^\W\d_]+)[{_COLON}]")
_MOST_TERMS = 60
"""A longer query is a text that was pasted."""


def parse(text: str, states: Mapping[str, tuple[str, ...]] | None = None) -> Node | None:
    """Read a query; None for an empty one. ``states`` are those of the desk's own, and what else they are called.
    Raises QueryError."""
    return _Parser(text, states or {}).query()


def terms(node: Node | None, *, negated: bool = False) -> Iterator[Term]:
    """The terms of a query that ask for something (with ``negated`` also those that must not hold)."""
    match node:
        case Term():
            yield node
        case Not(part):
            if negated:
                yield from terms(part, negated=True)
        case All(parts) | Any(parts):
            for part in parts:
                yield from terms(part, negated=negated)


def names_state(node: Node | None) -> bool:
    """Whether a query says itself in which states it looks: then it is asked everywhere, whatever tab is shown."""
    return any(term.key == "state" for term in terms(node))


def phrases(node: Node | None) -> tuple[str, ...]:
    """The words that a query looks for in texts, to be shown where they stand."""
    found = [
        value.strip("*") for term in terms(node) if term.key in ("", *TEXT_KEYS) for value in term.values
    ]
    return tuple(dict.fromkeys(value for value in found if value))


class _Parser:
    def __init__(self, text: str, states: Mapping[str, tuple[str, ...]]) -> None:
        self._text = text
        self._states = {**STATES, **states}
        self._at = 0
        self._depth = 0
        self._count = 0

    def query(self) -> Node | None:
        return self._alternatives()

    def _alternatives(self) -> Node | None:
        parts: list[Node] = []
        bar: int | None = None
        while True:
            side = self._side_by_side()
            if side is not None:
                parts.append(side)
            elif bar is not None or self._is_bar():
                raise QueryError("query_alternative", self._at if bar is None else bar)
            if not self._is_bar():
                break
            bar = self._at
            self._at += 1 if self._text[self._at] in _BAR else 2
        return Any(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None

    def _side_by_side(self) -> Node | None:
        parts: list[Node] = []
        while True:
            self._blanks()
            if self._at >= len(self._text) or self._is_bar():
                break
            if self._depth and self._text[self._at] in _CLOSE:
                break
            part = self._part()
            if part is not None:
                parts.append(part)
        return All(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None

    def _part(self) -> Node | None:
        text, at = self._text, self._at
        self._count += 1  # brackets and signs, too: what lies too deep in them nobody could ask
        if self._count > _MOST_TERMS:
            raise QueryError("query_long", at, most=_MOST_TERMS)
        if text[at] in _MINUS and at + 1 < len(text) and not text[at + 1].isspace():
            self._at += 1
            part = self._part()
            return None if part is None else Not(part)
        if text[at] in _OPEN:
            self._at += 1
            self._depth += 1
            inner = self._alternatives()
            if self._at >= len(text):
                raise QueryError("query_bracket", at, bracket=text[at])
            self._at += 1
            self._depth -= 1
            return inner
        return self._term()

    def _blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _is_bar(self) -> bool:
        at, text = self._at, self._text
        if at < len(text) and text[at] in _BAR:
            return True
        return text.startswith("OR", at) and (at + 2 == len(text) or text[at + 2].isspace())

    # ---- one term

    def _term(self) -> Term | None:
        start = self._at
        if self._text[start] in _QUOTES:
            phrase = self._quoted()
            return Term("", (phrase,), quoted=True) if phrase.strip() else None
        name = _NAME.match(self._text, start)
        if name is not None:
            key = _NAMES.get(unicodedata.normalize("NFKC", name[1]).casefold())
            if key is not None:
                self._at = name.end()
                return self._valued(key, name[1], start)
        word = self._word()
        if number := re.fullmatch("[#\uff03]([0-9]{1,9})", word):
            return Term("#", (str(int(number[1])),))
        if name is not None and word[len(name[0]) :] and not word[len(name[0]) :].startswith("//"):
            self._refuse_near(name[1], start)
        return Term("", (word,))

    def _refuse_near(self, name: str, at: int) -> None:
        """An unknown key that is nearly one of ours is a slip, not a word."""
        near = difflib.get_close_matches(name.casefold(), _NAMES, 1, _NEAR)
        if near:
            raise QueryError("query_key", at, len(name), name=name, nearest=near[0])

    def _valued(self, key: str, name: str, start: int) -> Term:
        at = self._at
        if at >= len(self._text) or self._text[at].isspace() or (self._depth and self._text[at] in _CLOSE):
            if key == "overdue":  # by however little
                return Term(key, ("0",))
            raise QueryError("query_value_missing", start, at - start, name=name, known=_examples(key))
        if key in CLOSED or key in ("label", "shop", "assignee"):
            values, quoted = self._list()
        else:
            quoted = self._text[at] in _QUOTES
            values = ((self._quoted() if quoted else self._word()),)
        if not all(value.strip() for value in values):
            raise QueryError("query_value_missing", start, at - start, name=name, known=_examples(key))
        closed = self._states if key == "state" else CLOSED.get(key)
        checked = tuple(dict.fromkeys(_checked(key, name, value, at, quoted, closed) for value in values))
        return Term(key, checked, quoted, at)

    def _list(self) -> tuple[tuple[str, ...], bool]:
        values, quoted = [], False
        while True:
            if self._at < len(self._text) and self._text[self._at] in _QUOTES:
                values.append(self._quoted())
                quoted = True
            else:
                values.append(self._word(ends=_COMMA))
            if self._at >= len(self._text) or self._text[self._at] not in _COMMA:
                return tuple(values), quoted
            self._at += 1

    def _quoted(self) -> str:
        """A phrase. The closing quote may still be missing: it is being typed."""
        end = self._text.find(_QUOTES[self._text[self._at]], self._at + 1)
        begin, self._at = self._at + 1, len(self._text) if end < 0 else end + 1
        return self._text[begin : len(self._text) if end < 0 else end]

    def _word(self, ends: str = "") -> str:
        """Up to the next blank; a bracket that was opened in the word belongs to it."""
        start, inner = self._at, 0
        while self._at < len(self._text):
            char = self._text[self._at]
            if char.isspace() or char in ends or char in _BAR:
                break
            if char in _OPEN:
                inner += 1
            elif char in _CLOSE:
                if self._depth and not inner:
                    break
                inner -= 1
            self._at += 1
        return self._text[start : self._at]


# ---- values


def _checked(
    key: str,
    name: str,
    value: str,
    at: int,
    quoted: bool,
    closed: Mapping[str, tuple[str, ...]] | None,
) -> str:
    plain = unicodedata.normalize("NFKC", value).strip()
    if closed is not None:
        return _chosen(closed, name, plain, at, len(value))
    if key == "assignee":
        return next((word for word, names in ASSIGNEES.items() if plain in (word, *names)), plain)
    if key in ("older", "newer", "due", "overdue"):
        found = _AGE.fullmatch(plain.casefold())
        if found is None or found[2] not in _UNITS:
            raise QueryError("query_age", at, len(value), name=name, value=value)
        return str(int(found[1]) * _UNITS[found[2]])
    if key in ("after", "before"):
        if plain.casefold() not in DAYS:
            _day(plain, 2000, name, value, at)
        return plain.casefold()
    if key == "field":
        return _field(value, name, at)
    if key in ("from", "to", "customer") and not quoted and "*" in plain.strip("*"):
        raise QueryError("query_star", at, len(value), name=name, value=value)
    return value.strip()


def _field(value: str, name: str, at: int) -> str:
    """``field=value``: the name folded, the value as it was written, since only a desk knows what it means."""
    field_name, equals, said = value.replace("\uff1d", "=", 1).partition("=")
    folded = unicodedata.normalize("NFKC", field_name).strip()
    if not (equals and folded and said.strip()):
        raise QueryError("query_field", at, len(value), name=name, value=value)
    return f"{folded}={said.strip()}"


def _chosen(known: Mapping[str, tuple[str, ...]], name: str, value: str, at: int, length: int) -> str:
    names = {other.casefold(): word for word, others in known.items() for other in (word, *others)}
    if (found := names.get(value.casefold())) is not None:
        return found
    near = difflib.get_close_matches(value.casefold(), names, 1, 0.0)
    raise QueryError(
        "query_value", at, length, name=name, value=value, nearest=near[0], known=", ".join(known)
    )


def _examples(key: str) -> str:
    if key in CLOSED:
        return ", ".join(CLOSED[key])
    return {
        "assignee": "me, none, sato",
        "older": "3h, 7d",
        "newer": "3h, 7d",
        "due": "30m, 2h",
        "after": "2026-08-01, today",
        "before": "2026-08-01, today",
        "order": "123-456",
        "field": "rank=gold",
    }.get(key, "…")


def _day(value: str, this_year: int, name: str, written: str, at: int) -> date:
    found = _DAY.fullmatch(value)
    try:
        if found is None:
            raise ValueError
        if found[4]:
            return date(this_year, int(found[4]), int(found[5]))
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise QueryError("query_day", at, len(written), name=name, value=written) from None


def first_day(value: str, today: date) -> date:
    """The day that a checked value of ``after:`` and ``before:`` begins with; without a year the last such day."""
    if value in DAYS:
        return date.fromordinal(today.toordinal() - DAYS[value])
    if re.fullmatch(r"0?2[-/]29", value):  # the last leap year has one
        year = next(y for y in range(today.year, 0, -1) if _is_leap(y) and date(y, 2, 29) <= today)
        return date(year, 2, 29)
    found = _day(value, today.year, "", value, 0)
    return found if found <= today or len(value) > 5 else found.replace(year=today.year - 1)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
