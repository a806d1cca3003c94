"""The worker: brings mail in and out for the mailboxes whose seats it has.

Any maildesk can be it, several may run at once, and each may be killed at any time: a seat is a lease in the store,
intake is idempotent, and outbox items are taken one by one. Per mailbox there is a thread that receives (one IMAP
connection, waiting in IDLE and looking every minute and a half anyway) and one that sends and files (connections of
their own, while there is something to do). They meet the rest of maildesk in the store and nowhere else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets as random
import select
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from maildesk.domain.clock import boottime
from maildesk.domain.mailbox import Health, Mailbox
from maildesk.errors import (
    ConfigError,
    ConnectionLost,
    LoginRefused,
    MaildeskError,
    MailServerError,
    NotFound,
    StoreError,
)
from maildesk.store import archive, conversations, folders, mailboxes, order_refs, outbox, seats, wires
from maildesk.store.schema import NEWER_CLIENT
from maildesk.sync import evidence, indexing, ingest, repairing
from maildesk.sync.evidence import sent_folder
from maildesk.sync.filing import file_copies
from maildesk.sync.folder import FolderReport, look, reconcile, retry_after, tell, words
from maildesk.sync.highwater import HighWater, file_for
from maildesk.sync.imap import IDLE_AT_MOST, TIMEOUT, ImapSession, OverQuota, TooMany
from maildesk.sync.outbox import Sender, SendReport
from maildesk.sync.smtp import ANSWER_TIMEOUT
from maildesk.sync.wires import Resolve, Wires
from maildesk.sync.wires import resolve as default_resolve

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

POLL_SECONDS = 90.0
"""Between two looks at every folder, whatever IDLE says: a connection can be dead without saying so."""
ROUND_SECONDS = 15.0
"""Between two renewals of the seats."""
RECONNECT = (1.0, 5.0, 15.0, 60.0, 120.0, 300.0)
LOGIN_REFUSED_WAIT = 300.0
"""After a refused login: asking faster gets accounts locked."""
TOO_MANY_WAIT = 60.0
"""After a server has counted too many connections: the others must have time to go."""
SLEPT = 5.0
"""A machine that slept for so many seconds drops its connections: the other end has forgotten them."""
DEFECT_WAIT = 60.0
"""After an error that nobody foresaw, before sending is tried again."""
_LEFT_AFTER = 24 * 3600.0
"""Seconds after which a file in the spool belongs to nobody."""
_NEVER = float("inf")
_CLOCK_SLACK = 0.2
_log = logging.getLogger(__name__)

Direction = Literal["in", "out"]
Report = FolderReport | SendReport


class Place(NamedTuple):
    """A folder to look at."""

    name: str
    role: str


def places_of(session: ImapSession, box: Mailbox) -> tuple[Place, ...]:
    """The folders of a mailbox: those of its settings, then Sent, where answers from elsewhere lie."""
    sent = sent_folder(session)
    places = [Place(name, "sent" if name == sent else "inbox") for name in box.folders]
    if sent is not None and sent not in box.folders:
        places.append(Place(sent, "sent"))
    return tuple(places)


class Worker:
    """Syncs and sends. ``resolve`` finds a password: ``(reference, account) -> password``, raising ConfigError."""

    def __init__(
        self,
        store: Store,
        resolve: Resolve | None = None,
        *,
        poll_seconds: float = POLL_SECONDS,
        round_seconds: float = ROUND_SECONDS,
        answer_timeout: float = ANSWER_TIMEOUT,
        imap_timeout: float = TIMEOUT,
        state: Path | None = None,
    ) -> None:
        self._store = store
        self._resolve = resolve or default_resolve
        self.water = None if state is None else HighWater(store, file_for(state, store))
        """What this worker knows of the store outside of it."""
        self._poll_seconds = poll_seconds
        self._round_seconds = round_seconds
        self._answer_timeout = answer_timeout
        self._imap_timeout = imap_timeout
        self.spool = _spool(state)
        """Where large mails lie on their way into the store; None: in the system's folder for temporary files."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{random.token_hex(4)}"
        """Under this name it holds seats and leases."""

    # ---- one pass

    def run_once(self, only: Direction | None = None, mailbox: str | None = None) -> list[Report]:
        """One pass over all mailboxes, or the one of that name: send out and file, then bring in (or ``only`` one of
        the two). A server that fails is in its report. Raises NotFound, StoreError."""
        return list(self.passing(only, mailbox))

    def passing(self, only: Direction | None = None, mailbox: str | None = None) -> Iterator[Report]:
        """:meth:`run_once`, giving each report as soon as it is there."""
        boxes = self._boxes(mailbox)
        try:
            self._look_back()
            self._store.run(_tend)
            for box in boxes:
                seated = self._take_seat(box)
                if only != "in" and box.smtp:
                    yield from self._send(box)
                if only != "out" and box.imap:  # after sending, so that the copies in Sent are accounted for
                    yield from self._receive(box, seated)
        finally:
            with contextlib.suppress(StoreError):
                self._store.run(lambda tx: seats.leave(tx, self.name))

    def reconcile(self, mailbox: str | None = None) -> list[dict[str, object]]:
        """Compare every folder with the ledger, as ``maildesk reconcile`` prints it.

        Raises NotFound, MailServerError, ConfigError, StoreError.
        """
        found = []
        for box in self._boxes(mailbox):
            if box.imap:
                with self.wires(box).imap() as session:
                    found += [
                        reconcile(self._store, session, box, place.name) for place in places_of(session, box)
                    ]
        return found

    def read_again(self) -> int:
        """Read the mails in quarantine again for which somebody asked. Returns how many are readable now."""
        return sum(ingest.read_again(self._store, box, self.spool) for box in self._boxes())

    def repair(self) -> int:
        """Read the mails again for which somebody chose a charset. Returns how many were."""
        return sum(repairing.repair(self._store, box, self.spool) for box in self._boxes())

    def _boxes(self, name: str | None = None) -> tuple[Mailbox, ...]:
        with self._store.reading() as tx:
            boxes = mailboxes.all_mailboxes(tx)
        chosen = tuple(box for box in boxes if name in (None, box.name, box.address, box.short_name))
        if name is not None and not chosen:
            raise NotFound("mailbox_unknown", mailbox=name, known=", ".join(box.name for box in boxes))
        return chosen

    def wires(self, box: Mailbox) -> Wires:
        """What opens the connections of a mailbox."""
        return Wires(self._store, box, self._resolve, timeout=self._imap_timeout)

    def _take_seat(self, box: Mailbox) -> bool:
        return self._store.run(lambda tx: seats.take(tx, box.id, self.name))

    def _receive(self, box: Mailbox, seated: bool) -> Iterator[FolderReport]:
        renewed = time.monotonic()

        def going() -> bool:
            nonlocal renewed
            if seated and time.monotonic() - renewed > self._round_seconds:
                renewed = time.monotonic()
                self._take_seat(box)
            return True

        try:
            with self.wires(box).imap() as session:
                for place in places_of(session, box):
                    report = look(
                        self._store,
                        session,
                        box,
                        place.name,
                        place.role,
                        leftovers=seated,
                        spool=self.spool,
                        going=going,
                    )
                    yield report
                    if session.closed or isinstance(report.error, OverQuota):
                        break
        except (MailServerError, ConfigError) as error:
            yield from _all_failed(self._store, box, error)

    def _send(self, box: Mailbox) -> Iterator[SendReport]:
        wires = self.wires(box)
        sender = self.sender(wires)
        reports = sender.drain()
        yield from reports
        if reports:
            tell_sending(self._store, box, reports[-1].error if sender.in_trouble else None)
        if box.imap:
            evidence.look(self._store, box, wires.imap)
            file_copies(self._store, box, wires.imap)

    # ---- for as long as it is wanted

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, then finish what is in hand and free the seats. What goes wrong is in
        the health of the folders and in the log, and is tried again.

        Raises StoreError only when the store wants a newer maildesk by now: this one must not go on."""
        desks: dict[int, _Desk] = {}
        woken = threading.Event()
        subscription = self._store.subscribe(lambda _serial: woken.set())

        def stopped() -> None:
            stop.wait()
            woken.set()

        threading.Thread(target=stopped, name="maildesk-stop", daemon=True).start()
        indexing.start(self._store, stop, self.spool)
        due = 0.0
        try:
            while not stop.is_set():
                woken.clear()
                try:
                    if time.monotonic() >= due:
                        due = time.monotonic() + self._round_seconds
                        self._round(desks)
                    self._hear(desks)
                except StoreError as error:
                    if error.key == NEWER_CLIENT:
                        raise
                    _log.warning("the store does not answer", extra={"error": error.key})
                except Exception:  # the top loop: whatever it is, the next round tries again
                    _log.exception("a round failed")
                woken.wait(max(0.05, due - time.monotonic()))
        finally:
            subscription.close()
            for desk in desks.values():
                desk.end()
            for desk in desks.values():
                desk.join()
            with contextlib.suppress(StoreError):
                self._store.run(lambda tx: seats.leave(tx, self.name))

    def _round(self, desks: dict[int, _Desk]) -> None:
        """Renew the seats, take those that are free, give up those that are lost, and tend what waits for its time."""
        self._look_back()
        self._store.run(_tend)
        boxes = {box.id: box for box in self._boxes() if box.imap or box.smtp}
        for box_id in [box_id for box_id, desk in desks.items() if boxes.get(box_id) != desk.box]:
            desks.pop(box_id).end()
        for box in boxes.values():
            seated = self._take_seat(box)
            if seated and box.id not in desks:
                desks[box.id] = _Desk(self._store, self.wires(box), self)
            elif not seated and box.id in desks:
                desks.pop(box.id).end()

    def _look_back(self) -> None:
        """See to it that the store has not gone back in time. A mark that cannot be written stops sending, which asks
        again, and nothing else."""
        try:
            if self.water is not None:
                self.water.check()
        except StoreError as error:
            if error.key != "highwater_unwritable":
                raise
            _log.error("nothing is sent", extra={"error": error.key})

    def _hear(self, desks: dict[int, _Desk]) -> None:
        """The store has changed: wake whom it concerns."""
        with self._store.reading() as tx:
            heard = {box_id: (seats.wanted_at(tx, box_id), outbox.next_due(tx, box_id)) for box_id in desks}
        for box_id, (wanted, next_due) in heard.items():
            desks[box_id].hear(wanted, next_due)

    @property
    def poll_seconds(self) -> float:
        """Seconds between two looks at every folder."""
        return self._poll_seconds

    def sender(self, wires: Wires) -> Sender:
        """What sends for a mailbox."""
        return Sender(
            self._store,
            wires.box,
            wires.smtp,
            self.name,
            answer_timeout=self._answer_timeout,
            water=self.water,
        )


def _tend(tx: Connection) -> None:
    """What waits for its time: conversations put off until now, outbox items whose worker is gone, a few of those that
    go into the archive."""
    conversations.wake(tx)
    outbox.reap(tx)
    order_refs.catch_up(tx)
    archive.step(tx)


def _all_failed(store: Store, box: Mailbox, error: MaildeskError) -> list[FolderReport]:
    """No connection: no folder could be looked at, and everybody may know."""

    def act(tx: Connection) -> None:
        for name in box.folders:
            cursor = folders.ensure(tx, box.id, name, "inbox")
            folders.report(tx, cursor.folder_id, Health.FAILED, words(error))
        tell(tx, box.id, "imap", error)

    store.run(act)
    return [FolderReport(box.name, name, health=Health.FAILED, error=error) for name in box.folders]


def tell_sending(store: Store, box: Mailbox, error: MaildeskError | None, wait: float | None = None) -> None:
    """Let everybody see how the outgoing server stands: it took a mail, or why it could not be asked."""
    if error is None:
        store.run(lambda tx: wires.ok(tx, box.id, "smtp"))
    else:
        store.run(lambda tx: tell(tx, box.id, "smtp", error, wait))


def _spool(state: Path | None) -> Path | None:
    """The folder for large mails under way; what a killed worker left there goes."""
    if state is None:
        return None
    spool = state / "spool"
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in spool.glob("mail-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_AFTER:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    return spool


class _Desk:
    """The two threads of one mailbox."""

    def __init__(self, store: Store, wires: Wires, worker: Worker) -> None:
        self.box = wires.box
        self._threads: list[_Receiving | _Sending] = []
        self._wanted: float | None = None
        self._sending: _Sending | None = None
        self._receiving: _Receiving | None = None
        if self.box.imap:
            self._receiving = _Receiving(store, wires, worker.poll_seconds, worker.spool)
            self._threads.append(self._receiving)
        if self.box.smtp:
            self._sending = _Sending(store, wires, worker.sender(wires))
            self._threads.append(self._sending)
        for thread in self._threads:
            thread.start()

    def hear(self, wanted: float, next_due: float | None) -> None:
        """Somebody pressed F5, or an item may leave."""
        asked = self._wanted is not None and wanted > self._wanted
        self._wanted = wanted
        if asked and self._receiving:
            self._receiving.wake()
        if self._sending:
            self._sending.hear(next_due, asked=asked)

    def end(self) -> None:
        """Ask the threads to end."""
        for thread in self._threads:
            thread.end()

    def join(self) -> None:
        """Wait until they have ended."""
        for thread in self._threads:
            thread.join()


class _Bell:
    """What wakes a thread that waits, also one that waits in IDLE for a file descriptor."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)

    def fileno(self) -> int:
        """Readable when it has rung."""
        return self._here.fileno()

    def ring(self) -> None:
        """Wake who waits, now or the next time; nobody, after :meth:`close`."""
        with contextlib.suppress(OSError):
            self._there.send(b"!")

    def quiet(self) -> None:
        """Forget that it rang."""
        with contextlib.suppress(OSError):
            while self._here.recv(4096):
                pass

    def wait(self, seconds: float) -> bool:
        """Wait until it rings (True) or the time is over. Quiet afterwards."""
        rung = bool(select.select([self._here], [], [], max(0.0, seconds))[0])
        self.quiet()
        return rung

    def close(self) -> None:
        """Of no more use."""
        self._here.close()
        self._there.close()


class _Receiving(threading.Thread):
    """Brings a mailbox's mail in."""

    def __init__(self, store: Store, wires: Wires, poll_seconds: float, spool: Path | None) -> None:
        super().__init__(name=f"maildesk-in-{wires.box.id}", daemon=True)
        self._store = store
        self._wires = wires
        self._poll_seconds = poll_seconds
        self._spool = spool
        self._ending = threading.Event()
        self._bell = _Bell()
        self._session: ImapSession | None = None
        self._failures = 0

    def wake(self) -> None:
        """Look at once."""
        self._bell.ring()

    def end(self) -> None:
        """End after the batch in hand."""
        self._ending.set()
        self._bell.ring()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end; a server that does not answer is not waited for."""
        super().join(5.0 if timeout is None else timeout)
        if self.is_alive() and (session := self._session) is not None:
            session.abort()
            super().join(timeout)

    def run(self) -> None:
        while not self._ending.is_set():
            wait = self._spell()
            if not self._ending.is_set():
                self._bell.wait(wait)
        self._bell.close()

    def _spell(self) -> float:
        """From a connection to its end. How many seconds to wait before the next one."""
        try:
            with self._wires.imap() as session:
                self._session = session
                self._stay(session)
            return 0.0
        except (MailServerError, ConfigError) as error:
            if self._ending.is_set():
                return 0.0
            _log.warning("receiving failed", extra={"mailbox": self._wires.box.id, "error": error.key})
            self._tell(error)
            return self._wait_after(error)
        except StoreError as error:
            _log.warning("receiving stopped", extra={"mailbox": self._wires.box.id, "error": error.key})
            return self._wait_after(error)
        except Exception as error:  # the top loop of this thread: a defect here must not end it in silence
            _log.exception("receiving stopped", extra={"mailbox": self._wires.box.id})
            self._tell(MaildeskError("receiving_defect", kind=type(error).__name__))
            return self._wait_after(error)
        finally:
            self._session = None

    def _tell(self, error: MaildeskError) -> None:
        """Let everybody see why nothing comes in; the next look that goes well takes it back."""
        with contextlib.suppress(StoreError):
            _all_failed(self._store, self._wires.box, error)

    def _wait_after(self, error: Exception) -> float:
        wait = RECONNECT[min(self._failures, len(RECONNECT) - 1)]
        self._failures += 1
        match error:
            case LoginRefused():
                return max(wait, LOGIN_REFUSED_WAIT)
            case OverQuota():
                return retry_after(error)
            case TooMany():
                return max(wait, TOO_MANY_WAIT)
            case _:
                return wait

    def _going(self) -> bool:
        return not self._ending.is_set()

    def _stay(self, session: ImapSession) -> None:
        """Look, wait, look again, while the connection lasts."""
        places = places_of(session, self._wires.box)
        idle_place = places[0]
        slept = _Sleep()
        all_due = 0.0
        while self._going():
            self._bell.quiet()
            if time.monotonic() >= all_due:
                self._look(session, places)
                all_due = time.monotonic() + self._poll_seconds
            if self._going() and session.selected != idle_place.name:
                self._look(session, [idle_place])
            if not self._going():
                return
            wait, news = min(all_due - time.monotonic(), IDLE_AT_MOST), False
            if session.selected == idle_place.name:
                news = session.idle(wait, self._bell.fileno())
            else:  # the server does not open it now
                self._bell.wait(wait)
            if slept.much():
                return
            if self._bell.wait(0):
                all_due = 0.0  # somebody asked: look at everything
            elif news:
                self._look(session, [idle_place])

    def _look(self, session: ImapSession, places: Sequence[Place]) -> None:
        for place in places:
            if not self._going():
                return
            report = look(
                self._store,
                session,
                self._wires.box,
                place.name,
                place.role,
                spool=self._spool,
                going=self._going,
            )
            error = report.error
            if error is not None and (session.closed or isinstance(error, ConnectionLost | OverQuota)):
                raise error
            self._failures = 0


class _Sending(threading.Thread):
    """Sends a mailbox's replies and files their copies."""

    def __init__(self, store: Store, wires: Wires, sender: Sender) -> None:
        super().__init__(name=f"maildesk-out-{wires.box.id}", daemon=True)
        self._store = store
        self._wires = wires
        self._sender = sender
        self._ending = threading.Event()
        self._bell = _Bell()
        self._not_before = 0.0
        self._sleeping_until = 0.0
        self._heard = _NEVER
        self._told = False
        """Whether everybody sees that nothing is sent, for a reason that is not the outgoing server's."""

    def hear(self, next_due: float | None, *, asked: bool) -> None:
        """Something may leave in ``next_due`` seconds. ``asked``: a person wants it tried now, also where the server
        failed just before."""
        if asked:
            self._not_before = 0.0
        if next_due is not None:
            self._heard = max(self._not_before, time.monotonic() + next_due)
        if asked or (self._heard < self._sleeping_until - _CLOCK_SLACK):
            self._bell.ring()

    def end(self) -> None:
        """End after the message in hand."""
        self._ending.set()
        self._sender.end()
        self._bell.ring()

    def _going(self) -> bool:
        return not self._ending.is_set()

    def run(self) -> None:
        while self._going():
            self._heard = _NEVER
            until = time.monotonic() + self._pass()
            self._sleeping_until = (
                until  # first this, then what was heard: whoever calls does it the other way round
            )
            until = min(until, self._heard)
            if self._going():
                self._bell.wait(until - time.monotonic())
            self._sleeping_until = 0.0
        self._bell.close()

    def _pass(self) -> float:
        """Send and file what may be. How many seconds until there may be more to do."""
        try:
            if (early := self._not_before - time.monotonic()) > 0:
                return early
            reports = self._sender.drain(self._going)
            wait: float | None = None
            if self._sender.in_trouble:
                wait = LOGIN_REFUSED_WAIT if isinstance(reports[-1].error, LoginRefused) else 60.0
                self._not_before = time.monotonic() + wait
            if reports or self._told:
                tell_sending(self._store, self._wires.box, reports[-1].error if wait else None, wait)
                self._told = False
            if self._wires.box.imap:
                evidence.look(self._store, self._wires.box, self._wires.imap, going=self._going)
                file_copies(self._store, self._wires.box, self._wires.imap, self._going)
            with self._store.reading() as tx:
                due = outbox.next_due(tx, self._wires.box.id)
            return 60.0 if due is None else min(60.0, max(due, 0.0 if reports else 1.0))
        except StoreError as error:
            _log.warning("sending stopped", extra={"mailbox": self._wires.box.id, "error": error.key})
            if error.key == "highwater_unwritable" and not self._told:
                with contextlib.suppress(StoreError):
                    tell_sending(self._store, self._wires.box, error)
                    self._told = True
            return 5.0
        except Exception as error:  # the top loop of this thread
            _log.exception("sending stopped", extra={"mailbox": self._wires.box.id})
            with contextlib.suppress(StoreError):
                defect = MaildeskError("sending_defect", kind=type(error).__name__)
                tell_sending(self._store, self._wires.box, defect, DEFECT_WAIT)
                self._told = True
            return DEFECT_WAIT


class _Sleep:
    """Whether the machine slept: the clock that runs through it, against the one that does not."""

    def __init__(self) -> None:
        self._gap = boottime() - time.monotonic()

    def much(self) -> bool:
        """Whether it slept for more than :data:`SLEPT` seconds since the last question."""
        before, self._gap = self._gap, boottime() - time.monotonic()
        return self._gap - before > SLEPT
