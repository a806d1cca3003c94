"""The files of mails: looking into them, saving them, giving them to another program; and mails as files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.domain.conversation import Attachment
from maildesk.errors import NotFound
from maildesk.mail import attachment as mail_attachment
from maildesk.mail import outside
from maildesk.mail.mapped import Content, mapped_file
from maildesk.mail.picture import Picture, draw
from maildesk.mail.preview import MAX_BYTES, Preview, preview
from maildesk.store import messages

_IN_MEMORY = 8 << 20
"""A mail of more bytes is not held in memory."""


class Files:
    """Attachments by (message, index), and the source of mails."""

    def __init__(self, context: Context, conversations: Conversations) -> None:
        self._desk = context
        self._conversations = conversations

    def preview(self, message_id: int, index: int) -> tuple[Attachment, Preview]:
        """What can be seen of a file in a terminal. Raises NotFound."""
        with self._content(message_id, index) as (chosen, data):
            if chosen.size > MAX_BYTES:
                return chosen, Preview("large")
            return chosen, preview(chosen.name, chosen.content_type, mail_attachment.content(data, index))

    def picture(
        self,
        message_id: int,
        index: int,
        columns: int,
        rows: int,
        *,
        in_ascii: bool = False,
        in_colour: bool = True,
    ) -> Picture:
        """A picture drawn within so many cells, or why it is not. Raises NotFound."""
        with self._content(message_id, index) as (chosen, data):
            if chosen.size > MAX_BYTES:
                return Picture("large")
            found = mail_attachment.content(data, index)
        return draw(found, columns, rows, in_ascii=in_ascii, in_colour=in_colour)

    def save(self, message_id: int, index: int, directory: Path, name: str = "") -> Path:
        """Save a file into a folder under ``name``, else its own, made safe; a name that is taken gets a number.

        Returns where it lies. Raises NotFound, MaildeskError where it cannot be written.
        """
        with self._content(message_id, index) as (chosen, data):
            return mail_attachment.save(directory, name or chosen.name, mail_attachment.chunks(data, index))

    def pipe(self, message_id: int, index: int, command: str) -> outside.Output:
        """Give a file to a line of shell as its input; what that writes. Raises NotFound, OSError."""
        with self._content(message_id, index) as (_, data):
            return outside.run(outside.shell(command), mail_attachment.chunks(data, index))

    def pieces(self, message_id: int, index: int) -> Iterator[bytes]:
        """The bytes of a file in pieces. Raises NotFound."""
        with self._content(message_id, index) as (_, data):
            yield from mail_attachment.chunks(data, index)

    def export(self, message_id: int, directory: Path, name: str = "") -> Path:
        """Save the source of a mail as ``.eml``, byte for byte; where it lies. Raises NotFound, MaildeskError."""
        with self._desk.store.reading() as tx:
            found = messages.by_id(tx, message_id)
        if found is None:
            raise NotFound("no_source", message=message_id)
        named = name or f"{message_id} {found.subject}".strip()
        if not named.lower().endswith(".eml"):
            named = f"{mail_attachment.safe_name(named)[:60]}.eml"
        return mail_attachment.save(directory, named, self._conversations.source(message_id))

    @contextmanager
    def _content(self, message_id: int, index: int) -> Iterator[tuple[Attachment, Content]]:
        """A file of a mail, and the mail: a large one in a file without a name, which is gone however this ends."""
        with self._desk.store.reading() as tx:
            found = messages.by_id(tx, message_id)
            size = messages.size_of(tx, message_id)
        chosen = next((a for a in found.attachments if a.index == index), None) if found else None
        if chosen is None:
            raise NotFound("no_attachment", message=message_id, index=index)
        if size <= _IN_MEMORY:
            yield chosen, self._conversations.raw(message_id)
            return
        with tempfile.TemporaryFile() as file:
            for piece in self._conversations.source(message_id):
                file.write(piece)
            file.flush()
            with mapped_file(file.fileno()) as data:
                yield chosen, data
