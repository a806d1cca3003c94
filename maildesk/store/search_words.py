"""Words in mails and comments: what has them, by the index (:mod:`maildesk.store.search_index`) and, of what is not
indexed yet, by LIKE, so that nothing is ever missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any as AnyValue

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from maildesk.domain.query_text import WORD_START, Needle, needle
from maildesk.store.search_index import COMMENT, MAIL, folded_before
from maildesk.store.tables import (
    comment,
    comment_words,
    conversation,
    file_text,
    message,
    message_body,
    message_words,
    unindexed,
)

FEW = 300
"""Hits that are looked up before the list is read."""
MANY = 2_000
"""From so many hits on the list is walked instead."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "": ("subject", "sender", "recipients", "files", "body", "attached"),
    "from": ("sender",),
    "to": ("recipients",),
    "subject": ("subject",),
    "body": ("body",),
    "file": ("files",),
}
"""In which columns of ``message_words`` a key looks."""
_HIRAGANA = {k: k + 0x60 for k in range(0x3041, 0x3097)}
_KATAKANA = {v: k for k, v in _HIRAGANA.items()}
_message_fts = table("message_fts", column("rowid"), column("message_id"), column("words"))
_comment_fts = table("comment_fts", column("rowid"), column("comment_id"), column("words"))


@dataclass(frozen=True, slots=True)
class Look:
    """Where words are looked for: in mails (``fields`` of them), in comments, or both. ``glob``: the words are an
    address with ``*`` at an end, which is in ``value``."""

    needle: Needle
    value: str
    fields: tuple[str, ...]
    comments: bool
    exact: str = ""
    """What must stand in a field; '' for the needle's text."""


def look_for(key: str, value: str, quoted: bool) -> Look | None:
    """What to look for in the words of mails and comments; None for a key that is about something else."""
    if key not in ("order", "comment", *_FIELDS):
        return None
    fields = () if key == "comment" else _FIELDS.get(key, _FIELDS[""])
    if key in ("from", "to") and "*" in value and not quoted:
        return _glob(value, fields)
    wanted = needle(value)
    return None if wanted is None else Look(wanted, value, fields, key in ("", "comment"))


class Words:
    """Looking for words in one transaction: the probes that were made for them."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self.near = False
        """Whether only a few conversations are asked, one by one."""
        self.walks = False
        """Whether there was a word so common that all conversations are asked one by one."""
        self._sqlite = tx.dialect.name == "sqlite"
        self._few: dict[Look, frozenset[int] | None] = {}
        self._counts: dict[Look, int] = {}
        self._unindexed: dict[str, bool] = {}

    def found(self, look: Look) -> ColumnElement[bool]:
        """The condition that a conversation has it."""
        few = self.hits(look)
        if few is not None:
            return conversation.c.id.in_(sorted(few)) if few else false()
        walk = self._count(look) > MANY
        found = []
        if look.fields:
            mails = self._mails(look)
            if self._is_unindexed(MAIL):
                mails = either(mails, _unindexed_mails(look))
            found.append(self._in(message, mails, walk))
        self.walks |= walk
        if look.comments:
            notes = self._comments(look)
            if self._is_unindexed(COMMENT):
                notes = either(notes, _unindexed_comments(look))
            found.append(self._in(comment, notes, walk))
        return or_(*found)

    def _in(self, where: AnyValue, ids: AnyValue, walk: bool) -> ColumnElement[bool]:
        """Whether one of these mails (or comments) is in a conversation."""
        hit = where.c.id.in_(ids)
        if walk and self.near:  # OFFSET keeps PostgreSQL from gathering them all for the first one
            hit = exists(ids.where(ids.selected_columns[0] == where.c.id).correlate(where).offset(0))
        if where is comment:
            hit = and_(hit, comment.c.withdrawn_at.is_(None))
        if walk:
            return exists().where(where.c.conversation_id == conversation.c.id, hit).correlate(conversation)
        return conversation.c.id.in_(select(where.c.conversation_id).where(hit).correlate(None))

    def _mails(self, look: Look) -> Select[AnyValue]:
        """The numbers of the indexed mails that are hits."""
        certain = not look.exact and self._certain(look) and look.fields == _FIELDS[""]
        candidates = self._candidates(look, _message_fts, _message_fts.c.message_id)
        if certain and candidates is not None:
            return candidates
        chosen = select(message_words.c.message_id).where(
            or_(*(has_words(message_words.c[name], look) for name in look.fields))
        )
        return chosen if candidates is None else chosen.where(message_words.c.message_id.in_(candidates))

    def _comments(self, look: Look) -> Select[AnyValue]:
        """The same of comments."""
        candidates = self._candidates(look, _comment_fts, _comment_fts.c.comment_id)
        if self._certain(look) and candidates is not None:
            return candidates
        chosen = select(comment_words.c.comment_id).where(has_words(comment_words.c.body, look))
        return chosen if candidates is None else chosen.where(comment_words.c.comment_id.in_(candidates))

    def _certain(self, look: Look) -> bool:
        return look.needle.sure and (self._sqlite or len(look.needle.words) == 1)

    def _candidates(self, look: Look, index: AnyValue, key: AnyValue) -> Select[AnyValue] | None:
        """What the index says; None where there is no word in what is looked for."""
        words, prefix = look.needle.words, look.needle.prefix
        if not words:
            return None
        if self._sqlite:
            phrase = f'"{" ".join(words)}"{" *" if prefix else ""}'
            return select(index.c.rowid).where(column(index.name).bool_op("MATCH")(phrase))
        *first, last = ("'" + word.replace("'", "''").replace("\\", "\\\\") + "'" for word in words)
        wanted = " & ".join([*first, f"{last}:*" if prefix else last])
        # in the statement itself: PostgreSQL plans a prepared one without knowing the words, and reads the whole table
        words_asked = cast(literal(wanted, Text(), literal_execute=True), TSQUERY)
        return select(key).where(index.c.words.bool_op("@@")(words_asked))

    def _count(self, look: Look) -> int:
        """How many mails and comments the index offers; more than :data:`MANY` are not counted."""
        if look not in self._counts:
            if not look.needle.words:
                self._counts[look] = MANY + 1
                return MANY + 1
            offered = []
            if look.fields:
                offered.append(self._candidates(look, _message_fts, _message_fts.c.message_id))
            if look.comments:
                offered.append(self._candidates(look, _comment_fts, _comment_fts.c.comment_id))
            numbers = [
                select(func.count()).select_from(one.limit(MANY + 1).subquery()).scalar_subquery()
                for one in offered
                if one is not None
            ]
            self._counts[look] = sum(self._tx.execute(select(*numbers)).one())
        return self._counts[look]

    def hits(self, look: Look) -> frozenset[int] | None:
        """The conversations that have it, where they are few and everything is indexed."""
        if look not in self._few:
            self._few[look] = None
            if not self._is_unindexed(MAIL) and not self._is_unindexed(COMMENT) and self._count(look) <= FEW:
                found: set[int] = set()
                if look.fields:
                    mails = select(message.c.conversation_id).where(message.c.id.in_(self._mails(look)))
                    found.update(self._tx.execute(mails.distinct()).scalars())
                if look.comments:
                    notes = select(comment.c.conversation_id).where(comment.c.id.in_(self._comments(look)))
                    notes = notes.where(comment.c.withdrawn_at.is_(None))
                    found.update(self._tx.execute(notes.distinct()).scalars())
                self._few[look] = frozenset(found)
        return self._few[look]

    def _is_unindexed(self, kind: str) -> bool:
        """Whether there is anything of that kind that the index does not have."""
        if not self._unindexed:
            left = [
                exists(select(unindexed.c.id).where(unindexed.c.kind == one)).label(one)
                for one in (MAIL, COMMENT)
            ]
            row = self._tx.execute(select(*left)).one()
            self._unindexed = {MAIL: bool(row[0]), COMMENT: bool(row[1])}
        return self._unindexed[kind]


def either(one: Select[AnyValue], other: Select[AnyValue]) -> Select[AnyValue]:
    """What the one or the other finds."""
    return select(one.union_all(other).subquery().c[0])


def has_words(words: ColumnElement[str], look: Look) -> ColumnElement[bool]:
    """Whether a column of words has what is looked for."""
    return words.contains(look.exact or look.needle.text, autoescape=True)


def _glob(value: str, fields: tuple[str, ...]) -> Look | None:
    """An address with ``*`` at one end or both. Addresses stand between ``<`` and ``>``."""
    wanted = needle(value.strip("*"))
    if wanted is None:
        return None
    words, exact = wanted.words, wanted.text
    if value.startswith("*"):
        if exact.startswith(WORD_START):  # the word may begin earlier
            exact, words = exact[1:], words[1:]
    else:
        exact = f"<{exact}"
    if not value.endswith("*"):
        exact = f"{exact}>"
    look = Needle(wanted.text, words, True, False)
    return Look(look, value, fields, False, exact)


# ---- what is not indexed yet


def written(value: str) -> tuple[str, ...]:
    """The ways in which kana may be written; stored text was folded without regard to them."""
    folded = folded_before(value)
    ways = (folded, folded.translate(_KATAKANA), folded.translate(_HIRAGANA))
    return tuple(dict.fromkeys(ways))


def _unindexed_mails(look: Look) -> Select[AnyValue]:
    """Mails that have it among those that the index does not have."""
    value = look.value.strip("*")
    left = select(unindexed.c.id).where(unindexed.c.kind == MAIL)
    found = {
        "sender": lambda one: or_(
            message.c.from_address.icontains(one, autoescape=True),
            message.c.from_name.icontains(one, autoescape=True),
        ),
        "recipients": lambda one: or_(
            cast(message.c.to, Text).icontains(one, autoescape=True),
            cast(message.c.cc, Text).icontains(one, autoescape=True),
        ),
        "subject": lambda one: message.c.subject.icontains(one, autoescape=True),
        "attached": _in_files,
    }
    ways = [
        found[name](one) if name in found else message_body.c.folded.contains(one, autoescape=True)
        for name in look.fields
        for one in written(value)
    ]
    return (
        select(message.c.id)
        .join(message_body, message_body.c.message_id == message.c.id)
        .where(message.c.id.in_(left), or_(*ways))
    )


def _in_files(words: str) -> ColumnElement[bool]:
    here = file_text.c.message_id == message.c.id, file_text.c.text.icontains(words, autoescape=True)
    return exists(select(file_text.c.file).where(*here))


def _unindexed_comments(look: Look) -> Select[AnyValue]:
    """The same of comments."""
    left = select(unindexed.c.id).where(unindexed.c.kind == COMMENT)
    ways = [comment.c.text.icontains(one, autoescape=True) for one in (look.value, *written(look.value))]
    return select(comment.c.id).where(comment.c.id.in_(left), or_(*ways))
