"""Unsent replies: one per conversation and agent, kept until sent or discarded by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from maildesk.domain.reply import (
    ColleaguesDraft,
    Draft,
    DraftFile,
    DraftSummary,
    Stop,
    StoppedReply,
    StopReason,
)
from maildesk.store import claims
from maildesk.store.addresses import addresses_from, addresses_json
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, claim, conversation, draft, file

KEPT_AFTER_DISCARD = 86400.0
"""Seconds for which a draft that was thrown away can be brought back."""


def files_of(tx: Connection, draft_id: int) -> tuple[DraftFile, ...]:
    """The files of a draft."""
    rows = tx.execute(
        select(file.c.id, file.c.name, file.c.content_type, file.c.size)
        .where(file.c.draft_id == draft_id)
        .order_by(file.c.id)
    )
    return tuple(DraftFile(f.name, f.content_type, f.size, f.id) for f in rows)


def stop_detail(stop: Stop) -> dict[str, Any]:
    """A stop as JSON; what stopped it and when have columns."""
    return {"who": stop.who, "when": stop.when.timestamp() if stop.when else None, "why": stop.why}


def stop_from(reason: str, at: datetime, detail: dict[str, Any]) -> Stop:
    """The stop that :func:`stop_detail` wrote down."""
    when = detail.get("when")
    return Stop(
        StopReason(reason),
        at,
        detail.get("who", ""),
        None if when is None else datetime.fromtimestamp(when, UTC),
        detail.get("why", ""),
    )


def _here(conversation_id: int, author_id: int) -> ColumnElement[bool]:
    return and_(
        draft.c.conversation_id == conversation_id,
        draft.c.author_id == author_id,
        draft.c.discarded_at.is_(None),
    )


def _draft(tx: Connection, row: Row[Any]) -> Draft:
    return Draft(
        conversation_id=row.conversation_id,
        to=addresses_from(row.to),
        cc=addresses_from(row.cc),
        subject=row.subject,
        body=row.body,
        cursor=(row.cursor_line, row.cursor_column),
        template_id=row.template_id,
        template_version=row.template_version,
        in_reply_to=row.in_reply_to,
        files=files_of(tx, row.id),
        id=row.id,
        author_id=row.author_id,
        saved_at=row.saved_at,
        stop=stop_from(row.stopped, row.stopped_at, row.stopped_detail) if row.stopped else None,
    )


def of(tx: Connection, conversation_id: int, author_id: int) -> Draft | None:
    """The agent's draft for a conversation."""
    row = tx.execute(select(draft).where(_here(conversation_id, author_id))).first()
    return None if row is None else _draft(tx, row)


def save(tx: Connection, reply: Draft, author_id: int) -> Draft:
    """Write the draft as it is now. It needs no claim: text is never lost to a lost claim.

    What stopped it is forgotten when its author changes the text while he holds the claim. A first save that comes
    after the claim was taken over marks it as stopped.
    """
    answering = exists().where(
        claim.c.conversation_id == reply.conversation_id, claim.c.owner_id == author_id, claims.is_live()
    )
    changed = or_(draft.c.body != reply.body, draft.c.subject != reply.subject)
    values: dict[str, Any] = {
        "to": addresses_json(reply.to),
        "cc": addresses_json(reply.cc),
        "subject": reply.subject,
        "body": reply.body,
        "cursor_line": reply.cursor[0],
        "cursor_column": reply.cursor[1],
        "template_id": reply.template_id,
        "template_version": reply.template_version,
        "in_reply_to": reply.in_reply_to,
        "saved_at": db_now(),
    }
    row = tx.execute(
        draft.update()
        .where(_here(reply.conversation_id, author_id))
        .values(**values, stopped=case((and_(changed, answering), ""), else_=draft.c.stopped))
        .returning(draft)
    ).first()
    if row is not None:
        return _draft(tx, row)
    _forget(tx, and_(draft.c.conversation_id == reply.conversation_id, draft.c.author_id == author_id))
    try:
        with tx.begin_nested():
            row = tx.execute(
                draft.insert()
                .values(conversation_id=reply.conversation_id, author_id=author_id, **values)
                .returning(draft)
            ).one()
    except (
        IntegrityError
    ):  # another window of his saved its first one at the same moment: the later text counts
        return save(tx, reply, author_id)
    if (lost := _taken_over(tx, reply.conversation_id, author_id)) is not None:
        stop(tx, reply.conversation_id, author_id, lost)
        row = tx.execute(select(draft).where(draft.c.id == row.id)).one()
    return _draft(tx, row)


def _taken_over(tx: Connection, conversation_id: int, author_id: int) -> Stop | None:
    """That somebody has taken the author's claim and holds it still."""
    row = tx.execute(
        select(agent.c.name, claim.c.taken_at, claim.c.forced_reason)
        .join(agent, agent.c.id == claim.c.owner_id)
        .where(
            claim.c.conversation_id == conversation_id,
            claim.c.forced_from == author_id,
            claim.c.owner_id != author_id,
            claims.is_live(),
        )
    ).first()
    if row is None:
        return None
    return Stop(StopReason.LOST_CLAIM, row.taken_at, row.name, row.taken_at, row.forced_reason)


def stop(tx: Connection, conversation_id: int, author_id: int, why: Stop) -> None:
    """Mark a draft as stopped, if there is one."""
    tx.execute(
        draft.update()
        .where(_here(conversation_id, author_id))
        .values(stopped=why.reason.value, stopped_at=db_now(), stopped_detail=stop_detail(why))
    )


def attach(tx: Connection, draft_id: int, name: str, content_type: str, data: bytes) -> None:
    """Add a file to a draft."""
    tx.execute(
        file.insert().values(
            draft_id=draft_id, name=name, content_type=content_type, size=len(data), data=data
        )
    )


def detach(tx: Connection, draft_id: int, file_id: int) -> None:
    """Take a file off a draft."""
    tx.execute(file.delete().where(file.c.draft_id == draft_id, file.c.id == file_id))


def discard(tx: Connection, conversation_id: int, author_id: int) -> Draft | None:
    """Throw the agent's draft away, by his own wish. It can be brought back for a day, or until he writes another."""
    _forget(tx, and_(draft.c.author_id == author_id, draft.c.discarded_at < db_now() - KEPT_AFTER_DISCARD))
    row = tx.execute(
        draft.update().where(_here(conversation_id, author_id)).values(discarded_at=db_now()).returning(draft)
    ).first()
    return None if row is None else _draft(tx, row)


def undiscard(tx: Connection, conversation_id: int, author_id: int) -> Draft | None:
    """Bring back what was thrown away. None: nothing was, or another was written since."""
    row = tx.execute(
        draft.update()
        .where(
            draft.c.conversation_id == conversation_id,
            draft.c.author_id == author_id,
            draft.c.discarded_at.is_not(None),
        )
        .values(discarded_at=None)
        .returning(draft)
    ).first()
    return None if row is None else _draft(tx, row)


def _forget(tx: Connection, which: ColumnElement[bool]) -> None:
    """Delete drafts that were thrown away."""
    gone = select(draft.c.id).where(which, draft.c.discarded_at.is_not(None))
    tx.execute(file.delete().where(file.c.draft_id.in_(gone)))
    tx.execute(draft.delete().where(which, draft.c.discarded_at.is_not(None)))


def of_others(tx: Connection, conversation_id: int, agent_id: int) -> tuple[ColleaguesDraft, ...]:
    """The drafts that others have for a conversation, the claim holder's first."""
    live = exists().where(
        claim.c.conversation_id == conversation_id, claim.c.owner_id == draft.c.author_id, claims.is_live()
    )
    rows = tx.execute(
        select(draft, agent.c.name.label("author"), live.label("live"))
        .join(agent, agent.c.id == draft.c.author_id)
        .where(
            draft.c.conversation_id == conversation_id,
            draft.c.author_id != agent_id,
            draft.c.discarded_at.is_(None),
        )
        .order_by(live.desc(), draft.c.saved_at.desc())
    ).all()
    return tuple(ColleaguesDraft(r.author_id, r.author, bool(r.live), _draft(tx, r)) for r in rows)


def copy_files(tx: Connection, from_draft: int, to_draft: int) -> None:
    """Give a draft the files of another one, too."""
    names = ("name", "content_type", "size", "data")
    chosen = select(*(file.c[n] for n in names)).where(file.c.draft_id == from_draft).order_by(file.c.id)
    for row in tx.execute(chosen).all():
        tx.execute(file.insert().values(draft_id=to_draft, **dict(zip(names, row, strict=True))))


def take_back_files(tx: Connection, outbox_id: int, draft_id: int) -> None:
    """The files of a recalled reply belong to its draft again."""
    tx.execute(file.update().where(file.c.outbox_id == outbox_id).values(outbox_id=None, draft_id=draft_id))


def of_author(tx: Connection, author_id: int) -> tuple[DraftSummary, ...]:
    """The agent's drafts, newest first."""
    rows = tx.execute(
        select(draft, conversation.c.subject.label("conversation_subject"), conversation.c.customer_name)
        .join(conversation, conversation.c.id == draft.c.conversation_id)
        .where(draft.c.author_id == author_id, draft.c.discarded_at.is_(None))
        .order_by(draft.c.saved_at.desc())
    )
    return tuple(
        DraftSummary(
            r.id,
            r.conversation_id,
            r.subject or r.conversation_subject,
            r.customer_name or next((name or address for name, address in r.to), ""),
            next((line.strip() for line in r.body.splitlines() if line.strip()), ""),
            r.saved_at,
        )
        for r in rows
    )


def count(tx: Connection, author_id: int) -> int:
    """How many drafts the agent has."""
    mine = and_(draft.c.author_id == author_id, draft.c.discarded_at.is_(None))
    return int(tx.execute(select(func.count()).where(mine)).scalar_one())


def stopped(tx: Connection, author_id: int | None = None) -> tuple[StoppedReply, ...]:
    """The drafts that were stopped, of one author or of everybody, newest first."""
    chosen = (
        select(
            draft,
            agent.c.name.label("author"),
            conversation.c.customer_name,
            conversation.c.subject.label("conversation_subject"),
            conversation.c.version,
        )
        .join(agent, agent.c.id == draft.c.author_id)
        .join(conversation, conversation.c.id == draft.c.conversation_id)
        .where(draft.c.stopped != "", draft.c.discarded_at.is_(None))
        .order_by(draft.c.stopped_at.desc(), draft.c.id.desc())
    )
    if author_id is not None:
        chosen = chosen.where(draft.c.author_id == author_id)
    return tuple(
        StoppedReply(
            r.conversation_id,
            None,
            r.author_id,
            r.author,
            stop_from(r.stopped, r.stopped_at, r.stopped_detail),
            r.customer_name,
            r.subject or r.conversation_subject,
            r.body,
            files_of(tx, r.id),
            r.version,
        )
        for r in tx.execute(chosen).all()
    )
