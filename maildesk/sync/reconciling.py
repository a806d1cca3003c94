"""``maildesk outbox reconcile``: after a restore or a failover, find out what has left, and let sending go on.

What was on its way becomes uncertain, the mailboxes are looked through (the copies in Sent of what the store has
forgotten come in with everything else), and each uncertain item is looked for by its Message-ID. Then sending may go
on: what has no proof stays uncertain, which never leaves by itself, until a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maildesk.domain.outbox import OutboxItem
from maildesk.errors import MaildeskError
from maildesk.store import mailboxes, outbox, schema
from maildesk.sync import evidence
from maildesk.sync.folder import FolderReport

if TYPE_CHECKING:
    from maildesk.store.engine import Store
    from maildesk.store.events import Actor
    from maildesk.store.schema import Hold
    from maildesk.sync.worker import Worker


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came out. ``held``: why and since when nothing was sent, before. ``doubted``: items that became uncertain
    now. ``proved``: items whose copy was found, sent from now on. ``undecided``: what a person must decide.
    ``unreached``: mailboxes that could not be looked through, and why. ``released``: whether mail leaves again."""

    held: Hold | None
    doubted: tuple[int, ...]
    proved: tuple[int, ...]
    undecided: tuple[OutboxItem, ...]
    unreached: tuple[tuple[str, MaildeskError | None], ...]
    released: bool


def reconcile(store: Store, worker: Worker, who: Actor, *, anyway: bool = False) -> Reconciled:
    """Reconcile the outbox with what the servers show. May be repeated at any time, also after it was interrupted.

    Sending stays held while a mailbox cannot be looked through, unless ``anyway``. Raises StoreError.
    """
    if worker.water is not None:
        worker.water.check()
    with store.reading() as tx:
        held = schema.held(tx)
    doubted = store.run(lambda tx: outbox.doubt(tx, who))
    with store.reading() as tx:
        before = {item.id for item in outbox.undecided(tx)}
        boxes = [box for box in mailboxes.all_mailboxes(tx) if box.imap is not None]
    unreached: dict[str, MaildeskError | None] = {}
    for report in worker.passing("in") if held or before else ():
        if isinstance(report, FolderReport) and report.error is not None:
            unreached[report.mailbox] = report.error
    for box in boxes:
        with store.reading() as tx:
            wanted = [one.id for one in outbox.doubtful(tx, box.id, before)]
        if wanted and box.name not in unreached:
            looked = evidence.look(store, box, worker.wires(box).imap, wanted)
            if len(looked) < len(wanted):
                unreached[box.name] = None
    with store.reading() as tx:
        undecided = outbox.undecided(tx)
    released = held is not None and (anyway or not unreached)
    if released:
        store.run(lambda tx: schema.release(tx, who))
    left = {item.id for item in undecided}
    return Reconciled(
        held, doubted, tuple(sorted(before - left)), undecided, tuple(unreached.items()), released
    )
