"""The tray of stopped replies: finished texts that did not leave, beside what stopped them, until they are sent, edited
or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.outbox import OutboxItem
from maildesk.domain.reply import Recalled, StoppedReply, StopReason
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.rows import ConversationRows
from maildesk.screens.stops import because, shown, since
from maildesk.screens.words import colleague, list_time, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit


class StoppedScreen(ConversationRows[StoppedReply]):
    """My stopped replies, the newest first; a supervisor sees everybody's, and may only read those of others."""

    context: ClassVar[Context] = "stopped"
    title_key = "outbox.stopped.title"
    empty_key = "outbox.stopped.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("stopped")]

    async def load(self) -> Sequence[StoppedReply] | None:
        found = await self.tried(lambda desk: (desk.drafts.stopped(), desk.now()))
        if found is None:
            return None
        rows, self._now = found
        return rows

    def identity(self, row: StoppedReply) -> int:
        return row.conversation_id * 10_000 + row.author_id

    def conversation_of(self, row: StoppedReply) -> int:
        return row.conversation_id

    def line(self, row: StoppedReply) -> Content:
        at = list_time(row.stop.at, self._now, self.host.settings.zone)
        mine = row.author_id == self.desk.me.id
        return joined(
            (fit(SafeText(f"! {t(f'outbox.stop.{row.stop.reason}.short')}"), 13), "$text-warning bold"),
            (fit(SafeText(t("outbox.at.stopped", at=at)), 12), "$text-muted"),
            (fit(number(row.conversation_id), 7), "$text-muted"),
            "" if mine else f"{colleague(row.author)}  ",
            subject(row.subject),
        )

    async def about(self, row: StoppedReply) -> Sequence[Paragraph]:
        conversation = await self.tried(lambda desk: desk.conversations.get(row.conversation_id))
        zone = self.host.settings.zone
        found: list[Paragraph] = [
            (subject(row.subject), "title"),
            (because(row.stop, self._now, zone), "warning"),
        ]
        if row.author_id != self.desk.me.id:
            found.append((safe_line(t("outbox.stopped.others", who=colleague(row.author))), "muted"))
        newer = shown(since(conversation, row.stop), self._now, zone) if conversation is not None else []
        found += [(NOTHING, "text"), (SafeText(t("outbox.stopped.since")), "key")]
        found += newer or [(SafeText(t("outbox.stopped.quiet")), "muted"), (NOTHING, "text")]
        found.append((SafeText(t("outbox.stopped.text")), "key"))
        found += [(SafeText(line), "text") for line in safe(row.text.rstrip()).split("\n")]
        return found

    def offered(self, action_id: str) -> bool | None:
        if action_id in ("stopped.send", "drafts.discard", "outbox.open"):
            return self._mine is not None
        return self.row is not None if action_id == "stopped.copy" else True

    def on_option_list_option_highlighted(self) -> None:
        self.refresh_footer()

    @property
    def _mine(self) -> StoppedReply | None:
        row = self.row
        return row if row is not None and row.author_id == self.desk.me.id else None

    # acting

    def action_stopped_send(self) -> None:
        if (row := self._mine) is not None:
            self.go_on(row, review=True)

    def action_outbox_open(self) -> None:
        if (row := self._mine) is not None:
            self.go_on(row, review=False)
        elif self.row is not None:
            self.host.open_conversation(self.row.conversation_id)

    @work(exclusive=True, group="reply")
    async def go_on(self, row: StoppedReply, *, review: bool) -> None:
        """Edit it, or with ``review`` send it after a last look, past all that is checked when a reply is sent."""
        number = row.conversation_id
        if row.outbox_id is None:
            await self.begin(number, True, None, review=review, seen_version=row.version)
        elif (item := await self._item(row.outbox_id)) is None:
            pass
        elif review and row.stop.reason is StopReason.NEW_MAIL:
            await self.release(item)
        else:
            await self.pull_back(item, review=review)
        self.read()

    async def _item(self, outbox_id: int) -> OutboxItem | None:
        return await self.tried(lambda desk: desk.outbox.item(outbox_id))

    def action_drafts_discard(self) -> None:
        if (row := self._mine) is not None:
            self.discard(row)

    @work(exclusive=True, group="discard")
    async def discard(self, row: StoppedReply) -> None:
        """Throw it away; z brings it back as a draft."""
        outbox_id = row.outbox_id
        if outbox_id is not None:
            back = await self.tried(lambda desk: desk.outbox.pull_back(outbox_id))
            if not isinstance(back, Recalled):
                self.read()
                return
        self.host.undoing.discard(row.conversation_id)

    def action_stopped_copy(self) -> None:
        if self.row is not None:
            self.app.copy_to_clipboard(self.row.text)
            self.host.say(t("compose.copied"))
