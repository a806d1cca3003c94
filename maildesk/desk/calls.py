"""Telephone calls: who rings, and what was said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.desk.talk_mentions import note_mentions
from maildesk.domain.conversation import Message, MessageKind
from maildesk.domain.customer import IdentityKind
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.phone import Call, CallState, CallUndo, normalise, shown
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import calls, conversations, customers, events, identities, mailboxes, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection

SUBJECT = 80
"""Characters of a memo's first line that name its conversation."""


@dataclass(frozen=True, slots=True)
class Memo:
    """A telephone memo that was written: on which conversation, of which customer, and whether that conversation began
    with it."""

    conversation_id: int
    customer_id: int
    note: Message
    new: bool


class Calls:
    """Telephone memos: notes of kind phone with a number, times and a state."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def memo(
        self,
        text: str,
        call: Call,
        *,
        conversation_id: int | None = None,
        customer_id: int | None = None,
        name: str = "",
        mailbox_id: int | None = None,
    ) -> Memo:
        """Write a memo: on a conversation, or on a new one of a customer; without either for a new customer, who is
        called ``name`` or his number. A number that is nobody's becomes that customer's.

        A new conversation is in ``mailbox_id``, else where the customer wrote last, else in the first mailbox. Raises
        NotFound, and MaildeskError for an empty memo, and for nobody to write it of.
        """
        words = text.strip()
        if not words:
            raise MaildeskError("empty_memo")
        number = normalise(call.number)
        made = replace(call, number=number or " ".join(call.number.split())[:60])
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            new = conversation_id is None
            if conversation_id is None:
                who = self._customer(tx, customer_id, name, made.number)
                conversation_id = self._begin(tx, who, mailbox_id, words, made)
            else:
                who = customers.of_conversation(tx, conversation_id)
            row = conversations.lock(tx, [conversation_id])[conversation_id]
            note = messages.add_comment(tx, conversation_id, me, words, MessageKind.PHONE, None)
            calls.add(tx, note.id, made, me)
            note_mentions(tx, me, note.id, words)
            conversations.change(tx, conversation_id, {"news_version": row.version + 1})
            conversations.mark_seen(tx, conversation_id, me, row.version + 1)
            calls.note_orders(tx, conversation_id, row.mailbox_id, words)
            main = customers.group(tx, who)[0]
            if number is not None:
                identities.add(tx, IdentityKind.PHONE, number, call.number.strip(), main, me, "phone")
            detail = {"comment": note.id, "phone": True}
            events.record(tx, self._desk.actor, "commented", conversation_id, detail=detail)
        return Memo(conversation_id, main, note, new)

    def _customer(self, tx: Connection, customer_id: int | None, name: str, number: str) -> int:
        if customer_id is not None:
            return customers.group(tx, customer_id)[0]
        called = " ".join(name.split()) or shown(number)
        if not called:
            raise MaildeskError("memo_of_nobody")
        return customers.add(tx, called[:200])

    def _begin(self, tx: Connection, who: int, mailbox_id: int | None, words: str, made: Call) -> int:
        members = customers.group(tx, who)
        boxes = mailboxes.all_mailboxes(tx)
        chosen = mailbox_id if mailbox_id is not None else calls.mailbox_of(tx, members)
        box = next(
            (b for b in boxes if b.id == chosen), None if mailbox_id is not None else next(iter(boxes), None)
        )
        if box is None:
            raise NotFound("mailbox_unknown", mailbox=mailbox_id, known=", ".join(b.name for b in boxes))
        subject = words.split("\n", 1)[0][:SUBJECT]
        name = customers.card(tx, who).name
        address = calls.address_of(tx, members)
        return calls.begin_conversation(tx, box.id, who, name, address, subject, made.state)

    def set_state(self, note_id: int, state: CallState) -> CallUndo:
        """Say whether something is still to be done after a call. Raises NotFound for what is no memo."""
        with self._desk.store.transaction() as tx:
            return self._set(tx, note_id, state)

    def _set(self, tx: Connection, note_id: int, state: CallState) -> CallUndo:
        changed = calls.set_state(tx, note_id, state, self._desk.me.id)
        if changed is None:
            raise NotFound("no_memo", number=note_id)
        conversation_id, before = changed
        detail = {"comment": note_id, "from": before.value, "to": state.value}
        events.record(tx, self._desk.actor, "call-state", conversation_id, detail=detail)
        return CallUndo(note_id, before, state)

    def undo(self, undo: CallUndo) -> NotUndone | None:
        """Take a change of state back, unless somebody changed it since; None when it was taken back."""
        with self._desk.store.transaction() as tx:
            now = calls.of_comments(tx, [undo.note_id]).get(undo.note_id)
            if now is None or now.state is not undo.now:
                return NotUndone(now.state_by if now is not None else "", "call-state")
            self._set(tx, undo.note_id, undo.before)
        return None
