"""Unsent replies: one per conversation and agent, kept until sent or discarded by hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from maildesk.domain.reply import Draft, DraftFile, DraftSummary
from maildesk.store.clock import db_now
from maildesk.store.intake import addresses_from, addresses_json
from maildesk.store.tables import conversation, draft, file


def _draft(tx: Connection, row: Row[Any]) -> Draft:
    files = tx.execute(
        select(file.c.id, file.c.name, file.c.content_type, file.c.size)
        .where(file.c.draft_id == row.id)
        .order_by(file.c.id)
    )
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
        files=tuple(DraftFile(f.name, f.content_type, f.size, f.id) for f in files),
        id=row.id,
        author_id=row.author_id,
        saved_at=row.saved_at,
    )


def of(tx: Connection, conversation_id: int, author_id: int) -> Draft | None:
    """The agent's draft for a conversation."""
    row = tx.execute(
        select(draft).where(draft.c.conversation_id == conversation_id, draft.c.author_id == author_id)
    ).first()
    return None if row is None else _draft(tx, row)


def save(tx: Connection, reply: Draft, author_id: int) -> Draft:
    """Write the draft as it is now. It needs no claim: text is never lost to a lost claim."""
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
    mine = and_(draft.c.conversation_id == reply.conversation_id, draft.c.author_id == author_id)
    row = tx.execute(draft.update().where(mine).values(**values).returning(draft)).first()
    if row is None:
        row = tx.execute(
            draft.insert()
            .values(conversation_id=reply.conversation_id, author_id=author_id, **values)
            .returning(draft)
        ).one()
    return _draft(tx, row)


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


def discard(tx: Connection, conversation_id: int, author_id: int) -> None:
    """Throw the agent's draft away, by his own wish."""
    mine = select(draft.c.id).where(
        draft.c.conversation_id == conversation_id, draft.c.author_id == author_id
    )
    tx.execute(file.delete().where(file.c.draft_id.in_(mine)))
    tx.execute(
        draft.delete().where(draft.c.conversation_id == conversation_id, draft.c.author_id == author_id)
    )


def take_back_files(tx: Connection, outbox_id: int, draft_id: int) -> None:
    """The files of a recalled reply belong to its draft again."""
    tx.execute(file.update().where(file.c.outbox_id == outbox_id).values(outbox_id=None, draft_id=draft_id))


def of_author(tx: Connection, author_id: int) -> tuple[DraftSummary, ...]:
    """The agent's drafts, newest first."""
    rows = tx.execute(
        select(draft, conversation.c.subject.label("conversation_subject"), conversation.c.customer_name)
        .join(conversation, conversation.c.id == draft.c.conversation_id)
        .where(draft.c.author_id == author_id)
        .order_by(draft.c.saved_at.desc())
    )
    return tuple(
        DraftSummary(
            r.id,
            r.conversation_id,
            r.subject or r.conversation_subject,
            r.customer_name,
            next((line.strip() for line in r.body.splitlines() if line.strip()), ""),
            r.saved_at,
        )
        for r in rows
    )


def count(tx: Connection, author_id: int) -> int:
    """How many drafts the agent has."""
    return int(tx.execute(select(func.count()).where(draft.c.author_id == author_id)).scalar_one())
