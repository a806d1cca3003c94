"""The next conversation: claimed and chosen by one conditional statement, so that no two agents ever get the same.

On PostgreSQL the rows that others are just taking are passed over (SKIP LOCKED); on SQLite the write lock of the
transaction does the same. The conversation's row is locked with its claim, so that what was answered between the look
and the lock does not count as free.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from sqlalchemy import ColumnElement, Connection, UnaryExpression, and_, false, func, or_, select

from maildesk.domain.claim import LEASE, Claim
from maildesk.domain.query import Node, names_state
from maildesk.domain.status import AnyTab, Sort, StateTab, Status, Tab
from maildesk.store import archive, claims, states
from maildesk.store.clock import db_now
from maildesk.store.places import listed_in
from maildesk.store.search import condition
from maildesk.store.tables import agent, claim, conversation, outbox

_TTL = LEASE.total_seconds()
_TRIES = 40
_OPEN = tuple(status.value for status in Status if status.is_open)
"""What a query finds that says itself in which states it looks: of it, only this is offered."""


def order(sort: Sort) -> tuple[UnaryExpression[object] | ColumnElement[object], ...]:
    """The best first: the least time left to the reply target, the highest priority, the longest waiting. A list that
    is sorted by priority or by age has that first."""
    due, age = conversation.c.due_order.asc(), conversation.c.last_message_at.asc()
    number = conversation.c.id.asc()
    if sort is Sort.PRIORITY:
        return (conversation.c.priority.desc(), due, age, number)
    if sort is Sort.OLDEST:
        return (age, number)
    return (due, age, number)


def take_next(
    tx: Connection,
    agent_id: int,
    session: str,
    tab: AnyTab,
    *,
    sort: Sort = Sort.NEWEST,
    query: Node | None = None,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
    mine: bool = False,
    skip: Iterable[int] = (),
) -> Claim | None:
    """Claim the best conversation of a view that nobody has and that is not a colleague's to answer, None when nothing
    is left. ``skip`` are passed over."""
    assigned = conversation.c.assignee_id == agent_id if mine else _offered(agent_id)
    wanted = [*_free(tx, agent_id, tab, query, zone, mailbox_id), assigned]
    if passed := list(skip):
        wanted.append(conversation.c.id.not_in(passed))
    best = (
        select(claim.c.conversation_id)
        .join(conversation, conversation.c.id == claim.c.conversation_id)
        .where(*wanted)
        .order_by(*order(sort))
        .limit(1)
        .correlate(None)
    )
    now = db_now()
    locked = best.with_for_update(of=(conversation, claim), skip_locked=True, key_share=True)
    for _ in range(_TRIES):
        row = tx.execute(
            claim.update()
            .where(claim.c.conversation_id == locked.scalar_subquery(), _is_free())
            .values(
                owner_id=agent_id,
                session=session,
                token=claim.c.token + 1,
                taken_at=now,
                expires_at=now + _TTL,
                last_key_at=now,
                forced_from=None,
                forced_reason="",
            )
            .returning(claim.c.conversation_id, claim.c.token, claim.c.expires_at)
        ).first()
        if row is not None:
            version = select(conversation.c.version).where(conversation.c.id == row.conversation_id)
            return Claim(
                row.conversation_id, session, row.token, row.expires_at, tx.execute(version).scalar_one()
            )
        if tx.execute(best).first() is None:  # none at all, also none that somebody only looks at
            return None
    return None


def assigned_to_others(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    *,
    query: Node | None = None,
    zone: tzinfo | None = None,
    mailbox_id: int | None = None,
) -> int:
    """How many of a view nobody has, but are assigned to colleagues, so that :func:`take_next` leaves them."""
    return tx.execute(
        select(func.count())
        .select_from(claim.join(conversation, conversation.c.id == claim.c.conversation_id))
        .where(*_free(tx, agent_id, tab, query, zone, mailbox_id), ~_offered(agent_id))
    ).scalar_one()


def _offered(agent_id: int) -> ColumnElement[bool]:
    """Mine, nobody's, or of somebody who does not work here any more."""
    colleagues = select(agent.c.id).where(agent.c.active, agent.c.id != agent_id)
    return or_(conversation.c.assignee_id.is_(None), conversation.c.assignee_id.not_in(colleagues))


def _is_free() -> ColumnElement[bool]:
    return or_(claim.c.owner_id.is_(None), claim.c.expires_at <= db_now())


def _place(tab: AnyTab) -> ColumnElement[bool]:
    """Of a list of everything, what is to be done now: what waits, waits for something."""
    if isinstance(tab, StateTab):
        return states.waits_for(tab.reason) if tab.reason is not None else states.is_in(tab.value)
    status = tab.status or Status.NEW
    own, place = states.is_in_none(status.value), conversation.c.status == status.value
    return place if own is None else and_(place, own)


def _free(
    tx: Connection,
    agent_id: int,
    tab: AnyTab,
    query: Node | None,
    zone: tzinfo | None,
    mailbox_id: int | None,
) -> list[ColumnElement[bool]]:
    """What of a view can be answered and nobody has."""
    anywhere = query is not None and names_state(query)
    if tab is Tab.REPLYING and not anywhere:
        return [false()]
    waits = select(outbox.c.id).where(outbox.c.conversation_id == claim.c.conversation_id, claims.waits())
    found = [
        conversation.c.status.in_(_OPEN) if anywhere else _place(tab),
        archive.in_lists(),
        _is_free(),
        ~waits.correlate(claim).exists(),
    ]
    if mailbox_id is not None:
        found.append(listed_in(mailbox_id))
    if query is not None:
        found.append(condition(tx, query, agent_id, zone))
    return found
