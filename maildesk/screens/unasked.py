"""A dialog that opens in place of what was asked for: what is typed on was meant for that."""

from __future__ import annotations

from time import monotonic

from textual import events


class Unasked:
    """Mixed into such a dialog; :meth:`opened` when it can be seen."""

    QUIET = 0.5
    """Seconds without a letter after which the next one is meant for the dialog."""
    _deaf_until = float("inf")

    def opened(self) -> None:
        """It is there: letters count after a pause."""
        self._deaf_until = monotonic() + self.QUIET

    def was_typed_on(self, event: events.Key) -> bool:
        """Whether a key is a letter of a text that was begun before; Escape never is."""
        if not event.is_printable or event.time >= self._deaf_until:
            return False
        self._deaf_until = event.time + self.QUIET
        return True
