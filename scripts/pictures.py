"""The pictures of README and documentation, made by the app itself: ``make pictures``.

A desk in a temporary SQLite store, filled with the demo's mail by the real intake, is shown in the app without a
terminal, and its keys are pressed. The store's clock stands still, so that the same code gives the same pictures.
Each is written as SVG, some as PNG too where ``rsvg-convert`` is there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event
from textual.pilot import Pilot
from textual.widgets import TextArea

from maildesk import locale
from maildesk.app import MaildeskApp, UiSettings
from maildesk.demo.colleagues import morning
from maildesk.demo.mails import SENT, seed_mails
from maildesk.demo.people import AGENTS, SHOPS
from maildesk.demo.replies import TEMPLATES
from maildesk.desk import Desk
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health
from maildesk.domain.status import Tab
from maildesk.domain.template import placeholders
from maildesk.mail.parse import parse
from maildesk.store import agents, folders, intake, mailboxes, templates
from maildesk.store.engine import Store, open_store
from maildesk.store.tables import folder as folder_table
from scripts import svg

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
NOW = datetime(2026, 11, 21, 1, 42, tzinfo=UTC)
"""Saturday, 10:42 in Tokyo."""

CANCEL = "【至急】注文のキャンセルについて"
SIZE = "サイズ交換をお願いしたいのですが"
DAMAGE = "届いた商品に傷がありました"
ENGLISH, ABROAD = "Where is my order", "Shipping to France?"
RECEIPT = "領収書の宛名を変更してください"
LONG = "ソファの張り地とお届け日のご相談"

Script = Callable[["Stage"], Awaitable[None]]


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
    with store.transaction() as tx:
        for agent in AGENTS:
            agents.put(tx, agent.login, agent.name, agent.role, agent.reading)
        for shop in SHOPS:
            mailboxes.put(tx, replace(shop, folders=("INBOX",), imap=_server(993), smtp=_server(465)), {})
        for template in TEMPLATES:
            templates.put(tx, replace(template, id=0), None)
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
    desks = [sit_down(url, agent.login) for agent in AGENTS]
    morning(desks)
    for desk in desks:
        desk.close()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def sit_down(url: str, login: str) -> Desk:
    """A session of an agent."""
    store = open_store(url)
    with store.reading() as tx:
        me = agents.by_login(tx, login)
    assert me is not None
    return Desk(store, me)


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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file, the size of the terminal, the language, what to do before it is taken; ``png`` for those
    that README and tutorial show, where not every reader's browser has the fonts."""

    name: str
    width: int
    height: int
    language: locale.Language
    script: Script
    theme: str = "maildesk-dark"
    png: bool = False


async def _inbox(stage: Stage) -> None:
    await stage.press("j", "j", "j", "j")


async def _conversation(stage: Stage) -> None:
    await stage.open(DAMAGE if locale.current() == "ja" else ABROAD)


async def _long(stage: Stage) -> None:
    await stage.open(LONG)


async def _composer(stage: Stage) -> None:
    await stage.open(CANCEL if locale.current() == "ja" else ABROAD)
    await stage.press("semicolon")
    for area in stage.app.screen.query(TextArea):
        area.move_cursor((0, 0))


async def _review(stage: Stage) -> None:
    await stage.open(SIZE if locale.current() == "ja" else ABROAD)
    await stage.press("semicolon")
    await _fill_gaps(stage)
    await stage.press("ctrl+r")


async def _fill_gaps(stage: Stage) -> None:
    for area in stage.app.screen.query(TextArea):
        while gaps := placeholders(area.text):
            gap = gaps[0]
            filled = "11月25日(水)" if locale.current() == "ja" else "2,900円"
            area.text = f"{area.text[: gap.start]}{filled}{area.text[gap.end :]}"
    await stage.settle()


async def _template(stage: Stage) -> None:
    await stage.open(SIZE)
    await stage.press("r", "ctrl+t")


async def _claim(stage: Stage) -> None:
    subject = DAMAGE if locale.current() == "ja" else ENGLISH
    stage.clock.at = NOW - timedelta(seconds=80)
    stage.colleagues["suzuki"].replies.begin(stage.number(subject))
    stage.clock.at = NOW
    await stage.open(subject)
    await stage.press("r")


async def _help(stage: Stage) -> None:
    await stage.press("question_mark")


async def _palette(stage: Stage) -> None:
    await stage.press("ctrl+p")


PICTURES: Sequence[Picture] = (
    Picture("inbox", 100, 30, "ja", _inbox, png=True),
    Picture("inbox-en", 100, 30, "en", _inbox, png=True),
    Picture("inbox-light", 100, 30, "ja", _inbox, "maildesk-light"),
    Picture("inbox-wide", 132, 40, "ja", _inbox),
    Picture("inbox-80x24", 80, 24, "ja", _inbox),
    Picture("conversation", 100, 30, "ja", _conversation, png=True),
    Picture("conversation-en", 100, 30, "en", _conversation, png=True),
    Picture("conversation-wide", 132, 40, "ja", _long),
    Picture("composer", 100, 30, "ja", _composer, png=True),
    Picture("composer-en", 100, 30, "en", _composer, png=True),
    Picture("review", 100, 30, "ja", _review, png=True),
    Picture("review-en", 100, 30, "en", _review, png=True),
    Picture("template", 100, 30, "ja", _template),
    Picture("claim", 100, 30, "ja", _claim, png=True),
    Picture("claim-en", 100, 30, "en", _claim, png=True),
    Picture("help", 100, 30, "ja", _help),
    Picture("palette", 100, 30, "ja", _palette),
)


async def take(shot: Picture, pattern: Path, folder: Path, clock: Clock) -> str:
    """One picture, on a copy of the desk, as SVG."""
    locale.use(shot.language)
    clock.at = NOW
    path = folder / f"{shot.name}.db"
    shutil.copy(pattern, path)
    url = f"sqlite:///{path}"
    others = {login: sit_down(url, login) for login in ("suzuki", "takahashi")}
    rows = others["suzuki"].inbox.page(Tab.ALL, limit=200).rows
    others["suzuki"].claims.take(next(row.id for row in rows if row.subject == RECEIPT))
    settings = UiSettings(theme=shot.theme, zone=ZoneInfo("Asia/Tokyo"), downloads=folder)
    app = MaildeskApp(lambda: sit_down(url, "sato"), settings)
    try:
        async with app.run_test(size=(shot.width, shot.height), notifications=True) as pilot:
            stage = Stage(app, pilot, clock, others)
            await stage.settle()
            await shot.script(stage)
            await stage.settle()
            return svg.picture(app, "maildesk")
    finally:
        for desk in others.values():
            desk.close()


def main(arguments: Sequence[str]) -> int:
    """Make the pictures that are named, or all. ``--into FOLDER`` writes them elsewhere."""
    into = FOLDER
    names = list(arguments)
    if "--into" in names:
        at = names.index("--into")
        into = Path(names[at + 1])
        del names[at : at + 2]
    into.mkdir(parents=True, exist_ok=True)
    os.environ.update(LANG="C.UTF-8", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="maildesk-pictures-") as temporary, stopped(clock):
        folder = Path(temporary)
        os.environ["HOME"] = temporary
        pattern = folder / "pattern.db"
        make_pattern(pattern)
        for shot in PICTURES:
            if names and shot.name not in names:
                continue
            target = into / f"{shot.name}.svg"
            target.write_text(asyncio.run(take(shot, pattern, folder, clock)), encoding="utf-8")
            print(target.name)
            if shot.png:
                convert(target)
    return 0


def convert(target: Path) -> None:
    """The PNG beside an SVG, where ``rsvg-convert`` is there."""
    if (program := shutil.which("rsvg-convert")) is not None:
        png = target.with_suffix(".png")
        subprocess.run([program, "-o", str(png), str(target)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
