"""Announcements for everybody and hand-over notes (申し送り) of a mailbox, with who has read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.desk.context import Context
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.talk import Note, OverdueList, TalkAct, TalkUndo, may_withdraw
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from maildesk.store import events, mailboxes, talk_notes, talk_overdue

MOST = 50
"""How many notes a list shows."""
MOST_OVERDUE = 30
"""How many overdue conversations a list shows; all are counted."""
LONGEST = 20_000
"""Characters of a note."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A note as it is now, and how to take back what was done to it."""

    note: Note
    undo: TalkUndo


class Notes:
    """Notes are written by anybody, changed by their author, taken back by the author or who leads."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def list(
        self, *, mailbox_id: int | None = None, withdrawn: bool = False, limit: int = MOST
    ) -> tuple[Note, ...]:
        """Announcements and the hand-over notes of a mailbox, None of all, the newest first."""
        with self._desk.store.reading() as tx:
            return talk_notes.listed(tx, self._desk.me.id, mailbox_id, limit, withdrawn)

    def unread(self) -> int:
        """How many I have not read."""
        with self._desk.store.reading() as tx:
            return talk_notes.unread(tx, self._desk.me.id)

    def overdue(self, *, mailbox_id: int | None = None) -> OverdueList:
        """What should have been answered by now."""
        with self._desk.store.reading() as tx:
            return talk_overdue.overdue(tx, mailbox_id, MOST_OVERDUE)

    def add(self, text: str, *, mailbox_id: int | None = None) -> Noted:
        """Write an announcement, or with a mailbox its hand-over note. Raises NotFound for an unknown mailbox,
        MaildeskError for an empty or endless text."""
        words = _checked(text)
        with self._desk.store.transaction() as tx:
            if mailbox_id is not None and mailboxes.by_id(tx, mailbox_id) is None:
                known = ", ".join(box.short_name for box in mailboxes.all_mailboxes(tx)) or "-"
                raise NotFound("mailbox_unknown", mailbox=mailbox_id, known=known)
            number = talk_notes.add(tx, self._desk.me.id, mailbox_id, words)
            events.record(tx, self._desk.actor, "note-written", None, detail={"note": number})
        return self._noted(number, "written")

    def edit(self, note_id: int, text: str) -> Noted:
        """Change a note of mine: it is unread again for everybody. Raises NotFound, NotPermitted, MaildeskError."""
        words = _checked(text)
        with self._desk.store.transaction() as tx:
            found = talk_notes.by_id(tx, self._desk.me.id, note_id)
            if found is None or found[0].withdrawn_at is not None:
                raise NotFound("no_note", number=note_id)
            note, version = found
            if note.author_id != self._desk.me.id:
                raise NotPermitted("not_permitted_note", author=note.author)
            if not talk_notes.edit(tx, note_id, words, version):
                raise NotFound("no_note", number=note_id)
            events.record(tx, self._desk.actor, "note-edited", None, detail={"note": note_id})
        return self._noted(note_id, "edited", note.text)

    def withdraw(self, note_id: int) -> Noted:
        """Take a note back: nobody sees it any more. Raises NotFound, NotPermitted."""
        with self._desk.store.transaction() as tx:
            found = talk_notes.by_id(tx, self._desk.me.id, note_id)
            if found is None:
                raise NotFound("no_note", number=note_id)
            if not may_withdraw(self._desk.me, found[0].author_id):
                raise NotPermitted("not_permitted_note", author=found[0].author)
            if not talk_notes.withdraw(tx, note_id, found[1]):
                raise NotFound("no_note", number=note_id)
            events.record(tx, self._desk.actor, "note-withdrawn", None, detail={"note": note_id})
        return self._noted(note_id, "withdrawn")

    def read(self, note_ids: Sequence[int] | None = None) -> int:
        """I have read these notes, None: all. How many were unread."""
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            unread = talk_notes.unread_ids(tx, me)
            mine = [number for number in unread if note_ids is None or number in note_ids]
            if mine:
                talk_notes.read(tx, me, mine)
        return len(mine)

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        """Take back what was done to a note, unless it was changed since; None when it was taken back."""
        with self._desk.store.transaction() as tx:
            match undo.act:
                case "written":
                    done = talk_notes.withdraw(tx, undo.id, undo.version)
                case "edited":
                    done = talk_notes.edit(tx, undo.id, undo.before, undo.version)
                case "withdrawn":
                    done = talk_notes.restore(tx, undo.id, undo.version)
            if not done:
                return NotUndone("", "note-edited")
            events.record(
                tx, self._desk.actor, "note-edited", None, detail={"note": undo.id, "undo": undo.act}
            )
        return None

    def _noted(self, note_id: int, act: TalkAct, before: str = "") -> Noted:
        with self._desk.store.reading() as tx:
            found = talk_notes.by_id(tx, self._desk.me.id, note_id)
        if found is None:
            raise NotFound("no_note", number=note_id)
        return Noted(found[0], TalkUndo("note", note_id, act, found[1], before))


def _checked(text: str) -> str:
    words = text.strip()
    if not words:
        raise MaildeskError("empty_note")
    if len(words) > LONGEST:
        raise MaildeskError("long_note", most=f"{LONGEST:,}")
    return words
