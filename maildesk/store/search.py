"""Finding conversations: a query of :mod:`maildesk.domain.query` as a condition, the same on both databases.

Words are looked up in the index (:mod:`maildesk.store.search_index`). Few hits become the numbers of their
conversations, so that no list is walked for them; of very many, the list is walked until a page is full. What is not
indexed yet is looked through with LIKE, so that nothing is ever missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any as AnyValue

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)

from maildesk.domain.conversation import MessageKind
from maildesk.domain.query import All, Any, Node, Not, Term, first_day
from maildesk.domain.query_text import fold
from maildesk.domain.status import REASON_TABS, Priority, Status
from maildesk.store import claims, order_refs, search_names, search_terms, states, targets
from maildesk.store.clock import db_now
from maildesk.store.places import listed_in
from maildesk.store.search_words import Words, either, look_for, written
from maildesk.store.tables import (
    agent,
    claim,
    comment,
    conversation,
    conversation_merge,
    customer,
    customer_address,
    draft,
    follow,
    label,
    mailbox,
    order_ref,
    seen,
)


def condition(tx: Connection, query: Node, agent_id: int, zone: tzinfo | None = None) -> ColumnElement[bool]:
    """The query as a condition on ``conversation``, for one agent. Days begin in ``zone`` (None: this computer's).
    Raises QueryError for a label, a shop, a person or a field that there is not."""
    return Asked(tx, agent_id, zone).whole(query)


_FIRST, _LAST = date(1970, 1, 2), date(9999, 12, 30)
"""Days that are moments everywhere."""


class Asked:
    """Queries that are being asked: who asks, and what was found out for them."""

    def __init__(self, tx: Connection, agent_id: int, zone: tzinfo | None) -> None:
        self._tx = tx
        self._me = agent_id
        self._zone = zone
        self._words = Words(tx)

    def whole(self, query: Node) -> ColumnElement[bool]:
        """As :func:`condition` says."""
        search_names.check(self._tx, query)
        wanted = self.condition(query)
        few = self.narrow(query)
        return wanted if few is None else and_(conversation.c.id.in_(sorted(few)), wanted)

    def near(self, query: Node) -> ColumnElement[bool] | None:
        """The same for a few conversations that are asked one by one, where that is quicker: for words so common that
        PostgreSQL would gather hits for long before it looks at one. None elsewhere; SQLite does not gather them."""
        if self._tx.dialect.name == "sqlite":
            return None
        search_names.check(self._tx, query)
        self._words.near = True
        wanted = self.condition(query)
        self._words.near = False
        return wanted if self._words.walks and self.narrow(query) is None else None

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
                looks = [look_for(key, value, node.quoted) for value in values]
                if not looks or any(look is None for look in looks) or _also(key, values):
                    return None
                return self._union(self._words.hits(look) for look in looks if look is not None)

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
        look = look_for(key, value, quoted)
        if look is not None:
            found = [self._words.found(look)]
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
        day = min(max(first_day(value, today), _FIRST), _LAST)
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
            case "overdue":
                return targets.is_due()
            case _:
                mine = follow.c.agent_id == self._me, follow.c.conversation_id == conversation.c.id
                return exists().where(*mine).correlate(conversation)

    def _merged(self, number: int) -> int | None:
        """Where a conversation of that number was merged into."""
        into = select(conversation_merge.c.into_id).where(conversation_merge.c.conversation_id == number)
        return self._tx.execute(into).scalar()


def _also(key: str, values: Sequence[str]) -> bool:
    """Whether such a term finds by something else than words, too."""
    return key == "order" or (key == "" and any(v.isdecimal() and len(v) <= 9 for v in values))


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
        there = there.where(comment.c.kind == MessageKind.COMMENT.value, comment.c.withdrawn_at.is_(None))
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
        return or_(*(where.icontains(one, autoescape=True) for one in written(plain)))

    known = select(customer_address.c.customer_id).where(fits(customer_address.c.address))
    named = select(customer.c.id).where(or_(fits(customer.c.name), fits(customer.c.reading)))
    return or_(
        fits(conversation.c.customer_name),
        fits(conversation.c.customer_address),
        conversation.c.customer_id.in_(either(known, named).correlate(None)),
    )


def _about_order(value: str) -> ColumnElement[bool]:
    numbers = {order_refs.key(value), value.strip().casefold()}
    return conversation.c.id.in_(select(order_ref.c.conversation_id).where(order_ref.c.number.in_(numbers)))


def counted(tx: Connection, found: Select[AnyValue], most: int) -> int:
    """How many rows a list has, at most ``most``."""
    return int(tx.execute(select(func.count()).select_from(found.limit(most).subquery())).scalar_one())
