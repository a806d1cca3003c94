"""What an operator's bad day does: backends terminated, the database stopped at once, a line that stalls or is reset at
any byte, a full disk, a worker stopped past its lease."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.reply import AlreadyQueued, Queued
from maildesk.errors import StoreError
from maildesk.mail.parse import parse
from maildesk.store import claims, outbox
from maildesk.store.engine import open_store
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from tests.mutation import checks
from tests.store.stores import state_of
from tests.support import postgres
from tests.support.databases import fresh
from tests.support.install import needs
from tests.support.postgres import FAST
from tests.support.smtp import SmtpServer
from tests.support.stores import Team, mail, team
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def postgres_team(tmp_path: Path) -> Iterator[Team]:
    """A team at a fresh PostgreSQL store."""
    with fresh("postgresql", tmp_path) as url:
        found = team(url)
        yield found
        found.close()


def end_backends(url: str) -> None:
    """Terminate everybody else's connection to the database."""
    where = make_url(url)
    dsn = f"host={where.query['host']} user={where.username} dbname={where.database}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_backend_terminated_inside_a_claim(postgres_team: Team) -> None:
    """The transaction is gone as a whole: nobody has the claim, and the next one takes it."""
    number = postgres_team.conversation(1)
    me = postgres_team.sato

    def taken_and_cut_off() -> None:
        with postgres_team.store.transaction() as tx:
            assert claims.take(tx, number, me.me.id, "session") is not None
            end_backends(postgres_team.url)
            claims.holder(tx, number)

    with pytest.raises(StoreError):
        taken_and_cut_off()
    checks._begin(postgres_team.suzuki, number)


def test_a_backend_terminated_at_the_mark_writes_no_dot(postgres_team: Team) -> None:
    """Nobody knows whether the mark was written: no dot. The reply leaves later, once."""
    item = checks._queued(postgres_team)
    with SmtpServer() as server:
        sender = Sender(
            postgres_team.store,
            postgres_team.box,
            lambda: SmtpSession.open(server.endpoint(), None, 5.0),
            "w",
        )
        real = sender._may_write_dot

        def dies(picked: outbox.Picked) -> bool:
            def act(tx: object) -> bool:
                end_backends(postgres_team.url)
                return outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)  # type: ignore[arg-type]

            with contextlib.suppress(StoreError):
                return postgres_team.store.run(act)
            return False

        sender._may_write_dot = dies  # type: ignore[method-assign, assignment]
        sender.drain()
        assert server.mails == []
        sender._may_write_dot = real  # type: ignore[method-assign]
        checks._reaped(postgres_team, item)
        sender.drain()
        assert len(server.mails) == 1
    assert state_of(postgres_team.store, item) is OutboxState.SENT


def test_the_database_stopped_at_once_again_and_again() -> None:
    """Replies are claimed, queued and sent while PostgreSQL is stopped without a word and started again, three times:
    what was acknowledged is there, nothing is delivered twice, and every reply is sent or in doubt."""
    needs("postgres")
    durable = tuple(o for o in FAST if o != "synchronous_commit=off")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(postgres.server(durable))
        there = team(cluster.url(cluster.create_database()), create=True)
        smtp = stack.enter_context(SmtpServer())
        stack.callback(there.close)
        numbers = [there.conversation(n) for n in range(24)]
        acknowledged: list[str] = []
        ended, wait = threading.Event(), threading.Event()

        def answer(login: str, mine: list[int]) -> None:
            desk = there.new_session(login)
            for number in mine:
                request = f"{login} {number}"
                while True:
                    try:
                        begun = checks._begin(desk, number)
                        outcome = checks._submit(desk, begun, request=request)
                        assert isinstance(outcome, (Queued, AlreadyQueued)), outcome
                        acknowledged.append(request)
                        break
                    except StoreError:
                        wait.wait(0.05)
            desk.close()

        def send(name: str) -> None:
            mine = open_store(there.url)
            connect = lambda: SmtpSession.open(smtp.endpoint(), None, 5.0)  # noqa: E731
            while not ended.is_set():
                with contextlib.suppress(StoreError):
                    Sender(mine, there.box, connect, name, answer_timeout=5.0).drain()
                wait.wait(0.02)
            mine.close()

        writers = [
            threading.Thread(target=answer, args=("sato", numbers[::2])),
            threading.Thread(target=answer, args=("suzuki", numbers[1::2])),
        ]
        senders = [threading.Thread(target=send, args=(f"worker {n}",)) for n in range(2)]
        for thread in (*writers, *senders):
            thread.start()
        for goal in (2, 8, 14):
            wait_until(
                lambda: len(acknowledged) >= goal,  # noqa: B023 - asked here and now
                lambda: any(w.is_alive() for w in writers) or len(acknowledged) == len(numbers),
                lambda: f"{len(acknowledged)} acknowledged",
            )
            cluster.crash()
        for thread in writers:
            thread.join(60)
        ended.set()
        for thread in senders:
            thread.join(60)
        assert sorted(acknowledged) == sorted(
            str(row[0]) for row in there.sql("SELECT request_id FROM outbox")
        )
        there.sql("UPDATE outbox SET lease_until = 1.0 WHERE lease_until IS NOT NULL")
        there.store.run(outbox.reap)
        there.sql("UPDATE outbox SET not_before = 0 WHERE state = 'queued'")
        connect = lambda: SmtpSession.open(smtp.endpoint(), None, 5.0)  # noqa: E731
        Sender(there.store, there.box, connect, "last", answer_timeout=5.0).drain()
        arrived = Counter(str(parse(m.raw).message_id) for m in smtp.mails)
        assert set(arrived.values()) == {1}
        for message_id, state in there.sql("SELECT message_id, state FROM outbox"):
            assert state in ("sent", "uncertain"), state
            assert state == "uncertain" or arrived[str(message_id)] == 1


class Proxy:
    """Hands bytes through to a server until ``at`` bytes came from the client; then the line is reset, or silent."""

    def __init__(self, port: int, at: int, reset: bool) -> None:
        self._to, self._left, self._reset = port, at, reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 if counts and self._left < 400 else 4096):
                if counts:
                    self._left -= len(data)
                    if self._left < 0:
                        if self._reset:
                            source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                            source.close()
                            target.close()
                        return
                target.sendall(data)

    def close(self) -> None:
        """End all."""
        self._listener.close()
        for line in self._open:
            line.close()


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "stall"])
def test_a_line_that_breaks_at_any_byte(small: Team, reset: bool) -> None:
    """From the greeting to past the dot: never twice, and afterwards sent or uncertain."""
    for n, at in enumerate((0, 5, 20, 45, 60, 75, 90, 300, 700, 1_000, 1_050, 1_100, 100_000)):
        begun = checks._begin(small.sato, small.conversation(n + 10))
        assert checks._submit(small.sato, begun) is not None
        with SmtpServer() as server:
            proxy = Proxy(server.port, at, reset)
            ways = [proxy.port, server.port, server.port]
            for port in ways:
                endpoint = Endpoint("127.0.0.1", port, "loopback", "")
                connect = lambda e=endpoint: SmtpSession.open(e, None, 0.3)  # noqa: E731
                Sender(small.store, small.box, connect, "w", answer_timeout=0.3).drain()
                small.sql("UPDATE outbox SET not_before = 0 WHERE state = 'queued'")
            proxy.close()
            assert len(server.mails) <= 1, at
            states = {str(row[0]) for row in small.sql("SELECT state FROM outbox")}
            assert states <= {"sent", "uncertain"}, (at, states)


def test_a_worker_that_wakes_after_its_lease(small: Team) -> None:
    """Stopped after the mark, reaped, found uncertain; then it wakes, its dot is answered: the late *sent* counts."""
    item = checks._queued(small)
    picked = checks._picked(small, item)
    assert small.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    checks._reaped(small, item)
    assert state_of(small.store, item) is OutboxState.UNCERTAIN
    small.store.run(lambda tx: outbox.finish(tx, item, picked.attempt, Step.ACCEPTED, "250 ok"))
    assert state_of(small.store, item) is OutboxState.SENT


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk, which only root may")
def test_a_full_disk(tmp_path: Path) -> None:
    """The store says that the disk is full; what was acknowledged is there, and work goes on when there is room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        with fresh("sqlite", disk) as url:
            found = team(url)
            numbers = [found.conversation(n) for n in range(3)]
            begun = [checks._begin(found.sato, number) for number in numbers]
            (disk / "ballast").write_bytes(b"")
            with contextlib.suppress(OSError), open(disk / "ballast", "wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(4096))
            queued: list[object] = []

            def work() -> None:
                for one in begun * 40:
                    if isinstance(outcome := checks._submit(found.sato, one), Queued):
                        queued.append(outcome)
                    found.arrive(*[mail(n, body="x" * 20_000) for n in range(500, 505)])

            with pytest.raises(StoreError) as error:
                work()
            assert error.value.key in ("store_full", "store_io", "store_busy", "store_failed")
            (disk / "ballast").unlink()
            assert found.sql("SELECT count(*) FROM outbox")[0][0] == len(queued)
            assert found.sql("PRAGMA integrity_check")[0][0] == "ok"
            checks._begin(found.suzuki, found.conversation(900))
            found.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
