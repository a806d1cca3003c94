"""Every test of the store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.store.engine import Store
from tests.store import stores
from tests.support.databases import KINDS
from tests.support.stores import Team


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store."""
    with stores.opened(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def as_sato(shared: Team) -> Iterator[Store]:
    """佐藤's own connection to a team that a module shares."""
    store = shared.as_login("sato")
    yield store
    store.close()
