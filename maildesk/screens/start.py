"""What to know before work begins: announcements, hand-over notes, what is overdue, and what names me."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.reply_target import signed
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.talk import Mention, Note, Overdue, OverdueList, may_withdraw
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.mentions import mention_about, mention_line
from maildesk.screens.note import NoteEditor
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.picker import Picker
from maildesk.screens.rows import RowsScreen
from maildesk.screens.words import ago, colleague, full_time, list_time, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.text import NOTHING, content, joined
from maildesk.widgets.wrap import fit

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.desk.talk_notes import Noted


class Heading(NamedTuple):
    """Stands over the rows of a part; ``words`` say how many there are."""

    part: int
    words: SafeText


StartRow = Heading | Note | Overdue | Mention


class StartScreen(RowsScreen[StartRow]):
    """Notes are marked as read with Enter, and by nothing else."""

    context: ClassVar[Context] = "start"
    title_key = "talk.start.title"
    empty_key = "talk.start.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("start")]

    async def load(self) -> Sequence[StartRow] | None:
        def read(desk: Desk) -> tuple[Sequence[Note], OverdueList, Sequence[Mention]]:
            self._now = desk.now()
            return desk.notes.list(), desk.notes.overdue(), desk.mentions.list(unread=True)

        found = await self.tried(read)
        if found is None:
            return None
        notes, overdue, mentions = found
        shops = "  ".join(f"{name} {count}" for name, count in overdue.counts)
        parts: tuple[tuple[str, Sequence[StartRow], str], ...] = (
            ("announcements", [one for one in notes if one.is_announcement], ""),
            ("handover", [one for one in notes if not one.is_announcement], ""),
            ("overdue", overdue.rows, f"{overdue.total:,}  {shops}" if overdue.total else ""),
            ("mentions", mentions, f"{len(mentions):,}" if mentions else ""),
        )
        rows: list[StartRow] = []
        for place, (name, members, count) in enumerate(parts):
            words = [t(f"talk.start.{name}"), count or ("" if members else t("talk.start.none"))]
            rows.append(Heading(place, safe_line("  ".join(word for word in words if word))))
            rows += members
        return rows

    def title_parts(self) -> Sequence[Part]:
        return [(SafeText(t("talk.start.hint")), "muted")]

    def identity(self, row: StartRow) -> int:
        """Numbers of different kinds of rows never meet."""
        match row:
            case Heading():
                return -1 - row.part
            case Note():
                return row.id * 4
            case Overdue():
                return row.id * 4 + 1
        return row.comment_id * 4 + 2

    def is_heading(self, row: StartRow) -> bool:
        return isinstance(row, Heading)

    def line(self, row: StartRow) -> Content:
        zone = self.host.settings.zone
        match row:
            case Heading():
                return content(f"── {row.words} ──", "$text-primary bold")
            case Mention():
                return mention_line(row, list_time(row.at, self._now, zone))
            case Overdue():
                who = f"{colleague(row.assignee)}  " if row.assignee else ""
                return joined(
                    (f"{signed(row.since, self._now):>7} ", "$text-error bold"),
                    (f"{number(row.id)} {who}", "$text-muted"),
                    f"{safe_line(row.customer_name)}  {subject(row.subject)}",
                )
        style = "bold" if row.unread else ""
        first = row.text.split("\n", 1)[0]
        return joined(
            ("▪ " if row.unread else "  ", "$text-warning bold"),
            (fit(list_time(row.at, self._now, zone), 6), "$text-muted"),
            (f"{safe_line(row.shop)} " if row.shop else "", "$text-muted"),
            (f"{safe_line(row.author)}: {safe_line(first)}", style),
        )

    async def about(self, row: StartRow) -> Sequence[Paragraph]:
        zone = self.host.settings.zone
        match row:
            case Note():
                return self._about_note(row)
            case Mention():
                return mention_about(row, self._now, zone)
            case Overdue():
                late = t("talk.start.late", ago=ago(row.since, self._now))
                who = colleague(row.assignee) if row.assignee else t("talk.start.nobody")
                return [
                    (SafeText(f"{number(row.id)} {subject(row.subject)}"), "title"),
                    (safe_line(f"{row.customer_name}  {row.shop}"), "text"),
                    (safe_line(late), "error"),
                    (safe_line(t("talk.start.assignee", who=who)), "muted"),
                ]
        return []

    def _about_note(self, row: Note) -> Sequence[Paragraph]:
        zone = self.host.settings.zone
        where = t("talk.note.handover", shop=row.shop) if row.shop else t("talk.note.announcement")
        by = [f"{colleague(row.author)}  {full_time(row.at, self._now, zone)}"]
        if row.changed_at is not None:
            by.append(t("talk.note.changed", at=full_time(row.changed_at, self._now, zone)))
        names = t("talk.mention.and").join(colleague(name) for name in row.read_by)
        read = t("talk.note.read_by", names=names) if names else t("talk.note.read_by_nobody")
        return [
            (safe_line(where), "title"),
            *((safe_line(line), "muted") for line in by),
            (NOTHING, "text"),
            (safe(row.text), "text"),
            (NOTHING, "text"),
            (safe_line(read), "muted"),
        ]

    def offered(self, action_id: str) -> bool | None:
        row = self.row
        match action_id:
            case "outbox.open":
                return row is not None
            case "start.edit":
                return isinstance(row, Note) and row.author_id == self.desk.me.id
            case "start.withdraw":
                return isinstance(row, Note) and may_withdraw(self.desk.me, row.author_id)
            case "mentions.read_all":
                return any(
                    (isinstance(one, Note) and one.unread) or isinstance(one, Mention) for one in self.rows
                )
            case "mentions.follow":
                return isinstance(row, Mention | Overdue)
        return True

    def on_option_list_option_highlighted(self) -> None:
        super().on_option_list_option_highlighted()
        self.refresh_footer()

    def action_outbox_open(self) -> None:
        match self.row:
            case Note():
                self._read([self.row.id])
            case Mention():
                self._open(self.row.conversation_id, self.row.comment_id)
            case Overdue():
                self._open(self.row.id, None)

    @work(exclusive=True, group="talk")
    async def _open(self, conversation_id: int, comment_id: int | None) -> None:
        if comment_id is None or await self.tried(lambda desk: desk.mentions.read([comment_id])) is not None:
            self.host.read_conversation(conversation_id)

    @work(exclusive=True, group="talk")
    async def _read(self, ids: Sequence[int]) -> None:
        """Say that I read a note, and go on to the next row."""
        if await self.tried(lambda desk: desk.notes.read(ids)) is not None:
            self.host.hearing.tell()
            self.action_outbox_down()

    @work(exclusive=True, group="talk")
    async def action_mentions_read_all(self) -> None:
        count = await self.tried(lambda desk: desk.notes.read() + desk.mentions.read())
        if count is not None:
            self.host.say(t("talk.mentions.read", count=count))
            self.host.hearing.tell()

    @work(exclusive=True, group="talk")
    async def action_mentions_follow(self) -> None:
        row = self.row
        if not isinstance(row, Mention | Overdue):
            return
        followed = row.conversation_id if isinstance(row, Mention) else row.id
        if await self.tried(lambda desk: desk.triage.follow([followed])) is not None:
            self.host.say(t("inbox.followed", numbers=f"#{followed}"))

    # writing

    @work(exclusive=True, group="pick")
    async def action_start_write(self) -> None:
        boxes = await self.tried(lambda desk: desk.inbox.mailboxes())
        if boxes is None:
            return
        choices = [Choice(0, t("talk.note.to_all"), also=("all", "おしらせ"))]
        choices += [Choice(box.id, t("talk.note.handover", shop=box.name), box.short_name) for box in boxes]
        chosen = await self.app.push_screen_wait(Picker(t("talk.note.where"), choices))
        if chosen is None:
            return
        title = next(choice.label for choice in choices if choice.value == chosen)

        def keep(text: str) -> Callable[[Desk], Noted]:
            return lambda desk: desk.notes.add(text, mailbox_id=chosen or None)

        self._wrote(await self.app.push_screen_wait(NoteEditor(title, keep)))

    @work(exclusive=True, group="pick")
    async def action_start_edit(self) -> None:
        row = self.row
        if not isinstance(row, Note) or row.author_id != self.desk.me.id:
            return

        def keep(text: str) -> Callable[[Desk], Noted]:
            return lambda desk: desk.notes.edit(row.id, text)

        self._wrote(await self.app.push_screen_wait(NoteEditor(t("talk.note.edit"), keep, row.text)))

    @work(exclusive=True, group="talk")
    async def action_start_withdraw(self) -> None:
        row = self.row
        if isinstance(row, Note):
            self._wrote(await self.tried(lambda desk: desk.notes.withdraw(row.id)))

    def _wrote(self, noted: Noted | None) -> None:
        if noted is not None:
            self.host.undoing.remember(noted.undo)
            key = self.host.keymap.shown("app.undo")
            self.host.say(t(f"talk.note.{noted.undo.act}", key=key))
            self.host.hearing.tell()
