"""The outbox: what is on its way, what waits for its time or for somebody, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.outbox import RESEND_AFTER, TRANSITIONS, OutboxItem, OutboxState, Step
from maildesk.domain.safetext import SafeText
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import outbox_record
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.rows import ConversationRows
from maildesk.screens.words import list_time, number
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import joined
from maildesk.widgets.wrap import fit

if TYPE_CHECKING:
    from maildesk.desk import Desk

Act = Literal["mark_sent", "send_again", "cancel"]
_STEPS: dict[Act, Step] = {"mark_sent": Step.CONFIRM, "send_again": Step.RESEND, "cancel": Step.CANCEL}
_LOOKS: dict[OutboxState, str] = {
    OutboxState.FAILED: "$text-error bold",
    OutboxState.UNCERTAIN: "$text-warning bold",
    OutboxState.HELD: "$text-warning",
    OutboxState.SENT: "$text-success",
    OutboxState.CANCELLED: "$text-muted",
}
_ORDER = (
    OutboxState.UNCERTAIN,
    OutboxState.FAILED,
    OutboxState.HELD,
    OutboxState.SENDING,
    OutboxState.COMMITTING,
    OutboxState.QUEUED,
)
"""What needs a person first, then what is on its way; the rest as it comes, the newest first."""


class OutboxScreen(ConversationRows[OutboxItem]):
    """What was queued, the newest first; what needs a person stands on top however old it is."""

    context: ClassVar[Context] = "outbox"
    title_key = "outbox.title"
    empty_key = "outbox.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("outbox")]

    async def load(self) -> Sequence[OutboxItem] | None:
        found = await self.tried(_read)
        if found is None:
            return None
        items, self._now = found
        return sorted(items, key=_place)

    def identity(self, row: OutboxItem) -> int:
        return row.id

    def conversation_of(self, row: OutboxItem) -> int:
        return row.conversation_id

    def line(self, row: OutboxItem) -> Content:
        zone = self.host.settings.zone
        key, at = outbox_record.moment(row)
        when = t(f"outbox.at.{key}", at=list_time(at, self._now, zone))
        if key == "leaves" and at.astimezone(zone).date() > self._now.astimezone(zone).date():
            when = t("outbox.at.leaves", at=f"{at.astimezone(zone):%m/%d %H:%M}")
        return joined(
            (fit(SafeText(outbox_record.state(row)), 12), _LOOKS.get(_shown_as(row), "")),
            (fit(SafeText(when), 17), "$text-muted"),
            (fit(number(row.conversation_id), 7), "$text-muted"),
            outbox_record.title(row),
        )

    async def about(self, row: OutboxItem) -> Sequence[Paragraph]:
        events = await self.tried(lambda desk: desk.outbox.attempts(row.id))
        return outbox_record.record(row, events or (), self._now, self.host.settings.zone)

    def offered(self, action_id: str) -> bool | None:
        row, act = self.row, action_id.removeprefix("outbox.")
        if act == "send_again" and row is not None and row.state is OutboxState.UNCERTAIN:
            return True if self._minutes_left(row) <= 0 else None
        for name, step in _STEPS.items():
            if act == name:
                return row is not None and (row.state, step) in TRANSITIONS
        if act == "retry":
            return row is not None and row.state is OutboxState.QUEUED
        return row is not None if act == "open" else True

    def on_option_list_option_highlighted(self) -> None:
        self.refresh_footer()

    def _minutes_left(self, row: OutboxItem) -> int:
        """Minutes until it may be sent again: a paused worker may still wake before."""
        if row.committing_at is None:
            return 0
        left = row.committing_at + RESEND_AFTER - self._now
        return -int(-left.total_seconds() // 60)

    @work(exclusive=True, group="act")
    async def act(self, name: Act) -> None:
        """Ask, then do it."""
        row = self.row
        if row is None:
            return
        if (row.state, _STEPS[name]) not in TRANSITIONS:
            self.host.say(t("outbox.not_now", state=outbox_record.state(row)), "warning")
            return
        if (
            name == "send_again"
            and row.state is OutboxState.UNCERTAIN
            and (left := self._minutes_left(row)) > 0
        ):
            self.host.say(t("outbox.too_early", count=left), "warning")
            return
        question = t(f"outbox.ask.{name}", number=row.conversation_id)
        if not await self.app.push_screen_wait(Confirm(t("outbox.ask.title"), question)):
            return
        done = await self.tried(lambda desk: getattr(desk.outbox, name)(row.id))
        if done is not None:
            self.host.undoing.cannot(Deed("decision"), [row.conversation_id])
            self.host.say(t(f"outbox.done.{name}", number=row.conversation_id))
        self.read()
        self.host.standing.look()

    def action_outbox_mark_sent(self) -> None:
        self.act("mark_sent")

    def action_outbox_send_again(self) -> None:
        self.act("send_again")

    def action_outbox_cancel(self) -> None:
        self.act("cancel")

    @work(exclusive=True, group="act")
    async def action_outbox_retry(self) -> None:
        """Try a queued reply again now; nothing is sent twice by that, so nothing is asked."""
        row = self.row
        if row is None:
            return
        if row.state is not OutboxState.QUEUED:
            self.host.say(t("outbox.not_now", state=outbox_record.state(row)), "warning")
        elif await self.tried(lambda desk: desk.outbox.retry_now(row.id)) is not None:
            self.host.say(t("outbox.done.retry", number=row.conversation_id))
            self.read()

    def action_outbox_open(self) -> None:
        row = self.row
        if row is None:
            return
        if row.state is OutboxState.HELD or (row.state is OutboxState.QUEUED and row.scheduled):
            self.look_at(row)
        else:
            self.host.open_conversation(row.conversation_id, bounce=row.bounced)

    @work(exclusive=True, group="reply")
    async def look_at(self, row: OutboxItem) -> None:
        """Show a reply that waits, and let it be decided."""
        await self.decide(row)
        self.read()


def _shown_as(row: OutboxItem) -> OutboxState:
    """A mail that came back is no success, though the server had taken it."""
    return OutboxState.FAILED if row.bounced else row.state


def _read(desk: Desk) -> tuple[Sequence[OutboxItem], datetime]:
    """The newest, and however old they are those that wait for a person or for their time."""
    found = {item.id: item for item in desk.outbox.items()}
    for state in (OutboxState.UNCERTAIN, OutboxState.FAILED, OutboxState.HELD, OutboxState.QUEUED):
        found.update((item.id, item) for item in desk.outbox.items(state))
    return list(found.values()), desk.now()


def _place(item: OutboxItem) -> tuple[int, bool, float]:
    """Where it stands: by state, what is scheduled after what leaves at once, then by time."""
    if item.state not in _ORDER:
        return len(_ORDER), False, -(item.sent_at or item.queued_at).timestamp()
    later = item.state is OutboxState.QUEUED and item.scheduled
    return (
        _ORDER.index(item.state),
        later,
        item.not_before.timestamp() if later else -item.queued_at.timestamp(),
    )
