"""Writing and sending a reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from maildesk.desk import checks
from maildesk.desk.claims import Claims, why_lost
from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.desk.files import Files
from maildesk.desk.letters import Letters
from maildesk.desk.outbox import Outbox
from maildesk.desk.templates import Templates
from maildesk.domain.address import Address
from maildesk.domain.claim import Claim, Claimed, HeldByOther, LostClaim
from maildesk.domain.conversation import Conversation, Message, MessageKind
from maildesk.domain.letter import Letter, LetterKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outcomes import Begun, Check, Waiting
from maildesk.domain.recipients import recipients
from maildesk.domain.reply import (
    MAX_ATTACHMENTS,
    AfterSend,
    AlreadyAnswered,
    AlreadyQueued,
    Draft,
    Queued,
    Recalled,
    StaleView,
    Stop,
    StopReason,
    TooLate,
    put_in,
)
from maildesk.errors import MaildeskError
from maildesk.mail.compose import quote, reply_subject
from maildesk.store import claims, drafts, events, letters, mailboxes, messages, outbox, outsiders, templates
from maildesk.store.engine import now

if TYPE_CHECKING:
    from sqlalchemy import Connection

DONE = AfterSend()

SubmitOutcome = Queued | AlreadyQueued | LostClaim | StaleView | AlreadyAnswered


class Replies:
    """From the claim to the outbox. A draft is saved whatever becomes of the claim; a reply is queued only with it."""

    def __init__(self, context: Context, templates: Templates) -> None:
        self._desk = context
        self._claims = Claims(context)
        self._conversations = Conversations(context)
        self._outbox = Outbox(context)
        self._templates = templates
        self._letters = Letters(context, self._conversations, Files(context, self._conversations))

    # ---- beginning

    def begin(
        self,
        conversation_id: int,
        *,
        reply_all: bool = True,
        template: int | None = None,
        afresh: bool = False,
    ) -> Begun | HeldByOther | Waiting:
        """Take the claim and give my saved draft, or a fresh one: recipients, subject, the template's text if one is
        asked for, signature and quote; ``afresh`` leaves the saved one aside. ``claim.version`` is the version that
        the reply will be checked against, and ``draft.stop`` why a saved one did not leave before. Where the draft is
        one of a forward, that is gone on with."""
        if (letter := self._forward(conversation_id)) is not None:
            return self._letters.resume(letter)
        outcome = self._claims.take(conversation_id)
        if not isinstance(outcome, Claimed):
            return outcome
        conversation = self._conversations.get(conversation_id)
        draft = None if afresh else self._saved(conversation_id)
        if draft is None:
            draft = self._fresh(conversation, reply_all=reply_all)
            if template is not None:
                draft = self.with_template(draft, template)
        first = None if conversation.messages else self._letters.of(conversation_id)
        return Begun(outcome.claim, draft, conversation, first)

    def begin_private(self, conversation_id: int) -> Draft:
        """A draft without a claim: it can be written and kept, not sent."""
        if (letter := self._forward(conversation_id)) is not None:
            return self._letters.draft(letter)
        return self._saved(conversation_id) or self._fresh(
            self._conversations.get(conversation_id), reply_all=True
        )

    def _forward(self, conversation_id: int) -> Letter | None:
        """The forward that is written there, if it is one."""
        letter = self._letters.of(conversation_id)
        return letter if letter is not None and letter.is_forward else None

    def _saved(self, conversation_id: int) -> Draft | None:
        with self._desk.store.reading() as tx:
            return drafts.of(tx, conversation_id, self._desk.me.id)

    def _fresh(self, conversation: Conversation, *, reply_all: bool) -> Draft:
        box, own = self._mailbox(conversation)
        answered = _answerable(conversation)
        summary = conversation.summary
        whom = recipients(
            conversation.messages,
            answered,
            Address(summary.customer_name, summary.customer_address),
            own,
            reply_all=reply_all,
        )
        subject = answered.subject if answered is not None else conversation.summary.subject
        signature = f"\n\n{box.signature.strip()}\n" if box.signature.strip() else "\n"
        body = "\n" + signature
        if answered is not None and answered.text:
            sender = answered.from_.name or answered.from_.address if answered.from_ else ""
            body += "\n" + quote(answered.text, f"{self._desk.local(answered.at):%Y/%m/%d %H:%M}", sender)
        return Draft(
            conversation_id=conversation.summary.id,
            to=whom.to,
            cc=whom.cc,
            subject=reply_subject(subject),
            body=body,
            in_reply_to=answered.id if answered is not None else None,
        )

    def _mailbox(self, conversation: Conversation) -> tuple[Mailbox, frozenset[str]]:
        with self._desk.store.reading() as tx:
            boxes = mailboxes.all_mailboxes(tx)
        own: frozenset[str] = frozenset().union(*(b.own_addresses for b in boxes))
        return next(b for b in boxes if b.id == conversation.summary.mailbox_id), own

    def with_template(self, draft: Draft, template_id: int, extra: dict[str, str] | None = None) -> Draft:
        """The draft with the template's text put at its cursor, before signature and quote. Gaps stay visible."""
        letter = self._forward(draft.conversation_id)
        about = draft.conversation_id if letter is None else letter.place
        rendered = self._templates.render(template_id, about, extra)
        template = self._templates.get(template_id)
        return replace(
            put_in(draft, rendered.body),
            subject=rendered.subject or draft.subject,
            template_id=template.id,
            template_version=template.version,
        )

    # ---- the draft

    def save(self, draft: Draft) -> Draft:
        """Write the draft as it is. Never refused for a lost claim."""
        with self._desk.store.transaction() as tx:
            return drafts.save(tx, draft, self._desk.me.id)

    def attach(self, draft: Draft, name: str, content_type: str, data: bytes) -> Draft:
        """Add a file. Raises MaildeskError when the mail would become too large for most servers."""
        total = sum(f.size for f in draft.files) + len(data)
        if total > MAX_ATTACHMENTS:
            raise MaildeskError("attachments_too_large", name=name, limit=MAX_ATTACHMENTS >> 20)
        with self._desk.store.transaction() as tx:
            saved = drafts.save(tx, draft, self._desk.me.id)
            drafts.attach(tx, saved.id, name, content_type, data)
            found = drafts.of(tx, draft.conversation_id, self._desk.me.id)
        assert found is not None
        return found

    def detach(self, draft: Draft, file_id: int) -> Draft:
        """Take a file off."""
        with self._desk.store.transaction() as tx:
            saved = drafts.save(tx, draft, self._desk.me.id)
            drafts.detach(tx, saved.id, file_id)
            found = drafts.of(tx, draft.conversation_id, self._desk.me.id)
        assert found is not None
        return found

    def check(self, draft: Draft) -> tuple[Check, ...]:
        """What a careful colleague would look at before sending; what blocks must be mended first."""
        letter = self._forward(draft.conversation_id)
        conversation = self._conversations.get(draft.conversation_id if letter is None else letter.place)
        box, own = self._mailbox(conversation)
        with self._desk.store.reading() as tx:
            learned = [address for _, address in mailboxes.learned_addresses(tx)]
            takes_part = outsiders.not_to(tx, letter.place, (*draft.to, *draft.cc)) if letter else ()
        if letter is not None:
            found = checks.before_forwarding(draft, box, own, takes_part, asks=letter.kind is LetterKind.ASK)
        else:
            found = checks.before_sending(draft, conversation, box, own)
        asks = self._desk.me.needs_approval
        return (*checks.stopped(draft, asks=asks), *found, *checks.maybe_ours(draft, learned))

    # ---- sending

    def submit(
        self,
        claim: Claim,
        draft: Draft,
        *,
        seen_version: int,
        request_id: str,
        after: AfterSend = DONE,
        hold: float = 0.0,
        follow_up: bool = False,
        at: datetime | None = None,
        approval: bool = False,
    ) -> SubmitOutcome:
        """Queue the reply; it leaves after ``hold`` seconds, or ``at`` a time. One transaction: all of it, or nothing.

        With ``approval``, or when I need it for all that I write, it is held until a supervisor lets it leave.
        The same ``request_id`` twice queues once. What is refused leaves the draft marked as stopped. Raises
        MaildeskError for a draft that a check blocks, or a time that is over; the draft is saved first, so that nothing
        of it is lost whatever comes back.
        """
        saved = self.save(draft)
        if at is not None and at <= self._desk.store.now():
            raise MaildeskError("time_over", text=f"{self._desk.local(at):%Y-%m-%d %H:%M}")
        blocking = next((c for c in self.check(saved) if c.blocks and not c.ok), None)
        if blocking is not None:
            raise MaildeskError("not_ready", reason=blocking.text)
        letter = self._letters.of(draft.conversation_id)
        forward = letter if letter is not None and letter.is_forward else None
        place = draft.conversation_id if letter is None else letter.place
        mailbox_id = self._conversations.summary(place).mailbox_id
        answered_id, references = self._references(saved)
        seen_message = saved.in_reply_to if forward is None else forward.message_id

        def act(tx: Connection) -> SubmitOutcome:
            box = mailboxes.by_id(tx, mailbox_id)
            assert box is not None
            outcome = outbox.queue(
                tx,
                self._desk.actor,
                box,
                claim,
                saved,
                references=(answered_id, references),
                seen_version=seen_version,
                request_id=request_id,
                after=after,
                hold=hold,
                follow_up=follow_up,
                at=at,
                approval=approval,
                letter=forward,
            )
            match outcome:
                case Queued():
                    if letter is not None and forward is None:
                        letters.begin_conversation(tx, self._desk.actor, place, saved.to[0], saved.subject)
                    if saved.template_id is not None:
                        templates.count_use(tx, saved.template_id)
                case AlreadyAnswered(by, when, _):
                    self._stop(tx, saved, Stop(StopReason.ALREADY_ANSWERED, when, by, when))
                case outbox.Stale(version):
                    news = messages.news_since(tx, place, seen_message)
                    self._stop(tx, saved, self._why_stale(tx, place, news))
                    return StaleView(version, news)
                case outbox.NotHeld():
                    lost = claims.loss(tx, place)
                    self._stop(tx, saved, why_lost(lost, claim))
                    return lost
            return outcome

        return self._desk.store.run(act)

    def _stop(self, tx: Connection, draft: Draft, why: Stop) -> None:
        drafts.stop(tx, draft.conversation_id, self._desk.me.id, why)

    def _why_stale(self, tx: Connection, conversation_id: int, news: tuple[Message, ...]) -> Stop:
        """The mail that came, or else what a colleague did."""
        if news and (sender := news[-1].from_) is not None:
            return Stop(StopReason.STALE_VIEW, news[-1].at, sender.name or sender.address, news[-1].at)
        done = events.last_by_others(tx, conversation_id, self._desk.me.id)
        if done is None:
            return Stop(StopReason.STALE_VIEW, now(tx))
        return Stop(StopReason.STALE_VIEW, done.at, done.actor, done.at)

    def _references(self, draft: Draft) -> tuple[str, tuple[str, ...]]:
        """The Message-ID answered, and all before it."""
        if draft.in_reply_to is None:
            return "", ()
        with self._desk.store.reading() as tx:
            return messages.references_of(tx, draft.in_reply_to)

    def recall(self, outbox_id: int) -> Recalled | TooLate:
        """Take a reply of mine back before it leaves: :meth:`maildesk.desk.outbox.Outbox.pull_back`."""
        return self._outbox.pull_back(outbox_id)


def _answerable(conversation: Conversation) -> Message | None:
    """The mail to answer: the newest from a person, else the newest of all that came in."""
    incoming = [m for m in conversation.messages if m.kind is MessageKind.IN]
    people = [m for m in incoming if m.automatic is None]
    chosen = people or incoming
    return chosen[-1] if chosen else None
