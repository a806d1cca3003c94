"""What all tests stand on: nothing of the developer's own is read, and both databases are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk import locale
from maildesk.store.engine import open_store
from tests.support.stores import Cluster, Fresh, Team, cluster, sqlite_copy, sqlite_url, team

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
def postgresql() -> Iterator[Cluster]:
    """One PostgreSQL for the whole run of this worker."""
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has the schema, to copy."""
    folder = tmp_path_factory.mktemp("schema")
    url = sqlite_url(folder)
    open_store(url, create=True).close()
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Makes the address of a new store, on each database in turn."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return lambda: sqlite_copy(template, tmp_path)
    found: Cluster = request.getfixturevalue("postgresql")
    return found.fresh


@pytest.fixture
def both(fresh: Fresh) -> Iterator[Team]:
    """A team at a fresh store, on each database in turn."""
    found = team(fresh())
    yield found
    found.close()


@pytest.fixture
def small(tmp_path: Path, sqlite_template: Path) -> Iterator[Team]:
    """A team at a fresh SQLite store."""
    found = team(sqlite_copy(sqlite_template, tmp_path))
    yield found
    found.close()
