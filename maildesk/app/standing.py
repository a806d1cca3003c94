"""How the store, the mailboxes and the outbox stand, as far as this session knows, for every screen.

It is looked at after every change and now and then without one, because what goes wrong makes no change: a worker that
has stopped, a server that does not answer. While the store is out of reach it is tried again; the screens read anew
when it is back.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from maildesk.domain.day_hours import DayHours
from maildesk.domain.mailbox import SyncHealth
from maildesk.errors import MaildeskError, StoreError, StoreUnreachable
from maildesk.locale import t
from maildesk.screens.base import DeskScreen

if TYPE_CHECKING:
    from textual.timer import Timer

    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk

EVERY = 20.0
"""Seconds between two looks when nothing changes."""
AGAIN = 5.0
"""Seconds until a store that was out of reach is tried again."""
PATIENCE = 8.0
"""Seconds after which a store that does not answer counts as out of reach: a cut line says nothing."""


Found = tuple[SyncHealth, int, datetime, int, tuple[DayHours, ...]]


class Standing:
    """What was found at the last look: ``health`` at ``read_at`` (the store's clock), how many replies were ``stopped``
    and wait for their author, how many conversations are ``overdue``, the team's hours of ``focus``, and ``failure``
    since then, None while the store answers."""

    def __init__(self, app: MaildeskApp) -> None:
        self.health: SyncHealth | None = None
        self.read_at: datetime | None = None
        self.stopped = 0
        self.overdue = 0
        self.focus: tuple[DayHours, ...] = ()
        self.failure: StoreError | None = None
        self._app = app
        self._asked: asyncio.Future[Found] | None = None
        """The one question that is under way: while nobody answers, no second one is asked."""
        self._again: Timer | None = None

    def begin(self) -> None:
        """Look now, and from now on."""
        self._app.set_interval(EVERY, self.look)
        self.look()

    def look(self) -> None:
        """Find out how things stand, beside everything else."""
        self._app.beside(self._look, "standing")

    async def _look(self) -> None:
        desk = self._app.desk
        if desk is None or self._app.leaving.has_begun:
            return
        try:
            before, was_read = self.stopped, self.read_at is not None
            self.health, self.stopped, self.read_at, self.overdue, self.focus = await self._find(desk)
        except TimeoutError:
            self.failed(StoreUnreachable("store_silent", seconds=int(PATIENCE)))
        except StoreError as error:
            self.failed(error)
        except MaildeskError:
            return  # a mailbox' business: what the screen itself reads says it better
        else:
            was_gone, self.failure = self.failure is not None, None
            self.show()
            if was_read and self.stopped > before:
                self._app.ring()
                keymap = self._app.keymap
                key = f"{keymap.shown('app.goto')} {keymap.shown('goto.stopped')}"
                self._app.say(t("app.stopped", key=key, count=self.stopped), "warning")
            if was_gone:
                self._app.hearing.tell()

    async def _find(self, desk: Desk) -> Found:
        """What the store says now. Raises TimeoutError when it says nothing for too long."""
        while True:
            was_asked = self._asked is not None
            asked = self._asked = self._asked or asyncio.ensure_future(self._app.in_thread(_read, desk))
            try:
                found = await asyncio.wait_for(asyncio.shield(asked), PATIENCE)
            finally:
                if asked.done():
                    self._asked = None
            if not was_asked:  # else it was asked before what is to be found out
                return found

    def failed(self, error: StoreError) -> None:
        """Somebody asked the store in vain: say so on every screen, and try again until it answers."""
        self.failure = error
        if self._again is not None:
            self._again.stop()
        self._again = self._app.set_timer(AGAIN, self.look)
        self.show()

    def show(self) -> None:
        """Let every screen say how things stand."""
        for screen in self._app.screen_stack:
            if isinstance(screen, DeskScreen) and screen.is_mounted and screen.is_attached:
                screen.show_standing()


def _read(desk: Desk) -> Found:
    with desk.inbox.together():
        mine = [reply for reply in desk.drafts.stopped() if reply.author_id == desk.me.id]
        return desk.sync.health(), len(mine), desk.now(), desk.inbox.overdue() or 0, desk.rules.focus()
