"""G15 and G16: pages of a tab at any depth, the counts of the tabs, and what keeping them costs; a million rows."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text

from bench import stores
from bench.figures import Figure, Skip, in_turn, milliseconds
from bench.stores import Library
from maildesk.desk import Desk
from maildesk.domain.status import Tab
from maildesk.store import conversations
from maildesk.store.engine import Store, open_store
from tests.support.postgres import Postgres

ROWS = 100
DEPTHS = (0, 10_000, 100_000, 800_000)
_SECONDS = 3


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """The figures of SQLite, then those of PostgreSQL."""
    count = 100_000 if quick else 1_000_000
    url = library.sqlite(count)
    yield from _pages(url, "SQLite", 0.25)
    yield from _counts(url, "SQLite")
    with stores.cluster() as server:
        name = server.create_database("lists")
        url = server.url(name)
        store = open_store(url, create=True)
        try:
            stores.fill(store, count)
        finally:
            store.close()
        yield from _pages(url, "PostgreSQL", 0.4)
        yield from _counts(url, "PostgreSQL")
        yield from _hot_counters(server, name)


@contextmanager
def _raw(store: Store) -> Iterator[Any]:
    """A cursor of the bare driver on a connection of the store's own making."""
    held = store.engine.raw_connection()
    cursor = held.cursor()
    try:
        yield cursor
    finally:
        cursor.close()
        held.rollback()
        held.close()


def _cursor_at(store: Store, tab: Tab, depth: int) -> str | None:
    """The product's own cursor of the row at ``depth``; None for the first page or beyond the end."""
    if depth == 0:
        return None
    status = "" if tab is Tab.ALL else f"WHERE status = '{tab.value}'"
    with store.reading() as tx:
        row = tx.execute(
            text(
                f"SELECT last_message_at, id FROM conversation {status} "
                f"ORDER BY last_message_at DESC, id DESC LIMIT 1 OFFSET {depth}"
            )
        ).first()
    return None if row is None else json.dumps([row[0], row[1]])


class _Spy:
    """The first SELECT on conversations that an act sends, with its parameters."""

    def __init__(self, store: Store) -> None:
        self.sent: list[tuple[str, Any]] = []
        event.listen(store.engine, "before_cursor_execute", self._see)

    def _see(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        self.sent.append((statement, parameters))

    def take(self) -> tuple[str, Any]:
        found = next(one for one in self.sent if one[0].startswith("SELECT conversation."))
        self.sent.clear()
        return found


def _pages(url: str, base: str, most: float) -> Iterator[Figure]:
    with stores.session(url) as desk:
        store = open_store(url)
        spy = _Spy(store)
        try:
            with _raw(store) as cursor:
                yield from _depths(store, spy, cursor, desk, base, most)
        finally:
            store.close()


def _depths(store: Store, spy: _Spy, cursor: Any, desk: Desk, base: str, most: float) -> Iterator[Figure]:
    def plain_page(tab: Tab, after: str | None) -> None:
        where = "" if tab is Tab.ALL else f"AND status = '{tab.value}'"
        bound = ""
        if after is not None:
            at, last = json.loads(after)
            bound = f"AND (last_message_at, id) < ({at!r}, {last})"
        cursor.execute(
            "SELECT id, subject, customer_name, customer_address, status, last_message_at FROM conversation "
            f"WHERE true {where} {bound} ORDER BY last_message_at DESC, id DESC LIMIT {ROWS}"
        )
        cursor.fetchall()

    deepest: dict[Tab, dict[int, float]] = {}
    for tab in (Tab.NEW, Tab.DONE, Tab.ALL):
        for depth in DEPTHS:
            after = _cursor_at(store, tab, depth)
            if depth and after is None:
                continue
            with store.reading() as tx:
                conversations.page(tx, desk.me.id, tab, after=after, limit=ROWS)
            statement, parameters = spy.take()

            def same(statement: str = statement, parameters: Any = parameters) -> None:
                cursor.execute(statement, parameters)
                cursor.fetchall()

            def plain(tab: Tab = tab, after: str | None = after) -> None:
                plain_page(tab, after)

            def product(tab: Tab = tab, after: str | None = after) -> None:
                desk.inbox.page(tab, after=after, limit=ROWS)

            product()
            api, raw, bare = in_turn(
                31, lambda: milliseconds(product), lambda: milliseconds(same), lambda: milliseconds(plain)
            )
            deepest.setdefault(tab, {})[depth] = api
            what = f"{base}: {ROWS} rows of {tab.value} at {depth:,}"
            yield Figure(
                "G15", f"{what}, our SQL by the bare driver", raw, "ms", bare, "6 columns", at_most=most
            )
            yield Figure(
                "G15", f"{what}, by the desk", api, "ms", raw, "the same SQL, bare driver", ratio=1.5
            )
    for tab, found in deepest.items():
        end = max(found)
        if end:
            yield Figure(
                "G15", f"{base}: {tab.value} at {end:,}", found[end], "ms", found[0], "at 0", ratio=1.2
            )


def _counts(url: str, base: str) -> Iterator[Figure]:
    with stores.session(url) as desk:
        store = open_store(url)
        try:
            with _raw(store) as cursor:

                def grouped() -> None:
                    cursor.execute("SELECT status, count(*) FROM conversation GROUP BY status")
                    cursor.fetchall()

                def kept() -> None:
                    cursor.execute("SELECT status, sum(n) FROM counter GROUP BY status")
                    cursor.fetchall()

                desk.inbox.counts()
                slow, raw, api = in_turn(
                    9,
                    lambda: milliseconds(grouped),
                    lambda: milliseconds(kept),
                    lambda: milliseconds(desk.inbox.counts),
                )
                yield Figure(
                    "G16",
                    f"{base}: all counts, bare driver",
                    raw,
                    "ms",
                    slow,
                    "GROUP BY",
                    ratio=0.005,
                    at_most=0.1,
                )
                yield Figure(
                    "G16", f"{base}: all counts, by the desk", api, "ms", slow, "GROUP BY", ratio=0.05
                )
            yield _with_and_without(store, base)
        finally:
            store.close()


def _with_and_without(store: Store, base: str) -> Figure:
    """A change of state with the triggers that count, and without them; all of it rolled back."""
    with store.engine.connect() as tx:
        begin = tx.execution_options(maildesk_writes=True).begin()
        ids = [
            row[0] for row in tx.execute(text("SELECT id FROM conversation WHERE status = 'done' LIMIT 400"))
        ]

        def change(status: str) -> float:
            return statistics.median(
                milliseconds(
                    lambda i=i: tx.exec_driver_sql(
                        f"UPDATE conversation SET status = '{status}' WHERE id = {i}"
                    )  # type: ignore[misc]
                )
                for i in ids
            )

        with_triggers = [change("new"), change("done"), change("new")]
        if store.is_sqlite:
            for name in ("conversation_counted", "conversation_recounted", "conversation_uncounted"):
                tx.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            tx.exec_driver_sql("ALTER TABLE conversation DISABLE TRIGGER USER")
        without = [change("done"), change("new"), change("done")]
        begin.rollback()
    return Figure(
        "G16",
        f"{base}: change of state, kept counts",
        statistics.median(with_triggers),
        "ms",
        statistics.median(without),
        "no counts",
        ratio=1.3,
    )


def _hot_counters(server: Postgres, name: str) -> Iterator[Figure]:
    """Changes of state by 32 clients at once: every one writes the same two rows of ``counter``."""
    try:
        program = stores.pgbench()
    except Skip:
        return
    script = (
        "\\set id random(1001, 90000)\n\\set s random(0, 1)\n"
        "UPDATE conversation SET status = CASE WHEN :s = 0 THEN 'new' ELSE 'done' END WHERE id = :id;\n"
    )

    def changes(triggers: str) -> float:
        with stores.folder() as top:
            store = open_store(server.url(name))
            with store.transaction() as tx:
                tx.execute(text(f"ALTER TABLE conversation {triggers} TRIGGER conversation_counted"))
            store.close()
            return pgbench(program, server, name, top / "script.sql", script, 32)

    ours, plain = in_turn(1, lambda: changes("ENABLE"), lambda: changes("DISABLE"))
    changes_per_second = "PostgreSQL: changes of state by 32 clients, kept counts"
    yield Figure("G16", changes_per_second, ours, "/s", plain, "no counts", at_least=3000)


def pgbench(program: str, server: Postgres, name: str, file: Path, script: str, clients: int) -> float:
    """Transactions per second of ``script`` run by pgbench, statements prepared."""
    file.write_text(script)
    done = subprocess.run(
        [
            program, "-n", "-M", "prepared", "-h", str(server.socket), "-U", "postgres", "-c", str(clients), "-j", "2",
            "-T", str(_SECONDS), "-f", str(file), name,
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise Skip(f"pgbench failed: {done.stderr.strip()[-300:]}")
