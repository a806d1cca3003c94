"""The tokens of one mailbox: opened from the store, refreshed in time by one of many, and given up when a person has
to sign in again.

A refresh is made under a lease in the store, with no transaction open while the provider is asked. What the provider
answers is stored with the end of the lease, and storing it is tried again for a while: a provider that rotates has
forgotten the old refresh token by then. A process that is killed in just that moment loses the new one; then the old
one is tried when the lease has lapsed, and what that gives is up to the provider (docs: "Connect a real mailbox").
"""

from __future__ import annotations

import logging
import secrets as random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.oauth import AccessToken, OAuthApp
from maildesk.domain.secret import SecretRef
from maildesk.errors import ConfigError, ConnectionLost, LoginNeeded, MaildeskError, StoreError
from maildesk.store import mailboxes, seats, tokens
from maildesk.sync.oauth import flows
from maildesk.sync.oauth.flows import GrantEnded, Tokens
from maildesk.sync.oauth.vault import Unreadable, Vault, can_seal, is_sealed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from maildesk.store.engine import Store

Resolve = Callable[[SecretRef, str], str]
EARLY = 300.0
"""An access token is refreshed when it lasts less than so many seconds."""
ENOUGH = 30.0
"""While somebody else refreshes, or the provider is away, a token that still lasts so long is good enough."""
WAIT = tokens.LEASE_SECONDS + 15.0
"""Seconds to wait for somebody else's refresh."""
SAVE_FOR = 60.0
"""Seconds for which storing new tokens is tried again when the store is out of reach."""
_LOOK_EVERY = 0.1
_log = logging.getLogger(__name__)


def key_account(box: Mailbox) -> str:
    """The name under which the key ring has the key for a mailbox's tokens."""
    return f"oauth-key:{box.address}"


def client_account(box: Mailbox) -> str:
    """The name of the application's secret, in messages."""
    return f"oauth:{box.address}"


def client_secret(store: Store, box: Mailbox, resolve: Resolve) -> str:
    """The secret of the registered application, '' where it has none. Raises ConfigError, StoreError."""
    with store.reading() as tx:
        ref = mailboxes.secret_refs(tx, box.id).get(mailboxes.CLIENT)
    return resolve(ref, client_account(box)) if ref else ""


class TokenKeeper:
    """Gives access tokens for a mailbox that signs in by OAuth. Any number of keepers, in any number of processes, may
    serve one mailbox. ``resolve`` finds a secret."""

    def __init__(self, store: Store, box: Mailbox, resolve: Resolve) -> None:
        self._store = store
        self._box = box
        self._resolve = resolve

    def access(self, refused: AccessToken | None = None) -> AccessToken:
        """A token that lasts, and is not the one that a mail server has ``refused``.

        Raises LoginNeeded (a person must sign in; told from the store alone, without asking the provider again),
        ConfigError (the application, the key), ConnectionLost and ServerMisbehaved (the provider), StoreError.
        """
        end = time.monotonic() + WAIT
        renewed = False
        while True:
            seen = self._seen()
            vault = self._vault(seen)
            token = self._opened(vault, seen)
            usable = token != refused and seen.left > ENOUGH
            if renewed or (usable and seen.left > EARLY):
                return token  # a new one is taken as it is: asking again would give no better one
            holder = random.token_hex(8)
            if self._lease(holder, seen):
                try:
                    self._refresh(seen, vault, holder)
                except MaildeskError as error:
                    if not usable or isinstance(error, LoginNeeded):
                        raise
                    return token
                renewed = True
                continue
            if usable:
                return token
            if time.monotonic() > end:
                raise ConnectionLost("oauth_busy", mailbox=self._box.name)
            time.sleep(_LOOK_EVERY)

    def used(self) -> None:
        """The token opened the mailbox."""
        self._store.run(lambda tx: tokens.touch(tx, self._box.id))

    def _lease(self, holder: str, seen: tokens.Kept) -> bool:
        return self._store.run(lambda tx: tokens.lease(tx, self._box.id, holder, seen))

    def _seen(self) -> tokens.Kept:
        with self._store.reading() as tx:
            seen = tokens.get(tx, self._box.id)
        if seen is None:
            raise LoginNeeded("oauth_login_first", mailbox=self._box.name)
        if seen.refused:
            raise LoginNeeded("oauth_login_again", mailbox=self._box.name, reason=seen.refused)
        return seen

    def _vault(self, seen: tokens.Kept) -> Vault:
        try:
            return vault_of(self._store, self._box, self._resolve, sealed=is_sealed(seen.refresh))
        except ConfigError as error:
            if error.key != "secret_missing":
                raise
            raise LoginNeeded("oauth_login_key", mailbox=self._box.name) from None

    def _opened(self, vault: Vault, seen: tokens.Kept) -> AccessToken:
        try:
            return AccessToken(vault.open("access", seen.access))
        except (Unreadable, ValueError):
            raise LoginNeeded("oauth_login_key", mailbox=self._box.name) from None

    def _refresh(self, seen: tokens.Kept, vault: Vault, holder: str) -> None:
        """Ask the provider, and store what it says, or that it says no."""
        assert self._box.oauth is not None
        try:
            secret = client_secret(self._store, self._box, self._resolve)
            found = flows.refresh(self._box.oauth, secret, vault.open("refresh", seen.refresh))
        except GrantEnded as error:
            words = str(error.values["reason"])
            self._until_stored(lambda tx: tokens.refuse(tx, self._box.id, seen, words))
            _log.warning("a person has to sign in", extra={"mailbox": self._box.id})
            return  # the next look at the row says so, or finds that somebody has signed in meanwhile
        except BaseException as error:
            if isinstance(error, MaildeskError):
                _log.warning("no new token", extra={"mailbox": self._box.id, "error": error.key})
            self._give_back(holder)
            if isinstance(error, Unreadable):
                raise LoginNeeded("oauth_login_key", mailbox=self._box.name) from None
            raise
        access, refresh = vault.seal("access", found.access.value), vault.seal("refresh", found.refresh)
        stored = self._until_stored(
            lambda tx: tokens.refreshed(tx, self._box.id, seen, access, refresh, found.lasts)
        )
        _log.info("token refreshed", extra={"mailbox": self._box.id, "stored": stored})

    def _give_back(self, holder: str) -> None:
        try:
            self._store.run(lambda tx: tokens.release(tx, self._box.id, holder))
        except StoreError as error:  # it lapses by itself
            _log.warning("a lease could not be ended", extra={"mailbox": self._box.id, "error": error.key})

    def _until_stored(self, act: Callable[[Connection], bool]) -> bool:
        """Store what cannot be asked for a second time."""
        end = time.monotonic() + SAVE_FOR
        while True:
            try:
                return self._store.run(act)
            except StoreError as error:
                _log.warning(
                    "tokens could not be stored", extra={"mailbox": self._box.id, "error": error.key}
                )
                if time.monotonic() > end:
                    raise
                time.sleep(1.0)


def vault_of(store: Store, box: Mailbox, resolve: Resolve, *, sealed: bool) -> Vault:
    """What opens and seals a mailbox's tokens: with the key of its settings, else, where they are ``sealed``, with that
    of the key ring, else with none. Raises ConfigError."""
    with store.reading() as tx:
        ref = mailboxes.secret_refs(tx, box.id).get(mailboxes.TOKEN_KEY)
    if ref is None and not sealed:
        return Vault(box.id, "")
    account = key_account(box)
    return Vault(box.id, resolve(ref or SecretRef("keyring", account), account))


def keep(store: Store, box: Mailbox, vault: Vault, found: Tokens) -> None:
    """Store the tokens of a person's login, and have the mailbox looked at at once. Raises StoreError."""
    access, refresh = vault.seal("access", found.access.value), vault.seal("refresh", found.refresh)

    def act(tx: Connection) -> None:
        tokens.put(tx, box.id, access, refresh, found.lasts)
        seats.want(tx)

    store.run(act)


def token_key(store: Store, box: Mailbox, resolve: Resolve) -> str | None:
    """The key for the tokens of a new login: that of the settings; else on a desk of one computer that of the key ring,
    None where there is none yet; else '' (the tokens lie as they are, for workers only). Raises ConfigError."""
    with store.reading() as tx:
        ref = mailboxes.secret_refs(tx, box.id).get(mailboxes.TOKEN_KEY)
    if ref is None and not (store.is_sqlite and can_seal()):
        return ""
    account = key_account(box)
    try:
        return resolve(ref or SecretRef("keyring", account), account)
    except ConfigError as error:
        if ref is not None or error.key != "secret_missing":
            raise
        return None


def new_key() -> str:
    """A key for tokens."""
    return random.token_urlsafe(32)


def forget(store: Store, box: Mailbox, app: OAuthApp, resolve: Resolve) -> tuple[bool, bool]:
    """Forget the tokens of a mailbox, then tell the provider. Whether there were any, and whether it was told; False
    where the tokens cannot be opened here. Raises ConnectionLost and ServerMisbehaved where it does not answer: they
    are forgotten all the same."""
    with store.reading() as tx:
        seen = tokens.get(tx, box.id)
    if not store.run(lambda tx: tokens.forget(tx, box.id)) or seen is None:
        return False, False
    try:
        vault = vault_of(store, box, resolve, sealed=is_sealed(seen.refresh))
        refresh = vault.open("refresh", seen.refresh)
        return True, flows.revoke(app, client_secret(store, box, resolve), refresh)
    except (ConfigError, Unreadable):
        return True, False
