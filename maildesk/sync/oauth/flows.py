"""Getting tokens: the device grant (RFC 8628), the redirect to this machine with PKCE (RFC 8252, 7636), or the address
of that redirect pasted by a person; and refreshing and revoking them (RFC 6749 6, RFC 7009).

Nothing is kept here: whoever calls stores what comes back, once, at the end. So whatever ends a login before, ends it
without a trace.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from maildesk.domain.oauth import AccessToken, OAuthApp
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, ConnectionLost, LoginRefused, ServerMisbehaved
from maildesk.sync.oauth import http
from maildesk.sync.oauth.listener import Listener

BROWSER_SECONDS = 600.0
"""How long a person may take in the browser."""
DEVICE_SECONDS = 1800.0
"""How long a code may be said to last."""
_USUAL_INTERVAL = 5.0
_SLOWER = 5.0
"""RFC 8628 3.5: what ``slow_down`` adds."""
_LEAST_WAIT, _MOST_WAIT = 1.0, 60.0
_USUAL_LIFE = 3600.0
_MOST_LIFE = 7 * 86400.0
_WORDS = 200
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_PERSON_NEEDED = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_MISCONFIGURED = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_scope",
        "unsupported_grant_type",
        "unsupported_response_type",
        "invalid_request",
    }
)


class GrantEnded(LoginRefused):
    """The provider takes the refresh token no more: only a person can sign in again."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave. ``refresh`` is '' where it gave none, ``lasts`` is the life of the access token in
    seconds, ``account`` who signed in, '' where it does not say."""

    access: AccessToken
    refresh: str = field(repr=False)
    lasts: float
    account: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What a person types at ``url``, within ``seconds``."""

    url: str
    code: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person opens in a browser, within ``seconds``; the answer comes to ``port`` of this machine."""

    url: str
    port: int
    seconds: float


# ---- a person signs in


def by_device(
    app: OAuthApp,
    client_secret: str,
    show: Callable[[Code], None],
    pause: Callable[[float], None] = time.sleep,
) -> Tokens:
    """Show a code, and wait until a person has typed it elsewhere.

    Raises LoginRefused (denied, too late, not allowed), ConfigError (the application is not registered so),
    ConnectionLost, ServerMisbehaved.
    """
    answer = _ask(app, client_secret, app.addresses.device, {"scope": " ".join(app.wanted_scopes)})
    device_code = answer.text("device_code")
    url = answer.text("verification_uri") or answer.text("verification_url")
    if not (device_code and url and answer.text("user_code")):
        raise _refusal(app, answer, (client_secret,))
    seconds = answer.number("expires_in", DEVICE_SECONDS, DEVICE_SECONDS)
    wait = max(_LEAST_WAIT, answer.number("interval", _USUAL_INTERVAL, _MOST_WAIT))
    end = time.monotonic() + seconds
    show(Code(safe_line(url), safe_line(answer.text("user_code")), seconds))
    form = {"grant_type": _DEVICE_GRANT, "device_code": device_code}
    while True:
        pause(wait)
        if time.monotonic() > end:
            raise LoginRefused("oauth_expired")
        try:
            answer = _ask(app, client_secret, app.addresses.token, form)
        except ConnectionLost:  # RFC 8628 3.5: ask less often, and go on
            wait = min(wait * 2, _MOST_WAIT)
            continue
        match answer.text("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                wait += _SLOWER
            case "access_denied" | "authorization_declined":
                raise LoginRefused("oauth_denied")
            case "expired_token":
                raise LoginRefused("oauth_expired")
            case _:
                return _login_tokens(app, answer, (client_secret, device_code))


def by_browser(
    app: OAuthApp,
    client_secret: str,
    show: Callable[[Invitation], None],
    seconds: float = BROWSER_SECONDS,
) -> Tokens:
    """Listen on a free port of this machine, show the address for the browser, and wait for the one redirect that
    has our ``state``. Raises as :func:`by_device`."""
    request = _Request(app)
    with Listener(request.is_answered_by) as listener:
        request.redirect = f"http://{app.redirect_host}:{listener.port}/"
        show(Invitation(request.url, listener.port, seconds))
        query = listener.wait(seconds)
    if query is None:
        raise LoginRefused("oauth_expired")
    return request.exchange(client_secret, query)


def by_paste(
    app: OAuthApp, client_secret: str, show: Callable[[Invitation], None], read: Callable[[], str]
) -> Tokens:
    """As :func:`by_browser`, where the browser is on another machine: nobody listens, and ``read`` gives the address
    that the browser could not open at the end."""
    request = _Request(app)
    with Listener(
        lambda _: False
    ) as reserved:  # a port that is free now; closed before anybody is sent to it
        port = reserved.port
    request.redirect = f"http://{app.redirect_host}:{port}/"
    show(Invitation(request.url, port, BROWSER_SECONDS))
    try:
        query = parse_qs(urlsplit(read().strip()).query)
    except ValueError:
        query = {}
    if not request.is_answered_by(query):
        raise LoginRefused("oauth_pasted")
    return request.exchange(client_secret, query)


class _Request:
    """One authorization request: what must come back is made here and used once."""

    def __init__(self, app: OAuthApp) -> None:
        self._app = app
        self._state = secrets.token_urlsafe(32)
        self._nonce = secrets.token_urlsafe(32)
        self._verifier = secrets.token_urlsafe(64)
        self.redirect = ""

    @property
    def url(self) -> str:
        """What the browser opens."""
        challenge = hashlib.sha256(self._verifier.encode()).digest()
        values = {
            "client_id": self._app.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": " ".join(self._app.wanted_scopes),
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if "openid" in self._app.wanted_scopes:
            values["nonce"] = self._nonce
        if self._app.provider == "google":  # no refresh token comes without, the second time
            values |= {"access_type": "offline", "prompt": "consent"}
        if self._app.provider == "microsoft":
            values["prompt"] = "select_account"
        address = self._app.addresses.auth
        return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"

    def is_answered_by(self, query: Mapping[str, Sequence[str]]) -> bool:
        """Whether a redirect belongs to this request."""
        return hmac.compare_digest(_one(query, "state").encode(), self._state.encode())

    def exchange(self, client_secret: str, query: Mapping[str, Sequence[str]]) -> Tokens:
        """The tokens for the code of the redirect."""
        code = _one(query, "code")
        if not code:
            if _one(query, "error") == "access_denied":
                raise LoginRefused("oauth_denied")
            words = " ".join(filter(None, (_one(query, "error"), _one(query, "error_description"))))
            raise LoginRefused("oauth_refused", reason=_words(words, (client_secret,)))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect,
            "code_verifier": self._verifier,
        }
        answer = _ask(self._app, client_secret, self._app.addresses.token, form)
        tokens = _login_tokens(self._app, answer, (client_secret, code, self._verifier))
        claims = _claims(answer.text("id_token"))
        nonce = claims.get("nonce")
        if "openid" in self._app.wanted_scopes and not (
            isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), self._nonce.encode())
        ):
            raise ServerMisbehaved("oauth_nonce")
        return tokens


# ---- without a person


def refresh(app: OAuthApp, client_secret: str, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; ``refresh`` is the old one where no new one came.

    Raises GrantEnded where a person must sign in again; ConfigError, ConnectionLost and ServerMisbehaved where not.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if app.provider == "microsoft":  # the others give what they gave before (RFC 6749 6)
        form["scope"] = " ".join(app.wanted_scopes)
    answer = _ask(app, client_secret, app.addresses.token, form)
    sent = (client_secret, refresh_token)
    if answer.text("error") in _PERSON_NEEDED:
        raise GrantEnded("oauth_ended", reason=_told(answer, sent))
    return _tokens(app, answer, sent, kept=refresh_token)


def revoke(app: OAuthApp, client_secret: str, token: str) -> bool:
    """Tell the provider that a token is of no more use (RFC 7009). False: it has no such address. Raises
    ConnectionLost, ServerMisbehaved."""
    if not (url := app.addresses.revoke):
        return False
    _ask(app, client_secret, url, {"token": token})
    return True


# ---- answers


def _ask(app: OAuthApp, client_secret: str, url: str, form: dict[str, str]) -> http.Answer:
    """One question; a provider that is down, and says so in JSON, is ConnectionLost as well."""
    form = form | {"client_id": app.client_id}
    if client_secret:
        form["client_secret"] = client_secret
    answer = http.post(url, form, app.ca_file)
    busy = answer.text("error") in ("temporarily_unavailable", "server_error")
    if answer.status >= 500 or answer.status == 429 or busy:
        raise ConnectionLost("oauth_later", host=urlsplit(url).hostname, status=answer.status)
    return answer


def _login_tokens(app: OAuthApp, answer: http.Answer, sent: Sequence[str]) -> Tokens:
    """The tokens of a login: without a refresh token it would be over in an hour."""
    tokens = _tokens(app, answer, sent)
    if not tokens.refresh:
        raise LoginRefused("oauth_no_refresh")
    granted = answer.text("scope").split()
    if app.provider == "google" and granted and app.wanted_scopes[0] not in granted:
        raise LoginRefused("oauth_scope", scope=app.wanted_scopes[0])
    return tokens


def _tokens(app: OAuthApp, answer: http.Answer, sent: Sequence[str], kept: str = "") -> Tokens:
    access = answer.text("access_token")
    if not access or answer.status != 200:
        raise _refusal(app, answer, sent)
    host = urlsplit(app.addresses.token).hostname
    if answer.text("token_type").lower() not in ("", "bearer"):
        raise ServerMisbehaved("oauth_answer", host=host, reason="token_type")
    try:
        token = AccessToken(access)
    except ValueError:
        raise ServerMisbehaved("oauth_answer", host=host, reason="access_token") from None
    claims = _claims(answer.text("id_token"))
    account = next((str(claims[name]) for name in ("email", "preferred_username") if claims.get(name)), "")
    lasts = answer.number("expires_in", _USUAL_LIFE, _MOST_LIFE)
    return Tokens(token, answer.text("refresh_token") or kept, lasts, safe_line(account))


def _refusal(app: OAuthApp, answer: http.Answer, sent: Sequence[str]) -> ConfigError | LoginRefused:
    """The error for an answer without tokens."""
    words = _told(answer, sent)
    if answer.text("error") in _MISCONFIGURED:
        return ConfigError("oauth_client", provider=app.provider, reason=words)
    return LoginRefused("oauth_refused", reason=words)


def _told(answer: http.Answer, sent: Sequence[str]) -> str:
    words = " ".join(filter(None, (answer.text("error"), answer.text("error_description"))))
    return _words(words or f"HTTP {answer.status}", sent)


def _words(text: str, sent: Sequence[str]) -> str:
    """A provider's words, fit for a terminal, without what we sent: some repeat it."""
    for secret in sent:
        if secret:
            text = text.replace(secret, "…")
    return safe_line(text)[:_WORDS]


def _claims(id_token: str) -> Mapping[str, object]:
    """What an ID token says. Its signature need not be checked: it came straight from the provider over TLS (OpenID
    Connect Core 3.1.3.7)."""
    body = id_token.split(".")[1] if id_token.count(".") == 2 else ""
    try:
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _one(query: Mapping[str, Sequence[str]], name: str) -> str:
    """A parameter that stands there once, '' otherwise (RFC 6749 3.1: not more than once)."""
    values = query.get(name, ())
    return values[0] if len(values) == 1 else ""
