"""What colleagues have told me and I have not read yet: it stands in the header, and a new mention rings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.words import colleague

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk
    from maildesk.domain.talk import Mention

MOST = 50
"""How many unread mentions are looked at."""


class Talking:
    """What was found at the last look: how many comments that name me are unread."""

    def __init__(self, app: MaildeskApp) -> None:
        self.mentions = 0
        self._app = app
        self._told: frozenset[int] | None = None
        """The unread mentions of the last look, None before the first."""

    @property
    def is_known(self) -> bool:
        """Whether it was looked at yet."""
        return self._told is not None

    def look(self) -> None:
        """Find out what is new, beside everything else."""
        self._app.run_worker(self._look(), group="talking", exclusive=True)

    async def _look(self) -> None:
        desk = self._app.desk
        if desk is None or self._app.leaving.has_begun:
            return
        try:
            unread = await self._app.in_thread(_read, desk)
        except MaildeskError:
            return  # the next change asks again
        self._tell(unread)
        if self.mentions != len(unread):
            self.mentions = len(unread)
            self._app.standing.show()

    def _tell(self, unread: tuple[Mention, ...]) -> None:
        """Ring for those that are new since the last look; at the first one they are counted only."""
        before, self._told = self._told, frozenset(one.comment_id for one in unread)
        if before is None:
            return
        for one in unread:
            if one.comment_id not in before:
                self._app.ring()
                who = colleague(one.author)
                self._app.say(t("talk.mention.new", who=who, number=one.conversation_id))


def _read(desk: Desk) -> tuple[Mention, ...]:
    return desk.mentions.list(unread=True, limit=MOST)
