"""Merging conversations, and splitting them again: in one transaction, with everything locked in the order of all
others (outbox, conversations by number, claims).

What is merged stays as an empty row in the trash with its events and its replies (``one_answer`` counts by
conversation and turn, so replies never move); its mails, comments, labels, people, shops, orders and followers go over.
Nothing is merged that somebody answers now, that has a reply which is not settled, or in which a colleague has a draft:
each is left alone and named. Where the survivor's turn has an answer and a merged mail has none, the survivor's turn
grows, so that the one answer to that mail can be given, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, and_, exists, func, insert, literal, select, text

from maildesk.domain.address import Address
from maildesk.domain.letter import Outside
from maildesk.domain.outbox import OutboxState
from maildesk.domain.outcomes import Before, Skipped, Undo
from maildesk.domain.status import Status
from maildesk.store import claims, conversations, events, merged, recounting
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.outbox import lock_waiting
from maildesk.store.tables import (
    agent,
    also_in,
    claim,
    comment,
    conversation,
    conversation_merge,
    customer_address,
    draft,
    follow,
    label,
    message,
    order_ref,
    outbox,
    participant,
    seen,
)
from maildesk.store.targets import ANSWERED

_SETTLED = (OutboxState.SENT.value, OutboxState.CANCELLED.value)
_HIDDEN = (Status.SPAM.value, Status.TRASH.value)
_KEPT = (
    "status",
    "waiting_reason",
    "waiting_until",
    "substate",
    "outside",
    "note",
    "no_answer_turn",
    *ANSWERED,
    "assignee_id",
    "priority",
    "turn",
    "received_at",
    "last_message_at",
    "messages",
    "attachments",
    "answered",
    "bounced",
    "snippet",
)
_ASKED = (Outside.NOBODY.value, Outside.ASKED.value, Outside.ANSWERED.value)
_RANK = (Status.NEW.value, Status.WAITING.value, Status.DONE.value)
_SHARED: Mapping[str, tuple[Table, Column[Any], Mapping[str, Any]]] = {
    "labels": (label, label.c.name, {}),
    "people": (participant, participant.c.address, {}),
    "shops": (also_in, also_in.c.mailbox_id, {}),
    "orders": (order_ref, order_ref.c.number, {}),
    "followers": (follow, follow.c.agent_id, {"heard": 0}),
}
"""What the survivor has of both: table, column, and what else a row needs."""


# ---- what is in the way


def lock(tx: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Lock conversations with their replies and claims, so that nobody begins to answer meanwhile."""
    lock_waiting(tx, ids)
    rows = conversations.lock(tx, ids)
    wanted = select(claim.c.token).where(claim.c.conversation_id.in_(list(rows)))
    tx.execute(wanted.order_by(claim.c.conversation_id).with_for_update()).all()
    return rows


def obstacle(
    tx: Connection, who: Actor, conversation_id: int, row: Row[Any] | None, *, drafts_too: bool = True
) -> Skipped | None:
    """Why a conversation, locked by :func:`lock`, stays as it is."""
    if row is None:
        return Skipped(conversation_id, "gone")
    if (into := merged.survivors(tx, [conversation_id]).get(conversation_id)) is not None:
        return Skipped(conversation_id, "merged", note=str(into))
    if row.status in _HIDDEN:
        return Skipped(conversation_id, "hidden")
    if (holder := claims.holder(tx, conversation_id)) is not None and holder.agent_id != who.id:
        return Skipped(conversation_id, "replying", holder)
    under_way = exists().where(outbox.c.conversation_id == conversation_id, outbox.c.state.not_in(_SETTLED))
    if tx.execute(select(literal(1)).where(under_way)).first() is not None:
        return Skipped(conversation_id, "sending")
    if drafts_too:
        author = tx.execute(
            select(agent.c.name)
            .join(draft, draft.c.author_id == agent.c.id)
            .where(
                draft.c.conversation_id == conversation_id,
                draft.c.discarded_at.is_(None),
                draft.c.author_id != who.id,
            )
        ).scalar()
        if author is not None:
            return Skipped(conversation_id, "draft", note=author)
    return None


# ---- merging


def oldest(tx: Connection, ids: Sequence[int]) -> int | None:
    """The conversation that came first of these, where those that were merged count as what they are in."""
    where = merged.survivors(tx, ids)
    chosen = {where.get(number, number) for number in ids}
    first = (
        select(conversation.c.id)
        .where(conversation.c.id.in_(chosen))
        .order_by(conversation.c.received_at, conversation.c.id)
    )
    found: int | None = tx.execute(first.limit(1)).scalar()
    return found


def merge(
    tx: Connection, who: Actor, ids: Sequence[int], into: int
) -> tuple[tuple[Before, ...], tuple[Skipped, ...]]:
    """Merge conversations into ``into``. Returns what they were, the survivor first, and what was left alone; nothing
    at all changes when the survivor itself cannot be."""
    others = [i for i in dict.fromkeys(ids) if i != into]
    rows = lock(tx, sorted({*others, into}))
    if (why := obstacle(tx, who, into, rows.get(into), drafts_too=False)) is not None:
        return (), (why,)
    skipped: list[Skipped] = []
    taken: list[Row[Any]] = []
    for number in others:
        why = obstacle(tx, who, number, rows.get(number)) or _two_drafts(tx, who, number, into)
        if why is not None:
            skipped.append(why)
        else:
            taken.append(rows[number])
    if not taken:
        return (), tuple(skipped)
    survivor = rows[into]
    read = _has_read(tx, who, [survivor, *taken])
    unanswered = any(_is_unanswered(tx, row) for row in taken)
    before = [_absorb(tx, who, row, into) for row in taken]
    values = _together(survivor, taken)
    if unanswered and not _is_open_turn(tx, survivor):
        values["turn"] = survivor.turn + 1
    version = survivor.version + 1
    conversations.change(tx, into, values | {"news_version": version})
    if read and who.id is not None:
        conversations.mark_seen(tx, into, who.id, version)
    number = events.record(tx, who, "merged", into, detail={"from": [row.id for row in taken]})
    kept = {name: getattr(survivor, name) for name in _KEPT}
    return (Before(into, survivor.version, kept, event=number), *before), tuple(skipped)


def _two_drafts(tx: Connection, who: Actor, number: int, into: int) -> Skipped | None:
    mine = select(func.count()).where(
        draft.c.conversation_id.in_((number, into)),
        draft.c.author_id == who.id,
        draft.c.discarded_at.is_(None),
    )
    return Skipped(number, "drafts") if tx.execute(mine).scalar_one() > 1 else None


def _is_open_turn(tx: Connection, row: Row[Any]) -> bool:
    """Whether the customer's last mail may have its one answer still."""
    answered = exists().where(
        outbox.c.conversation_id == row.id,
        outbox.c.turn == row.turn,
        outbox.c.kind == "reply",
        outbox.c.state.not_in((OutboxState.CANCELLED.value, OutboxState.FAILED.value)),
    )
    return row.turn > 0 and tx.execute(select(literal(1)).where(answered)).first() is None


def _is_unanswered(tx: Connection, row: Row[Any]) -> bool:
    """Whether the customer's last mail waits for its one answer, also where it was put off meanwhile."""
    if not Status(row.status).is_open or not _is_open_turn(tx, row):
        return False
    if row.status == Status.NEW.value:
        return True
    found = recounting.mails(tx, row.id)
    return recounting.newest_in(found) is not None and recounting.answering_turn(tx, found) is None


def _has_read(tx: Connection, who: Actor, rows: Iterable[Row[Any]]) -> bool:
    news = {row.id: row.news_version for row in rows}
    found = tx.execute(
        select(seen.c.conversation_id, seen.c.version).where(
            seen.c.agent_id == who.id, seen.c.conversation_id.in_(list(news))
        )
    )
    return {r.conversation_id for r in found if r.version >= news[r.conversation_id]} == set(news)


def _absorb(tx: Connection, who: Actor, row: Row[Any], into: int) -> Before:
    """Bring all that one conversation has over to another, and remember what it was."""
    moved: dict[str, Any] = {"into": into}
    for name, table in (("messages", message), ("comments", comment)):
        moved[name] = _carry(tx, table, table.c.conversation_id == row.id, into)
    further = {row.mailbox_id, *_values(tx, also_in, also_in.c.mailbox_id, row.id)}
    home = tx.execute(select(conversation.c.mailbox_id).where(conversation.c.id == into)).scalar_one()
    for name, (table, column, more) in _SHARED.items():
        there = _values(tx, table, column, into)
        here = further - {home} if name == "shops" else _values(tx, table, column, row.id)
        if name == "followers":  # nobody may write there in another's name
            here &= {who.id}
            more = {"heard": events.newest(tx)}
        moved[name] = sorted(here - there)
        for value in moved[name]:
            tx.execute(insert(table).values({"conversation_id": into, column.name: value, **more}))
    moved["drafts"] = _carry_draft(tx, who, row.id, into)
    if who.id is not None and claims.release_of_agent(tx, row.id, who.id):
        events.record(tx, who, "released", row.id, detail={"merged": True})
    moved["carried"] = list(
        tx.execute(
            conversation_merge.update()
            .where(conversation_merge.c.into_id == row.id)
            .values(into_id=into)
            .returning(conversation_merge.c.conversation_id)
        ).scalars()
    )
    tx.execute(
        conversation_merge.insert().values(conversation_id=row.id, into_id=into, by_id=who.id, at=db_now())
    )
    values = {"status": Status.TRASH.value, "waiting_reason": None, "waiting_until": None}
    conversations.change(tx, row.id, values)
    number = events.record(tx, who, "merged", row.id, detail={"into": into})
    kept = {name: getattr(row, name) for name in _KEPT} | {"moved": moved}
    return Before(row.id, row.version, kept, event=number)


def _carry(tx: Connection, table: Table, which: Any, into: int) -> list[int]:
    done = table.update().where(which).values(conversation_id=into).returning(table.c.id)
    return sorted(tx.execute(done).scalars())


def _carry_draft(tx: Connection, who: Actor, source: int, into: int) -> list[int]:
    mine = and_(
        draft.c.conversation_id == source, draft.c.author_id == who.id, draft.c.discarded_at.is_(None)
    )
    there = and_(draft.c.conversation_id == into, draft.c.author_id == who.id)
    if tx.execute(select(draft.c.id).where(there)).first() is not None:
        return []  # one that was thrown away can still be brought back there
    return _carry(tx, draft, mine, into)


def _values(tx: Connection, table: Table, column: Column[Any], conversation_id: int) -> set[Any]:
    return set(tx.execute(select(column).where(table.c.conversation_id == conversation_id)).scalars())


def _together(survivor: Row[Any], taken: Sequence[Row[Any]]) -> dict[str, Any]:
    """What the list says of all of them."""
    rows = [survivor, *taken]
    newest = max(rows, key=lambda row: row.last_message_at)
    first = min(rows, key=lambda row: _RANK.index(row.status) if row.status in _RANK else len(_RANK))
    return {
        "status": first.status,
        "waiting_reason": first.waiting_reason,
        "waiting_until": first.waiting_until,
        "substate": first.substate,
        "outside": max((row.outside for row in rows), key=_ASKED.index),
        "note": first.note,
        "no_answer_turn": survivor.no_answer_turn if first is survivor else None,
        **_clock(rows),
        "assignee_id": next((row.assignee_id for row in rows if row.assignee_id is not None), None),
        "priority": max(row.priority for row in rows),
        "received_at": min(row.received_at for row in rows),
        "last_message_at": newest.last_message_at,
        "messages": sum(row.messages for row in rows),
        "attachments": sum(row.attachments for row in rows),
        "answered": any(row.answered for row in rows),
        "bounced": any(row.bounced for row in rows),
        "snippet": newest.snippet,
    }


def _clock(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """The reply target that ends first of those that are open."""
    running = [row for row in rows if row.due_at is not None and Status(row.status).is_open]
    if not running:
        return dict(ANSWERED)
    first = min(running, key=lambda row: row.due_at)
    return {name: getattr(first, name) for name in ANSWERED}


# ---- taking it back


def unmerge(tx: Connection, who: Actor, undo: Undo) -> bool:
    """Split what was merged exactly as it was. False: it is merged elsewhere by now, it was answered since, or mails of
    it were split off."""
    survivor, *others = undo.before
    rows = lock(tx, sorted(b.conversation_id for b in undo.before))
    row = rows[survivor.conversation_id]
    where = merged.survivors(tx, rows)
    if any(where.get(b.conversation_id) != row.id for b in others) or row.id in where:
        return False
    if _answers_after(tx, row.id, int(str(survivor.fields["turn"]))):
        return False
    if not all(_is_there(tx, one, row.id) for one in others):
        return False
    came = row.messages != sum(int(str(b.fields["messages"])) for b in undo.before)
    for one in others:
        _give_back(tx, who, one, row.id)
    fields = dict(survivor.fields)
    if came:  # mail that came meanwhile stays, and stays unanswered
        fields = {name: value for name, value in fields.items() if name in ("assignee_id", "priority")}
    conversations.change(tx, row.id, fields)
    recounting.recount(tx, row.id)
    events.record(
        tx, who, "merged", row.id, detail={"undone": True, "from": [one.conversation_id for one in others]}
    )
    return True


def _is_there(tx: Connection, one: Before, survivor: int) -> bool:
    """Whether all mails that came with a conversation are still where they went."""
    moved: Any = one.fields["moved"]
    there = message.c.id.in_(moved["messages"]), message.c.conversation_id == survivor
    return tx.execute(select(func.count()).where(*there)).scalar_one() == len(moved["messages"])


def _answers_after(tx: Connection, conversation_id: int, turn: int) -> bool:
    found = select(outbox.c.id).where(
        outbox.c.conversation_id == conversation_id,
        outbox.c.turn > turn,
        outbox.c.state != OutboxState.CANCELLED.value,
    )
    return tx.execute(found.limit(1)).first() is not None


def _give_back(tx: Connection, who: Actor, one: Before, survivor: int) -> None:
    fields = dict(one.fields)
    moved: Any = fields.pop("moved")
    number = one.conversation_id
    for name, table in (("messages", message), ("comments", comment), ("drafts", draft)):
        still = and_(table.c.id.in_(moved[name]), table.c.conversation_id == survivor)
        _carry(tx, table, still, number)
    for name, (table, column, _) in _SHARED.items():
        tx.execute(table.delete().where(table.c.conversation_id == survivor, column.in_(moved[name])))
    tx.execute(
        conversation_merge.update()
        .where(conversation_merge.c.conversation_id.in_(moved["carried"]))
        .values(into_id=number)
    )
    tx.execute(conversation_merge.delete().where(conversation_merge.c.conversation_id == number))
    conversations.change(tx, number, fields)
    events.record(tx, who, "merged", number, detail={"undone": True, "into": survivor})


# ---- splitting


def split(tx: Connection, who: Actor, message_id: int, *, following: bool) -> tuple[Before, ...] | Skipped:
    """Begin a conversation with a mail, and with those after it where ``following``. Returns what the old one was
    and what the new one has, or why not: ``all`` (nothing would stay), ``answered`` (its newest mail has its
    answer), and the reasons of :func:`obstacle`."""
    number = tx.execute(select(message.c.conversation_id).where(message.c.id == message_id)).scalar()
    if number is None:
        return Skipped(0, "gone")
    row = lock(tx, [number])[number]
    if (why := obstacle(tx, who, number, row, drafts_too=False)) is not None:
        return why
    found = recounting.mails(tx, number)
    place = next((i for i, one in enumerate(found) if one.id == message_id), None)
    if place is None:
        return Skipped(number, "gone")
    leaving = found[place:] if following else [found[place]]
    staying = [one for one in found if one not in leaving]
    if not staying:
        return Skipped(number, "all")
    if recounting.newest_in(leaving) is not None and recounting.answering_turn(tx, leaving) is not None:
        return Skipped(number, "answered")
    new = _begin(tx, who, row, leaving)
    ids = [one.id for one in leaving]
    comments = _carry(tx, comment, comment.c.message_id.in_(ids), new)
    _carry(tx, message, message.c.id.in_(ids), new)
    first = message.update().where(message.c.id == leaving[0].id)
    tx.execute(first.values(related_id=number, related_by="split"))
    values = recounting.facts(tx, staying)
    turn = recounting.answering_turn(tx, staying)
    if turn is not None and row.status == Status.NEW.value:
        values["status"] = Status.DONE.value
    if turn and turn < row.turn and not _answers_after(tx, number, turn):
        values["turn"] = turn
    conversations.change(tx, number, values)
    kept = {name: getattr(row, name) for name in _KEPT}
    gone = events.record(tx, who, "split", number, detail={"into": new, "messages": ids})
    begun = events.record(tx, who, "split", new, detail={"from": number, "messages": ids})
    moved = {"messages": ids, "comments": comments, "related": (leaving[0].related_id, leaving[0].related_by)}
    return (
        Before(number, row.version, kept, event=gone),
        Before(new, 1, {"moved": moved}, event=begun),
    )


def _begin(tx: Connection, who: Actor, row: Row[Any], leaving: Sequence[Row[Any]]) -> int:
    source = recounting.newest_in(list(leaving)) or leaving[0]
    asks = recounting.newest_in(list(leaving)) is not None
    sender = Address(source.from_name, source.from_address) if asks else None
    known = select(customer_address.c.customer_id).where(
        customer_address.c.address == (sender.key() if sender is not None else "")
    )
    number = tx.execute(
        conversation.insert()
        .values(
            mailbox_id=row.mailbox_id,
            customer_id=tx.execute(known).scalar() or row.customer_id,
            customer_name=row.customer_name if sender is None else sender.name,
            customer_address=row.customer_address if sender is None else sender.address,
            subject=source.subject or row.subject,
            status=(Status.NEW if asks else Status.DONE).value,
            turn=1 if asks else 0,
            assignee_id=row.assignee_id,
            priority=row.priority,
            **recounting.facts(tx, list(leaving)),
        )
        .returning(conversation.c.id)
    ).scalar_one()
    tx.execute(claim.insert().values(conversation_id=number, token=0))
    rows = [{"c": number, "a": key} for key in sorted(recounting.people(tx, leaving))]
    if rows:
        tx.execute(text("INSERT INTO participant (conversation_id, address) VALUES (:c, :a)"), rows)
    for shop in sorted(_values(tx, also_in, also_in.c.mailbox_id, row.id)):
        tx.execute(also_in.insert().values(conversation_id=number, mailbox_id=shop))
    if who.id is not None:
        conversations.mark_seen(tx, number, who.id, 1)
    return int(number)


def unsplit(tx: Connection, who: Actor, undo: Undo) -> bool:
    """Bring the mails back; the conversation that was begun goes into the trash, as part of the old one. False: it was
    answered or merged since."""
    old, new = undo.before
    rows = lock(tx, sorted((old.conversation_id, new.conversation_id)))
    if merged.survivors(tx, rows) or obstacle(tx, who, new.conversation_id, rows[new.conversation_id]):
        return False
    if _answers_after(tx, new.conversation_id, 0):
        return False
    moved: Any = new.fields["moved"]
    arrived = len(recounting.mails(tx, new.conversation_id))
    _absorb(tx, who, rows[new.conversation_id], old.conversation_id)
    related_id, related_by = moved["related"]
    first = message.update().where(message.c.id == moved["messages"][0])
    tx.execute(first.values(related_id=related_id, related_by=related_by))
    fields = dict(old.fields)
    turn, row = int(str(fields.pop("turn"))), rows[old.conversation_id]
    if turn > row.turn:  # the next one that nobody has answered
        fields["turn"] = row.turn + 1
    if arrived > len(moved["messages"]) or row.messages + len(moved["messages"]) > int(
        str(fields["messages"])
    ):
        fields |= {"status": Status.NEW.value, "waiting_reason": None, "waiting_until": None}
    conversations.change(tx, old.conversation_id, fields)
    recounting.recount(tx, old.conversation_id)
    events.record(tx, who, "split", old.conversation_id, detail={"undone": True, "into": new.conversation_id})
    return True
