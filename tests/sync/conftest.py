"""Servers for the tests of the wires: embedded, and a real Dovecot that lives as long as the test run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.demo.imapd import ImapServer
from maildesk.domain.endpoint import Endpoint, Security
from maildesk.store.engine import Store
from tests.store import stores
from tests.support import dovecot
from tests.support.databases import KINDS
from tests.support.install import needs
from tests.support.mailhost import PASSWORD, USERS, Mailhost, new_user
from tests.support.smtp import SmtpServer
from tests.sync.outgoing import Desk


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[dovecot.Dovecot]:
    """A real Dovecot; each test takes a user of its own."""
    needs("dovecot", "openssl")
    with dovecot.server(USERS) as server:
        yield server


@pytest.fixture
def embedded_host() -> Iterator[Mailhost]:
    """A fresh account on a fresh embedded server."""
    user = new_user()
    with ImapServer({user: PASSWORD}) as server:
        yield Mailhost(Endpoint("127.0.0.1", server.port, "loopback", user), server.port, server)


@pytest.fixture
def dovecot_host(dovecot_server: dovecot.Dovecot) -> Mailhost:
    """A fresh account on Dovecot, over TLS."""
    user = new_user()
    endpoint = Endpoint("localhost", dovecot_server.tls_port, "tls", user, dovecot_server.ca_file)
    return Mailhost(endpoint, dovecot_server.port, dovecot_server)


@pytest.fixture(params=["embedded", "dovecot-loopback", "dovecot-starttls", "dovecot-tls"])
def host(request: pytest.FixtureRequest) -> Mailhost:
    """A fresh account on the embedded server, and on Dovecot over each kind of line."""
    if request.param == "embedded":
        embedded: Mailhost = request.getfixturevalue("embedded_host")
        return embedded
    tls: Mailhost = request.getfixturevalue("dovecot_host")
    if request.param == "dovecot-tls":
        return tls
    security: Security = "starttls" if request.param == "dovecot-starttls" else "loopback"
    endpoint = Endpoint("localhost", tls.clear_port, security, tls.user, tls.endpoint.ca_file)
    return Mailhost(endpoint, tls.clear_port, tls.server)


@pytest.fixture(params=["embedded", "dovecot"])
def anyhost(request: pytest.FixtureRequest) -> Mailhost:
    """An account on the embedded server and on Dovecot."""
    found: Mailhost = request.getfixturevalue(f"{request.param}_host")
    return found


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store of each kind."""
    with stores.opened(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """The outgoing server."""
    with SmtpServer() as running:
        yield running


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer) -> Iterator[Desk]:
    """A desk on each kind of store."""
    with stores.opened(request.param, tmp_path) as store:
        box = stores.add_mailbox(store, smtp=server.endpoint())
        yield Desk(store, server, box, stores.add_agent(store))
