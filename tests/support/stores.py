"""A small team at a store, with mail that came by the real intake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import make_url, text

from maildesk.desk import Desk
from maildesk.domain.agent import Agent, Role
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.template import Template
from maildesk.mail.parse import parse
from maildesk.store import agents, folders, intake, mailboxes, templates
from maildesk.store.engine import Store, open_store

SHOP = "shop@shop.example"
NOWHERE = Endpoint("127.0.0.1", 9, "loopback", "")
"""An outgoing server that nobody asks."""


def mail(
    number: int,
    *,
    sender: str = "",
    to: str = SHOP,
    subject: str = "",
    body: str = "",
    headers: Sequence[str] = (),
    message_id: str | None = None,
) -> bytes:
    """A mail of customer ``number``, whose Message-ID is ``<m{number}@example.jp>``."""
    lines = [
        f"From: {sender or f'客 {number} <customer{number}@example.jp>'}",
        f"To: {to}",
        f"Subject: {subject or f'質問 {number}'}",
        f"Message-ID: {message_id or f'<m{number}@example.jp>'}",
        "Date: Sat, 21 Nov 2026 10:00:00 +0900",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
        "",
        body or f"お世話になっております。質問 {number} です。",
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


@dataclass
class Team:
    """A store with a mailbox, agents and their desks. ``url`` opens it again, as another client would."""

    url: str
    store: Store
    box: Mailbox
    agents: dict[str, Agent]
    desks: dict[str, Desk] = field(default_factory=dict)

    @property
    def sato(self) -> Desk:
        """佐藤's session."""
        return self.desk("sato")

    @property
    def suzuki(self) -> Desk:
        """鈴木's session; she is a supervisor."""
        return self.desk("suzuki")

    def desk(self, login: str) -> Desk:
        """The session of an agent, with connections of its own."""
        if login not in self.desks:
            self.desks[login] = self.new_session(login)
        return self.desks[login]

    def new_session(self, login: str) -> Desk:
        """One more session of an agent; whoever asks closes it."""
        return Desk(open_store(self.url), self.agents[login])

    def as_login(self, login: str) -> Store:
        """The store over an agent's own login on PostgreSQL; whoever asks closes it."""
        return open_store(make_url(self.url).set(username=login).render_as_string(hide_password=False))

    def arrive(self, *raws: bytes, at: datetime | None = None, sent: bool = False) -> list[intake.TakenIn]:
        """Mail comes in, as the sync would bring it."""
        when = at or datetime.now(UTC)
        with self.store.transaction() as tx:
            arrived = [
                intake.Arrived(
                    folders.add_raw(tx, raw),
                    None,
                    when + timedelta(milliseconds=i),
                    parse(raw),
                    from_sent_folder=sent,
                )
                for i, raw in enumerate(raws)
            ]
            return intake.take_in(tx, self.box, arrived)

    def conversation(self, number: int = 1, **about: str) -> int:
        """A new conversation with customer ``number``; its id."""
        taken = self.arrive(mail(number, **about))[0]
        assert taken.conversation_id is not None
        return taken.conversation_id

    def sql(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run a statement, to arrange what time or a crash would."""
        with self.store.transaction() as tx:
            result = tx.execute(text(statement), values)
            return [tuple(r) for r in result] if result.returns_rows else []

    def lapse(self, conversation_id: int) -> None:
        """Let the lease of a claim run out."""
        self.sql("UPDATE claim SET expires_at = 1.0 WHERE conversation_id = :c", c=conversation_id)

    def close(self) -> None:
        """End all sessions."""
        for desk in self.desks.values():
            desk.close()
        self.store.close()


TEMPLATES = (
    Template(
        0,
        "破損のお詫び",
        "交換",
        "",
        "{{ 顧客名|様 }}\n\n{{ 到着予定日 }} にお届けします。",
        ("傷", "破損"),
        "はそんのおわび",
    ),
    Template(
        0,
        "領収書",
        "経理",
        "領収書の件",
        "{{ 顧客名|様 }}\n\n領収書をお送りします。",
        ("領収書",),
        "りょうしゅうしょ",
    ),
)


def team(url: str, *, create: bool = True) -> Team:
    """A team of three at the store of that address."""
    store = open_store(url, create=create)
    with store.transaction() as tx:
        agents.put(tx, "sato", "佐藤", Role.AGENT, "さとう")
        agents.put(tx, "suzuki", "鈴木", Role.SUPERVISOR, "すずき")
        agents.put(tx, "takahashi", "高橋", Role.ADMIN, "たかはし")
        box_id, _ = mailboxes.put(
            tx,
            Mailbox(
                0,
                "テスト店",
                "自社",
                SHOP,
                aliases=("info@shop.example",),
                signature="-- \nテスト店",
                smtp=NOWHERE,
            ),
            {},
        )
        for template in TEMPLATES:
            templates.put(tx, template, None)
    with store.reading() as tx:
        box = mailboxes.by_id(tx, box_id)
        known = {a.login: a for a in agents.active(tx)}
    assert box is not None
    return Team(url, store, box, known)
