"""Signing in by OAuth: codes for another device, redirects to this machine, and providers that misbehave."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from maildesk.domain.oauth import OAuthApp, is_safe_url
from maildesk.errors import ConfigError, ConnectionLost, LoginRefused, MaildeskError, ServerMisbehaved
from maildesk.sync.oauth import flows
from maildesk.sync.oauth import http as oauth_http
from maildesk.sync.oauth.flows import Code, GrantEnded, Invitation, by_browser, by_device, by_paste
from tests.support.idp import SCOPES, Idp
from tests.support.ports import free_port

SHOP = "shop@shop.example"


@pytest.fixture
def idp() -> Iterator[Idp]:
    """The provider."""
    with Idp(SHOP) as running:
        yield running


def nothing(*_: object) -> None:
    """Nobody looks."""


def visiting(idp: Idp, pages: list[tuple[int, str]]) -> Callable[[Invitation], None]:
    """A person who opens the address at once, in another program."""

    def show(invitation: Invitation) -> None:
        threading.Thread(target=lambda: pages.append(idp.visit(invitation.url)), daemon=True).start()

    return show


# ---- a code for another device (RFC 8628)


def test_a_code_is_typed_on_another_device(idp: Idp) -> None:
    """Shown once, asked for as slowly as the provider wants, until the person has said yes."""
    idp.approve, shown, waits = "pending pending yes", list[Code](), list[float]()
    idp.interval = 7.0
    found = by_device(idp.app(), "", shown.append, waits.append)
    assert [(code.url, code.code) for code in shown] == [(f"{idp.base}/type", "ABCD-EFGH")]
    assert waits == [7.0, 7.0, 7.0]
    assert idp.knows(found.access.value)
    assert found.refresh
    assert found.lasts == 3600.0
    assert found.account == SHOP
    assert idp.requests[0] == ("/device", {"client_id": "maildesk-test", "scope": "mail offline_access"})


def test_slow_down_adds_five_seconds_for_good(idp: Idp) -> None:
    """RFC 8628 3.5."""
    idp.approve, waits, idp.interval = "slow pending yes", list[float](), 5.0
    by_device(idp.app(), "", nothing, waits.append)
    assert waits == [5.0, 10.0, 10.0]


def test_a_provider_that_is_away_for_a_moment_does_not_end_the_login(idp: Idp) -> None:
    """Asked again, less often."""
    idp.approve, waits, idp.interval = "yes", list[float](), 5.0
    idp.fault(status=503, times=2)
    by_device(idp.app(), "", nothing, waits.append)
    assert waits == [5.0, 10.0, 20.0]


@pytest.mark.parametrize(("word", "key"), [("no", "oauth_denied"), ("expired", "oauth_expired")])
def test_a_code_that_is_denied_or_too_old(idp: Idp, word: str, key: str) -> None:
    """Told apart."""
    idp.approve = word
    with pytest.raises(LoginRefused) as raised:
        by_device(idp.app(), "", nothing, nothing)
    assert raised.value.key == key


def test_a_code_that_nobody_types(idp: Idp) -> None:
    """Its time is over even if the provider does not say so."""
    idp.approve, idp.device_seconds = "", 0.0
    with pytest.raises(LoginRefused) as raised:
        by_device(idp.app(), "", nothing, nothing)
    assert raised.value.key == "oauth_expired"
    assert [path for path, _ in idp.requests] == ["/device"]


def test_an_application_that_is_not_registered_is_a_setting(idp: Idp) -> None:
    """No login helps: the words say what to check."""
    with pytest.raises(ConfigError) as raised:
        by_device(idp.app(), "some secret", nothing, nothing)
    assert "client_id" in raised.value.hint


# ---- the redirect to this machine (RFC 8252, 7636)


def test_the_browser_comes_back_with_a_code(idp: Idp) -> None:
    """PKCE with S256 (the provider checks it), a page for the person, and nobody listens afterwards."""
    pages: list[tuple[int, str]] = []
    invited: list[Invitation] = []

    def show(invitation: Invitation) -> None:
        invited.append(invitation)
        visiting(idp, pages)(invitation)

    found = by_browser(idp.app(), "", show)
    assert idp.knows(found.access.value)
    query = parse_qs(urlsplit(invited[0].url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"http://127.0.0.1:{invited[0].port}/"]
    assert "code_verifier" not in query
    _, form = idp.requests[-1]
    assert len(form["code_verifier"]) >= 43
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", invited[0].port), 1).close()


def _status(url: str) -> int:
    """What the listener says to a browser."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    with contextlib.closing(line):
        line.request("GET", f"{parts.path}?{parts.query}")
        return line.getresponse().status


def test_only_the_one_redirect_of_this_login_counts(idp: Idp) -> None:
    """Another ``state``, another path, another host name (DNS rebinding), a state given twice: told off. The second
    redirect with the right state: gone."""
    said: list[int] = []

    def meddle(invitation: Invitation) -> None:
        def act() -> None:
            query = parse_qs(urlsplit(invitation.url).query)
            here, state = query["redirect_uri"][0], query["state"][0]
            said.append(_status(f"{here}?{urlencode({'code': 'evil', 'state': 'guessed'})}"))
            said.append(_status(f"{here}?code=evil"))
            said.append(_status(f"{here}?code=evil&state={state}&state={state}"))
            said.append(_status(f"{here}favicon.ico?code=evil&state={state}"))
            with socket.create_connection(("127.0.0.1", invitation.port), 5) as line:
                request = f"GET /?code=evil&state={state} HTTP/1.1\r\nHost: attacker.example\r\n\r\n"
                line.sendall(request.encode())
                said.append(int(line.recv(100).split()[1]))
            silent = socket.create_connection(
                ("127.0.0.1", invitation.port), 5
            )  # says nothing, delays nobody
            said.append(idp.visit(invitation.url)[0])
            with contextlib.suppress(OSError):
                said.append(_status(f"{here}?code=evil&state={state}"))
            silent.close()

        threading.Thread(target=act, daemon=True).start()

    found = by_browser(idp.app(), "", meddle)
    assert idp.knows(found.access.value)
    assert said[:6] == [400, 400, 400, 404, 404, 200]
    assert said[6:] in ([], [410])


def test_the_listener_is_for_this_machine_only(idp: Idp) -> None:
    """Bound to 127.0.0.1, not to all addresses."""
    from maildesk.sync.oauth.listener import Listener

    with Listener(lambda _: True) as listener:
        assert listener._server.server_address[0] == "127.0.0.1"


def test_nobody_comes_back(idp: Idp) -> None:
    """The time is limited, and the port is free again."""
    ports: list[int] = []
    with pytest.raises(LoginRefused) as raised:
        by_browser(idp.app(), "", lambda invitation: ports.append(invitation.port), seconds=0.05)
    assert raised.value.key == "oauth_expired"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), 1).close()


def test_ctrl_c_leaves_nothing(idp: Idp) -> None:
    """No listener, no thread."""
    ports: list[int] = []

    def interrupt(invitation: Invitation) -> None:
        ports.append(invitation.port)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_browser(idp.app(), "", interrupt)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), 1).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "maildesk-login"]


def test_an_answer_for_another_login_is_refused(idp: Idp) -> None:
    """The nonce of OpenID Connect, where ``openid`` is asked for."""
    app = idp.app(scopes=(*SCOPES, "openid"))
    assert by_browser(app, "", visiting(idp, [])).account == SHOP
    idp.nonce = "another login's"
    with pytest.raises(ServerMisbehaved) as raised:
        by_browser(app, "", visiting(idp, []))
    assert raised.value.key == "oauth_nonce"


def test_a_person_who_says_no(idp: Idp) -> None:
    """The redirect brings the error instead of a code."""

    def refuse(invitation: Invitation) -> None:
        query = parse_qs(urlsplit(invitation.url).query)
        answer = urlencode({"error": "access_denied", "state": query["state"][0]})
        threading.Thread(target=_status, args=(f"{query['redirect_uri'][0]}?{answer}",), daemon=True).start()

    with pytest.raises(LoginRefused) as raised:
        by_browser(idp.app(), "", refuse)
    assert raised.value.key == "oauth_denied"


def _address_at_the_end(url: str) -> str:
    """Where a browser on another machine stops: the redirect, which it cannot open."""
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)) as line:
        line.request("GET", f"{urlsplit(url).path}?{urlsplit(url).query}")
        return str(line.getresponse().headers["Location"])


def test_the_address_can_be_pasted(idp: Idp) -> None:
    """Over SSH without a tunnel: nobody listens, the person brings the address."""
    invited: list[Invitation] = []
    found = by_paste(idp.app(), "", invited.append, lambda: f" {_address_at_the_end(invited[0].url)}\n")
    assert idp.knows(found.access.value)


@pytest.mark.parametrize("pasted", ["", "http://127.0.0.1:1/?code=x&state=guessed", "ほげ", "http://[broken"])
def test_another_address_is_not_taken(idp: Idp, pasted: str) -> None:
    """Only that of this login."""
    with pytest.raises(LoginRefused) as raised:
        by_paste(idp.app(), "", nothing, lambda: pasted)
    assert raised.value.key == "oauth_pasted"
    assert idp.requests == []


# ---- refreshing


def test_a_refresh_gives_new_tokens(idp: Idp) -> None:
    """The new refresh token where one comes, else the old one."""
    _, first = idp.give()
    second = flows.refresh(idp.app(), "", first)
    assert second.refresh not in ("", first)
    idp.rotate = False
    assert flows.refresh(idp.app(), "", second.refresh).refresh == second.refresh


def test_an_ended_grant_is_not_trouble_of_the_network(idp: Idp) -> None:
    """And the provider's words are shown without the token that it repeats."""
    _, first = idp.give()
    idp.end_grants()
    with pytest.raises(GrantEnded) as raised:
        flows.refresh(idp.app(), "", first)
    assert "invalid_grant" in str(raised.value)
    assert first not in f"{raised.value}{raised.value.values}"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "body": b"<html>down</html>"},
        {"status": 429, "body": b'{"error": "rate"}'},
        {"status": 400, "body": b'{"error": "temporarily_unavailable"}'},
        {"swallow": True},
        {"drip": True},
    ],
    ids=str,
)
def test_trouble_at_the_provider_is_no_login(
    idp: Idp, fault: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down, busy, gone, or dripping for ever: try again later."""
    monkeypatch.setattr(oauth_http.post, "__defaults__", (None, 0.5))
    _, first = idp.give()
    idp.fault(**fault)  # type: ignore[arg-type]  # as given above
    began = time.monotonic()
    with pytest.raises(ConnectionLost):
        flows.refresh(idp.app(), "", first)
    assert time.monotonic() - began < 10.0  # it would drip until the test is ended


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"[" * 100_000,
        b'{"access_token": "' + b"x" * (2 << 20) + b'"}',
        b'{"access_token": "a\\u0001b", "token_type": "Bearer"}',
        b'{"access_token": "a b\\r\\nc"}',
        b'{"access_token": "a", "token_type": "mac"}',
    ],
    ids=["html", "deep", "large", "control", "lines", "mac"],
)
def test_an_answer_that_is_none(idp: Idp, body: bytes) -> None:
    """No JSON, too much of it, or a token that cannot be one."""
    _, first = idp.give()
    idp.fault(status=200, body=body)
    with pytest.raises(ServerMisbehaved):
        flows.refresh(idp.app(), "", first)


@pytest.mark.parametrize("expires", ['"3599"', "3599.5", "null", '"soon"', "-1", "1e400", "NaN", "[]"])
def test_any_word_about_the_life_of_a_token_is_read(idp: Idp, expires: str) -> None:
    """Some write a text, some nothing."""
    _, first = idp.give()
    idp.fault(status=200, body=f'{{"access_token": "a", "expires_in": {expires}}}'.encode())
    assert 0.0 <= flows.refresh(idp.app(), "", first).lasts <= 7 * 86400


def test_a_redirect_gets_no_secret(idp: Idp) -> None:
    """The refresh token goes to the address of the settings and nowhere else."""
    with Idp(SHOP) as elsewhere:
        _, first = idp.give()

        def redirect(path: str, form: dict[str, str]) -> tuple[int, dict[str, str]]:
            return 307, {}

        idp.answer = redirect  # type: ignore[method-assign]
        with pytest.raises(MaildeskError):
            flows.refresh(idp.app(), "", first)
        assert elsewhere.requests == []


def test_a_login_without_a_refresh_token_is_none(idp: Idp) -> None:
    """It would be over in an hour, at night."""
    idp.fault(status=200, body=b'{"access_token": "a"}')
    with pytest.raises(LoginRefused) as raised:
        by_device(idp.app(), "", nothing, nothing)
    assert raised.value.key == "oauth_no_refresh"


def test_the_provider_is_verified() -> None:
    """Over TLS, with its certificate: an unknown one gets no secret."""
    with Idp(SHOP, tls=True) as idp:
        _, first = idp.give()
        app = idp.app()
        assert flows.refresh(app, "", first).refresh
        count = len(idp.requests)
        blind = OAuthApp(
            "custom", "maildesk-test", scopes=SCOPES, token_url=app.token_url, auth_url=app.auth_url
        )
        with pytest.raises(ConnectionLost) as raised:
            flows.refresh(blind, "", first)
        assert raised.value.key == "oauth_certificate"
        assert len(idp.requests) == count


def test_nobody_answers() -> None:
    """A closed port is a sentence."""
    app = OAuthApp(
        "custom",
        "x",
        scopes=("a",),
        token_url=f"http://127.0.0.1:{free_port()}/",
        auth_url="https://a.example/",
    )
    with pytest.raises(ConnectionLost) as raised:
        flows.refresh(app, "", "secret")
    assert raised.value.key == "oauth_unreachable"


# ---- settings, and what is never shown


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://idp.example/token", True),
        ("http://127.0.0.1:80/token", True),
        ("http://[::1]/token", True),
        ("http://idp.example/token", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost@evil.example/", False),
        ("ftp://127.0.0.1/", False),
        ("https://", False),
        ("https://idp.example:port/", False),
        ("https://idp.example/\r\nX: y", False),
    ],
)
def test_a_secret_goes_over_https_only(url: str, safe: bool) -> None:
    """Or to this machine itself."""
    assert is_safe_url(url) is safe


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("provider", {"provider": "yahoo"}),
        ("client_id", {"client_id": ""}),
        ("client_id", {"client_id": "a\nb"}),
        ("tenant", {"tenant": "../evil"}),
        ("tenant", {"provider": "google", "tenant": "x"}),
        ("scopes", {"scopes": ("a b",)}),
        ("token_url", {"token_url": "https://idp.example/"}),
        ("token_url", {"provider": "custom", "scopes": ("a",)}),
        ("auth_url", {"provider": "custom", "token_url": "https://idp.example/", "scopes": ("a",)}),
    ],
)
def test_settings_that_cannot_be(field: str, values: dict[str, object]) -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match=field):
        OAuthApp(**({"provider": "microsoft", "client_id": "id"} | values))  # type: ignore[arg-type]


def test_the_built_in_providers() -> None:
    """Microsoft has a device grant and wants ``localhost``; Google's refuses mail, so it has the browser only."""
    microsoft, google = OAuthApp("microsoft", "id", tenant="shop.example"), OAuthApp("google", "id")
    assert (
        microsoft.addresses.device == "https://login.microsoftonline.com/shop.example/oauth2/v2.0/devicecode"
    )
    assert microsoft.redirect_host == "localhost"
    assert "offline_access" in microsoft.wanted_scopes
    assert (google.addresses.device, google.redirect_host) == ("", "127.0.0.1")
    request = flows._Request(google)
    assert "access_type=offline" in request.url
    assert "nonce=" in request.url


def test_no_token_is_in_any_word(idp: Idp, caplog: pytest.LogCaptureFixture) -> None:
    """Not in errors, their values, tracebacks, logs, or ``repr``."""
    caplog.set_level("DEBUG")
    _, first = idp.give()
    found = flows.refresh(idp.app(), "", first)
    words = [repr(found), repr(found.access), str(found.access)]
    for status, body in (
        (400, b'{"error": "invalid_grant", "error_description": "%s"}'),
        (500, b"%s"),
        (200, b"%s"),
    ):
        idp.fault(status=status, body=body.replace(b"%s", found.refresh.encode()))
        with pytest.raises(MaildeskError) as raised:
            flows.refresh(idp.app(), "", found.refresh)
        error = raised.value
        words += [str(error), error.hint, repr(error), str(error.values), *traceback.format_exception(error)]
    assert "canary" not in "".join(words) + caplog.text
