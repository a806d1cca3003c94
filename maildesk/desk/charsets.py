"""Mails that were read in the wrong charset: seeing how they would read in another, and having them read in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.domain.repair import Look, Recoded
from maildesk.errors import MaildeskError, NotFound
from maildesk.mail.parse import parse
from maildesk.mail.repair import CHARSETS
from maildesk.store import events, repairs, seats

_LOOKED_AT = 256 << 10
"""Bytes of a mail that are read for a look."""

_LINES = 12


class Charsets:
    """The charset of mails, chosen by hand. Whoever syncs reads them again."""

    def __init__(self, context: Context, conversations: Conversations) -> None:
        self._desk = context
        self._conversations = conversations

    def chosen(self, message_id: int) -> str:
        """The charset that somebody chose for a mail, '' for its own."""
        with self._desk.store.reading() as tx:
            return repairs.chosen(tx, message_id)

    def look(self, message_id: int, charset: str) -> Look:
        """How a mail reads in a charset ('' for its own). Raises NotFound, MaildeskError for an unknown charset."""
        _require(charset)
        read = parse(self._conversations.raw(message_id, _LOOKED_AT), charset)
        lines = [line for line in read.text.split("\n") if line.strip()][:_LINES]
        sender = read.from_.name or read.from_.address
        return Look(charset, read.subject, sender, lines, "charset" in read.defects)

    def of_sender(self, message_id: int) -> Sequence[int]:
        """The mails from the address that wrote this one."""
        with self._desk.store.reading() as tx:
            return repairs.of_sender(tx, message_id)

    def choose(self, message_ids: Iterable[int], charset: str) -> Recoded:
        """Have mails read in ``charset`` from now on, '' for their own.

        Raises NotFound where there is no such mail with a source (nothing is changed then), MaildeskError for a charset
        that is none of ours.
        """
        _require(charset)
        return self._choose([(number, charset) for number in message_ids])

    def undo(self, recoded: Recoded) -> Recoded:
        """Have mails read as they were before. Raises NotFound."""
        return self._choose(recoded.before)

    def _choose(self, wanted: Sequence[tuple[int, str]]) -> Recoded:
        before = []
        with self._desk.store.transaction() as tx:
            for message_id, charset in sorted(wanted):
                before.append((message_id, repairs.chosen(tx, message_id)))
                if not repairs.ask(tx, self._desk.me.id, message_id, charset):
                    raise NotFound("no_source", message=message_id)
                events.record(
                    tx,
                    self._desk.actor,
                    "recode",
                    repairs.conversation_of(tx, message_id),
                    detail={"message": message_id, "charset": charset or "auto"},
                )
            seats.want(tx)
        return Recoded(tuple(before))


def _require(charset: str) -> None:
    if charset and charset not in CHARSETS:
        raise MaildeskError("no_charset", charset=charset, known=", ".join(CHARSETS))
