"""Screens that show what the store has: they read it again when it has changed."""

from __future__ import annotations

from abc import abstractmethod

from maildesk.screens.base import DeskScreen, StoreChanged


class Rereading(DeskScreen[None]):
    """Reads at once while it is in front, else when it is in front again."""

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    @abstractmethod
    def read(self) -> object:
        """Begin to read; what was found is shown when it is there."""

    def on_store_changed(self, event: StoreChanged) -> None:
        if self.is_current:
            self.read()
        else:
            self._stale = True

    def speak(self) -> None:
        super().speak()
        if self.is_current:
            self.read()
        else:
            self._stale = True

    def on_screen_resume(self) -> None:
        if self._stale:
            self._stale = False
            self.read()
