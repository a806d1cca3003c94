"""The sender: takes queued replies one by one, builds their bytes once, and writes *committing* before the final dot.

Whatever happens, one attempt ends in one of these: sent, refused, back in the queue because nothing can have been
delivered, or uncertain because the dot was written and nobody answered (``protocol.md`` 1.5). An item is never sent
again by itself once its dot may have been written.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.outbox import PARTIAL_FROM, OutboxState, Step, ids_in_answer
from maildesk.errors import ComposeError, DeliveryError, MaildeskError, Refused, StoreError, Told, Uncertain
from maildesk.mail.compose import Outgoing, OutgoingAttachment, build
from maildesk.store import engine, folders, outbox
from maildesk.store.outbox import Picked
from maildesk.sync.folder import always
from maildesk.sync.smtp import ANSWER_TIMEOUT, Abandoned, SmtpSession

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store
    from maildesk.sync.highwater import HighWater

OUTGOING = "SMTP"
"""Under this name the health of a mailbox shows its outgoing server."""
RENEW_EVERY = 30.0
SAVE_FOR = 60.0
"""Seconds for which saving an outcome is tried again when the store is out of reach."""
SAVE_AGAIN = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SendReport:
    """How one attempt ended: the state in which the item is now, and the error for people where there was one."""

    outbox: int
    result: OutboxState
    error: MaildeskError | None = None

    def json(self) -> dict[str, object]:
        """As ``maildesk sync --once --json`` prints it."""
        return {"outbox": self.outbox, "result": self.result.value}


@dataclass(frozen=True, slots=True)
class _Outcome:
    step: Step
    told: Told
    error: MaildeskError | None = None
    refused: Mapping[str, str] | None = None
    aliases: tuple[str, ...] = ()
    trouble: bool = False
    """Whether the server, not this mail, is what went wrong: the next one would meet the same."""


class Sender:
    """Sends what is queued for one mailbox. ``connect`` opens a signed-in session; it is kept for the mails that
    follow, within one :meth:`drain`. Belongs to one thread."""

    def __init__(
        self,
        store: Store,
        box: Mailbox,
        connect: Callable[[], SmtpSession],
        worker: str,
        *,
        answer_timeout: float = ANSWER_TIMEOUT,
        water: HighWater | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._connect = connect
        self._worker = worker
        self._answer_timeout = answer_timeout
        self._water = water
        self._session: SmtpSession | None = None
        self._health: Health | None = None
        self._ending = threading.Event()
        self.in_trouble = False
        """Whether the last :meth:`drain` ended because the outgoing server failed."""

    def drain(self, going: Callable[[], bool] = always) -> list[SendReport]:
        """Send everything that may leave now, until the outgoing server fails or ``going`` says no. Raises StoreError
        only when nothing is in hand."""
        reports: list[SendReport] = []
        self.in_trouble = False
        try:
            while going() and (item := self._pick()) is not None:
                outcome = self._attempt(item)
                if outcome is not None:
                    reports.append(self._save(item, outcome))
                    if outcome.trouble:
                        self.in_trouble = True
                        break
        finally:
            if self._session:
                self._session.close()
                self._session = None
        return reports

    def end(self) -> None:
        """Whoever waits for this sender wants to go: an outcome that cannot be saved is tried once more, not for a
        minute. Then the item becomes uncertain, which is safe and visible."""
        self._ending.set()

    def _pick(self) -> Picked | None:
        if self._water is not None and not self._water.check():
            return None
        return self._store.run(lambda tx: outbox.pick(tx, self._worker, self._box.id))

    def _attempt(self, item: Picked) -> _Outcome | None:
        """One attempt. None: the item is not ours any more, and no dot was written."""
        with self._lease(item):
            try:
                data = self._bytes(item)
            except ComposeError as error:
                return _Outcome(Step.REFUSED, Told.of(error), error)
            try:
                session = self._open()
            except MaildeskError as error:
                return _Outcome(Step.TRY_LATER, Told.of(error), error, trouble=True)
            recipients = [address.address for address in (*item.to, *item.cc)]
            try:
                result = session.deliver(
                    item.from_.address,
                    recipients,
                    data,
                    lambda: self._may_write_dot(item),
                    answer_timeout=self._answer_timeout,
                    journal=self._box.journal,
                    partial=item.attempt >= PARTIAL_FROM,
                )
            except Refused as error:
                return _Outcome(Step.REFUSED, Told(error.reply) if error.reply else Told.of(error), error)
            except Uncertain as error:
                return _Outcome(Step.NO_ANSWER, Told.of(error), error)
            except DeliveryError as error:
                return _Outcome(Step.TRY_LATER, Told.of(error), error, trouble=not session.usable)
        if isinstance(result, Abandoned):
            # The dot is not written, and this very attempt knows it: the one way back from "committing" but a 4xx.
            return _Outcome(Step.TRY_LATER, Told(key="sync.slept")) if result.why == "slept" else None
        refused = {str(r.address): str(r.reply) for r in result.refused}
        aliases = tuple(i for i in ids_in_answer(result.reply) if i != item.message_id)
        return _Outcome(Step.ACCEPTED, Told(result.reply), refused=refused or None, aliases=aliases)

    def _may_write_dot(self, item: Picked) -> bool:
        """Write the point of no return. When it is not known to be written (the lease lapsed, the store did not
        answer the COMMIT), there is no dot: at worst the item becomes uncertain, which is safe and visible."""
        try:
            if self._water is not None:
                return self._water.mark_committing(item.id, item.attempt, item.message_id)
            return self._store.run(
                lambda tx: outbox.mark_committing(tx, item.id, item.attempt, item.message_id)
            )
        except StoreError as error:
            _log.warning(
                "no dot: the mark could not be written", extra={"outbox": item.id, "error": error.key}
            )
            return False

    def _bytes(self, item: Picked) -> bytes:
        """The bytes of an item: built at the first attempt, the same ever after."""
        with self._store.reading() as tx:
            kept = outbox.mime_of(tx, item.id)
            now = engine.now(tx)
            files = outbox.files_of(tx, item.id) if kept is None else []
        if kept is not None:
            return kept
        data = build(
            Outgoing(
                message_id=item.message_id,
                from_=item.from_,
                to=item.to,
                cc=item.cc,
                subject=item.subject,
                text=item.body,
                date=now,
                x_maildesk_id=item.message_id,
                in_reply_to=item.in_reply_to or None,
                references=item.references,
                attachments=tuple(OutgoingAttachment(name, kind, content) for name, kind, content in files),
            )
        )
        return self._store.run(lambda tx: outbox.keep_mime(tx, item.id, data))

    def _open(self) -> SmtpSession:
        if self._session is None or not self._session.usable:
            self._session = self._connect()
        return self._session

    @contextlib.contextmanager
    def _lease(self, item: Picked) -> Iterator[None]:
        """Keep the item's lease while a large mail goes over a slow line."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(RENEW_EVERY):
                with contextlib.suppress(StoreError):
                    self._store.run(lambda tx: outbox.renew(tx, item.id, item.attempt, item.message_id))

        thread = threading.Thread(target=renew, name="maildesk-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _save(self, item: Picked, outcome: _Outcome) -> SendReport:
        """Save how the attempt ended, and go on trying to: what cannot be saved becomes uncertain."""

        def act(tx: Connection) -> OutboxState:
            state = outbox.finish(
                tx,
                item.id,
                item.attempt,
                outcome.step,
                outcome.told,
                refused=outcome.refused,
                aliases=outcome.aliases,
                message_id=item.message_id,
            )
            self._report_health(tx, outcome)
            if state is None:
                now = outbox.item(tx, item.id)
                assert now is not None
                return now.state
            return state

        end, last = time.monotonic() + SAVE_FOR, False
        while True:
            try:
                return SendReport(item.id, self._store.run(act), outcome.error)
            except StoreError as error:
                _log.warning("an outcome could not be saved", extra={"outbox": item.id, "error": error.key})
                if last or time.monotonic() > end:
                    raise
                last = self._ending.wait(SAVE_AGAIN)

    def _report_health(self, tx: Connection, outcome: _Outcome) -> None:
        health = Health.FAILED if outcome.trouble else Health.OK
        if health is not self._health or health is Health.FAILED:
            row = folders.ensure(tx, self._box.id, OUTGOING, "outgoing")
            folders.report(tx, row.folder_id, health, str(outcome.told) if outcome.trouble else "")
            self._health = health
