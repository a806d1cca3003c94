"""Fresh stores for tests, on SQLite and on PostgreSQL, and what a desk needs to begin with."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from maildesk.domain.address import Address
from maildesk.domain.agent import Role
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import OutboxState
from maildesk.domain.reply import AfterSend, Draft, Queued
from maildesk.domain.secret import SecretRef
from maildesk.mail.parse import parse
from maildesk.store import agents, claims, conversations, folders, intake, mailboxes, messages, outbox
from maildesk.store.engine import Store, open_store
from maildesk.store.events import Actor
from maildesk.store.intake import Arrived, TakenIn
from tests.support.databases import fresh

SHOP = "info@shop.example"
START = datetime(2025, 8, 1, tzinfo=UTC)
_minutes = itertools.count()


@contextlib.contextmanager
def opened(kind: str, folder: Path) -> Iterator[Store]:
    """A fresh store, open."""
    with fresh(kind, folder) as url, contextlib.closing(open_store(url)) as store:
        yield store


def url_of(store: Store) -> str:
    """The address under which another process opens the same store."""
    return store.engine.url.render_as_string(hide_password=False)


def add_mailbox(
    store: Store, imap: Endpoint | None = None, smtp: Endpoint | None = None, **values: Any
) -> Mailbox:
    """A mailbox, by default the shop's."""
    fields: dict[str, Any] = {"name": "見本商店", "short_name": "見本", "address": SHOP} | values
    secrets = {
        "imap": SecretRef("env", "MAILDESK_TEST_PASSWORD"),
        "smtp": SecretRef("env", "MAILDESK_TEST_PASSWORD"),
    }
    with store.transaction() as tx:
        box_id, _ = mailboxes.put(tx, Mailbox(id=0, imap=imap, smtp=smtp, **fields), secrets)
        box = mailboxes.by_id(tx, box_id)
    assert box is not None
    return box


def add_agent(store: Store, login: str = "sato") -> Actor:
    """Somebody who works here."""
    with store.transaction() as tx:
        agents.put(tx, login, login.title(), Role.AGENT)
        agent = agents.by_login(tx, login)
    assert agent is not None
    return Actor(agent.id, agent.name)


def mail(
    number: int = 1,
    *,
    sender: str = "customer@mail.example",
    to: str = SHOP,
    subject: str | None = None,
    message_id: str | None = None,
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
    body: str = "いつ届きますか。",
    extra: str = "",
) -> bytes:
    """A mail as it lies on a server."""
    fields = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject if subject is not None else f'order {number}'}",
        f"Message-ID: {message_id or f'<{number}@mail.example>'}",
        f"Date: Fri, {1 + number % 27:02} Aug 2025 10:{number % 60:02}:00 +0900",
    ]
    if in_reply_to:
        fields.append(f"In-Reply-To: {in_reply_to}")
    if references:
        fields.append(f"References: {' '.join(references)}")
    if extra:
        fields.append(extra)
    fields += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return ("\r\n".join(fields) + f"\r\n\r\n{body} ({number})\r\n").encode()


def receive(
    store: Store, box: Mailbox, raws: Sequence[bytes], *, folder: str = "INBOX", at: datetime | None = None
) -> list[TakenIn]:
    """Mails lie in a folder of a mailbox on its server and are taken in as one batch, each a minute after the one
    before; those in ``Sent`` are ours."""
    role = "sent" if folder == "Sent" else "inbox"
    with store.transaction() as tx:
        folders.lock_mailbox(tx, box.id)
        cursor = folders.ensure(tx, box.id, folder, role)
        folders.renumber(tx, cursor.folder_id, None, 1)
        cursor = folders.ensure(tx, box.id, folder, role)
        fetched = [
            folders.Fetched(
                cursor.last_uid + n,
                at or START + timedelta(minutes=next(_minutes)),
                raw,
                len(raw),
                hashlib.sha256(raw).hexdigest(),
            )
            for n, raw in enumerate(raws, 1)
        ]
        stored = folders.store_raw(tx, cursor, 1, fetched, upto=cursor.last_uid + len(raws))
        arrived = [
            Arrived(p.raw_id, p.location_id, p.received_at, parse(p.data), role == "sent") for p in stored
        ]
        return intake.take_in(tx, box, arrived)


def no_raw(tx: Connection) -> int:
    """A stored mail whose bytes nobody looks at."""
    return folders.add_raw(tx, b"")


def rows(store: Store, query: str, **values: object) -> list[tuple[Any, ...]]:
    """What a query says: the tests' own look past every function of the store."""
    with store.reading() as tx:
        return [tuple(row) for row in tx.execute(text(query), values)]


def execute(store: Store, command: str, **values: object) -> None:
    """Change something behind the store's back: let a lease lapse, make a time come."""
    with store.transaction() as tx:
        tx.execute(text(command), values)


def state_of(store: Store, outbox_id: int) -> OutboxState:
    """Where an item stands."""
    return OutboxState(rows(store, "SELECT state FROM outbox WHERE id = :i", i=outbox_id)[0][0])


def queue_reply(
    store: Store,
    box: Mailbox,
    who: Actor,
    conversation_id: int,
    *,
    body: str = "本日発送しました。",
    to: tuple[str, ...] = ("customer@mail.example",),
    request_id: str = "",
    hold: float = 0.0,
) -> Queued:
    """Claim, write and queue a reply, as the desk does."""
    assert who.id is not None
    with store.transaction() as tx:
        held = claims.take(tx, conversation_id, who.id, f"session of {who.name}")
        assert held is not None
        found = messages.of_conversation(tx, conversation_id)
        answered = next((m for m in reversed(found) if m.message_id), None)
        version = conversations.summaries(tx, who.id, [conversation_id])[0].version
        reply = Draft(
            conversation_id,
            tuple(Address("", address) for address in to),
            (),
            f"Re: {answered.subject if answered else ''}",
            body,
            in_reply_to=answered.id if answered else None,
        )
        result = outbox.queue(
            tx,
            who,
            box,
            held,
            reply,
            references=(answered.message_id, (answered.message_id,)) if answered else ("", ()),
            seen_version=version,
            request_id=request_id or f"request {conversation_id} {version}",
            after=AfterSend(),
            hold=hold,
            follow_up=False,
        )
    assert isinstance(result, Queued), result
    return result
