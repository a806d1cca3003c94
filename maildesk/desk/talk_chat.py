"""The team's chat: a room for everybody and one for each mailbox, kept and searchable."""

from __future__ import annotations

from dataclasses import dataclass

from maildesk.desk.context import Context
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.talk import EVERYBODY, ChatLine, Room, TalkUndo, mentioned
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from maildesk.store import agents, events, mailboxes, talk_chat

MOST = 200
"""How many lines are read at a time."""
LONGEST = 2_000
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it is now, and how to take back what was done to it."""

    line: ChatLine
    undo: TalkUndo


class Chat:
    """What is said is kept; its author may take it away. Nothing in it reaches a customer."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def rooms(self) -> tuple[Room, ...]:
        """Everybody's first, with what I have not read."""
        with self._desk.store.reading() as tx:
            return talk_chat.rooms(tx, self._desk.me.id)

    def lines(
        self, room: int | None = EVERYBODY, *, query: str = "", limit: int = MOST
    ) -> tuple[ChatLine, ...]:
        """The newest lines of a room, None of all, in the order of time; those with all words of ``query``."""
        with self._desk.store.reading() as tx:
            return talk_chat.lines(tx, room, query, limit)

    def naming_me(self, limit: int = MOST) -> tuple[ChatLine, ...]:
        """The newest lines that name me (``@name``) and that I have not read, in the order of time."""
        me = self._desk.me.id
        with self._desk.store.reading() as tx:
            found = talk_chat.unread(tx, me, limit)
            people = agents.active(tx) if found else ()
        return tuple(line for line in found if any(one.id == me for one in mentioned(line.text, people)))

    def say(self, text: str, room: int = EVERYBODY) -> Said:
        """Say something in a room. Raises NotFound for an unknown room, MaildeskError for an empty or endless text."""
        words = text.strip()
        if not words:
            raise MaildeskError("empty_note")
        if len(words) > LONGEST:
            raise MaildeskError("long_note", most=f"{LONGEST:,}")
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            if room != EVERYBODY and mailboxes.by_id(tx, room) is None:
                known = ", ".join(box.short_name for box in mailboxes.all_mailboxes(tx)) or "-"
                raise NotFound("mailbox_unknown", mailbox=room, known=known)
            number = talk_chat.add(tx, room, me, words)
            talk_chat.seen(tx, me, room, number)
            events.record(tx, self._desk.actor, "chat-said", None, detail={"line": number, "room": room})
            line = talk_chat.by_id(tx, number)
        assert line is not None
        return Said(line, TalkUndo("line", number, "written", 1))

    def withdraw(self, line_id: int) -> Said:
        """Take a line of mine away. Raises NotFound, NotPermitted."""
        with self._desk.store.transaction() as tx:
            line = talk_chat.by_id(tx, line_id)
            if line is None:
                raise NotFound("no_line", number=line_id)
            if not talk_chat.withdraw(tx, line_id, self._desk.me.id):
                raise NotPermitted("not_permitted_note", author=line.author)
            events.record(tx, self._desk.actor, "chat-withdrawn", None, detail={"line": line_id})
        return Said(line, TalkUndo("line", line_id, "withdrawn", 1))

    def seen(self, room: int, line_id: int) -> None:
        """I have read a room up to a line."""
        with self._desk.store.transaction() as tx:
            talk_chat.seen(tx, self._desk.me.id, room, line_id)

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        """Take back what I said, or bring back what I took away; None when it was done."""
        back = undo.act == "withdrawn"
        with self._desk.store.transaction() as tx:
            if not talk_chat.withdraw(tx, undo.id, self._desk.me.id, back=back):
                return NotUndone("", "chat-withdrawn")
            what = "chat-said" if back else "chat-withdrawn"
            events.record(tx, self._desk.actor, what, None, detail={"line": undo.id, "undo": undo.act})
        return None
