"""My unfinished replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.reply import DraftSummary
from maildesk.domain.safetext import safe, safe_line
from maildesk.keymap import Context
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.rows import ConversationRows
from maildesk.screens.words import full_time, list_time, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit


class DraftsScreen(ConversationRows[DraftSummary]):
    """The drafts, the newest first."""

    context: ClassVar[Context] = "drafts"
    title_key = "outbox.drafts.title"
    empty_key = "outbox.drafts.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("drafts")]

    async def load(self) -> Sequence[DraftSummary] | None:
        found = await self.tried(lambda desk: (desk.drafts.mine(), desk.now()))
        if found is None:
            return None
        drafts, self._now = found
        return sorted(drafts, key=lambda draft: draft.saved_at, reverse=True)

    def identity(self, row: DraftSummary) -> int:
        return row.conversation_id

    def conversation_of(self, row: DraftSummary) -> int:
        return row.conversation_id

    def line(self, row: DraftSummary) -> Content:
        at = list_time(row.saved_at, self._now, self.host.settings.zone)
        return joined(
            (fit(at, 7), "$text-muted"),
            (fit(number(row.conversation_id), 7), "$text-muted"),
            fit(safe_line(row.customer_name), 16),
            " ",
            subject(row.subject),
        )

    async def about(self, row: DraftSummary) -> Sequence[Paragraph]:
        at = full_time(row.saved_at, self._now, self.host.settings.zone)
        draft = await self.tried(lambda desk: [desk.drafts.of(row.conversation_id)])
        text = draft[0].body if draft is not None and draft[0] is not None else row.first_line
        return [(subject(row.subject), "title"), (at, "muted"), (NOTHING, "text"), (safe(text), "text")]

    def offered(self, action_id: str) -> bool | None:
        return self.row is not None if action_id in ("outbox.open", "drafts.discard") else True

    def action_outbox_open(self) -> None:
        self.action_conversation_reply()

    def action_drafts_discard(self) -> None:
        if self.row is not None:
            self.host.undoing.discard(self.row.conversation_id)
