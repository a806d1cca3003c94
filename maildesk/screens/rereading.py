"""Screens that show what the store has: they read it again when it has changed."""

from __future__ import annotations

from abc import abstractmethod

from textual.worker import Worker

from maildesk.screens.base import DeskScreen, StoreChanged

GROUP = "read"
"""The workers that read for a screen."""


class Rereading(DeskScreen[None]):
    """Reads at once while it is in front, else when it is in front again. Changes that come while it reads are read
    when that is done: on a slow line they come faster than they can be read, and nothing would ever be shown."""

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    @abstractmethod
    def read(self) -> object:
        """Begin to read, as a worker of :data:`GROUP`; what was found is shown when it is there."""

    def on_store_changed(self, event: StoreChanged) -> None:
        self._stale = True
        self._catch_up()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == GROUP and event.worker.is_finished:
            self._catch_up()

    def on_screen_resume(self) -> None:
        self._catch_up()

    def speak(self) -> None:
        super().speak()
        if self.is_current:
            self.read()
        else:
            self._stale = True

    def _catch_up(self) -> None:
        if self._stale and self.is_current and not self.is_reading:
            self._stale = False
            self.read()

    @property
    def is_reading(self) -> bool:
        """Whether what the store has is on its way."""
        return self.is_at(GROUP)
