"""What colleagues have told me and I have not read yet: it stands in the header, and what is new is said.

When the app begins and there is something unread, the start screen shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from maildesk.domain.notify import Kind
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.words import colleague

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk
    from maildesk.domain.talk import ChatLine, Mention, Note

MOST = 50
"""How many unread mentions and how many notes are looked at."""


class Unread(NamedTuple):
    """What I have not read."""

    mentions: tuple[Mention, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: int = 0
    named: tuple[ChatLine, ...] = ()


class Talking:
    """What was found at the last look."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._found: Unread | None = None
        """None before the first look."""

    @property
    def is_known(self) -> bool:
        """Whether it was looked at yet."""
        return self._found is not None

    @property
    def mentions(self) -> int:
        """How many comments that name me are unread."""
        return len(self._found.mentions) if self._found is not None else 0

    @property
    def notes(self) -> int:
        """How many announcements and hand-over notes I have not read."""
        return len(self._found.notes) if self._found is not None else 0

    @property
    def lines(self) -> int:
        """How many lines of the chat I have not read, in all rooms."""
        return self._found.lines if self._found is not None else 0

    def look(self) -> None:
        """Find out what is new, beside everything else."""
        self._app.beside(self._look, "talking")

    async def _look(self) -> None:
        desk = self._app.desk
        if desk is None or self._app.leaving.has_begun:
            return
        try:
            found = await self._app.in_thread(_read, desk)
        except MaildeskError:
            return  # the next change asks again
        before, self._found = self._found, found
        if before is None:
            self._begin()
        else:
            self._tell(before, found)
        if before is None or before != found:
            self._app.standing.show()

    @property
    def _chat_key(self) -> str:
        keymap = self._app.keymap
        return f"{keymap.shown('app.goto')} {keymap.shown('goto.chat')}"

    def _begin(self) -> None:
        """Before work begins: what is unread, unless the agent is somewhere else already."""
        if (self.mentions or self.notes) and self._app.screen is self._app.inbox:
            self._app.go("start")

    def _tell(self, before: Unread, found: Unread) -> None:
        """Ring for new mentions, in comments and in the chat, say that there are new notes."""
        known = {one.comment_id for one in before.mentions}
        for mention in found.mentions:
            if mention.comment_id not in known:
                who, number = colleague(mention.author), mention.conversation_id
                self._app.notifier.tell(Kind.MENTION, number, t("notify.mention", who=who, number=number))
                self._app.say(t("talk.mention.new", who=who, number=number))
        heard = {line.id for line in before.named}
        for line in found.named:
            if line.id not in heard:
                who = colleague(line.author)
                number = next(iter(line.references), 0)
                self._app.notifier.tell(Kind.MENTION, number, t("notify.named", who=who))
                self._app.say(t("talk.chat.named", who=who, key=self._chat_key))
        keymap = self._app.keymap
        key = f"{keymap.shown('app.goto')} {keymap.shown('goto.start')}"
        told = {one.id for one in before.notes}
        for author in dict.fromkeys(note.author for note in found.notes if note.id not in told):
            self._app.say(t("talk.note.new", who=colleague(author), key=key))


def _read(desk: Desk) -> Unread:
    notes = tuple(one for one in desk.notes.list(limit=MOST) if one.unread)
    lines = sum(room.unread for room in desk.chat.rooms())
    named = desk.chat.naming_me(MOST) if lines else ()
    return Unread(desk.mentions.list(unread=True, limit=MOST), notes, lines, named)
