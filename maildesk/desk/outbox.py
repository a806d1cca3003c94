"""The outbox as people see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.conversation import Event
from maildesk.domain.outbox import OutboxItem, OutboxState, Step
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import drafts, events, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Outbox:
    """Replies on their way, and the decisions that only a person may take."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def items(self, state: OutboxState | None = None, limit: int = 200) -> tuple[OutboxItem, ...]:
        """The newest items."""
        with self._desk.store.reading() as tx:
            return outbox.items(tx, state, limit)

    def attempts(self, outbox_id: int) -> tuple[Event, ...]:
        """What happened to an item: the attempt log."""
        with self._desk.store.reading() as tx:
            return events.of_outbox(tx, outbox_id)

    def mark_sent(self, outbox_id: int) -> OutboxItem:
        """I know that it arrived."""
        return self._decide(outbox_id, Step.CONFIRM)

    def send_again(self, outbox_id: int) -> OutboxItem:
        """Send it again, the same bytes; an uncertain one may then arrive twice. Raises MaildeskError when it is too
        early, or when the customer was answered otherwise meanwhile."""
        return self._decide(outbox_id, Step.RESEND)

    def cancel(self, outbox_id: int) -> OutboxItem:
        """Do not send it (any more). Its conversation waits for an answer again, and its text is my draft there,
        unless I have one."""
        return self._decide(outbox_id, Step.CANCEL)

    def _decide(self, outbox_id: int, step: Step) -> OutboxItem:
        with self._desk.store.transaction() as tx:
            done = outbox.decide(tx, self._desk.actor, outbox_id, step)
            found = outbox.item(tx, outbox_id)
            if done and step is Step.CANCEL:
                self._keep_text(tx, outbox_id)
        if found is None:
            raise NotFound("no_outbox", outbox=outbox_id)
        if not done:
            raise MaildeskError(f"outbox_no_{step.value}", outbox=outbox_id, state=found.state.value)
        return found

    def _keep_text(self, tx: Connection, outbox_id: int) -> None:
        reply = outbox.draft_by_id(tx, outbox_id)
        if drafts.of(tx, reply.conversation_id, self._desk.me.id) is None:
            saved = drafts.save(tx, reply, self._desk.me.id)
            drafts.take_back_files(tx, outbox_id, saved.id)
