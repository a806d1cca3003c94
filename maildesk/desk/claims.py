"""The claim (返信権)."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.agent import Right
from maildesk.domain.claim import Claim, Claimed, ClaimView, HeldByOther, LostClaim
from maildesk.errors import MaildeskError
from maildesk.store import claims, events


class Claims:
    """Who may answer now. What each call can come to is a value; the store decides, never this process."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def take(self, conversation_id: int) -> Claimed | HeldByOther:
        """Take the claim if it is free, lapsed or mine. Raises NotFound."""
        while True:
            with self._desk.store.transaction() as tx:
                taken = claims.take(tx, conversation_id, self._desk.me.id, self._desk.session)
                if taken is not None:
                    claims.unwatch(tx, conversation_id, self._desk.me.id)
                    detail = {"token": taken.token}
                    events.record(tx, self._desk.actor, "claimed", conversation_id, detail=detail)
                    return Claimed(taken)
                holder = claims.holder(tx, conversation_id)
            if holder is not None:
                return HeldByOther(holder)
            self._desk.require_conversation(
                conversation_id
            )  # it is there, so it became free just now: ask again

    def renew(self, claim: Claim, *, typed: bool) -> Claim | LostClaim:
        """A new lease; ``typed`` when there were keystrokes since the last renewal."""
        with self._desk.store.transaction() as tx:
            kept = claims.renew(tx, claim, self._desk.me.id, typed=typed)
            return kept if kept is not None else claims.loss(tx, claim.conversation_id)

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

    def take_over(self, conversation_id: int, seen: ClaimView, reason: str) -> Claimed | HeldByOther:
        """Take the claim from the holder that I saw, for a reason that he will read. Raises NotPermitted, and
        MaildeskError without a reason."""
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
                return Claimed(taken)
        return self.take(conversation_id)

    def watch(self, conversation_id: int) -> None:
        """Tell me when it is free."""
        self._desk.require_conversation(conversation_id)
        with self._desk.store.transaction() as tx:
            claims.watch_for(tx, conversation_id, self._desk.me.id)

    def freed(self) -> tuple[int, ...]:
        """Conversations that I watch and that nobody answers any more. Each is told once."""
        with self._desk.store.reading() as tx:
            found = claims.freed_for(tx, self._desk.me.id)
        if found:
            with self._desk.store.transaction() as tx:
                for conversation_id in found:
                    claims.unwatch(tx, conversation_id, self._desk.me.id)
        return found
