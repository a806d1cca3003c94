"""Who takes part in a conversation, and so gets nothing that is passed on to others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from maildesk.domain.address import Address, address_key
from maildesk.domain.conversation import MessageKind
from maildesk.store import customers
from maildesk.store.tables import conversation, customer_address, mailbox, message


def not_to(tx: Connection, conversation_id: int, recipients: Sequence[Address]) -> tuple[Address, ...]:
    """Those of the recipients who must not get what is passed on: the customer, by any address known of him, and
    whoever wrote on the conversation or is to be answered there. He is answered, not forwarded to."""
    row = tx.execute(
        select(conversation.c.customer_id, conversation.c.customer_address).where(
            conversation.c.id == conversation_id
        )
    ).one()
    mails = tx.execute(
        select(message.c.from_address, message.c.reply_to).where(
            message.c.conversation_id == conversation_id, message.c.kind == MessageKind.IN.value
        )
    ).all()
    known = {address_key(row.customer_address)}
    known |= {address_key(a) for m in mails for a in (m.from_address, *(a for _, a in m.reply_to))}
    person = customers.group(tx, row.customer_id)
    his = select(customer_address.c.address).where(customer_address.c.customer_id.in_(person))
    known |= set(tx.execute(his).scalars())
    own = {
        address_key(a)
        for box in tx.execute(select(mailbox.c.address, mailbox.c.aliases))
        for a in (box.address, *box.aliases)
    }
    return tuple(a for a in recipients if a.key() in known - own - {""})
