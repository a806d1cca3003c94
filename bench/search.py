"""How fast a search is and what its index costs: on both stores beside LIKE over the same texts, and beside notmuch
with its index of CJK n-grams, all in the same run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import stores
from bench.figures import Figure, in_turn, milliseconds
from bench.mailgen import Generator
from bench.stores import Library
from maildesk.domain.status import Tab
from maildesk.store import search_index
from maildesk.store.engine import Store, open_store
from maildesk.store.search_index import folded_before as fold

WORDS = ("注文", "再配達", "invoice", "ぬるぽ")
"""Two characters and common, longer, Latin, and one that is nowhere."""
NEWEST = 50


def run(library: Library, quick: bool) -> Iterator[Figure]:
    """The newest fifty of a tab that shows everything, the rows of the list with them."""
    count = 20_000 if quick else 200_000
    texts = [(d.subject, d.body) for d in Generator().drafts(count)]
    theirs = _notmuch(library.top / "notmuch", texts)
    yield from _on(f"sqlite:///{library.top / 'find.db'}", "SQLite", texts, theirs)
    with stores.cluster() as server:
        yield from _on(server.url(server.create_database("find")), "PostgreSQL", texts, theirs)


def _on(
    url: str, base: str, texts: Sequence[tuple[str, str]], theirs: Callable[[str], float] | None
) -> Iterator[Figure]:
    store = open_store(url, create=True)
    try:
        stores.fill(store, len(texts))
        _write(store, texts)
        whole = milliseconds(lambda: search_index.catch_up(store, lambda: True, lambda seconds: None))
        what = f"{base}: indexing {len(texts):,} messages, each"
        yield Figure("G8", what, whole * 1000 / len(texts), "us", at_most=100)
        with stores.session(url) as desk:
            for word in WORDS:
                like = text(
                    "SELECT message_id FROM message_body WHERE folded LIKE :word ORDER BY message_id DESC LIMIT 50"
                )

                def plain(word: str = word, like: Any = like) -> None:
                    with store.reading() as tx:
                        tx.execute(like, {"word": f"%{word}%"}).all()

                def ours(word: str = word) -> None:
                    desk.inbox.page(Tab.ALL, query=word, limit=NEWEST)

                mine, bare = in_turn(5, lambda: milliseconds(ours), lambda: milliseconds(plain))
                what = f"{base}: newest {NEWEST} of {len(texts):,} with {word}"
                yield Figure("G6" if store.is_sqlite else "G7", what, mine, "ms", bare, "plain LIKE", ratio=1)
                if theirs is not None:
                    yield Figure("", what, mine, "ms", theirs(word), "notmuch, a process", ratio=1)
    finally:
        store.close()


def _write(store: Store, texts: Sequence[tuple[str, str]]) -> None:
    """One mail on each conversation, as a client of before wrote it: nothing of it is in the index."""
    with store.transaction() as tx:
        for start in range(0, len(texts), 5000):
            part = list(enumerate(texts[start : start + 5000], start + 1))
            tx.execute(
                text(
                    "INSERT INTO message (id, conversation_id, mailbox_id, kind, at, from_name, from_address, subject, "
                    "message_id, in_reply_to, quarantined, joined_by, content_key) VALUES "
                    "(:id, :conversation, 1, 'in', :at, '', '', :subject, '', '', false, '', '')"
                ),
                [{"id": i, "conversation": 1000 + i, "at": 1.7e9 + i, "subject": s} for i, (s, _) in part],
            )
            tx.execute(
                text("INSERT INTO message_body (message_id, text, folded) VALUES (:id, :text, :folded)"),
                [{"id": i, "text": (whole := f"{s}\n{b}"), "folded": fold(whole)} for i, (s, b) in part],
            )
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE message, message_body")


def _notmuch(top: Path, texts: Sequence[tuple[str, str]]) -> Callable[[str], float] | None:
    """Milliseconds of a search by notmuch over the same texts as mails; None where it is not installed."""
    if shutil.which("notmuch") is None:
        return None
    mails = top / "mail" / "cur"
    mails.mkdir(parents=True)
    (top / "mail" / "new").mkdir()
    (top / "mail" / "tmp").mkdir()
    for number, (subject, body) in enumerate(texts, 1):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@shop.example", "b@shop.example", subject
        mail["Date"], mail["Message-ID"] = (
            f"{number // 86400 % 28 + 1} Nov 2026 00:00:00 +0900",
            f"<{number}@shop.example>",
        )
        mail.set_content(body)
        (mails / f"{number}:2,S").write_bytes(mail.as_bytes())
    config = top / "config"
    config.write_text(f"[database]\npath={top / 'mail'}\n[user]\nname=a\nprimary_email=a@shop.example\n")
    env = os.environ | {"NOTMUCH_CONFIG": str(config), "XAPIAN_CJK_NGRAM": "1"}
    subprocess.run(["notmuch", "new", "--quiet"], env=env, check=True, capture_output=True)

    def search(word: str) -> float:
        command = ["notmuch", "search", "--output=messages", f"--limit={NEWEST}", word]

        def once() -> None:
            subprocess.run(command, env=env, check=True, capture_output=True)

        return min(milliseconds(once) for _ in range(3))

    return search
