"""An OAuth provider on this machine, over real HTTP or HTTPS: device codes, authorization codes with PKCE, refresh
with or without rotation, what Dovecot asks about a token, and faults on request.

::

    with Idp("shop@shop.example") as idp:
        idp.approve = "pending pending yes"        # what the person does, one word for each poll of a device code
        idp.fault(status=503)                      # the next token request
        ...
        idp.end_grants()                           # somebody changed the password: invalid_grant from now on
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import itertools
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from maildesk.domain.oauth import OAuthApp
from tests.support.smtp import Certificate, throw_away

SCOPES = ("mail", "offline_access")


@dataclass
class Grant:
    """What a person allowed: the refresh token that works now, and those that were given before."""

    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    access: dict[str, float] = field(default_factory=dict)
    """Access tokens, and when they end."""
    alive: bool = True


@dataclass(frozen=True)
class Fault:
    """What happens to one token request instead of an answer. ``swallow``: it is served, and the answer is lost."""

    status: int = 0
    body: bytes = b""
    delay: float = 0.0
    drip: bool = False
    swallow: bool = False


class Idp:
    """The provider of one ``account``. What it saw and what it does is in its public attributes.

    ``rotate``: each refresh gives a new refresh token, and the old one works no more; one that is used again ends the
    whole grant, as strict providers do. ``size`` is the length of the tokens, ``canary`` a word that is in each.
    """

    def __init__(
        self,
        account: str,
        *,
        tls: bool = False,
        rotate: bool = True,
        lasts: float = 3600.0,
        size: int = 0,
        canary: str = "canary",
        client_secret: str = "",
        scopes: tuple[str, ...] = SCOPES,
    ) -> None:
        self.account = account
        self.rotate = rotate
        self.lasts = lasts
        self.size = size
        self.canary = canary
        self.client_secret = client_secret
        self.scopes = scopes
        self.approve = "yes"
        self.interval: float = 0.01
        self.device_seconds: float = 600.0
        self.nonce: str | None = None
        """The nonce of the ID token instead of the one that was asked for."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and form of all requests."""
        self.refreshes = 0
        """How often a refresh token was exchanged for another."""
        self.grants: list[Grant] = []
        self._faults: deque[Fault] = deque()
        self._codes: dict[str, dict[str, str]] = {}
        self._polls: deque[str] = deque()
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._certificate: Certificate | None = throw_away() if tls else None
        self._server = _Server(self)
        if self._certificate:
            context = self._certificate.server_context()
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    # -- for the tests

    @property
    def base(self) -> str:
        """The beginning of its addresses."""
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self.port}"

    def app(self, *, device: bool = True, browser: bool = True, scopes: tuple[str, ...] = ()) -> OAuthApp:
        """The setting of a mailbox that signs in here."""
        return OAuthApp(
            "custom",
            "maildesk-test",
            scopes=scopes or self.scopes,
            token_url=f"{self.base}/token",
            auth_url=f"{self.base}/authorize" if browser else "",
            device_url=f"{self.base}/device" if device else "",
            revoke_url=f"{self.base}/revoke",
            ca_file=str(self._certificate.cert) if self._certificate else None,
        )

    def fault(
        self,
        *,
        status: int = 0,
        body: bytes = b"",
        delay: float = 0.0,
        drip: bool = False,
        swallow: bool = False,
        times: int = 1,
    ) -> None:
        """What happens to the next ``times`` token requests."""
        self._faults.extend([Fault(status, body, delay, drip, swallow)] * times)

    def end_grants(self) -> None:
        """All that was allowed is taken back: access tokens are refused, refresh tokens are ``invalid_grant``."""
        with self._lock:
            for grant in self.grants:
                grant.alive = False
                grant.access.clear()

    def end_access(self) -> None:
        """Access tokens are refused before their time; refresh tokens work."""
        with self._lock:
            for grant in self.grants:
                grant.access.clear()

    def knows(self, token: str) -> bool:
        """Whether an access token opens the account now."""
        with self._lock:
            now = time.monotonic()
            return any(grant.access.get(token, 0.0) > now for grant in self.grants)

    def give(self) -> tuple[str, str]:
        """A login that somebody made earlier: an access and a refresh token."""
        with self._lock:
            grant = Grant()
            self.grants.append(grant)
            given = self._tokens(grant, rotate=True)
            return str(given["access_token"]), str(given["refresh_token"])

    def visit(self, url: str) -> tuple[int, str]:
        """A person opens ``url``, signs in, and the browser follows the redirect. Its status and page."""
        with urlopen(url, timeout=10) as page:
            return page.status, page.read().decode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- answers

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and the values for a POST."""
        with self._lock:
            self.requests.append((path, form))
            if path == "/introspect":
                return 200, self._introspected(form.get("token", ""))
            if (
                form.get("client_id") != "maildesk-test"
                or form.get("client_secret", "") != self.client_secret
            ):
                return 401, {"error": "invalid_client", "error_description": "who are you"}
            match path:
                case "/device":
                    self._polls = deque(self.approve.split())
                    return 200, {
                        "device_code": self._made("device"),
                        "user_code": "ABCD-EFGH",
                        "verification_uri": f"{self.base}/type",
                        "interval": self.interval,
                        "expires_in": self.device_seconds,
                    }
                case "/token":
                    return self._token(form)
                case "/revoke":
                    self.end_grants()
                    return 200, {}
        return 404, {}

    def _introspected(self, token: str) -> dict[str, Any]:
        if self.knows(token):
            return {"active": True, "email": self.account, "username": self.account, "client_id": "x"}
        return {"active": False}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match form.get("grant_type"):
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._polled()
            case "authorization_code":
                return self._exchanged(form)
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
        return 400, {"error": "unsupported_grant_type"}

    def _polled(self) -> tuple[int, dict[str, Any]]:
        word = self._polls.popleft() if self._polls else "pending"
        match word:
            case "yes":
                return self._login()
            case "pending":
                return 400, {"error": "authorization_pending"}
            case "slow":
                return 400, {"error": "slow_down"}
            case "no":
                return 400, {"error": "access_denied"}
            case _:
                return 400, {"error": "expired_token"}

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser is sent after a person has said yes."""
        with self._lock:
            code = self._made("code")
            self._codes[code] = query
            return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _exchanged(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "unknown code"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked.get("code_challenge_method") != "S256" or asked.get("code_challenge") != challenge:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        return self._login(asked.get("nonce"))

    def _login(self, nonce: str | None = None) -> tuple[int, dict[str, Any]]:
        grant = Grant()
        self.grants.append(grant)
        claims = {"email": self.account, "nonce": self.nonce or nonce}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return 200, self._tokens(grant, rotate=True) | {"id_token": f"e30.{body}.e30"}

    def _refreshed(self, refresh: str) -> tuple[int, dict[str, Any]]:
        for grant in self.grants:
            if refresh in grant.spent:
                grant.alive = False  # RFC 9700 4.14.2: whoever uses it twice is not trusted
            elif refresh == grant.refresh and grant.alive:
                self.refreshes += 1
                return 200, self._tokens(grant, rotate=self.rotate)
        return 400, {"error": "invalid_grant", "error_description": f"token {refresh} was revoked"}

    def _tokens(self, grant: Grant, *, rotate: bool) -> dict[str, Any]:
        access = self._made("access")
        grant.access[access] = time.monotonic() + self.lasts
        found: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lasts,
            "scope": " ".join(self.scopes),
        }
        if rotate:
            if grant.refresh:
                grant.spent.add(grant.refresh)
            grant.refresh = found["refresh_token"] = self._made("refresh")
        return found

    def _made(self, what: str) -> str:
        return f"{self.canary}-{what}-{next(self._numbers)}-".ljust(self.size, "x")

    # -- the wire

    def next_fault(self) -> Fault | None:
        """The fault of this token request."""
        with self._lock:
            return self._faults.popleft() if self._faults else None

    def wait(self, seconds: float) -> None:
        """Be slow, unless the test is over."""
        self._stop.wait(seconds)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        idp = self.server.idp
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        path = urlsplit(self.path).path
        form = {name: values[0] for name, values in parse_qs(body).items()}
        fault = idp.next_fault() if path == "/token" else None
        if fault:
            idp.wait(fault.delay)
            if fault.swallow:
                idp.answer(path, form)
            if fault.drip:
                self._drip()
            if fault.status or fault.body:
                idp.requests.append((path, form))
                self._reply(fault.status or 200, fault.body)
            if fault.status or fault.body or fault.swallow or fault.drip:
                self.close_connection = True
                return
        status, values = idp.answer(path, form)
        self._reply(status, json.dumps(values).encode())

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        idp = self.server.idp
        if parts.path == "/tokeninfo":
            found = idp._introspected(query.get("access_token", ""))
            self._reply(200 if found["active"] else 401, json.dumps(found).encode())
            return
        self.send_response(302)
        self.send_header("Location", idp.authorized(query))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """Answer one byte at a time, for ever."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not self.server.idp._stop.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            pass

    def _reply(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, idp: Idp) -> None:
        self.idp = idp
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no event."""
