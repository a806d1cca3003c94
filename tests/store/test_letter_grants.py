"""What an agent's own login may do on PostgreSQL with forwards, first mails and saved views."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from maildesk.desk import Desk
from maildesk.domain.address import Address
from maildesk.domain.agent import Role
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued, Recalled
from maildesk.domain.view import View
from maildesk.errors import StoreError
from maildesk.store import grants
from maildesk.store.engine import Store
from tests.support.databases import fresh
from tests.support.stores import Team, team

CARRIER = (Address("", "carrier@delivery.example"),)


@pytest.fixture
def as_sato(tmp_path: Path) -> Iterator[tuple[Team, Store]]:
    """A team on PostgreSQL, and 佐藤's own connection."""
    with fresh("postgresql", tmp_path) as url:
        found = team(url)
        with found.store.transaction() as tx:
            assert grants.apply(tx, [("sato", Role.AGENT), ("suzuki", Role.SUPERVISOR)]) == ()
        store = found.as_login("sato")
        yield found, store
        store.close()
        found.close()


def _sent(desk: Desk, begun: Begun, **fields: object) -> Queued:
    draft = replace(begun.draft, body="本文です。", **fields)  # type: ignore[arg-type]  # chosen by the tests
    queued = desk.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id=str(uuid.uuid4())
    )
    assert isinstance(queued, Queued)
    return queued


def test_an_agents_login_forwards_and_writes_first(as_sato: tuple[Team, Store]) -> None:
    """All of it, taking back too; but no letter in another's name, and no other customer for a conversation."""
    shared, store = as_sato
    desk = Desk(store, shared.agents["sato"])
    number = shared.conversation(2)
    begun = desk.letters.forward(number, ask=True, attached=True)
    assert isinstance(begun, Begun)
    queued = _sent(desk, begun, to=CARRIER)
    assert isinstance(desk.replies.recall(queued.outbox_id), Recalled)
    first = desk.letters.new(shared.box.id)
    _sent(desk, first, to=(Address("花子", "hanako@example.jp"),), subject="ご案内")
    assert desk.conversations.summary(first.claim.conversation_id).customer_address == "hanako@example.jp"
    for words in (
        f"UPDATE conversation SET customer_address = 'thief@example.jp' WHERE id = {number}",
        "INSERT INTO letter (conversation_id, author_id, kind) "
        f"SELECT {number}, id, 'new' FROM agent WHERE login = 'suzuki'",
        "UPDATE letter SET author_id = (SELECT id FROM agent WHERE login = 'suzuki')",
    ):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(text(words))


def test_an_agents_login_changes_no_colleagues_view(as_sato: tuple[Team, Store]) -> None:
    """His own he keeps, renames and deletes; a colleague's he reads, and an administrator's act is none of his."""
    shared, store = as_sato
    shared.suzuki.views.save(View("鈴木の", "返品", shared=True))
    mine = Desk(store, shared.agents["sato"]).views
    mine.save(View("佐藤の", "交換"))
    assert mine.rename("佐藤の", "私の").own
    assert [view.name for view in mine.list()] == ["私の", "鈴木の"]
    owner = "(SELECT id FROM agent WHERE login = 'suzuki')"
    for words in (
        f"UPDATE view SET query = '' WHERE owner_id = {owner}",
        f"UPDATE view SET owner_id = {owner} WHERE name = '私の'",
        f"DELETE FROM view WHERE owner_id = {owner}",
        f"INSERT INTO view (owner_id, name, letter, query, tab, sort, shared, changed_at) "
        f"VALUES ({owner}, 'x', '', '', 'all', 'newest', false, 0)",
    ):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(text(words))
    mine.delete("私の")
    assert [view.query for view in mine.list()] == ["返品"]
