"""Reading a conversation."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from maildesk.desk.context import Context
from maildesk.domain.conversation import Attachment, Conversation, ConversationSummary
from maildesk.errors import NotFound
from maildesk.mail import attachment as mail_attachment
from maildesk.mail.mapped import Content, mapped
from maildesk.store import conversations, events, messages, quarantine, seats

_IN_MEMORY = 8 << 20
"""A mail of more bytes is not held in memory."""


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

    def attachment(self, message_id: int, index: int) -> tuple[Attachment, bytes]:
        """A file of a mail with its bytes. Raises NotFound."""
        with self._content(message_id, index) as (chosen, data):
            return chosen, mail_attachment.content(data, index)

    def save_attachment(self, message_id: int, index: int, directory: Path) -> Path:
        """Save a file of a mail into a folder under a safe name that is not taken. Returns where it lies."""
        with self._content(message_id, index) as (chosen, data):
            return mail_attachment.save(directory, chosen.name, mail_attachment.chunks(data, index))

    @contextmanager
    def _content(self, message_id: int, index: int) -> Iterator[tuple[Attachment, Content]]:
        """A file of a mail, and the mail: from a file of our own when it is large."""
        with self._desk.store.reading() as tx:
            found = messages.by_id(tx, message_id)
            size = messages.size_of(tx, message_id)
        chosen = next((a for a in found.attachments if a.index == index), None) if found else None
        if chosen is None:
            raise NotFound("no_attachment", message=message_id, index=index)
        if size <= _IN_MEMORY:
            yield chosen, self.raw(message_id)
            return
        with tempfile.NamedTemporaryFile(prefix="mail-") as file:
            for piece in self.source(message_id):
                file.write(piece)
            file.flush()
            with mapped(Path(file.name)) as data:
                yield chosen, data
