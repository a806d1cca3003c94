"""The shops' mailboxes and, apart from them, where a worker finds their passwords."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from maildesk.domain.address import address_key
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.oauth import OAuthApp
from maildesk.domain.reply_target import policy_from, policy_values, target_from, target_values
from maildesk.domain.secret import SecretRef
from maildesk.store.clock import db_now
from maildesk.store.tables import delivered, mailbox, mailbox_secret, mailbox_token, seat

CLIENT = "oauth"
"""Under this name stands where the secret of the registered OAuth application is."""
TOKEN_KEY = "oauth_key"
"""Under this name stands where the key is with which tokens are stored."""


def _endpoint(value: Any) -> Endpoint | None:
    return None if not value else Endpoint(**value)


def _mailbox(row: Row[Any]) -> Mailbox:
    return Mailbox(
        id=row.id,
        name=row.name,
        short_name=row.short_name,
        address=row.address,
        aliases=tuple(row.aliases),
        folders=tuple(row.folders),
        signature=row.signature,
        order_pattern=row.order_pattern,
        order_url=row.order_url,
        imap=_endpoint(row.imap),
        smtp=_endpoint(row.smtp),
        history_days=row.history_days,
        journal=row.journal,
        authserv_id=row.authserv_id,
        reply_target=target_from(row.reply_target),
        reopen=policy_from(row.reopen),
        oauth=None if not row.oauth else OAuthApp(**{**row.oauth, "scopes": tuple(row.oauth["scopes"])}),
    )


def all_mailboxes(tx: Connection) -> tuple[Mailbox, ...]:
    """The mailboxes, in the order in which they were made."""
    return tuple(_mailbox(r) for r in tx.execute(select(mailbox).order_by(mailbox.c.id)))


def by_id(tx: Connection, mailbox_id: int) -> Mailbox | None:
    """One mailbox."""
    row = tx.execute(select(mailbox).where(mailbox.c.id == mailbox_id)).first()
    return None if row is None else _mailbox(row)


def _endpoint_values(endpoint: Endpoint | None) -> dict[str, object] | None:
    if endpoint is None:
        return None
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "security": str(endpoint.security),
        "user": endpoint.user,
        "ca_file": endpoint.ca_file,
    }


def _oauth_values(app: OAuthApp | None) -> dict[str, object] | None:
    return None if app is None else {**asdict(app), "scopes": list(app.scopes)}


def _same_application(old: dict[str, object], new: dict[str, object] | None) -> bool:
    """Whether tokens that the one application got are of use to the other."""
    names = ("provider", "client_id", "token_url")
    return new is not None and all(old[name] == new[name] for name in names)


def put(tx: Connection, wanted: Mailbox, secrets: dict[str, SecretRef]) -> tuple[int, bool]:
    """Add the mailbox or bring it up to date; ``secrets`` by wire, ``imap`` and ``smtp``, and for its OAuth application
    :data:`CLIENT` and :data:`TOKEN_KEY`.

    It is found again by its name, else by its address: with a new name it is still the same, while a second one of one
    account would take every mail in twice, for two agents to answer.

    Returns its id and whether anything changed.
    """
    values: dict[str, Any] = {
        "name": wanted.name,
        "short_name": wanted.short_name,
        "address": wanted.address,
        "aliases": list(wanted.aliases),
        "folders": list(wanted.folders),
        "signature": wanted.signature,
        "order_pattern": wanted.order_pattern,
        "order_url": wanted.order_url,
        "history_days": wanted.history_days,
        "journal": wanted.journal,
        "authserv_id": wanted.authserv_id,
        "imap": _endpoint_values(wanted.imap),
        "smtp": _endpoint_values(wanted.smtp),
        "oauth": _oauth_values(wanted.oauth),
        "reply_target": target_values(wanted.reply_target),
        "runs_while": " ".join(wanted.reply_target.runs_while) if wanted.reply_target else "",
        "reopen": policy_values(wanted.reopen),
    }
    rows = tx.execute(select(mailbox)).all()
    row = next((r for r in rows if r.name == wanted.name), None) or next(
        (r for r in rows if address_key(r.address) == address_key(wanted.address)), None
    )
    if row is None:
        new_id = tx.execute(
            mailbox.insert().values(created_at=db_now(), **values).returning(mailbox.c.id)
        ).scalar_one()
        tx.execute(seat.insert().values(mailbox_id=new_id, token=0))
        _put_secrets(tx, new_id, secrets)
        return new_id, True
    changed = any(getattr(row, k) != v for k, v in values.items())
    if changed:
        tx.execute(mailbox.update().where(mailbox.c.id == row.id).values(**values))
    if row.oauth and not _same_application(row.oauth, values["oauth"]):
        tx.execute(mailbox_token.delete().where(mailbox_token.c.mailbox_id == row.id))
    return row.id, _put_secrets(tx, row.id, secrets) or changed


def _put_secrets(tx: Connection, mailbox_id: int, secrets: dict[str, SecretRef]) -> bool:
    if secrets == secret_refs(tx, mailbox_id):
        return False
    tx.execute(mailbox_secret.delete().where(mailbox_secret.c.mailbox_id == mailbox_id))
    for wire, ref in secrets.items():
        tx.execute(mailbox_secret.insert().values(mailbox_id=mailbox_id, wire=wire, ref=str(ref)))
    return True


def secret_refs(tx: Connection, mailbox_id: int) -> dict[str, SecretRef]:
    """Where a worker finds the passwords of a mailbox, by wire."""
    rows = tx.execute(select(mailbox_secret).where(mailbox_secret.c.mailbox_id == mailbox_id))
    return {r.wire: SecretRef.parse(r.ref) for r in rows}


LEARNED = 3
"""So many mails must have come in for an address before it is held for one of ours that nobody has named."""


def learned_addresses(tx: Connection, mailbox_id: int | None = None) -> tuple[tuple[int, str], ...]:
    """Addresses for which mail comes in and that are not among our own: (mailbox, folded address)."""
    own = {address_key(a) for r in tx.execute(select(mailbox)) for a in (r.address, *r.aliases)}
    found = (
        select(delivered)
        .where(delivered.c.n >= LEARNED)
        .order_by(delivered.c.mailbox_id, delivered.c.address)
    )
    if mailbox_id is not None:
        found = found.where(delivered.c.mailbox_id == mailbox_id)
    return tuple((r.mailbox_id, r.address) for r in tx.execute(found) if r.address not in own)
