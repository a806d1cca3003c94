"""A reply that waits for approval, for its time, or for its author: what the customer would get, and what may be
decided about it by whom."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from maildesk.domain.agent import Agent, Right
from maildesk.domain.outbox import HeldReason, OutboxItem
from maildesk.domain.outcomes import Approved, TextChanged
from maildesk.domain.reply import ReplyText
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.dialogs import Reason
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.words import addresses, colleague, full_time, number, size, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import content
from maildesk.widgets.wrap import fit

Decided = Literal["approved", "given-back", "released", "edit", "cancelled"]
"""What became of it; ``edit``: its author wants it back in the editor."""

Act = Literal["approve", "give_back", "release", "edit", "cancel"]


def allowed(item: OutboxItem, me: Agent) -> tuple[Act, ...]:
    """What ``me`` may decide about an item that waits. The desk checks it again."""
    mine = item.author_id == me.id
    acts: list[Act] = []
    if item.held_reason is HeldReason.APPROVAL and me.may(Right.APPROVE) and not mine:
        acts += ["approve", "give_back"]
    if item.held_reason is HeldReason.NEW_MAIL and (mine or me.may(Right.APPROVE)):
        acts.append("release")
    if mine:
        acts.append("edit")
    if mine or me.may(Right.APPROVE):
        acts.append("cancel")
    return tuple(acts)


def why(item: OutboxItem, now: datetime, zone: tzinfo | None) -> str:
    """Why it waits, in a line."""
    who = colleague(item.author)
    if item.held_reason is HeldReason.APPROVAL:
        return t("outbox.waits.approval", who=who, at=full_time(item.queued_at, now, zone))
    if item.held_reason is HeldReason.NEW_MAIL:
        return t("outbox.waits.new-mail", who=who)
    return t("outbox.waits.time", who=who, at=full_time(item.not_before, now, zone))


class WaitingDialog(DeskDialog[Decided | None]):
    """Shows the text as the customer would get it; an approval is for exactly this text."""

    context: ClassVar[Context] = "waiting"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("waiting")]

    def __init__(self, item: OutboxItem, now: datetime) -> None:
        super().__init__()
        self.item = item
        self.reply: ReplyText | None = None
        self._now = now

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog review waiting") as box:
            box.border_title = content(t("outbox.waits.title", number=number(self.item.conversation_id)))
            yield Paragraphs(id="head", classes="line")
            yield Rule()
            with VerticalScroll():
                yield Paragraphs(id="text")
            yield Rule()
            yield self._keys()

    def on_mount(self) -> None:
        self._show_head()
        self.read()

    @property
    def _acts(self) -> tuple[Act, ...]:
        return allowed(self.item, self.desk.me)

    def offered(self, action_id: str) -> bool | None:
        act = action_id.removeprefix("waiting.")
        return act in self._acts if act in ("approve", "give_back", "release", "edit", "cancel") else True

    def _keys(self) -> KeysLine:
        keymap = self.host.keymap
        names = (*self._acts, "pager", "close")
        keys = ((keymap.shown(f"waiting.{name}"), t(f"keymap.waiting.{name}")) for name in names)
        return KeysLine(*keys, classes="keys")

    def _show_head(self) -> None:
        item, reply = self.item, self.reply
        head: list[Paragraph] = [
            (safe_line(why(item, self._now, self.host.settings.zone)), "warning"),
            (
                self._field("compose.to", addresses(reply.to if reply is not None else item.recipients)),
                "text",
            ),
        ]
        if reply is not None and reply.cc:
            head.append((self._field("compose.cc", addresses(reply.cc)), "text"))
        head.append((self._field("compose.subject", subject(item.subject)), "text"))
        if reply is not None and reply.files:
            files = "  ".join(f"{file.name} {size(file.size)}" for file in reply.files)
            head.append((self._field("compose.files", files), "text"))
        if not self._acts:
            head.append((SafeText(t("outbox.waits.nothing")), "muted"))
        self.query_one("#head", Paragraphs).show(*head)

    def _field(self, label: str, value: str) -> SafeText:
        return SafeText(fit(SafeText(t(label)), 9) + safe_line(value))

    @work(exclusive=True, group="text")
    async def read(self) -> None:
        """Read the text."""
        outbox_id = self.item.id
        reply = await self.tried(lambda desk: desk.outbox.reply_of(outbox_id))
        if reply is not None and not self.is_going:
            self._show(reply)

    def _show(self, reply: ReplyText) -> None:
        self.reply = reply
        self._show_head()
        lines = safe(reply.body.rstrip()).split("\n")
        self.query_one("#text", Paragraphs).show(*((SafeText(line), "text") for line in lines))

    # deciding

    def action_waiting_approve(self) -> None:
        if "approve" in self._acts:
            self.approve()

    @work(exclusive=True, group="act")
    async def approve(self) -> None:
        """Approve the text that is shown; another one is shown first and approved by another key."""
        reply = self.reply
        if reply is None:
            return
        outcome = await self.tried(lambda desk: desk.outbox.approve(reply.item.id, reply.sha256))
        match outcome:
            case Approved():
                self.host.undoing.cannot(Deed("approve"), [self.item.conversation_id])
                self.host.say(t("outbox.done.approved", number=self.item.conversation_id))
                self.dismiss("approved")
            case TextChanged(changed):
                self._show(changed)
                self.host.say(t("outbox.waits.changed"), "warning")

    def action_waiting_give_back(self) -> None:
        if "give_back" in self._acts:
            self.give_back()

    @work(exclusive=True, group="act")
    async def give_back(self) -> None:
        """Give it back to its author with a note."""
        note = await self.app.push_screen_wait(
            Reason(
                t("outbox.return.title", number=number(self.item.conversation_id)),
                t("outbox.return.line", who=colleague(self.item.author)),
                hint=t("outbox.return.note"),
                finish=t("outbox.return.finish"),
                needed=t("outbox.return.needed"),
            )
        )
        if note is None:
            return
        outbox_id = self.item.id
        if await self.tried(lambda desk: desk.outbox.give_back(outbox_id, note)) is not None:
            self.host.undoing.cannot(Deed("give-back"), [self.item.conversation_id])
            self.host.say(t("outbox.done.given-back", number=self.item.conversation_id))
            self.dismiss("given-back")

    def action_waiting_release(self) -> None:
        if "release" in self._acts:
            self.dismiss("released")

    def action_waiting_edit(self) -> None:
        if "edit" in self._acts:
            self.dismiss("edit")

    def action_waiting_cancel(self) -> None:
        if "cancel" in self._acts:
            self.cancel()

    @work(exclusive=True, group="act")
    async def cancel(self) -> None:
        """Do not send it; its author has the text back."""
        item = self.item
        question = t("outbox.ask.cancel", number=item.conversation_id)
        if not await self.app.push_screen_wait(Confirm(t("outbox.ask.title"), question)):
            return
        if await self.tried(lambda desk: desk.outbox.cancel(item.id)) is not None:
            self.host.undoing.cannot(Deed("decision"), [item.conversation_id])
            self.host.say(t("outbox.done.cancel", number=item.conversation_id))
            self.dismiss("cancelled")

    def action_review_page_down(self) -> None:
        self._half_a_page(1)

    def action_review_page_up(self) -> None:
        self._half_a_page(-1)

    def _half_a_page(self, way: int) -> None:
        view = self.query_one(VerticalScroll)
        view.scroll_relative(y=way * max(1, view.size.height // 2), animate=False)

    def action_waiting_pager(self) -> None:
        if self.reply is not None:
            self.host.page(self.reply.body)

    def action_waiting_close(self) -> None:
        self.dismiss(None)
