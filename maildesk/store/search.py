"""Finding conversations: a query of :mod:`maildesk.domain.query` as a condition, the same on both databases.

Words are looked up in the index (:mod:`maildesk.store.search_index`). Few hits become the numbers of their
conversations, so that no list is walked for them; of very many, the list is walked until a page is full. What is not
indexed yet is looked through with LIKE, so that nothing is ever missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
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
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from maildesk.domain.conversation import MessageKind
from maildesk.domain.query import All, Any, Node, Not, Term, first_day
from maildesk.domain.query_text import WORD_START, Needle, fold, needle
from maildesk.domain.status import REASON_TABS, Priority, Status
from maildesk.store import claims, order_refs, search_names, search_terms, states, targets
from maildesk.store.clock import db_now
from maildesk.store.places import listed_in
from maildesk.store.search_index import COMMENT, MAIL, folded_before
from maildesk.store.tables import (
    agent,
    claim,
    comment,
    comment_words,
    conversation,
    conversation_merge,
    customer,
    customer_address,
    draft,
    follow,
    label,
    mailbox,
    message,
    message_body,
    message_words,
    order_ref,
    seen,
    unindexed,
)

FEW = 300
"""Hits that are looked up before the list is read."""
MANY = 2_000
"""From so many hits on the list is walked instead."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "": ("subject", "sender", "recipients", "files", "body"),
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


def condition(tx: Connection, query: Node, agent_id: int, zone: tzinfo | None = None) -> ColumnElement[bool]:
    """The query as a condition on ``conversation``, for one agent. Days begin in ``zone`` (None: this computer's).
    Raises QueryError for a label, a shop, a person or a field that there is not."""
    search_names.check(tx, query)
    asked = _Asked(tx, agent_id, zone)
    wanted = asked.condition(query)
    few = asked.narrow(query)
    return wanted if few is None else and_(conversation.c.id.in_(sorted(few)), wanted)


@dataclass(frozen=True, slots=True)
class _Look:
    """Where words are looked for: in mails (``fields`` of them), in comments, or both. ``glob``: the words are an
    address with ``*`` at an end, which is in ``value``."""

    needle: Needle
    value: str
    fields: tuple[str, ...]
    comments: bool
    exact: str = ""
    """What must stand in a field; '' for the needle's text."""


class _Asked:
    """A query that is being asked: the probes that were made for it."""

    def __init__(self, tx: Connection, agent_id: int, zone: tzinfo | None) -> None:
        self._tx = tx
        self._me = agent_id
        self._zone = zone
        self._sqlite = tx.dialect.name == "sqlite"
        self._few: dict[_Look, frozenset[int] | None] = {}
        self._counts: dict[_Look, int] = {}
        self._unindexed: dict[str, bool] = {}

    # ---- the tree

    def condition(self, node: Node) -> ColumnElement[bool]:
        """The condition that a part of the query is."""
        match node:
            case All(parts):
                return and_(*map(self.condition, parts))
            case Any(parts):
                return or_(*map(self.condition, parts))
            case Not(part):
                return not_(func.coalesce(self.condition(part), false()))  # what is not known does not hold
            case Term(key, values):
                return or_(*(self._one(key, value, node.quoted) for value in values))

    def narrow(self, node: Node) -> frozenset[int] | None:
        """All conversations that a part can find, where these are few; None where they are not known."""
        match node:
            case All(parts):
                known = [few for few in map(self.narrow, parts) if few is not None]
                return frozenset.intersection(*known) if known else None
            case Any(parts):
                return self._union(map(self.narrow, parts))
            case Not(_):
                return None
            case Term("#", (number,)):
                return frozenset({int(number)}) if self._merged(int(number)) is None else None
            case Term(key, values):
                looks = [self._look(key, value, node.quoted) for value in values]
                if not looks or any(look is None for look in looks) or _also(key, values):
                    return None
                return self._union(self._hits(look) for look in looks if look is not None)

    @staticmethod
    def _union(some: Iterable[frozenset[int] | None]) -> frozenset[int] | None:
        found: frozenset[int] = frozenset()
        for few in some:
            if few is None:
                return None
            found |= few
        return found

    # ---- one term

    def _one(self, key: str, value: str, quoted: bool) -> ColumnElement[bool]:
        look = self._look(key, value, quoted)
        if look is not None:
            found = [self._found(look)]
            if key == "" and value.isdecimal() and len(value) <= 9 and not quoted:
                found.append(conversation.c.id == int(value))
            if key == "order":
                found.append(_about_order(value))
            return or_(*found)
        match key:
            case "#":
                into = self._merged(int(value))
                return conversation.c.id == (int(value) if into is None else into)
            case "state":
                return _state(value)
            case "label":
                return exists(
                    select(label.c.name).where(
                        label.c.conversation_id == conversation.c.id, label.c.name == value
                    )
                )
            case "shop":
                named = or_(
                    mailbox.c.short_name == value, mailbox.c.name == value, mailbox.c.address == value
                )
                return listed_in(select(mailbox.c.id).where(named).correlate(None))
            case "assignee":
                return self._assignee(value)
            case "priority":
                return conversation.c.priority == next(p.value for p in Priority if p.word == value)
            case "customer":
                return _customer(value)
            case "older":
                return conversation.c.last_message_at < db_now() - float(value)
            case "newer":
                return conversation.c.last_message_at >= db_now() - float(value)
            case "due":
                return targets.is_due(float(value))
            case "overdue":
                return targets.is_due(-float(value))
            case "after":
                return conversation.c.last_message_at >= self._day(value)
            case "before":
                return conversation.c.last_message_at < self._day(value)
            case "is":
                return self._is(value)
            case "has":
                return _has(value)
            case "field":
                return search_terms.field(self._tx, value)
            case _:
                return false()

    def _look(self, key: str, value: str, quoted: bool) -> _Look | None:
        """What to look for in the words of mails and comments; None for a key that is about something else."""
        if key not in ("order", "comment", *_FIELDS):
            return None
        fields = () if key == "comment" else _FIELDS.get(key, _FIELDS[""])
        if key in ("from", "to") and "*" in value and not quoted:
            return _glob(value, fields)
        wanted = needle(value)
        return None if wanted is None else _Look(wanted, value, fields, key in ("", "comment"))

    def _assignee(self, value: str) -> ColumnElement[bool]:
        if value == "me":
            return conversation.c.assignee_id == self._me
        if value == "none":
            return conversation.c.assignee_id.is_(None)
        who = select(agent.c.id).where(or_(agent.c.login == value, agent.c.name == value)).correlate(None)
        return conversation.c.assignee_id.in_(who)

    def _day(self, value: str) -> datetime:
        seconds = float(self._tx.execute(select(db_now())).scalar_one())
        today = datetime.fromtimestamp(seconds, UTC).astimezone(self._zone).date()
        day = first_day(value, today)
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone()

    def _is(self, value: str) -> ColumnElement[bool]:
        if (kept := search_terms.is_(value)) is not None:
            return kept
        match value:
            case "unread":
                read = (
                    select(seen.c.conversation_id)
                    .where(
                        seen.c.agent_id == self._me,
                        seen.c.conversation_id == conversation.c.id,
                        seen.c.version >= conversation.c.news_version,
                    )
                    .correlate(conversation)
                )
                return ~exists(read)
            case "mine":
                return conversation.c.assignee_id == self._me
            case "automatic":
                return conversation.c.automatic == true()
            case "bounced":
                return conversation.c.bounced == true()
            case _:
                mine = follow.c.agent_id == self._me, follow.c.conversation_id == conversation.c.id
                return exists().where(*mine).correlate(conversation)

    def _merged(self, number: int) -> int | None:
        """Where a conversation of that number was merged into."""
        into = select(conversation_merge.c.into_id).where(conversation_merge.c.conversation_id == number)
        return self._tx.execute(into).scalar()

    # ---- words

    def _found(self, look: _Look) -> ColumnElement[bool]:
        few = self._hits(look)
        if few is not None:
            return conversation.c.id.in_(sorted(few)) if few else false()
        walk = self._count(look) > MANY
        found = []
        if look.fields:
            mails = self._mails(look)
            if self._is_unindexed(MAIL):
                mails = _either(mails, _unindexed_mails(look))
            found.append(self._in(message, mails, walk))
        if look.comments:
            notes = self._comments(look)
            if self._is_unindexed(COMMENT):
                notes = _either(notes, _unindexed_comments(look))
            found.append(self._in(comment, notes, walk))
        return or_(*found)

    @staticmethod
    def _in(where: AnyValue, ids: AnyValue, walk: bool) -> ColumnElement[bool]:
        """Whether one of these mails (or comments) is in a conversation."""
        hit = where.c.id.in_(ids)
        if walk:
            return exists().where(where.c.conversation_id == conversation.c.id, hit).correlate(conversation)
        return conversation.c.id.in_(select(where.c.conversation_id).where(hit).correlate(None))

    def _mails(self, look: _Look) -> Select[AnyValue]:
        """The numbers of the indexed mails that are hits."""
        certain = not look.exact and self._certain(look) and look.fields == _FIELDS[""]
        candidates = self._candidates(look, _message_fts, _message_fts.c.message_id)
        if certain and candidates is not None:
            return candidates
        chosen = select(message_words.c.message_id).where(
            or_(*(_has_words(message_words.c[name], look) for name in look.fields))
        )
        return chosen if candidates is None else chosen.where(message_words.c.message_id.in_(candidates))

    def _comments(self, look: _Look) -> Select[AnyValue]:
        """The same of comments."""
        candidates = self._candidates(look, _comment_fts, _comment_fts.c.comment_id)
        if self._certain(look) and candidates is not None:
            return candidates
        chosen = select(comment_words.c.comment_id).where(_has_words(comment_words.c.body, look))
        return chosen if candidates is None else chosen.where(comment_words.c.comment_id.in_(candidates))

    def _certain(self, look: _Look) -> bool:
        return look.needle.sure and (self._sqlite or len(look.needle.words) == 1)

    def _candidates(self, look: _Look, index: AnyValue, key: AnyValue) -> Select[AnyValue] | None:
        """What the index says; None where there is no word in what is looked for."""
        words, prefix = look.needle.words, look.needle.prefix
        if not words:
            return None
        if self._sqlite:
            phrase = f'"{" ".join(words)}"{" *" if prefix else ""}'
            return select(index.c.rowid).where(column(index.name).bool_op("MATCH")(phrase))
        *first, last = ("'" + word.replace("'", "''").replace("\\", "\\\\") + "'" for word in words)
        wanted = " & ".join([*first, f"{last}:*" if prefix else last])
        return select(key).where(index.c.words.bool_op("@@")(cast(literal(wanted), TSQUERY)))

    def _count(self, look: _Look) -> int:
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

    def _hits(self, look: _Look) -> frozenset[int] | None:
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


def _either(one: Select[AnyValue], other: Select[AnyValue]) -> Select[AnyValue]:
    return select(one.union_all(other).subquery().c[0])


def _also(key: str, values: Sequence[str]) -> bool:
    """Whether such a term finds by something else than words, too."""
    return key == "order" or (key == "" and any(v.isdecimal() and len(v) <= 9 for v in values))


def _has_words(words: ColumnElement[str], look: _Look) -> ColumnElement[bool]:
    return words.contains(look.exact or look.needle.text, autoescape=True)


def _glob(value: str, fields: tuple[str, ...]) -> _Look | None:
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
    return _Look(look, value, fields, False, exact)


# ---- the other terms


def _state(value: str) -> ColumnElement[bool]:
    if value == "replying":
        return conversation.c.id.in_(_live())
    if value == "open":
        return conversation.c.status.in_([s.value for s in Status if s.is_open])
    if (reason := REASON_TABS.get(value)) is not None:
        return states.waits_for(reason)
    if value not in [*Status]:
        return states.is_in(value)
    own, stored = states.is_in_none(value), conversation.c.status == value
    return stored if own is None else and_(stored, own)


def _live() -> Select[AnyValue]:
    return select(claim.c.conversation_id).where(claims.is_live()).correlate(None)


def _has(value: str) -> ColumnElement[bool]:
    if value == "attachment":
        return conversation.c.attachments > 0
    if value == "phone":
        return search_terms.has_phone()
    if value == "claim":
        return conversation.c.id.in_(_live())
    here = draft if value == "draft" else comment
    there = exists().where(here.c.conversation_id == conversation.c.id)
    if value == "comment":
        there = there.where(comment.c.kind == MessageKind.COMMENT.value)
    return there.correlate(conversation)


def _customer(value: str) -> ColumnElement[bool]:
    """By a name or an address of the customer; ``*`` stands at an end."""
    plain = fold(value.strip("*")) if value.isascii() else value.strip("*")
    starts, ends = not value.startswith("*") and "*" in value, not value.endswith("*") and "*" in value

    def fits(where: ColumnElement[str]) -> ColumnElement[bool]:
        if starts:
            return where.istartswith(plain, autoescape=True)
        if ends:
            return where.iendswith(plain, autoescape=True)
        return or_(*(where.icontains(one, autoescape=True) for one in _written(plain)))

    known = select(customer_address.c.customer_id).where(fits(customer_address.c.address))
    named = select(customer.c.id).where(or_(fits(customer.c.name), fits(customer.c.reading)))
    return or_(
        fits(conversation.c.customer_name),
        fits(conversation.c.customer_address),
        conversation.c.customer_id.in_(_either(known, named).correlate(None)),
    )


def _about_order(value: str) -> ColumnElement[bool]:
    numbers = {order_refs.key(value), value.strip().casefold()}
    return conversation.c.id.in_(select(order_ref.c.conversation_id).where(order_ref.c.number.in_(numbers)))


# ---- what is not indexed yet


def _written(value: str) -> tuple[str, ...]:
    """The ways in which kana may be written; stored text was folded without regard to them."""
    folded = folded_before(value)
    ways = (folded, folded.translate(_KATAKANA), folded.translate(_HIRAGANA))
    return tuple(dict.fromkeys(ways))


def _unindexed_mails(look: _Look) -> Select[AnyValue]:
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
    }
    ways = [
        found[name](one) if name in found else message_body.c.folded.contains(one, autoescape=True)
        for name in look.fields
        for one in _written(value)
    ]
    return (
        select(message.c.id)
        .join(message_body, message_body.c.message_id == message.c.id)
        .where(message.c.id.in_(left), or_(*ways))
    )


def _unindexed_comments(look: _Look) -> Select[AnyValue]:
    """The same of comments."""
    left = select(unindexed.c.id).where(unindexed.c.kind == COMMENT)
    ways = [comment.c.text.icontains(one, autoescape=True) for one in (look.value, *_written(look.value))]
    return select(comment.c.id).where(comment.c.id.in_(left), or_(*ways))


def counted(tx: Connection, found: Select[AnyValue], most: int) -> int:
    """How many rows a list has, at most ``most``."""
    return int(tx.execute(select(func.count()).select_from(found.limit(most).subquery())).scalar_one())
