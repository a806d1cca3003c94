"""Comments that name me."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.talk import Mention
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.rows import RowsScreen
from maildesk.screens.words import colleague, full_time, list_time, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit


class MentionsScreen(RowsScreen[Mention]):
    """The newest first. Opening one reads it; nobody follows a conversation because he was named in it."""

    context: ClassVar[Context] = "mentions"
    title_key = "talk.mentions.title"
    empty_key = "talk.mentions.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("mentions")]

    async def load(self) -> Sequence[Mention] | None:
        found = await self.tried(lambda desk: (desk.mentions.list(), desk.now()))
        if found is None:
            return None
        mentions, self._now = found
        return mentions

    def title_parts(self) -> Sequence[Part]:
        return [(SafeText(t("talk.mentions.hint")), "muted")]

    def identity(self, row: Mention) -> int:
        return row.comment_id

    def line(self, row: Mention) -> Content:
        return mention_line(row, list_time(row.at, self._now, self.host.settings.zone))

    async def about(self, row: Mention) -> Sequence[Paragraph]:
        return mention_about(row, self._now, self.host.settings.zone)

    def offered(self, action_id: str) -> bool | None:
        if action_id == "mentions.read_all":
            return any(row.read_at is None for row in self.rows)
        return self.row is not None if action_id in ("outbox.open", "mentions.follow") else True

    def action_outbox_open(self) -> None:
        self._open()

    @work(exclusive=True, group="mention")
    async def _open(self) -> None:
        row = self.row
        if (
            row is not None
            and await self.tried(lambda desk: desk.mentions.read([row.comment_id])) is not None
        ):
            self.host.read_conversation(row.conversation_id)

    @work(exclusive=True, group="mention")
    async def action_mentions_read_all(self) -> None:
        count = await self.tried(lambda desk: desk.mentions.read())
        if count is not None:
            self.host.say(t("talk.mentions.read", count=count))
            self.host.hearing.tell()

    @work(exclusive=True, group="mention")
    async def action_mentions_follow(self) -> None:
        row = self.row
        if row is None:
            return
        followed = await self.tried(lambda desk: desk.triage.follow([row.conversation_id]))
        if followed is not None:
            self.host.say(t("inbox.followed", numbers=f"#{row.conversation_id}"))


def mention_line(row: Mention, at: str) -> Content:
    """A mention on one line; a mark for one that is unread."""
    style = "bold" if row.read_at is None else ""
    return joined(
        ("▪ " if row.read_at is None else "  ", "$text-warning bold"),
        (fit(SafeText(at), 6), "$text-muted"),
        (f"{number(row.conversation_id)} ", "$text-muted"),
        (f"{safe_line(row.author)}: ", style),
        (safe_line(row.text), style),
    )


def mention_about(row: Mention, now: datetime, zone: tzinfo | None) -> Sequence[Paragraph]:
    """A mention in full."""
    return [
        (SafeText(f"{number(row.conversation_id)} {subject(row.subject)}"), "title"),
        (safe_line(row.customer_name), "text"),
        (safe_line(f"{colleague(row.author)}  {full_time(row.at, now, zone)}"), "muted"),
        (NOTHING, "text"),
        (safe(row.text), "text"),
    ]
