"""Looking for the copy of a mail that may have left: in Sent, by its Message-ID and by ``X-Maildesk-Id``.

A copy that is there proves that the server took the mail. One that is missing says something only where the server
files every copy by itself; where we file them, none can be there yet. Each look is written down in the item, for the
person who may have to decide.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import EvidenceKind, Filer
from maildesk.errors import ConfigError, MailServerError
from maildesk.mail import header
from maildesk.store import outbox
from maildesk.store.outbox import Doubtful
from maildesk.sync.folder import always
from maildesk.sync.imap import ImapSession

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

_log = logging.getLogger(__name__)
_HEADER = 65_536


class Looked(NamedTuple):
    """What a look for an item found. ``counts``: whether a missing copy speaks against delivery."""

    outbox: int
    found: bool
    counts: bool


def sent_folder(session: ImapSession) -> str | None:
    """The folder where sent mail lies, by its role."""
    return next((folder.name for folder in session.folders() if folder.role == "sent"), None)


def copy_in(session: ImapSession, folder: str, message_id: str) -> str | None:
    """The Message-ID of the copy of one of our mails in ``folder``: ours, or the one that a relay gave it. None: there
    is no copy. Raises MailServerError."""
    for name in ("Message-ID", "X-Maildesk-Id"):
        if uids := session.search_header(folder, name, message_id):
            return _id_of(session, uids[0]) or message_id if name == "X-Maildesk-Id" else message_id
    return None


def _id_of(session: ImapSession, uid: int) -> str | None:
    for mail in session.fetch(((uid, uid),)):
        with mail.open() as data:
            head = data.read(_HEADER).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        for line in head.split(b"\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"message-id":
                return next(iter(header.message_ids(value)), None)
    return None


def look(
    store: Store,
    box: Mailbox,
    connect: Callable[[], ImapSession],
    outbox_ids: Sequence[int] | None = None,
    going: Callable[[], bool] = always,
) -> list[Looked]:
    """Look for the copies of uncertain items of ``box``: of those whose look is due, or of exactly ``outbox_ids``, now.

    Found ones are sent from then on. When the server cannot be asked nothing is concluded, and it is asked again in a
    minute. Raises StoreError.
    """
    looked: list[Looked] = []
    session: ImapSession | None = None
    folder: str | None = None
    try:
        for item in _items(store, box, outbox_ids):
            if not going():
                break
            try:
                session = session or connect()
                folder = folder or sent_folder(session)
                copy = None if folder is None else copy_in(session, folder, item.message_id)
            except (MailServerError, ConfigError) as error:
                _log.warning("evidence not looked for", extra={"outbox": item.id, "error": error.key})
                store.run(lambda tx, item=item: outbox.not_reached(tx, item))  # type: ignore[misc]
                break
            looked.append(_note(store, box, item, folder or "", copy))
    finally:
        if session:
            session.close()
    return looked


def _items(store: Store, box: Mailbox, outbox_ids: Sequence[int] | None) -> Iterator[Doubtful]:
    if outbox_ids is not None:
        with store.reading() as tx:
            chosen = outbox.doubtful(tx, box.id, outbox_ids)
        yield from chosen
        return
    while (item := store.run(lambda tx: outbox.pick_doubtful(tx, box.id))) is not None:
        yield item


def _note(store: Store, box: Mailbox, item: Doubtful, folder: str, copy: str | None) -> Looked:
    def act(tx: Connection) -> bool:
        if copy is not None:
            outbox.found(tx, item.id, EvidenceKind.SENT_COPY, folder, as_id=copy)
            return True
        counts = bool(folder) and outbox.filer(tx, box.id) is Filer.SERVER
        outbox.not_found(tx, item, EvidenceKind.SENT_COPY, counts=counts, detail=folder)
        return counts

    return Looked(item.id, copy is not None, store.run(act))
