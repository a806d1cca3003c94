"""Which conversations are about which order: noted when a mail comes in, and found again by its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select, text, update

from maildesk.domain.orders import order_numbers
from maildesk.store.tables import conversation, desk, mailbox, message, message_body, order_ref

BATCH = 200
"""Messages that are searched at a time."""
_INSERT = "INSERT INTO order_ref (conversation_id, number, shown) VALUES (:c, :n, :s) ON CONFLICT DO NOTHING"


def key(number: str) -> str:
    """An order's number for comparing, however it was typed."""
    found = order_numbers(number)
    return (found[0] if found else number.strip()).casefold()


def shapes(tx: Connection) -> dict[int, tuple[str, ...]]:
    """The shapes of the shops' own numbers, by mailbox."""
    rows = tx.execute(select(mailbox.c.id, mailbox.c.order_pattern))
    return {row.id: (row.order_pattern,) if row.order_pattern else () for row in rows}


def note(tx: Connection, texts: Mapping[int, str], patterns: Sequence[str]) -> None:
    """Remember the numbers in texts, by conversation."""
    rows = [
        {"c": conversation_id, "n": number.casefold(), "s": number}
        for conversation_id, words in texts.items()
        for number in order_numbers(words, patterns)
    ]
    if rows:
        tx.execute(text(_INSERT), rows)


def conversations_about(tx: Connection, number: str, limit: int = 100) -> tuple[int, ...]:
    """The conversations about an order, the newest first."""
    rows = tx.execute(
        select(order_ref.c.conversation_id)
        .join(conversation, conversation.c.id == order_ref.c.conversation_id)
        .where(order_ref.c.number.in_({key(number), number.strip().casefold()}))
        .order_by(conversation.c.last_message_at.desc(), conversation.c.id.desc())
        .limit(limit)
    )
    return tuple(rows.scalars())


def same_order(tx: Connection, conversation_id: int, limit: int = 20) -> tuple[int, ...]:
    """Other conversations about an order that this one is about, the oldest first."""
    own = select(order_ref.c.number).where(order_ref.c.conversation_id == conversation_id)
    rows = tx.execute(
        select(order_ref.c.conversation_id)
        .where(order_ref.c.number.in_(own), order_ref.c.conversation_id != conversation_id)
        .distinct()
        .order_by(order_ref.c.conversation_id)
        .limit(limit)
    )
    return tuple(rows.scalars())


def of_conversation(tx: Connection, conversation_id: int) -> tuple[str, ...]:
    """The orders that a conversation is about, as they were written."""
    where = order_ref.c.conversation_id == conversation_id
    return tuple(tx.execute(select(order_ref.c.shown).where(where).order_by(order_ref.c.number)).scalars())


def of_customers(tx: Connection, members: Sequence[int]) -> frozenset[str]:
    """The orders that the conversations of these customers are about."""
    rows = tx.execute(
        select(order_ref.c.number)
        .join(conversation, conversation.c.id == order_ref.c.conversation_id)
        .where(conversation.c.customer_id.in_(list(members)))
    )
    return frozenset(rows.scalars())


def search_again(tx: Connection) -> None:
    """The shape of a shop's numbers has changed: all its mails are to be searched anew."""
    tx.execute(update(desk).values(orders_below=select(func.max(message.c.id) + 1).scalar_subquery()))


def catch_up(tx: Connection) -> int:
    """Search some of the mails that came before numbers were noted, the newest first. Returns how many it were; 0 when
    none is left."""
    below = tx.execute(select(desk.c.orders_below).with_for_update(key_share=True)).scalar()
    if below is None:
        return 0
    known = shapes(tx)
    rows = tx.execute(
        select(
            message.c.id,
            message.c.conversation_id,
            message.c.mailbox_id,
            message.c.subject,
            message_body.c.text,
        )
        .outerjoin(message_body, message_body.c.message_id == message.c.id)
        .where(message.c.id < below)
        .order_by(message.c.id.desc())
        .limit(BATCH)
    ).all()
    for row in rows:
        note(tx, {row.conversation_id: f"{row.subject}\n{row.text or ''}"}, known.get(row.mailbox_id, ()))
    tx.execute(update(desk).values(orders_below=rows[-1].id if len(rows) == BATCH else None))
    return len(rows)
