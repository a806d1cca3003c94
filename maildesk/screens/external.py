"""Other programs in the same terminal: the editor, the pager, the shell.

The app is suspended meanwhile. The text of the editor goes through a file that only its owner can read, in a folder of
its own; the pager reads its input.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import termios
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from maildesk.domain.programs import editor, pager
from maildesk.domain.safetext import safe

if TYPE_CHECKING:
    from textual.app import App


LOOK_EVERY = 0.2
"""Seconds between two looks whether a signal came while another program runs."""
GRACE = 0.1
"""Seconds that an editor has to end when the app is told to."""


class NoProgram(Exception):
    """The program could not be started, ended with an error, or the terminal cannot be lent. ``reason`` says which."""

    def __init__(self, program: str, reason: str, kept: Path | None = None) -> None:
        super().__init__(reason)
        self.program = program
        self.reason = reason
        self.kept = kept


def edit(app: App[Any], text: str) -> str:
    """``text`` as it left the editor. The app is suspended meanwhile.

    Raises NoProgram when the editor failed; the file is then kept where ``kept`` says, unless nothing was written.
    """
    command = editor(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="maildesk-"))
    path = folder / "reply.txt"
    _write(path, text)
    _run(app, command, path)
    edited = path.read_text(encoding="utf-8", errors="replace")
    path.unlink()
    folder.rmdir()
    return edited[:-1] if edited.endswith("\n") and not text.endswith("\n") else edited


def page(app: App[Any], text: str) -> None:
    """Show ``text`` in the pager, made safe. It comes as its input, from a file without a name: nothing is left of
    it, however this ends. Raises NoProgram when there is no pager."""
    with tempfile.TemporaryFile() as file:
        file.write(safe(text).encode("utf-8", "replace"))
        file.seek(0)
        _run(app, pager(os.environ), None, file)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)


class _Told(Exception):
    """A signal told the app to end while another program had the terminal."""


def _run(app: App[Any], command: list[str], path: Path | None, given: IO[bytes] | None = None) -> None:
    """Lend the terminal to a program. SIGHUP and SIGTERM end it at once: the app's own handlers, which the event loop
    runs as soon as it is back, then save what the program has written so far."""
    told = False
    try:
        with app.suspend():
            try:
                returncode = _wait([*command, str(path)] if path is not None else command, given)
            except _Told:
                told, returncode = True, 0
    except SuspendNotSupported:
        raise NoProgram(command[0], "terminal", path) from None
    except OSError as error:
        if not told:
            raise NoProgram(command[0], error.strerror or str(error), path) from error
    except termios.error:
        if not told:  # else the terminal is gone: that is why we were told
            raise
    if returncode:
        raise NoProgram(command[0], f"exit {returncode}", path)


def _wait(command: list[str], given: IO[bytes] | None = None) -> int:
    """Run a program to its end. Raises _Told when a signal ended it; the handlers are there before the program is, so
    that no signal falls between."""
    process: subprocess.Popen[bytes] | None = None
    told = False

    def tell(number: int, frame: object) -> None:
        nonlocal told
        told = True
        if process is not None:
            _end(process)

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, tell) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        process = subprocess.Popen(command, stdin=given)
        if told:
            _end(process)
        returncode = None
        while returncode is None:
            # not one long wait: a signal may reach another thread, and handlers run in this one, between two steps
            with suppress(subprocess.TimeoutExpired):
                returncode = process.wait(LOOK_EVERY)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if told:
        raise _Told
    return returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    last = threading.Timer(GRACE, process.kill)
    last.daemon = True
    last.start()
