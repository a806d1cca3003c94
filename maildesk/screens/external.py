"""Other programs in the same terminal: the editor, the pager, the shell.

The app is suspended meanwhile. Texts go through a file that only its owner can read, in a folder of its own.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from maildesk.domain.safetext import safe

if TYPE_CHECKING:
    from textual.app import App


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command of the editor: MAILDESK_EDITOR, VISUAL, EDITOR, else vi."""
    return _command(environ, ("MAILDESK_EDITOR", "VISUAL", "EDITOR"), "vi")


def pager(environ: Mapping[str, str]) -> list[str]:
    """The command of the pager: MAILDESK_PAGER, PAGER, else less."""
    return _command(environ, ("MAILDESK_PAGER", "PAGER"), "less")


def _command(environ: Mapping[str, str], names: tuple[str, ...], otherwise: str) -> list[str]:
    for name in names:
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                continue
    return [otherwise]


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
    """Show ``text`` in the pager, made safe. Raises NoProgram when there is no pager."""
    command = pager(os.environ)
    with tempfile.TemporaryDirectory(prefix="maildesk-") as folder:
        path = Path(folder) / "mail.txt"
        _write(path, safe(text))
        _run(app, command, path)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _run(app: App[Any], command: list[str], path: Path) -> None:
    try:
        with app.suspend():
            done = subprocess.run([*command, str(path)], check=False)
    except SuspendNotSupported:
        raise NoProgram(command[0], "terminal", path) from None
    except OSError as error:
        raise NoProgram(command[0], error.strerror or str(error), path) from error
    if done.returncode:
        raise NoProgram(command[0], f"exit {done.returncode}", path)
