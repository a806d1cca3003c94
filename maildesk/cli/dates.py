"""Times on the command line, as :mod:`maildesk.domain.dates` reads them."""

from __future__ import annotations

from datetime import datetime, tzinfo

from maildesk.domain.dates import moment
from maildesk.errors import UsageError


def when(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment that ``text`` means, seen from ``now``, in the zone ``zone`` (None: this computer's). Raises
    UsageError for a text that says no time, and for one that is over."""
    found = moment(text, now, zone)
    if found is None:
        raise UsageError("no_time", text=text[:60])
    if found <= now:
        raise UsageError("time_over", text=text[:60])
    return found
