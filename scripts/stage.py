"""The desk that is photographed: in a temporary SQLite store, filled with the demo's mail by the real intake, with a
clock that stands still, so that the same code gives the same pictures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from textual.pilot import Pilot

from maildesk.app import MaildeskApp
from maildesk.demo import open_ends, team
from maildesk.demo.colleagues import morning
from maildesk.demo.mails import SENT, seed_mails
from maildesk.demo.people import AGENTS, SHOPS
from maildesk.demo.world import make_desk, sit_down
from maildesk.desk import Desk
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health
from maildesk.domain.status import Tab
from maildesk.mail.parse import parse
from maildesk.screens.start import StartScreen
from maildesk.store import folders, intake, mailboxes
from maildesk.store.engine import Store, open_store
from maildesk.store.tables import folder as folder_table
from maildesk.sync import file_reader

NOW = datetime(2026, 11, 21, 1, 42, tzinfo=UTC)
"""Saturday, 10:42 in Tokyo."""


class Clock:
    """The store's clock, which stands still until it is set."""

    def __init__(self) -> None:
        self.at = NOW

    def julian_day(self, *_: object) -> float:
        """What SQLite's ``julianday('now')`` gives back."""
        return (
            self.at.timestamp() + 0.5
        ) / 86400.0 + 2440587.5  # not just before a minute, as days are rounded


@contextmanager
def stopped(clock: Clock) -> Iterator[None]:
    """Every SQLite connection of SQLAlchemy that is opened in the block has ``clock``."""

    def connected(connection: Any, record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.create_function("julianday", -1, clock.julian_day)

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


def _server(port: int) -> Endpoint:
    """A server that nobody asks: no worker runs."""
    return Endpoint("mail.shop.example", port, "tls", "desk")


def make_store(url: str) -> Store:
    """A store with the demo's people, shops, templates and mail."""
    store = open_store(url, create=True)
    make_desk(store, (replace(shop, imap=_server(993), smtp=_server(465)) for shop in SHOPS))
    with store.reading() as tx:
        boxes = {box.address: box for box in mailboxes.all_mailboxes(tx)}
    for mail in sorted(seed_mails(NOW), key=lambda mail: -mail.age):
        with store.transaction() as tx:
            arrived = intake.Arrived(
                folders.add_raw(tx, mail.raw), None, NOW - mail.age, parse(mail.raw), mail.folder == SENT
            )
            intake.take_in(tx, boxes[mail.shop_address], [arrived])
    with store.transaction() as tx:
        for box in boxes.values():
            cursor = folders.ensure(tx, box.id, "INBOX", "in")
            tx.execute(
                folder_table.update()
                .where(folder_table.c.id == cursor.folder_id)
                .values(health=Health.OK.value, checked_at=NOW - timedelta(seconds=20))
            )
    return store


def make_pattern(path: Path) -> None:
    """The desk as it is in the morning, as a file to copy."""
    url = f"sqlite:///{path}"
    store = make_store(url)
    file_reader.catch_up(store, lambda: True, lambda seconds: None)
    desks = [sit_down(url, agent.login) for agent in AGENTS]
    morning(desks)
    team.talk(desks)
    open_ends.leave(desks, lambda address: None)
    for desk in desks:
        desk.close()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


@dataclass
class Stage:
    """The app while it is being photographed."""

    app: MaildeskApp
    pilot: Pilot[int]
    clock: Clock
    colleagues: dict[str, Desk] = field(default_factory=dict)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until all that follows is on screen."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Wait until no worker runs, or only those that wait for a key, and the screen stays as it is."""
        seen: list[str] = []
        for turn in range(100):
            await self.pilot.pause(0.05)
            drawn = [
                segment.text for strip in self.app.screen._compositor.render_strips() for segment in strip
            ]
            idle = all(worker.is_finished for worker in self.app.workers)
            if drawn == seen and turn > 2 and (idle or turn > 30):
                return
            seen = drawn

    def number(self, subject: str) -> int:
        """The conversation whose subject begins so."""
        rows = self.colleagues["suzuki"].inbox.page(Tab.ALL, limit=200).rows
        return next(row.id for row in rows if row.subject.startswith(subject))

    async def open(self, subject: str) -> None:
        """Open a conversation."""
        self.app.open_conversation(self.number(subject))
        await self.settle()

    def open_start(self) -> bool:
        """Whether the start screen is shown, as it is where something is unread."""
        return isinstance(self.app.screen, StartScreen)
