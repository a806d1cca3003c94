"""The editor of internal comments. It looks unlike the composer, says who will read it, and knows no recipients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from maildesk.domain.conversation import ConversationSummary, Message
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.dialogs import TextDialog
from maildesk.screens.mentioning import Mentioning
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.words import number, subject
from maildesk.widgets.text import content
from maildesk.widgets.writing_area import WritingArea

if TYPE_CHECKING:
    from maildesk.desk import Desk

_NUMBERS = 8
"""How many conversations are named."""


class AboutMail(NamedTuple):
    """A mail that a comment may be about: its number, and how it is called. Whom it went to is none of our business."""

    id: int
    name: SafeText


class CommentScreen(TextDialog[bool]):
    """Write a comment for colleagues; the result is whether one was added."""

    AUTO_FOCUS = "WritingArea"

    def __init__(
        self, rows: Sequence[ConversationSummary], text: str = "", about: AboutMail | None = None
    ) -> None:
        """For one conversation, or the same comment for several; of one conversation ``about`` is the mail that the
        comment may be about instead."""
        super().__init__()
        self.rows = rows
        self._text = text
        self._mail = about if len(rows) == 1 else None
        self.on_mail = False
        """Whether it is about the mail."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog comment") as box:
            box.border_title = content(self._title)
            yield Static(content(self._about), id="about", classes="line")
            yield Static(content(t("compose.comment.note")), classes="note")
            yield WritingArea(self._text)
            yield Paragraphs(id="mentions")
            yield self.keys(t("common.save"))

    @property
    def _title(self) -> str:
        if len(self.rows) > 1:
            return t("compose.comment.title.many", count=len(self.rows))
        return t("compose.comment.title", number=number(self.rows[0].id))

    @property
    def _about(self) -> SafeText:
        """The subject, or the numbers of several."""
        if len(self.rows) == 1 and self._mail is None:
            return subject(self.rows[0].subject)
        if self._mail is not None:
            key = self.host.keymap.shown("dialog.target")
            if self.on_mail:
                return safe_line(t("compose.comment.on_mail", mail=self._mail.name, key=key))
            words = subject(self.rows[0].subject)
            return safe_line(t("compose.comment.on_all", subject=words, key=key))
        shown = " ".join(number(row.id) for row in self.rows[:_NUMBERS])
        more = len(self.rows) - _NUMBERS
        return safe_line(f"{shown} {t('confirm.more', count=more)}" if more > 0 else shown)

    def on_mount(self) -> None:
        area = self.query_one(WritingArea)
        area.move_cursor(area.document.end)
        self._mentioning = Mentioning(area, self.desk.me.id)
        self._know()
        if (said := self.host.command_line.take_answer()) is not None:
            area.text = said
            self._add()

    @work(group="people")
    async def _know(self) -> None:
        agents = await self.tried(lambda desk: desk.people.agents())
        if agents is not None and not self.is_going:
            self._mentioning.know(agents)
            self._show_mentions()

    def _show_mentions(self) -> None:
        self.query_one("#mentions", Paragraphs).show((self._mentioning.words(), "muted"))

    def on_text_area_changed(self) -> None:
        self._show_mentions()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        self._show_mentions()

    def action_dialog_complete(self) -> None:
        self._mentioning.complete()

    def action_dialog_target(self) -> None:
        """About the conversation, or about the mail."""
        if self._mail is not None:
            self.on_mail = not self.on_mail
            self.query_one("#about", Static).update(content(self._about))

    def action_finish(self) -> None:
        self._add()

    def action_close(self) -> None:
        self._leave()

    @work(group="comment")
    async def _add(self) -> None:
        text = self.query_one(WritingArea).text.strip()
        if not text:
            self.host.say(t("compose.comment.empty"), "warning")
            return
        ids = [row.id for row in self.rows]
        mail = self._mail.id if self._mail is not None and self.on_mail else None

        def add(desk: Desk) -> Sequence[Message]:
            if mail is None:
                return desk.comments.add_to(ids, text)
            return (desk.comments.add(ids[0], text, message_id=mail),)

        added = await self.once(add)
        if added is not None:
            self.host.undoing.wrote([one.id for one in added], Deed("comment"), ids)
            undo = t("deed.undo", key=self.host.keymap.shown("app.undo"))
            if len(ids) > 1:
                self.host.say(t("compose.comment.added.many", count=len(ids)) + undo)
            else:
                self.host.say(t("compose.comment.added", number=ids[0]) + undo)
            self.dismiss(True)

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        text = self.query_one(WritingArea).text
        written = bool(text.strip()) and text != self._text
        if not written or await self.app.push_screen_wait(Confirm(t("compose.comment.discard"))):
            self.dismiss(False)
