"""Where mails are written that answer nobody.

A draft belongs to a conversation, so each of these gets one of its own to hold it: empty and in the trash until it is
sent. A new mail's becomes a conversation with whom it is sent to, and its first turn has one answer as any other; a
forward leaves on the conversation whose mail it passes on.

One that nobody needs any more is used again: that of a new mail when its claim is given back, that of a forward, which
has none, long after it was begun. Until then it may stand in a window of his with nothing written yet, and what is
written there later must not leave on another conversation.
"""

from __future__ import annotations

from sqlalchemy import Connection, exists, or_, select

from maildesk.domain.address import Address
from maildesk.domain.letter import Letter, LetterKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Status
from maildesk.store import claims, events, merged
from maildesk.store.clock import db_now
from maildesk.store.events import Actor
from maildesk.store.intake.writing import customer_for
from maildesk.store.tables import claim, conversation, draft, letter, outbox

RESTS = 86_400.0
"""Seconds after which the place of a forward that was begun and left empty is used again."""


def begin(
    tx: Connection, who: Actor, box: Mailbox, kind: LetterKind, place: int | None, message_id: int | None
) -> Letter:
    """Where ``who`` writes a letter, in the name of a mailbox; ``place`` is where the mail is that is passed on."""
    number = _spare(tx, who)
    if number is not None:  # asked again, as whoever had its row locked meanwhile may have taken it
        number = _spare(tx, who, number)
    if number is None:
        number = int(
            tx.execute(
                conversation.insert()
                .values(
                    mailbox_id=box.id,
                    customer_id=customer_for(tx, Address(box.name, box.address)),
                    status=Status.TRASH.value,
                    received_at=db_now(),
                    last_message_at=db_now(),
                )
                .returning(conversation.c.id)
            ).scalar_one()
        )
        tx.execute(claim.insert().values(conversation_id=number, token=0))
        values = {"kind": kind.value, "of_id": place, "message_id": message_id}
        tx.execute(letter.insert().values(conversation_id=number, author_id=who.id, **values))
    else:
        chosen = letter.update().where(letter.c.conversation_id == number)
        tx.execute(chosen.values(kind=kind.value, of_id=place, message_id=message_id))
        place_of_draft = conversation.update().where(conversation.c.id == number)
        # its time is what another window of his looks at that waited for the row
        tx.execute(place_of_draft.values(mailbox_id=box.id, received_at=db_now()))
    return Letter(number, kind, number if place is None else place, message_id)


def _spare(tx: Connection, who: Actor, asked: int | None = None) -> int | None:
    """One of his own (or the one that is asked for) in which nothing is written, and from which nothing was ever
    sent. It is locked."""
    number = letter.c.conversation_id
    used = (
        exists().where(draft.c.conversation_id == number),
        exists().where(or_(outbox.c.conversation_id == number, outbox.c.letter_id == number)),
        exists().where(claim.c.conversation_id == number, claims.is_live()),
    )
    found = (
        select(number)
        .join(conversation, conversation.c.id == number)
        .where(
            letter.c.author_id == who.id,
            conversation.c.status == Status.TRASH.value,
            conversation.c.messages == 0,
            or_(letter.c.kind == LetterKind.NEW.value, conversation.c.received_at < db_now() - RESTS),
            *(() if asked is None else (number == asked,)),
            *(~one for one in used),
        )
        .order_by(number)
        .limit(1)
        .with_for_update(of=conversation)
    )
    return tx.execute(found).scalar()


def of(tx: Connection, conversation_id: int) -> Letter | None:
    """What the draft of a conversation is for. None: it answers, as drafts do."""
    row = tx.execute(select(letter).where(letter.c.conversation_id == conversation_id)).first()
    if row is None:
        return None
    place = conversation_id if row.of_id is None else merged.survivor(tx, row.of_id)
    return Letter(conversation_id, LetterKind(row.kind), place, row.message_id)


def begin_conversation(
    tx: Connection, who: Actor, conversation_id: int, customer: Address, subject: str
) -> None:
    """With whom a new mail begins a conversation. Nothing where mail is on it already."""
    begun = tx.execute(
        conversation.update()
        .where(conversation.c.id == conversation_id, conversation.c.messages == 0)
        .values(
            customer_id=customer_for(tx, customer),
            customer_name=customer.name,
            customer_address=customer.address,
            subject=subject,
            received_at=db_now(),
            last_message_at=db_now(),
        )
        .returning(conversation.c.id)
    ).first()
    if begun is not None:
        events.record(tx, who, "begun", conversation_id, detail={"to": customer.address})
