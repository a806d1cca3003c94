"""A store that went back in time sends nothing: the worker's own file says what had been committed.

The desk of these tests is one on which a reply left; then the store is put back to what it was before, in which that
reply is still queued. Without the file it would leave a second time.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.outbox import OutboxState
from maildesk.domain.reply import Queued
from maildesk.errors import StoreError
from maildesk.store import outbox, schema, wires
from maildesk.store.engine import Store
from maildesk.store.events import Actor
from maildesk.sync import ingest
from maildesk.sync.highwater import HighWater, file_for
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from maildesk.sync.wires import Wires
from maildesk.sync.worker import _Sending
from tests.store import stores
from tests.store.stores import execute, rows, state_of
from tests.support.databases import KINDS, cluster
from tests.support.smtp import SmtpServer


@dataclass
class Desk:
    """A store that can be put back to what it was, the outgoing server, and a worker's state."""

    store: Store
    server: SmtpServer
    box: Mailbox
    who: Actor
    state: Path

    @property
    def water(self) -> HighWater:
        """The marks, as a worker that has just started reads them."""
        return HighWater(self.store, file_for(self.state, self.store))

    def reply(self, number: int = 1) -> Queued:
        """A customer writes, and an answer is queued."""
        raw = stores.mail(number, sender=f"customer{number}@mail.example")
        (found,) = ingest.import_mails(self.store, self.box, [("x", raw)])
        assert found.conversation is not None
        return stores.queue_reply(self.store, self.box, self.who, found.conversation)

    def connect(self) -> SmtpSession:
        """The outgoing server."""
        return SmtpSession.open(self.server.endpoint(), None, 2.0)

    def drain(self, *, water: bool = True) -> int:
        """One pass of a new worker: how many mails left."""
        sender = Sender(
            self.store,
            self.box,
            self.connect,
            "worker",
            water=self.water if water else None,
        )
        before = len(self.server.mails)
        sender.drain()
        return len(self.server.mails) - before

    @contextlib.contextmanager
    def lost(self) -> Iterator[None]:
        """What is committed within is lost: the store fails over to a copy made at the beginning."""
        if self.store.is_sqlite:
            file = Path(str(self.store.engine.url.database))
            copy = file.with_suffix(".copy")
            with contextlib.closing(sqlite3.connect(file)) as live:
                live.execute("VACUUM INTO ?", (str(copy),)).close()
            yield
            self.store.engine.dispose()
            for name in ("-wal", "-shm"):
                file.with_name(file.name + name).unlink(missing_ok=True)
            shutil.copy(copy, file)
        else:
            name = str(self.store.engine.url.database)
            self.store.engine.dispose()
            copy_name = cluster().create_database(template=name)
            yield
            self.store.engine.dispose()
            cluster().drop_database(name)
            cluster().create_database(name, template=copy_name)
            cluster().drop_database(copy_name)

    def hold(self) -> str:
        """Why nothing is sent, '' when it is."""
        with self.store.reading() as tx:
            held = schema.held(tx)
        return held.reason if held else ""


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer) -> Iterator[Desk]:
    """A desk on each kind of store."""
    with stores.opened(request.param, tmp_path) as store:
        box = stores.add_mailbox(store, smtp=server.endpoint())
        yield Desk(store, server, box, stores.add_agent(store), tmp_path / "state")


def test_what_left_before_a_failover_does_not_leave_again(desk: Desk) -> None:
    """The new primary has the reply still queued: nothing is sent, everybody can see why, and it stays so."""
    queued = desk.reply()
    with desk.lost():
        assert desk.drain() == 1
    assert state_of(desk.store, queued.outbox_id) is OutboxState.QUEUED
    assert desk.drain() == 0
    assert desk.hold() == "rolled-back"
    assert desk.drain() == 0
    assert desk.drain(water=False) == 0, "the store holds it, whoever asks"
    events = rows(desk.store, "SELECT detail FROM event WHERE what = 'sending-held'")
    assert len(events) == 1, "told once"


def test_without_the_marks_it_would_have_left_twice(desk: Desk) -> None:
    """The test above is one that can fail."""
    desk.reply()
    with desk.lost():
        assert desk.drain(water=False) == 1
    assert desk.drain(water=False) == 1


def test_others_filling_up_the_lost_numbers_change_nothing(desk: Desk) -> None:
    """Event numbers are used again after a failover: it is number and time that are compared."""
    desk.reply()
    with desk.lost():
        desk.drain()
    for number in range(2, 6):
        desk.reply(number)
    assert desk.drain() == 0
    assert desk.hold() == "rolled-back"


def test_a_failover_between_the_look_and_the_dot_writes_no_dot(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marks are looked for again in the very transaction that writes the point of no return."""
    queued = desk.reply()
    with desk.lost():
        assert desk.drain() == 1
    monkeypatch.setattr(HighWater, "check", lambda self: True)
    assert desk.drain() == 0
    assert state_of(desk.store, queued.outbox_id) is OutboxState.SENDING


def test_the_mark_of_a_mail_is_in_the_file_before_its_dot(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot be written there is no dot: the worker could not tell a failover afterwards."""
    queued = desk.reply()
    water = desk.water
    water.check()

    def full(seen: object) -> None:
        raise StoreError("highwater_unwritable", file=water.file, reason="no space")

    with desk.store.transaction() as tx:
        picked = outbox.pick(tx, "worker", desk.box.id)
    assert picked is not None
    monkeypatch.setattr(water, "_keep", full)
    with pytest.raises(StoreError, match="何も送信していません"):
        water.mark_committing(picked.id, picked.attempt, picked.message_id)
    assert state_of(desk.store, queued.outbox_id) is OutboxState.COMMITTING, "later uncertain: safe, visible"
    assert desk.server.mails == []


def test_the_mark_holds_the_committing_event_of_that_mail(desk: Desk) -> None:
    """Not merely the greatest number: another transaction's greater number may have been committed before."""
    queued = desk.reply()
    execute(
        desk.store,
        "INSERT INTO event (id, at, actor, what, detail) VALUES (10000, 1.0, 'other', 'other', '{}')",
    )
    water = desk.water
    assert desk.drain() == 1
    number = rows(
        desk.store, "SELECT id FROM event WHERE outbox_id = :o AND what = 'committing'", o=queued.outbox_id
    )[0][0]
    assert str(number) in json.loads(water.file.read_text("utf-8"))["events"]
    assert water.file.stat().st_mode & 0o777 == 0o600


def test_an_epoch_that_is_over_is_a_store_that_went_back(desk: Desk) -> None:
    """A copy from before a restore put back: its events are all there, but its epoch has ended."""
    desk.water.check()
    with desk.lost():
        execute(desk.store, "UPDATE desk SET epoch = 'the next'")
        assert desk.water.check()
    assert not desk.water.check()
    assert desk.hold() == "rolled-back"


def test_a_hold_that_was_rolled_back_itself_begins_a_further_epoch(desk: Desk) -> None:
    """Held, released, sent, and then a snapshot of the held time is put back: what left must not leave again."""
    with desk.store.transaction() as tx:
        schema.hold(tx, "restored")
    desk.reply()
    desk.water.check()
    with desk.lost():
        with desk.store.transaction() as tx:
            schema.release(tx, schema.STORE)
        assert desk.drain() == 1
    assert desk.hold() == "restored"
    assert not desk.water.check()
    with desk.store.transaction() as tx:
        schema.release(tx, schema.STORE)
    assert desk.drain() == 0


@pytest.mark.parametrize("content", [None, "", "{", '{"epochs": ["foreign"], "events": {"1": 1.0}}', "[1]"])
def test_a_missing_damaged_or_foreign_file_stops_nothing(desk: Desk, content: str | None) -> None:
    """A new server, a new disk, another desk: it begins anew."""
    file = file_for(desk.state, desk.store)
    file.parent.mkdir(parents=True)
    if content is not None:
        file.write_text(content, "utf-8")
    desk.reply()
    assert desk.drain() == 1
    assert desk.hold() == ""


def test_a_store_that_moves_on_is_never_held(desk: Desk) -> None:
    """Several workers with one file, mail after mail."""
    first, second = desk.water, desk.water
    for number in range(1, 4):
        desk.reply(number)
        assert desk.drain() == 1
        assert first.check()
        assert second.check()


def test_while_held_nothing_is_picked_and_nothing_is_marked(desk: Desk) -> None:
    """Both statements refuse: a hold may come between them."""
    first, second = desk.reply(1), desk.reply(2)
    with desk.store.transaction() as tx:
        picked = outbox.pick(tx, "worker", desk.box.id)
    assert picked is not None
    execute(desk.store, "UPDATE desk SET held_at = 1.0, held_reason = 'restored'")
    with desk.store.transaction() as tx:
        assert outbox.pick(tx, "other", desk.box.id) is None
        assert not outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        assert outbox.next_due(tx, desk.box.id) is not None, "the lease of the one that was picked"
    assert state_of(desk.store, first.outbox_id) is OutboxState.SENDING
    assert state_of(desk.store, second.outbox_id) is OutboxState.QUEUED
    execute(desk.store, "UPDATE desk SET held_at = NULL, held_reason = ''")
    with desk.store.transaction() as tx:
        assert outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)


def test_an_item_of_another_epoch_is_neither_picked_nor_marked(desk: Desk) -> None:
    """Also without a hold."""
    desk.reply(1)
    with desk.store.transaction() as tx:
        picked = outbox.pick(tx, "worker", desk.box.id)
    assert picked is not None
    desk.reply(2)
    execute(desk.store, "UPDATE desk SET epoch = 'new'")
    with desk.store.transaction() as tx:
        assert not outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        assert outbox.pick(tx, "other", desk.box.id) is None


def test_the_files_name_does_not_tell_where_the_store_is(desk: Desk) -> None:
    """It may lie in a shared folder, and a URL may hold a password."""
    name = file_for(desk.state, desk.store).name
    assert re.fullmatch(r"high-water-[0-9a-f]{16}\.json", name)


def test_each_store_has_its_own_file(tmp_path: Path) -> None:
    """Two servers of one host differ in nothing but the port: the epoch of one is not the other's past."""
    names = set()
    for place in ("db.example/desk", "db.example:5433/desk", "db.example/other"):
        engine = create_engine(f"postgresql+psycopg://me@{place}")
        names.add(file_for(tmp_path, Store(engine)))
    assert len(names) == 3
    again = Store(create_engine("postgresql+psycopg://you:secret@db.example:5432/desk"))
    assert file_for(tmp_path, again) in names, "whoever signs in, and with the usual port or without"


def test_a_file_that_cannot_be_written_stops_sending_where_everybody_sees_it(desk: Desk) -> None:
    """Not only in the worker's log; and no longer when it can be written again."""
    queued = desk.reply()
    (desk.state.parent / "file").write_text("in the way")
    water = HighWater(desk.store, desk.state.parent / "file" / "high-water.json")
    wires_of = Wires(desk.store, desk.box, lambda _ref, _address: "")
    sender = Sender(desk.store, desk.box, desk.connect, "worker", water=water)
    sending = _Sending(desk.store, wires_of, sender)
    sending._pass()
    with desk.store.reading() as tx:
        told = wires.of(tx, desk.box.id, "smtp")
    assert (told.state, "何も送信していません" in told.error) == (Health.FAILED, True)
    assert state_of(desk.store, queued.outbox_id) is OutboxState.QUEUED
    water.file = desk.state / "high-water.json"
    sending._pass()
    sending._bell.close()
    with desk.store.reading() as tx:
        assert wires.of(tx, desk.box.id, "smtp").state is Health.OK
    assert len(desk.server.mails) == 1
