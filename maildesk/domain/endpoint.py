"""Where a mail server is and how to talk to it. Clear text over a network cannot be said with these words."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal, get_args

Security = Literal["tls", "starttls", "loopback"]
SECURITIES: tuple[Security, ...] = get_args(Security)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine: ``localhost``, 127.0.0.0/8 or ::1 (brackets allowed)."""
    bare = host.strip().removeprefix("[").removesuffix("]")
    if bare.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One IMAP or SMTP server.

    ``security`` is ``tls`` (from the first byte), ``starttls`` (required, never optional) or ``loopback``
    (clear text, which only this machine itself may be). ``user`` is '' where the server wants no login.
    ``ca_file`` names a PEM file whose certificates are trusted instead of the system's. Raises ValueError
    for anything else.
    """

    host: str
    port: int
    security: Security
    user: str
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if not self.host or any(c.isspace() or not c.isprintable() for c in self.host):
            raise ValueError(f"not a host name: {self.host!r}")
        if not 0 < self.port < 65536:
            raise ValueError(f"not a port: {self.port}")
        if self.security not in SECURITIES:
            raise ValueError(f"security is one of {', '.join(SECURITIES)}, not {self.security!r}")
        if self.security == "loopback" and not is_loopback(self.host):
            raise ValueError(f"clear text is for this machine only, not for {self.host}")
