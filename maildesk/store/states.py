"""The states of a desk's own: which there are, and which conversations are in one.

A conversation is in one when its ``substate`` names a state that there is and its stored status is what that state
counts as. In every other case (the state was taken out of the configuration, or counts otherwise now) it stands in
the tab of its stored status, so that it is always in exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from maildesk.domain.status import CustomState, Status, WaitingReason
from maildesk.store import claims
from maildesk.store.places import listed_in
from maildesk.store.tables import claim, conversation, custom_state

_BASES = (Status.WAITING.value, Status.DONE.value)


def all_states(tx: Connection) -> tuple[CustomState, ...]:
    """In the order of their tabs."""
    return tuple(_state(row) for row in tx.execute(select(custom_state).order_by(custom_state.c.place)))


def names(states: Sequence[CustomState]) -> Mapping[str, tuple[str, ...]]:
    """What each is called in queries besides its name."""
    return {state.name: (state.label_ja, state.label_en) for state in states}


def _state(row: Row[Any]) -> CustomState:
    return CustomState(row.name, row.label_ja, row.label_en, row.key, row.colour, row.is_open)


def put(tx: Connection, state: CustomState, place: int) -> tuple[bool, bool]:
    """Add a state or bring it up to date. Returns whether it was there and whether anything changed."""
    values = {
        "place": place,
        "key": state.key,
        "colour": state.colour,
        "label_ja": state.label_ja,
        "label_en": state.label_en,
        "is_open": state.is_open,
    }
    where = custom_state.c.name == state.name
    row = tx.execute(select(custom_state).where(where)).first()
    if row is None:
        tx.execute(custom_state.insert().values(name=state.name, **values))
        return False, True
    changed = {name: getattr(row, name) for name in values} != values
    if changed:
        tx.execute(custom_state.update().where(where).values(**values))
    return True, changed


def remove(tx: Connection, name: str) -> None:
    """Forget a state. Conversations that are in it stand in the tab of their stored status from now on."""
    tx.execute(custom_state.delete().where(custom_state.c.name == name))


def is_in_one() -> ColumnElement[bool]:
    """Whether a conversation is in a state of the desk's own."""
    base = case((custom_state.c.is_open, Status.WAITING.value), else_=Status.DONE.value)
    known = exists().where(custom_state.c.name == conversation.c.substate, base == conversation.c.status)
    return and_(conversation.c.substate.is_not(None), known.correlate(conversation))


def is_in(name: str) -> ColumnElement[bool]:
    """Whether a conversation is in that one."""
    return and_(conversation.c.substate == name, is_in_one())


def is_in_none(status: str) -> ColumnElement[bool] | None:
    """Whether a conversation of a stored status is in none; None for a status beside which there are none."""
    if status not in _BASES:
        return None
    return or_(conversation.c.substate.is_(None), ~is_in_one())


def waits_for(reason: WaitingReason) -> ColumnElement[bool]:
    """Whether a conversation waits for that reason."""
    return and_(
        conversation.c.status == Status.WAITING.value,
        conversation.c.waiting_reason.is_not(None),  # else "not for that reason" would be unknown
        conversation.c.waiting_reason == reason.value,
    )


@cache
def _counting(mailbox_id: int | None) -> tuple[Select[Any], Select[Any]]:
    """The statements of :func:`counts` and :func:`reason_counts`: what nobody answers now, by state and by reason."""
    held = exists().where(claim.c.conversation_id == conversation.c.id, claims.is_live())
    wanted = [~held.correlate(conversation), *([] if mailbox_id is None else [listed_in(mailbox_id)])]
    # grouped by an expression: an index that has states in order would be read from end to end for that
    status = func.coalesce(conversation.c.status, literal_column("''"))
    in_states = (
        select(status, conversation.c.substate, func.count())
        .where(is_in_one(), conversation.c.archived_at.is_(None), *wanted)
        .group_by(status, conversation.c.substate)
    )
    waits = conversation.c.status == Status.WAITING.value
    for_reasons = (
        select(conversation.c.waiting_reason, func.count())
        .where(waits, conversation.c.waiting_reason.is_not(None), *wanted)
        .group_by(conversation.c.waiting_reason)
    )
    return in_states, for_reasons


def counts(tx: Connection, mailbox_id: int | None) -> dict[tuple[str, str], int]:
    """How many conversations that nobody answers now are in each, by (stored status, name)."""
    return {(status, name): int(n) for status, name, n in tx.execute(_counting(mailbox_id)[0])}


def reason_counts(tx: Connection, mailbox_id: int | None) -> dict[str, int]:
    """How many conversations that nobody answers now wait, by reason."""
    return {reason: int(n) for reason, n in tx.execute(_counting(mailbox_id)[1])}
