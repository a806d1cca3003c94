"""What an agent's own login may do on PostgreSQL, also with another program than maildesk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from maildesk.desk import Desk
from maildesk.domain.agent import Role
from maildesk.domain.outcomes import Begun
from maildesk.domain.status import Tab
from maildesk.errors import StoreError
from maildesk.store import agents, grants
from maildesk.store.engine import Store, open_store
from tests.support.databases import fresh
from tests.support.stores import Team, team


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Team]:
    """A team on PostgreSQL whose agents have login roles."""
    with fresh("postgresql", tmp_path) as url:
        yield from _shared(url)


def _shared(url: str) -> Iterator[Team]:
    found = team(url)
    with found.store.transaction() as tx:
        roles = [("sato", Role.AGENT), ("suzuki", Role.SUPERVISOR)]
        assert grants.apply(tx, roles) == ()
        assert grants.apply(tx, roles) == (), "twice is as good as once"
    found.conversation()
    yield found
    found.close()


def _as(login: str, shared: Team) -> Store:
    return open_store(make_url(shared.url).set(username=login).render_as_string(hide_password=False))


@pytest.fixture
def as_sato(shared: Team) -> Iterator[Store]:
    """佐藤's own connection."""
    store = _as("sato", shared)
    yield store
    store.close()


def test_an_agents_login_can_do_an_agents_work(shared: Team, as_sato: Store) -> None:
    """Lists, claim, draft, reply, comment, triage, templates: the whole day with one's own role."""
    with as_sato.reading() as tx:
        assert agents.session_user(tx) == "sato"
    desk = Desk(as_sato, shared.agents["sato"])
    number = shared.sato.inbox.page(Tab.NEW).rows[0].id
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = desk.replies.attach(begun.draft, "a.txt", "text/plain", b"x")
    desk.comments.add(number, "確認中")
    desk.conversations.mark_seen(number)
    desk.triage.label([number], add=["破損"])
    desk.triage.assign([number], desk.me.id)
    desk.people.look(number)
    desk.templates.save(desk.templates.all()[0])
    desk.sync.now()
    version = desk.conversations.summary(number).version
    body = f"返信です\n{draft.body}"
    queued = desk.replies.submit(
        begun.claim, replace(draft, body=body), seen_version=version, request_id="r", hold=9.0
    )
    desk.replies.recall(queued.outbox_id)  # type: ignore[union-attr]  # Queued, or this fails
    desk.conversations.raw(desk.conversations.get(number).messages[0].id)
    desk.leave()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM mailbox_secret",
        "UPDATE mailbox SET address = 'mine@example.jp'",
        "DELETE FROM message",
        "UPDATE message SET subject = 'x'",
        "DELETE FROM raw",
        "DELETE FROM conversation",
        "UPDATE conversation SET turn = turn + 1",
        "UPDATE conversation SET mailbox_id = 1",
        "UPDATE event SET what = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "UPDATE outbox SET body = 'x'",
        "UPDATE outbox SET \"to\" = '[]'",
        "DELETE FROM outbox",
        "INSERT INTO outbox_mime (outbox_id, sha256, data) VALUES (1, 'x', 'x')",
        "UPDATE agent SET role = 'admin'",
        "INSERT INTO agent (login, name, reading, role, os_user) VALUES ('x', 'x', '', 'admin', '')",
        "UPDATE seat SET holder = 'me'",
        "UPDATE desk SET epoch = 'x'",
        "UPDATE claim SET owner_id = (SELECT id FROM agent WHERE login = 'suzuki')",
        "INSERT INTO comment (conversation_id, kind, author_id, at, text) "
        "SELECT 1001, 'comment', id, 1.0, 'x' FROM agent WHERE login = 'suzuki'",
        "INSERT INTO event (at, conversation_id, actor_id, actor, what) "
        "SELECT 1.0, 1001, id, '鈴木', 'claimed' FROM agent WHERE login = 'suzuki'",
        "DROP TABLE draft",
        "SET ROLE postgres",
    ],
)
def test_the_database_refuses(as_sato: Store, statement: str) -> None:
    """Not maildesk's manners but PostgreSQL's own refusal."""
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(statement)
    assert refused.value.key == "store_permission", refused.value


def test_an_agent_may_not_run_the_worker(shared: Team, as_sato: Store) -> None:
    """Passwords of mailboxes are for the worker's login only."""
    with as_sato.reading() as tx:
        assert not grants.may_work(tx)
    with shared.store.reading() as tx:
        assert grants.may_work(tx)


def test_every_table_is_granted_or_named_here() -> None:
    """A new table cannot be forgotten: it is readable by agents, or listed as closed to them."""
    from maildesk.store import tables

    closed = {"mailbox_secret", "mailbox_token", "missing_parent", "content", "alias"}
    assert set(tables.metadata.tables) == (set(grants._READ) - {"alembic_version"}) | closed
