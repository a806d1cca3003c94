"""``maildesk demo``: the app on a desk of its own, with live mail at the other end, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import locale, wiring
from maildesk.errors import MaildeskError

if TYPE_CHECKING:
    from maildesk.config import Settings
    from maildesk.desk import Desk

LOGIN = "sato"
GRACE_SECONDS = 12.0


class World:
    """The process at the other end (:mod:`maildesk.demo.world`), from its start to its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "maildesk.demo.world", str(folder), locale.current()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "world.err").open("wb"),
            start_new_session=True,  # a Ctrl-C in the terminal is for the app
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def wait(self) -> None:
        """Until the desk is made. Raises MaildeskError when it could not be."""
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            lines = (self._folder / "world.err").read_text("utf-8", "replace").strip().splitlines()
            raise MaildeskError("demo_failed", reason=lines[-1] if lines else "?")

    def end(self) -> None:
        """Close its standard input, which ends it, and wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def embedded() -> Iterator[tuple[Path, World]]:
    """A demo in a temporary folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="maildesk-demo-"))
    try:
        world = World(folder)
        try:
            yield folder, world
        finally:
            world.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(settings: Settings, *, plain: bool = False) -> int:
    """Open the app, or the linear mode, as 佐藤 at the demo's desk. Returns the exit code."""
    with embedded() as (folder, world):
        own = replace(
            settings,
            store=replace(settings.store, url=f"sqlite:///{folder / 'desk.db'}"),
            agent=replace(settings.agent, login=LOGIN),
        )

        def opened() -> Desk:
            world.wait()
            return wiring.open_desk(own)

        if plain:
            return wiring.talk(opened, own)
        from maildesk import app

        return app.run_app(opened, wiring.ui_settings(own))
