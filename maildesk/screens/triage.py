"""What can be done to conversations from the list and from an open one: the same keys, the same result."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from textual import events, work

from maildesk.domain.business import Calendar
from maildesk.domain.conversation import ConversationSummary, Message
from maildesk.domain.outcomes import Changed
from maildesk.domain.state_words import state_label, state_name
from maildesk.domain.status import CustomState, Priority, Status, WaitingReason
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.files import Files
from maildesk.screens.labels import LabelPicker
from maildesk.screens.picker import Picker
from maildesk.screens.skipped import preview_lines, skipped_line
from maildesk.screens.time_picker import TimePicker
from maildesk.screens.words import colleague, event_word, mail_name, priority

if TYPE_CHECKING:
    from maildesk.desk import Desk

UNASKED = 3
"""On how many conversations an act is done without being asked for first."""

Change = Callable[["Desk", Sequence[int]], Changed]
Expect = Callable[[ConversationSummary], ConversationSummary]


class Triage(Files):
    """Mixed into the inbox and the conversation. They show what is expected of an act
    (:meth:`expect`) and what came of it (:meth:`settle`)."""

    # what a screen supplies

    @abstractmethod
    def expect(self, rows: Sequence[ConversationSummary], leaving: bool, stay: bool = False) -> None:
        """Show rows as they will be, before the store has answered; ``leaving``: they go from this list; ``stay``: do
        not go on to the next."""

    @abstractmethod
    def settle(self, changed: Changed | None, leaving: bool, stay: bool) -> None:
        """The store answered (None: it did not change anything). ``stay``: do not go on to the next."""

    # changing

    def change(
        self,
        act: Change,
        expect: Expect,
        deed: Deed,
        *,
        leaving: bool = False,
        stay: bool = False,
        again: Callable[[Triage], object] | None = None,
    ) -> None:
        """Do something to what is chosen now: show what is expected, ask the desk, show what came of it, and say what
        was done (``deed``). Where it fails, the rows come back. ``again`` is what repeats it, where that is not the
        same for other conversations."""
        if again is None:

            def again(screen: Triage) -> None:
                screen.change(act, expect, deed, leaving=leaving, stay=stay)

        self._change(self.targets(), act, expect, deed, again, leaving, stay)

    @work(group="triage")
    async def _change(
        self,
        ids: Sequence[int],
        act: Change,
        expect: Expect,
        deed: Deed,
        again: Callable[[Triage], object],
        leaving: bool,
        stay: bool,
    ) -> None:
        rows = [row for row in map(self.summary_of, ids) if row is not None]
        if not ids or self.host.desk is None:
            return
        if len(ids) > UNASKED and not await self._agrees(act, deed, ids):
            return
        self.expect([expect(row) for row in rows], leaving, stay)
        try:
            changed = await self.ask(lambda desk: act(desk, ids))
        except MaildeskError as error:
            self.settle(None, leaving, stay=True)
            self.host.say(t("inbox.failed.change", number=ids[0], reason=error), "error")
            return
        skipped = [skipped_line(one) for one in changed.skipped]
        if changed.summaries:
            numbers = [row.id for row in changed.summaries]
            self.host.undoing.remember(changed.undo, deed, numbers)
            self._count(changed)
            self.host.keyboard.remember(again)
            self.host.toasts.did(deed, numbers, more=skipped)
        elif skipped:
            self.host.say("\n".join(skipped[:2]), "warning")
        self.settle(changed, leaving, stay)

    def _count(self, changed: Changed) -> None:
        """Count an act while time is boxed."""
        box = self.host.inbox.box if self.host.inbox is not None else None
        if box is None or not changed.undo.before or not changed.undo.before[0].event:
            return  # what only I see is no work done
        what = event_word(changed.undo.what)
        if changed.undo.what == "status":
            what = state_name(replace(changed.summaries[0], claim=None), self.host.states)
        box.did(changed.undo.before[0].event, what, tuple(row.id for row in changed.summaries))

    async def _agrees(self, act: Change, deed: Deed, ids: Sequence[int]) -> bool:
        """Show what an act on many would change and what not, before it is done."""

        def try_it(desk: Desk) -> Changed:
            with desk.triage.rehearsing():
                return act(desk, ids)

        tried = await self.tried(try_it)
        if tried is None:
            return False
        lines = preview_lines(len(ids), len(tried.summaries), tried.skipped)
        agreed = await self.app.push_screen_wait(Confirm(deed.question(len(ids)), *lines))
        return bool(agreed)

    def _set_status(
        self,
        status: Status,
        *,
        reason: WaitingReason | None = None,
        until: datetime | None = None,
        stay: bool = False,
    ) -> None:
        self.change(
            lambda desk, ids: desk.triage.set_status(ids, status, reason=reason, until=until),
            lambda row: replace(row, status=status, substate="", waiting_reason=reason, waiting_until=until),
            Deed("status", self._named(status, reason, until)),
            leaving=True,
            stay=stay,
        )

    def _named(self, status: Status, reason: WaitingReason | None, until: datetime | None) -> str:
        """A status in words, with what is waited for: ``保留(11/25 09:00まで)``."""
        name = t(f"common.{status}")
        if until is not None:
            why = t("deed.until", until=f"{until.astimezone(self.host.settings.zone):%m/%d %H:%M}")
        else:
            why = t(f"common.waiting.{reason}") if reason is not None else ""
        return f"{name}({why})" if why else name

    def _set_state(self, state: CustomState) -> None:
        """Give the conversations a state of the desk's own."""
        self.change(
            lambda desk, ids: desk.triage.set_state(ids, state.name),
            lambda row: replace(
                row, status=state.base, substate=state.name, waiting_reason=None, waiting_until=None
            ),
            Deed("status", state_label(state)),
            leaving=True,
        )

    def on_key(self, event: events.Key) -> None:
        """Textual: a key that means nothing else may be that of a state of the desk's own."""
        state = next((one for one in self.host.states if one.key and one.key == event.key), None)
        if state is not None and self.targets():
            event.stop()
            event.prevent_default()
            self._set_state(state)

    def action_conversation_done(self) -> None:
        self._set_status(Status.DONE, stay=self.host.settings.after_done == "list")

    def action_conversation_done_stay(self) -> None:
        self._set_status(Status.DONE, stay=self.host.settings.after_done == "next")

    def action_conversation_trash(self) -> None:
        self._set_status(Status.TRASH)

    def assign(self, agent_id: int | None, name: str) -> None:
        """Give the conversations to an agent, None for nobody."""
        self.change(
            lambda desk, ids: desk.triage.assign(ids, agent_id),
            lambda row: replace(row, assignee_id=agent_id, assignee_name=name),
            Deed("unassign") if agent_id is None else Deed("assign", colleague(name)),
        )

    def action_conversation_take(self) -> None:
        if self.host.desk is not None:
            self.assign(self.desk.me.id, self.desk.me.name)

    # pickers

    @work(group="pick", exclusive=True)
    async def action_conversation_assign(self) -> None:
        if not self.targets():
            return
        agents = await self.tried(lambda desk: desk.people.agents())
        if agents is None:
            return
        me = self.desk.me.id
        title = t("picker.assign", count=len(self.targets()))
        picked = await self.app.push_screen_wait(Picker(title, choices.agents(agents, me)))
        if picked is not None:
            self.assign(picked.id, picked.name)

    @work(group="pick", exclusive=True)
    async def action_conversation_status(self) -> None:
        if not self.targets():
            return
        first = self.summary_of(self.targets()[0])
        title = t("picker.status", count=len(self.targets()))
        status = await self.app.push_screen_wait(Picker(title, choices.statuses(first, self.host.states)))
        if status is Status.WAITING:
            self.action_conversation_snooze()
        elif isinstance(status, CustomState):
            self._set_state(status)
        elif status is not None:
            self._set_status(status)

    @property
    def _calendar(self) -> Calendar | None:
        """When the shop is open whose conversation is meant, where that is known."""
        row = self.summary_of(self.targets()[0])
        boxes = self.host.inbox.listing.mailboxes if self.host.inbox is not None else ()
        target = next((b.reply_target for b in boxes if row is not None and b.id == row.mailbox_id), None)
        return target.calendar if target is not None else None

    @work(group="pick", exclusive=True)
    async def action_conversation_snooze(self) -> None:
        if not self.targets():
            return
        now = await self.tried(lambda desk: desk.now())
        if now is None:
            return
        zone, calendar = self.host.settings.zone, self._calendar
        picked = await self.app.push_screen_wait(
            TimePicker(
                t("picker.snooze", count=len(self.targets())),
                choices.waits(now, zone, calendar),
                typed=lambda text: choices.wait_until(text, now, zone, calendar),
            )
        )
        if picked is not None:
            self._set_status(Status.WAITING, reason=picked.reason, until=picked.until)

    @work(group="pick", exclusive=True)
    async def action_conversation_priority(self) -> None:
        if not self.targets():
            return
        first = self.summary_of(self.targets()[0])
        title = t("picker.priority", count=len(self.targets()))
        picked: Priority | None = await self.app.push_screen_wait(
            Picker(title, choices.priorities(first.priority if first is not None else None))
        )
        if picked is not None:
            value = picked
            self.change(
                lambda desk, ids: desk.triage.set_priority(ids, value),
                lambda row: replace(row, priority=value),
                Deed("priority", priority(value) or t("picker.priority.normal")),
            )

    @work(group="pick", exclusive=True)
    async def action_conversation_label(self) -> None:
        ids = self.targets()
        if not ids:
            return
        found = await self.tried(lambda desk: (desk.inbox.labels(), desk.inbox.label_looks()))
        if found is None:
            return
        known, looks = found
        keys = {look.name: look.key for look in looks}
        rows = [row for row in map(self.summary_of, ids) if row is not None]
        picked = await self.app.push_screen_wait(LabelPicker(known, [row.labels for row in rows], keys))
        if picked is not None and (picked.add or picked.remove):
            add, remove = picked.add, picked.remove
            self.change(
                lambda desk, ids: desk.triage.label(ids, add, remove),
                lambda row: replace(
                    row,
                    labels=(
                        *(label for label in row.labels if label not in remove),
                        *(label for label in add if label not in row.labels),
                    ),
                ),
                Deed("label", " ".join([*(f"+{one}" for one in add), *(f"-{one}" for one in remove)])),
            )

    # others

    def action_conversation_unread(self) -> None:
        rows = [row for row in map(self.summary_of, self.targets()) if row is not None]
        if rows:
            seen = rows[0].unread
            self.change(
                lambda desk, ids: desk.marks.see(ids, seen),
                lambda row: replace(row, unread=not seen),
                Deed("read" if seen else "unread"),
            )

    def action_conversation_comment(self) -> None:
        rows = [row for row in map(self.summary_of, self.targets()) if row is not None]
        if rows:
            from maildesk.screens.comment import AboutMail, CommentScreen

            mail = self.mail_to_comment()
            zone = self.host.settings.zone
            about = AboutMail(mail.id, mail_name(mail, zone)) if mail is not None else None
            self.app.push_screen(CommentScreen(rows, about=about), self._commented)

    def mail_to_comment(self) -> Message | None:
        """The mail that a comment may be about; None where only conversations are shown."""
        return None

    def _commented(self, added: bool | None) -> None:
        if added:
            self.settle(None, False, True)

    def action_claim_release(self) -> None:
        me = self.desk.me.id if self.host.desk is not None else 0

        def released(row: ConversationSummary) -> ConversationSummary:
            mine = row.claim is not None and row.claim.agent_id == me
            return replace(row, claim=None) if mine else row

        self.change(lambda desk, ids: desk.marks.release(ids), released, Deed("release"))
