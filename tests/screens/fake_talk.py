"""What colleagues tell each other at the desk in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maildesk.desk.talk_chat import Said
from maildesk.desk.talk_notes import Noted
from maildesk.desk.talk_rules import Ruled
from maildesk.domain.agent import Agent
from maildesk.domain.day_hours import DayHours
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.talk import (
    EVERYBODY,
    ChatLine,
    Mention,
    Note,
    Overdue,
    OverdueList,
    Room,
    RulesPage,
    TalkAct,
    TalkUndo,
    folded,
    mentioned,
)
from tests.screens import sample


class FakeMentions:
    """The comments that name me."""

    def __init__(self, desk: Any) -> None:
        self.d = desk
        self.kept: list[Mention] = []

    def told(self, conversation_id: int, text: str, author: Agent = sample.SUZUKI) -> Mention:
        """A colleague names me in a comment; others hear of it when the test says so."""
        row = self.d.row(conversation_id)
        one = Mention(
            900 + len(self.kept),
            conversation_id,
            row.subject,
            row.customer_name,
            author.name,
            self.d.moment,
            text,
        )
        self.kept.insert(0, one)
        return one

    def list(self, *, unread: bool = False, limit: int = 500) -> tuple[Mention, ...]:
        self.d.called("mentions.list")
        return tuple(one for one in self.kept if not unread or one.read_at is None)[:limit]

    def unread(self) -> int:
        return len(self.list(unread=True))

    def read(self, comment_ids: Sequence[int] | None = None) -> int:
        self.d.called("mentions.read", comment_ids)
        fresh = [
            one
            for one in self.kept
            if one.read_at is None and (comment_ids is None or one.comment_id in comment_ids)
        ]
        self.kept = [replace(one, read_at=self.d.moment) if one in fresh else one for one in self.kept]
        return len(fresh)


class FakeNotes:
    """Announcements and hand-over notes, and what is overdue."""

    def __init__(self, desk: Any) -> None:
        self.d = desk
        self.kept: list[Note] = []
        self.late = OverdueList()

    def told(self, text: str, author: Agent = sample.SUZUKI, shop: int | None = None) -> Note:
        """A colleague writes a note."""
        box = next((box for box in sample.MAILBOXES if box.id == shop), None)
        one = Note(
            len(self.kept) + 1,
            shop,
            box.short_name if box is not None else "",
            author.id,
            author.name,
            self.d.moment,
            text,
            unread=author.id != self.d.me.id,
        )
        self.kept.insert(0, one)
        return one

    def overdue_is(self, *numbers: int) -> None:
        """These should have been answered an hour ago."""
        rows = [self.d.row(number) for number in numbers]
        since = self.d.moment.replace(hour=0)
        self.late = OverdueList(
            tuple(
                Overdue(row.id, row.subject, row.customer_name, row.shop, row.assignee_name, since)
                for row in rows
            ),
            (("楽天", len(rows)),),
        )

    def list(
        self, *, mailbox_id: int | None = None, withdrawn: bool = False, limit: int = 50
    ) -> tuple[Note, ...]:
        self.d.called("notes.list")
        return tuple(one for one in self.kept if withdrawn or one.withdrawn_at is None)[:limit]

    def overdue(self, *, mailbox_id: int | None = None) -> OverdueList:
        return self.late

    def _put(self, note: Note, act: TalkAct, before: str = "") -> Noted:
        self.kept = [note if one.id == note.id else one for one in self.kept]
        return Noted(note, TalkUndo("note", note.id, act, 1, before))

    def _of(self, note_id: int) -> Note:
        return next(one for one in self.kept if one.id == note_id)

    def add(self, text: str, *, mailbox_id: int | None = None) -> Noted:
        self.d.called("notes.add", text, mailbox_id)
        return self._put(self.told(text, self.d.me, mailbox_id), "written")

    def edit(self, note_id: int, text: str) -> Noted:
        self.d.called("notes.edit", note_id, text)
        old = self._of(note_id)
        return self._put(replace(old, text=text, changed_at=self.d.moment), "edited", old.text)

    def withdraw(self, note_id: int) -> Noted:
        self.d.called("notes.withdraw", note_id)
        return self._put(replace(self._of(note_id), withdrawn_at=self.d.moment), "withdrawn")

    def read(self, note_ids: Sequence[int] | None = None) -> int:
        self.d.called("notes.read", note_ids)
        fresh = [one for one in self.kept if one.unread and (note_ids is None or one.id in note_ids)]
        for one in fresh:
            self._put(replace(one, unread=False, read_by=(self.d.me.name,)), "edited")
        return len(fresh)

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        self.d.called("notes.undo", undo)
        old = self._of(undo.id)
        now = self.d.moment if undo.act == "written" else None
        text = undo.before if undo.act == "edited" else old.text
        self._put(replace(old, withdrawn_at=now, text=text), "edited")
        return None


class FakeChat:
    """Rooms and lines; what I say I have read."""

    def __init__(self, desk: Any) -> None:
        self.d = desk
        self.kept: list[ChatLine] = []
        self.gone: set[int] = set()
        self.read: dict[int, int] = {}

    def told(self, text: str, author: Agent = sample.SUZUKI, room: int = EVERYBODY) -> ChatLine:
        """A colleague says something."""
        line = ChatLine(len(self.kept) + 1, room, author.id, author.name, self.d.moment, text)
        self.kept.append(line)
        return line

    def rooms(self) -> tuple[Room, ...]:
        self.d.called("chat.rooms")
        names = [(EVERYBODY, ""), *((box.id, box.name) for box in sample.MAILBOXES)]
        return tuple(Room(number, name, self._unread(number)) for number, name in names)

    def naming_me(self, limit: int = 200) -> tuple[ChatLine, ...]:
        return tuple(
            one
            for one in self.kept
            if one.id > self.read.get(one.room, 0)
            and any(agent.id == self.d.me.id for agent in mentioned(one.text, [self.d.me]))
        )

    def _unread(self, room: int) -> int:
        return sum(
            1
            for one in self.kept
            if one.room == room
            and one.author_id != self.d.me.id
            and one.id not in self.gone
            and one.id > self.read.get(room, 0)
        )

    def lines(
        self, room: int | None = EVERYBODY, *, query: str = "", limit: int = 200
    ) -> tuple[ChatLine, ...]:
        self.d.called("chat.lines", room, query, limit)
        found = [
            one
            for one in self.kept
            if room in (None, one.room)
            and one.id not in self.gone
            and all(word in folded(one.text) for word in folded(query).split())
        ]
        return tuple(found[-limit:])

    def say(self, text: str, room: int = EVERYBODY) -> Said:
        self.d.called("chat.say", text, room)
        line = self.told(text, self.d.me, room)
        self.read[room] = line.id
        return Said(line, TalkUndo("line", line.id, "written", 1))

    def withdraw(self, line_id: int) -> Said:
        self.d.called("chat.withdraw", line_id)
        self.gone.add(line_id)
        return Said(self.kept[line_id - 1], TalkUndo("line", line_id, "withdrawn", 1))

    def seen(self, room: int, line_id: int) -> None:
        self.d.called("chat.seen", room, line_id)
        self.read[room] = max(line_id, self.read.get(room, 0))

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        self.d.called("chat.undo", undo)
        self.gone ^= {undo.id}
        return None


class FakeRules:
    """A page for each mailbox."""

    def __init__(self, desk: Any) -> None:
        self.d = desk
        self.pages: dict[int, RulesPage] = {}

    def focus(self) -> tuple[DayHours, ...]:
        found: tuple[DayHours, ...] = self.d.focus_hours
        return found

    def get(self, mailbox_id: int) -> RulesPage:
        self.d.called("rules.get", mailbox_id)
        name = next(box.name for box in sample.MAILBOXES if box.id == mailbox_id)
        return self.pages.get(mailbox_id, RulesPage(mailbox_id, name))

    def edit(self, mailbox_id: int, text: str, version: int) -> Ruled:
        self.d.called("rules.edit", mailbox_id, text, version)
        old = self.get(mailbox_id)
        page = replace(
            old, text=text, version=version + 1, changed_by=self.d.me.name, changed_at=self.d.moment
        )
        self.pages[mailbox_id] = page
        return Ruled(page, TalkUndo("rules", mailbox_id, "edited", page.version, old.text))

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        self.edit(undo.id, undo.before, undo.version)
        return None
