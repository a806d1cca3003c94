"""What all tests stand on: nothing of the developer's own is read, and both databases are there."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildesk import locale
from tests.support.databases import KINDS, cluster, fresh, fresh_sqlite
from tests.support.postgres import Postgres
from tests.support.scratch import in_memory
from tests.support.stores import Team, team

in_memory()
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    # a shell that runs the tests in its background has them ignore Ctrl-C, and what they start too
    signal.signal(signal.SIGINT, signal.default_int_handler)

_OWN = (
    "MAILDESK_",
    "XDG_",
    "LC_",
    "LANG",
    "NO_COLOR",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "PYTHON_KEYRING",
    "PG",
    "SSH_",
    "TMUX",
)


@pytest.fixture(autouse=True)
def _nothing_of_the_developers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, no settings from the environment, Japanese texts, Japanese time."""
    for name in list(os.environ):
        if name.startswith(_OWN) and name not in ("MAILDESK_PG_BIN",):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    locale.use("ja")


@pytest.fixture(scope="session")
def postgresql() -> Postgres:
    """The PostgreSQL of this process, to make databases of one's own."""
    return cluster()


@pytest.fixture(params=KINDS)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes the address of a fresh store, on each database in turn."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(fresh(request.param, tmp_path))


@pytest.fixture
def both(make_store: Callable[[], str]) -> Iterator[Team]:
    """A team at a fresh store, on each database in turn."""
    found = team(make_store())
    yield found
    found.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Team]:
    """A team at a fresh SQLite store."""
    found = team(fresh_sqlite(tmp_path))
    yield found
    found.close()
