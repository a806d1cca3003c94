"""Conversations: the lists (by keyset, one index each), the counts of the tabs, one conversation with all that is on
it, and changes of its fields."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import permutations
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Double,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)

from maildesk.domain.conversation import ConversationSummary, Counts, Customer, Key, Page
from maildesk.domain.letter import Outside
from maildesk.domain.query import Node, names_state
from maildesk.domain.status import REASON_TABS, AnyTab, Priority, Sort, StateTab, Status, Tab, WaitingReason
from maildesk.store import archive, claims, customers, events, merged, states, targets
from maildesk.store.clock import db_now
from maildesk.store.places import listed_in
from maildesk.store.search import Asked, condition, counted
from maildesk.store.tables import (
    agent,
    also_in,
    claim,
    conversation,
    conversation_merge,
    counter,
    customer,
    customer_address,
    draft,
    follow,
    label,
    letter,
    mailbox,
    message,
    seen,
)

NEAR = 2_000
"""Conversations in which words that many have are looked for first."""
_assignee = agent.alias("assignee")
_HIDDEN = (Status.SPAM.value, Status.TRASH.value)


_SUMMARIES = (
    select(
        conversation,
        type_coerce(conversation.c.last_message_at, Double()).label("last_message_seconds"),
        mailbox.c.name.label("mailbox_name"),
        mailbox.c.short_name.label("shop"),
        _assignee.c.name.label("assignee_name"),
        seen.c.version.label("seen_version"),
        case((states.is_in_one(), conversation.c.substate), else_="").label("own_state"),
        *claims.VIEW_COLUMNS,
    )
    .join(mailbox, mailbox.c.id == conversation.c.mailbox_id)
    .outerjoin(_assignee, _assignee.c.id == conversation.c.assignee_id)
    .outerjoin(seen, and_(seen.c.conversation_id == conversation.c.id, seen.c.agent_id == bindparam("agent")))
    .outerjoin(
        claim.outerjoin(agent, agent.c.id == claim.c.owner_id),
        and_(claim.c.conversation_id == conversation.c.id, claims.is_live()),
    )
)
"""The columns of list rows, as ``agent`` sees them."""


class _Around(NamedTuple):
    """What stands beside the rows of conversations, by their numbers."""

    labels: Mapping[int, tuple[str, ...]]
    also_in: Mapping[int, tuple[str, ...]]
    related: Mapping[int, tuple[int, ...]]
    followed: Collection[int]
    drafted: Collection[int]


_chosen: BindParameter[Any] = bindparam("chosen", expanding=True)
_AROUND = union_all(
    select(literal("label"), label.c.conversation_id, literal(0), label.c.name).where(
        label.c.conversation_id.in_(_chosen)
    ),
    select(literal("shop"), also_in.c.conversation_id, also_in.c.mailbox_id, mailbox.c.short_name)
    .join(mailbox, mailbox.c.id == also_in.c.mailbox_id)
    .where(also_in.c.conversation_id.in_(_chosen)),
    *(
        select(literal("related"), one, other, literal("")).where(
            message.c.related_id.is_not(None), one.in_(_chosen)
        )
        for one, other in permutations((message.c.conversation_id, message.c.related_id))
    ),
    select(literal("followed"), follow.c.conversation_id, literal(0), literal("")).where(
        follow.c.conversation_id.in_(_chosen), follow.c.agent_id == bindparam("agent")
    ),
    select(literal("drafted"), draft.c.conversation_id, literal(0), literal("")).where(
        draft.c.conversation_id.in_(_chosen),
        draft.c.author_id == bindparam("agent"),
        draft.c.discarded_at.is_(None),
    ),
)
"""What stands beside the ``chosen`` for ``agent``, in one question: lists are read over slow lines, too. Links count in
both directions."""


def _around(tx: Connection, agent_id: int, ids: Sequence[int]) -> _Around:
    labels: dict[int, tuple[str, ...]] = {}
    shops: dict[int, tuple[str, ...]] = {}
    related: dict[int, tuple[int, ...]] = {}
    followed: set[int] = set()
    drafted: set[int] = set()
    found = tx.execute(_AROUND, {"chosen": list(ids), "agent": agent_id})
    for what, number, other, name in sorted(map(tuple, found)):
        if what == "label":
            labels[number] = (*labels.get(number, ()), name)
        elif what == "shop":
            shops[number] = (*shops.get(number, ()), name)
        elif what == "followed":
            followed.add(number)
        elif what == "drafted":
            drafted.add(number)
        elif other != number and other not in related.get(number, ()):
            related[number] = (*related.get(number, ()), other)
    return _Around(labels, shops, related, followed, drafted)


def _summary(row: Row[Any], around: _Around) -> ConversationSummary:
    return ConversationSummary(
        id=row.id,
        status=Status(row.status),
        subject=row.subject,
        customer_name=row.customer_name,
        customer_address=row.customer_address,
        mailbox_id=row.mailbox_id,
        mailbox_name=row.mailbox_name,
        shop=row.shop,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name or "",
        claim=claims.view(row),
        labels=around.labels.get(row.id, ()),
        priority=Priority(row.priority),
        received_at=row.received_at,
        last_message_at=row.last_message_at,
        due_at=targets.shown(row),
        unread=row.seen_version is None or row.seen_version < row.news_version,
        attachments=row.attachments,
        messages=row.messages,
        version=row.version,
        turn=row.turn,
        waiting_reason=WaitingReason(row.waiting_reason) if row.waiting_reason else None,
        waiting_until=row.waiting_until,
        automatic=row.automatic,
        answered=row.answered,
        bounced=row.bounced,
        snippet=row.snippet,
        note=row.note,
        no_answer=row.status == Status.DONE.value and row.no_answer_turn == row.turn,
        followed=row.id in around.followed,
        drafted=row.id in around.drafted,
        also_in=around.also_in.get(row.id, ()),
        related=around.related.get(row.id, ()),
        substate=row.own_state,
        outside=Outside(row.outside),
        archived=row.archived_at is not None,
    )


def _labels(tx: Connection, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for row in tx.execute(select(label).where(label.c.conversation_id.in_(list(ids))).order_by(label.c.name)):
        found.setdefault(row.conversation_id, []).append(row.name)
    return {k: tuple(v) for k, v in found.items()}


@cache
def _in_tab(tab: AnyTab, *, archived: bool) -> ColumnElement[bool]:
    """What stands in a tab, with what is archived (a search has that, too) or without."""
    if tab is Tab.REPLYING or archived:
        return _of_tab(tab)
    return and_(_of_tab(tab), archive.in_lists())


def _of_tab(tab: AnyTab) -> ColumnElement[bool]:
    held = (
        exists().where(claim.c.conversation_id == conversation.c.id, claims.is_live()).correlate(conversation)
    )
    if isinstance(tab, StateTab):
        there = states.waits_for(tab.reason) if tab.reason is not None else states.is_in(tab.value)
        return and_(there, ~held)
    if tab is Tab.ALL:
        return conversation.c.status.not_in(_HIDDEN)
    if tab is Tab.REPLYING:
        live = select(claim.c.conversation_id).where(claims.is_live()).correlate(None)
        return and_(conversation.c.id.in_(live), conversation.c.status.not_in(_HIDDEN))
    if tab is Tab.TRASH:  # what was merged has left the lists
        return and_(conversation.c.status == tab.value, ~merged.is_merged(conversation.c.id), ~_holds_draft())
    if tab.value in _HIDDEN:
        return conversation.c.status == tab.value
    own = states.is_in_none(tab.value)
    return and_(conversation.c.status == tab.value, ~held, *([] if own is None else [own]))


def _anywhere() -> ColumnElement[bool]:
    """What a query is asked of that says itself in which states it looks: all but what was merged, and what only holds
    the draft of a mail."""
    return or_(
        conversation.c.status != Status.TRASH.value,
        and_(~merged.is_merged(conversation.c.id), ~_holds_draft()),
    )


def _holds_draft() -> ColumnElement[bool]:
    """Whether a conversation that is in the trash is nothing but the place of somebody's draft."""
    there = exists().where(letter.c.conversation_id == conversation.c.id).correlate(conversation)
    return and_(conversation.c.messages == 0, there)


_ORDERS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    Sort.NEWEST: (("last_message_at", True), ("id", True)),
    Sort.OLDEST: (("last_message_at", False), ("id", False)),
    Sort.PRIORITY: (("priority", True), ("last_message_at", True), ("id", True)),
    Sort.DUE: (("due_order", False), ("last_message_at", False), ("id", False)),
}


def _after(order: tuple[tuple[str, bool], ...], cursor: str | Key) -> ColumnElement[bool]:
    values = json.loads(cursor) if isinstance(cursor, str) else cursor
    alternatives = []
    for i, (name, descending) in enumerate(order):
        column = conversation.c[name]
        step = column < values[i] if descending else column > values[i]
        alternatives.append(
            and_(*(conversation.c[n] == values[k] for k, (n, _) in enumerate(order[:i])), step)
        )
    name, descending = order[0]
    bound = conversation.c[name] <= values[0] if descending else conversation.c[name] >= values[0]
    return and_(bound, or_(*alternatives))


def _key_column(name: str) -> ColumnElement[Any]:
    column = conversation.c[name]
    return type_coerce(column, Double()) if name == "last_message_at" else column


def _keys(order: tuple[tuple[str, bool], ...], rows: Sequence[Row[Any]]) -> tuple[Key, ...]:
    # the seconds as stored: a datetime is rounded to microseconds and would repeat or skip the row at the edge
    names = ["last_message_seconds" if name == "last_message_at" else name for name, _ in order]
    return tuple(tuple(getattr(row, name) for name in names) for row in rows)


def page(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    *,
    sort: Sort = Sort.NEWEST,
    query: Node | None = None,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
    assignee_id: int | None = None,
    after: str | Key | None = None,
    limit: int = 200,
    backwards: bool = False,
    skip: int = 0,
) -> Page:
    """One page of a tab, by keyset: a page deep in the list costs what the first one costs. A query that says itself in
    which states it looks is asked everywhere. ``backwards``: what stands before ``after`` (None: at the end of the
    list), in the order of the list. ``skip`` rows are left out before the page; they are counted one by one."""
    order = tuple((name, descending is not backwards) for name, descending in _ORDERS[sort])
    listed = _listed(tab, query, mailbox_id, assignee_id)
    columns = [conversation.c[n].desc() if d else conversation.c[n].asc() for n, d in order]
    asked = Asked(tx, agent_id, zone)

    def whole() -> Sequence[ColumnElement[bool]]:
        return () if query is None else (asked.whole(query),)

    if after is not None:
        listed.append(_after(order, after))
    if skip:
        edge = select(*(_key_column(name) for name, _ in order)).where(*listed, *whole()).order_by(*columns)
        row = tx.execute(edge.offset(skip - 1).limit(1)).first()
        if row is None:
            return Page((), None, query is not None and names_state(query))
        listed.append(_after(order, tuple(row)))

    def read(*asked: ColumnElement[bool]) -> Sequence[Row[Any]]:
        statement = _SUMMARIES.where(*listed, *asked).order_by(*columns).limit(limit + 1)
        return tx.execute(statement, {"agent": agent_id}).all()

    near = _near(tx, asked, query, listed) if sort is Sort.NEWEST and not backwards else ()
    rows = read(*near) if near else ()
    more = len(rows) > limit
    if not more:
        rows = read(*whole())
        more = len(rows) > limit
    rows = rows[:limit]
    keys = _keys(order, rows)
    cursor = json.dumps(keys[-1]) if more else None
    if backwards:
        rows, keys = rows[::-1], keys[::-1]
    around = _around(tx, agent_id, [r.id for r in rows])
    found = tuple(_summary(r, around) for r in rows)
    return Page(found, cursor, query is not None and names_state(query), keys)


def found(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    *,
    query: Node | None = None,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
    assignee_id: int | None = None,
    most: int = 1000,
) -> int:
    """How many conversations such a list has, counted up to ``most``."""
    listed = _listed(tab, query, mailbox_id, assignee_id)
    asked = Asked(tx, agent_id, zone)
    if near := _near(tx, asked, query, listed):
        number = counted(tx, select(conversation.c.id).where(*listed, *near), most)
        if number >= most:
            return number
    whole = [] if query is None else [asked.whole(query)]
    return counted(tx, select(conversation.c.id).where(*listed, *whole), most)


def found_anywhere(
    tx: Connection,
    agent_id: int,
    query: Node,
    *,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
    assignee_id: int | None = None,
    most: int = 1000,
) -> Counts:
    """How many conversations a query finds, whatever tab they are in, counted up to ``most``: under ``all`` those that
    are neither spam nor trash."""
    wanted = [_anywhere(), condition(tx, query, agent_id, zone)]
    if mailbox_id is not None:
        wanted.append(listed_in(mailbox_id))
    if assignee_id is not None:
        wanted.append(conversation.c.assignee_id == assignee_id)
    some = select(conversation.c.status).where(*wanted).limit(most).subquery()
    rows = tx.execute(select(some.c.status, func.count()).group_by(some.c.status))
    by_tab = dict.fromkeys((Tab.ALL.value, *_HIDDEN), 0)
    for status, number in rows:
        by_tab[status if status in _HIDDEN else Tab.ALL.value] += int(number)
    return Counts(by_tab)


def numbers(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    *,
    query: Node | None = None,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
    assignee_id: int | None = None,
    most: int = 1000,
) -> tuple[int, ...]:
    """The conversations of such a list, the newest first, up to ``most``."""
    wanted = _asked(tx, agent_id, tab, query, zone, mailbox_id, assignee_id)
    newest = conversation.c.last_message_at.desc(), conversation.c.id.desc()
    return tuple(tx.execute(select(conversation.c.id).where(*wanted).order_by(*newest).limit(most)).scalars())


def _asked(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    query: Node | None,
    zone: tzinfo | None,
    mailbox_id: int | None,
    assignee_id: int | None,
) -> list[ColumnElement[bool]]:
    wanted = _listed(tab, query, mailbox_id, assignee_id)
    if query is not None:
        wanted.append(condition(tx, query, agent_id, zone))
    return wanted


def _listed(
    tab: AnyTab, query: Node | None, mailbox_id: int | None, assignee_id: int | None
) -> list[ColumnElement[bool]]:
    """Where a query looks."""
    anywhere = query is not None and names_state(query)
    wanted = [_anywhere() if anywhere else _in_tab(tab, archived=query is not None)]
    if mailbox_id is not None:
        wanted.append(listed_in(mailbox_id))
    if assignee_id is not None:
        wanted.append(conversation.c.assignee_id == assignee_id)
    return wanted


def _near(
    tx: Connection, asked: Asked, query: Node | None, listed: Sequence[ColumnElement[bool]]
) -> Sequence[ColumnElement[bool]]:
    """The conditions of a query for the newest :data:`NEAR` of those that are listed, where it is quicker to look there
    first; () else. What they find is the beginning of what the query finds."""
    wanted = asked.near(query) if query is not None else None
    if wanted is None:
        return ()
    at: ColumnElement[float] = type_coerce(conversation.c.last_message_at, Double())
    newest = (
        select(at).where(*listed).order_by(conversation.c.last_message_at.desc(), conversation.c.id.desc())
    )
    edge = tx.execute(newest.offset(NEAR).limit(1)).scalar()
    return (wanted,) if edge is None else (wanted, at >= edge)


def summaries(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[ConversationSummary, ...]:
    """These conversations as list rows, in the order asked for; absent ones are left out."""
    found = tx.execute(_SUMMARIES.where(conversation.c.id.in_(list(ids))), {"agent": agent_id})
    rows = {r.id: r for r in found}
    around = _around(tx, agent_id, list(rows))
    return tuple(_summary(rows[i], around) for i in ids if i in rows)


@cache
def _counting(mailbox_id: int | None) -> tuple[Select[Any], CompoundSelect[Any], Select[Any]]:
    """The statements of :func:`counts`: what is kept by state, what of that is in no tab, what a live claim holds."""
    number = counter.c.n if mailbox_id is None else counter.c.n + counter.c.also
    away = counter.c.archived if mailbox_id is None else counter.c.archived + counter.c.archived_also
    stored = select(counter.c.status, func.sum(number - away)).group_by(counter.c.status)
    listed = archive.in_lists().label("listed")
    held = (
        select(conversation.c.status, listed, func.count())
        .join(claim, claim.c.conversation_id == conversation.c.id)
        .where(claims.is_live(), conversation.c.status.not_in(_HIDDEN))
        .group_by(conversation.c.status, listed)
    )
    # grouped by an expression: an index that has states in order would be read from end to end for that
    state = func.coalesce(conversation.c.status, literal_column("''"))
    merges = select(conversation_merge.c.conversation_id).correlate(None)
    holders = select(letter.c.conversation_id).correlate(None)
    gone = select(state, func.count()).where(conversation.c.id.in_(merges)).group_by(state)
    held_drafts = (
        select(state, func.count())
        .where(conversation.c.id.in_(holders), conversation.c.messages == 0, state == Status.TRASH.value)
        .group_by(state)
    )
    if mailbox_id is not None:
        stored = stored.where(counter.c.mailbox_id == mailbox_id)
        held = held.where(listed_in(mailbox_id))
        gone = gone.where(listed_in(mailbox_id))
        held_drafts = held_drafts.where(listed_in(mailbox_id))
    return stored, union_all(gone, held_drafts), held


def counts(tx: Connection, mailbox_id: int | None = None, *, reasons: bool = False) -> Counts:
    """How many conversations each tab shows: kept counters, less those that are archived, those under a live claim, and
    those in states of the desk's own; with ``reasons`` also how many wait for what."""
    stored, gone, held = _counting(mailbox_id)
    by_tab = {status: int(n) for status, n in tx.execute(stored)}
    for status, n in tx.execute(gone):
        by_tab[status] -= n
    by_tab[Tab.ALL.value] = sum(n for status, n in by_tab.items() if status not in _HIDDEN)
    replying = 0
    for status, is_listed, n in tx.execute(held):
        by_tab[status] -= n if is_listed else 0
        replying += n
    by_tab[Tab.REPLYING.value] = replying
    told: dict[str, int] = {}
    for (status, name), n in states.counts(tx, mailbox_id).items():
        by_tab[status] -= n
        told[name] = n
    if reasons:
        found = states.reason_counts(tx, mailbox_id)
        told |= {tab: found.get(reason.value, 0) for tab, reason in REASON_TABS.items()}
    return Counts({tab.value: by_tab.get(tab.value, 0) for tab in Tab} | told)


def customer_of(tx: Connection, conversation_id: int) -> Customer:
    """Who wrote, with all addresses known of him."""
    own = tx.execute(
        select(conversation.c.customer_id).where(conversation.c.id == conversation_id)
    ).scalar_one()
    members = customers.group(tx, own)
    name = tx.execute(select(customer.c.name).where(customer.c.id == members[0])).scalar_one()
    addresses = tx.execute(
        select(customer_address.c.address)
        .where(customer_address.c.customer_id.in_(members))
        .order_by(customer_address.c.address)
    )
    return Customer(members[0], name, tuple(a.address for a in addresses))


def mark_seen(tx: Connection, conversation_id: int, agent_id: int, version: int) -> None:
    """The agent has seen the conversation as of ``version`` (0: not at all)."""
    where = and_(seen.c.agent_id == agent_id, seen.c.conversation_id == conversation_id)
    done = tx.execute(seen.update().where(where).values(version=version).returning(seen.c.version)).first()
    if done is None:
        tx.execute(seen.insert().values(agent_id=agent_id, conversation_id=conversation_id, version=version))


def lock(tx: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rows of these conversations, locked in the order of their ids until the transaction ends (on SQLite the
    transaction has the whole store)."""
    rows = tx.execute(
        select(conversation)
        .where(conversation.c.id.in_(list(ids)))
        .order_by(conversation.c.id)
        .with_for_update(
            key_share=True
        )  # an event that names one, written behind a claim, does not wait for it
    )
    return {r.id: r for r in rows}


def change(tx: Connection, conversation_id: int, values: Mapping[str, Any], *, visible: bool = True) -> None:
    """Set fields of a conversation. ``visible`` changes raise its version: a replier must have seen them."""
    fields = dict(values)
    if visible:
        fields["version"] = conversation.c.version + 1
    here = conversation.c.id == conversation_id
    if fields.get("substate") is not None and "status" in fields:
        # left from when that state counted otherwise: the guard would take the same name beside another status for old
        stale = here, conversation.c.substate == fields["substate"], conversation.c.status != fields["status"]
        tx.execute(conversation.update().where(*stale).values(substate=None))
    tx.execute(conversation.update().where(here).values(**fields))


def add_labels(tx: Connection, conversation_id: int, names: Iterable[str]) -> None:
    """Put labels on; those that are there stay."""
    present = set(_labels(tx, [conversation_id]).get(conversation_id, ()))
    for name in names:
        if name not in present:
            tx.execute(label.insert().values(conversation_id=conversation_id, name=name))


def remove_labels(tx: Connection, conversation_id: int, names: Iterable[str]) -> None:
    """Take labels off."""
    tx.execute(
        label.delete().where(label.c.conversation_id == conversation_id, label.c.name.in_(list(names)))
    )


def labels_of(tx: Connection, conversation_id: int) -> tuple[str, ...]:
    """The labels on a conversation."""
    return _labels(tx, [conversation_id]).get(conversation_id, ())


def is_due(tx: Connection) -> bool:
    """Whether a conversation that was put off has come to its time."""
    return tx.execute(select(conversation.c.id).where(_due(None)).limit(1)).first() is not None


def wake(tx: Connection, until: datetime | None = None) -> tuple[int, ...]:
    """Bring waiting conversations whose time has come back to new, whoever asks, each once. Those that woke."""
    rows = tx.execute(
        conversation.update()
        .where(_due(until))
        .values(
            status=Status.NEW.value,
            waiting_reason=None,
            waiting_until=None,
            version=conversation.c.version + 1,
            news_version=conversation.c.version + 1,
        )
        .returning(conversation.c.id)
    )
    woken = tuple(sorted(rows.scalars()))
    targets.woke(tx, woken)
    for number in woken:
        events.record(tx, events.CLOCK, "woke", number)
    return woken


def _due(until: datetime | None) -> ColumnElement[bool]:
    return and_(
        conversation.c.status == Status.WAITING.value,
        conversation.c.waiting_until.is_not(None),
        conversation.c.waiting_until <= (until.astimezone(UTC) if until else db_now()),
    )
