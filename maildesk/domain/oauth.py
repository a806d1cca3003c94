"""OAuth 2.0 for a mailbox: which provider signs it in, as which registered application, and for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import urlsplit

from maildesk.domain.endpoint import is_loopback

Provider = Literal["google", "microsoft", "custom"]
PROVIDERS: tuple[Provider, ...] = get_args(Provider)

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_SCOPES: Mapping[Provider, tuple[str, ...]] = {
    "google": ("https://mail.google.com/", "openid", "email"),
    "microsoft": (
        "offline_access",
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "openid",
        "profile",
    ),
}
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749, appendix A.4."""
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What opens a mailbox for an hour instead of a password (RFC 6750). Not shown by ``repr``."""

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _VISIBLE.fullmatch(self.value):
            raise ValueError("not an access token")


Credential = str | AccessToken
"""A password or an access token."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a provider's endpoints are; '' for one that it does not have."""

    token: str
    auth: str = ""
    device: str = ""
    revoke: str = ""


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The ``oauth`` setting of a mailbox; no secrets.

    ``client_id`` is what the provider gave for the application that the user registered. ``tenant`` is Microsoft's
    only; '' is ``common``. Empty ``scopes`` are the provider's usual ones. A ``custom`` provider says its addresses
    and scopes itself; ``ca_file`` names a PEM file to trust instead of the system's certificates. Raises ValueError
    whose argument is the name of the field that is wrong.
    """

    provider: Provider
    client_id: str
    tenant: str = ""
    scopes: tuple[str, ...] = ()
    token_url: str = ""
    auth_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if wrong := self._wrong():
            raise ValueError(wrong)

    def _wrong(self) -> str:
        """The name of the first field that cannot be, '' where all is well."""
        if self.provider not in PROVIDERS:
            return "provider"
        if not _VISIBLE.fullmatch(self.client_id):
            return "client_id"
        if self.tenant and not (self.provider == "microsoft" and _TENANT.fullmatch(self.tenant)):
            return "tenant"
        if not all(_SCOPE.fullmatch(scope) for scope in self.scopes):
            return "scopes"
        urls = {name: getattr(self, name) for name in ("token_url", "auth_url", "device_url", "revoke_url")}
        if self.provider != "custom":
            return next((name for name, url in urls.items() if url), "")
        if not self.token_url:
            return "token_url"
        if not (self.auth_url or self.device_url):
            return "auth_url"
        if not self.scopes:
            return "scopes"
        return next((name for name, url in urls.items() if url and not is_safe_url(url)), "")

    @property
    def addresses(self) -> Addresses:
        """The provider's endpoints."""
        match self.provider:
            case "google":
                return Addresses(
                    "https://oauth2.googleapis.com/token",
                    auth="https://accounts.google.com/o/oauth2/v2/auth",
                    revoke="https://oauth2.googleapis.com/revoke",
                )
            case "microsoft":
                base = _MICROSOFT.format(tenant=self.tenant or "common")
                return Addresses(f"{base}token", auth=f"{base}authorize", device=f"{base}devicecode")
            case "custom":
                return Addresses(self.token_url, self.auth_url, self.device_url, self.revoke_url)

    @property
    def wanted_scopes(self) -> tuple[str, ...]:
        """What is asked for."""
        return self.scopes or _SCOPES[self.provider]

    @property
    def redirect_host(self) -> str:
        """How the redirect address names this machine: Microsoft lets any port follow ``localhost`` only, Google
        and RFC 8252 7.3 want the literal."""
        return "localhost" if self.provider == "microsoft" else "127.0.0.1"


def is_safe_url(url: str) -> bool:
    """Whether a secret may be sent there: HTTPS, or this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if (
        not host
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or parts.fragment
        or parts.username
    ):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
