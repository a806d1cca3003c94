"""What an agent sets for himself on many conversations: seen or not, followed or not, his claim given back; and how
each is put back as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, and_, func, select

from maildesk.domain.claim import LEASE
from maildesk.domain.outcomes import Before, Skipped, Undo
from maildesk.store import claims, conversations, events, following, merged, talk_mentions
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.tables import claim, conversation, outbox, seen

SEEN, FOLLOWED, RELEASED = "seen", "followed", "released"
WHATS = frozenset((SEEN, FOLLOWED, RELEASED))
"""The words of these acts in :class:`Undo`."""

_Done = tuple[tuple[Before, ...], tuple[Skipped, ...]]


def _there(tx: Connection, agent_id: int, ids: Sequence[int]) -> tuple[list[Any], tuple[Skipped, ...]]:
    """The conversations that there are on their own, each once, in the order asked, with what the agent has seen."""
    mine = and_(seen.c.conversation_id == conversation.c.id, seen.c.agent_id == agent_id)
    found = tx.execute(
        select(
            conversation.c.id,
            conversation.c.version,
            conversation.c.news_version,
            func.coalesce(seen.c.version, 0).label("seen"),
        )
        .select_from(conversation.outerjoin(seen, mine))
        .where(conversation.c.id.in_(list(ids)))
    )
    rows = {row.id: row for row in found}
    away = merged.survivors(tx, ids)
    wanted = list(dict.fromkeys(ids))
    skipped = [Skipped(n, "gone") for n in wanted if n not in rows]
    skipped += [Skipped(n, "merged", note=str(away[n])) for n in wanted if n in away]
    return [rows[n] for n in wanted if n in rows and n not in away], tuple(skipped)


def see(tx: Connection, who: Actor, ids: Sequence[int], is_seen: bool) -> _Done:
    """The agent has seen them as they are now, or not at all; what names him there counts as read with it. Those that
    are so already are left alone."""
    agent_id = _agent(who)
    rows, skipped = _there(tx, agent_id, ids)
    before = []
    for row in rows:
        if (row.seen >= row.news_version > 0) is is_seen:
            continue
        version = row.version if is_seen else 0
        conversations.mark_seen(tx, row.id, agent_id, version)
        named = talk_mentions.read_in(tx, agent_id, row.id) if is_seen else ()
        before.append(Before(row.id, row.version, {"seen": row.seen, "set": version, "named": named}))
    return tuple(before), skipped


def follow(tx: Connection, who: Actor, ids: Sequence[int], on: bool) -> _Done:
    """The agent hears of what others do to them from now on, or no more. Those that are so already are left alone."""
    agent_id = _agent(who)
    rows, skipped = _there(tx, agent_id, ids)
    there = [row.id for row in rows]
    if on:
        heard: dict[int, int | None] = dict.fromkeys(following.start(tx, agent_id, there))
    else:
        heard = dict(following.stopped(tx, agent_id, there))
    return tuple(Before(r.id, r.version, {"heard": heard[r.id]}) for r in rows if r.id in heard), skipped


def release(tx: Connection, who: Actor, ids: Sequence[int]) -> _Done:
    """The agent gives back his claims on them, whichever of his sessions holds them. Skipped are those that he does not
    hold: ``replying`` where a colleague does, else ``not_held``."""
    agent_id = _agent(who)
    rows, skipped = _there(tx, agent_id, ids)
    held = {row.conversation_id: row for row in _locked(tx, [r.id for r in rows])}
    before, others = [], []
    for row in rows:
        mine = held.get(row.id)
        if mine is None or mine.owner_id != agent_id:
            holder = claims.holder(tx, row.id)
            others.append(Skipped(row.id, "not_held" if holder is None else "replying", holder))
            continue
        claims.release_of_agent(tx, row.id, agent_id)
        number = events.record(tx, who, RELEASED, row.id, detail={"token": mine.token})
        was = {"session": mine.session, "token": mine.token}
        before.append(Before(row.id, row.version, was, event=number))
    return tuple(before), (*skipped, *others)


def _locked(tx: Connection, ids: Sequence[int]) -> Sequence[Any]:
    """The claims of conversations, locked in their order until the transaction ends."""
    found = (
        select(claim.c.conversation_id, claim.c.owner_id, claim.c.session, claim.c.token, claim.c.expires_at)
        .where(claim.c.conversation_id.in_(list(ids)))
        .order_by(claim.c.conversation_id)
        .with_for_update()
    )
    return tx.execute(found).all()


def restore(tx: Connection, who: Actor, undo: Undo) -> bool:
    """Put it back as it was. False: somebody has one of the claims, or a reply keeps it, and nothing was changed."""
    agent_id = _agent(who)
    if undo.what == RELEASED:
        return _claim_again(tx, who, undo)
    for one in undo.before:
        fields: Mapping[str, Any] = one.fields
        if undo.what == FOLLOWED:
            if fields["heard"] is None:
                following.stop(tx, agent_id, [one.conversation_id])
            else:
                following.resume(tx, agent_id, one.conversation_id, fields["heard"])
            continue
        unchanged = (
            seen.update()
            .where(
                seen.c.agent_id == agent_id,
                seen.c.conversation_id == one.conversation_id,
                seen.c.version == fields["set"],  # not opened since
            )
            .values(version=fields["seen"])
            .returning(seen.c.version)
        )
        if tx.execute(unchanged).first() is not None:
            talk_mentions.unread_again(tx, agent_id, fields["named"])
    return True


def _claim_again(tx: Connection, who: Actor, undo: Undo) -> bool:
    """The claims go back to the session that held them, under new tokens, where nobody had them meanwhile."""
    agent_id = _agent(who)
    was: dict[int, Mapping[str, Any]] = {one.conversation_id: one.fields for one in undo.before}
    locked = {row.conversation_id: row for row in _locked(tx, list(was))}
    kept = select(outbox.c.conversation_id).where(outbox.c.conversation_id.in_(list(was)), claims.waits())
    waiting = set(tx.execute(kept).scalars()) | set(merged.survivors(tx, list(was)))
    for number, fields in was.items():
        row = locked.get(number)
        free = row is not None and row.owner_id is None and row.token == fields["token"]
        if not free or number in waiting:
            return False
    for number, fields in was.items():
        tx.execute(
            claim.update()
            .where(
                claim.c.conversation_id == number,
                claim.c.owner_id.is_(None),
                claim.c.token == fields["token"],
            )
            .values(
                owner_id=agent_id,
                session=fields["session"],
                token=claim.c.token + 1,
                taken_at=db_now(),
                forced_from=None,
                forced_reason="",
                expires_at=db_now() + LEASE.total_seconds(),
                last_key_at=db_now(),
            )
        )
        detail = {"token": fields["token"] + 1, "undone": True}
        events.record(tx, who, "claimed", number, detail=detail)
    return True


def _agent(who: Actor) -> int:
    return cast("int", who.id)  # only an agent has marks
