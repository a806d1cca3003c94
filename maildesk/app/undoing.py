"""What z takes back: the last act of this session, whatever it was."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from maildesk.screens.deeds import Deed
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


@dataclass(frozen=True, slots=True)
class Submitted:
    """A reply that was put into the outbox here: it leaves in seconds, at its time, or when it was approved."""

    outbox_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done here and cannot be taken back: z says so before it goes on to what was done before."""


@dataclass(frozen=True, slots=True)
class Written:
    """Comments or a phone note that were written here; colleagues may have read them meanwhile."""

    comment_ids: tuple[int, ...]


Taken = Undo | CustomerUndo | CallUndo | TalkUndo | Recoded | ViewUndo
"""What the desk gave to take an act back."""
Act = Taken | Discarded | Written | Submitted | Settled
"""What was done."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act, in words too."""

    act: Act
    deed: Deed
    numbers: tuple[int, ...] = ()
    """The conversations."""


class Undoing:
    """The acts of this session that can be taken back."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._done: list[Done] = []
        self._held: list[Held] = []

    def remember(self, undo: Taken, deed: Deed | None = None, numbers: Sequence[int] = ()) -> None:
        """Make ``undo`` what the next z takes back; ``deed`` says what it was, where its kind does not."""
        if not numbers and isinstance(undo, Undo):
            numbers = [one.conversation_id for one in undo.before]
        self._add(Done(undo, deed or _called(undo), tuple(numbers)))

    def wrote(self, comment_ids: Sequence[int], deed: Deed, numbers: Sequence[int]) -> None:
        """Comments or a phone note were written: the next z takes them back while nobody has read them."""
        self._add(Done(Written(tuple(comment_ids)), deed, tuple(numbers)))

    def cannot(self, deed: Deed, numbers: Sequence[int]) -> None:
        """Something was done that cannot be taken back."""
        self._add(Done(Settled(), deed, tuple(numbers)))

    def _add(self, done: Done) -> None:
        self._done.append(done)
        del self._done[:-MOST]
        self._show()

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
            self._add(Done(Discarded(conversation_id), Deed("draft"), (conversation_id,)))
            key = self._app.keymap.shown("app.undo")
            self._app.say(t("outbox.drafts.discarded", number=conversation_id, key=key))
        self._app.hearing.tell()

    def hold(self, outbox_id: int, conversation_id: int) -> None:
        """A reply was queued: count down, and let z take it back until then."""
        seconds = self._app.settings.hold
        if seconds > 0:
            self._held.append(Held(outbox_id, conversation_id, time.monotonic() + seconds))
        self.submitted(outbox_id, conversation_id)
        if self._app.inbox is not None and self._app.inbox.box is not None:
            self._app.inbox.box.did(-outbox_id, event_word("queued"), (conversation_id,))

    def submitted(self, outbox_id: int, conversation_id: int) -> None:
        """A reply was put into the outbox: the next z takes it back while it is there."""
        self._add(Done(Submitted(outbox_id, conversation_id), Deed("reply"), (conversation_id,)))

    @property
    def held(self) -> list[Held]:
        """The replies that can still be taken back, the last one at the end."""
        now = time.monotonic()
        self._held = [held for held in self._held if held.until > now]
        return self._held

    @property
    def last_held(self) -> Held | None:
        """The last reply that can still be taken back."""
        return self.held[-1] if self.held else None

    def is_next(self, held: Held) -> bool:
        """Whether this reply is what z would take back now: nothing was done since."""
        last = self._done[-1].act if self._done else None
        return isinstance(last, Submitted) and last.outbox_id == held.outbox_id

    def look(self) -> None:
        """Something changed: what has left meanwhile is not counted down any further."""
        if self.held:
            self._app.beside(self._look, "held")

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
            self._held = [held for held in self._held if held not in left]
            self._show()
        return self.held

    def _show(self) -> None:
        if isinstance(self._app.screen, DeskScreen):
            self._app.screen.show_held()

    def undo(self) -> None:
        """Take the last act back."""
        self._app.beside(self._undo, "undo")

    async def _undo(self) -> None:
        desk = self._app.desk
        if desk is None:
            return
        if not self._done:
            self._app.say(t("app.nothing_to_undo"))
            return
        self._app.toasts.forget()
        done = self._done.pop()
        self._show()
        try:
            await self._take_back(desk, done)
        except MaildeskError as error:
            self._app.explain(error)

    async def _recall(self, desk: Desk, reply: Submitted) -> None:
        self._held = [held for held in self._held if held.outbox_id != reply.outbox_id]
        self._show()
        match await self._app.in_thread(lambda desk: desk.replies.recall(reply.outbox_id), desk):
            case TooLate():
                self._app.say(t("app.too_late", number=reply.conversation_id), "warning")
            case Recalled(draft):
                if self._app.inbox is not None and self._app.inbox.box is not None:
                    self._app.inbox.box.undone(-reply.outbox_id)
                self._app.say(t("app.recalled", number=reply.conversation_id))
                if isinstance(self._app.screen, Replying):
                    self._app.screen.reply_to(draft.conversation_id, recalled=True)

    async def _withdraw(self, desk: Desk, written: Written, done: Done) -> None:
        ids = written.comment_ids
        if await self._app.in_thread(lambda desk: desk.comments.withdraw(ids), desk):
            self._undone(done)
        else:
            self._app.say(t("deed.read-meanwhile", what=done.deed.name), "warning")
        self._app.hearing.tell()

    async def _take_back_other(
        self, desk: Desk, undo: CustomerUndo | CallUndo | TalkUndo, done: Done
    ) -> None:
        def take_back(desk: Desk) -> NotUndone | None:
            if isinstance(undo, TalkUndo):
                if undo.of == "rules":
                    return desk.rules.undo(undo)
                return desk.notes.undo(undo) if undo.of == "note" else desk.chat.undo(undo)
            return desk.customers.undo(undo) if isinstance(undo, CustomerUndo) else desk.phone.undo(undo)

        refused = await self._app.in_thread(take_back, desk)
        if refused is None:
            self._undone(done)
        else:
            key = "talk.not_undone" if isinstance(undo, TalkUndo) else "customer.not_undone"
            self._app.say(t(key), "warning")
        self._app.hearing.tell()

    def _undone(self, done: Done) -> None:
        self._app.say(done.deed.undone(done.numbers))

    async def _take_back(self, desk: Desk, done: Done) -> None:
        undo = done.act
        if isinstance(undo, Settled):
            self._app.say(done.deed.stays(done.numbers), "warning")
            return
        if isinstance(undo, Written):
            await self._withdraw(desk, undo, done)
            return
        if isinstance(undo, Submitted):
            await self._recall(desk, undo)
            return
        if isinstance(undo, CustomerUndo | CallUndo | TalkUndo):
            await self._take_back_other(desk, undo, done)
            return
        if isinstance(undo, Recoded):
            await self._app.in_thread(lambda desk: desk.charsets.undo(undo), desk)
            self._app.hearing.tell()
            self._undone(done)
            return
        if isinstance(undo, ViewUndo):
            await self._app.in_thread(lambda desk: desk.views.undo(undo), desk)
            self._undone(done)
            return
        if isinstance(undo, Discarded):
            back = await self._app.in_thread(lambda desk: desk.drafts.undiscard(undo.conversation_id), desk)
            self._app.hearing.tell()
            self._app.say(done.deed.undone(done.numbers) if back is not None else t("app.nothing_to_undo"))
            return
        match await self._app.in_thread(lambda desk: desk.triage.undo(undo), desk):
            case Undone(summaries):
                if self._app.inbox is not None:
                    if (box := self._app.inbox.box) is not None and undo.before:
                        box.undone(undo.before[0].event)
                    await self._app.inbox.bring_back([row.id for row in summaries])
                if isinstance(self._app.screen, DeskScreen):
                    self._app.screen.brought_back([row.id for row in summaries])
                self._app.hearing.tell()
                self._undone(done)
            case NotUndone(who, what, can_force):
                await self._refused(desk, undo, done, actor(who), event_word(what), can_force)

    async def _refused(
        self, desk: Desk, undo: Undo, done: Done, who: str, what: str, can_force: bool
    ) -> None:
        """Somebody changed the same since: say who, and offer to undo it all the same."""
        if not can_force:
            self._app.say(t("app.not_undone", who=who, what=what), "warning")
            return
        from maildesk.screens.confirm import Confirm

        line = t("confirm.force.line", who=who, what=what)
        agreed = await self._app.push_screen_wait(Confirm(t("confirm.force"), line))
        if not agreed:
            self._add(done)
            return
        outcome = await self._app.in_thread(lambda desk: desk.triage.undo(undo, force=True), desk)
        if isinstance(outcome, Undone):
            self._undone(done)
        else:
            words = event_word(outcome.what)
            self._app.say(t("app.not_undone", who=actor(outcome.who), what=words), "warning")
        self._app.hearing.tell()


def _called(undo: Taken) -> Deed:
    """What an act is called by its kind alone."""
    match undo:
        case CustomerUndo():
            return Deed("customer")
        case CallUndo():
            return Deed("call")
        case TalkUndo(of=of):
            return Deed(of)
        case Recoded():
            return Deed("charset")
        case ViewUndo():
            return Deed("view")
    return Deed("change", event_word(undo.what))
