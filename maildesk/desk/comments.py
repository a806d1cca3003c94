"""社内コメント and phone notes: they have no recipient and no way out."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.desk.talk_mentions import note_mentions
from maildesk.domain.conversation import Message, MessageKind
from maildesk.errors import MaildeskError
from maildesk.store import conversations, events, messages


class Comments:
    """What colleagues tell each other about a conversation."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def add(
        self,
        conversation_id: int,
        text: str,
        *,
        message_id: int | None = None,
        kind: MessageKind = MessageKind.COMMENT,
    ) -> Message:
        """Write a comment (or a phone note) on a conversation or on one of its mails. Colleagues whom it names
        (``@name``) find it among their mentions.

        Raises NotFound, and MaildeskError for an empty one."""
        if not text.strip():
            raise MaildeskError("empty_comment")
        self._desk.require_conversation(conversation_id)
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            row = conversations.lock(tx, [conversation_id])[conversation_id]
            written = messages.add_comment(tx, conversation_id, me, text.strip(), kind, message_id)
            conversations.change(tx, conversation_id, {"news_version": row.version + 1})
            conversations.mark_seen(tx, conversation_id, me, row.version + 1)
            named = note_mentions(tx, me, written.id, text)
            detail: dict[str, object] = {"comment": written.id} | ({"mentions": list(named)} if named else {})
            events.record(tx, self._desk.actor, "commented", conversation_id, detail=detail)
        return written
