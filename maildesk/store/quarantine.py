"""Mails that could not be read: kept with their source, and read again when somebody asks for it, for example after
an update of maildesk."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, select, update

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Status
from maildesk.domain.trust import Verdict, authenticate
from maildesk.mail.values import ParsedMail
from maildesk.store import conversations, intake, outbox, search_index
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


def release(tx: Connection, box: Mailbox, message_id: int, parsed: ParsedMail) -> None:
    """The mail is readable now: its words are shown, and its conversation gets its name.

    It stays in the conversation where it was kept, so that what was written there stays with it; only a conversation
    that has no other mail takes the subject and the sender. Where it turns out to be a copy of a mail that came in at
    another mailbox, that one is the mail: its conversation is listed here, too, and nobody is to answer this one.
    """
    found = authenticate(parsed.authentication, box.authserv_id, parsed.from_.domain)
    row = tx.execute(
        update(message)
        .where(message.c.id == message_id, message.c.quarantined)
        .values(
            **intake.headers_of(parsed),
            quarantined=False,
            authentication=intake.authentication_json(found),
        )
        .returning(message.c.conversation_id, message.c.mailbox_id)
    ).first()
    if row is None:
        return
    tx.execute(
        update(message_body).where(message_body.c.message_id == message_id).values(**intake.body_of(parsed))
    )
    search_index.replace(tx, [intake.words_of(message_id, parsed)])
    outbox.lock_waiting(tx, [row.conversation_id])
    original = intake.keep_content(tx, message_id, parsed.content_key)
    ids = [row.conversation_id] if original is None else [row.conversation_id, original.conversation_id]
    places = conversations.lock(tx, ids)
    sender = parsed.from_
    here = update(conversation).where(conversation.c.id == row.conversation_id)
    if places[row.conversation_id].messages == 1:
        tx.execute(
            here.values(
                subject=parsed.subject,
                customer_name=sender.name,
                customer_address=sender.address,
                customer_id=intake.customer_for(tx, sender),
                snippet=intake.snippet_of(parsed),
                attachments=sum(1 for a in parsed.attachments if not a.inline),
            )
        )
    version = conversation.c.version + 1
    detail: dict[str, int] = {"message": message_id}
    if original is None:
        tx.execute(here.values(version=version, news_version=version))
        _account(tx, message_id, Result.STORED, message_id)
    else:
        waits = case(
            (conversation.c.status == Status.NEW.value, Status.DONE.value), else_=conversation.c.status
        )
        tx.execute(here.values(version=version, status=waits))
        _account(tx, message_id, Result.DUPLICATE, original.message_id)
        _link(tx, message_id, row.mailbox_id, places[original.conversation_id])
        detail["copy_of"] = original.message_id
    if found is None or found.verdict is not Verdict.FAIL:
        intake.add_participants(tx, row.conversation_id, (sender,))
    tx.execute(
        event.insert().values(
            at=db_now(),
            conversation_id=row.conversation_id,
            actor="sync",
            what="read-again",
            detail=detail,
        )
    )


def _account(tx: Connection, message_id: int, result: Result, leads_to: int) -> None:
    """The ledger: what became of the mail, and which message stands for it."""
    tx.execute(
        update(location)
        .where(location.c.message_id == message_id, location.c.result == Result.QUARANTINED.value)
        .values(result=result.value, message_id=leads_to)
    )


def _link(tx: Connection, message_id: int, mailbox_id: int, original: Row[Any]) -> None:
    """The conversation of the original is listed in this mailbox, too; the copy names it."""
    tx.execute(
        update(message)
        .where(message.c.id == message_id, message.c.conversation_id != original.id)
        .values(related_id=original.id, related_by="copy")
    )
    if mailbox_id != original.mailbox_id:
        intake.list_also_in(tx, original.id, mailbox_id)
