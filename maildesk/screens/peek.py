"""A colleague's draft, to read: of who holds the claim now, or of whom it was taken over from."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from maildesk.domain.reply import ColleaguesDraft
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.words import clock, colleague, number
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import NOTHING, content

EVERY = 2.0
"""Seconds between two looks while its author may be typing."""


_KEYS = ("view.down", "view.up", "view.copy", "view.close")


class Peek(DeskDialog[ColleaguesDraft | None]):
    """The claim holder's draft as it grows. With ``given`` (a draft that is there already) that one, which ``c`` takes
    for one's own reply."""

    context: ClassVar[Context] = "view"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view", only=_KEYS.__contains__)]

    def __init__(self, conversation_id: int, given: ColleaguesDraft | None = None) -> None:
        super().__init__()
        self.conversation_id = conversation_id
        self._given = given

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog review waiting"):
            with VerticalScroll():
                yield Paragraphs()
            keys = [(self.host.keymap.shown("view.close"), t("common.back"))]
            if self._given is not None:
                keys.insert(0, (self.host.keymap.shown("view.copy"), t("claim.peek.copy")))
            yield KeysLine(*keys, classes="keys")

    def on_mount(self) -> None:
        if self._given is not None:
            self._show(self._given)
        else:
            self.read()
            self.set_interval(EVERY, self._again)

    def _again(self) -> None:
        """A desk that takes longer than this to answer is not asked anew: nothing would ever be shown."""
        if not self.is_at("peek"):
            self.read()

    @work(exclusive=True, group="peek")
    async def read(self) -> None:
        """Read it again."""
        found = await self.tried(lambda desk: [desk.drafts.peek(self.conversation_id)])
        if found is None:
            self.dismiss(None)
        elif not self.is_going:
            self._show(found[0])

    def _show(self, found: ColleaguesDraft | None) -> None:
        box, where = self.query_one(Vertical), number(self.conversation_id)
        if found is None:
            box.border_title = content(t("claim.peek.title.none", number=where))
            self.query_one(Paragraphs).show((SafeText(t("claim.peek.none")), "muted"))
            return
        box.border_title = content(t("claim.peek.title", who=colleague(found.author), number=where))
        state = t("claim.peek.live")
        if not found.live and found.draft.saved_at is not None:
            state = t("claim.peek.saved", at=clock(found.draft.saved_at, self.host.settings.zone))
        lines: list[Paragraph] = [
            (safe_line(state), "warning" if found.live else "muted"),
            (safe_line(found.draft.subject), "title"),
            (NOTHING, "text"),
        ]
        lines += [(SafeText(line), "text") for line in safe(found.draft.body.rstrip()).split("\n")]
        self.query_one(Paragraphs).show(*lines)

    def action_view_down(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=1, animate=False)

    def action_view_up(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=-1, animate=False)

    def action_view_copy(self) -> None:
        if self._given is not None:
            self.dismiss(self._given)

    def action_view_close(self) -> None:
        self.dismiss(None)
