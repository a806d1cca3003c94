"""Working through a view without looking for work: one key claims the best free conversation and opens it. Who leaves
it without a reply gives the claim back; who wants the next one says why he skips this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, work

from maildesk.domain.claim import RENEW_EVERY, Claim, LostClaim
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.base import DeskScreen
from maildesk.screens.claim_keeping import ClaimKeeper
from maildesk.screens.picker import Picker
from maildesk.screens.walking import InboxWalk

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.screens.inbox import InboxScreen


class Queueing(DeskScreen[None]):
    """Mixed into the inbox."""

    @work(group="next", exclusive=True)
    async def action_conversation_next(self) -> None:
        await self.open_next()

    async def open_next(self) -> None:
        """Claim and open the best free conversation of the view, or say that there is none."""
        from maildesk.screens.conversation import ConversationScreen

        inbox: InboxScreen = self.host.inbox  # type: ignore[assignment]  # who asks is open, and so is its list
        claim = await take_next(self, inbox)
        if claim is not None:
            inbox.mails.move_to_id(claim.conversation_id)
            self.app.push_screen(ConversationScreen(claim.conversation_id, InboxWalk(inbox), claim=claim))


async def take_next(screen: DeskScreen[None], inbox: InboxScreen) -> Claim | None:
    """The claim of the best free conversation of what the inbox shows. None: there is none, and it was said."""
    listing = inbox.listing

    def take(desk: Desk) -> Claim | str:
        shop = listing.shop.id if listing.shop is not None else None
        claim = desk.queue.next(
            listing.tab, sort=listing.sort, query=listing.query_text, mailbox_id=shop, mine=listing.mine
        )
        if claim is not None:
            return claim
        if desk.queue.forget_skipped():
            return t("inbox.next.skipped")
        if not listing.mine:
            count = desk.queue.assigned_to_others(listing.tab, query=listing.query_text, mailbox_id=shop)
            if count:
                return t("inbox.next.assigned", count=count)
        return t("inbox.next.none")

    found = await screen.tried(take)
    if isinstance(found, str):
        screen.host.say(found)
        return None
    return found


class Guided(DeskScreen[None]):
    """Mixed into the conversation: keeps the claim with which it was opened."""

    conversation_id: int
    _keeper: ClaimKeeper | None = None

    def keep(self, claim: Claim) -> None:
        """Hold this claim while the conversation is shown."""
        self._keeper = ClaimKeeper(claim, self.ask, self._lost)
        self.host.say(t("inbox.next.taken", number=claim.conversation_id))

    def on_mount(self) -> None:
        self.set_interval(RENEW_EVERY.total_seconds(), self._renew)

    def on_key(self, event: events.Key) -> None:
        if self._keeper is not None:
            self._keeper.key()

    @work(group="renew", exclusive=True)
    async def _renew(self) -> None:
        keeper = self._keeper
        if keeper is None or keeper.held is None:
            return
        if keeper.is_idle and self.is_current:
            number = keeper.held.conversation_id
            self._keeper = None
            await self._release(keeper)
            self.host.say(t("inbox.next.idle", number=number), "warning")
        else:
            await keeper.renew()

    def _lost(self, lost: LostClaim) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.claim is not None and lost.holder is not None:
            self.host.say(t("inbox.next.lost", number=keeper.claim.conversation_id), "warning")

    def let_go_of(self, conversation_id: int) -> None:
        """The conversation is left: whoever has not replied gives its claim back."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.held is not None:
            self.host.run_worker(self._release(keeper), group="release")

    async def _release(self, keeper: ClaimKeeper) -> None:
        claim, desk = keeper.held, self.host.desk
        if claim is None or desk is None:
            return
        try:
            await self.host.in_thread(lambda desk: desk.claims.release(claim), desk)
        except MaildeskError:
            return  # it lapses by itself

    @work(group="next", exclusive=True)
    async def action_conversation_next(self) -> None:
        inbox = self.host.inbox
        if inbox is None:
            return
        keeper = self._keeper
        if keeper is not None and keeper.held is not None:
            reason = await self.app.push_screen_wait(
                Picker(
                    t("picker.skip", number=self.conversation_id),
                    choices.notes("skip"),
                    hint=t("picker.reason.hint"),
                    typed=choices.typed_note,
                )
            )
            claim = keeper.held
            if reason is None or claim is None:
                return
            self._keeper = None
            if not await self.did(lambda desk: desk.queue.skip(claim, reason)):
                return
        taken = await take_next(self, inbox)
        if taken is not None:
            inbox.mails.move_to_id(taken.conversation_id)
            self.show_claimed(taken)
        elif keeper is not None:
            self.dismiss(None)

    def show_claimed(self, claim: Claim) -> None:
        """Show the conversation of a claim in place of this one."""
