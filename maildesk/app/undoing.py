"""What z takes back: a reply that has not left yet, else the last change of a conversation."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maildesk.domain.customer import CustomerUndo
from maildesk.domain.outcomes import NotUndone, Undo, Undone
from maildesk.domain.phone import CallUndo
from maildesk.domain.repair import Recoded
from maildesk.domain.reply import Recalled, TooLate
from maildesk.domain.talk import TalkUndo
from maildesk.domain.view import ViewUndo
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.replying import Replying
from maildesk.screens.words import actor, event_word

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk

MOST = 50
"""How many acts can be taken back, one after the other."""


@dataclass(frozen=True, slots=True)
class Discarded:
    """A draft that was thrown away here."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that was queued here and can still be taken back, until ``until`` on the monotonic clock."""

    outbox_id: int
    conversation_id: int
    until: float

    @property
    def seconds_left(self) -> float:
        """How long it can still be taken back."""
        return self.until - time.monotonic()


Act = Undo | Discarded | CustomerUndo | CallUndo | TalkUndo | Recoded | ViewUndo
"""What can be taken back."""


class Undoing:
    """The acts of this session that can be taken back."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._acts: list[Act] = []
        self._held: list[Held] = []
        self._left: Held | None = None
        """The last reply whose time to be taken back is over."""

    def remember(self, undo: Undo | CustomerUndo | CallUndo | TalkUndo | Recoded | ViewUndo) -> None:
        """Make ``undo`` what the next z takes back."""
        self._acts.append(undo)
        del self._acts[:-MOST]

    def discard(self, conversation_id: int) -> None:
        """Throw my draft of a conversation away; the next z brings it back."""
        self._app.run_worker(self._discard(conversation_id), group="discard")

    async def _discard(self, conversation_id: int) -> None:
        desk = self._app.desk
        if desk is None:
            return
        try:
            gone = await self._app.in_thread(lambda desk: desk.drafts.discard(conversation_id), desk)
        except MaildeskError as error:
            self._app.explain(error)
            return
        if gone is not None:
            self._acts.append(Discarded(conversation_id))
            del self._acts[:-MOST]
            key = self._app.keymap.shown("app.undo")
            self._app.say(t("outbox.drafts.discarded", number=conversation_id, key=key))
        self._app.hearing.tell()

    def hold(self, outbox_id: int, conversation_id: int) -> None:
        """A reply was queued: count down, and let z take it back until then."""
        seconds = self._app.settings.hold
        if seconds > 0:
            self._held.append(Held(outbox_id, conversation_id, time.monotonic() + seconds))
            self._show()
        if self._app.inbox is not None and self._app.inbox.box is not None:
            self._app.inbox.box.did(-outbox_id, event_word("queued"), (conversation_id,))

    @property
    def held(self) -> list[Held]:
        """The replies that can still be taken back, the last one at the end."""
        now = time.monotonic()
        for held in self._held:
            if held.until <= now:
                self._left = held
        self._held = [held for held in self._held if held.until > now]
        return self._held

    @property
    def last_held(self) -> Held | None:
        """The reply that z would take back now."""
        return self.held[-1] if self.held else None

    def look(self) -> None:
        """Something changed: what has left meanwhile is not counted down any further."""
        if self.held:
            self._app.run_worker(self._look(), exclusive=True, group="held")

    async def _look(self) -> None:
        with suppress(MaildeskError):  # out of reach: the seconds run on, and the next change asks again
            await self.still_held()

    async def still_held(self) -> list[Held]:
        """The replies that can still be taken back, as the store knows it: a worker's clock may be ahead of this one.
        Raises MaildeskError."""
        desk = self._app.desk
        asked = [held.outbox_id for held in self.held]
        if desk is None or not asked:
            return []
        still = await self._app.in_thread(lambda desk: desk.outbox.recallable(asked), desk)
        left = [held for held in self._held if held.outbox_id in asked and held.outbox_id not in still]
        if left:
            self._left = left[-1]
            self._held = [held for held in self._held if held not in left]
            self._show()
        return self.held

    def _show(self) -> None:
        if isinstance(self._app.screen, DeskScreen):
            self._app.screen.show_held()

    def undo(self) -> None:
        """Take the last act back."""
        self._app.run_worker(self._undo(), exclusive=True, group="undo")

    async def _undo(self) -> None:
        desk = self._app.desk
        if desk is None:
            return
        try:
            if (held := self.last_held) is not None:
                self._held.remove(held)
                await self._recall(desk, held)
            elif self._acts:
                await self._take_back(desk, self._acts.pop())
            elif self._left is not None:
                self._app.say(t("app.too_late", number=self._left.conversation_id), "warning")
            else:
                self._app.say(t("app.nothing_to_undo"))
        except MaildeskError as error:
            self._app.explain(error)

    async def _recall(self, desk: Desk, held: Held) -> None:
        self._show()
        match await self._app.in_thread(lambda desk: desk.replies.recall(held.outbox_id), desk):
            case TooLate():
                self._app.say(t("app.too_late", number=held.conversation_id), "warning")
            case Recalled(draft):
                if self._app.inbox is not None and self._app.inbox.box is not None:
                    self._app.inbox.box.undone(-held.outbox_id)
                self._app.say(t("app.recalled", number=held.conversation_id))
                if isinstance(self._app.screen, Replying):
                    self._app.screen.reply_to(draft.conversation_id, recalled=True)

    async def _take_back_other(self, desk: Desk, undo: CustomerUndo | CallUndo | TalkUndo) -> None:
        def take_back(desk: Desk) -> NotUndone | None:
            if isinstance(undo, TalkUndo):
                if undo.of == "rules":
                    return desk.rules.undo(undo)
                return desk.notes.undo(undo) if undo.of == "note" else desk.chat.undo(undo)
            return desk.customers.undo(undo) if isinstance(undo, CustomerUndo) else desk.phone.undo(undo)

        refused = await self._app.in_thread(take_back, desk)
        if refused is None:
            self._app.say(t("app.undone"))
        else:
            key = "talk.not_undone" if isinstance(undo, TalkUndo) else "customer.not_undone"
            self._app.say(t(key), "warning")
        self._app.hearing.tell()

    async def _take_back(self, desk: Desk, undo: Act) -> None:
        if isinstance(undo, CustomerUndo | CallUndo | TalkUndo):
            await self._take_back_other(desk, undo)
            return
        if isinstance(undo, Recoded):
            await self._app.in_thread(lambda desk: desk.charsets.undo(undo), desk)
            self._app.hearing.tell()
            self._app.say(t("app.undone"))
            return
        if isinstance(undo, ViewUndo):
            await self._app.in_thread(lambda desk: desk.views.undo(undo), desk)
            self._app.say(t("app.undone"))
            return
        if isinstance(undo, Discarded):
            back = await self._app.in_thread(lambda desk: desk.drafts.undiscard(undo.conversation_id), desk)
            self._app.hearing.tell()
            self._app.say(t("app.undone" if back is not None else "app.nothing_to_undo"))
            return
        match await self._app.in_thread(lambda desk: desk.triage.undo(undo), desk):
            case Undone(summaries):
                if self._app.inbox is not None:
                    if (box := self._app.inbox.box) is not None and undo.before:
                        box.undone(undo.before[0].event)
                    self._app.inbox.bring_back([row.id for row in summaries])
                self._app.hearing.tell()
                self._app.say(t("app.undone"))
            case NotUndone(who, what, can_force):
                await self._refused(desk, undo, actor(who), event_word(what), can_force)

    async def _refused(self, desk: Desk, undo: Undo, who: str, what: str, can_force: bool) -> None:
        """Somebody changed the same since: say who, and offer to undo it all the same."""
        if not can_force:
            self._app.say(t("app.not_undone", who=who, what=what), "warning")
            return
        from maildesk.screens.confirm import Confirm

        line = t("confirm.force.line", who=who, what=what)
        agreed = await self._app.push_screen_wait(Confirm(t("confirm.force"), line))
        if not agreed:
            self._acts.append(undo)
            return
        outcome = await self._app.in_thread(lambda desk: desk.triage.undo(undo, force=True), desk)
        if isinstance(outcome, Undone):
            self._app.say(t("app.undone"))
        else:
            words = event_word(outcome.what)
            self._app.say(t("app.not_undone", who=actor(outcome.who), what=words), "warning")
        self._app.hearing.tell()
