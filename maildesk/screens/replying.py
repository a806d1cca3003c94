"""Starting a reply from the list or from a conversation, and what happens when somebody else is at it.

The composer and the dialogs are imported with the first reply: the inbox is on screen sooner without them.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from textual import work

from maildesk.domain.agent import Right
from maildesk.domain.claim import Claimed, ClaimView, HeldByOther
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outbox import OutboxItem
from maildesk.domain.outcomes import Begun, Released, Waiting
from maildesk.domain.reply import AlreadyAnswered, Recalled, TooLate
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.deeds import Deed
from maildesk.screens.words import clock

if TYPE_CHECKING:
    from maildesk.desk import Desk

T = TypeVar("T")


class Replying(DeskScreen[None]):
    """Mixed into screens from which a reply can be begun."""

    @abstractmethod
    def targets(self) -> tuple[int, ...]:
        """The conversations that an action is for."""

    @abstractmethod
    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        """What is known of a conversation on this screen."""

    def reply_closed(self, conversation_id: int, sent: bool) -> None:
        """The composer was closed; ``sent``: with the reply in the outbox."""

    def action_conversation_reply(self) -> None:
        if targets := self.targets():
            self.reply_to(targets[0])

    def action_conversation_reply_sender(self) -> None:
        if targets := self.targets():
            self.reply_to(targets[0], reply_all=False)

    @work(group="reply", exclusive=True)
    async def action_conversation_reply_suggest(self) -> None:
        targets = self.targets()
        if not targets:
            return
        suggestions = await self.tried(lambda desk: desk.templates.suggest(targets[0], limit=1))
        if suggestions is None:
            return
        if not suggestions:
            self.host.say(t("inbox.reply.none_suggested"))
        await self.begin(targets[0], True, suggestions[0].template.id if suggestions else None)

    def reply_with(self, template_id: int) -> None:
        """Reply to the conversation that is meant, with a template."""
        if targets := self.targets():
            self.reply_to(targets[0], template=template_id)

    @work(group="reply", exclusive=True)
    async def reply_to(
        self,
        conversation_id: int,
        *,
        reply_all: bool = True,
        template: int | None = None,
        recalled: bool = False,
    ) -> None:
        """Take the claim and open the composer, or say who holds it."""
        await self.begin(conversation_id, reply_all, template, recalled)

    async def begin(
        self,
        conversation_id: int,
        reply_all: bool,
        template: int | None,
        recalled: bool = False,
        *,
        review: bool = False,
        seen_version: int | None = None,
    ) -> None:
        """What :meth:`reply_to` does, for a worker that is running already. ``review`` goes on to the last look,
        ``seen_version`` is what the agent has seen of the conversation where that is not what is there now."""
        with self.answering(conversation_id):
            await self._begin(conversation_id, reply_all, template, recalled, review, seen_version)

    @contextmanager
    def answering(self, conversation_id: int) -> Iterator[None]:
        """Meanwhile the claim of this conversation is wanted here."""
        wanted = self.host.answering
        wanted[conversation_id] += 1
        try:
            yield
        finally:
            wanted[conversation_id] -= 1

    async def _begin(
        self,
        conversation_id: int,
        reply_all: bool,
        template: int | None,
        recalled: bool,
        review: bool,
        seen_version: int | None,
    ) -> None:
        from maildesk.screens.composer import Composer

        outcome = await self.claiming(
            lambda desk: desk.replies.begin(conversation_id, reply_all=reply_all, template=template)
        )
        match outcome:
            case Begun(claim, draft, conversation, letter):
                composer = Composer(
                    draft,
                    conversation,
                    claim,
                    recalled=recalled,
                    review=review,
                    seen_version=seen_version,
                    letter=letter,
                )
                sent = await self.app.push_screen_wait(composer)
                self.reply_closed(conversation_id, sent is not None)
            case HeldByOther(holder):
                place = await self.tried(lambda desk: desk.letters.place(conversation_id))
                await self._say_held(place or conversation_id, holder)
            case Waiting(item):
                await self.decide(item)

    async def claiming(self, work: Callable[[Desk], T]) -> T | None:
        """Like :meth:`tried` for what takes a claim, which is given back where another reply was begun before it was
        there."""
        begun = asyncio.ensure_future(self.tried(work))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(self._not_wanted)
            raise

    def _not_wanted(self, begun: asyncio.Future[Any]) -> None:
        """Give back what was begun; but not the claim that another reply to the same conversation has by now."""
        if begun.cancelled() or begun.exception() is not None:
            return
        match begun.result():
            case Begun(claim) | Claimed(claim) if not self.host.answering[claim.conversation_id]:
                self.host.run_worker(self.tried(lambda desk: desk.claims.release(claim)), group="released")

    async def decide(self, item: OutboxItem) -> None:
        """Show a reply that waits, and do what its author or a supervisor decides."""
        from maildesk.screens.waiting import WaitingDialog

        now = await self.tried(lambda desk: desk.now())
        if now is None:
            return
        match await self.app.push_screen_wait(WaitingDialog(item, now)):
            case "edit":
                await self.pull_back(item)
            case "released":
                await self.release(item)

    async def pull_back(self, item: OutboxItem, *, review: bool = False) -> None:
        """Take a reply that has not left back into the editor."""
        match await self.tried(lambda desk: desk.outbox.pull_back(item.id)):
            case Recalled(draft):
                await self.begin(draft.conversation_id, True, None, review=review)
            case TooLate():
                self.host.say(t("app.too_late", number=item.conversation_id), "warning")

    async def release(self, item: OutboxItem) -> None:
        """Send a reply that new mail had stopped as it is."""
        match await self.tried(lambda desk: desk.outbox.release(item.id)):
            case Released():
                self.host.undoing.cannot(Deed("release-reply"), [item.conversation_id])
                self.host.say(t("outbox.done.released", number=item.conversation_id))
            case HeldByOther(holder):
                await self._say_held(item.conversation_id, holder)
            case AlreadyAnswered(by, at):
                when = clock(at, self.host.settings.zone)
                self.host.say(t("compose.answered.already", who=by, at=when), "warning")

    async def _say_held(self, conversation_id: int, holder: ClaimView) -> None:
        from maildesk.screens.claim import ClaimDialog

        now = await self.tried(lambda desk: desk.now())
        if now is None:
            return
        match await self.app.push_screen_wait(ClaimDialog(conversation_id, holder, now)):
            case "reply":
                await self.begin(conversation_id, True, None)
            case "notify":
                if await self.did(lambda desk: desk.claims.watch(conversation_id)):
                    self.host.say(t("claim.notified", number=conversation_id))
            case "comment":
                row = self.summary_of(conversation_id)
                if row is not None:
                    from maildesk.screens.comment import CommentScreen

                    self.app.push_screen(CommentScreen([row]))
            case "peek":
                from maildesk.screens.peek import Peek

                self.app.push_screen(Peek(conversation_id))
            case "draft":
                await self._private(conversation_id)
            case "takeover":
                await self._take_over(conversation_id, holder)

    async def _private(self, conversation_id: int) -> None:
        from maildesk.screens.composer import Composer

        draft = await self.tried(lambda desk: desk.replies.begin_private(conversation_id))
        conversation = await self.tried(lambda desk: desk.conversations.get(conversation_id))
        if draft is not None and conversation is not None:
            await self.app.push_screen_wait(Composer(draft, conversation, None))
            self.reply_closed(conversation_id, False)

    async def _take_over(self, conversation_id: int, holder: ClaimView) -> None:
        from maildesk.screens.claim import TakeOver

        dialog = TakeOver(conversation_id, holder)
        reason = await self.app.push_screen_wait(dialog)
        if reason is None:
            return
        seen = dialog.holder or holder
        outcome = await self.claiming(lambda desk: desk.claims.take_over(conversation_id, seen, reason))
        match outcome:
            case Claimed():
                key = self.host.keymap.shown("compose.colleagues")
                self.host.say(t("claim.over.done", number=conversation_id, key=key))
                await self.begin(conversation_id, True, None)
            case HeldByOther(other):
                await self._say_held(conversation_id, other)
            case Waiting(item):
                await self.decide(item)

    @work(group="reply", exclusive=True)
    async def action_claim_takeover(self) -> None:
        targets = self.targets()
        row = await self.tried(lambda desk: desk.conversations.summary(targets[0])) if targets else None
        if row is None:
            return
        if row.claim is None:
            self.host.say(t("claim.free", number=row.id))
        elif row.claim.agent_id == self.desk.me.id:
            self.host.say(t("claim.mine", number=row.id))
        elif not self.desk.me.may(Right.TAKE_OVER):
            self.host.say(t("claim.takeover.forbidden"), "warning")
        else:
            await self._take_over(row.id, row.claim)
