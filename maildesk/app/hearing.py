"""What the store says has changed: many hints become one message to the screens, and what concerns me rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from maildesk.domain.notify import Kind
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.base import DeskDialog, DeskScreen, StoreChanged, StoreHint
from maildesk.screens.words import actor, clock, colleague, event_word

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk
    from maildesk.domain.claim import Freed
    from maildesk.domain.conversation import Heard
    from maildesk.domain.notify import Notice, Seen

_TOLD = {Kind.ASSIGNED: "app.assigned", Kind.REPLY: "notify.reply", Kind.BREACH: "notify.breach"}
"""What is said of each kind here; a mention is told by :class:`~maildesk.app.talking.Talking`."""
EVERY = 30.0
"""Seconds between two looks for what concerns me when nothing changes."""
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
            if isinstance(screen, DeskScreen | DeskDialog):
                screen.post_message(StoreChanged(self._number))
        self._app.standing.look()
        self._app.concerns.look()
        self._app.notifier.look()
        self._app.talking.look()
        self._app.undoing.look()


class Concerns:
    """What rings: a claim that I watch became free or its conversation was answered, a colleague made one mine,
    somebody did something to one that I follow."""

    def __init__(self, app: MaildeskApp) -> None:
        self.freed: set[int] = set()
        """What I waited for and may answer now: marked in the list until it is opened."""
        self._app = app
        self._seen: Seen | None = None
        """How far I was told."""

    def begin(self) -> None:
        """Look now, and now and then: that a reply target is over is no change in the store."""
        self._app.set_interval(EVERY, self.look)
        self.look()

    def look(self) -> None:
        """Find out what is new, beside everything else."""
        self._app.beside(self._look, "concerns")

    async def _look(self) -> None:
        desk = self._app.desk
        if desk is None:
            return
        try:
            freed, new, heard = await self._app.in_thread(self._read, desk)
        except MaildeskError:
            return  # the next change asks again
        for one in freed:
            self._tell_freed(one)
        for notice in new:
            if (key := _TOLD.get(notice.kind)) is not None:
                self._tell(notice.kind, notice.conversation_id, t(key, number=notice.conversation_id))
        for news in heard:
            who, what = actor(news.who), event_word(news.what)
            number = news.conversation_id
            self._tell(Kind.FOLLOWED, number, t("app.followed", number=number, who=who, what=what))

    def _tell(self, kind: Kind, number: int, text: str) -> None:
        self._app.notifier.tell(kind, number, text)
        self._app.say(text, "warning" if kind is Kind.BREACH else "information")

    def _tell_freed(self, found: Freed) -> None:
        number = found.conversation_id
        if found.answered_by and found.at is not None:
            at = clock(found.at, self._app.settings.zone)
            who = colleague(found.answered_by)
            self._tell(Kind.FREED, number, t("app.claim_answered", number=number, who=who, at=at))
            return
        self.freed.add(number)
        self._tell(Kind.FREED, number, t("app.claim_free", number=number))
        if self._app.inbox is not None:
            self._app.inbox.read()

    def _read(self, desk: Desk) -> tuple[Sequence[Freed], Sequence[Notice], Sequence[Heard]]:
        """What became free, what I am told since the last look, and what happened to what I follow."""
        new, self._seen = desk.notices.news(self._seen)
        return desk.claims.freed(), new, desk.triage.news()
