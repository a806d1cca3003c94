"""After a restore or a failover: what was on its way in an older epoch may have left, and nobody knows.

Such items never leave by themselves, for their epoch is not the store's. Each becomes *uncertain*, so that evidence is
looked for, and what has none is decided by a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from maildesk.domain.outbox import TRANSITIONS, OutboxItem, OutboxState, Step
from maildesk.store import schema
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.outbox.evidence import DOUBTED
from maildesk.store.outbox.listing import item
from maildesk.store.outbox.record import log
from maildesk.store.tables import outbox

_LIVE = tuple(state for state, step in TRANSITIONS if step is Step.DOUBT)


def doubt(tx: Connection, who: Actor) -> tuple[int, ...]:
    """Make everything of an older epoch that is on its way, or waits, uncertain. Returns the numbers of these items.

    What a person may send again counts from now: a worker that still sits on the lost store has 15 minutes to end.
    """
    done = []
    for state in _LIVE:
        rows = tx.execute(
            outbox.update()
            .where(outbox.c.state == state.value, outbox.c.epoch != schema.epoch(tx))
            .values(
                state=TRANSITIONS[state, Step.DOUBT].value,
                lease_by=None,
                lease_until=None,
                committing_at=db_now(),
                **DOUBTED,
            )
            .returning(outbox)
        ).all()
        for row in rows:
            log(tx, who, OutboxState.UNCERTAIN.value, row, {"attempt": row.attempt, "doubted": state.value})
            done.append(row.id)
    return tuple(sorted(done))


def undecided(tx: Connection) -> tuple[OutboxItem, ...]:
    """The uncertain items of older epochs, oldest first: those that a person must decide."""
    return _items(
        tx,
        tx.execute(
            select(outbox.c.id)
            .where(outbox.c.state == OutboxState.UNCERTAIN.value, outbox.c.epoch != schema.epoch(tx))
            .order_by(outbox.c.id)
        )
        .scalars()
        .all(),
    )


def _items(tx: Connection, numbers: Sequence[int]) -> tuple[OutboxItem, ...]:
    return tuple(found for number in numbers if (found := item(tx, number)) is not None)
