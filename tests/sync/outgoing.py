"""What the tests of the sender share: a shop, its customers and the outgoing server."""

from __future__ import annotations

from dataclasses import dataclass, field

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.reply import Queued
from maildesk.store import folders
from maildesk.store.engine import Store
from maildesk.store.events import Actor
from maildesk.sync import ingest
from maildesk.sync.outbox import OUTGOING, Sender, SendReport
from maildesk.sync.smtp import SmtpSession
from tests.store import stores
from tests.store.stores import rows
from tests.support.smtp import SmtpServer


@dataclass
class Desk:
    """A store with a shop, an agent, a conversation per customer, and the outgoing server."""

    store: Store
    server: SmtpServer
    box: Mailbox
    who: Actor
    numbers: list[int] = field(default_factory=list)
    patience: float = 10.0
    """Seconds that a connection waits for an answer: many, for a busy machine, where it is not the server's silence that
    is to be seen."""

    def customer(self, name: str = "customer") -> int:
        """A new customer writes: the conversation's number."""
        sender = f"{name}{len(self.numbers)}@mail.example"
        raw = stores.mail(100 + len(self.numbers), sender=sender)
        (found,) = ingest.import_mails(self.store, self.box, [("x", raw)])
        assert found.conversation is not None
        self.numbers.append(found.conversation)
        return found.conversation

    def reply(self, **values: object) -> Queued:
        """A reply to a new customer is queued."""
        return stores.queue_reply(self.store, self.box, self.who, self.customer(), **values)  # type: ignore[arg-type]

    def sender(self, name: str = "worker") -> Sender:
        """A sender."""
        return Sender(
            self.store,
            self.box,
            lambda: SmtpSession.open(self.server.endpoint(), None, self.patience),
            name,
            answer_timeout=self.patience,
        )

    def drain(self) -> list[SendReport]:
        """One pass of a new sender."""
        return self.sender().drain()

    def due(self) -> None:
        """The times of backoff are over."""
        stores.execute(self.store, "UPDATE outbox SET not_before = 0 WHERE state = 'queued'")

    def lapse(self) -> None:
        """Every lease has run out."""
        stores.execute(self.store, "UPDATE outbox SET lease_until = 1 WHERE lease_until IS NOT NULL")

    def status(self, number: int) -> str:
        """Where a conversation stands."""
        return str(rows(self.store, "SELECT status FROM conversation WHERE id = :n", n=number)[0][0])

    def health(self) -> tuple[Health, str]:
        """How the outgoing server is."""
        with self.store.reading() as tx:
            shown = {h.folder: h for h in folders.health(tx)}
        return shown[OUTGOING].health, shown[OUTGOING].error
