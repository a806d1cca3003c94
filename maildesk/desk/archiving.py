"""The archive (書庫): what left the lists because it was done long ago."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.archive import OFF
from maildesk.errors import UsageError
from maildesk.store import archive


class Archive:
    """Whoever syncs puts away what is old enough; this is for looking, and for not waiting."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def after(self) -> int:
        """After how many months what is done is archived, 0 for never."""
        with self._desk.store.reading() as tx:
            return archive.after(tx)

    def waiting(self) -> int:
        """How many conversations would go into the archive now."""
        with self._desk.store.reading() as tx:
            return archive.waiting(tx)

    def run(self) -> int:
        """Put away all that is old enough; how many it were. Raises UsageError where the desk has no archive."""
        if self.after() == OFF:
            raise UsageError("archive_off")
        return archive.catch_up(self._desk.store, lambda: True, lambda _seconds: None)
