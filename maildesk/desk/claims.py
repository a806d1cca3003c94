"""The claim (返信権)."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.agent import Right
from maildesk.domain.claim import Claim, Claimed, ClaimView, Freed, HeldByOther, LostClaim
from maildesk.domain.outcomes import Waiting
from maildesk.domain.reply import Stop, StopReason
from maildesk.errors import MaildeskError
from maildesk.store import claims, drafts, events, outbox


class Claims:
    """Who may answer now. What each call can come to is a value; the store decides, never this process."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def take(self, conversation_id: int) -> Claimed | HeldByOther | Waiting:
        """Take the claim if it is free, lapsed or mine, and no reply to this turn waits for approval or for its time.
        Raises NotFound, and MaildeskError when this window has as many claims as it may have."""
        me, session, most = self._desk.me.id, self._desk.session, self._desk.max_claims
        while True:
            with self._desk.store.transaction() as tx:
                taken = claims.take(tx, conversation_id, me, session, most)
                if taken is not None:
                    claims.unwatch(tx, conversation_id, self._desk.me.id)
                    detail = {"token": taken.token}
                    events.record(tx, self._desk.actor, "claimed", conversation_id, detail=detail)
                    return Claimed(taken)
                holder = claims.holder(tx, conversation_id)
                waiting = outbox.keeping(tx, conversation_id)
                held = claims.of_session(tx, me, session)
            if waiting is not None:
                return Waiting(waiting)
            if holder is not None and not (holder.agent_id == me and conversation_id in held):
                return HeldByOther(holder)
            self._desk.require_conversation(conversation_id)
            if most is not None and len(held) >= most and conversation_id not in held:
                numbers = ", ".join(f"#{number}" for number in held)
                raise MaildeskError("too_many_claims", limit=most, numbers=numbers)
            # it is there and became free just now: ask again

    def renew(self, claim: Claim, *, typed: bool) -> Claim | LostClaim:
        """A new lease; ``typed`` when there were keystrokes since the last renewal."""
        with self._desk.store.transaction() as tx:
            kept = claims.renew(tx, claim, self._desk.me.id, typed=typed)
            if kept is not None:
                return kept
            lost = claims.loss(tx, claim.conversation_id)
            if lost.holder is not None:
                drafts.stop(tx, claim.conversation_id, self._desk.me.id, why_lost(lost, claim))
            return lost

    def release(self, claim: Claim) -> None:
        """Give it back; nothing happens when it is another's by now."""
        with self._desk.store.transaction() as tx:
            if claims.release(tx, claim, self._desk.me.id):
                events.record(
                    tx, self._desk.actor, "released", claim.conversation_id, detail={"token": claim.token}
                )

    def release_held(self, conversation_id: int) -> bool:
        """Give back my claim, whichever session of mine holds it. Whether there was one."""
        self._desk.require_conversation(conversation_id)
        with self._desk.store.transaction() as tx:
            done = claims.release_of_agent(tx, conversation_id, self._desk.me.id)
            if done:
                events.record(tx, self._desk.actor, "released", conversation_id)
            return done

    def take_over(
        self, conversation_id: int, seen: ClaimView, reason: str
    ) -> Claimed | HeldByOther | Waiting:
        """Take the claim from the holder that I saw, for a reason that he will read. His draft is marked as stopped.
        Raises NotPermitted, and MaildeskError without a reason."""
        self._desk.require(Right.TAKE_OVER)
        if not reason.strip():
            raise MaildeskError("no_reason")
        with self._desk.store.transaction() as tx:
            taken = claims.take_over(
                tx, conversation_id, seen, self._desk.me.id, self._desk.session, reason.strip()
            )
            if taken is not None:
                detail = {"token": taken.token, "from": seen.agent_login, "reason": reason.strip()}
                events.record(tx, self._desk.actor, "taken-over", conversation_id, detail=detail)
                if seen.agent_id != self._desk.me.id:
                    lost = claims.loss(tx, conversation_id)
                    drafts.stop(tx, conversation_id, seen.agent_id, why_lost(lost, taken))
                return Claimed(taken)
        return self.take(conversation_id)

    def watch(self, conversation_id: int) -> None:
        """Tell me when it is free."""
        self._desk.require_conversation(conversation_id)
        with self._desk.store.transaction() as tx:
            claims.watch_for(tx, conversation_id, self._desk.me.id)

    def free_now(self, conversation_id: int) -> Freed | None:
        """Whether nobody answers a conversation, and who has answered it; None while somebody does. Raises NotFound."""
        self._desk.require_conversation(conversation_id)
        with self._desk.store.reading() as tx:
            return claims.free_now(tx, conversation_id)

    def freed(self) -> tuple[Freed, ...]:
        """Conversations that I watch and that nobody answers any more: free, or answered. Each is told once, also when
        I have two windows."""
        with self._desk.store.reading() as tx:
            if not claims.is_free_for(tx, self._desk.me.id):
                return ()
        with self._desk.store.transaction() as tx:
            return claims.freed_for(tx, self._desk.me.id)


def why_lost(lost: LostClaim, claim: Claim) -> Stop:
    """What stops a reply whose claim is another's now, or nobody's."""
    if lost.holder is None:
        return Stop(StopReason.LOST_CLAIM, claim.expires_at)
    return Stop(
        StopReason.LOST_CLAIM,
        lost.holder.since,
        lost.holder.agent_name,
        lost.holder.since,
        lost.reason,
    )
