"""The app around a desk in memory, Japanese, at 100×30."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerState

from maildesk import locale
from maildesk.app import MaildeskApp, UiSettings
from maildesk.desk import Desk
from maildesk.screens.unasked import Unasked
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text

TOKYO = ZoneInfo("Asia/Tokyo")


class Session:
    """A running app, and the keys that a test presses in it."""

    def __init__(self, app: MaildeskApp, desk: FakeDesk, pilot: Pilot[Any]) -> None:
        self.app = app
        self.desk = desk
        self.pilot = pilot
        self.asked = 0
        """How much the app waits for in threads: the desk's answers."""
        in_thread = app.in_thread

        async def counted(work: Callable[[Any], Any], given: Any) -> Any:
            self.asked += 1
            try:
                return await in_thread(work, given)
            finally:
                self.asked -= 1

        app.in_thread = counted  # type: ignore[method-assign]

    async def settle(self) -> None:
        """Wait until nothing is running but the workers that wait for a dialog."""
        last = time.monotonic() + PATIENCE
        await self.pilot.pause()
        settled = False
        while not settled:
            while self._busy and time.monotonic() < last:
                await self.pilot.pause(0.01)
            await self.pilot.pause()  # what has ended may have begun something else
            settled = not self._busy or time.monotonic() >= last

    @property
    def _busy(self) -> bool:
        return bool(self.asked or self.app.hearing.gathering or self.app.keyboard.is_busy) or any(
            worker.state in (WorkerState.PENDING, WorkerState.RUNNING)
            and worker.group not in WAITING
            and self.app.keyboard.asked.get(worker) not in self.app.screen_stack
            for worker in self.app.workers
        )

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition()``. Where it does not come, the test fails and what is on the screen is said."""
        last = time.monotonic() + 4 * PATIENCE
        while not condition():
            assert time.monotonic() < last, f"it never came:\n{screen_text(self.app)}"
            await self.pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each when the last has had its effect."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    @property
    def screen(self) -> Any:
        """The screen in front."""
        return self.app.screen

    def shows(self, kind: type[object]) -> bool:
        """Whether the screen in front is of that kind."""
        return isinstance(self.app.screen, kind)

    @property
    def toasts(self) -> list[str]:
        """What the toasts say."""
        return [notification.message for notification in self.app._notifications]


PATIENCE = 5.0
"""Seconds after which a test goes on though something is still running, for its assertion to say what."""
WAITING = frozenset(
    {
        "pick",
        "reply",
        "palette",
        "quit",
        "review",
        "template",
        "attach",
        "files",
        "after",
        "idle",
        "act",
        "ex",
        "jump",
    }
)
"""Groups of workers that may wait for a dialog."""

Run = Callable[..., AbstractAsyncContextManager[Session]]


@asynccontextmanager
async def run_session(
    desk: FakeDesk | Desk | None = None,
    *,
    size: tuple[int, int] = (100, 30),
    settings: UiSettings | None = None,
) -> AsyncIterator[Session]:
    """The app with the desk open (one in memory, where none is given) and the inbox read."""
    desk = desk or FakeDesk()
    app = MaildeskApp(lambda: desk, settings or UiSettings(zone=TOKYO))  # type: ignore[arg-type,return-value]
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        session = Session(app, desk, pilot)  # type: ignore[arg-type]  # a real one is asked by its own name
        await session.settle()
        yield session
        assert app.guard.dropped == 0


@pytest.fixture
def run() -> Run:
    """Start the app: ``async with run() as session``."""
    return run_session


@pytest.fixture(autouse=True)
def _keys_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees the dialog that it presses a key in."""
    monkeypatch.setattr(Unasked, "QUIET", 0.0)


@pytest.fixture(autouse=True)
def _toasts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said can be looked up, however long a test takes."""
    monkeypatch.setattr(MaildeskApp, "NOTIFICATION_TIMEOUT", 3600)


@pytest.fixture(autouse=True)
def _japanese() -> Iterator[None]:
    before = locale.current()
    locale.use("ja")
    yield
    locale.use(before)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in (
        "NO_COLOR",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TMUX",
        "STY",
        "VTE_VERSION",
        "TERM_PROGRAM",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "MAILDESK_EDITOR",
        "MAILDESK_PAGER",
    ):
        monkeypatch.delenv(name, raising=False)
