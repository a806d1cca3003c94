"""The rules of a mailbox, as the team wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.talk import RulesPage, may_edit_rules
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.confirm import Confirm
from maildesk.screens.fuzzy import Choice
from maildesk.screens.note import NoteEditor
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.picker import Picker
from maildesk.screens.replying import Replying
from maildesk.screens.rereading import Rereading
from maildesk.screens.title import TitleBar
from maildesk.screens.words import colleague, full_time
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.rule import Rule

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp

_HEADING = re.compile(r"#{1,6}\s+(.*)")
_ITEM = re.compile(r"(\s*)[-*+]\s+(.*)")


class RulesScreen(Rereading):
    """Everybody reads it; who leads edits it in the editor."""

    context: ClassVar[Context] = "rules"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("rules")]

    def __init__(self, mailbox_id: int) -> None:
        super().__init__()
        self.page: RulesPage | None = None
        self._mailbox_id = mailbox_id
        self._unsaved: str | None = None
        """What was written and could not be kept: the editor begins with it the next time."""

    @property
    def place(self) -> SafeText:
        return SafeText(t("talk.rules.title"))

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Rule(classes="under-title")
        with VerticalScroll(id="rules"):
            yield Paragraphs()

    def on_mount(self) -> None:
        self.read()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the page again."""
        found = await self.tried(lambda desk: (desk.rules.get(self._mailbox_id), desk.now()))
        if found is None or self.is_going:
            return
        self.page, now = found
        parts: list[Part] = []
        if self.page.changed_at is not None:
            at = full_time(self.page.changed_at, now, self.host.settings.zone)
            parts.append((SafeText(f"{colleague(self.page.changed_by)}  {at}"), "muted"))
        title = safe_line(t("talk.rules.of", mailbox=self.page.mailbox))
        self.query_one(TitleBar).show(SafeText("‹"), title, parts)
        self.query_one(Paragraphs).show(*(_paragraphs(self.page.text) if self.page.text else self._empty()))
        self.refresh_footer()

    def _empty(self) -> Iterator[Paragraph]:
        yield SafeText(t("talk.rules.empty")), "muted"
        if may_edit_rules(self.desk.me):
            yield SafeText(t("talk.rules.empty.edit", key=self.host.keymap.shown("rules.edit"))), "muted"

    def offered(self, action_id: str) -> bool | None:
        return may_edit_rules(self.desk.me) if action_id == "rules.edit" else True

    def action_outbox_down(self) -> None:
        self.query_one("#rules").scroll_relative(y=1, animate=False)

    def action_outbox_up(self) -> None:
        self.query_one("#rules").scroll_relative(y=-1, animate=False)

    def action_outbox_page_down(self) -> None:
        self.query_one("#rules").scroll_page_down(animate=False)

    def action_outbox_page_up(self) -> None:
        self.query_one("#rules").scroll_page_up(animate=False)

    def action_rules_edit(self) -> None:
        if self.page is None:
            return
        if not may_edit_rules(self.desk.me):
            self.host.say(t("talk.rules.not_yours"), "warning")
            return
        self._edit(self.page)

    @work(exclusive=True, group="pick")
    async def _edit(self, page: RulesPage) -> None:
        title = t("talk.rules.of", mailbox=page.mailbox)
        before = page.text if self._unsaved is None else self._unsaved
        text = await self.app.push_screen_wait(
            NoteEditor[str](title, lambda words: lambda _desk: words, before)
        )
        if text is not None and text.strip() != page.text.strip():
            self._unsaved = text
            await self._save(text, page.version)

    async def _save(self, text: str, version: int) -> None:
        """Keep what was written. Where a colleague wrote meanwhile, ask before his text goes (z brings it back)."""
        now = await self.tried(lambda desk: desk.rules.get(self._mailbox_id))
        if now is None:
            return
        if now.version != version:
            line = t("talk.rules.meanwhile", who=colleague(now.changed_by))
            if not await self.app.push_screen_wait(Confirm(t("talk.rules.overwrite"), line)):
                self.read()
                return
        ruled = await self.tried(lambda desk: desk.rules.edit(self._mailbox_id, text, now.version))
        if ruled is not None:
            self._unsaved = None
            self.host.undoing.remember(ruled.undo)
            self.host.say(t("talk.note.edited", key=self.host.keymap.shown("app.undo")))
            self.read()

    def action_app_back(self) -> None:
        if self.is_current:
            self._leave()

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        if self._unsaved is None or await self.app.push_screen_wait(Confirm(t("talk.note.discard"))):
            self.dismiss(None)


async def show(app: MaildeskApp) -> None:
    """Show the rules of the mailbox of what is in front, over it; where nothing says which, let the agent choose."""
    screen = app.screen
    if app.desk is None or not isinstance(screen, DeskScreen):
        return
    boxes = await screen.tried(lambda desk: desk.inbox.mailboxes())
    if not boxes:
        return
    rows = [screen.summary_of(number) for number in screen.targets()] if isinstance(screen, Replying) else []
    here = next((row.mailbox_id for row in rows if row is not None), boxes[0].id if len(boxes) == 1 else None)
    if here is None:
        choices = [Choice(box.id, box.name, box.short_name) for box in boxes]
        here = await app.push_screen_wait(Picker(t("talk.rules.which"), choices))
    if here is not None:
        app.push_screen(RulesScreen(here))


def _paragraphs(text: str) -> Iterator[Paragraph]:
    """Markdown as far as a terminal shows it: headings, lists, the rest as it was written."""
    for line in text.split("\n"):
        if heading := _HEADING.fullmatch(line):
            yield safe_line(heading[1]), "title"
        elif item := _ITEM.fullmatch(line):
            yield safe(f"{item[1]}・{item[2]}"), "text"
        else:
            yield safe(line), "text"
