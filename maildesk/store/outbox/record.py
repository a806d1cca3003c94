"""What all steps write: the event of the attempt log, and the mail in its conversation once it left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import FORWARD, Outside
from maildesk.domain.status import Status
from maildesk.store import events, merged, search_index, targets
from maildesk.store.addresses import addresses_from
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.tables import conversation, file, message, message_body


def write_message(tx: Connection, item: Row[Any]) -> None:
    """Put a mail that left into its conversation, once."""
    if tx.execute(select(message.c.id).where(message.c.outbox_id == item.id)).first() is not None:
        return
    place = merged.survivor(tx, item.conversation_id)
    aside = item.kind == FORWARD  # the customer did not get it: among ourselves it is a note
    files = [
        {"index": i, "name": f.name, "type": f.content_type, "size": f.size, "inline": False}
        for i, f in enumerate(tx.execute(select(file).where(file.c.outbox_id == item.id).order_by(file.c.id)))
    ]
    new_id = tx.execute(
        message.insert()
        .values(
            conversation_id=place,
            mailbox_id=item.mailbox_id,
            kind=(MessageKind.COMMENT if aside else MessageKind.OUT).value,
            outbox_id=item.id,
            author_id=item.author_id,
            at=db_now(),
            from_name=item.from_name,
            from_address=item.from_address,
            to=item.to,
            cc=item.cc,
            subject=item.subject,
            message_id=item.message_id,
            in_reply_to=item.in_reply_to,
            refs=item.refs,
            files=files,
        )
        .returning(message.c.id)
    ).scalar_one()
    tx.execute(
        message_body.insert().values(
            message_id=new_id,
            text=item.body,
            folded=search_index.folded_before(f"{item.subject} {item.body}"),
            indexed=True,
        )
    )
    to = search_index.people((*addresses_from(item.to), *addresses_from(item.cc)))
    sender = f"{item.from_name} <{item.from_address}>"
    names = search_index.file_names(files)
    search_index.add(tx, [search_index.Words(new_id, item.body, item.subject, sender, to, names)])
    tx.execute(
        conversation.update()
        .where(conversation.c.id == place)
        .values(
            messages=conversation.c.messages + 1,
            last_message_at=db_now(),
            answered=conversation.c.answered if aside else True,
        )
    )
    if aside:
        return
    answered = conversation.update().where(conversation.c.id == place, conversation.c.turn == item.turn)
    tx.execute(answered.values(**targets.ANSWERED))


def has_answer(conversation_id: int) -> ColumnElement[bool]:
    """Whether a mail of ours has left in a conversation."""
    return exists().where(
        message.c.conversation_id == conversation_id, message.c.kind == MessageKind.OUT.value
    )


def bring_back(tx: Connection, item: Row[Any]) -> None:
    """A reply that will not be delivered, or was cancelled: its conversation is new again, so that nobody takes it for
    answered."""
    number = merged.survivor(tx, item.conversation_id)
    if item.kind == FORWARD:
        _bring_back_asked(tx, number)
        return
    place = conversation.update().where(conversation.c.id == number)
    tx.execute(place.values(answered=has_answer(number)))
    tx.execute(
        place.where(conversation.c.status.in_((Status.DONE.value, Status.WAITING.value))).values(
            status=Status.NEW.value,
            waiting_reason=None,
            version=conversation.c.version + 1,
            news_version=conversation.c.version + 1,
        )
    )


def _bring_back_asked(tx: Connection, conversation_id: int) -> None:
    """A question that does not reach whom it is for: nobody waits for its answer."""
    tx.execute(
        conversation.update()
        .where(
            conversation.c.id == conversation_id,
            conversation.c.status == Status.WAITING.value,
            conversation.c.outside == Outside.ASKED.value,
        )
        .values(
            status=Status.NEW.value,
            waiting_reason=None,
            outside=Outside.NOBODY.value,
            version=conversation.c.version + 1,
            news_version=conversation.c.version + 1,
        )
    )


def log(tx: Connection, who: Actor, what: str, row: Row[Any], detail: Mapping[str, object]) -> None:
    """Write down a step of the item in ``row``: together these events are its attempt log."""
    events.record(tx, who, what, row.conversation_id, outbox_id=row.id, detail=detail)
