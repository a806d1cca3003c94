"""社内コメント and phone notes: they have no recipient and no way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.desk.talk_mentions import note_mentions
from maildesk.domain.conversation import Message, MessageKind
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import conversations, events, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection


class _Read(Exception):
    """One of the comments was read or answered meanwhile."""


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

        Raises NotFound, also for a mail of another conversation, and MaildeskError for an empty one."""
        return self._add([conversation_id], text, message_id, kind)[0]

    def add_to(
        self, conversation_ids: Sequence[int], text: str, *, kind: MessageKind = MessageKind.COMMENT
    ) -> tuple[Message, ...]:
        """The same comment on several conversations, in one transaction: on all of them or, where one cannot be
        commented, on none. Raises like :meth:`add`."""
        return self._add(list(dict.fromkeys(conversation_ids)), text, None, kind)

    def _add(
        self, ids: Sequence[int], text: str, message_id: int | None, kind: MessageKind
    ) -> tuple[Message, ...]:
        if not text.strip():
            raise MaildeskError("empty_comment")

        def act(tx: Connection) -> tuple[Message, ...]:
            rows = conversations.lock(tx, ids)
            for number in ids:
                self._desk.require_own(tx, number)
                if number not in rows:
                    raise NotFound("no_conversation", number=number)
                if message_id is not None and not messages.is_in(tx, message_id, number):
                    raise NotFound("no_message_in", message=message_id, number=number)
            return tuple(self._write(tx, n, rows[n].version + 1, text, message_id, kind) for n in ids)

        return self._desk.act(act)

    def withdraw(self, comment_ids: Sequence[int]) -> bool:
        """Take comments or phone notes of mine back that no colleague has read or answered: all of them, or none.
        Whether they were taken back. The store keeps them, marked; they are shown nowhere."""
        me = self._desk.me.id

        def act(tx: Connection) -> bool:
            found = messages.conversations_of_comments(tx, comment_ids)
            conversations.lock(tx, sorted(set(found)))
            taken = [messages.withdraw_comment(tx, number, me) for number in comment_ids]
            if None in taken:
                raise _Read
            for number, conversation_id in zip(comment_ids, taken, strict=True):
                detail: dict[str, object] = {"comment": number}
                events.record(tx, self._desk.actor, "comment-withdrawn", conversation_id, detail=detail)
            return True

        try:
            return self._desk.act(act)
        except _Read:
            return False

    def _write(
        self,
        tx: Connection,
        conversation_id: int,
        version: int,
        text: str,
        message_id: int | None,
        kind: MessageKind,
    ) -> Message:
        me = self._desk.me.id
        written = messages.add_comment(tx, conversation_id, me, text.strip(), kind, message_id)
        conversations.change(tx, conversation_id, {"news_version": version})
        conversations.mark_seen(tx, conversation_id, me, version)
        named = note_mentions(tx, me, written.id, text)
        detail: dict[str, object] = {"comment": written.id} | ({"mentions": list(named)} if named else {})
        events.record(tx, self._desk.actor, "commented", conversation_id, detail=detail)
        return written
