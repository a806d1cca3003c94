"""Mails that answer nobody: passing a mail on, asking somebody outside, and writing to a customer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maildesk.desk import checks
from maildesk.desk.claims import Claims
from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.desk.files import Files
from maildesk.domain.address import Address
from maildesk.domain.claim import Claimed, HeldByOther
from maildesk.domain.conversation import Conversation, Message, MessageKind
from maildesk.domain.letter import Letter, LetterKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outcomes import Begun, Check, Waiting
from maildesk.domain.reply import MAX_ATTACHMENTS, AlreadyQueued, Draft, DraftFile
from maildesk.errors import MaildeskError, NotFound
from maildesk.locale import t
from maildesk.mail.compose import RFC822, forward_subject
from maildesk.store import claims, drafts, letters, mailboxes, outbox, outsiders

Piece = tuple[str, str, bytes]
"""A file to send along: its name, its type, its bytes."""


class Letters:
    """Where they are begun. From there on a letter is a draft as any other: :class:`maildesk.desk.replies.Replies`
    saves, checks and queues it."""

    def __init__(self, context: Context, conversations: Conversations, files: Files) -> None:
        self._desk = context
        self._claims = Claims(context)
        self._conversations = conversations
        self._files = files

    def of(self, conversation_id: int) -> Letter | None:
        """What the draft of a conversation is for. None: it answers."""
        with self._desk.store.reading() as tx:
            return letters.of(tx, conversation_id)

    def place(self, conversation_id: int) -> int:
        """Where a draft of mine leaves: its conversation, but a forward's is the one whose mail it passes on."""
        letter = self.of(conversation_id)
        return conversation_id if letter is None else letter.place

    def already(self, request_id: str) -> AlreadyQueued | None:
        """The mail that I queued by this request before. Raises MaildeskError where it was taken back since."""
        with self._desk.store.reading() as tx:
            return outbox.queued_by(tx, self._desk.actor, request_id)

    def check(self, draft: Draft, kind: LetterKind, place: int | None, mailbox_id: int) -> tuple[Check, ...]:
        """What :meth:`maildesk.desk.replies.Replies.check` will say of a letter that is not begun yet."""
        box = self._mailbox(mailbox_id)
        with self._desk.store.reading() as tx:
            boxes = mailboxes.all_mailboxes(tx)
            everybody = (*draft.to, *draft.cc)
            takes_part = None if place is None else outsiders.not_to(tx, place, everybody)
        own: frozenset[str] = frozenset().union(*(b.own_addresses for b in boxes))
        return checks.before_forwarding(draft, box, own, takes_part, asks=kind is not LetterKind.FORWARD)

    # ---- a new mail

    def new(self, mailbox_id: int, to: Sequence[Address] = (), subject: str = "") -> Begun:
        """Begin a mail to a customer in the name of a mailbox: a conversation of its own, mine to answer, that nobody
        sees in a list before it is sent. Raises NotFound."""
        box = self._mailbox(mailbox_id)
        with self._desk.store.transaction() as tx:
            letter = letters.begin(tx, self._desk.actor, box, LetterKind.NEW, None, None)
            me, session, most = self._desk.me.id, self._desk.session, self._desk.max_claims
            claims.take(tx, letter.conversation_id, me, session, most)
        taken = self._claims.take(letter.conversation_id)
        assert isinstance(taken, Claimed)  # it is mine since the place is
        draft = Draft(letter.conversation_id, tuple(to), (), subject, f"\n{_signature(box)}")
        return Begun(taken.claim, draft, self._conversations.get(letter.conversation_id), letter)

    # ---- passing on

    def forward(
        self,
        conversation_id: int,
        message_id: int | None = None,
        *,
        attached: bool = False,
        ask: bool = False,
    ) -> Begun | HeldByOther | Waiting:
        """Begin to pass a mail of a conversation on (the newest that came in, unless ``message_id`` says another): its
        text and its files, or ``attached`` as it came. Takes the claim. With ``ask`` the conversation then waits for
        the answer. Raises NotFound, and MaildeskError for what is no mail of the customer's or ours, or too large."""
        outcome = self._claims.take(conversation_id)
        if not isinstance(outcome, Claimed):
            return outcome
        conversation = self._conversations.get(conversation_id)
        try:
            chosen = _chosen(conversation, message_id)
            files = self.files(chosen, attached=attached)
        except MaildeskError:
            self._claims.release(outcome.claim)
            raise
        kind = LetterKind.ASK if ask else LetterKind.FORWARD
        box = self._mailbox(conversation.summary.mailbox_id)
        with self._desk.store.transaction() as tx:
            letter = letters.begin(tx, self._desk.actor, box, kind, conversation_id, chosen.id)
            draft = self._words(letter, chosen, box, attached=attached)
            if files:
                draft = drafts.save(tx, draft, self._desk.me.id)
                for name, content_type, data in files:
                    drafts.attach(tx, draft.id, name, content_type, data)
                draft = replace(draft, files=drafts.files_of(tx, draft.id))
        return Begun(outcome.claim, draft, conversation, letter)

    def preview(
        self, conversation_id: int, message_id: int | None = None, *, attached: bool = False
    ) -> Draft:
        """What :meth:`forward` would begin with; nothing is claimed or kept. Raises as that does."""
        conversation = self._conversations.get(conversation_id)
        chosen = _chosen(conversation, message_id)
        box = self._mailbox(conversation.summary.mailbox_id)
        files = self.files(chosen, attached=attached)
        words = self._words(
            Letter(conversation_id, LetterKind.FORWARD, conversation_id), chosen, box, attached=attached
        )
        return replace(words, files=tuple(DraftFile(name, kind, len(data)) for name, kind, data in files))

    def files(self, message: Message, *, attached: bool) -> list[Piece]:
        """What goes along: the mail as it came, or its files. Raises MaildeskError where that is too much."""
        if attached:
            data = self._conversations.raw(message.id, MAX_ATTACHMENTS + 1)
            found = [(f"{message.id}.eml", RFC822, data)]
        else:
            found = [
                (file.name, file.content_type, b"".join(self._files.pieces(message.id, file.index)))
                for file in message.attachments
                if not file.inline and file.size <= MAX_ATTACHMENTS
            ]
            if any(file.size > MAX_ATTACHMENTS for file in message.attachments if not file.inline):
                raise MaildeskError(
                    "attachments_too_large", name=message.subject, limit=MAX_ATTACHMENTS >> 20
                )
        if sum(len(data) for _, _, data in found) > MAX_ATTACHMENTS:
            raise MaildeskError("attachments_too_large", name=message.subject, limit=MAX_ATTACHMENTS >> 20)
        return found

    def resume(self, letter: Letter) -> Begun | HeldByOther | Waiting:
        """Go on with a forward that was begun. Raises NotFound."""
        outcome = self._claims.take(letter.place)
        if not isinstance(outcome, Claimed):
            return outcome
        return Begun(outcome.claim, self.draft(letter), self._conversations.get(letter.place), letter)

    def draft(self, letter: Letter) -> Draft:
        """My draft of a forward, or a fresh one without files. Raises NotFound."""
        with self._desk.store.reading() as tx:
            saved = drafts.of(tx, letter.conversation_id, self._desk.me.id)
        if saved is not None:
            return saved
        conversation = self._conversations.get(letter.place)
        chosen = _chosen(conversation, letter.message_id)
        return self._words(letter, chosen, self._mailbox(conversation.summary.mailbox_id), attached=False)

    def _words(self, letter: Letter, message: Message, box: Mailbox, *, attached: bool) -> Draft:
        body = f"\n{_signature(box)}" + ("" if attached else f"\n{self._passed_on(message)}")
        return Draft(letter.conversation_id, (), (), forward_subject(message.subject), body)

    def _passed_on(self, message: Message) -> str:
        """A mail as it stands below what we say ourselves."""
        at = f"{self._desk.local(message.at):%Y/%m/%d %H:%M}"
        fields = (
            ("letter.from", message.from_.display() if message.from_ is not None else ""),
            ("letter.date", at),
            ("letter.subject", message.subject),
            ("letter.to", ", ".join(a.display() for a in message.to)),
        )
        head = [t("letter.line"), *(f"{t(key)} {value}" for key, value in fields if value)]
        return "\n".join([*head, "", message.text.strip("\n"), ""])

    def _mailbox(self, mailbox_id: int) -> Mailbox:
        with self._desk.store.reading() as tx:
            boxes = mailboxes.all_mailboxes(tx)
        for box in boxes:
            if box.id == mailbox_id:
                return box
        raise NotFound("mailbox_unknown", mailbox=mailbox_id, known=", ".join(box.name for box in boxes))


def _signature(box: Mailbox) -> str:
    return f"\n\n{box.signature.strip()}\n" if box.signature.strip() else "\n"


def _chosen(conversation: Conversation, message_id: int | None) -> Message:
    """The mail that is passed on: never a comment, nor what an outsider answered us."""
    mails = [m for m in conversation.messages if m.kind in (MessageKind.IN, MessageKind.OUT)]
    if message_id is None:
        came = [m for m in mails if m.kind is MessageKind.IN]
        people = [m for m in came if m.automatic is None]
        mails = (people or came or mails)[-1:]
    else:
        mails = [m for m in mails if m.id == message_id]
    if not mails:
        raise MaildeskError("no_mail_to_forward", number=conversation.summary.id)
    return mails[0]
