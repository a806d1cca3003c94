"""Filing a copy of what was sent in the Sent folder: a step of its own, which can be repeated and never sends.

Some servers file it themselves, so the folder is searched first, and also after a try whose answer was lost. Which ones
do is learned from the copies (``store.outbox.filer``): where the server files them, a missing copy is waited for before
one is appended. What fails is tried again for ever, later and later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import Filer
from maildesk.errors import MaildeskError, MailServerError
from maildesk.store import outbox
from maildesk.store.outbox import Unfiled
from maildesk.sync.evidence import copy_in, sent_folder
from maildesk.sync.folder import always
from maildesk.sync.imap import ImapSession

if TYPE_CHECKING:
    from maildesk.store.engine import Store

WAITED_FOR = 5
"""Looks (over a quarter of an hour) for a copy that the server should have filed, before we file it after all."""
_log = logging.getLogger(__name__)


def file_copies(
    store: Store, box: Mailbox, connect: Callable[[], ImapSession], going: Callable[[], bool] = always
) -> int:
    """File the copies of all that ``box`` has sent and whose time to be filed has come. Returns how many are in Sent
    now that were not known to be. Raises StoreError."""
    filed = 0
    session: ImapSession | None = None
    folder: str | None = None
    try:
        while going() and (item := store.run(lambda tx: outbox.pick_unfiled(tx, box.id))) is not None:
            try:
                session = session or connect()
                folder = folder or sent_folder(session)
                if folder is None:
                    raise MailServerError("imap_no_sent", mailbox=box.name)
                filed += _file(store, session, box, folder, item)
            except MaildeskError as error:
                _log.warning(
                    "copy not filed", extra={"outbox": item.id, "tries": item.tries, "error": error.key}
                )
                store.run(lambda tx, item=item: outbox.filing_failed(tx, item.id, item.tries))  # type: ignore[misc]
                break
    finally:
        if session:
            session.close()
    return filed


def _file(store: Store, session: ImapSession, box: Mailbox, folder: str, item: Unfiled) -> bool:
    """Whether the copy is there now."""
    copy = copy_in(session, folder, item.message_id)
    if copy is None:
        with store.reading() as tx:
            data = outbox.mime_of(tx, item.id)
            filer = outbox.filer(tx, box.id)
        if filer is Filer.SERVER and item.tries < WAITED_FOR:
            store.run(lambda tx: outbox.filing_failed(tx, item.id, item.tries))
            return False
        if data is not None:
            store.run(lambda tx: outbox.begin_filing(tx, item.id))
            session.append(folder, data, ("\\Seen",), item.sent_at)
    store.run(lambda tx: outbox.filed(tx, item.id, copy))
    return True
