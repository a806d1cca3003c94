"""Taking the next conversation: the best of a view that nobody has, claimed as it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.claim import Claim
from maildesk.domain.query import Node, parse
from maildesk.domain.status import AnyTab, Sort, Tab
from maildesk.errors import MaildeskError
from maildesk.store import claims, events, queue, states

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Queue:
    """Who works through a view with this never meets a colleague, and never looks for work."""

    def __init__(self, context: Context) -> None:
        self._desk = context
        self._skipped: set[int] = set()

    def next(
        self,
        tab: AnyTab = Tab.NEW,
        *,
        sort: Sort = Sort.NEWEST,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
    ) -> Claim | None:
        """The claim of the best conversation of a view that nobody has: the least time left to its reply target, then
        priority, then age (a view sorted by priority or age keeps that order). None: nothing is left. What is assigned
        to a colleague, and what this session skipped, is passed over. Raises MaildeskError when this window has as many
        claims as it may have."""
        wanted = self._parsed(query)
        me, session, most = self._desk.me.id, self._desk.session, self._desk.max_claims

        def act(tx: Connection) -> Claim | None:
            if most is not None and len(held := claims.of_session(tx, me, session)) >= most:
                numbers = ", ".join(f"#{number}" for number in held)
                raise MaildeskError("too_many_claims", limit=most, numbers=numbers)
            taken = queue.take_next(
                tx,
                me,
                session,
                tab,
                sort=sort,
                query=wanted,
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                mine=mine,
                skip=self._skipped,
            )
            if taken is not None:
                claims.unwatch(tx, taken.conversation_id, me)
                detail = {"token": taken.token, "next": True}
                events.record(tx, self._desk.actor, "claimed", taken.conversation_id, detail=detail)
            return taken

        return self._desk.store.run(act)

    def assigned_to_others(
        self, tab: AnyTab = Tab.NEW, *, query: str = "", mailbox_id: int | None = None
    ) -> int:
        """How many conversations of a view nobody has and are left to the colleagues whom they are assigned to."""
        wanted = self._parsed(query)
        with self._desk.store.reading() as tx:
            return queue.assigned_to_others(
                tx, self._desk.me.id, tab, query=wanted, zone=self._desk.zone, mailbox_id=mailbox_id
            )

    def _parsed(self, query: str) -> Node | None:
        with self._desk.store.reading() as tx:
            return parse(query, states.names(states.all_states(tx)))

    def skip(self, claim: Claim, reason: str) -> None:
        """Give a conversation back without doing anything, and say why; this session is not offered it again. Raises
        MaildeskError without a reason."""
        if not reason.strip():
            raise MaildeskError("no_skip_reason")

        def act(tx: Connection) -> None:
            claims.release(tx, claim, self._desk.me.id)
            detail = {"reason": reason.strip()[:200]}
            events.record(tx, self._desk.actor, "skipped", claim.conversation_id, detail=detail)

        self._desk.store.run(act)
        self._skipped.add(claim.conversation_id)

    def forget_skipped(self) -> bool:
        """Offer again what was skipped. Whether there was any."""
        there = bool(self._skipped)
        self._skipped.clear()
        return there
