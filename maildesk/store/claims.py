"""The claim: one row per conversation, taken, renewed and freed by one conditional statement each.

No function here reads first and writes later: that is the race in which two agents get the same conversation
(``protocol.md`` 1.5). Every comparison of times is with the database's own clock.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)

from maildesk.domain.claim import LEASE, Claim, ClaimView, Freed, LostClaim
from maildesk.domain.letter import FORWARD
from maildesk.domain.outbox import HeldReason, OutboxState
from maildesk.store import merged
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, claim, conversation, outbox, watch

_TTL = LEASE.total_seconds()


def is_live() -> ColumnElement[bool]:
    """The one definition of a live claim, used by every statement that shows or counts them."""
    return and_(claim.c.owner_id.is_not(None), claim.c.expires_at > db_now())


def counts() -> ColumnElement[bool]:
    """Whether an outbox item is an answer to its turn: the condition of ``one_answer``, in literals, as SQLite uses
    a partial index only where it can read the condition in the statement."""
    return outbox.c.state.not_in(
        [literal_column(f"'{state.value}'") for state in (OutboxState.CANCELLED, OutboxState.FAILED)]
    )


def waits() -> ColumnElement[bool]:
    """Whether an outbox item keeps its conversation: it answers this turn, and waits for approval or for its time."""
    turn = select(conversation.c.turn).where(conversation.c.id == outbox.c.conversation_id).scalar_subquery()
    return and_(outbox.c.turn == turn, can_wait())


def can_wait() -> ColumnElement[bool]:
    """Whether an answer waits for approval or for its time, whatever turn it answers. What is passed on to others is
    not made wrong by a customer's next mail."""
    return and_(
        outbox.c.kind != FORWARD,
        counts(),
        or_(
            and_(outbox.c.state == OutboxState.HELD.value, outbox.c.held_reason == HeldReason.APPROVAL.value),
            and_(outbox.c.state == OutboxState.QUEUED.value, or_(outbox.c.scheduled, outbox.c.approval)),
        ),
    )


def _held_by(held: Claim, agent_id: int) -> ColumnElement[bool]:
    return and_(
        claim.c.conversation_id == held.conversation_id,
        claim.c.owner_id == agent_id,
        claim.c.session == held.session,
        claim.c.token == held.token,
    )


def view(row: Any) -> ClaimView | None:
    """A live claim from a row that selected :data:`VIEW_COLUMNS`."""
    if row.claim_owner is None:
        return None
    return ClaimView(
        row.claim_owner,
        row.claim_login,
        row.claim_name,
        row.claim_since,
        row.claim_until,
        row.claim_key or row.claim_since,
        row.claim_token,
    )


VIEW_COLUMNS = (
    claim.c.owner_id.label("claim_owner"),
    agent.c.login.label("claim_login"),
    agent.c.name.label("claim_name"),
    claim.c.taken_at.label("claim_since"),
    claim.c.expires_at.label("claim_until"),
    claim.c.last_key_at.label("claim_key"),
    claim.c.token.label("claim_token"),
)


def holder(tx: Connection, conversation_id: int) -> ClaimView | None:
    """Who replies to a conversation now."""
    row = tx.execute(
        select(*VIEW_COLUMNS)
        .join(agent, agent.c.id == claim.c.owner_id)
        .where(claim.c.conversation_id == conversation_id, is_live())
    ).first()
    return None if row is None else view(row)


def token(tx: Connection, conversation_id: int) -> int:
    """The token of a conversation's claim, whoever holds it; 0 where there is no conversation."""
    found = select(claim.c.token).where(claim.c.conversation_id == conversation_id)
    return int(tx.execute(found).scalar() or 0)


def take(
    tx: Connection, conversation_id: int, agent_id: int, session: str, most: int | None = None
) -> Claim | None:
    """Take the claim if it is free, lapsed, or this session's own, and no reply to this turn waits for approval or for
    its time. None: somebody else holds it, a reply waits, or the session holds ``most`` claims already.

    A session that holds it already keeps its token (and gets a new lease).
    """
    # locked by a statement of its own: the next one then sees the reply that the one before may have waited for
    tx.execute(select(claim.c.token).where(claim.c.conversation_id == conversation_id).with_for_update())
    now = db_now()
    mine = and_(claim.c.owner_id == agent_id, claim.c.session == session)
    free = or_(claim.c.owner_id.is_(None), claim.c.expires_at <= now)
    room = true() if most is None else _number_held(agent_id, session) < most
    kept = exists().where(outbox.c.conversation_id == claim.c.conversation_id, waits()).correlate(claim)
    row = tx.execute(
        claim.update()
        .where(
            claim.c.conversation_id == conversation_id,
            or_(mine, and_(free, room)),
            ~kept,
            ~merged.is_merged(claim.c.conversation_id),
        )
        .values(
            owner_id=agent_id,
            session=session,
            token=case((mine, claim.c.token), else_=claim.c.token + 1),
            taken_at=case((mine, claim.c.taken_at), else_=now),
            expires_at=now + _TTL,
            last_key_at=now,
            forced_from=case((mine, claim.c.forced_from), else_=None),
            forced_reason=case((mine, claim.c.forced_reason), else_=""),
        )
        .returning(claim.c.token, claim.c.expires_at)
    ).first()
    return None if row is None else _granted(tx, conversation_id, session, row)


def _number_held(agent_id: int, session: str) -> ColumnElement[int]:
    other = claim.alias("other")
    return (
        select(func.count())
        .select_from(other)
        .where(other.c.owner_id == agent_id, other.c.session == session, other.c.expires_at > db_now())
        .scalar_subquery()
    )


def of_session(tx: Connection, agent_id: int, session: str) -> tuple[int, ...]:
    """The conversations whose live claims a session holds."""
    rows = tx.execute(
        select(claim.c.conversation_id)
        .where(claim.c.owner_id == agent_id, claim.c.session == session, is_live())
        .order_by(claim.c.taken_at)
    )
    return tuple(rows.scalars())


def _granted(tx: Connection, conversation_id: int, session: str, row: Row[Any]) -> Claim:
    # a statement of its own: the one before may have waited, and saw the conversation as it was before that
    version = tx.execute(
        select(conversation.c.version).where(conversation.c.id == conversation_id)
    ).scalar_one()
    return Claim(conversation_id, session, row.token, row.expires_at, version)


def renew(tx: Connection, held: Claim, agent_id: int, *, typed: bool) -> Claim | None:
    """A new lease. The old one may have lapsed: while nobody took the claim the token still matches and work goes on
    (a laptop that slept). None: the claim is lost."""
    now = db_now()
    values: dict[str, Any] = {"expires_at": now + _TTL}
    if typed:
        values["last_key_at"] = now
    row = tx.execute(
        claim.update().where(_held_by(held, agent_id)).values(**values).returning(claim.c.expires_at)
    ).first()
    if row is None:
        return None
    return Claim(held.conversation_id, held.session, held.token, row.expires_at, held.version)


def holds(tx: Connection, held: Claim, agent_id: int) -> bool:
    """Whether the claim is still this one; its row stays locked until the transaction ends."""
    row = tx.execute(select(claim.c.token).where(_held_by(held, agent_id)).with_for_update()).first()
    return row is not None


_FREE: dict[str, Any] = {"owner_id": None, "session": None, "expires_at": None}


def release(tx: Connection, held: Claim, agent_id: int) -> bool:
    """Give the claim back. False: the token is old, and whoever holds it now keeps it."""
    done = tx.execute(
        claim.update().where(_held_by(held, agent_id)).values(**_FREE).returning(claim.c.token)
    ).first()
    return done is not None


def release_of_agent(tx: Connection, conversation_id: int, agent_id: int) -> bool:
    """Give back the agent's claim, whichever of his sessions holds it."""
    done = tx.execute(
        claim.update()
        .where(claim.c.conversation_id == conversation_id, claim.c.owner_id == agent_id)
        .values(**_FREE)
        .returning(claim.c.token)
    ).first()
    return done is not None


def release_of_session(tx: Connection, agent_id: int, session: str) -> tuple[int, ...]:
    """Give back every claim of a session that ends. The conversations that became free."""
    rows = tx.execute(
        claim.update()
        .where(claim.c.owner_id == agent_id, claim.c.session == session)
        .values(**_FREE)
        .returning(claim.c.conversation_id)
    )
    return tuple(r.conversation_id for r in rows)


def take_over(
    tx: Connection, conversation_id: int, seen: ClaimView, agent_id: int, session: str, reason: str
) -> Claim | None:
    """Take the claim from the holder that was seen. None: it changed hands since, look again."""
    now = db_now()
    row = tx.execute(
        claim.update()
        .where(
            claim.c.conversation_id == conversation_id,
            claim.c.owner_id == seen.agent_id,
            claim.c.token == seen.token,
        )
        .values(
            owner_id=agent_id,
            session=session,
            token=claim.c.token + 1,
            taken_at=now,
            expires_at=now + _TTL,
            last_key_at=now,
            forced_from=seen.agent_id,
            forced_reason=reason,
        )
        .returning(claim.c.token, claim.c.expires_at)
    ).first()
    return None if row is None else _granted(tx, conversation_id, session, row)


def loss(tx: Connection, conversation_id: int) -> LostClaim:
    """Who has the claim now, and the reason he gave if he took it over."""
    reason = tx.execute(
        select(claim.c.forced_reason).where(claim.c.conversation_id == conversation_id, is_live())
    ).scalar()
    return LostClaim(holder(tx, conversation_id), reason or "")


def watch_for(tx: Connection, conversation_id: int, agent_id: int) -> None:
    """Remember that an agent wants to be told when the claim is free."""
    known = tx.execute(
        select(watch.c.agent_id).where(
            watch.c.conversation_id == conversation_id, watch.c.agent_id == agent_id
        )
    ).first()
    if known is None:
        tx.execute(watch.insert().values(conversation_id=conversation_id, agent_id=agent_id))


def _free_for(agent_id: int) -> ColumnElement[bool]:
    live = select(claim.c.conversation_id).where(is_live())
    kept = select(outbox.c.conversation_id).where(waits())
    return and_(
        watch.c.agent_id == agent_id,
        watch.c.conversation_id.not_in(live),
        watch.c.conversation_id.not_in(kept),
    )


def is_free_for(tx: Connection, agent_id: int) -> bool:
    """Whether there is anything to tell an agent who waits."""
    chosen = select(watch.c.conversation_id).where(_free_for(agent_id)).limit(1)
    return tx.execute(chosen).first() is not None


def freed_for(tx: Connection, agent_id: int) -> tuple[Freed, ...]:
    """The conversations that an agent waits for and that nobody answers any more. One statement reads and forgets
    them, so that of several windows one tells each of them, once."""
    told = tx.execute(watch.delete().where(_free_for(agent_id)).returning(watch.c.conversation_id)).scalars()
    return tuple(_freed(tx, conversation_id) for conversation_id in sorted(told))


def _freed(tx: Connection, conversation_id: int) -> Freed:
    answer = tx.execute(
        select(agent.c.name, outbox.c.queued_at)
        .join(agent, agent.c.id == outbox.c.author_id)
        .join(conversation, conversation.c.id == outbox.c.conversation_id)
        .where(
            outbox.c.conversation_id == conversation_id,
            outbox.c.turn == conversation.c.turn,
            outbox.c.kind != FORWARD,
            counts(),
        )
        .order_by(outbox.c.id.desc())
    ).first()
    return Freed(conversation_id) if answer is None else Freed(conversation_id, answer.name, answer.queued_at)


def free_now(tx: Connection, conversation_id: int) -> Freed | None:
    """What :func:`freed_for` would tell of one conversation, whoever waits for it, without forgetting anything; None
    while somebody answers it."""
    live = exists().where(claim.c.conversation_id == conversation_id, is_live())
    kept = exists().where(outbox.c.conversation_id == conversation_id, waits())
    taken = tx.execute(select(or_(live, kept))).scalar_one()
    return None if taken else _freed(tx, conversation_id)


def unwatch(tx: Connection, conversation_id: int, agent_id: int) -> None:
    """He was told."""
    tx.execute(watch.delete().where(watch.c.conversation_id == conversation_id, watch.c.agent_id == agent_id))
