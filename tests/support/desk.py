"""A small real desk: a store with agents, shops and mails that went through the real intake.

::

    desk = small_desk(tmp_path)
    number = desk.mail("サイズ交換のお願い", "M から L へ交換できますか。")
    with desk.session("sato") as sato:
        sato.claims.take(number)

:func:`small_desk` makes a desk without mail: three agents, two shops, two templates, on SQLite or at an
address. What :meth:`SmallDesk.mail` is not told is filled in; every mail has its own Message-ID and a time one
minute after the mail before.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from maildesk.desk import Desk
from maildesk.domain.agent import Role
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.secret import SecretRef
from maildesk.domain.template import Template
from maildesk.mail.parse import parse
from maildesk.store import agents, folders, intake, mailboxes, templates
from maildesk.store.engine import Store, open_store

AGENTS: tuple[tuple[str, str, Role, str], ...] = (
    ("sato", "佐藤", Role.AGENT, "さとう"),
    ("suzuki", "鈴木", Role.AGENT, "すずき"),
    ("takahashi", "高橋", Role.SUPERVISOR, "たかはし"),
)
RAKUTEN = Mailbox(0, "楽天市場店", "楽天", "rakuten@shop.example", signature="楽天市場店 カスタマーサポート")
OWN_SHOP = Mailbox(0, "自社サイト", "自社", "support@shop.example", aliases=("info@shop.example",))
TEMPLATES: tuple[Template, ...] = (
    Template(
        0,
        "サイズ交換",
        "交換",
        "",
        "{{ 顧客名|様 }}\n\nサイズ交換を承ります。\n{{ 担当者名 }}",
        ("サイズ", "交換"),
    ),
    Template(
        0,
        "到着予定",
        "配送",
        "",
        "{{ 顧客名|様 }}\n\n{{ 到着予定日 }} にお届けの予定です。",
        ("いつ届", "到着"),
    ),
)
BEGIN = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


class SmallDesk:
    """The desk at ``url``. ``store`` is open until :meth:`close`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store: Store = open_store(url)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Close the store; the file stays."""
        self.store.close()

    @property
    def boxes(self) -> dict[str, Mailbox]:
        """The mailboxes by name."""
        with self.store.reading() as tx:
            return {box.name: box for box in mailboxes.all_mailboxes(tx)}

    @contextmanager
    def session(self, login: str = "sato", name: str = "") -> Iterator[Desk]:
        """A session of an agent with a store of its own."""
        store = open_store(self.url)
        with store.reading() as tx:
            me = agents.by_login(tx, login)
        assert me is not None
        desk = Desk(store, me, name)
        try:
            yield desk
        finally:
            desk.close()

    def mailbox(
        self,
        name: str,
        address: str,
        *,
        imap: Endpoint | None = None,
        smtp: Endpoint | None = None,
        secrets: dict[str, SecretRef] | None = None,
        folders: Sequence[str] = ("INBOX",),
    ) -> int:
        """Add or change a mailbox. Returns its id."""
        box = Mailbox(0, name, name[:3], address, folders=tuple(folders), imap=imap, smtp=smtp)
        with self.store.transaction() as tx:
            return mailboxes.put(tx, box, secrets or {})[0]

    def raw(self, data: bytes, box: str = RAKUTEN.name, at: datetime | None = None) -> int:
        """Take in a mail as it came. Returns the number of its conversation."""
        when = at or BEGIN + timedelta(minutes=next(self._numbers))
        with self.store.transaction() as tx:
            raw_id = folders.add_raw(tx, data)
            (taken,) = intake.take_in(tx, self.boxes[box], [intake.Arrived(raw_id, None, when, parse(data))])
        assert taken.conversation_id is not None
        return taken.conversation_id

    def mail(
        self,
        subject: str = "お問い合わせ",
        text: str = "よろしくお願いします。",
        *,
        sender: str = "山田 花子 <hanako@customer.example>",
        box: str = RAKUTEN.name,
        answers: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        at: datetime | None = None,
    ) -> int:
        """Take in a customer's mail. Returns the number of its conversation."""
        number = next(self._numbers)
        when = at or BEGIN + timedelta(minutes=number)
        mail = message(
            subject, text, sender=sender, to=self.boxes[box].address, number=number, answers=answers, at=when
        )
        for name, data in files:
            mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        return self.raw(mail.as_bytes(), box, when)


def message(
    subject: str,
    text: str,
    *,
    sender: str = "山田 花子 <hanako@customer.example>",
    to: str = RAKUTEN.address,
    number: int = 1,
    answers: str | None = None,
    at: datetime = BEGIN,
) -> EmailMessage:
    """A customer's mail, as the standard library writes it."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{number}.{int(at.timestamp())}@customer.example>"
    if answers:
        mail["In-Reply-To"] = answers
        mail["References"] = answers
    mail.set_content(text)
    return mail


def fill(store: Store) -> None:
    """Put the agents, shops and templates into an empty store."""
    with store.transaction() as tx:
        for login, name, role, reading in AGENTS:
            agents.put(tx, login, name, role, reading)
        for box in (RAKUTEN, OWN_SHOP):
            mailboxes.put(tx, box, {})
        for template in TEMPLATES:
            templates.put(tx, template, None)


@cache
def _pattern() -> bytes:
    """A desk that is made once and copied: the migrations take longer than most tests."""
    with tempfile.TemporaryDirectory(prefix="mddesk-") as folder:
        path = Path(folder) / "desk.db"
        store = open_store(f"sqlite:///{path}", create=True)
        fill(store)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        return path.read_bytes()


def small_desk(folder: Path, url: str | None = None) -> SmallDesk:
    """The desk in ``folder / "desk.db"``, made if it is not there; with ``url`` in that empty database."""
    if url is not None:
        store = open_store(url, create=True)
        fill(store)
        store.close()
        return SmallDesk(url)
    path = folder / "desk.db"
    if not path.exists():
        path.write_bytes(_pattern())
    return SmallDesk(f"sqlite:///{path}")
