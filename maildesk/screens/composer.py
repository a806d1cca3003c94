"""The composer: recipients, subject and text of a reply, saved within two seconds of a keystroke.

Whatever happens to the claim, the text stays: every way out saves it first, and a lost claim only makes it read-only.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea
from textual.widgets.text_area import Selection

from maildesk.domain.claim import IDLE_LIMIT, RENEW_EVERY, Claim, LostClaim
from maildesk.domain.conversation import Conversation, Message
from maildesk.domain.reply import (
    AfterSend,
    AlreadyAnswered,
    AlreadyQueued,
    Draft,
    Queued,
    StaleView,
)
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.template import placeholders
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import attaching, external
from maildesk.screens.base import DeskScreen, StoreChanged
from maildesk.screens.composer_side import ComposerSide
from maildesk.screens.confirm import Confirm
from maildesk.screens.recipients import NotAnAddress, parse
from maildesk.screens.review import Review
from maildesk.screens.templates import TemplatePicker
from maildesk.screens.title import TitleBar
from maildesk.screens.words import addresses, clock, number, size, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.notice import Notice
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import content

if TYPE_CHECKING:
    from maildesk.desk import Desk

SAVE_AFTER = 1.0
"""Seconds from a keystroke to the save that includes it, at most; the rest of the two seconds is the store's."""
ASK_FOR = 60
"""Seconds to answer when the app asks whether somebody is still there."""


class Composer(DeskScreen[int | None]):
    """Write a reply. The result is the outbox id when it was queued, None when it stays a draft."""

    context: ClassVar[Context] = "compose"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compose")]

    def __init__(self, draft: Draft, conversation: Conversation, claim: Claim | None) -> None:
        """Without a claim the draft is private: it is kept, and cannot be sent."""
        super().__init__()
        self.draft = draft
        self.conversation = conversation
        self.claim = claim
        self.locked = False
        """Whether the claim is gone and the text read-only."""
        self._is_private = claim is None
        self._fresh_body = draft.body if draft.saved_at is None else None
        self._seen_version = conversation.summary.version
        self._request_id = ""
        self._opened = draft
        self._revision = self._saved_revision = 0
        self._saving = asyncio.Lock()
        self._save_planned = False
        self._save_failed = False
        self._last_key = time.monotonic()
        self._typed = False
        self._asking = False

    # what is seen

    @property
    def place(self) -> SafeText:
        return safe_line(self.conversation.summary.mailbox_name)

    def body(self) -> ComposeResult:
        draft = self.draft
        yield TitleBar()
        yield Notice()
        with Horizontal(id="composer"):
            with Vertical(id="writing"):
                with Horizontal(classes="field -from"):
                    yield Static(content(t("compose.from")), classes="label")
                    yield Static(content(self.place))
                yield from self._field("compose.to", "to", addresses(draft.to))
                yield from self._field("compose.cc", "cc", addresses(draft.cc))
                yield from self._field("compose.subject", "subject", safe_line(draft.subject))
                yield Rule()
                yield Static(id="newer")
                yield TextArea(
                    safe(draft.body), soft_wrap=True, tab_behavior="focus", max_checkpoints=50, compact=True
                )
                yield Static(id="files")
                yield Static(id="gaps")
            yield ComposerSide(id="side")

    def _field(self, label: str, name: str, value: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(content(t(label)), classes="label")
            yield Input(value, id=name, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        for field in self.query(Input):
            field.cursor_blink = False
        area.focus()
        area.move_cursor(self.draft.cursor)
        self._opened = self.current()
        self.host.leaving.unsaved[id(self)] = self.save_now
        if self.claim is not None:
            self.set_interval(RENEW_EVERY.total_seconds(), self.renew)
        self.set_interval(5, self._watch_idle)
        self._show_title()
        self._show_files()
        self._show_gaps()
        self.query_one(ComposerSide).read(self.conversation.summary.id)

    def on_unmount(self) -> None:
        self.host.leaving.unsaved.pop(id(self), None)

    def _show_title(self) -> None:
        summary = self.conversation.summary
        zone = self.host.settings.zone
        parts: list[Part] = []
        if self.locked:
            parts.append((SafeText(t("compose.claim.lost")), "error"))
        elif self.claim is not None:
            left = max(0, IDLE_LIMIT.total_seconds() - (time.monotonic() - self._last_key))
            parts.append((SafeText(t("compose.claim", minutes=round(left / 60))), "warning"))
        if self._save_failed:
            parts.append((SafeText(t("compose.unsaved")), "error"))
        elif self._revision != self._saved_revision:
            parts.append((SafeText(t("compose.saving")), "muted"))
        elif self.draft.saved_at is not None:
            at = f"{self.draft.saved_at.astimezone(zone):%H:%M:%S}"
            parts.append((SafeText(t("compose.saved", at=at)), "ok"))
        key = "compose.private" if self._is_private else "compose.title"
        title = SafeText(t(key, number=number(summary.id)))
        self.query_one(TitleBar).show(title, subject(summary.subject), parts)

    def _show_files(self) -> None:
        files = "  ".join(f"{file.name} {size(file.size)}" for file in self.draft.files)
        line = self.query_one("#files", Static)
        line.display = bool(files)
        line.update(content(f"{t('compose.files')}  {files}"))

    def _show_gaps(self) -> None:
        gaps = placeholders(self.query_one(TextArea).text)
        line = self.query_one("#gaps", Static)
        line.display = bool(gaps)
        if gaps:
            key = self.host.keymap.shown("compose.next_gap")
            line.update(
                content(t("compose.gap", count=len(gaps), name=gaps[0].name, key=key), "$text-warning bold")
            )

    def offered(self, action_id: str) -> bool | None:
        if action_id == "compose.review":
            return None if self.locked or self._is_private else True
        if action_id in ("compose.template", "compose.editor", "compose.attach", "compose.next_gap"):
            return not self.locked
        return True

    # saving

    def current(self) -> Draft:
        """The draft as it stands in the fields. Recipients that cannot be read stay as they were."""
        area = self.query_one(TextArea)
        line, column = area.cursor_location
        draft = replace(
            self.draft,
            subject=safe_line(self.query_one("#subject", Input).value),
            body=safe(area.text),
            cursor=(line, column),
        )
        for name, known in (("to", self.draft.to), ("cc", self.draft.cc)):
            typed = self.query_one(f"#{name}", Input).value
            if typed == addresses(known):
                continue
            try:
                found = parse(typed)
            except NotAnAddress:
                continue
            draft = replace(draft, to=found) if name == "to" else replace(draft, cc=found)
        return draft

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self._revision == 0 and replace(self.current(), cursor=self._opened.cursor) == self._opened:
            return  # Textual tells of the text it was given, too
        self._revision += 1
        self._request_id = ""
        self._last_key = time.monotonic()
        self._typed = True
        self._show_title()
        self._show_gaps()
        if not self._save_planned:
            self._save_planned = True
            self.set_timer(SAVE_AFTER, self.save)

    @work(group="save")
    async def save(self) -> None:
        """Write the draft to the store; it is tried again with the next keystroke or after a while."""
        self._save_planned = False
        await self.saved()

    async def saved(self) -> bool:
        """Save what is not saved yet; whether the store has it all now."""
        async with self._saving:
            if self._revision == self._saved_revision:
                return True
            revision, draft = self._revision, self.current()
            try:
                stored = await self.ask(lambda desk: desk.replies.save(draft))
            except MaildeskError as error:
                if not self._save_failed:
                    self.host.explain(error)
                self._save_failed = True
                self.set_timer(5, self.save)
                return False
            finally:
                self._show_title()
            self._save_failed = False
            self._saved_revision = revision
            self.draft = stored
            self._show_title()
            self.query_one(ComposerSide).read(self.conversation.summary.id)
            return revision == self._revision

    def save_now(self, desk: Desk) -> None:
        """Save from any thread, for the end of the app. Raises what the desk raises."""
        if self._revision != self._saved_revision:
            desk.replies.save(self.current())
            self._saved_revision = self._revision

    def action_compose_save(self) -> None:
        self._revision += 1
        self.save()

    @work(exclusive=True, group="close")
    async def action_compose_close(self) -> None:
        """Leave with the draft kept and the claim released."""
        await self._close(None)

    async def _close(self, result: int | None) -> None:
        if not await self.saved():
            return
        if result is None:
            if self.draft.saved_at is not None:
                self.host.say(t("compose.closed", number=self.conversation.summary.id))
            if self.claim is not None and not self.locked:
                claim = self.claim
                await self.tried(lambda desk: desk.claims.release(claim))
        self.dismiss(result)

    # the claim

    @work(exclusive=True, group="renew")
    async def renew(self) -> None:
        """Tell the store that this session is alive, and learn whether the claim is still its own."""
        if self.claim is None or self.locked:
            return
        claim, typed = self.claim, self._typed
        self._typed = False
        try:
            outcome = await self.ask(lambda desk: desk.claims.renew(claim, typed=typed))
        except MaildeskError:
            self._typed = self._typed or typed
            return  # a claim that cannot be renewed lapses by itself; the text is saved when the store is back
        if isinstance(outcome, LostClaim):
            self.lose(outcome)
        else:
            self.claim = outcome
            self._show_title()

    def lose(self, lost: LostClaim) -> None:
        """The claim is gone: say who has it and why, keep the text, let nothing be typed."""
        if lost.holder is None:
            self._lock(t("compose.lost.nobody"))
        else:
            reason = t("compose.lost.reason", reason=lost.reason) if lost.reason else ""
            at = clock(lost.holder.since, self.host.settings.zone)
            self._lock(t("compose.lost", who=lost.holder.agent_name, at=at, reason=reason))

    def _lock(self, why: str) -> None:
        if self.locked:
            return
        self.locked = True
        self.query_one(TextArea).read_only = True
        for field in self.query(Input):
            field.disabled = True
        self.query_one(TextArea).focus()
        self.query_one(Notice).show(safe_line(why), tone="error")
        self.host.ring()
        self._show_title()
        self.refresh_footer()
        self.save()

    def _watch_idle(self) -> None:
        self._show_title()
        idle = time.monotonic() - self._last_key
        if (
            idle >= IDLE_LIMIT.total_seconds()
            and self.claim is not None
            and not (self.locked or self._asking)
        ):
            self._asking = True
            self.ask_whether_idle()

    @work(exclusive=True, group="idle")
    async def ask_whether_idle(self) -> None:
        """Ask whether somebody is still writing; without an answer the claim is given up."""
        minutes = int(IDLE_LIMIT.total_seconds() // 60)
        line = t("compose.idle.line", minutes=minutes, seconds=ASK_FOR)
        question = Confirm(t("compose.idle"), line, seconds=ASK_FOR)
        stay = await self.app.push_screen_wait(question)
        self._asking = False
        self._last_key = time.monotonic()
        if not stay and self.claim is not None and await self.saved():
            claim = self.claim
            await self.tried(lambda desk: desk.claims.release(claim))
            self._lock(t("compose.idle.released"))

    def on_store_changed(self, event: StoreChanged) -> None:
        self.look_around()

    @work(exclusive=True, group="look")
    async def look_around(self) -> None:
        """Something changed: is the claim still ours?"""
        if self.claim is None or self.locked:
            return
        try:
            summary = await self.ask(lambda desk: desk.conversations.summary(self.conversation.summary.id))
        except MaildeskError:
            return
        if summary.claim is None or summary.claim.agent_id != self.desk.me.id:
            self.renew()

    # writing

    @work(exclusive=True, group="template")
    async def action_compose_template(self) -> None:
        """Insert a template at the cursor; a text that nobody has touched is replaced."""
        if self.locked:
            return
        number = self.conversation.summary.id
        found = await self.tried(lambda desk: (desk.templates.all(), desk.templates.suggest(number)))
        if found is None:
            return
        template = await self.app.push_screen_wait(TemplatePicker(*found))
        if template is None:
            return
        rendered = await self.tried(lambda desk: desk.templates.render(template.id, number))
        if rendered is None:
            return
        area = self.query_one(TextArea)
        if area.text == (safe(self._fresh_body) if self._fresh_body is not None else None):
            area.load_text(safe(rendered.body))
        else:
            area.insert(safe(rendered.body))
        if rendered.subject:
            self.query_one("#subject", Input).value = safe_line(rendered.subject)
        self.draft = replace(self.draft, template_id=template.id, template_version=template.version)
        self._changed()
        self.action_compose_next_gap()

    def action_compose_next_gap(self) -> None:
        """Select the next gap after the cursor, from the start again at the end."""
        area = self.query_one(TextArea)
        gaps = placeholders(area.text)
        if not gaps:
            self.host.say(t("compose.no_gap"))
            return
        lines = area.text.split("\n")
        line, column = area.selection.end
        here = sum(len(text) + 1 for text in lines[:line]) + column
        gap = next((gap for gap in gaps if gap.start >= here), gaps[0])
        line = area.text.count("\n", 0, gap.start)
        start = gap.start - (area.text.rfind("\n", 0, gap.start) + 1)
        area.focus()
        area.selection = Selection((line, start), (line, start + gap.end - gap.start))

    def action_compose_editor(self) -> None:
        """Edit the text in $EDITOR; the claim is kept alive meanwhile."""
        if self.locked:
            return
        area = self.query_one(TextArea)
        stop = threading.Event()
        alive = threading.Thread(target=self._keep_alive, args=(stop,), daemon=True)
        alive.start()
        try:
            text = external.edit(self.app, area.text)
        except external.NoProgram as error:
            self.host.no_program(error)
            return
        finally:
            stop.set()
        if safe(text) != area.text:
            area.load_text(safe(text))
            self._changed()

    def _keep_alive(self, stop: threading.Event) -> None:
        while not stop.wait(RENEW_EVERY.total_seconds()):
            try:
                if self.claim is not None:
                    self.desk.claims.renew(self.claim, typed=True)
            except MaildeskError:
                continue  # renewed or lost: the next renewal tells

    @work(exclusive=True, group="attach")
    async def action_compose_attach(self) -> None:
        """Attach a file, or take one off."""
        if self.locked or not await self.saved():
            return
        draft = await attaching.choose(self, self.current())
        if draft is not None:
            self.draft = draft
            self._show_files()
            self._show_title()

    # sending

    @work(exclusive=True, group="review")
    async def action_compose_review(self) -> None:
        """Look at the reply once more, then send it or come back."""
        if self.locked or self.claim is None:
            return
        for name in ("to", "cc"):
            field = self.query_one(f"#{name}", Input)
            try:
                parse(field.value)
            except NotAnAddress as error:
                self.host.say(t("compose.bad_address", text=error.text), "warning")
                field.focus()
                return
        if not await self.saved():
            return
        draft = self.current()
        checks = await self.tried(lambda desk: desk.replies.check(draft))
        if checks is None:
            return
        sender = self.conversation.summary.mailbox_name
        reviewed = await self.app.push_screen_wait(Review(draft, sender, checks, AfterSend()))
        self._last_key = time.monotonic()
        match reviewed.decision:
            case "send":
                await self._submit(draft, reviewed.after, follow_up=False)
            case "postpone":
                await self._close(None)

    async def _submit(self, draft: Draft, after: AfterSend, *, follow_up: bool) -> None:
        assert self.claim is not None
        claim, version = self.claim, self._seen_version
        request_id = self._request_id = self._request_id or str(uuid.uuid4())
        hold = self.host.settings.hold
        outcome = await self.tried(
            lambda desk: desk.replies.submit(
                claim,
                draft,
                seen_version=version,
                request_id=request_id,
                after=after,
                hold=hold,
                follow_up=follow_up,
            )
        )
        match outcome:
            case Queued(outbox_id) | AlreadyQueued(outbox_id):
                self._saved_revision = self._revision
                self.host.undoing.hold(outbox_id, self.conversation.summary.id)
                self.dismiss(outbox_id)
            case LostClaim():
                self.lose(outcome)
            case StaleView(version, newer):
                self._seen_version = version
                self._show_newer(newer)
            case AlreadyAnswered(by, at):
                at_clock = clock(at, self.host.settings.zone)
                question = t("compose.answered", who=by, at=at_clock)
                if await self.app.push_screen_wait(Confirm(t("compose.answered.title"), question)):
                    self._request_id = ""
                    await self._submit(draft, after, follow_up=True)

    def _show_newer(self, newer: tuple[Message, ...]) -> None:
        """Show what came in meanwhile above the text."""
        self.query_one(Notice).show(safe_line(t("compose.stale")))
        zone = self.host.settings.zone
        texts = []
        for message in newer:
            who = message.from_.name or message.from_.address if message.from_ is not None else message.author
            texts.append(
                f"{t('compose.newer')}  {who}  {clock(message.at, zone)}\n{message.text.strip()[:4000]}"
            )
        panel = self.query_one("#newer", Static)
        panel.display = True
        panel.update(content("\n\n".join(texts)))
        self.host.ring()
