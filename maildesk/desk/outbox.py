"""The outbox as people see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.agent import Right
from maildesk.domain.claim import HeldByOther
from maildesk.domain.conversation import Event
from maildesk.domain.outbox import HeldReason, OutboxItem, OutboxState, Step
from maildesk.domain.outcomes import Approved, Released, TextChanged
from maildesk.domain.reply import AlreadyAnswered, Recalled, ReplyText, StopReason, TooLate
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from maildesk.locale import t
from maildesk.store import claims, conversations, drafts, events, outbox, seats

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

    def item(self, outbox_id: int) -> OutboxItem:
        """One item. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = outbox.item(tx, outbox_id)
        if found is None:
            raise NotFound("no_outbox", outbox=outbox_id)
        return found

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

    def retry_now(self, outbox_id: int) -> OutboxItem:
        """Do not wait for the end of its pause: whoever sends tries it at once. Raises MaildeskError for an item that
        has not been tried yet, or does not wait."""
        with self._desk.store.transaction() as tx:
            done = outbox.retry_now(tx, self._desk.actor, outbox_id)
            found = outbox.item(tx, outbox_id)
            if done:
                seats.want(tx)
        if found is None:
            raise NotFound("no_outbox", outbox=outbox_id)
        if not done:
            raise MaildeskError("outbox_no_retry", outbox=outbox_id, state=_word(found.state))
        return found

    def cancel(self, outbox_id: int) -> OutboxItem:
        """Do not send it (any more). Its conversation waits for an answer again, and its text is my draft there,
        or among its author's stopped replies when I have one. A colleague's that is held or has its own time is given
        back to him. Raises NotPermitted, MaildeskError when it is on its way."""
        item = self.item(outbox_id)
        if item.state is OutboxState.HELD or (item.state is OutboxState.QUEUED and item.scheduled):
            if item.author_id != self._desk.me.id:
                return self.give_back(outbox_id, "")
            if isinstance(self.pull_back(outbox_id), TooLate):
                raise self._refusal("outbox_no_cancel", self.item(outbox_id))
            return self.item(outbox_id)
        return self._decide(outbox_id, Step.CANCEL)

    # ---- held, or until a time

    def approvals(self) -> tuple[OutboxItem, ...]:
        """What waits for approval, the oldest first."""
        with self._desk.store.reading() as tx:
            return outbox.approvals(tx)

    def scheduled(self) -> tuple[OutboxItem, ...]:
        """What leaves at a time that its author chose, the soonest first."""
        with self._desk.store.reading() as tx:
            return outbox.scheduled(tx)

    def reply_of(self, outbox_id: int) -> ReplyText:
        """All that the customer would get, with the SHA-256 that an approval of it names. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = outbox.text_of(tx, outbox_id)
        if found is None:
            raise NotFound("no_outbox", outbox=outbox_id)
        return found

    def approve(self, outbox_id: int, sha256: str) -> Approved | TextChanged:
        """Let the text leave that I have read (``sha256``), as the answer to the mail that it was read for. Raises
        NotPermitted (also for my own), NotFound, and MaildeskError when it does not wait for approval any more, or the
        customer wrote again."""
        self._desk.require(Right.APPROVE)
        done = self._desk.store.run(lambda tx: outbox.approve(tx, self._desk.actor, outbox_id, sha256))
        reply = self.reply_of(outbox_id)
        if done:
            return Approved(reply.item)
        if reply.item.held_reason is HeldReason.NEW_MAIL:
            raise self._refusal("outbox_news", reply.item)
        if reply.item.held_reason is not HeldReason.APPROVAL or reply.item.state is not OutboxState.HELD:
            raise self._refusal("outbox_no_approve", reply.item)
        if reply.item.author_id == self._desk.me.id:
            raise NotPermitted("approve_own", outbox=outbox_id)
        self._require_present(outbox_id)
        return TextChanged(reply)

    def give_back(self, outbox_id: int, note: str) -> OutboxItem:
        """Do not let it leave: its author finds it among his stopped replies with my ``note``, and the turn is free
        again. For what is held, or has its own time. Raises NotPermitted, NotFound, MaildeskError when it is on its
        way."""
        self._desk.require(Right.APPROVE)
        with self._desk.store.transaction() as tx:
            done = outbox.give_back(tx, self._desk.actor, outbox_id, note.strip())
        item = self.item(outbox_id)
        if not done:
            raise self._refusal("outbox_not_held", item)
        return item

    def pull_back(self, outbox_id: int) -> Recalled | TooLate:
        """Take a reply of mine back before it leaves, whatever it waits for: the draft is there again, with its files
        and its cursor, and the claim is mine if nobody took it meanwhile. What had been stopped stays marked so. Text
        that I have written there since is not overwritten: it stays my draft, and this lies among the stopped
        replies. Raises MaildeskError for one that must be reconciled first."""
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            row = outbox.take_back(tx, self._desk.actor, outbox_id)
            if row is not None:
                written = outbox.draft_of(row)
                if drafts.of(tx, written.conversation_id, me) is not None:
                    outbox.leave_with_author(tx, outbox_id)
                else:
                    draft = drafts.save(tx, written, me)
                    drafts.take_back_files(tx, outbox_id, draft.id)
                    if row.held_reason in (StopReason.NEW_MAIL, StopReason.RETURNED):
                        drafts.stop(tx, written.conversation_id, me, outbox.stop_of(row))
                claims.take(tx, row.conversation_id, me, self._desk.session)
                found = drafts.of(tx, written.conversation_id, me)
                assert found is not None
                return Recalled(found)
        self._require_present(outbox_id)
        return TooLate(self.item(outbox_id).state.value)

    def recallable(self, outbox_ids: Collection[int]) -> frozenset[int]:
        """Those of these replies that are mine and that nobody has begun to send: they can still be taken back."""
        with self._desk.store.reading() as tx:
            return outbox.recallable(tx, self._desk.actor, outbox_ids)

    def release(self, outbox_id: int) -> Released | HeldByOther | AlreadyAnswered:
        """Send what new mail had stopped as it is, as the answer to the newest mail; one that needs an approval waits
        for it anew. For its author, and who approves. Raises NotPermitted, NotFound, MaildeskError when it is not
        stopped."""
        me, session = self._desk.me.id, self._desk.session
        if self.item(outbox_id).author_id != me:
            self._desk.require(Right.APPROVE)
        with self._desk.store.transaction() as tx:
            row = outbox.lock(tx, outbox_id)
            if row is None or row.state != OutboxState.HELD or row.held_reason != HeldReason.NEW_MAIL:
                raise MaildeskError("outbox_not_stopped", outbox=outbox_id)
            conversations.lock(tx, [row.conversation_id])
            before = claims.holder(tx, row.conversation_id)
            claim = claims.take(tx, row.conversation_id, me, session)
            if claim is None:
                if (waiting := outbox.keeping(tx, row.conversation_id)) is not None:
                    return AlreadyAnswered(waiting.author, waiting.queued_at, waiting.id)
                holder = claims.holder(tx, row.conversation_id)
                assert holder is not None
                return HeldByOther(holder)
            answered = outbox.release(tx, self._desk.actor, row)
            if answered is not None or before is None or before.token != claim.token:
                claims.release(tx, claim, me)
            found = outbox.item(tx, outbox_id)
        assert found is not None
        return answered if answered is not None else Released(found)

    # ---- deciding

    def _decide(self, outbox_id: int, step: Step) -> OutboxItem:
        with self._desk.store.transaction() as tx:
            done = outbox.decide(tx, self._desk.actor, outbox_id, step)
            found = outbox.item(tx, outbox_id)
            if done and step is Step.CANCEL:
                self._keep_text(tx, outbox_id)
        if found is None:
            raise NotFound("no_outbox", outbox=outbox_id)
        if not done:
            raise self._refusal(f"outbox_no_{step.value}", found)
        return found

    def _refusal(self, key: str, item: OutboxItem) -> MaildeskError:
        """Why nothing was done; that it must be reconciled first comes before everything else."""
        with self._desk.store.reading() as tx:
            older = outbox.is_older(tx, item.id)
        return MaildeskError("outbox_older" if older else key, outbox=item.id, state=_word(item.state))

    def _require_present(self, outbox_id: int) -> None:
        with self._desk.store.reading() as tx:
            if outbox.is_older(tx, outbox_id):
                raise MaildeskError("outbox_older", outbox=outbox_id)

    def _keep_text(self, tx: Connection, outbox_id: int) -> None:
        reply = outbox.draft_by_id(tx, outbox_id)
        if drafts.of(tx, reply.conversation_id, self._desk.me.id) is None:
            saved = drafts.save(tx, reply, self._desk.me.id)
            drafts.take_back_files(tx, outbox_id, saved.id)
        else:
            outbox.leave_with_author(tx, outbox_id)


def _word(state: OutboxState) -> str:
    """A state in the language in use, without the sign that stands before it in lists."""
    return t(f"outbox.{state.value}").lstrip("✗! ")
