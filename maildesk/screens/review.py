"""The last look before sending: recipients, subject, text, checks, and the state that comes after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from maildesk.domain.outcomes import Check
from maildesk.domain.reply import AfterSend, Draft
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.status import Status, WaitingReason
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.base import DeskDialog
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.time_picker import TimePicker
from maildesk.screens.words import addresses, number, size, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import Part, content, joined
from maildesk.widgets.wrap import fit, wrap

Decision = Literal["send", "approval", "edit", "postpone"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the agent decided, the state to set when sending, and when it is to leave (None: at once)."""

    decision: Decision
    after: AfterSend
    at: datetime | None = None


class Review(DeskDialog[Reviewed]):
    """Shows the mail as it will leave. ``y`` sends unless a check blocks; of who needs approval, it asks for that."""

    context: ClassVar[Context] = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("review")]
    TEXT_LINES = 8
    """Lines of the text that are shown here; the pager has the rest."""

    def __init__(
        self,
        draft: Draft,
        sender: str,
        checks: Sequence[Check],
        after: AfterSend,
        fixed: str = "",
        filled: Collection[int] = (),
    ) -> None:
        """``fixed`` says what becomes of the conversation where that is no choice; ``filled`` are the lines of the
        text, from 0, in which gaps were filled: they are among those shown."""
        super().__init__()
        self._fixed = fixed
        self._filled = filled
        self.draft = draft
        self.checks = checks
        self.after = after
        self.at: datetime | None = None
        self._top = 0
        self._sender = sender

    def compose(self) -> ComposeResult:
        draft = self.draft
        with Vertical(classes="dialog review") as box:
            box.border_title = content(t("review.title", number=number(draft.conversation_id)))
            yield self._field("compose.from", self._sender)
            yield self._field("compose.to", addresses(draft.to))
            if draft.cc:
                yield self._field("compose.cc", addresses(draft.cc))
            yield self._field("compose.subject", subject(draft.subject))
            if draft.files:
                files = "  ".join(f"{file.name} {size(file.size)}" for file in draft.files)
                yield self._field("compose.files", files)
            yield Rule()
            yield Static(id="text")
            yield Rule()
            yield Static(self._checks(), id="checks")
            yield Static(self._settings(), id="after")
            yield Static(self._keys(), classes="keys")

    def _field(self, label: str, value: str) -> Static:
        return Static(joined((fit(SafeText(t(label)), 9), "$text-muted"), safe_line(value)), classes="field")

    def on_mount(self) -> None:
        self.call_after_refresh(self._show_text)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_text)

    def _show_text(self) -> None:
        box = self.query_one("#text", Static)
        width = max(box.size.width, 20)
        lines = [
            (piece.rstrip(), at in self._filled)
            for at, line in enumerate(safe(self.draft.body.rstrip()).split("\n"))
            for piece in wrap(SafeText(line), width)
        ]
        room = self._room(box, len(lines))
        self._top = max(0, min(self._top, len(lines) - room))
        head, late = excerpt([is_filled for _, is_filled in lines], room)
        if self._top:
            head, late = room, []
        parts: list[Part] = []
        for at in (*range(self._top, self._top + head), *late):
            text, is_filled = lines[at]
            if late and at == late[0]:
                parts.append(("\n⋯", "$text-muted"))
            parts.append((("\n" if parts else "") + text, "bold" if is_filled else ""))
        more = len(lines) - self._top - head - len(late)
        if more:
            key, down = (self.host.keymap.shown(f"review.{name}") for name in ("pager", "page_down"))
            parts.append((f"\n{t('review.more', count=more, key=key, down=down)}", "$text-muted"))
        box.update(joined(*parts))

    def action_review_page_down(self) -> None:
        self._half_a_page(1)

    def action_review_page_up(self) -> None:
        self._half_a_page(-1)

    def _half_a_page(self, way: int) -> None:
        self._top += way * max(1, self.query_one("#text").size.height // 2)
        self._show_text()

    def _room(self, box: Static, lines: int) -> int:
        """For how many of the lines there is room, so that everything below them is seen."""
        most = self.TEXT_LINES if self.size.height >= 28 else 4
        dialog = self.query_one(".dialog")
        last = dialog.children[-1]
        others = last.virtual_region.bottom - box.virtual_region.height
        free = int(self.size.height * 0.96) - dialog.gutter.height - others
        return max(1, min(most, free if lines <= free else free - 1))

    def _checks(self) -> Content:
        parts: list[str | Part] = []
        for check in self.checks:
            sign, style = ("✓", "$text-success") if check.ok else ("✗", "$text-error bold")
            if not check.ok and not check.blocks:
                sign, style = "!", "$text-warning bold"
            parts += [("\n" if parts else "", ""), (f"{sign} ", style), safe_line(check.text)]
        return joined(*parts)

    def _settings(self) -> Content:
        """The state afterwards and the time when it leaves, each with the key that changes it."""
        status = self._fixed or t(f"common.{self.after.status}")
        if self.after.waiting_reason is not None:
            status = t("picker.after.customer")
        when = t("review.when.now")
        if self.at is not None:
            when = f"{self.at.astimezone(self.host.settings.zone):%Y/%m/%d %H:%M}"
        keymap = self.host.keymap
        parts: list[str | Part] = []
        for label, value, key in (
            ("review.after", status, "review.after"),
            ("review.when", when, "review.later"),
        ):
            parts += [
                ("    " if parts else "", ""),
                (f"{t(label)}  ", "$text-muted"),
                (f"[{value}]", "bold"),
            ]
            if not (self._fixed and key == "review.after"):
                parts.append((f" {t('review.after.change', key=keymap.shown(key))}", "$text-muted"))
        return joined(*parts)

    @property
    def blocked(self) -> Check | None:
        """The first check that keeps the mail from being sent."""
        return next((check for check in self.checks if check.blocks and not check.ok), None)

    def _keys(self) -> Content:
        """What can be done now: sending only where nothing blocks it."""
        keymap = self.host.keymap
        asks = self.desk.me.needs_approval
        names = [] if self.blocked else ["send"] if asks else ["send", "approval"]
        parts: list[str | Part] = []
        if self.blocked:
            parts += [(t("review.keys.blocked"), "$text-error bold"), "   "]
        for name in [*names, "edit", "postpone"]:
            word = "approval" if name == "send" and asks else name
            parts += [*_hint(t(f"review.keys.{word}", key=keymap.shown(f"review.{name}"))), "   "]
        parts += _hint(t("review.keys.back"))
        if self.host.settings.hold and not self.blocked and not asks and self.at is None:
            undo = keymap.shown("app.undo")
            hold = t("review.hold", seconds=int(self.host.settings.hold), key=undo)
            parts.append((f"\n{hold}", "$text-muted"))
        return joined(*parts)

    def _decide(self, decision: Decision) -> None:
        self.dismiss(Reviewed(decision, self.after, self.at))

    def offered(self, action_id: str) -> bool | None:
        if action_id == "review.after" and self._fixed:
            return False
        return not (self.blocked and action_id in ("review.send", "review.approval"))

    def action_review_send(self) -> None:
        self._leave("approval" if self.desk.me.needs_approval else "send")

    def action_review_approval(self) -> None:
        self._leave("approval")

    def _leave(self, decision: Decision) -> None:
        if (check := self.blocked) is not None:
            self.host.say(t("review.blocked", what=check.text), "warning")
        else:
            self._decide(decision)

    @work(exclusive=True, group="after")
    async def action_review_later(self) -> None:
        """Choose when it leaves."""
        now = await self.tried(lambda desk: desk.now())
        if now is None:
            return
        zone = self.host.settings.zone
        picked = await self.app.push_screen_wait(
            TimePicker(
                t("picker.when"),
                choices.send_times(now, zone),
                typed=lambda text: choices.send_at(text, now, zone),
            )
        )
        if picked is not None:
            self.at = picked.until
            self.query_one("#after", Static).update(self._settings())
            self.query_one(".keys", Static).update(self._keys())

    def action_review_edit(self) -> None:
        self._decide("edit")

    def action_review_back(self) -> None:
        self._decide("edit")

    def action_review_postpone(self) -> None:
        self._decide("postpone")

    @work(exclusive=True, group="after")
    async def action_review_after(self) -> None:
        if self._fixed:
            return
        done, waiting = AfterSend(), AfterSend(Status.WAITING, WaitingReason.CUSTOMER)
        keep = AfterSend(Status.NEW)
        picked = await self.app.push_screen_wait(
            Picker(
                t("picker.after"),
                [
                    Choice(done, t("common.done"), also=("done",)),
                    Choice(waiting, t("picker.after.customer"), also=("waiting",)),
                    Choice(keep, t("picker.after.keep"), also=("new",)),
                ],
            )
        )
        if picked is not None:
            self.after = picked
            self.query_one("#after", Static).update(self._settings())

    def action_review_pager(self) -> None:
        self.host.page(self.draft.body)


def excerpt(wanted: Sequence[bool], room: int) -> tuple[int, list[int]]:
    """Of lines for which there is ``room``: how many are shown from the first on, and which of the wanted ones that are
    further down. One line of the room stands between the two."""
    late: list[int] = []
    if room < 4:
        return min(room, len(wanted)), late
    for head in range(room, room // 2 - 1, -1):
        late = [at for at in range(head, len(wanted)) if wanted[at]]
        if not late or head + 1 + len(late) <= room:
            return min(head, len(wanted)), late
    return room // 2, late[: room - room // 2 - 1]


def _hint(words: str) -> list[str | Part]:
    """``words`` with the key before the first blank in the colour that keys have in a footer."""
    key, blank, label = words.partition(" ")
    return [(key, "$text-primary bold"), f"{blank}{label}"]
