"""The archive: what is done and was not touched for so long leaves the lists. Whoever is there puts it away, a few at a
time; what is archived is a column, so that nothing moves and search and history have no second place to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from maildesk.domain.archive import MONTH, OFF
from maildesk.domain.status import Status
from maildesk.store import claims, events, working_off
from maildesk.store.clock import db_now
from maildesk.store.tables import claim, conversation, counter, desk, draft, event, outbox

if TYPE_CHECKING:
    from maildesk.store.engine import Store

BATCH = 100
"""Conversations that one transaction puts away."""


def in_lists() -> ColumnElement[bool]:
    """Whether a conversation is listed: not archived. Lists are read by indexes that have only these."""
    return conversation.c.archived_at.is_(None)


def after(tx: Connection) -> int:
    """After how many months what is done is archived; :data:`OFF`: never."""
    return int(tx.execute(select(desk.c.archive_after)).scalar() or OFF)


def put(tx: Connection, months: int) -> bool:
    """Archive after so many months from now on (:data:`OFF`: never). What is archived and too young for that comes back
    to the lists, a few at a time. Whether that is anything new."""
    if after(tx) == months:
        return False
    tx.execute(update(desk).values(archive_after=months or None))
    return True


def _old(months: int) -> ColumnElement[bool]:
    """Done, with no mail and nothing that a person did since, and nobody at work on it."""
    since = db_now() - months * MONTH
    touched = exists().where(
        event.c.conversation_id == conversation.c.id, event.c.actor_id.is_not(None), event.c.at >= since
    )
    held = exists().where(claim.c.conversation_id == conversation.c.id, claims.is_live())
    drafted = exists().where(draft.c.conversation_id == conversation.c.id)
    waits = exists().where(outbox.c.conversation_id == conversation.c.id, claims.can_wait())
    return and_(
        conversation.c.status == Status.DONE.value,
        in_lists(),
        conversation.c.last_message_at < since,
        *(~one.correlate(conversation) for one in (touched, held, drafted, waits)),
    )


def waiting(tx: Connection) -> int:
    """How many conversations would be archived now."""
    months = after(tx)
    if months == OFF:
        return 0
    return int(tx.execute(select(func.count()).select_from(conversation).where(_old(months))).scalar_one())


def _too_young(months: int) -> ColumnElement[bool]:
    """Archived when the desk had a shorter time, or any."""
    since = db_now() - months * MONTH
    return ~in_lists() if months == OFF else and_(~in_lists(), conversation.c.last_message_at >= since)


def is_waiting(tx: Connection) -> bool:
    """Whether there is anything to do."""
    months = after(tx)
    wanted = [_too_young(months), *([] if months == OFF else [_old(months)])]
    return any(tx.execute(select(conversation.c.id).where(one).limit(1)).first() for one in wanted)


def step(tx: Connection) -> int:
    """Put a few away, the oldest first, or bring a few back that the desk does not want away any more. How many they
    were."""
    months = after(tx)
    ids, goes = _some(tx, _too_young(months)), False
    if not ids and months != OFF:
        ids, goes = _some(tx, _old(months)), True
    if not ids:
        return 0
    # all in one order: batches of two workers and the acts of agents count in the same rows
    counters = select(counter.c.mailbox_id).where(counter.c.status == Status.DONE.value)
    tx.execute(counters.order_by(counter.c.mailbox_id).with_for_update())
    done = (
        update(conversation)
        .where(conversation.c.id.in_(ids), in_lists() if goes else ~in_lists())
        .values(archived_at=db_now() if goes else None)
        .returning(conversation.c.id)
    )
    number = len(tx.execute(done).all())
    if number:
        events.record(
            tx, events.CLOCK, "archived", None, detail={"conversations": number if goes else -number}
        )
    return number


def _some(tx: Connection, wanted: ColumnElement[bool]) -> list[int]:
    some = (
        select(conversation.c.id)
        .where(wanted)
        .order_by(conversation.c.last_message_at, conversation.c.id)
        .limit(BATCH)
        .with_for_update(of=conversation, skip_locked=True, key_share=True)
    )
    return list(tx.execute(some).scalars())


def catch_up(store: Store, going: Callable[[], bool], rest: Callable[[float], object]) -> int:
    """Put away what there is, while ``going()``: a few in a transaction, then as long a rest (``rest(seconds)``).
    Returns how many it were. Raises StoreError."""
    return working_off.work_off(store, step, going, rest, is_waiting)
