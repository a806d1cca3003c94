"""The editor of what the team writes to itself: announcements, hand-over notes, rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from maildesk.locale import t
from maildesk.screens.confirm import Confirm
from maildesk.screens.dialogs import TextDialog
from maildesk.widgets.text import content
from maildesk.widgets.writing_area import WritingArea

if TYPE_CHECKING:
    from maildesk.desk import Desk

Kept = TypeVar("Kept")


class NoteEditor(TextDialog[Kept | None], Generic[Kept]):
    """Write a note; ``keep`` says how the desk keeps the text. The result is what was kept, None for Escape."""

    AUTO_FOCUS = "WritingArea"

    def __init__(self, title: str, keep: Callable[[str], Callable[[Desk], Kept]], text: str = "") -> None:
        super().__init__()
        self._title = title
        self._keep = keep
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog comment") as box:
            box.border_title = content(self._title)
            yield Static(content(t("talk.note.internal")), classes="note")
            yield WritingArea(self._text)
            yield self.keys(t("common.save"))

    def on_mount(self) -> None:
        area = self.query_one(WritingArea)
        area.move_cursor(area.document.end)

    def action_finish(self) -> None:
        self._save()

    def action_close(self) -> None:
        self._leave()

    @work(group="save")
    async def _save(self) -> None:
        text = self.query_one(WritingArea).text
        if not text.strip():
            self.host.say(t("talk.note.empty"), "warning")
            return
        kept = await self.once(self._keep(text))
        if kept is not None:
            self.dismiss(kept)

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        text = self.query_one(WritingArea).text
        written = bool(text.strip()) and text != self._text
        if not written or await self.app.push_screen_wait(Confirm(t("talk.note.discard"))):
            self.dismiss(None)
