"""Reading mails again in a charset that somebody chose: what was wished, and writing what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select, text, update

from maildesk.mail.values import ParsedMail
from maildesk.store import events, intake, search_index
from maildesk.store.clock import db_now
from maildesk.store.tables import conversation, customer, message, message_body, repair

_HEADERS = ("from_name", "to", "cc", "reply_to", "subject", "files")
"""What a charset changes of a mail's headers: words, not addresses and not what intake concluded from it."""


_ASK = (
    "INSERT INTO repair (message_id, charset, done, chosen_by_id, chosen_at) "
    "SELECT m.id, :c, false, :a, :now FROM message m WHERE m.id = :m AND m.raw_id IS NOT NULL AND NOT m.quarantined "
    "ON CONFLICT (message_id) DO UPDATE SET charset = excluded.charset, done = false, "
    "chosen_by_id = excluded.chosen_by_id, chosen_at = excluded.chosen_at RETURNING message_id"
)


class Job(NamedTuple):
    """A mail that is to be read in a charset ('': its own)."""

    message_id: int
    raw_id: int
    charset: str


def chosen(tx: Connection, message_id: int) -> str:
    """The charset that somebody chose for a mail, '' where nobody did."""
    return str(tx.execute(select(repair.c.charset).where(repair.c.message_id == message_id)).scalar() or "")


def conversation_of(tx: Connection, message_id: int) -> int | None:
    """The conversation that a mail is on."""
    found = tx.execute(select(message.c.conversation_id).where(message.c.id == message_id)).scalar()
    return None if found is None else int(found)


def ask(tx: Connection, agent_id: int, message_id: int, charset: str) -> bool:
    """Have a mail read in ``charset``, '' for its own. False: there is no such mail, it has no source, or it is in
    quarantine."""
    now = tx.execute(select(db_now())).scalar_one()
    done = tx.execute(text(_ASK), {"c": charset, "a": agent_id, "m": message_id, "now": now}).first()
    return done is not None


def of_sender(tx: Connection, message_id: int) -> Sequence[int]:
    """The mails that came from the same address as this one, itself among them, the oldest first."""
    address = select(func.lower(message.c.from_address)).where(message.c.id == message_id).scalar_subquery()
    rows = tx.execute(
        select(message.c.id)
        .where(func.lower(message.c.from_address) == address, message.c.kind == "in", ~message.c.quarantined)
        .where(message.c.raw_id.is_not(None), message.c.from_address != "")
        .order_by(message.c.id)
    )
    return list(rows.scalars())


def asked(tx: Connection, mailbox_id: int, limit: int = 100) -> Sequence[Job]:
    """Mails of a mailbox that wait to be read again."""
    rows = tx.execute(
        select(message.c.id, message.c.raw_id, repair.c.charset)
        .join(repair, repair.c.message_id == message.c.id)
        .where(message.c.mailbox_id == mailbox_id, ~repair.c.done, message.c.raw_id.is_not(None))
        .order_by(message.c.id)
        .limit(limit)
    )
    return [Job(r.id, r.raw_id, r.charset) for r in rows]


def finish(tx: Connection, job: Job) -> bool:
    """The wish is done with. False: it is another by now."""
    return (
        tx.execute(
            update(repair)
            .where(repair.c.message_id == job.message_id, repair.c.charset == job.charset, ~repair.c.done)
            .values(done=True)
            .returning(repair.c.message_id)
        ).first()
        is not None
    )


def apply(tx: Connection, job: Job, parsed: ParsedMail) -> bool:
    """Write a mail as it reads now: subject, names, text, and the words that search knows; its conversation and its
    customer take the new names where they still had the old ones. False: somebody wants another charset meanwhile."""
    if not finish(tx, job):
        return False
    old = tx.execute(
        select(message.c.conversation_id, message.c.subject, message.c.from_name)
        .where(message.c.id == job.message_id)
        .with_for_update()
    ).one()
    headers = intake.headers_of(parsed)
    tx.execute(
        update(message)
        .where(message.c.id == job.message_id)
        .values({name: headers[name] for name in _HEADERS})
    )
    tx.execute(
        update(message_body)
        .where(message_body.c.message_id == job.message_id)
        .values(**intake.body_of(parsed))
    )
    search_index.replace(tx, [intake.words_of(job.message_id, parsed)])
    here = conversation.c.id == old.conversation_id
    tx.execute(
        update(conversation).where(here, conversation.c.subject == old.subject).values(subject=parsed.subject)
    )
    newest = (
        select(message.c.id)
        .where(message.c.conversation_id == old.conversation_id)
        .order_by(message.c.at.desc(), message.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    tx.execute(
        update(conversation).where(here, newest == job.message_id).values(snippet=intake.snippet_of(parsed))
    )
    if old.from_name != parsed.from_.name:
        named = and_(here, conversation.c.customer_name == old.from_name)
        owner = select(conversation.c.customer_id).where(named).scalar_subquery()
        tx.execute(
            update(customer)
            .where(customer.c.id == owner, customer.c.name == old.from_name)
            .values(name=parsed.from_.name)
        )
        tx.execute(update(conversation).where(named).values(customer_name=parsed.from_.name))
    events.record(
        tx,
        events.SYNC,
        "recoded",
        old.conversation_id,
        detail={"message": job.message_id, "charset": job.charset or "auto"},
    )
    return True
