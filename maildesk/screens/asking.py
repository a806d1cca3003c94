"""The way from a screen to the desk: asking it in a thread, and saying what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.screen import Screen

from maildesk.errors import MaildeskError, StoreError
from maildesk.keymap import Context
from maildesk.widgets.bindings import rebind
from maildesk.widgets.compositor import WholeCells

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp
    from maildesk.desk import Desk

Result = TypeVar("Result")
T = TypeVar("T")

log = logging.getLogger("maildesk.screens")


class Asks(Screen[Result]):
    """The way from a screen to the desk."""

    context: ClassVar[Context] = "app"
    """Which keys of the keymap work here, and which page of the help is this screen's."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = WholeCells()
        self._under_way = False

    @property
    def host(self) -> MaildeskApp:
        """The app, by its own type."""
        return cast("MaildeskApp", self.app)

    @property
    def desk(self) -> Desk:
        """The open desk. Only for screens that are shown after it was opened."""
        desk = self.host.desk
        assert desk is not None
        return desk

    @property
    def is_going(self) -> bool:
        """Whether the screen was closed or is about to be: after an await its widgets may be gone."""
        return not (self.is_attached and self.display)

    def is_at(self, group: str) -> bool:
        """Whether a worker of ``group`` is at work for this screen."""
        return any(one.group == group and one.node is self and not one.is_finished for one in self.workers)

    async def ask(self, work: Callable[[Desk], T]) -> T:
        """What ``work`` makes of the desk, run in a thread. Raises what it raises."""
        try:
            return await self.host.in_thread(work, self.desk)
        except StoreError as error:
            self.host.standing.failed(error)
            raise

    async def tried(self, work: Callable[[Desk], T]) -> T | None:
        """Like :meth:`ask`, but an error is shown and None comes back."""
        try:
            return await self.ask(work)
        except MaildeskError as error:
            log.warning("the desk refused", extra={"error": error.key})
            self.host.explain(error)
            return None

    async def once(self, work: Callable[[Desk], T]) -> T | None:
        """Like :meth:`tried` for what must not be done twice because a key was pressed twice while the store was slow:
        None while one of these is under way. Not from an exclusive worker, whose thread goes on when it is ended."""
        if self._under_way:
            return None
        self._under_way = True
        try:
            return await self.tried(work)
        finally:
            self._under_way = False

    async def did(self, work: Callable[[Desk], None]) -> bool:
        """Like :meth:`tried` for what gives nothing back: whether it was done."""

        def done(desk: Desk) -> bool:
            work(desk)
            return True

        return bool(await self.tried(done))

    def on_mount(self) -> None:
        rebind(self, self.context, self.host.keymap)

    def _compositor_refresh(self) -> None:
        """Textual: show what has changed. Behind a screen that lets nothing through that is nothing; it is laid out and
        painted as a whole when it comes to the front."""
        if self is not self.app.screen and self.app.screen.styles.background.a == 1:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()
            return
        super()._compositor_refresh()

    def offered(self, action_id: str) -> bool | None:
        """How the footer shows an action: None dimmed, False not at all."""
        return True
