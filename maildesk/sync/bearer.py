"""What a client says to sign in with an access token: XOAUTH2 of the large providers, OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

from typing import Literal

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import AccessToken

Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]
MECHANISMS: tuple[Mechanism, ...] = ("XOAUTH2", "OAUTHBEARER")
"""Best first: both large providers know the older one."""


def response(mechanism: Mechanism, endpoint: Endpoint, token: AccessToken) -> bytes:
    """The client's first words. Raises ValueError for a user that cannot be written so."""
    user = endpoint.user
    if not user.isprintable():
        raise ValueError("a user is one line")
    if mechanism == "XOAUTH2":
        return f"user={user}\1auth=Bearer {token.value}\1\1".encode()
    quoted = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, saslname
    host = endpoint.host
    return f"n,a={quoted},\1host={host}\1port={endpoint.port}\1auth=Bearer {token.value}\1\1".encode()


def give_up(mechanism: Mechanism) -> bytes:
    """The answer to the server's words about a refused token, after which it says no."""
    return b"" if mechanism == "XOAUTH2" else b"\1"
