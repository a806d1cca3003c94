"""Saving a draft while it is written: what is in the store, what is not yet, one save at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from maildesk.domain.reply import Draft
from maildesk.errors import MaildeskError
from maildesk.screens.claim_keeping import Ask

if TYPE_CHECKING:
    from maildesk.desk import Desk


class DraftSaver:
    """Knows the draft as the store has it (``draft``) and whether ``current`` is further on."""

    def __init__(self, draft: Draft, ask: Ask, current: Callable[[], Draft]) -> None:
        self.draft = draft
        self.failure: MaildeskError | None = None
        """Why the last save failed, None when it did not."""
        self._ask = ask
        self._current = current
        self._revision = self._saved = 0
        self._turn = asyncio.Lock()

    def touch(self) -> None:
        """Something was changed."""
        self._revision += 1

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was ever changed here."""
        return self._revision == 0

    @property
    def is_saved(self) -> bool:
        """Whether the store has everything."""
        return self._revision == self._saved

    async def save(self) -> bool:
        """Save what is not saved yet; whether the store has it all now. See ``failure`` where it has not."""
        async with self._turn:
            if self.is_saved:
                return True
            revision, draft = self._revision, self._current()
            try:
                self.draft = await self._ask(lambda desk: desk.replies.save(draft))
            except MaildeskError as error:
                self.failure = error
                return False
            self.failure = None
            self._saved = revision
            return self.is_saved

    def save_now(self, desk: Desk) -> None:
        """Save from any thread, for the end of the app. Raises what the desk raises."""
        if not self.is_saved:
            revision = self._revision
            desk.replies.save(self._current())
            self._saved = revision

    def sent(self) -> None:
        """The outbox has it: there is nothing to save any more."""
        self._saved = self._revision
