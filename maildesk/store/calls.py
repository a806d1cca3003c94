"""Telephone memos: a phone note with a number, its times, and whether something is still to be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from maildesk.domain.phone import Call, CallState
from maildesk.domain.status import Status
from maildesk.store import order_refs
from maildesk.store.clock import db_now
from maildesk.store.tables import (
    agent,
    claim,
    comment,
    conversation,
    customer_address,
    participant,
    phone_call,
)

PHONE = "phone"
"""The channel of a conversation that began on the telephone."""
state_by = agent.alias("state_by")
COLUMNS = (
    phone_call.c.number,
    phone_call.c.started_at,
    phone_call.c.ended_at,
    phone_call.c.state,
    state_by.c.name.label("state_by"),
)
"""What :func:`call` wants of a row."""


def call(row: Row[*tuple[Any, ...]]) -> Call | None:
    """The call of a phone note; None for one that was written as a comment."""
    if row.state is None:
        return None
    return Call(row.number, row.started_at, row.ended_at, CallState(row.state), row.state_by or "")


def of_comments(tx: Connection, comment_ids: Iterable[int]) -> dict[int, Call]:
    """The calls of phone notes, by the number of the note."""
    wanted = list(comment_ids)
    if not wanted:
        return {}
    rows = tx.execute(
        select(phone_call.c.comment_id, *COLUMNS)
        .outerjoin(state_by, state_by.c.id == phone_call.c.state_by_id)
        .where(phone_call.c.comment_id.in_(wanted))
    )
    found: dict[int, Call] = {}
    for row in rows:
        made = call(row)
        if made is not None:
            found[row.comment_id] = made
    return found


def add(tx: Connection, comment_id: int, made: Call, by_id: int) -> None:
    """Put what is known of the call beside its note."""
    tx.execute(
        insert(phone_call).values(
            comment_id=comment_id,
            number=made.number,
            started_at=made.started_at,
            ended_at=made.ended_at,
            state=made.state.value,
            state_by_id=by_id,
            state_at=db_now(),
        )
    )


def set_state(tx: Connection, comment_id: int, state: CallState, by_id: int) -> tuple[int, CallState] | None:
    """Say whether something is still to be done. Returns the conversation and what it was, None where there is no such
    memo."""
    row = tx.execute(
        select(phone_call.c.state, comment.c.conversation_id)
        .join(comment, comment.c.id == phone_call.c.comment_id)
        .where(phone_call.c.comment_id == comment_id)
        .with_for_update(of=phone_call)
    ).first()
    if row is None:
        return None
    tx.execute(
        update(phone_call)
        .where(phone_call.c.comment_id == comment_id)
        .values(state=state.value, state_by_id=by_id, state_at=db_now())
    )
    return row.conversation_id, CallState(row.state)


def begin_conversation(
    tx: Connection, mailbox_id: int, customer_id: int, name: str, address: str, subject: str, state: CallState
) -> int:
    """A conversation that began on the telephone: new while something is to be done, else done. Returns its number."""
    number = tx.execute(
        insert(conversation)
        .values(
            mailbox_id=mailbox_id,
            customer_id=customer_id,
            customer_name=name,
            customer_address=address,
            subject=subject,
            status=(Status.NEW if state is CallState.FOLLOW_UP else Status.DONE).value,
            received_at=db_now(),
            last_message_at=db_now(),
            snippet=subject,
            channel=PHONE,
        )
        .returning(conversation.c.id)
    ).scalar_one()
    tx.execute(insert(claim).values(conversation_id=number, token=0, forced_reason=""))
    if address:
        tx.execute(insert(participant).values(conversation_id=number, address=address))
    return int(number)


def address_of(tx: Connection, members: Iterable[int]) -> str:
    """A mail address of a customer, so that what began on the telephone can be answered by mail; '' for none."""
    newest = (
        select(conversation.c.customer_address)
        .where(conversation.c.customer_id.in_(list(members)), conversation.c.customer_address != "")
        .order_by(conversation.c.last_message_at.desc())
        .limit(1)
    )
    found = tx.execute(newest).scalar()
    if found is None:
        known = select(customer_address.c.address).where(customer_address.c.customer_id.in_(list(members)))
        found = tx.execute(known.order_by(customer_address.c.address).limit(1)).scalar()
    return found or ""


def mailbox_of(tx: Connection, members: Iterable[int]) -> int | None:
    """In whose mailbox the newest conversation of a customer is."""
    return tx.execute(
        select(conversation.c.mailbox_id)
        .where(conversation.c.customer_id.in_(list(members)))
        .order_by(conversation.c.last_message_at.desc())
        .limit(1)
    ).scalar()


def note_orders(tx: Connection, conversation_id: int, mailbox_id: int, words: str) -> None:
    """Remember the orders that a memo names."""
    order_refs.note(tx, {conversation_id: words}, order_refs.shapes(tx).get(mailbox_id, ()))
