"""However the app ends (a key, a signal, a closed terminal, a defect): texts are saved, claims are given up, nothing of
what was on screen is printed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.confirm import Confirm

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk

log = logging.getLogger("maildesk.app")

FAREWELL = 0.7
"""Seconds that saving and releasing may take when the app is told to end."""

GRACE = 0.25
"""Seconds after that in which the terminal is put right; then the process ends whatever hangs."""


class Leaving:
    """Ends the app. ``unsaved`` is what composers have to save before, by the id of the screen."""

    def __init__(self, app: MaildeskApp) -> None:
        self.unsaved: dict[int, Callable[[Desk], object]] = {}
        self._app = app
        self._lock = threading.Lock()
        self._saved: bool | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the desk is closed, or about to be."""
        return self._saved is not None

    # by a key

    async def quit(self) -> None:
        """End, asking only when something would be lost."""
        app = self._app
        questions = []
        if app.desk is not None:
            for save in list(self.unsaved.values()):
                try:
                    await app.in_thread(save, app.desk)
                except MaildeskError as error:
                    questions.append(t("app.quit.unsaved", reason=error))
        try:
            held = await app.undoing.still_held()
        except MaildeskError:
            held = app.undoing.held
        if held:
            questions.append(t("app.quit.hold", count=len(held)))
        if not questions or await app.push_screen_wait(Confirm(t("app.quit.title"), *questions)):
            await self._leave(0)

    # by a signal

    def catch_signals(self) -> None:
        """Hear SIGHUP and SIGTERM on the running loop, where this is the main thread of a real terminal."""
        if self._app.is_headless or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.on_signal, number)

    def on_signal(self, number: int) -> None:
        """Save drafts, release claims and end within a second, as SIGHUP and SIGTERM ask for."""
        if not self._app.is_headless:
            last = threading.Timer(FAREWELL + GRACE, os._exit, (128 + number,))
            last.daemon = True
            last.start()
        self._app.run_worker(self._leave(128 + number), exclusive=True, group="leave")

    async def _leave(self, return_code: int) -> None:
        loop = asyncio.get_running_loop()
        said: asyncio.Future[None] = loop.create_future()

        def say_farewell() -> None:
            self.farewell()
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(said.set_result, None)

        threading.Thread(target=say_farewell, daemon=True).start()
        await asyncio.wait([said], timeout=FAREWELL)
        self._app.exit(return_code=return_code)

    # however

    def farewell(self) -> bool:
        """Save what is typed, give up this session's claims and close the desk; whether all of it was saved. May be
        called from any thread, and more than once."""
        with self._lock:
            if self._saved is None:
                self._saved = True
                self._app.notifier.end()
                desk = self._app.desk
                if desk is not None:
                    self._app.hearing.end()
                    for save in list(self.unsaved.values()):
                        self._saved = _attempt("draft", save, desk) and self._saved
                    _attempt("close", lambda desk: desk.close(), desk)
            return self._saved

    def crashed(self, kind: str, frames: Sequence[traceback.FrameSummary]) -> Text:
        """Save and release after a defect, log where it was (no values), and say in words what happened."""
        log.error(
            "crash",
            extra={"error": kind, "stack": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]},
        )
        farewell = threading.Thread(target=self.farewell, daemon=True)
        farewell.start()
        farewell.join(FAREWELL)
        saved = self._saved and not farewell.is_alive()
        lines = [t("app.crash" if saved else "app.crash.unsaved"), t("app.crash.kind", kind=kind)]
        if self._app.settings.crash_log is not None:
            lines.append(t("app.crash.log", file=self._app.settings.crash_log))
        return Text("\n".join(lines))


def _attempt(what: str, work: Callable[[Desk], object], desk: Desk) -> bool:
    try:
        work(desk)
    except Exception as error:  # the end must go on whatever one step does
        log.error("leaving", extra={"step": what, "error": type(error).__name__})
        return False
    return True
