"""B: many workers send the same outbox to a server that loses answers, and are killed and stopped while they do.

The harness plays time: leases of the killed and of the stopped lapse, pauses end, the reaper runs. So a worker that was
stopped before its dot wakes up after its reply was given to another. Afterwards: no reply was delivered twice, every
one is *sent* or *uncertain*, and the evidence in Sent settles the uncertain ones.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection, text

from maildesk.demo.imapd import ImapServer
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step
from maildesk.errors import MailServerError, StoreError
from maildesk.store import outbox
from maildesk.store.engine import Store, open_store
from maildesk.store.tables import outbox as outbox_table
from maildesk.sync import evidence, ingest
from maildesk.sync.imap import ImapSession
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from stress import crowd
from stress.answers import reopened
from stress.crowd import Counters, Violence
from stress.figures import Line
from stress.sink import sink
from tests.store import stores
from tests.support.databases import fresh

NAIVE: dict[str, dict[tuple[OutboxState, Step], OutboxState]] = {
    "": {},
    "no answer means again": {(OutboxState.COMMITTING, Step.NO_ANSWER): OutboxState.QUEUED},
    "the reaper queues committing": {(OutboxState.COMMITTING, Step.REAP): OutboxState.QUEUED},
}
"""What is wrong in the table of steps, by name."""
SENT = "Sent"
USER, PASSWORD = "shop", "word"


class Crew:
    """The workers, and the harness that moves time."""

    def __init__(self, url: str, box: Mailbox, port: int, counters: Counters, names: Path) -> None:
        self._url, self._box, self._port, self._counters = url, box, port, counters
        self._names = names

    def work(self, slot: int, seed: int) -> None:
        """Send until killed. The name of the lease is the process id."""
        store = open_store(self._url)
        endpoint = Endpoint("127.0.0.1", self._port, "loopback", "")
        sender = Sender(
            store,
            self._box,
            lambda: SmtpSession.open(endpoint, "", 10.0),
            f"pid-{os.getpid()}",
            answer_timeout=10.0,
        )
        while True:
            with contextlib.suppress(StoreError):
                for _ in sender.drain():
                    self._counters.add(slot, 0)
                store.run(self._time)

    def _time(self, tx: Connection) -> None:
        """Pauses end; the leases of victims (a file for each) lapse; the reaper runs."""
        tx.execute(text("UPDATE outbox SET not_before = 0 WHERE state = 'queued' AND not_before > 0"))
        victims = [f"pid-{name.name}" for name in self._names.iterdir()]
        if victims:
            tx.execute(
                outbox_table.update().where(outbox_table.c.lease_by.in_(victims)).values(lease_until=1.0)
            )
        outbox.reap(tx)
        for name in victims:
            (self._names / name.removeprefix("pid-")).unlink(missing_ok=True)

    def killed(self, pid: int) -> None:
        """Somebody is dead or stands still: his leases are to lapse."""
        (self._names / str(pid)).touch()


def _fill(url: str, count: int) -> Mailbox:
    """An outbox with so many replies, each in a conversation of its own."""
    with reopened(url) as store:
        box = stores.add_mailbox(store)
        who = stores.add_agent(store)
        numbers: list[int] = []
        for start in range(0, count, 500):
            raws = [stores.mail(n) for n in range(start, min(start + 500, count))]
            for taken in ingest.import_mails(store, box, (("", raw) for raw in raws)):
                assert taken.conversation is not None, taken
                numbers.append(taken.conversation)
        first = stores.queue_reply(store, box, who, numbers[0], request_id="request 1")
        with store.transaction() as tx:
            columns = [
                c.name
                for c in outbox_table.c
                if c.name not in ("id", "conversation_id", "request_id", "message_id")
            ]
            quoted = ", ".join(f'"{c}"' for c in columns)
            tx.execute(
                text(
                    f"INSERT INTO outbox (conversation_id, request_id, message_id, {quoted})"
                    f" SELECT c.id, 'request ' || c.id, '<md.stress.' || c.id || '@shop.example>',"
                    + ", ".join(f'o."{c}"' for c in columns)
                    + " FROM conversation AS c, outbox AS o WHERE o.id = :first AND c.id <> o.conversation_id"
                ),
                {"first": first.outbox_id},
            )
    return box


def run(
    kind: str,
    folder: Path,
    *,
    sends: int,
    processes: int,
    kills: float,
    stops: float,
    seed: int,
    naive: str = "",
) -> Line:
    """So many replies, on a fresh store of ``kind``; ``naive`` is one of :data:`NAIVE`."""
    changed = {key: TRANSITIONS.get(key) for key in NAIVE[naive]}
    TRANSITIONS.update(NAIVE[naive])
    try:
        with fresh(kind, folder) as url:
            return _run(url, kind, folder, sends, processes, Violence(kills, stops, 0.5), seed, naive)
    finally:
        for key, value in changed.items():
            if value is not None:
                TRANSITIONS[key] = value


def _run(
    url: str, kind: str, folder: Path, sends: int, processes: int, violence: Violence, seed: int, naive: str
) -> Line:
    box = _fill(url, sends)
    names = folder / f"victims-{seed}-{naive.replace(' ', '-')}"
    names.mkdir()
    delivered = folder / f"delivered-{seed}-{naive.replace(' ', '-')}-{kind}"
    delivered.touch()
    counters = Counters(processes)
    with sink(delivered, seed) as port:
        crew = Crew(url, box, port, counters, names)
        finished = _Watch(url)
        course = crowd.run(
            crew.work,
            processes,
            violence,
            finished,
            seed,
            killed=crew.killed,
            limit=3600.0 if not naive else 120.0,
        )
    with reopened(url) as store:
        for _ in range(2):  # whoever was killed last
            stores.execute(store, "UPDATE outbox SET lease_until = 1.0 WHERE lease_until IS NOT NULL")
            store.run(outbox.reap)
        states = dict(stores.rows(store, "SELECT state, count(*) FROM outbox GROUP BY state"))
        copies = Counter(delivered.read_text().split())
        doubtful = int(states.get("uncertain", 0))
        there = sum(
            row[0] in copies
            for row in stores.rows(store, "SELECT message_id FROM outbox WHERE state = 'uncertain'")
        )
        settled = _settle(store, box, copies) if not naive else 0
        after = dict(stores.rows(store, "SELECT state, count(*) FROM outbox GROUP BY state"))
        missing = _sent_and_not_delivered(store, copies)
    twice = sum(1 for n in copies.values() if n > 1)
    share = settled / doubtful if doubtful else 1.0
    figures = {
        "sends": sends,
        "deliveries": copies.total(),
        "delivered twice or more": twice,
        "most copies": max(copies.values(), default=0),
        "uncertain": doubtful,
        "settled by evidence": f"{settled} ({share:.1%})",
        "left uncertain, never delivered": after.get("uncertain", 0),
        "sent": after.get("sent", 0),
        "sent and not delivered": missing,
        "kills": course.kills,
        "stops": course.stops,
        "seconds": round(course.seconds, 1),
        "seed": seed,
    }
    ended = sum(int(after.get(state, 0)) for state in ("sent", "uncertain", "failed"))
    return Line(
        f"sends, {processes} workers" + (f", {naive}" if naive else ""),
        kind,
        ", ".join(f"{name} {value}" for name, value in figures.items()),
        holds=twice == missing == 0 and ended == sends and (bool(naive) or settled == there),
        must_hold=not naive,
    )


class _Watch:
    """Asks twice a second, in a process of its own, whether anything is still under way."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked = 0

    def __call__(self) -> bool:
        self._asked += 1
        if self._asked % 10:
            return False
        if (pid := os.fork()) == 0:
            code = 2
            try:
                with reopened(self._url) as store:
                    query = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'committing')"
                    code = 1 if stores.rows(store, query)[0][0] else 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _settle(store: Store, box: Mailbox, copies: Counter[str]) -> int:
    """Look for the copies of all uncertain replies in a Sent folder that the server keeps. How many are settled.

    Their copies lie among a thousand others: the embedded server reads all of a folder for each search.
    """
    items = stores.rows(store, "SELECT id, message_id FROM outbox WHERE state = 'uncertain' ORDER BY id")
    with ImapServer({USER: PASSWORD}) as server:
        doubtful = {message_id for _, message_id in items}
        others = (one for one in copies if one not in doubtful)
        for message_id in (*(doubtful & copies.keys()), *itertools.islice(others, 1000)):
            server.deliver(USER, f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nx\r\n".encode(), SENT)
        endpoint = Endpoint("127.0.0.1", server.port, "loopback", USER)
        with contextlib.suppress(MailServerError):
            looked = evidence.look(
                store, box, lambda: ImapSession.open(endpoint, PASSWORD, 30.0), [row[0] for row in items]
            )
            return sum(one.found for one in looked)
    return 0


def _sent_and_not_delivered(store: Store, copies: Counter[str]) -> int:
    sent = stores.rows(store, "SELECT message_id FROM outbox WHERE state = 'sent'")
    return sum(row[0] not in copies for row in sent)
