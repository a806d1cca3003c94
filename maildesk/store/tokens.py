"""The OAuth2 tokens of the mailboxes. On PostgreSQL only workers may read them (:mod:`maildesk.store.grants`).

All statements are conditional on the texts that the caller read, so that of any number of refreshers one refreshes,
and a late one overwrites nothing. What stands in ``access`` and ``refresh`` is for the caller to seal and open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, or_, select

from maildesk.store.clock import db_now
from maildesk.store.tables import mailbox_token

LEASE_SECONDS = 45.0
"""For so long a refresher has the row to itself: longer than it waits for the provider."""
UNUSED_DAYS = 60
"""A token that nobody used for so long is about to be forgotten by its provider (Microsoft: 90 days, Google: six
months)."""
_TOUCH_AFTER = 3600.0
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A row. ``left`` is how many seconds the access token lasts by the database's clock; ``refused`` holds the
    provider's words since it takes the refresh token no more, '' before."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    left: float
    obtained_at: datetime | None
    used_at: datetime | None
    expires_at: datetime | None
    refused: str
    leased: bool
    unused_days: float


def get(tx: Connection, mailbox_id: int) -> Kept | None:
    """What is kept for a mailbox, None where nobody ever signed in."""
    columns = mailbox_token.c
    row = tx.execute(
        select(mailbox_token, db_now().label("now"), (columns.lease_until > db_now()).label("leased")).where(
            columns.mailbox_id == mailbox_id
        )
    ).first()
    if row is None:
        return None
    return Kept(
        access=row.access,
        refresh=row.refresh,
        left=row.expires_at.timestamp() - row.now if row.expires_at else 0.0,
        obtained_at=row.obtained_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
        refused=row.refused,
        leased=bool(row.leased),
        unused_days=(row.now - row.used_at.timestamp()) / _DAY if row.used_at else 0.0,
    )


def put(tx: Connection, mailbox_id: int, access: str, refresh: str, lasts: float) -> None:
    """Keep the tokens of a person's login, which ends whatever was before. ``lasts``: seconds."""
    tx.execute(mailbox_token.delete().where(mailbox_token.c.mailbox_id == mailbox_id))
    tx.execute(
        mailbox_token.insert().values(
            mailbox_id=mailbox_id,
            access=access,
            refresh=refresh,
            expires_at=db_now() + lasts,
            obtained_at=db_now(),
            used_at=db_now(),
            refused="",
        )
    )


def lease(tx: Connection, mailbox_id: int, holder: str, seen: Kept) -> bool:
    """Be the one who refreshes what was ``seen``. False: somebody else is, or it has changed since."""
    columns = mailbox_token.c
    row = tx.execute(
        mailbox_token.update()
        .where(
            columns.mailbox_id == mailbox_id,
            columns.access == seen.access,
            columns.refused == "",
            or_(columns.lease_until.is_(None), columns.lease_until <= db_now()),
        )
        .values(lease_by=holder, lease_until=db_now() + LEASE_SECONDS)
        .returning(columns.mailbox_id)
    ).first()
    return row is not None


def refreshed(tx: Connection, mailbox_id: int, seen: Kept, access: str, refresh: str, lasts: float) -> bool:
    """Keep what the provider gave for the refresh token that was ``seen``, and end the lease, in one statement.

    Also where the lease has lapsed meanwhile: as long as the row has the old refresh token, which a provider that
    rotates takes no more, these are the better ones. False: the row has other tokens by now.
    """
    row = tx.execute(
        mailbox_token.update()
        .where(mailbox_token.c.mailbox_id == mailbox_id, mailbox_token.c.refresh == seen.refresh)
        .values(
            access=access,
            refresh=refresh,
            expires_at=db_now() + lasts,
            used_at=db_now(),
            lease_by=None,
            lease_until=None,
            refused="",
        )
        .returning(mailbox_token.c.mailbox_id)
    ).first()
    return row is not None


def release(tx: Connection, mailbox_id: int, holder: str) -> None:
    """End the lease with nothing new: the provider could not be reached."""
    tx.execute(
        mailbox_token.update()
        .where(mailbox_token.c.mailbox_id == mailbox_id, mailbox_token.c.lease_by == holder)
        .values(lease_by=None, lease_until=None)
    )


def refuse(tx: Connection, mailbox_id: int, seen: Kept, words: str) -> bool:
    """The provider takes the refresh token that was ``seen`` no more: a person must sign in. False: the row has
    another one by now."""
    row = tx.execute(
        mailbox_token.update()
        .where(mailbox_token.c.mailbox_id == mailbox_id, mailbox_token.c.refresh == seen.refresh)
        .values(refused=words, lease_by=None, lease_until=None)
        .returning(mailbox_token.c.mailbox_id)
    ).first()
    return row is not None


def touch(tx: Connection, mailbox_id: int) -> None:
    """The access token opened a mailbox. Written once an hour at most."""
    tx.execute(
        mailbox_token.update()
        .where(
            mailbox_token.c.mailbox_id == mailbox_id,
            or_(mailbox_token.c.used_at.is_(None), mailbox_token.c.used_at <= db_now() - _TOUCH_AFTER),
        )
        .values(used_at=db_now())
    )


def forget(tx: Connection, mailbox_id: int) -> bool:
    """Forget the tokens. False: there were none."""
    row = tx.execute(
        mailbox_token.delete()
        .where(mailbox_token.c.mailbox_id == mailbox_id)
        .returning(mailbox_token.c.mailbox_id)
    ).first()
    return row is not None
