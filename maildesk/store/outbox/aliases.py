"""Under which Message-IDs our mails are known: the one that we gave, and those that relays gave them instead.

Some services (Amazon SES, Microsoft 365) write an id of their own into a mail. Answers then quote that one, so it is
kept as an alias: from the answer to the final dot, or from a copy that still carries our ``X-Maildesk-Id``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, or_, select, text

from maildesk.domain.outbox import SHORTEST_TOKEN
from maildesk.domain.threading import is_ours
from maildesk.store.tables import alias, message, outbox

_T = TypeVar("_T")
_CHUNK = 900


class Ours(NamedTuple):
    """A mail of ours that somebody quotes: the item, its Message-ID, where it belongs, and what kind it is."""

    outbox_id: int
    message_id: str
    conversation_id: int
    mailbox_id: int
    kind: str


def resolve(tx: Connection, ids: Iterable[str]) -> dict[str, Ours]:
    """The items behind ids, locked in their order."""
    wanted = {i for i in ids if i}
    numbers: dict[str, int] = {}
    keys = {key: i for i in wanted for key in _alias_keys(i)}
    for chunk in _chunks(sorted(keys)):
        rows = tx.execute(select(alias.c.message_id, alias.c.outbox_id).where(alias.c.message_id.in_(chunk)))
        numbers.update({keys[row.message_id]: row.outbox_id for row in rows})
    for chunk in _chunks(sorted(i for i in wanted if is_ours(i))):
        sent = tx.execute(select(outbox.c.message_id, outbox.c.id).where(outbox.c.message_id.in_(chunk)))
        numbers.update({row.message_id: row.id for row in sent})
    items: dict[int, Ours] = {}
    for some in _chunks(sorted(set(numbers.values()))):
        locked = tx.execute(
            select(
                outbox.c.id,
                outbox.c.message_id,
                outbox.c.conversation_id,
                outbox.c.mailbox_id,
                outbox.c.kind,
            )
            .where(outbox.c.id.in_(some))
            .order_by(outbox.c.id)
            .with_for_update(key_share=True)
        )
        items.update({row.id: Ours(*row) for row in locked})
    return {i: items[number] for i, number in numbers.items()}


def _alias_keys(message_id: str) -> tuple[str, ...]:
    """Under what an alias of this id may be kept: the id, and its left side where a relay told no more than that."""
    left = message_id.strip("<>").partition("@")[0]
    return (message_id, left) if len(left) >= SHORTEST_TOKEN else (message_id,)


def _chunks(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))


def add_aliases(tx: Connection, outbox_id: int, ids: Iterable[str], source: str) -> None:
    """Remember under which other ids a mail of ours travels. An id that is known already stays whose it was."""
    for one in ids:
        taken = or_(
            select(message.c.id).where(message.c.message_id == one).exists(),
            select(outbox.c.id).where(outbox.c.message_id == one).exists(),
        )
        if one and not tx.execute(select(taken)).scalar_one():
            tx.execute(
                text(
                    "INSERT INTO alias (message_id, outbox_id, source) VALUES (:m, :o, :s) ON CONFLICT DO NOTHING"
                ),
                {"m": one[:998], "o": outbox_id, "s": source},
            )
