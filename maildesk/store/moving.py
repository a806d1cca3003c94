"""Moving conversations to another shop's mailbox: history stays, and the mailbox that it came to still lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from maildesk.domain.outcomes import Before, Skipped
from maildesk.store import conversations, events, mailboxes, merging, targets
from maildesk.store.events import Actor
from maildesk.store.tables import also_in


def move(
    tx: Connection, who: Actor, ids: Sequence[int], mailbox_id: int
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Give conversations to another mailbox, from whose address they are answered from now on. What a colleague answers
    or what has a reply under way is left alone: it would leave in the old name."""
    chosen = list(dict.fromkeys(ids))
    rows = merging.lock(tx, sorted(chosen))
    before: list[Before] = []
    skipped: list[Skipped] = []
    for number in chosen:
        row = rows.get(number)
        why = merging.obstacle(tx, who, number, row, drafts_too=False)
        if why is None and row is not None and row.mailbox_id == mailbox_id:
            why = Skipped(number, "there")
        if why is not None or row is None:
            skipped.append(why or Skipped(number, "gone"))
            continue
        before.append(_move(tx, who, row, mailbox_id))
    return tuple(before), tuple(skipped)


def _move(tx: Connection, who: Actor, row: Row[Any], mailbox_id: int) -> Before:
    listed = _further(tx, row.id)
    clock = targets.moved(tx, row, mailbox_id)
    conversations.change(tx, row.id, {"mailbox_id": mailbox_id, "news_version": row.version + 1, **clock})
    _list_in(tx, row.id, (listed | {row.mailbox_id}) - {mailbox_id})
    if who.id is not None:
        conversations.mark_seen(tx, row.id, who.id, row.version + 1)
    detail: dict[str, object] = {"mailbox_from": row.mailbox_id, "mailbox": mailbox_id}
    boxes = mailboxes.by_id(tx, row.mailbox_id), mailboxes.by_id(tx, mailbox_id)
    detail |= {key: box.name for key, box in zip(("shop_from", "shop"), boxes, strict=True) if box}
    number = events.record(tx, who, "moved", row.id, detail=detail)
    fields = {"mailbox_id": row.mailbox_id, "shops": sorted(listed)}
    fields |= {name: getattr(row, name) for name in clock}
    return Before(row.id, row.version, fields, event=number)


def put_back(tx: Connection, one: Before) -> None:
    """Give a conversation back to the mailbox in which it was."""
    shops: Any = one.fields["shops"]
    fields = {name: value for name, value in one.fields.items() if name != "shops"}
    conversations.change(tx, one.conversation_id, fields)
    _list_in(tx, one.conversation_id, set(shops))


def _further(tx: Connection, conversation_id: int) -> set[int]:
    chosen = select(also_in.c.mailbox_id).where(also_in.c.conversation_id == conversation_id)
    return set(tx.execute(chosen).scalars())


def _list_in(tx: Connection, conversation_id: int, wanted: set[int]) -> None:
    there = _further(tx, conversation_id)
    here = also_in.c.conversation_id == conversation_id
    tx.execute(also_in.delete().where(here, also_in.c.mailbox_id.in_(sorted(there - wanted))))
    for mailbox_id in sorted(wanted - there):
        tx.execute(also_in.insert().values(conversation_id=conversation_id, mailbox_id=mailbox_id))
