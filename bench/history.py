"""The history of one customer with 5,000 entries: a page of it, filtered by words, and its screen's first answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bench import stores
from bench.figures import Figure, in_turn, milliseconds
from bench.mailgen import Generator
from bench.stores import Library
from maildesk.domain.customer_history import HistoryFilter
from maildesk.store.engine import open_store

CUSTOMER = 7
OTHERS = 20_000
"""Mails of other customers, among which those of this one are found."""


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """On SQLite, each beside plain SQL over the same tables."""
    count = 500 if quick else 5_000
    path = library.top / "history.db"
    store = open_store(url := f"sqlite:///{path}", create=True)
    stores.fill(store, OTHERS)
    store.close()
    connection = sqlite3.connect(path)
    _write(connection, count)
    try:
        with stores.session(url) as desk:

            def plain() -> None:
                connection.execute(
                    "SELECT m.id, m.at, m.subject, substr(b.text, 1, 600) FROM message m "
                    "JOIN message_body b ON b.message_id = m.id "
                    "WHERE m.conversation_id IN (SELECT id FROM conversation WHERE customer_id = ?) "
                    "ORDER BY m.at DESC, m.id DESC LIMIT 200",
                    (CUSTOMER,),
                ).fetchall()

            page = desk.customers.history(CUSTOMER)
            assert page.total >= count, page.total
            deep = page.cursor
            for _ in range(max(1, count // 200 - 2)):
                deep = desk.customers.history(CUSTOMER, None, deep).cursor or deep
            what = f"SQLite: history of a customer with {page.total:,} entries"
            for words, act in (
                ("newest 200, with the counts", lambda: desk.customers.history(CUSTOMER)),
                ("200 near the end", lambda: desk.customers.history(CUSTOMER, None, deep)),
                ("with the word 注文", lambda: desk.customers.history(CUSTOMER, HistoryFilter(words="注文"))),
            ):
                mine, bare = in_turn(9, lambda act=act: milliseconds(act), lambda: milliseconds(plain))  # type: ignore[misc]
                yield Figure("F070", f"{what}, {words}", mine, "ms", bare, "plain SQL", at_most=200)
    finally:
        connection.close()


def _write(connection: sqlite3.Connection, count: int) -> None:
    """``count`` mails on the conversations of one customer, and one on each of some thousands of others."""
    own = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM conversation WHERE customer_id = ? ORDER BY id", (CUSTOMER,)
        )
    ]
    others = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM conversation WHERE customer_id <> ? ORDER BY id LIMIT ?", (CUSTOMER, OTHERS)
        )
    ]
    texts = [(draft.subject, draft.body) for draft in Generator().drafts(1_000)]
    places = [own[n % len(own)] for n in range(count)] + others
    connection.executemany(
        "INSERT INTO message (id, conversation_id, mailbox_id, kind, at, from_name, from_address, subject, message_id, "
        "in_reply_to, quarantined, joined_by, content_key) VALUES (?, ?, 1, ?, ?, '', '', ?, '', '', 0, '', '')",
        (
            (n, place, ("in", "out")[n % 2], 1.7e9 + n, texts[n % len(texts)][0])
            for n, place in enumerate(places, 1)
        ),
    )
    connection.executemany(
        "INSERT INTO message_body (message_id, text, folded) VALUES (?, ?, ?)",
        (
            (n, texts[n % len(texts)][1], texts[n % len(texts)][1].casefold())
            for n in range(1, len(places) + 1)
        ),
    )
    connection.commit()
