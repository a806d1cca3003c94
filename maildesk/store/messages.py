"""Reading what is on a conversation, and the bytes of its mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select

from maildesk.domain.address import Address
from maildesk.domain.conversation import Attachment, Message, MessageKind, Related
from maildesk.domain.trust import WARNINGS, Authentication, Verdict
from maildesk.store import calls, folders, search_index
from maildesk.store.addresses import addresses_from
from maildesk.store.clock import db_now
from maildesk.store.intake.values import NEW_SENDER
from maildesk.store.tables import (
    agent,
    comment,
    conversation,
    event,
    mention,
    message,
    message_body,
    outbox_mime,
    raw,
    seen,
)


def _mail(row: Row[Any]) -> Message:
    bounce = row.bounce
    return Message(
        id=row.id,
        kind=MessageKind(row.kind),
        at=row.at,
        from_=Address(row.from_name, row.from_address) if row.from_address or row.from_name else None,
        to=addresses_from(row.to),
        cc=addresses_from(row.cc),
        reply_to=addresses_from(row.reply_to),
        subject=row.subject,
        text=row.text or "",
        message_id=row.message_id,
        author=row.author or "",
        attachments=attachments(row.files),
        automatic=row.automatic,
        bounce_of=f"{bounce['status'] or bounce['action']} {', '.join(bounce['recipients'])}".strip()
        if bounce
        else None,
        quarantined=row.quarantined,
        joined_by=row.joined_by,
        authentication=_authentication(row.authentication),
        warnings=tuple(mark for mark in WARNINGS if mark in row.marks),
        new_sender=NEW_SENDER in row.marks,
        related=None if row.related_id is None else Related(row.related_id, row.related_by),
    )


def _authentication(value: Any) -> Authentication | None:
    return None if value is None else Authentication(**value | {"verdict": Verdict(value["verdict"])})


def attachments(files: Any) -> tuple[Attachment, ...]:
    """The files of a message, from its row."""
    return tuple(Attachment(f["index"], f["name"], f["type"], f["size"], f["inline"]) for f in files)


_MAILS = (
    select(message, message_body.c.text, agent.c.name.label("author"))
    .outerjoin(message_body, message_body.c.message_id == message.c.id)
    .outerjoin(agent, agent.c.id == message.c.author_id)
)
_COMMENTS = (
    select(comment, agent.c.name.label("author"))
    .join(agent, agent.c.id == comment.c.author_id)
    .where(comment.c.withdrawn_at.is_(None))
)


def _comment(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        kind=MessageKind(row.kind),
        at=row.at,
        text=row.text,
        author=row.author,
        about=row.message_id,
    )


def _with_calls(tx: Connection, notes: list[Message]) -> list[Message]:
    """Notes, those of calls with what is known of the call."""
    found = calls.of_comments(tx, (note.id for note in notes if note.kind is MessageKind.PHONE))
    return [replace(note, call=found.get(note.id)) for note in notes]


def of_conversation(tx: Connection, conversation_id: int) -> tuple[Message, ...]:
    """Mails, comments and phone notes of a conversation in time order."""
    mails = [_mail(r) for r in tx.execute(_MAILS.where(message.c.conversation_id == conversation_id))]
    notes = _with_calls(
        tx, [_comment(r) for r in tx.execute(_COMMENTS.where(comment.c.conversation_id == conversation_id))]
    )
    return tuple(sorted((*mails, *notes), key=lambda m: (m.at, m.id)))


def news_since(tx: Connection, conversation_id: int, answered_id: int | None) -> tuple[Message, ...]:
    """The mails of a conversation that came after the one that is being answered, in order."""
    rows = tx.execute(
        _MAILS.where(message.c.conversation_id == conversation_id, message.c.id > (answered_id or 0))
    )
    return tuple(sorted((_mail(r) for r in rows), key=lambda m: (m.at, m.id)))


def references_of(tx: Connection, message_id: int) -> tuple[str, tuple[str, ...]]:
    """For an answer to a mail (RFC 5322 3.6.4): its Message-ID, and its References with it appended."""
    row = tx.execute(
        select(message.c.message_id, message.c.in_reply_to, message.c.refs).where(message.c.id == message_id)
    ).first()
    if row is None or not row.message_id:
        return "", ()
    earlier = tuple(row.refs) or ((row.in_reply_to,) if row.in_reply_to else ())
    return row.message_id, (*earlier, row.message_id)


def by_id(tx: Connection, message_id: int) -> Message | None:
    """One mail."""
    row = tx.execute(_MAILS.where(message.c.id == message_id)).first()
    return None if row is None else _mail(row)


def source(tx: Connection, message_id: int) -> Iterator[bytes] | None:
    """The bytes of a mail, as received or as built for sending, a piece at a time; None where there are none."""
    row = tx.execute(select(message.c.raw_id, message.c.outbox_id).where(message.c.id == message_id)).first()
    if row is None:
        return None
    if row.raw_id is not None:
        return folders.parts(tx, row.raw_id)
    built: bytes | None = tx.execute(
        select(outbox_mime.c.data).where(outbox_mime.c.outbox_id == row.outbox_id)
    ).scalar()
    return None if built is None else iter((built,))


def size_of(tx: Connection, message_id: int) -> int:
    """How many bytes a mail that was received has; 0 for one that was not."""
    joined = select(raw.c.size).join(message, message.c.raw_id == raw.c.id)
    return int(tx.execute(joined.where(message.c.id == message_id)).scalar() or 0)


def is_in(tx: Connection, message_id: int, conversation_id: int) -> bool:
    """Whether a mail is one of a conversation."""
    here = message.c.id == message_id, message.c.conversation_id == conversation_id
    return tx.execute(select(message.c.id).where(*here)).first() is not None


def add_comment(
    tx: Connection, conversation_id: int, author_id: int, text: str, kind: MessageKind, message_id: int | None
) -> Message:
    """Write a comment or phone note."""
    new_id = tx.execute(
        comment.insert()
        .values(
            conversation_id=conversation_id,
            message_id=message_id,
            kind=kind.value,
            author_id=author_id,
            at=db_now(),
            text=text,
            indexed=True,
        )
        .returning(comment.c.id)
    ).scalar_one()
    search_index.add(tx, [search_index.Words(new_id, text)], search_index.COMMENT)
    return _comment(tx.execute(_COMMENTS.where(comment.c.id == new_id)).one())


def withdraw_comment(tx: Connection, comment_id: int, author_id: int) -> int | None:
    """Take a comment or phone note back, which its author may while no colleague has read it and nothing has come
    since: its conversation, None where it stays. The row stays, marked."""
    here = conversation.c.id == comment.c.conversation_id
    read = exists().where(
        here,
        seen.c.conversation_id == conversation.c.id,
        seen.c.agent_id != author_id,
        seen.c.version >= conversation.c.news_version,
    )
    named = exists().where(mention.c.comment_id == comment.c.id, mention.c.read_at.is_not(None))
    answered = exists().where(
        event.c.conversation_id == comment.c.conversation_id,
        event.c.at >= comment.c.at,
        event.c.what.in_(("received", "commented", "merged")),
        or_(event.c.actor_id.is_(None), event.c.actor_id != author_id),
    )
    done = (
        comment.update()
        .where(
            comment.c.id == comment_id,
            comment.c.author_id == author_id,
            comment.c.withdrawn_at.is_(None),
            ~read.correlate(comment),
            ~named.correlate(comment),
            ~answered.correlate(comment),
        )
        .values(withdrawn_at=db_now())
        .returning(comment.c.conversation_id)
    )
    found: int | None = tx.execute(done).scalar()
    return found


def conversations_of_comments(tx: Connection, comment_ids: Sequence[int]) -> tuple[int, ...]:
    """The conversations on which these comments are."""
    found = select(comment.c.conversation_id).where(comment.c.id.in_(list(comment_ids)))
    return tuple(tx.execute(found.distinct()).scalars())
