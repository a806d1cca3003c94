"""Where conversations are that were merged into others. Small, so that everybody may ask."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, exists, select

from maildesk.store.tables import conversation_merge

_CHUNK = 900


def survivors(tx: Connection, ids: Iterable[int]) -> dict[int, int]:
    """For those of the conversations that were merged: into which."""
    wanted = sorted(set(ids))
    found: dict[int, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = tx.execute(
            select(conversation_merge.c.conversation_id, conversation_merge.c.into_id).where(
                conversation_merge.c.conversation_id.in_(wanted[start : start + _CHUNK])
            )
        )
        found.update({row.conversation_id: row.into_id for row in rows})
    return found


def survivor(tx: Connection, conversation_id: int) -> int:
    """The conversation itself, or the one into which it was merged."""
    return survivors(tx, [conversation_id]).get(conversation_id, conversation_id)


def absorbed(tx: Connection, conversation_id: int) -> tuple[int, ...]:
    """The conversations that were merged into this one, by number."""
    rows = tx.execute(
        select(conversation_merge.c.conversation_id)
        .where(conversation_merge.c.into_id == conversation_id)
        .order_by(conversation_merge.c.conversation_id)
    )
    return tuple(rows.scalars())


def is_merged(conversation_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the conversation that a column names was merged into another."""
    return exists(
        select(conversation_merge.c.into_id).where(conversation_merge.c.conversation_id == conversation_id)
    )
