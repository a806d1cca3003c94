"""The composer: recipients, subject and text of a reply, saved within two seconds of a keystroke.

Whatever happens to the claim, the text stays: every way out saves it first, and a lost claim only makes it read-only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, TextArea

from maildesk.domain.claim import IDLE_LIMIT, RENEW_EVERY, Claim, LostClaim
from maildesk.domain.conversation import Conversation
from maildesk.domain.letter import Letter
from maildesk.domain.reply import Draft, Stop
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens import attaching, external
from maildesk.screens.base import DeskScreen, StoreChanged
from maildesk.screens.claim_keeping import ClaimKeeper
from maildesk.screens.composer_side import ComposerSide
from maildesk.screens.confirm import Confirm
from maildesk.screens.draft_saving import DraftSaver
from maildesk.screens.peek import Peek
from maildesk.screens.reply_form import ReplyForm
from maildesk.screens.sending import Sending
from maildesk.screens.stops import because, since
from maildesk.screens.templates import TemplatePicker
from maildesk.screens.title import TitleBar
from maildesk.screens.words import clock, number, subject
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.notice import Notice
from maildesk.widgets.phone import PHONE

SAVE_AFTER = 1.0
"""Seconds from a keystroke to the save that includes it, at most; the rest of the two seconds is the store's."""
TRY_AGAIN = 5.0
"""Seconds until a save that failed is tried again."""
ASK_FOR = 60
"""Seconds to answer when the app asks whether somebody is still there."""

DEAF_SECONDS = 0.8
"""Seconds in which nothing is taken after a reply that was taken back is on the screen."""
DEAF_TO_UNDO = 3.0
"""Seconds in which the key that took it back is no text; until another key was pressed."""


class Composer(DeskScreen[int | None]):
    """Write a reply. The result is the outbox id when it was queued, None when it stays a draft."""

    context: ClassVar[Context] = "compose"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compose")]

    def __init__(
        self,
        draft: Draft,
        conversation: Conversation,
        claim: Claim | None,
        *,
        recalled: bool = False,
        review: bool = False,
        seen_version: int | None = None,
        letter: Letter | None = None,
    ) -> None:
        """Without a claim the draft is private: it is kept, and cannot be sent.

        A ``recalled`` one opens by itself and takes no characters for a moment: they were meant for another screen.
        ``review`` begins with the last look. ``seen_version`` is what the agent has seen of the conversation where that
        is not what ``conversation`` shows. ``letter``: it answers nobody.
        """
        super().__init__()
        self._recalled = recalled
        self._review = review
        self.conversation = conversation
        self.letter = letter
        self.keeper = ClaimKeeper(claim, self.ask, self._lost)
        self.saver = DraftSaver(draft, self.ask, self.current)
        self.sending = Sending(self, seen_version or conversation.summary.version)
        self._opened = draft
        self._save_planned = False
        self._asking = False
        self._banner: Callable[[], None] = lambda: None
        """Says above the text what was said there last."""

    @property
    def draft(self) -> Draft:
        """The draft as the store has it."""
        return self.saver.draft

    @property
    def form(self) -> ReplyForm:
        """The fields."""
        return self.query_one(ReplyForm)

    def current(self) -> Draft:
        """The draft as it stands in the fields."""
        return self.form.read(self.draft)

    # what is seen

    @property
    def place(self) -> SafeText:
        return safe_line(self.conversation.summary.mailbox_name)

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Notice()
        with Horizontal(id="composer"):
            yield ReplyForm(self.draft, self.place)
            yield ComposerSide(id="side")

    def on_mount(self) -> None:
        if self._recalled:
            self.form.area.deaf_for(inf)
            self.call_after_refresh(self._listen)
        self._opened = self.current()
        if self.draft.saved_at is None and self.draft.template_id is not None:
            self.saver.touch()  # who began it with a template finds that again
        self.host.leaving.unsaved[id(self)] = self.saver.save_now
        self.set_interval(RENEW_EVERY.total_seconds(), self.renew)
        self.set_interval(5, self._watch_idle)
        self.form.show_files(self.draft.files)
        self._show()
        self.query_one(ComposerSide).read(self.conversation.summary.id)
        if self.draft.stop is not None:
            self.say_stopped(self.draft.stop)
        if self._review:
            self.call_after_refresh(self.action_compose_review)

    def _listen(self) -> None:
        """It can be seen now: from now on keys may be meant for it."""
        self.form.area.deaf_for(DEAF_SECONDS, self.host.keymap.of("app.undo"), DEAF_TO_UNDO)

    def speak(self) -> None:
        super().speak()
        self.form.speak()
        self.form.show_files(self.draft.files)
        self._show()
        self._banner()
        self.query_one(ComposerSide).read(self.conversation.summary.id)

    def _say(self, why: Callable[[], str], tone: Literal["warning", "error"] = "warning") -> None:
        """Say above the text what is to be known, in whatever language."""
        self._banner = lambda: self.query_one(Notice).show(safe_line(why()), tone=tone)
        self._banner()

    def on_unmount(self) -> None:
        self.host.leaving.unsaved.pop(id(self), None)

    def _show(self) -> None:
        """Show how claim and draft stand, and which gaps are left."""
        if self.is_going:
            return
        summary = self.conversation.summary
        parts: list[Part] = []
        short = ".short" if self.app.size.width < PHONE else ""
        if self.keeper.is_over:
            parts.append((SafeText(t("compose.claim.lost")), "error"))
        elif self.keeper.claim is not None:
            minutes = round(self.keeper.seconds_left / 60)
            parts.append((SafeText(t(f"compose.claim{short}", minutes=minutes)), "warning"))
        if self.saver.failure is not None:
            parts.append((SafeText(t(f"compose.unsaved{short}")), "error"))
        elif not self.saver.is_saved:
            parts.append((SafeText(t(f"compose.saving{short}")), "muted"))
        elif self.draft.saved_at is not None:
            at = f"{self.draft.saved_at.astimezone(self.host.settings.zone):%H:%M:%S}"
            parts.append((SafeText(t(f"compose.saved{short}", at=at)), "ok"))
        key = "compose.private" if self.keeper.claim is None else "compose.title"
        if self.letter is not None and self.keeper.claim is not None:
            key = f"letter.title.{self.letter.kind}"
        title = SafeText(t(key, number=number(summary.id)))
        about = subject(summary.subject) if self.conversation.messages else SafeText("")
        if short and about:  # the subject is in its field
            title, about = SafeText(""), title
        self.query_one(TitleBar).show(title, about, parts)
        self.form.show_gaps(self.host.keymap.shown("compose.next_gap"))

    def offered(self, action_id: str) -> bool | None:
        if action_id == "compose.review":
            return None if self.keeper.held is None or self.host.standing.failure is not None else True
        if action_id in ("compose.template", "compose.editor", "compose.attach", "compose.next_gap"):
            return not self.keeper.is_over
        if action_id == "compose.copy":
            return self.keeper.is_over
        if action_id == "compose.colleagues":
            return self.keeper.held is not None and self.letter is None
        return True

    # saving

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self.saver.is_untouched and replace(self.current(), cursor=self._opened.cursor) == self._opened:
            return  # Textual tells of the text it was given, too
        self.saver.touch()
        self.sending.changed()
        self.keeper.key()
        self._show()
        if not self._save_planned:
            self._save_planned = True
            self.set_timer(SAVE_AFTER, self.save)

    @work(group="save")
    async def save(self) -> None:
        """Write the draft to the store; it is tried again with the next keystroke or after a while."""
        self._save_planned = False
        await self.saved()

    async def saved(self) -> bool:
        """Save what is not saved yet; whether the store has it all now. The first failure is shown."""
        known, was_saved = self.saver.failure, self.saver.is_saved
        done = await self.saver.save()
        if self.saver.failure is not None:
            if known is None:
                self.host.explain(self.saver.failure)
            self.set_timer(TRY_AGAIN, self.save)
        elif not was_saved and not self.is_going:
            self.query_one(ComposerSide).read(self.conversation.summary.id)
        self._show()
        return done

    def action_compose_save(self) -> None:
        self.saver.touch()
        self.save()

    @work(exclusive=True, group="close")
    async def action_compose_close(self) -> None:
        """Leave with the draft kept and the claim released."""
        await self.close(None)

    @work(exclusive=True, group="close")
    async def action_compose_discard(self) -> None:
        """Leave, give the claim up, and throw away what was written: undo brings it back."""
        was_over = self.keeper.is_over
        self.form.freeze()  # what is typed while the store is slow would be saved after the draft was thrown away
        if not await self.saved():
            self.form.freeze(was_over)
            return
        await self._release()
        self.dismiss(None)
        if self.draft.saved_at is not None:
            self.host.undoing.discard(self.conversation.summary.id)

    async def close(self, result: int | None) -> None:
        """Leave once the draft is in the store; where it cannot be, stay."""
        if await self.saved():
            if self.draft.saved_at is not None:
                self.host.say(t("compose.closed", number=self.conversation.summary.id))
            await self._release()
            self.dismiss(result)

    async def _release(self) -> None:
        try:
            await self.keeper.release()
        except MaildeskError as error:
            self.host.explain(error)

    # the claim

    @work(exclusive=True, group="renew")
    async def renew(self) -> None:
        """Keep the claim alive."""
        await self.keeper.renew()
        self._show()

    @work(exclusive=True, group="look")
    async def look_around(self) -> None:
        """Something changed: is the claim still ours?"""
        await self.keeper.look()

    def _lost(self, lost: LostClaim) -> None:
        """Say who has the claim now, and why, and what he and the customer wrote meanwhile."""
        if lost.holder is None:
            self._lock(lambda: t("compose.lost.nobody"))
        else:
            holder = lost.holder
            at = clock(holder.since, self.host.settings.zone)
            key = self.host.keymap.shown("compose.copy")

            def why() -> str:
                reason = t("compose.lost.reason", reason=lost.reason) if lost.reason else ""
                return t("compose.lost", who=holder.agent_name, at=at, reason=reason, key=key)

            self._lock(why)
        self.show_since()

    def _lock(self, why: Callable[[], str]) -> None:
        self.form.freeze()
        self._say(why, "error")
        self.host.ring()
        self._show()
        self.refresh_footer()
        self.save()

    @work(exclusive=True, group="since")
    async def show_since(self) -> None:
        """Show above the text what came in since it was begun."""
        number = self.conversation.summary.id
        try:
            now = await self.ask(lambda desk: desk.conversations.get(number))
        except MaildeskError:
            return  # the line on top says why
        known = {message.id for message in self.conversation.messages}
        newer = [message for message in now.messages if message.id not in known]
        if newer and not self.is_going:
            self.form.show_newer("\n\n".join(map(self.sending.shown, newer)))

    @work(exclusive=True, group="since")
    async def say_stopped(self, stop: Stop) -> None:
        """Say what stopped this reply when it was last sent, and show what came since."""
        now = await self.tried(lambda desk: desk.now())
        if now is None or self.is_going:
            return
        self._say(lambda: t("compose.stopped", why=because(stop, now, self.host.settings.zone)))
        newer = since(self.conversation, stop)
        if newer:
            self.form.show_newer("\n\n".join(map(self.sending.shown, newer)))

    def on_store_changed(self, event: StoreChanged) -> None:
        self.look_around()
        if self.keeper.is_over:
            self.show_since()

    def show_standing(self) -> None:
        super().show_standing()
        self.refresh_footer()

    def _watch_idle(self) -> None:
        self._show()
        if self.keeper.has_slept():
            self.renew()
        if self.keeper.is_idle and not self._asking:
            self._asking = True
            self.ask_whether_idle()

    @work(exclusive=True, group="idle")
    async def ask_whether_idle(self) -> None:
        """Ask whether somebody is still writing; without an answer the claim is given up."""
        minutes = int(IDLE_LIMIT.total_seconds() // 60)
        line = t("compose.idle.line", minutes=minutes, seconds=ASK_FOR)
        stay = await self.app.push_screen_wait(Confirm(t("compose.idle"), line, seconds=ASK_FOR))
        self._asking = False
        self.keeper.awake()
        if not stay and self.keeper.held is not None and await self.saved():
            await self._release()
            self._lock(lambda: t("compose.idle.released"))

    # writing

    @work(exclusive=True, group="template")
    async def action_compose_template(self) -> None:
        """Insert a template at the cursor; a text that nobody has touched is replaced."""
        if self.keeper.is_over:
            return
        number = self.conversation.summary.id
        found = await self.tried(lambda desk: (desk.templates.all(), desk.templates.suggest(number)))
        template = (
            await self.app.push_screen_wait(TemplatePicker(number, *found)) if found is not None else None
        )
        if template is None:
            return
        rendered = await self.tried(lambda desk: desk.templates.render(template.id, number))
        if rendered is not None and not self.keeper.is_over:
            self.form.put(rendered)
            self.saver.draft = replace(self.draft, template_id=template.id, template_version=template.version)
            self._changed()
            self.form.next_gap()

    def action_compose_next_gap(self) -> None:
        """Select the next gap after the cursor."""
        if not self.form.next_gap():
            self.host.say(t("compose.no_gap"))

    def action_compose_editor(self) -> None:
        """Edit the text in $EDITOR; the claim is kept alive meanwhile."""
        if self.keeper.is_over:
            return
        area = self.form.area
        try:
            with self.keeper.kept_alive(self.desk):
                text = external.edit(self.app, area.text)
        except external.NoProgram as error:
            self.host.no_program(error)
            return
        if safe(text) != area.text:
            area.load_text(safe(text))
            self._changed()

    @work(exclusive=True, group="attach")
    async def action_compose_attach(self) -> None:
        """Attach a file, or take one off."""
        if self.keeper.is_over or not await self.saved():
            return
        draft = await attaching.choose(self, self.current())
        if draft is not None:
            self.saver.draft = draft
            self.form.show_files(draft.files)
            self._show()

    def action_compose_copy(self) -> None:
        """Copy the whole text: it may be wanted elsewhere when it cannot be sent from here."""
        self.app.copy_to_clipboard(self.form.area.text)
        self.host.say(t("compose.copied"))

    @work(exclusive=True, group="attach")
    async def action_compose_colleagues(self) -> None:
        """Show the draft of the colleague from whom the conversation was taken over; it can be used for this reply."""
        if self.keeper.held is None or self.letter is not None:
            return
        number = self.conversation.summary.id
        found = await self.tried(lambda desk: desk.drafts.colleagues(number))
        if not found:
            self.host.say(t("compose.colleagues.none"))
            return
        chosen = await self.app.push_screen_wait(Peek(number, found[0]))
        if chosen is None or self.keeper.held is None:
            return
        area = self.form.area
        if self.draft.saved_at is None and self.saver.is_untouched:
            mine = await self.tried(lambda desk: desk.drafts.copy(number, chosen.author_id))
            if mine is None:
                return
            self.saver.draft = mine
            self.form.show_files(mine.files)
            area.load_text(safe(mine.body))
        else:
            area.insert(safe(chosen.draft.body))
        self._changed()

    # sending

    @work(exclusive=True, group="review")
    async def action_compose_review(self) -> None:
        """Look at the reply once more, then send it or come back."""
        claim = self.keeper.held
        if claim is None:
            return
        if self.host.standing.failure is not None:
            self.host.say(t("compose.no_store"), "warning")
            return
        if (text := self.form.bad_recipient()) is not None:
            self.host.say(t("compose.bad_address", text=text), "warning")
        elif await self.saved():
            await self.sending.review(self.current(), claim)

    def show_newer(self, text: str) -> None:
        """Show what came in meanwhile, above the text: it was not sent."""
        self._say(lambda: t("compose.stale"))
        self.form.show_newer(text)
        self.host.ring()
