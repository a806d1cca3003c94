"""Reading a conversation."""

from __future__ import annotations

from pathlib import Path

from maildesk.desk.context import Context
from maildesk.domain.conversation import Attachment, Conversation, ConversationSummary
from maildesk.errors import NotFound
from maildesk.mail import attachment as mail_attachment
from maildesk.store import conversations, events, messages


class Conversations:
    """One conversation with all that is on it, and the bytes behind it."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def get(self, conversation_id: int) -> Conversation:
        """The conversation. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = conversations.summaries(tx, self._desk.me.id, [conversation_id])
            if not found:
                raise NotFound("no_conversation", number=conversation_id)
            return Conversation(
                found[0],
                conversations.customer_of(tx, conversation_id),
                messages.of_conversation(tx, conversation_id),
                events.of_conversation(tx, conversation_id),
            )

    def summary(self, conversation_id: int) -> ConversationSummary:
        """The conversation as a list shows it. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = conversations.summaries(tx, self._desk.me.id, [conversation_id])
        if not found:
            raise NotFound("no_conversation", number=conversation_id)
        return found[0]

    def mark_seen(self, conversation_id: int) -> None:
        """I have seen it as it is now. My colleagues' marks and its state are not touched."""
        seen = self.summary(conversation_id)
        if seen.unread:
            with self._desk.store.transaction() as tx:
                conversations.mark_seen(tx, conversation_id, self._desk.me.id, seen.version)

    def mark_unseen(self, conversation_id: int) -> None:
        """Unread again, for me."""
        self.summary(conversation_id)
        with self._desk.store.transaction() as tx:
            conversations.mark_seen(tx, conversation_id, self._desk.me.id, 0)

    def raw(self, message_id: int) -> bytes:
        """The source of a mail, as received or as sent. Raises NotFound."""
        with self._desk.store.reading() as tx:
            data = messages.raw_of(tx, message_id)
        if data is None:
            raise NotFound("no_source", message=message_id)
        return data

    def attachment(self, message_id: int, index: int) -> tuple[Attachment, bytes]:
        """A file of a mail with its bytes. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = messages.by_id(tx, message_id)
            data = messages.raw_of(tx, message_id)
        chosen = next((a for a in found.attachments if a.index == index), None) if found else None
        if chosen is None or data is None:
            raise NotFound("no_attachment", message=message_id, index=index)
        return chosen, mail_attachment.content(data, index)

    def save_attachment(self, message_id: int, index: int, directory: Path) -> Path:
        """Save a file of a mail into a folder under a safe name that is not taken. Returns where it lies."""
        chosen, data = self.attachment(message_id, index)
        return mail_attachment.save(directory, chosen.name, data)
