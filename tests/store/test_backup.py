"""A backup holds everything of one instant, says so itself, and a restored store sends nothing by itself."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import OutboxState
from maildesk.errors import StoreError, StoreRefused
from maildesk.store import backup, outbox, pgtools, schema, tables
from maildesk.store.engine import Store, open_store
from maildesk.store.events import Actor
from maildesk.sync import ingest
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from tests.store import stores
from tests.store.stores import execute, rows, state_of
from tests.support import postgres
from tests.support.databases import KINDS, cluster
from tests.support.smtp import SmtpServer

WRITERS = 4


@dataclass
class Desk:
    """A store with mail in it, its outgoing server, and another place to restore to."""

    store: Store
    server: SmtpServer
    box: Mailbox
    who: Actor
    folder: Path
    elsewhere: str

    @property
    def file(self) -> Path:
        """Where the backup goes."""
        return self.folder / "desk.backup"

    def customer(self, number: int) -> int:
        """A customer writes: the conversation's number."""
        raw = stores.mail(number, sender=f"customer{number}@mail.example")
        (found,) = ingest.import_mails(self.store, self.box, [("x", raw)])
        assert found.conversation is not None
        return found.conversation

    def send(self, store: Store) -> int:
        """One pass of a worker at a store: how many mails left."""
        before = len(self.server.mails)
        connect = lambda: SmtpSession.open(self.server.endpoint(), None, 2.0)  # noqa: E731
        Sender(store, self.box, connect, "worker").drain()
        return len(self.server.mails) - before

    @contextlib.contextmanager
    def restored(self) -> Iterator[Store]:
        """What the backup holds, at the other place."""
        backup.restore(self.file, self.elsewhere)
        with contextlib.closing(open_store(self.elsewhere)) as store:
            yield store


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the version of the tests' server."""
    if binaries := postgres.find():
        monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """The outgoing server."""
    with SmtpServer() as running:
        yield running


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer) -> Iterator[Desk]:
    """A desk on each kind of store."""
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(stores.opened(request.param, tmp_path))
        if request.param == "sqlite":
            elsewhere = f"sqlite:///{tmp_path}/else/desk.db"
        else:
            name = cluster().create_database()
            stack.callback(cluster().drop_database, name)
            elsewhere = cluster().url(name)
        box = stores.add_mailbox(store, smtp=server.endpoint())
        yield Desk(store, server, box, stores.add_agent(store), tmp_path, elsewhere)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that a restore leaves as they are."""
    with store.reading() as tx:
        names = [n for n in backup.counts(tx) if n not in ("desk", "event")]
    return {name: sorted(rows(store, f"SELECT * FROM {name}"), key=repr) for name in names}


def test_what_is_restored_is_what_was_there(desk: Desk) -> None:
    """Every row of every table; the file is one, closed to others, and its manifest says what it holds."""
    for number in range(1, 4):
        stores.queue_reply(desk.store, desk.box, desk.who, desk.customer(number))
    assert desk.send(desk.store) == 3
    manifest = backup.make(desk.store, desk.file)
    assert desk.file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in desk.folder.iterdir() if p.name.startswith(".desk")] == []
    assert manifest.counts["raw"] == 3
    assert manifest.counts["outbox"] == 3
    assert manifest.schema == schema.HEAD
    _, checks = backup.verify(desk.file, stores.url_of(desk.store))
    assert [c for c in checks if not c.ok] == []
    assert {c.check for c in checks} >= {"data", "schema", "counts", "digests"}
    with desk.restored() as there:
        assert everything(there) == everything(desk.store)
        with there.reading() as tx:
            assert backup.digests(tx) == manifest.digests


def test_a_backup_while_everybody_writes_is_of_one_instant(desk: Desk) -> None:
    """Writers go on without an error; in the backup each conversation has its claim, its message and its event."""
    stop, errors, written = threading.Event(), [], []

    def write(worker: int) -> None:
        number = worker * 10_000
        try:
            while not stop.is_set():
                number += 1
                found = desk.customer(number)
                stores.queue_reply(desk.store, desk.box, desk.who, found, request_id=f"r{number}")
                written.append(found)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(1, WRITERS + 1)]
    for thread in threads:
        thread.start()
    try:
        enough = threading.Event()
        while len(written) < 10 and not errors:
            enough.wait(0.01)
        manifest = backup.make(desk.store, desk.file)
        before = len(written)
        while len(written) < before + 5 and not errors:
            enough.wait(0.01)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    _, checks = backup.verify(desk.file, stores.url_of(desk.store))
    assert [c for c in checks if not c.ok] == []
    with desk.restored() as there:
        assert rows(there, "SELECT count(*) FROM conversation") == rows(there, "SELECT count(*) FROM claim")
        assert rows(there, "SELECT count(*) FROM outbox WHERE id NOT IN (SELECT outbox_id FROM event "
                           "WHERE what = 'queued')") == [(0,)]  # fmt: skip
        live = dict(rows(desk.store, "SELECT id, data FROM raw"))
        restored = dict(rows(there, "SELECT id, data FROM raw"))
        assert len(restored) == manifest.counts["raw"] >= 10
        assert {n: live[n] for n in restored} == restored


def test_nothing_is_sent_again_and_answers_still_find_their_conversation(desk: Desk) -> None:
    """Queued at the time of the backup and sent after it: the restored store does not know, so it sends nothing until
    somebody has reconciled; a customer who answers a mail of before the backup joins the old conversation."""
    first, second = desk.customer(1), desk.customer(2)
    sent = stores.queue_reply(desk.store, desk.box, desk.who, first)
    assert desk.send(desk.store) == 1
    waiting = stores.queue_reply(desk.store, desk.box, desk.who, second)
    backup.make(desk.store, desk.file)
    assert desk.send(desk.store) == 1
    with desk.restored() as there:
        with there.reading() as tx:
            held = schema.held(tx)
            assert held is not None
            assert held.reason == "restored"
        assert desk.send(there) == 0
        assert state_of(there, waiting.outbox_id) is OutboxState.QUEUED
        execute(there, "UPDATE desk SET held_at = NULL")
        assert desk.send(there) == 0, "not even when the hold is gone: it is of the old epoch"
        with there.transaction() as tx:
            assert outbox.doubt(tx, desk.who) == (waiting.outbox_id,)
        assert state_of(there, waiting.outbox_id) is OutboxState.UNCERTAIN
        answer = stores.mail(77, sender="customer1@mail.example", in_reply_to=sent.message_id)
        (found,) = ingest.import_mails(there, desk.box, [("x", answer)])
        assert found.conversation == first
    assert len(desk.server.mails) == 2


def test_the_epoch_is_new_and_told(desk: Desk) -> None:
    """Two restores of one backup are two epochs."""
    manifest = backup.make(desk.store, desk.file)
    one = backup.restore(desk.file, desk.elsewhere)
    two = backup.restore(desk.file, desk.elsewhere, force=True)
    assert len({manifest.epoch, one.epoch, two.epoch}) == 3
    with contextlib.closing(open_store(desk.elsewhere)) as there:
        assert rows(there, "SELECT epoch FROM desk") == [(two.epoch,)]
        assert len(rows(there, "SELECT id FROM event WHERE what = 'sending-held'")) == 1


def test_tokens_are_in_no_backup(desk: Desk) -> None:
    """Not in a row, and not in a byte of a page that was freed."""
    token = {"mailbox_id": desk.box.id, "access": "canary-access", "refresh": "canary-refresh"}
    with desk.store.transaction() as tx:
        tx.execute(tables.mailbox_token.insert().values(token))
    if desk.store.is_sqlite:  # an older token, in what SQLite does not overwrite by itself
        file = Path(str(desk.store.engine.url.database))
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as live:
            live.execute("PRAGMA secure_delete=OFF")
            live.execute("CREATE TABLE old (token TEXT)")
            live.execute("INSERT INTO old VALUES ('canary-old' || hex(zeroblob(9000)))")
            live.execute("DROP TABLE old")
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"canary-old" in file.read_bytes()
    backup.make(desk.store, desk.file)
    assert b"canary" not in desk.file.read_bytes()
    with desk.restored() as there:
        assert rows(there, "SELECT count(*) FROM mailbox_token") == [(0,)]
    assert rows(desk.store, "SELECT count(*) FROM mailbox_token") == [(1,)]


def test_a_store_that_is_not_empty_is_not_overwritten(desk: Desk) -> None:
    """Without ``force`` nothing changes; with it, the restored state is there and nothing of the other."""
    desk.customer(1)
    backup.make(desk.store, desk.file)
    desk.customer(2)
    url = stores.url_of(desk.store)
    with pytest.raises(StoreError) as refused:
        backup.restore(desk.file, url)
    assert refused.value.key == "restore_not_empty"
    assert rows(desk.store, "SELECT count(*) FROM raw") == [(2,)]
    desk.store.close()
    done = backup.restore(desk.file, url, force=True)
    with contextlib.closing(open_store(url)) as there:
        assert rows(there, "SELECT count(*) FROM raw") == [(1,)]
    if done.kept is not None:
        with contextlib.closing(sqlite3.connect(done.kept)) as old:
            assert old.execute("SELECT count(*) FROM raw").fetchall() == [(2,)]
    assert (done.kept is not None) is url.startswith("sqlite")


def test_a_desk_without_anybody_in_it_may_be_overwritten(desk: Desk) -> None:
    """What ``maildesk init`` makes by mistake is no desk yet."""
    open_store(desk.elsewhere, create=True).close()
    desk.customer(1)
    backup.make(desk.store, desk.file)
    with desk.restored() as there:
        assert rows(there, "SELECT count(*) FROM raw") == [(1,)]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
@pytest.mark.parametrize("harm", ["flipped", "cut", "foreign", "empty", "without a manifest"])
def test_a_damaged_backup_is_noticed_and_never_restored(desk: Desk, harm: str) -> None:
    """The digest of the data is checked before anything of it is used."""
    desk.customer(1)
    backup.make(desk.store, desk.file)
    whole = desk.file.read_bytes()
    middle = len(whole) // 2
    broken = {
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut": whole[:middle],
        "foreign": b"PK\x03\x04" + bytes(2000),
        "empty": b"",
        "without a manifest": _tar({"desk.db": b"x"}),
    }[harm]
    desk.file.write_bytes(broken)
    with pytest.raises(StoreError) as refused:
        backup.restore(desk.file, desk.elsewhere)
    assert refused.value.key in ("backup_damaged", "backup_not_one")
    if harm == "flipped":
        assert [c.ok for c in backup.verify(desk.file, stores.url_of(desk.store))[1]] == [False]


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return out.getvalue()


def _rewrite(file: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the manifest of a backup."""
    with tarfile.open(file) as archive:
        parts = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    told = json.loads(parts[backup.MANIFEST])
    change(told)
    parts[backup.MANIFEST] = json.dumps(told).encode()
    file.write_bytes(_tar(parts))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["counts", "digests", "schema"])
def test_verify_compares_what_is_there_with_the_manifest(desk: Desk, what: str) -> None:
    """A dump that is whole as a file, and lacks rows all the same, does not pass."""
    desk.customer(1)
    backup.make(desk.store, desk.file)

    def change(told: dict[str, object]) -> None:
        told[what] = "0001" if what == "schema" else {**told[what], "raw": 2 if what == "counts" else "0"}  # type: ignore[dict-item]

    _rewrite(desk.file, change)
    _, checks = backup.verify(desk.file, stores.url_of(desk.store))
    assert [c.check for c in checks if not c.ok] == [what]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_backup_of_a_newer_maildesk_says_so(desk: Desk) -> None:
    """Not "damaged"."""
    backup.make(desk.store, desk.file)
    _rewrite(desk.file, lambda told: told.update(format=99))
    with pytest.raises(StoreError, match="新しい版"):
        backup.restore(desk.file, desk.elsewhere)


def test_a_backup_goes_back_only_where_it_came_from(desk: Desk, tmp_path: Path) -> None:
    """A dump of PostgreSQL is no SQLite file."""
    backup.make(desk.store, desk.file)
    other = "postgresql://x/y" if desk.store.is_sqlite else f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(StoreError) as refused:
        backup.restore(desk.file, other)
    assert refused.value.key == "restore_other_kind"


# ---- SQLite


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_file_that_somebody_has_open_is_not_replaced(desk: Desk) -> None:
    """He would go on writing into what is no desk any more."""
    desk.customer(1)
    backup.make(desk.store, desk.file)
    url = stores.url_of(desk.store)
    with desk.store.reading() as tx:
        tx.exec_driver_sql("SELECT 1 FROM raw")
        with pytest.raises(StoreError) as refused:
            backup.restore(desk.file, url, force=True)
    assert refused.value.key == "restore_in_use"
    assert rows(desk.store, "SELECT count(*) FROM raw") == [(1,)]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_destroyed_file_is_kept_aside_and_replaced(desk: Desk) -> None:
    """The very case for which there are backups; what is left of its WAL goes with it."""
    desk.customer(1)
    backup.make(desk.store, desk.file)
    desk.store.close()
    file = Path(str(desk.store.engine.url.database))
    file.write_bytes(b"\0" * 5000)
    wal = file.with_name(file.name + "-wal")
    wal.write_bytes(b"old")
    done = backup.restore(desk.file, f"sqlite:///{file}", force=True)
    assert done.kept is not None
    assert done.kept.read_bytes() == b"\0" * 5000
    with contextlib.closing(open_store(f"sqlite:///{file}")) as there:
        assert rows(there, "SELECT count(*) FROM raw") == [(1,)]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_backup_that_fails_leaves_the_old_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at the last moment: the file of yesterday is untouched, and no half file lies about."""
    desk.file.write_bytes(b"yesterday")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_pack", full)
    with pytest.raises(StoreError):
        backup.make(desk.store, desk.file)
    assert desk.file.read_bytes() == b"yesterday"
    assert [p.name for p in desk.folder.iterdir() if p.name.startswith(".desk")] == []


# ---- PostgreSQL


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
@pytest.mark.parametrize("hidden", ["a table", "rows"])
def test_a_login_that_sees_a_part_makes_no_backup(desk: Desk, hidden: str) -> None:
    """Row level security would make a dump silently partial: it is an error."""
    login = f"part_{hidden.replace(' ', '_')}"
    database = str(desk.store.engine.url.database)
    with psycopg.connect(cluster().dsn(database), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {login} LOGIN")
        try:
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {login}")
            owner.execute(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {login}")
            if hidden == "rows":
                owner.execute("ALTER TABLE raw ENABLE ROW LEVEL SECURITY")
            else:
                owner.execute(f"REVOKE SELECT ON comment FROM {login}")
            url = stores.url_of(desk.store).replace("postgres@", f"{login}@")
            with contextlib.closing(open_store(url)) as store, pytest.raises(StoreRefused):
                backup.make(store, desk.file)
            assert not desk.file.exists()
        finally:
            owner.execute(f"DROP OWNED BY {login}")
            owner.execute(f"DROP ROLE {login}")


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
def test_a_missing_or_old_pg_dump_is_named_with_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An old one could not read the new server's catalogue."""
    monkeypatch.setattr(pgtools, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError) as refused:
        backup.make(desk.store, desk.file)
    assert refused.value.key == "pg_tool_missing"
    assert "postgresql-client-" in refused.value.hint
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n", "utf-8")
    old.chmod(0o755)
    with pytest.raises(StoreError) as refused:
        backup.make(desk.store, desk.file)
    assert (refused.value.key, refused.value.values["found"]) == ("pg_tool_old", 9)


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
def test_a_restore_that_fails_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one transaction: the tables that were removed are there as before."""
    desk.customer(1)
    backup.make(desk.store, desk.file)
    desk.customer(2)
    monkeypatch.setattr(backup, "_HOLD", "SELECT 1/0;")
    with pytest.raises(StoreError, match="元のまま") as refused:
        backup.restore(desk.file, stores.url_of(desk.store), force=True)
    assert refused.value.key == "restore_failed"
    assert rows(desk.store, "SELECT count(*) FROM raw") == [(2,)]


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
def test_verifying_without_the_right_to_make_a_database_proves_nothing(desk: Desk) -> None:
    """It says so, and leaves no database behind."""
    backup.make(desk.store, desk.file)
    with psycopg.connect(cluster().dsn(), autocommit=True) as owner:
        owner.execute("CREATE ROLE verifier LOGIN NOCREATEDB")
        try:
            url = stores.url_of(desk.store).replace("postgres@", "verifier@")
            _, checks = backup.verify(desk.file, url)
            assert [c.check for c in checks if not c.ok] == ["scratch"]
            backup.verify(desk.file, stores.url_of(desk.store))
            left = owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'maildesk_verify%'")
            assert left.fetchall() == []
        finally:
            owner.execute("DROP ROLE verifier")
