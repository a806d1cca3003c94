"""Mails that could not be read: kept with their source, and read again when somebody asks for it, for example after
an update of maildesk."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from maildesk.mail.values import ParsedMail
from maildesk.store import intake, search_index
from maildesk.store.clock import db_now
from maildesk.store.folders import Pending
from maildesk.store.intake import Result
from maildesk.store.tables import conversation, event, location, message, message_body, raw


class Asked(NamedTuple):
    """A mail in quarantine that is to be read again."""

    message_id: int
    raw_id: int


def ask(tx: Connection, message_id: int) -> bool:
    """Have a mail read again by whoever syncs: one that was never tried is. False: it is not in quarantine."""
    found = tx.execute(
        update(raw)
        .where(
            raw.c.id.in_(select(message.c.raw_id).where(message.c.id == message_id, message.c.quarantined))
        )
        .values(attempts=0)
        .returning(raw.c.id)
    ).first()
    return found is not None


def kept(tx: Connection) -> list[int]:
    """The messages in quarantine, oldest first."""
    return list(
        tx.execute(select(message.c.id).where(message.c.quarantined).order_by(message.c.id)).scalars()
    )


def asked(tx: Connection, mailbox_id: int) -> list[Asked]:
    """Those of a mailbox that somebody wants to have read again."""
    rows = tx.execute(
        select(message.c.id, message.c.raw_id)
        .join(raw, raw.c.id == message.c.raw_id)
        .where(message.c.mailbox_id == mailbox_id, message.c.quarantined, raw.c.attempts == 0)
        .order_by(message.c.id)
    )
    return [Asked(r.id, r.raw_id) for r in rows]


def source(tx: Connection, raw_id: int) -> Pending:
    """The stored bytes of a mail, as intake has them; a large one without its parts."""
    row = tx.execute(select(raw).where(raw.c.id == raw_id)).one()
    at = tx.execute(select(message.c.at).where(message.c.raw_id == raw_id)).scalars().first()
    assert at is not None
    return Pending(0, raw_id, at, row.attempts, row.data, row.size)


def release(tx: Connection, message_id: int, parsed: ParsedMail) -> None:
    """The mail is readable now: its words are shown, and its conversation gets its name.

    It stays in the conversation where it was kept, so that what was written there stays with it; only a conversation
    that has no other mail takes the subject and the sender.
    """
    row = tx.execute(
        update(message)
        .where(message.c.id == message_id, message.c.quarantined)
        .values(**intake.headers_of(parsed), quarantined=False)
        .returning(message.c.conversation_id, message.c.mailbox_id)
    ).first()
    if row is None:
        return
    tx.execute(
        update(message_body).where(message_body.c.message_id == message_id).values(**intake.body_of(parsed))
    )
    search_index.replace(tx, [intake.words_of(message_id, parsed)])
    tx.execute(
        update(location)
        .where(location.c.message_id == message_id, location.c.result == Result.QUARANTINED.value)
        .values(result=Result.STORED.value)
    )
    sender = parsed.from_
    alone = conversation.c.id == row.conversation_id, conversation.c.messages == 1
    tx.execute(
        update(conversation)
        .where(*alone)
        .values(
            subject=parsed.subject,
            customer_name=sender.name,
            customer_address=sender.address,
            customer_id=intake.customer_for(tx, sender),
            snippet=intake.snippet_of(parsed),
            attachments=sum(1 for a in parsed.attachments if not a.inline),
        )
    )
    tx.execute(
        update(conversation)
        .where(conversation.c.id == row.conversation_id)
        .values(version=conversation.c.version + 1, news_version=conversation.c.version + 1)
    )
    intake.add_participants(tx, row.conversation_id, (sender, *parsed.to, *parsed.cc))
    intake.keep_content(tx, message_id, parsed.content_key)
    tx.execute(
        event.insert().values(
            at=db_now(),
            conversation_id=row.conversation_id,
            actor="sync",
            what="read-again",
            detail={"message": message_id},
        )
    )
