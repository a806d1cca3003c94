"""When somebody else is replying: what one can do instead, and taking over."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from maildesk.domain.agent import Right
from maildesk.domain.claim import ClaimView
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.words import ago, clock, colleague, number
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import Part, content, joined

Instead = Literal["notify", "comment", "draft", "takeover"]
"""What to do instead of replying."""


class ClaimDialog(DeskDialog[Instead | None]):
    """Says who holds the claim and since when; the result is what to do instead."""

    context: ClassVar[Context] = "claim"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("claim")]

    def __init__(self, conversation_id: int, holder: ClaimView, now: datetime) -> None:
        super().__init__()
        self.conversation_id = conversation_id
        self.holder = holder
        self._now = now

    def compose(self) -> ComposeResult:
        who = colleague(self.holder.agent_name)
        zone = self.host.settings.zone
        since, key = clock(self.holder.since, zone), ago(self.holder.last_key_at, self._now)
        with Vertical(classes="dialog claim") as box:
            box.border_title = content(t("claim.title", who=who))
            box.border_subtitle = content(t("claim.close"))
            words = safe_line(t("claim.since", who=who, since=since, key=key))
            yield Paragraphs((words, "text"), (SafeText(t("claim.why")), "text"), classes="line -last")
            for name in ("notify", "comment", "draft", "takeover"):
                yield Static(self._choice(name), classes="choice")

    def _choice(self, name: str) -> Content:
        forbidden = name == "takeover" and not self.desk.me.may(Right.TAKE_OVER)
        key = self.host.keymap.shown(f"claim.{name}")
        words = t("claim.takeover.forbidden") if forbidden else t(f"claim.{name}")
        parts: list[Part] = [
            (f"  {key}  ", "$text-muted" if forbidden else "$text-primary bold"),
            (words, "$text-muted" if forbidden else ""),
        ]
        return joined(*parts)

    def action_claim_notify(self) -> None:
        self.dismiss("notify")

    def action_claim_comment(self) -> None:
        self.dismiss("comment")

    def action_claim_draft(self) -> None:
        self.dismiss("draft")

    def action_claim_takeover(self) -> None:
        if self.desk.me.may(Right.TAKE_OVER):
            self.dismiss("takeover")
        else:
            self.host.say(t("claim.takeover.forbidden"), "warning")

    def action_claim_close(self) -> None:
        self.dismiss(None)


class TakeOver(DeskDialog[str | None]):
    """Asks for the reason of a take-over; the result is it, None for Escape."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False, priority=True)]

    def __init__(self, conversation_id: int, holder: ClaimView) -> None:
        super().__init__()
        self.conversation_id = conversation_id
        self.holder = holder

    def compose(self) -> ComposeResult:
        since = clock(self.holder.since, self.host.settings.zone)
        who = colleague(self.holder.agent_name)
        with Vertical(classes="dialog claim") as box:
            box.border_title = content(t("claim.over.title", number=number(self.conversation_id)))
            yield Paragraphs((safe_line(t("claim.over.line", who=who, since=since)), "text"), classes="line")
            yield Input(placeholder=t("claim.over.reason"), compact=True, max_length=200)
            yield Static(content(t("claim.over.keys")), classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        reason = safe_line(event.value.strip())
        if reason:
            self.dismiss(reason)
        else:
            self.host.say(t("claim.over.needed"), "warning")

    def action_close(self) -> None:
        self.dismiss(None)
