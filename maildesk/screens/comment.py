"""The editor of internal comments. It looks unlike the composer, says who will read it, and knows no recipients."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from maildesk.domain.conversation import ConversationSummary
from maildesk.locale import t
from maildesk.screens.confirm import Confirm
from maildesk.screens.dialogs import TextDialog
from maildesk.screens.mentioning import Mentioning
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.words import number, subject
from maildesk.widgets.text import content
from maildesk.widgets.writing_area import WritingArea


class CommentScreen(TextDialog[bool]):
    """Write a comment for colleagues; the result is whether one was added."""

    AUTO_FOCUS = "WritingArea"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False, priority=True)]

    def __init__(self, row: ConversationSummary, text: str = "") -> None:
        super().__init__()
        self.row = row
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog comment") as box:
            box.border_title = content(t("compose.comment.title", number=number(self.row.id)))
            yield Static(content(subject(self.row.subject)), classes="line")
            yield Static(content(t("compose.comment.note")), classes="note")
            yield WritingArea(self._text)
            yield Paragraphs(id="mentions")
            yield self.keys(t("common.save"))

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

    def action_complete(self) -> None:
        self._mentioning.complete()

    def action_finish(self) -> None:
        self._add()

    def action_close(self) -> None:
        self._leave()

    @work(exclusive=True, group="comment")
    async def _add(self) -> None:
        text = self.query_one(WritingArea).text.strip()
        if not text:
            self.host.say(t("compose.comment.empty"), "warning")
            return
        added = await self.tried(lambda desk: desk.comments.add(self.row.id, text))
        if added is not None:
            self.host.say(t("compose.comment.added", number=self.row.id))
            self.dismiss(True)

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        text = self.query_one(WritingArea).text
        written = bool(text.strip()) and text != self._text
        if not written or await self.app.push_screen_wait(Confirm(t("compose.comment.discard"))):
            self.dismiss(False)
