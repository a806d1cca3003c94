"""The archive and the text of files under an agent's own login on PostgreSQL."""

from __future__ import annotations

import pytest

from maildesk.desk import Desk
from maildesk.domain.status import Status, Tab
from maildesk.errors import StoreError
from maildesk.store import archive
from maildesk.store.engine import Store
from tests.store.test_archive import archiving, done_ago, put_away
from tests.store.test_grants import shared as shared
from tests.support.stores import Team
from tests.sync.test_file_words import arrive, read, with_files


def test_an_agent_brings_back_and_does_not_put_away(shared: Team, as_sato: Store) -> None:
    """What an agent does takes a conversation out of the archive, counted by the database; putting away is the
    worker's. The search finds what the worker read in files."""
    number, other = done_ago(shared, 7, 20), done_ago(shared, 8, 20)
    archiving(shared)
    assert put_away(shared) == 2
    desk = Desk(as_sato, shared.agents["sato"])
    assert [row.id for row in desk.inbox.page(Tab.ALL, query="is:archived").rows] == [other, number]
    desk.triage.set_status([number], Status.NEW)
    assert number in {row.id for row in desk.inbox.page(Tab.NEW).rows}
    counts = desk.inbox.counts()
    assert (counts["done"], counts["new"]) == (0, len(desk.inbox.page(Tab.NEW).rows))
    done_ago(shared, 9, 20)
    with pytest.raises(StoreError):
        desk.archive.run()
    with pytest.raises(StoreError):
        as_sato.run(archive.step)
    found = arrive(shared, with_files(10, ("list.csv", "text/csv", "品,藤色".encode())))
    read(shared)
    assert [row.id for row in desk.inbox.page(Tab.ALL, query="藤色").rows] == [found]
    assert desk.inbox.hits("藤色", [found])[found].file == "list.csv"
