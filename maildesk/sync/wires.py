"""Connections of a mailbox, signed in with the passwords or the tokens that the worker finds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.oauth import AccessToken, Credential
from maildesk.domain.secret import SecretRef, account_name
from maildesk.errors import ConfigError, LoginRefused
from maildesk.store import mailboxes, wires
from maildesk.sync.imap import TIMEOUT, ImapSession, OverQuota, TooMany
from maildesk.sync.smtp import SmtpSession

if TYPE_CHECKING:
    from maildesk.store.engine import Store
    from maildesk.sync.oauth import TokenKeeper

Wire = Literal["imap", "smtp"]
Resolve = Callable[[SecretRef, str], str]
"""Finds a password: ``(reference, account) -> password``, raising ConfigError."""
_TOKEN_REFUSED = frozenset({"imap_login_refused", "smtp_login"})
_Session = TypeVar("_Session", ImapSession, SmtpSession)
MAX_IMAP = 3
"""IMAP connections of one mailbox that are open at the same time: to receive, to file copies, to look for evidence.
Servers allow 10 to 30 for all mail programs of an account."""
_WAIT_FOR_ONE = 60.0
"""Seconds to wait until one of them is closed."""


def resolve(ref: SecretRef, account: str) -> str:
    """Find a password with no file of passwords to look into. Raises ConfigError."""
    from maildesk.sync import secrets  # the key ring's libraries, only where they are needed

    return secrets.resolve(ref, account)


class Wires:
    """Opens connections for a mailbox.

    A server that has a password of its own is given that; else, where the mailbox signs in by OAuth, an access token,
    and once more with a fresh one where the server has refused it: a token can end before its time.
    """

    def __init__(
        self,
        store: Store,
        box: Mailbox,
        resolve: Resolve,
        *,
        timeout: float = TIMEOUT,
        max_imap: int = MAX_IMAP,
    ) -> None:
        self._store = store
        self.box = box
        self._resolve = resolve
        self._timeout = timeout
        self._free = threading.BoundedSemaphore(max_imap)

    def imap(self) -> ImapSession:
        """A signed-in IMAP session, one of at most :data:`MAX_IMAP` at a time. A server that has had enough of us is
        not even asked before its time. Raises MailServerError (LoginNeeded among them), ConfigError, StoreError."""
        if (endpoint := self.box.imap) is None:
            raise ConfigError("mailbox_no_imap", mailbox=self.box.name)
        with self._store.reading() as tx:
            stands = wires.of(tx, self.box.id, "imap")
        if stands.state is Health.QUOTA and stands.retry_in > 0:
            raise OverQuota("imap_resting", host=endpoint.host, reason=stands.error, retry_in=stands.retry_in)
        if not self._free.acquire(timeout=_WAIT_FOR_ONE):
            raise TooMany("imap_too_many", host=endpoint.host, reply=str(MAX_IMAP))
        try:
            session = self._signed_in(
                "imap", endpoint, lambda credential: ImapSession.open(endpoint, credential, self._timeout)
            )
        except BaseException:
            self._free.release()
            raise
        session.when_closed(self._free.release)
        return session

    def smtp(self) -> SmtpSession:
        """A signed-in SMTP session. Raises ConnectionLost, LoginRefused (LoginNeeded among them), TryLater,
        ConfigError, StoreError."""
        if (endpoint := self.box.smtp) is None:
            raise ConfigError("mailbox_no_smtp", mailbox=self.box.name)
        return self._signed_in("smtp", endpoint, lambda credential: SmtpSession.open(endpoint, credential))

    def credential(self, wire: Wire, endpoint: Endpoint) -> Credential:
        """What ``endpoint`` is signed in to with. Raises ConfigError, StoreError, and for a token MailServerError."""
        if not endpoint.user:
            return ""
        if (ref := self.password(wire, endpoint)) is None:
            return self._keeper().access()
        return self._resolve(ref, account_name(wire, endpoint))

    def password(self, wire: Wire, endpoint: Endpoint) -> SecretRef | None:
        """Where the password of ``endpoint`` is, None where it takes tokens. Raises StoreError."""
        with self._store.reading() as tx:
            ref = mailboxes.secret_refs(tx, self.box.id).get(wire)
        if ref is None and self.box.oauth is None:
            return SecretRef("keyring", account_name(wire, endpoint))
        return ref

    def _signed_in(self, wire: Wire, endpoint: Endpoint, open_: Callable[[Credential], _Session]) -> _Session:
        credential = self.credential(wire, endpoint)
        if not isinstance(credential, AccessToken):
            return open_(credential)
        try:
            session = open_(credential)
        except LoginRefused as error:
            if error.key not in _TOKEN_REFUSED:
                raise
            session = self._once_more(open_, self._keeper().access(refused=credential))
        self._keeper().used()
        return session

    def _once_more(self, open_: Callable[[Credential], _Session], fresh: AccessToken) -> _Session:
        try:
            return open_(fresh)
        except LoginRefused as error:
            if error.key not in _TOKEN_REFUSED:
                raise
            words = error.values.get("reply", "")
            raise LoginRefused("oauth_not_taken", mailbox=self.box.name, reply=words) from error

    def _keeper(self) -> TokenKeeper:
        from maildesk.sync.oauth import TokenKeeper  # TLS and HTTP, only where they are needed

        return TokenKeeper(self._store, self.box, self._resolve)
