"""Telling the agent outside of the app: the bell, the terminal's own notification, a command, a line for tmux.

What is told has numbers and counts and no word of a mail: it is seen on lock screens and over shoulders.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.domain.notify import Kind, Rate, sequence, terminal_kind
from maildesk.domain.safetext import safe_line
from maildesk.domain.status import Tab
from maildesk.errors import MaildeskError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk

log = logging.getLogger("maildesk.app")


class Notifier:
    """Tells what the rules of the settings let through."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self._rate = Rate(app.settings.notify.per_minute)
        self._hook: Hook | None = None
        self._line: str | None = None
        """What stands in the status file."""

    def tell(self, kind: Kind, conversation_id: int, text: str) -> None:
        """Tell ``text``, one line; the app itself shows it in its own way."""
        rules = self._app.settings.notify
        if kind not in rules.events or rules.is_quiet(datetime.now(UTC)):
            return
        self._app.ring()
        held = self._rate.take(time.monotonic())
        if held is None:
            return
        text = safe_line(f"{text} {t('notify.more', count=held)}" if held else text)
        self._to_terminal(text)
        if rules.command:
            if self._hook is None:
                self._hook = Hook(rules.command, rules.command_seconds)
            self._hook.start(kind, conversation_id, text)

    def _to_terminal(self, text: str) -> None:
        wanted = self._app.settings.notify.terminal
        kind = terminal_kind(os.environ) if wanted == "auto" else wanted
        if kind != "off" and not self._app.is_headless:
            self._app.write_to_terminal(sequence(kind, text, tmux="TMUX" in os.environ))

    # ---- the line for tmux

    def look(self) -> None:
        """Bring the status file up to date, beside everything else."""
        if self._app.settings.notify.status_file is not None:
            self._app.beside(self._look, "status")

    async def _look(self) -> None:
        desk, file = self._app.desk, self._app.settings.notify.status_file
        if desk is None or file is None or self._app.leaving.has_begun:
            return
        try:
            line = await self._app.in_thread(status_line, desk)
        except MaildeskError:
            return  # the next change asks again
        if line != self._line:
            self._line = line
            try:
                write_line(file, line)
            except OSError as error:
                log.warning("status file", extra={"error": type(error).__name__})
                self._app.say(t("notify.unwritable", file=file, reason=system_words(error)), "warning")

    def end(self) -> None:
        """Take the line away: what it says is true no longer."""
        file = self._app.settings.notify.status_file
        if file is not None and self._line is not None:
            self._line = None
            with contextlib.suppress(OSError):
                file.unlink()


def status_line(desk: Desk) -> str:
    """What is new, mine and unread, in one line without a word of a mail."""
    new = desk.inbox.counts()[Tab.NEW.value]
    mine = desk.inbox.found(Tab.NEW, mine=True)
    return safe_line(t("notify.status", new=new, mine=mine, mentions=desk.mentions.unread()))


def write_line(file: Path, line: str) -> None:
    """Put one line into ``file`` all at once, readable for its owner only: whoever reads sees the old or the new one.
    Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(f"{line}\n")
        os.replace(temporary, file)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


class Hook:
    """Starts a command for each notice, one after the other, from a thread of its own. The words of the command are its
    arguments as they stand: no shell, and nothing of the notice among them."""

    MOST = 20
    """Notices that wait for the command at most; more are dropped, for it is the command that is too slow."""

    def __init__(self, command: tuple[str, ...], seconds: float) -> None:
        self._command = command
        self._seconds = seconds
        self._waiting: queue.Queue[tuple[Kind, int, str]] = queue.Queue(self.MOST)
        self._thread: threading.Thread | None = None

    def start(self, kind: Kind, conversation_id: int, text: str) -> None:
        """Start it when those before have ended."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="maildesk-notify")
            self._thread.start()
        try:
            self._waiting.put_nowait((kind, conversation_id, text))
        except queue.Full:
            log.warning("notify command is too slow")

    def _run(self) -> None:
        while True:
            kind, number, text = self._waiting.get()
            try:
                self.run(kind, number, text)
            except OSError as error:
                log.warning("notify command", extra={"error": type(error).__name__})
            finally:
                self._waiting.task_done()

    def run(self, kind: Kind, conversation_id: int, text: str) -> int | None:
        """Run it now and wait; its exit code, None when it took too long and was ended, with what it started. Raises
        OSError where it cannot be started."""
        told = {"EVENT": kind.value, "CONVERSATION": str(conversation_id), "TEXT": text}
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {f"MAILDESK_{name}": value for name, value in told.items()},
            start_new_session=True,
        )
        try:
            process.communicate(f"{text}\n".encode(), self._seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            log.warning("notify command ended", extra={"seconds": self._seconds})
            return None
        return process.returncode
