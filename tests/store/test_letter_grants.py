"""What an agent's own login may do on PostgreSQL with forwards and first mails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from maildesk.desk import Desk
from maildesk.domain.address import Address
from maildesk.domain.agent import Role
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued, Recalled
from maildesk.errors import StoreError
from maildesk.store import grants
from maildesk.store.engine import Store, open_store
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
        store = open_store(make_url(url).set(username="sato").render_as_string(hide_password=False))
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
