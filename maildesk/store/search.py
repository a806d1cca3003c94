"""Finding conversations: words and a few ``key:value`` filters, one meaning for lists, filter bar and command line.

A word is found wherever it stands, inside longer words too (Japanese has no spaces), with half and full width and
upper and lower case folded alike (NFKC and casefold, as :func:`fold` does for both the stored text and the query).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from maildesk.domain.status import Priority, Status
from maildesk.store.tables import agent, also_in, conversation, label, mailbox, message, message_body, seen


def fold(text: str) -> str:
    """``text`` for comparison: NFKC, case folded, white space as single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: ``key`` '' for a word. ``negated`` by a leading ``-``."""

    key: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must hold."""

    terms: tuple[Term, ...]


KEYS = ("from", "subject", "status", "assignee", "label", "shop", "priority", "is", "has")
_TERM = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))')


def parse(text: str) -> Query | None:
    """Read a query. An unknown ``key:`` is taken as a word (a URL, a time). None for an empty query."""
    terms = []
    for match in _TERM.finditer(text.strip()):
        minus, key, quoted, plain = match.groups()
        value = quoted if quoted is not None else plain or ""
        if key is not None and key not in KEYS:
            key, value = None, f"{key}:{value}"
        if value:
            terms.append(Term(key or "", value, bool(minus)))
    return Query(tuple(terms)) if terms else None


def condition(query: Query, agent_id: int) -> ColumnElement[bool]:
    """The query as a condition on ``conversation``."""
    return and_(*(~_term(t, agent_id) if t.negated else _term(t, agent_id) for t in query.terms))


def listed_in(mailbox_ids: Select[Any] | int) -> ColumnElement[bool]:
    """Whether a conversation is listed in a mailbox (or one of several): its own or a further one."""
    if isinstance(mailbox_ids, int):
        own, further = conversation.c.mailbox_id == mailbox_ids, also_in.c.mailbox_id == mailbox_ids
    else:
        own, further = conversation.c.mailbox_id.in_(mailbox_ids), also_in.c.mailbox_id.in_(mailbox_ids)
    also = exists().where(also_in.c.conversation_id == conversation.c.id, further).correlate(conversation)
    return or_(own, also)


def _like(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    return column.contains(value, autoescape=True)


def _word(value: str) -> ColumnElement[bool]:
    folded = fold(value)
    in_message = exists(
        select(message_body.c.message_id)
        .join(message, message.c.id == message_body.c.message_id)
        .where(message.c.conversation_id == conversation.c.id, _like(message_body.c.folded, folded))
        .correlate(conversation)
    )
    alternatives: list[ColumnElement[bool]] = [in_message]
    if number := re.fullmatch(r"#?(\d{1,9})", value):
        alternatives.append(conversation.c.id == int(number[1]))
    return or_(*alternatives)


def _term(term: Term, agent_id: int) -> ColumnElement[bool]:
    value = term.value
    match term.key:
        case "from":
            return or_(
                conversation.c.customer_address.icontains(value, autoescape=True),
                conversation.c.customer_name.icontains(value, autoescape=True),
            )
        case "subject":
            return conversation.c.subject.icontains(value, autoescape=True)
        case "status":
            known = {s.value for s in Status}
            return conversation.c.status.in_([v for v in value.split(",") if v in known])
        case "assignee":
            if value in ("me", "@me"):
                return conversation.c.assignee_id == agent_id
            if value == "none":
                return conversation.c.assignee_id.is_(None)
            who = select(agent.c.id).where(or_(agent.c.login == value, agent.c.name == value)).correlate(None)
            return conversation.c.assignee_id.in_(who)
        case "label":
            return exists(
                select(label.c.name).where(
                    label.c.conversation_id == conversation.c.id, label.c.name == value
                )
            )
        case "shop":
            which = (
                select(mailbox.c.id)
                .where(or_(mailbox.c.short_name == value, mailbox.c.name == value))
                .correlate(None)
            )
            return listed_in(which)
        case "priority":
            found = [p.value for p in Priority if p.word == value]
            return conversation.c.priority == found[0] if found else false()
        case "is":
            return _is(value, agent_id)
        case "has":
            return conversation.c.attachments > 0 if value in ("attachment", "添付") else false()
        case _:
            return _word(value)


def _is(value: str, agent_id: int) -> ColumnElement[bool]:
    match value:
        case "unread":
            read = (
                select(seen.c.conversation_id)
                .where(
                    seen.c.agent_id == agent_id,
                    seen.c.conversation_id == conversation.c.id,
                    seen.c.version >= conversation.c.news_version,
                )
                .correlate(conversation)
            )
            return ~exists(read)
        case "mine":
            return conversation.c.assignee_id == agent_id
        case "automatic":
            return conversation.c.automatic == true()
        case "bounced":
            return conversation.c.bounced == true()
        case _:
            return false()
