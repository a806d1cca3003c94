"""To whom an answer goes.

Whoever wrote the mail chose the addresses in it; an answer to all of them can take our words to people whom nobody
here has ever seen. So the sender gets it, in Cc stand those who are known from mails that nothing spoke against, and
what is odd is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maildesk.domain.address import Address, unique
from maildesk.domain.conversation import Message, MessageKind
from maildesk.domain.trust import AUTHENTICATION, OWN_ADDRESS


@dataclass(frozen=True, slots=True)
class Recipients:
    """Where an answer would go by itself. ``left_out`` are addresses in the mail to which it does not."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    left_out: tuple[Address, ...] = ()


def recipients(
    messages: Sequence[Message],
    answered: Message | None,
    customer: Address,
    own: frozenset[str],
    *,
    reply_all: bool,
) -> Recipients:
    """The recipients of an answer to the mail ``answered`` of a conversation.

    Args:
        messages: all that is on the conversation.
        answered: the mail; None: the customer gets it.
        customer: whom the conversation is with.
        own: keys of our own addresses, which never get it.
        reply_all: whether those in Cc are to have it, too.
    """
    if answered is None or answered.from_ is None:
        return Recipients((customer,))
    before = [m for m in messages if m.id != answered.id]
    familiar = known_people(before) | {customer.key()}
    to = _to(answered, answered.from_, customer, own, before)
    if not reply_all or answered.automatic == "list":
        return Recipients(to)
    taken = {a.key() for a in to} | own
    others = [a for a in unique((*answered.to, *answered.cc)) if a.key() not in taken]
    believed = is_accepted(answered) and not answered.new_sender
    return Recipients(
        to,
        tuple(a for a in others if believed or a.key() in familiar),
        tuple(a for a in others if not (believed or a.key() in familiar)),
    )


def _to(
    answered: Message, sender: Address, customer: Address, own: frozenset[str], before: Sequence[Message]
) -> tuple[Address, ...]:
    """The sender, or where he wants answers if he said so on his first mail; a later wish to somewhere else may be
    another's. A list's wish is the list's; a form of our own names the customer."""
    wished = [a for a in unique(answered.reply_to) if a.key() not in own]
    if answered.automatic == "list":
        wished = []
    elif sender.key() not in own and any(m.from_ and m.from_.key() == sender.key() for m in before):
        familiar = known_people(before)
        wished = [a for a in wished if a.key() in familiar]
    if wished:
        return tuple(wished)
    unusable = not sender.key() or sender.key() in own
    return (customer,) if unusable and customer.key() not in own else (sender,)


def is_accepted(message: Message) -> bool:
    """Whether nothing speaks against a mail being from who stands in it."""
    return not {AUTHENTICATION, OWN_ADDRESS} & set(message.warnings)


def known_people(messages: Iterable[Message]) -> set[str]:
    """The keys of everybody who wrote or was written to in mails that we sent or accepted."""
    people = (
        a
        for m in messages
        if m.kind is MessageKind.OUT or (m.kind is MessageKind.IN and is_accepted(m))
        for a in (*((m.from_,) if m.from_ else ()), *m.to, *m.cc, *m.reply_to)
    )
    return {a.key() for a in people} - {""}


def newcomers(messages: Sequence[Message], answered: Message | None) -> tuple[Address, ...]:
    """Who stands in the mail for the first time on a conversation that had others before, besides its sender."""
    if answered is None or not any(m.id != answered.id for m in messages):
        return ()
    familiar = known_people(m for m in messages if m.id != answered.id)
    sender = {answered.from_.key()} if answered.from_ else set()
    people = unique((*answered.to, *answered.cc, *answered.reply_to))
    return tuple(a for a in people if a.key() not in familiar | sender)
