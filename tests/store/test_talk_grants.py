"""What an agent's own login may do on PostgreSQL with what colleagues tell each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.desk import Desk
from maildesk.domain.agent import Role
from maildesk.errors import StoreError
from maildesk.store import grants
from maildesk.store.engine import Store
from tests.support.databases import fresh
from tests.support.stores import Team, team


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A team on PostgreSQL whose agents have login roles, with one comment of 鈴木 that names 高橋."""
    with fresh("postgresql", Path(tmp_path_factory.mktemp("talk"))) as url:
        found = team(url)
        with found.store.transaction() as tx:
            assert grants.apply(tx, [("sato", Role.AGENT), ("suzuki", Role.SUPERVISOR)]) == ()
        found.suzuki.comments.add(found.conversation(), "@高橋 見てください")
        found.suzuki.notes.add("鈴木の知らせ")
        found.sato.notes.read()
        found.suzuki.chat.say("鈴木です")
        yield found
        found.close()


def test_an_agents_login_can_talk(shared: Team, as_sato: Store) -> None:
    """Naming a colleague, and reading what names oneself."""
    desk = Desk(as_sato, shared.agents["sato"])
    number = shared.conversation(2)
    mistake = desk.comments.add(number, "間違い")
    assert desk.comments.withdraw([mistake.id])
    desk.comments.add(number, "@鈴木 お願いします")
    assert shared.suzuki.mentions.unread() == 1
    shared.suzuki.comments.add(number, "@佐藤 了解")
    assert desk.mentions.unread() == 1
    desk.conversations.mark_seen(number)
    assert desk.mentions.unread() == 0
    written = desk.notes.add("棚卸し")
    edited = desk.notes.edit(written.note.id, "明日は棚卸し")
    desk.notes.undo(edited.undo)
    desk.notes.undo(desk.notes.withdraw(written.note.id).undo)
    shared.suzuki.notes.add("返品は高橋まで", mailbox_id=shared.box.id)
    assert desk.notes.read() == 1
    assert desk.notes.overdue().total == 0
    said = desk.chat.say("昼休みです")
    desk.chat.undo(said.undo)
    desk.chat.undo(desk.chat.withdraw(desk.chat.say("#1001 は?").line.id).undo)
    shared.suzuki.chat.say("はい", shared.box.id)
    desk.chat.seen(shared.box.id, desk.chat.lines(None)[-1].id)
    assert [room.unread for room in desk.chat.rooms()] == [0, 0]


def test_who_leads_writes_the_rules(shared: Team) -> None:
    """With the login of a supervisor, in her own name."""
    store = shared.as_login("suzuki")
    desk = Desk(store, shared.agents["suzuki"])
    ruled = desk.rules.edit(shared.box.id, "# 返品", 0)
    assert desk.rules.undo(ruled.undo) is None
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.exec_driver_sql(
            "UPDATE rules_page SET changed_by_id = (SELECT id FROM agent WHERE login = 'sato')"
        )
    store.close()


def test_who_leads_takes_a_note_back(shared: Team) -> None:
    """The right to withdraw goes with the role, in the database too; the text stays its author's."""
    note = shared.sato.notes.add("間違い").note
    store = shared.as_login("suzuki")
    Desk(store, shared.agents["suzuki"]).notes.withdraw(note.id)
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.exec_driver_sql(f"UPDATE note SET text = 'x' WHERE id = {note.id}")
    store.close()


REFUSED = [
    "INSERT INTO mention (comment_id, agent_id) SELECT min(id), (SELECT id FROM agent WHERE login = 'sato') FROM comment",
    "UPDATE mention SET read_at = 1.0",
    "UPDATE mention SET agent_id = agent_id",
    "DELETE FROM mention",
    "INSERT INTO note (author_id, at, text) SELECT id, 1.0, 'x' FROM agent WHERE login = 'suzuki'",
    "UPDATE note SET text = 'x'",
    "UPDATE note SET withdrawn_at = 1.0",
    "UPDATE comment SET withdrawn_at = 1.0 WHERE author_id <> (SELECT id FROM agent WHERE login = 'sato')",
    "UPDATE comment SET text = 'x'",
    "UPDATE note SET author_id = author_id",
    "DELETE FROM note",
    "INSERT INTO chat_line (room, author_id, at, text, folded) SELECT 0, id, 1.0, 'x', 'x' FROM agent "
    "WHERE login = 'suzuki'",
    "UPDATE chat_line SET withdrawn_at = 1.0",
    "UPDATE chat_line SET text = 'x'",
    "DELETE FROM chat_line",
    "INSERT INTO rules_page (mailbox_id, text, version, changed_by_id, changed_at) SELECT mailbox.id, 'x', 1, agent.id, "
    "1.0 FROM mailbox, agent WHERE login = 'sato'",
    "INSERT INTO chat_seen (agent_id, room, line_id) SELECT id, 5, 9 FROM agent WHERE login = 'suzuki'",
    "INSERT INTO note_read (note_id, agent_id, version, at) SELECT note.id, agent.id, 1, 1.0 FROM note, agent "
    "WHERE login = 'suzuki'",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses(as_sato: Store, statement: str) -> None:
    """Not maildesk's manners but PostgreSQL's own refusal."""
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(statement)
    assert refused.value.key == "store_permission", refused.value
