"""Tokens as they lie in the store: sealed with a key where there is one, else as they are.

Sealed is AES-256-GCM with a fresh nonce, bound to the mailbox and to what the token is for, so that rows cannot be
exchanged. The key is SHA-256 of what the key ring, a program, the environment or a file says: it has to be random, as
``openssl rand -base64 32`` makes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import TYPE_CHECKING, Literal

from maildesk.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

What = Literal["access", "refresh"]
_SEALED = "aes256gcm:"
_PLAIN = "plain:"
_NONCE = 12
_SHORTEST = 20


class Unreadable(Exception):
    """It was sealed with another key, or is no token."""


class Vault:
    """Seals and opens the tokens of one mailbox. ``key`` '' stores them as they are. Raises ConfigError for a key that
    is too short, or that cannot be used here."""

    def __init__(self, mailbox_id: int, key: str) -> None:
        self._mailbox_id = mailbox_id
        self._cipher = _cipher(key) if key else None

    def seal(self, what: What, token: str) -> str:
        """As it is stored. The same token twice is two texts."""
        if self._cipher is None:
            return f"{_PLAIN}{token}"
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, token.encode(), self._purpose(what))
        return _SEALED + base64.b64encode(sealed).decode()

    def open(self, what: What, stored: str) -> str:
        """The token. Raises Unreadable."""
        if stored.startswith(_PLAIN):
            return stored.removeprefix(_PLAIN)
        if self._cipher is None or not is_sealed(stored):
            raise Unreadable
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.b64decode(stored.removeprefix(_SEALED), validate=True)
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._purpose(what)).decode()
        except (binascii.Error, InvalidTag, ValueError):
            raise Unreadable from None

    def _purpose(self, what: What) -> bytes:
        return f"maildesk:{self._mailbox_id}:{what}".encode()


def is_sealed(stored: str) -> bool:
    """Whether a stored text needs a key."""
    return stored.startswith(_SEALED)


def can_seal() -> bool:
    """Whether this installation has a cipher. It comes with the key ring's libraries on Linux."""
    try:
        import cryptography  # noqa: F401
    except ImportError:
        return False
    return True


def _cipher(key: str) -> AESGCM:
    if len(key) < _SHORTEST:
        raise ConfigError("oauth_key_short", least=_SHORTEST)
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise ConfigError("oauth_no_cipher") from None
    return AESGCM(hashlib.sha256(b"maildesk token key\0" + key.encode()).digest())
