"""One look at one folder: what is new comes in, what is gone is marked, and everybody can see how it went.

Killed anywhere, it runs again to the same result. Per batch: the network first, with no transaction open; then the
bytes, the ledger and the cursor in one transaction; then the mails are read and taken in, in another one. No flag on
the server is touched, nothing is deleted, here or there.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maildesk.domain.mailbox import Health, Mailbox
from maildesk.errors import ConnectionLost, LoginRefused, MaildeskError, MailServerError, ServerMisbehaved
from maildesk.locale import t
from maildesk.store import folders, wires
from maildesk.store.folders import Cursor, Fetched
from maildesk.store.intake import Result
from maildesk.store.wires import WireName
from maildesk.sync import ingest, repairing
from maildesk.sync.imap import FolderState, ImapSession, NotNow, OverQuota, RemoteMessage
from maildesk.sync.imap_wire import UidRange, ranges_of
from maildesk.sync.ingest import BATCH, BATCH_BYTES, Intake, Tally
from maildesk.sync.plan import (
    GMAIL_DAILY,
    Emptied,
    Fetch,
    FindVanished,
    Renumbered,
    has_vanished,
    is_reconcile_due,
    is_stub,
    missing_wait,
    plan_folder,
    stub_wait,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from maildesk.store.engine import Store

_SHOWN_FROM = 50
"""Fewer mails than this come in too fast for a progress bar."""
LARGE = 8 << 20
"""A mail of more bytes is never in memory as a whole: it goes from the line to a file, and from there to the store in
parts."""
QUOTA_WAIT = 4 * 3600.0
"""Seconds to leave a server alone that has had enough of us and does not say for how long."""
_LABELS = 2000
"""UIDs whose Gmail numbers are asked for at once."""


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


def session_is_over(error: MaildeskError | None) -> bool:
    """Whether an error is one of the connection or the server as a whole, and not of one folder."""
    return isinstance(error, ConnectionLost | ServerMisbehaved | NotNow | LoginRefused)


def tell(
    tx: Connection, mailbox_id: int, wire: WireName, error: MaildeskError, retry_in: float | None = None
) -> None:
    """Let everybody see why a server cannot be used."""
    state = Health.FAILED
    if isinstance(error, LoginRefused):
        state = Health.LOGIN
    elif isinstance(error, OverQuota):
        state, retry_in = Health.QUOTA, retry_after(error)
    wires.trouble(tx, mailbox_id, wire, state, str(error), error.hint, retry_in)


def retry_after(error: OverQuota) -> float:
    """After how many seconds a server that has had enough of us may be asked again."""
    given = error.values.get("retry_in")
    return float(given) if isinstance(given, int | float) else QUOTA_WAIT


def look(
    store: Store,
    session: ImapSession,
    box: Mailbox,
    name: str,
    role: str,
    *,
    leftovers: bool = True,
    spool: Path | None = None,
    going: Callable[[], bool] = always,
) -> FolderReport:
    """Bring a folder up to date. ``role`` is ``sent`` where our own answers lie, else ``inbox``.

    ``leftovers``: also take in what a killed worker had stored and not read; only for who has the mailbox's seat.
    ``spool`` is where large mails lie on their way into the store (None: the system's folder for temporary files).
    ``going`` is asked after each batch; at False the look ends early, with everything so far in.

    A server that fails is in the report (``error``), and in the health of folder and mailbox. Raises StoreError.
    """
    return _Look(store, session, box, name, role, spool, going).run(leftovers)


def reconcile(store: Store, session: ImapSession, box: Mailbox, name: str) -> dict[str, object]:
    """Compare a folder on the server with the ledger, UID by UID, as ``maildesk reconcile`` prints it: every UID there
    is stored, duplicate, quarantined, pending (stored, being read), a stub or missing. Nothing is filtered: no rule
    keeps a mail out. Raises MailServerError, StoreError.
    """
    state = session.select(name)
    uids = session.uids(1, state.uidnext - 1) if state.exists else []
    with store.reading() as tx:
        cursor = folders.find(tx, box.id, name)
        ledger = folders.ledger_uids(tx, cursor.folder_id, state.uidvalidity) if cursor else {}
    results = Counter(ledger.get(uid, folders.MISSING) for uid in uids)
    missing = [uid for uid in uids if ledger.get(uid, folders.MISSING) == folders.MISSING]
    if cursor is not None:
        folder_id = cursor.folder_id
        store.run(lambda tx: folders.reconciled(tx, folder_id, len(missing)))
    return {
        "mailbox": box.name,
        "folder": name,
        "server": len(uids),
        "stored": results[Result.STORED],
        "duplicate": results[Result.DUPLICATE],
        "filtered": 0,
        "quarantined": results[Result.QUARANTINED],
        "pending": results[folders.PENDING],
        "stub": results[folders.STUB],
        "missing": missing,
    }


def _fetched(mail: RemoteMessage, now: datetime) -> Fetched:
    """A mail as it is stored: with its hash, received when the server says but not in the future, and in memory only
    if it is not large."""
    content = mail.content if isinstance(mail.content, Path) and mail.size > LARGE else mail.raw
    if isinstance(content, bytes):
        digest = hashlib.sha256(content)
    else:
        with open(content, "rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    return Fetched(
        mail.uid, min(mail.received or now, now), content, mail.size, digest.hexdigest(), mail.gm_msgid
    )


class _Look:
    def __init__(
        self,
        store: Store,
        session: ImapSession,
        box: Mailbox,
        name: str,
        role: str,
        spool: Path | None,
        going: Callable[[], bool],
    ) -> None:
        self.store = store
        self.session = session
        self.box = box
        self.name = name
        self.role = role
        self.spool = spool
        self.going = going
        self.tries: dict[int, int] = {}
        """How often each mail that the server has not handed out was asked for."""
        self.report = FolderReport(box.name, name)
        self.stopped = False

    def run(self, leftovers: bool) -> FolderReport:
        started = time.monotonic()
        self.cursor = self.store.run(lambda tx: folders.ensure(tx, self.box.id, self.name, self.role))
        if leftovers:
            self.report.add(ingest.read_pending(self.store, self.box, self.cursor, self.spool))
            ingest.read_again(self.store, self.box, self.spool)
            repairing.repair(self.store, self.box, self.spool)
        words_for_people = ""
        try:
            words_for_people = self._bring_up_to_date()
        except MailServerError as error:
            self.report.health, self.report.error = Health.FAILED, error
            words_for_people = words(error)
        self.store.run(lambda tx: self._tell(tx, words_for_people))
        self.report.seconds = time.monotonic() - started
        return self.report

    def _tell(self, tx: Connection, words_for_people: str) -> None:
        folders.report(tx, self.cursor.folder_id, self.report.health, words_for_people)
        error = self.report.error
        if error is not None and session_is_over(error):
            tell(tx, self.box.id, "imap", error)
        else:
            wires.ok(tx, self.box.id, "imap")

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
        elif self._is_reconcile_due():
            self._reconcile(state)
        return ""

    def _is_reconcile_due(self) -> bool:
        with self.store.reading() as tx:
            age = folders.reconciled_age(tx, self.cursor.folder_id)
        return is_reconcile_due(age, datetime.now().astimezone().hour)

    def _reconcile(self, state: FolderState) -> None:
        """Compare with the server, UID by UID; what is not accounted for is fetched at once."""
        folder_id, uidvalidity = self.cursor.folder_id, self._uidvalidity
        uids = self.session.uids(1, state.uidnext - 1)
        if lost := self._unaccounted(uids):
            self.store.run(lambda tx: folders.mark_back(tx, folder_id, uidvalidity, lost))
            self._take(ranges_of(lost), len(lost), 0)
            if self.stopped:
                return
            lost = self._unaccounted(lost)
        self.store.run(lambda tx: folders.reconciled(tx, folder_id, len(lost)))

    def _unaccounted(self, uids: Sequence[int]) -> list[int]:
        with self.store.reading() as tx:
            ledger = folders.ledger_uids(tx, self.cursor.folder_id, self._uidvalidity)
        return [uid for uid in uids if ledger.get(uid, folders.MISSING) == folders.MISSING]

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

        self.cursor = self.store.run(act)

    # ---- what is new

    def _fetch(self, low: int, high: int, listed: bool) -> None:
        self._mind_the_budget()
        wanted: Sequence[int] | None = None
        if self.session.is_gmail and self.role != "sent":
            wanted = self._without_labels(self._unknown(self.session.uids(low, high)))
        elif listed:
            wanted = self._unknown(self.session.uids(low, high))
        total = high - low + 1 if wanted is None else len(wanted)
        came = self._take(((low, high),) if wanted is None else ranges_of(wanted), total, high)
        if self.stopped:
            return
        if wanted is None and len(came) < total:
            wanted = self._unknown(self.session.uids(low, high))
        # listed and not handed out: gone meanwhile, or a mail that the server cannot read
        self._put_off([uid for uid in wanted or () if uid not in came])
        self.store.run(lambda tx: folders.advance(tx, self.cursor.folder_id, self._uidvalidity, high))

    def _without_labels(self, uids: Sequence[int]) -> list[int]:
        """Those of ``uids`` that are not here under another label of Gmail's; the others get their places."""
        left: list[int] = []
        for start in range(0, len(uids), _LABELS):
            some = uids[start : start + _LABELS]
            numbers = self.session.gmail_ids(some[0], some[-1])
            with self.store.reading() as tx:
                known = folders.by_gmail_ids(tx, self.cursor.folder_id, numbers.values())
            here = {uid: known[numbers[uid]] for uid in some if numbers.get(uid) in known}
            left += [uid for uid in some if uid not in here]
            if here:
                self.report.duplicate += self._add_labels(here)
        return left

    def _add_labels(self, here: Mapping[int, Row[Any]]) -> int:
        uidvalidity, result = self._uidvalidity, Result.DUPLICATE.value
        return self.store.run(lambda tx: folders.add_labels(tx, self.cursor, uidvalidity, here, result))

    def _put_off(self, uids: Sequence[int]) -> None:
        """The server lists them and did not hand them out: to be asked for again."""
        if uids:
            waits = {uid: missing_wait(self.tries.get(uid, 0)) for uid in uids}
            uidvalidity = self._uidvalidity
            self.store.run(lambda tx: folders.put_off(tx, self.cursor, uidvalidity, waits))

    def _ask_again(self, state: FolderState) -> None:
        """Mails that the server did not hand out when they were new."""
        with self.store.reading() as tx:
            awaited = folders.awaited(tx, self.cursor.folder_id, self._uidvalidity)
        self.tries = {one.uid: one.tries for one in awaited}
        due = [one.uid for one in awaited if one.due]
        if not due or not state.exists or self.stopped:
            return
        there = set(self.session.uids(due[0], due[-1]))
        self._mark_gone([uid for uid in due if uid not in there])
        wanted = [uid for uid in due if uid in there]
        came = self._take(ranges_of(wanted), len(wanted), 0)
        if not self.stopped:
            self._put_off([uid for uid in wanted if uid not in came])

    def _mind_the_budget(self) -> None:
        """Raise OverQuota when so much came from Gmail today that it would lock the account."""
        if self.session.is_gmail:
            with self.store.reading() as tx:
                used = wires.of(tx, self.box.id, "imap").bytes
            self._within_budget(used)

    def _within_budget(self, used: int) -> None:
        if not self.session.is_gmail or used < GMAIL_DAILY:
            return
        now = self.store.now()
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        raise OverQuota(
            "imap_budget",
            host=self.box.imap.host if self.box.imap else "",
            limit=f"{GMAIL_DAILY / 1e9:.1f} GB",
            retry_in=(tomorrow - now).total_seconds(),
        )

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
        with Intake(
            self.store, self.box, from_sent_folder=sent, spool=self.spool, progress=progress
        ) as taking:
            try:
                for batch, upto in self._batches(ranges):
                    came.update(mail.uid for mail in batch)
                    stored, used = self._store(batch, min(upto, high))
                    taking.feed(stored)
                    if not self.going():
                        self.stopped = True
                        self.session.close()  # what is still on its way is not waited for
                        break
                    self._within_budget(used)
            finally:
                taking.finish()
                self.report.add(taking.tally)
        return came

    def _store(self, batch: Sequence[Fetched], upto: int) -> tuple[list[folders.Pending], int]:
        """The mails that are to be read now, and how many bytes came today. A stand-in is not stored: it is noted that
        the mail itself is still to come."""
        uidvalidity = self._uidvalidity
        waits: dict[int, float] = {}
        for mail in batch:
            if isinstance(mail.content, bytes) and is_stub(mail.content):
                wait = stub_wait(self.tries.get(mail.uid, 0))
                if wait is not None:
                    waits[mail.uid] = wait
        mails = [mail for mail in batch if mail.uid not in waits]

        def act(tx: Connection) -> tuple[list[folders.Pending], int]:
            if waits:
                folders.put_off(tx, self.cursor, uidvalidity, waits, folders.STUB)
            stored = folders.store_raw(tx, self.cursor, uidvalidity, mails, upto=upto)
            used = wires.count_bytes(tx, self.box.id, "imap", sum(mail.size for mail in batch))
            return stored, used

        return self.store.run(act)

    def _batches(self, ranges: Iterable[UidRange]) -> Iterator[tuple[list[Fetched], int]]:
        """What comes, in batches, each with the UID up to which everything has come. A connection that is lost first
        gives what it had brought. A large mail is a batch of its own, and its file is gone after it."""
        batch: list[Fetched] = []
        size = 0
        now = self.store.now()
        coming = self.session.fetch(tuple(ranges), spool=self.spool)
        try:
            for mail in coming:
                one = _fetched(mail, now)
                if batch and isinstance(one.content, Path):
                    yield batch, self.session.answered_to
                    batch, size = [], 0
                if isinstance(one.content, Path):
                    yield [one], self.session.answered_to
                else:
                    batch.append(one)
                    size += one.size
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
            self.report.gone += self.store.run(
                lambda tx: folders.mark_gone(tx, self.cursor.folder_id, self._uidvalidity, uids)
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

        self.report.gone += self.store.run(act)
