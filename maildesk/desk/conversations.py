"""Reading a conversation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from maildesk.desk.context import Context
from maildesk.desk.related import relatives
from maildesk.domain.conversation import Conversation, ConversationSummary
from maildesk.domain.related import Relative
from maildesk.errors import NotFound
from maildesk.store import conversations, events, messages, quarantine, seats, talk_mentions


class Conversations:
    """One conversation with all that is on it, and the bytes behind it."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def get(self, conversation_id: int) -> Conversation:
        """The conversation. Raises NotFound."""
        with self._desk.store.reading() as tx:
            self._desk.require_own(tx, conversation_id)
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
            self._desk.require_own(tx, conversation_id)
            found = conversations.summaries(tx, self._desk.me.id, [conversation_id])
        if not found:
            raise NotFound("no_conversation", number=conversation_id)
        return found[0]

    def related(self, conversation_id: int) -> tuple[Relative, ...]:
        """What belongs to a conversation, and why: linked, about the same order, of the same customer and alike, merged
        into it. Raises NotFound."""
        with self._desk.store.reading() as tx:
            self._desk.require_own(tx, conversation_id)
            return relatives(tx, self._desk.me.id, conversation_id)

    def mark_seen(self, conversation_id: int) -> None:
        """I have seen it as it is now. My colleagues' marks and its state are not touched."""
        seen = self.summary(conversation_id)
        if seen.unread:
            with self._desk.store.transaction() as tx:
                conversations.mark_seen(tx, conversation_id, self._desk.me.id, seen.version)
                talk_mentions.read_in(tx, self._desk.me.id, conversation_id)

    def mark_unseen(self, conversation_id: int) -> None:
        """Unread again, for me."""
        self.summary(conversation_id)
        with self._desk.store.transaction() as tx:
            conversations.mark_seen(tx, conversation_id, self._desk.me.id, 0)

    def raw(self, message_id: int, limit: int | None = None) -> bytes:
        """The source of a mail, as received or as sent; at most about ``limit`` bytes of it. Raises NotFound."""
        found: list[bytes] = []
        size = 0
        with closing(self.source(message_id)) as pieces:
            for piece in pieces:
                found.append(piece)
                size += len(piece)
                if limit is not None and size >= limit:
                    break
        return b"".join(found)[:limit]

    def source(self, message_id: int) -> Generator[bytes, None, None]:
        """The same piece by piece, for a mail that is too large for memory. Raises NotFound."""
        with self._desk.store.reading() as tx:
            pieces = messages.source(tx, message_id)
            if pieces is None:
                raise NotFound("no_source", message=message_id)
            yield from pieces

    def reparse(self, message_id: int) -> None:
        """Have a mail read again that could not be read, for example after an update: by whoever syncs its mailbox,
        at once. Raises NotFound where it is not in quarantine."""
        with self._desk.store.transaction() as tx:
            if not quarantine.ask(tx, message_id):
                raise NotFound("not_quarantined", message=message_id)
            seats.want(tx)

    def quarantined(self) -> list[int]:
        """The messages that could not be read, oldest first."""
        with self._desk.store.reading() as tx:
            return quarantine.kept(tx)
