"""The outbox: what is on its way, what did not get there, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.outbox import TRANSITIONS, OutboxItem, OutboxState, Step
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context
from maildesk.locale import has, t
from maildesk.screens.confirm import Confirm
from maildesk.screens.paragraphs import Look, Paragraph
from maildesk.screens.rows import RowsScreen
from maildesk.screens.words import addresses, full_time, list_time, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit

Act = Literal["mark_sent", "send_again", "cancel"]
_STEPS: dict[Act, Step] = {"mark_sent": Step.CONFIRM, "send_again": Step.RESEND, "cancel": Step.CANCEL}
_LOOKS: dict[OutboxState, str] = {
    OutboxState.FAILED: "$text-error bold",
    OutboxState.UNCERTAIN: "$text-warning bold",
    OutboxState.SENT: "$text-success",
    OutboxState.CANCELLED: "$text-muted",
}


class OutboxScreen(RowsScreen[OutboxItem]):
    """What was queued, the newest first; what needs a person stands on top."""

    context: ClassVar[Context] = "outbox"
    title_key = "outbox.title"
    empty_key = "outbox.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("outbox")]

    async def load(self) -> Sequence[OutboxItem] | None:
        found = await self.tried(lambda desk: (desk.outbox.items(), desk.now()))
        if found is None:
            return None
        items, self._now = found
        return sorted(items, key=lambda item: not item.state.needs_a_person)

    def identity(self, row: OutboxItem) -> int:
        return row.id

    def conversation_of(self, row: OutboxItem) -> int:
        return row.conversation_id

    def line(self, row: OutboxItem) -> Content:
        at = list_time(row.sent_at or row.queued_at, self._now, self.host.settings.zone)
        return joined(
            (fit(SafeText(t(f"outbox.{row.state}")), 12), _LOOKS.get(row.state, "")),
            (fit(at, 7), "$text-muted"),
            (fit(number(row.conversation_id), 7), "$text-muted"),
            subject(row.subject),
        )

    async def about(self, row: OutboxItem) -> Sequence[Paragraph]:
        zone = self.host.settings.zone
        found: list[Paragraph] = [
            (subject(row.subject), "title"),
            (safe_line(t("outbox.to", names=addresses(row.recipients))), "text"),
            (
                safe_line(t("outbox.from", who=row.author, at=full_time(row.queued_at, self._now, zone))),
                "muted",
            ),
        ]
        if row.state is OutboxState.QUEUED:
            found.append((SafeText(t("outbox.next", at=full_time(row.not_before, self._now, zone))), "text"))
        if row.refused:
            found.append((safe_line(t("outbox.refused", names=", ".join(row.refused))), "error"))
        if row.state.needs_a_person:
            look: Look = "warning" if row.state is OutboxState.UNCERTAIN else "error"
            found += [(NOTHING, "text"), (SafeText(t(f"outbox.explain.{row.state}")), look)]
        found += [(NOTHING, "text"), (SafeText(t("outbox.attempts")), "title")]
        events = await self.tried(lambda desk: desk.outbox.attempts(row.id))
        for event in events or ():
            key = f"outbox.event.{event.what}"
            what = t(key if has(key) else "conversation.event.other")
            reply = str(event.detail.get("reply") or "")
            at = f"{event.at.astimezone(zone):%H:%M:%S}"
            found.append((safe_line(t("outbox.attempt", at=at, what=what, reply=reply).rstrip()), "text"))
        if not events:
            found.append((SafeText(t("outbox.none")), "muted"))
        found += [(NOTHING, "text"), (safe_line(t("outbox.message_id", id=row.message_id)), "muted")]
        return found

    def offered(self, action_id: str) -> bool | None:
        act = action_id.removeprefix("outbox.")
        for name, step in _STEPS.items():
            if act == name:
                return self.row is not None and (self.row.state, step) in TRANSITIONS
        return self.row is not None if action_id == "outbox.open" else True

    def on_option_list_option_highlighted(self) -> None:
        super().on_option_list_option_highlighted()
        self.refresh_footer()

    @work(exclusive=True, group="act")
    async def act(self, name: Act) -> None:
        """Ask, then do it."""
        row = self.row
        if row is None:
            return
        if (row.state, _STEPS[name]) not in TRANSITIONS:
            self.host.say(t("outbox.not_now", state=t(f"outbox.{row.state}")), "warning")
            return
        question = t(f"outbox.ask.{name}", number=row.conversation_id)
        if not await self.app.push_screen_wait(Confirm(t("outbox.ask.title"), question)):
            return
        done = await self.tried(lambda desk: getattr(desk.outbox, name)(row.id))
        if done is not None:
            self.host.say(t(f"outbox.done.{name}", number=row.conversation_id))
        self.read()
        self.host.standing.look()

    def action_outbox_mark_sent(self) -> None:
        self.act("mark_sent")

    def action_outbox_send_again(self) -> None:
        self.act("send_again")

    def action_outbox_cancel(self) -> None:
        self.act("cancel")

    def action_outbox_open(self) -> None:
        if self.row is not None:
            self.host.open_conversation(self.row.conversation_id)
