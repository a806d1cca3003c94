"""How fast a search is and what its index costs, beside LIKE over the same texts in the same run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bench import stores
from bench.figures import Figure, in_turn, milliseconds
from bench.mailgen import Generator
from bench.stores import Library
from maildesk.domain.status import Tab
from maildesk.store import search_index
from maildesk.store.engine import open_store
from maildesk.store.search_index import folded_before as fold

WORDS = ("注文", "再配達", "invoice", "ぬるぽ")
"""Two characters and common, longer, Latin, and one that is nowhere."""


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """The newest fifty of a tab that shows everything."""
    count = 20_000 if quick else 200_000
    path = library.top / "find.db"
    store = open_store(url := f"sqlite:///{path}", create=True)
    stores.fill(store, count)
    store.close()
    connection = sqlite3.connect(path)
    texts = [(d.subject, f"{d.subject}\n{d.body}") for d in Generator().drafts(count)]
    connection.executemany(
        "INSERT INTO message (id, conversation_id, mailbox_id, kind, at, from_name, from_address, subject, message_id, "
        "in_reply_to, quarantined, joined_by, content_key) VALUES (?, ?, 1, 'in', ?, '', '', ?, '', '', 0, '', '')",
        ((i, 1000 + i, 1.7e9 + i, subject) for i, (subject, _) in enumerate(texts, 1)),
    )
    connection.executemany(
        "INSERT INTO message_body (message_id, text, folded) VALUES (?, ?, ?)",
        ((i, text, fold(text)) for i, (_, text) in enumerate(texts, 1)),
    )
    connection.commit()
    store = open_store(url)
    whole = milliseconds(lambda: search_index.catch_up(store, lambda: True, lambda seconds: None))
    store.close()
    yield Figure("G8", f"indexing {count:,} messages, each", whole * 1000 / count, "us", at_most=100)
    try:
        with stores.session(url) as desk:
            for word in WORDS:

                def plain(word: str = word) -> None:
                    connection.execute(
                        "SELECT message_id FROM message_body WHERE folded LIKE ? ORDER BY message_id DESC LIMIT 50",
                        (f"%{word}%",),
                    ).fetchall()

                def ours(word: str = word) -> None:
                    desk.inbox.page(Tab.ALL, query=word, limit=50)

                mine, like = in_turn(5, lambda: milliseconds(ours), lambda: milliseconds(plain))
                yield Figure(
                    "", f"newest 50 of {count:,} with {word}", mine, "ms", like, "plain LIKE", ratio=1
                )
    finally:
        connection.close()
