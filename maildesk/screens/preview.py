"""The preview beside or below the list: the newest message of the conversation under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer

from maildesk.domain.conversation import Conversation, ConversationSummary
from maildesk.domain.hit import Hit, told
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.template import Suggestion
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.row_signs import due_line, waits_for
from maildesk.screens.words import day_time, number, sender, size, subject
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import NOTHING

if TYPE_CHECKING:
    from maildesk.screens.inbox import InboxScreen

MOST = 4000
"""Characters of a text that a preview shows."""


class Preview(Vertical):
    """Shows the row at once and the text a moment later, when the cursor has come to rest."""

    REST = 0.12
    """Seconds without a move before the conversation is read."""

    def __init__(self) -> None:
        super().__init__()
        self._row: ConversationSummary | None = None
        self._read: tuple[int, int, str] | None = None
        self._timer: Timer | None = None
        self._words = NOTHING
        self._wanted = True

    def compose(self) -> ComposeResult:
        yield Rule()
        with VerticalScroll(can_focus=False):
            yield Paragraphs(id="preview-head")
            yield Paragraphs(id="preview-text")

    @property
    def _inbox(self) -> InboxScreen:
        return cast("InboxScreen", self.screen)

    @property
    def wanted(self) -> bool:
        """Whether the agent wants to see it."""
        return self._wanted

    @wanted.setter
    def wanted(self, value: bool) -> None:
        self._wanted = value
        self.display = value

    def title(self, words: SafeText) -> None:
        """``words`` at the right end of the line above."""
        self._words = words
        name = t("inbox.preview", number=number(self._row.id)) if self._row is not None else ""
        self.query_one(Rule).show(safe_line(name), words)

    def show(self, row: ConversationSummary | None) -> None:
        """Show a conversation, None for nothing. While nobody wants to see it, nothing is done."""
        if not self._wanted:
            self._row = self._read = None
            return
        known = row is not None and self._row is not None and row.id == self._row.id
        self._row = row
        self.title(self._words)
        if row is None:
            self._read = None
            self.query_one("#preview-head", Paragraphs).show((safe_line(t("inbox.preview.none")), "muted"))
            self.query_one("#preview-text", Paragraphs).show()
            return
        self._head(row)
        if not known:
            self.query_one("#preview-text", Paragraphs).show((safe(row.snippet), "text"))
        if (row.id, row.version, self._inbox.listing.query_text) != self._read:
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(self.REST, self.read)

    def _head(self, row: ConversationSummary) -> None:
        zone = self._inbox.host.settings.zone
        parts = [sender(row.customer_name, row.customer_address)]
        if row.customer_name.strip():
            parts[0] = safe_line(f"{row.customer_name} <{row.customer_address}>")
        now = self._inbox.listing.read_at or row.last_message_at
        parts += [safe_line(row.mailbox_name), day_time(row.last_message_at, now, zone)]
        if row.assignee_name:
            parts.append(safe_line(t("inbox.preview.assignee", name=row.assignee_name)))
        if row.due_at is not None:
            parts.append(due_line(row.due_at, now, zone))
        if waits := waits_for(row, now, zone):
            parts.append(waits)
        if row.archived:
            parts.append(SafeText(t("common.archived")))
        if row.labels:
            parts.append(safe_line(" ".join(f"[{label}]" for label in row.labels)))
        head: list[Paragraph] = [(SafeText("  ".join(parts)), "muted")]
        if self._inbox.has_class("-right"):
            head.insert(0, (subject(row.subject), "title"))
        self.query_one("#preview-head", Paragraphs).show(*head)

    def speak(self) -> None:
        """The language has changed: show it anew."""
        self._read = None
        self.show(self._row)

    @work(exclusive=True, group="preview")
    async def read(self) -> None:
        """Read the conversation. Where that fails the list says so; the preview keeps the first words."""
        row = self._row
        if row is None or self._inbox.host.desk is None:
            return
        query = self._inbox.listing.query_text
        try:
            conversation, suggestions, hits = await self._inbox.ask(
                lambda desk: (
                    desk.conversations.get(row.id),
                    desk.templates.suggest(row.id, limit=1),
                    desk.inbox.hits(query, [row.id]) if query else {},
                )
            )
        except MaildeskError:
            return
        if self._row is not None and self._row.id == row.id and not self._inbox.is_going:
            self._read = (row.id, row.version, query)
            self._text(conversation, suggestions, hits.get(row.id))

    def _text(self, conversation: Conversation, suggestions: tuple[Suggestion, ...], hit: Hit | None) -> None:
        from maildesk.mail.reply import reply_text

        last = conversation.last_in
        paragraphs: list[Paragraph] = []
        if last is not None:
            if hit is not None:
                paragraphs += [(safe_line(told(hit)), "key"), (NOTHING, "text")]
            paragraphs.append((SafeText(safe(reply_text(last.text))[:MOST]), "text"))
            if last.attachments:
                sign = t("inbox.flag.attachments")
                files = "   ".join(f"{sign} {file.name} {size(file.size)}" for file in last.attachments)
                paragraphs += [(NOTHING, "text"), (safe_line(files), "key")]
        if suggestions:
            key = self._inbox.host.keymap.shown("conversation.reply_suggest")
            name, score = suggestions[0].template.name, suggestions[0].score
            words = safe_line(t("inbox.preview.suggest", name=name, score=score, key=key))
            paragraphs += [(NOTHING, "text"), (words, "muted")]
        self.query_one("#preview-text", Paragraphs).show(*paragraphs)
