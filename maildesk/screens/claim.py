"""When somebody else is replying: what one can do instead, and taking over. Both dialogs follow who holds the claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from maildesk.domain.agent import Right
from maildesk.domain.claim import ClaimView
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.asking import Asks
from maildesk.screens.base import DeskDialog, StoreChanged
from maildesk.screens.dialogs import Reason
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.unasked import Unasked
from maildesk.screens.words import ago, clock, colleague, number
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import Part, content, joined

Instead = Literal["reply", "peek", "notify", "comment", "draft", "takeover"]
"""What to do instead of replying; ``reply``: it became free meanwhile."""


_NEEDS: Mapping[str, Right] = {"takeover": Right.TAKE_OVER, "peek": Right.PEEK}


class FollowsClaim:
    """Mixed into a dialog about a colleague's claim: reads who holds it after every change. ``holder`` is None when
    nobody does any more."""

    conversation_id: int
    holder: ClaimView | None

    def on_store_changed(self, event: StoreChanged) -> None:
        self.follow()

    @work(exclusive=True, group="follow")
    async def follow(self) -> None:
        """Find out who holds the claim now."""
        screen = cast("Asks[object]", self)
        conversation_id = self.conversation_id
        try:
            row, now = await screen.ask(
                lambda desk: (desk.conversations.summary(conversation_id), desk.now())
            )
        except MaildeskError:
            return  # the line on top of the screen says why
        if not screen.is_going:
            self.holder = row.claim
            self.show_holder(now)

    def show_holder(self, now: datetime) -> None:
        """Say who holds it, at ``now``."""


class ClaimDialog(Unasked, FollowsClaim, DeskDialog[Instead | None]):
    """Says who holds the claim and since when; the result is what to do instead."""

    context: ClassVar[Context] = "claim"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("claim")]

    def __init__(self, conversation_id: int, holder: ClaimView, now: datetime) -> None:
        super().__init__()
        self.conversation_id = conversation_id
        self.holder: ClaimView | None = holder
        self._now = now

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog claim") as box:
            box.border_subtitle = content(t("claim.close"))
            yield Paragraphs(classes="line -last")
            for name in ("reply", "notify", "comment", "draft", "peek", "takeover"):
                yield Static(self._choice(name), id=name, classes="choice")

    def on_mount(self) -> None:
        self.opened()
        self.show_holder(self._now)

    def show_holder(self, now: datetime) -> None:
        holder, free = self.holder, self._is_free
        if free or holder is None:
            title = t("claim.title.free")
            lines: list[Paragraph] = [(SafeText(t("claim.since.free")), "ok")]
        else:
            who = colleague(holder.agent_name)
            since, key = clock(holder.since, self.host.settings.zone), ago(holder.last_key_at, now)
            title = t("claim.title", who=who)
            lines = [
                (safe_line(t("claim.since", who=who, since=since, key=key)), "text"),
                (SafeText(t("claim.why")), "text"),
            ]
        self.query_one(Vertical).border_title = content(title)
        self.query_one(Paragraphs).show(*lines)
        for name in ("notify", "peek", "takeover"):
            self.query_one(f"#{name}").display = not free
        self.query_one("#reply").display = free

    @property
    def _is_free(self) -> bool:
        return self.holder is None or self.holder.agent_id == self.desk.me.id

    def _choice(self, name: str) -> Content:
        forbidden = name in _NEEDS and not self.desk.me.may(_NEEDS[name])
        key = self.host.keymap.shown(f"claim.{name}")
        words = t(f"claim.{name}.forbidden") if forbidden else t(f"claim.{name}")
        parts: list[Part] = [
            (f"  {key}  ", "$text-muted" if forbidden else "$text-primary bold"),
            (words, "$text-muted" if forbidden else ""),
        ]
        return joined(*parts)

    def offered(self, action_id: str) -> bool | None:
        if action_id == "claim.reply":
            return self._is_free
        return not self._is_free if action_id in ("claim.notify", "claim.peek", "claim.takeover") else True

    def action_claim_reply(self) -> None:
        if self._is_free:
            self.dismiss("reply")

    def action_claim_notify(self) -> None:
        if not self._is_free:
            self.dismiss("notify")

    def action_claim_comment(self) -> None:
        self.dismiss("comment")

    def action_claim_draft(self) -> None:
        self.dismiss("draft")

    def action_claim_peek(self) -> None:
        self._privileged("peek")

    def action_claim_takeover(self) -> None:
        self._privileged("takeover")

    def _privileged(self, name: Literal["peek", "takeover"]) -> None:
        if self._is_free:
            return
        if self.desk.me.may(_NEEDS[name]):
            self.dismiss(name)
        else:
            self.host.say(t(f"claim.{name}.forbidden"), "warning")

    def action_claim_close(self) -> None:
        self.dismiss(None)


class TakeOver(FollowsClaim, Reason):
    """Asks for the reason of a take-over; the result is it, None for Escape. ``holder`` is from whom it is taken."""

    def __init__(self, conversation_id: int, holder: ClaimView) -> None:
        self.conversation_id = conversation_id
        self.holder: ClaimView | None = holder
        super().__init__(
            t("claim.over.title", number=number(conversation_id)),
            "",
            hint=t("claim.over.reason"),
            finish=t("claim.over.finish"),
            needed=t("claim.over.needed"),
        )

    def on_mount(self) -> None:
        assert self.holder is not None
        self.show_holder(self.holder.since)

    def show_holder(self, now: datetime) -> None:
        holder = self.holder
        if holder is None:
            self.say(SafeText(t("claim.over.free")))
        elif holder.agent_id == self.desk.me.id:
            self.dismiss(None)
        else:
            since, who = clock(holder.since, self.host.settings.zone), colleague(holder.agent_name)
            self.say(safe_line(t("claim.over.line", who=who, since=since)))
