"""One look at one folder: what is new comes in, what is gone is marked, and everybody can see how it went.

Killed anywhere, it runs again to the same result. Per batch: the network first, with no transaction open; then the
bytes, the ledger and the cursor in one transaction; then the mails are read and taken in, in another one. No flag on
the server is touched, nothing is deleted, here or there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.errors import MaildeskError, MailServerError
from maildesk.locale import t
from maildesk.store import folders
from maildesk.store.folders import Cursor
from maildesk.store.intake import Result
from maildesk.sync import ingest
from maildesk.sync.imap import FolderState, ImapSession
from maildesk.sync.imap_wire import UidRange, ranges_of
from maildesk.sync.ingest import BATCH, BATCH_BYTES, MANY, Intake, Tally
from maildesk.sync.plan import Emptied, Fetch, FindVanished, Renumbered, has_vanished, plan_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

_SHOWN_FROM = 50
"""Fewer mails than this come in too fast for a progress bar."""
Mail = tuple[int, datetime, bytes]


def always() -> bool:
    """Go on until done."""
    return True


@dataclass(slots=True)
class FolderReport:
    """How one look at a folder went. ``filtered`` are mails that a rule kept out."""

    mailbox: str
    folder: str
    new: int = 0
    duplicate: int = 0
    filtered: int = 0
    quarantined: int = 0
    gone: int = 0
    seconds: float = 0.0
    health: Health = Health.OK
    error: MaildeskError | None = None

    def add(self, tally: Tally) -> None:
        """Count what came in."""
        self.new += tally.results[Result.STORED]
        self.duplicate += tally.results[Result.DUPLICATE]
        self.quarantined += tally.results[Result.QUARANTINED]

    def json(self) -> dict[str, object]:
        """As ``maildesk sync --once --json`` prints it."""
        names = ("mailbox", "folder", "new", "duplicate", "filtered", "quarantined", "gone")
        return {name: getattr(self, name) for name in names} | {"seconds": round(self.seconds, 3)}


def words(error: MaildeskError) -> str:
    """An error with its remedy, for people."""
    return t("sync.with_hint", text=str(error), hint=error.hint) if error.hint else str(error)


def look(
    store: Store,
    session: ImapSession,
    box: Mailbox,
    name: str,
    role: str,
    *,
    leftovers: bool = True,
    going: Callable[[], bool] = always,
) -> FolderReport:
    """Bring a folder up to date. ``role`` is ``sent`` where our own answers lie, else ``inbox``.

    ``leftovers``: also take in what a killed worker had stored and not read; only for who has the mailbox's seat.
    ``going`` is asked after each batch; at False the look ends early, with everything so far in.

    A server that fails is in the report (``error``), and in the folder's health. Raises StoreError.
    """
    return _Look(store, session, box, name, role, going).run(leftovers)


def reconcile(store: Store, session: ImapSession, box: Mailbox, name: str) -> dict[str, object]:
    """Compare a folder on the server with the ledger, UID by UID, as ``maildesk reconcile`` prints it.

    Raises MailServerError, StoreError.
    """
    state = session.select(name)
    uids = session.uids(1, state.uidnext - 1) if state.exists else []
    with store.reading() as tx:
        cursor = folders.find(tx, box.id, name)
        ledger = folders.ledger_uids(tx, cursor.folder_id, state.uidvalidity) if cursor else {}
    results = [ledger.get(uid, folders.MISSING) for uid in uids]
    return {
        "mailbox": box.name,
        "folder": name,
        "server": len(uids),
        "stored": results.count(Result.STORED) + results.count(Result.PENDING),
        "duplicate": results.count(Result.DUPLICATE),
        "filtered": 0,
        "quarantined": results.count(Result.QUARANTINED),
        "missing": [uid for uid, result in zip(uids, results, strict=True) if result == folders.MISSING],
    }


class _Look:
    def __init__(
        self,
        store: Store,
        session: ImapSession,
        box: Mailbox,
        name: str,
        role: str,
        going: Callable[[], bool],
    ) -> None:
        self.store = store
        self.session = session
        self.box = box
        self.name = name
        self.role = role
        self.going = going
        self.report = FolderReport(box.name, name)
        self.stopped = False

    def run(self, leftovers: bool) -> FolderReport:
        started = time.monotonic()
        self.cursor = ingest.run(self.store, lambda tx: folders.ensure(tx, self.box.id, self.name, self.role))
        if leftovers:
            self.report.add(ingest.read_pending(self.store, self.box, self.cursor))
        words_for_people = ""
        try:
            words_for_people = self._bring_up_to_date()
        except MailServerError as error:
            self.report.health, self.report.error = Health.FAILED, error
            words_for_people = words(error)
        ingest.run(
            self.store,
            lambda tx: folders.report(tx, self.cursor.folder_id, self.report.health, words_for_people),
        )
        self.report.seconds = time.monotonic() - started
        return self.report

    def _bring_up_to_date(self) -> str:
        state, vanished = self._open()
        for action in plan_folder(state, self.cursor, self._known(state)):
            match action:
                case Emptied(known):
                    self.report.health = Health.EMPTY
                    return t("sync.emptied", folder=self.name, known=known)
                case Renumbered(uidvalidity):
                    self._renumber(uidvalidity)
                case Fetch(low, high, listed):
                    self._fetch(low, high, listed)
                case FindVanished() if vanished is None:
                    self._find_vanished(state)
                case _:
                    pass
        self._ask_again(state)
        if self.stopped:
            return ""
        self._settle(state, vanished)
        if not state.exists:
            self.report.health = Health.EMPTY
        return ""

    def _open(self) -> tuple[FolderState, tuple[UidRange, ...] | None]:
        """The folder's state and, where the server tells it at once (QRESYNC), what vanished."""
        cursor, session = self.cursor, self.session
        if cursor.uidvalidity and cursor.modseq and {"QRESYNC", "ENABLE"} <= session.capabilities:
            changes = session.select_changes(self.name, cursor.uidvalidity, cursor.modseq)
            return changes.state, changes.vanished
        return session.select(self.name), None

    def _known(self, state: FolderState) -> int:
        with self.store.reading() as tx:
            uidvalidity = state.uidvalidity if state.exists else self.cursor.uidvalidity
            return folders.count_known(tx, self.cursor.folder_id, uidvalidity or 0)

    def _renumber(self, uidvalidity: int) -> None:
        def act(tx: Connection) -> Cursor:
            folders.renumber(tx, self.cursor.folder_id, self.cursor.uidvalidity, uidvalidity)
            return folders.ensure(tx, self.box.id, self.name, self.role)

        self.cursor = ingest.run(self.store, act)

    # ---- what is new

    def _fetch(self, low: int, high: int, listed: bool) -> None:
        wanted: Sequence[int] | None = None
        if listed:
            wanted = self._unknown(self.session.uids(low, high))
        total = high - low + 1 if wanted is None else len(wanted)
        came = self._take(((low, high),) if wanted is None else ranges_of(wanted), total, high)
        if self.stopped:
            return
        if wanted is None and len(came) < total:
            wanted = self._unknown(self.session.uids(low, high))
        missing = [uid for uid in wanted or () if uid not in came]
        if missing:  # listed and not handed out: gone meanwhile, or a mail that the server cannot read
            uidvalidity = self._uidvalidity
            ingest.run(self.store, lambda tx: folders.add_missing(tx, self.cursor, uidvalidity, missing))
        ingest.run(self.store, lambda tx: folders.advance(tx, self.cursor.folder_id, self._uidvalidity, high))

    def _ask_again(self, state: FolderState) -> None:
        """Mails that the server did not hand out when they were new."""
        with self.store.reading() as tx:
            missing = folders.missing_uids(tx, self.cursor.folder_id, self._uidvalidity)
        if missing and state.exists and not self.stopped:
            there = set(self.session.uids(missing[0], missing[-1]))
            gone = [uid for uid in missing if uid not in there]
            self._mark_gone(gone)
            self._take(ranges_of(uid for uid in missing if uid in there), len(missing), 0)

    @property
    def _uidvalidity(self) -> int:
        assert self.cursor.uidvalidity is not None
        return self.cursor.uidvalidity

    def _unknown(self, uids: Sequence[int]) -> list[int]:
        with self.store.reading() as tx:
            known = folders.known_uids(tx, self.cursor.folder_id, self._uidvalidity, uids)
        return [uid for uid in uids if uid not in known]

    def _take(self, ranges: Iterable[UidRange], total: int, high: int) -> set[int]:
        """Fetch, store and take in. Returns the UIDs that came."""
        came: set[int] = set()

        def progress(tx: Connection, tally: Tally) -> None:
            if total >= _SHOWN_FROM:
                folders.report(tx, self.cursor.folder_id, Health.OK, done=tally.total, total=total)

        sent = self.role == "sent"
        many = total >= MANY
        with Intake(self.store, self.box, from_sent_folder=sent, many=many, progress=progress) as taking:
            try:
                for batch, upto in self._batches(ranges):
                    came.update(uid for uid, _, _ in batch)
                    taking.feed(self._store(batch, min(upto, high)))
                    if not self.going():
                        self.stopped = True
                        self.session.close()  # what is still on its way is not waited for
                        break
            finally:
                taking.finish()
                self.report.add(taking.tally)
        return came

    def _store(self, batch: Sequence[Mail], upto: int) -> list[folders.Pending]:
        uidvalidity = self._uidvalidity
        return ingest.run(
            self.store, lambda tx: folders.store_raw(tx, self.cursor, uidvalidity, batch, upto=upto)
        )

    def _batches(self, ranges: Iterable[UidRange]) -> Iterator[tuple[list[Mail], int]]:
        """What comes, in batches, each with the UID up to which everything has come. A connection that is lost first
        gives what it had brought."""
        batch: list[Mail] = []
        size = 0
        now = self.store.now()
        coming = self.session.fetch(tuple(ranges))
        try:
            for mail in coming:
                raw = mail.raw
                batch.append((mail.uid, min(mail.received or now, now), raw))
                size += len(raw)
                if len(batch) >= BATCH or size >= BATCH_BYTES:
                    yield batch, self.session.answered_to
                    batch, size = [], 0
        except MailServerError:
            if batch:
                yield batch, self.session.answered_to
            raise
        finally:
            coming.close()
        if batch:
            yield batch, self.session.answered_to

    # ---- what is gone

    def _find_vanished(self, state: FolderState) -> None:
        there = set(self.session.uids(1, state.uidnext - 1))
        with self.store.reading() as tx:
            ledger = folders.ledger_uids(tx, self.cursor.folder_id, self._uidvalidity)
        self._mark_gone(sorted(uid for uid in ledger if uid not in there and uid < state.uidnext))

    def _mark_gone(self, uids: Sequence[int]) -> None:
        if uids:
            self.report.gone += ingest.run(
                self.store, lambda tx: folders.mark_gone(tx, self.cursor.folder_id, self._uidvalidity, uids)
            )

    def _settle(self, state: FolderState, vanished: tuple[UidRange, ...] | None) -> None:
        """New mail is in: now what is gone, and the cursor."""
        if vanished is None and has_vanished(state, self._known(state)):
            self._find_vanished(state)
        if (
            self.cursor.modseq == state.highestmodseq
            and self.cursor.last_uid == state.uidnext - 1
            and not vanished
        ):
            return

        def act(tx: Connection) -> int:
            folder_id, uidvalidity = self.cursor.folder_id, self._uidvalidity
            gone = folders.mark_ranges_gone(tx, folder_id, uidvalidity, vanished or ())
            folders.mark_all_gone(tx, folder_id, uidvalidity)
            folders.caught_up(
                tx, folder_id, uidvalidity=uidvalidity, last_uid=state.uidnext - 1, modseq=state.highestmodseq
            )
            return gone

        self.report.gone += ingest.run(self.store, act)
