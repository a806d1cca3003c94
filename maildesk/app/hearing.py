"""What the store says has changed: many hints become one message to the screens, and what concerns me rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.base import StoreChanged, StoreHint
from maildesk.screens.words import actor, clock, colleague, event_word

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk
    from maildesk.domain.claim import Freed
    from maildesk.domain.conversation import Heard

GATHER = 0.05
"""Seconds in which hints are gathered before the screens hear of them."""


class Hearing:
    """Turns hints, which come from a thread, into :class:`StoreChanged` for every screen."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._number = 0
        self._unsubscribe: Callable[[], None] | None = None
        self.gathering = False
        """Whether screens are about to hear of a change."""

    def begin(self, desk: Desk) -> None:
        """Listen from now on."""
        self._unsubscribe = desk.subscribe(self._hinted)

    def _hinted(self, number: int) -> None:
        self._app.post_message(StoreHint(number))

    def end(self) -> None:
        """Hear nothing more. May be called from any thread."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def hint(self, number: int) -> None:
        """Something changed."""
        self._number = number
        if not self.gathering:
            self.gathering = True
            self._app.set_timer(GATHER, self.tell)

    def tell(self) -> None:
        """Tell the screens now."""
        self.gathering = False
        for screen in self._app.screen_stack:
            screen.post_message(StoreChanged(self._number))
        self._app.standing.look()
        self._app.concerns.look()
        self._app.talking.look()
        self._app.undoing.look()


class Concerns:
    """What rings: a claim that I watch became free or its conversation was answered, a colleague made one mine,
    somebody did something to one that I follow."""

    def __init__(self, app: MaildeskApp) -> None:
        self.freed: set[int] = set()
        """What I waited for and may answer now: marked in the list until it is opened."""
        self._app = app
        self._heard: int | None = None
        """The number of the newest event that was looked at."""

    def look(self) -> None:
        """Find out what is new, beside everything else."""
        self._app.run_worker(self._look(), group="concerns", exclusive=True)

    async def _look(self) -> None:
        desk = self._app.desk
        if desk is None:
            return
        try:
            freed, assigned, heard = await self._app.in_thread(self._read, desk)
        except MaildeskError:
            return  # the next change asks again
        for one in freed:
            self._app.ring()
            self._tell_freed(one)
        for number in assigned:
            self._app.ring()
            self._app.say(t("app.assigned", number=number))
        for news in heard:
            self._app.ring()
            who, what = actor(news.who), event_word(news.what)
            self._app.say(t("app.followed", number=news.conversation_id, who=who, what=what))

    def _tell_freed(self, found: Freed) -> None:
        number = found.conversation_id
        if found.answered_by and found.at is not None:
            at = clock(found.at, self._app.settings.zone)
            self._app.say(t("app.claim_answered", number=number, who=colleague(found.answered_by), at=at))
            return
        self.freed.add(number)
        self._app.say(t("app.claim_free", number=number))
        if self._app.inbox is not None:
            self._app.inbox.read()

    def _read(self, desk: Desk) -> tuple[Sequence[Freed], Sequence[int], Sequence[Heard]]:
        """What became free, what a colleague made mine since the last look, and what happened to what I follow."""
        assigned = desk.people.assigned_to_me(self._heard)
        self._heard = assigned.heard
        return desk.claims.freed(), assigned.conversations, desk.triage.news()
