"""The same submission to the demo's server, to the faulty test server without faults, and to a real exim."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from maildesk.demo.smtpd import SIZE_LIMIT, SmtpSink
from maildesk.domain.endpoint import Endpoint
from maildesk.errors import LoginRefused, Refused
from maildesk.sync.smtp import Abandoned, Delivery, SmtpSession
from tests.support import dovecot, exim
from tests.support.install import needs
from tests.support.smtp import SmtpServer

SHOP = "shop@shop.example"
PASSWORD = "correct-horse"
CUSTOMER = "tanaka@shop.example"
BODY = b"first\r\n.\r\n..two\r\n.three\r\n\r\nlast\r\n"


def mail(number: int = 1, body: bytes = BODY) -> bytes:
    head = f"From: {SHOP}\r\nTo: {CUSTOMER}\r\nSubject: test\r\nMessage-ID: <md.{number}@shop.example>\r\n"
    return f"{head}Date: Sat, 21 Nov 2026 12:00:00 +0900\r\n\r\n".encode() + body


@dataclass
class Server:
    """One server under the contract: how to reach it, and what it has delivered so far."""

    endpoint: Endpoint
    delivered: Callable[[], list[bytes]]
    deadline: float = 15.0
    pause: threading.Event = field(default_factory=threading.Event)

    def wait(self, count: int) -> list[bytes]:
        """The mails, once there are ``count``; each look is a moment after the last."""
        end = time.monotonic() + self.deadline
        while len(mails := self.delivered()) < count:
            assert time.monotonic() < end, f"{len(mails)} of {count} mails came"
            self.pause.wait(0.02)
        return mails


@pytest.fixture(params=["demo", "test", "exim"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each server, with a login for the shop."""
    with ExitStack() as stack:
        if request.param == "demo":
            taken: list[bytes] = []
            sink = stack.enter_context(SmtpSink(lambda _, __, raw: taken.append(raw), {SHOP: PASSWORD}))
            yield Server(Endpoint(sink.host, sink.port, "loopback", SHOP), lambda: list(taken))
        elif request.param == "test":
            faulty = stack.enter_context(SmtpServer({SHOP: PASSWORD}, "starttls"))
            yield Server(faulty.endpoint(SHOP), lambda: [m.raw for m in faulty.mails])
        else:
            yield _exim(stack)


def _exim(stack: ExitStack) -> Server:
    needs("exim", "dovecot", "openssl")
    users = {SHOP: PASSWORD, CUSTOMER: PASSWORD}
    store = stack.enter_context(dovecot.server(users))
    mta = stack.enter_context(exim.server(users, store.lmtp))
    new = store.top / "mail" / CUSTOMER / "Maildir" / "new"

    def delivered() -> list[bytes]:
        return [path.read_bytes() for path in sorted(new.glob("*"))]

    return Server(Endpoint("127.0.0.1", mta.port, "starttls", SHOP, mta.ca_file), delivered)


def body_of(raw: bytes) -> bytes:
    """What stands behind the header, with the line ends of the wire."""
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].replace(b"\n", b"\r\n")


def test_delivered_exactly_once_with_the_dots_where_they_were(server: Server) -> None:
    with SmtpSession.open(server.endpoint, PASSWORD, 10) as session:
        assert session.size_limit > 1_000_000
        outcome = session.deliver(SHOP, [CUSTOMER], mail(), lambda: True)
        assert isinstance(outcome, Delivery)
        assert outcome.reply.startswith("250 ")
        assert outcome.refused == ()
        session.deliver(SHOP, [CUSTOMER], mail(2), lambda: True)
    mails = server.wait(2)
    assert sorted(raw.count(b"<md.1@shop.example>") for raw in mails) == [0, 1]
    assert [body_of(raw) for raw in mails] == [BODY, BODY]


def test_without_the_dot_nothing_is_delivered(server: Server) -> None:
    """The mail after it arrives, the abandoned one does not."""
    with SmtpSession.open(server.endpoint, PASSWORD, 10) as session:
        assert session.deliver(SHOP, [CUSTOMER], mail(1), lambda: False) == Abandoned("forbidden")
    with SmtpSession.open(server.endpoint, PASSWORD, 10) as session:
        session.deliver(SHOP, [CUSTOMER], mail(2), lambda: True)
    (raw,) = server.wait(1)
    assert b"<md.2@shop.example>" in raw


def test_a_mail_that_is_killed_between_the_question_and_the_dot_is_not_delivered(server: Server) -> None:
    """The socket ends as it does when the process dies: without RST, without QUIT."""
    session = SmtpSession.open(server.endpoint, PASSWORD, 10)

    def die() -> bool:
        session._socket().shutdown(socket.SHUT_RDWR)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.deliver(SHOP, [CUSTOMER], mail(1), die)
    with SmtpSession.open(server.endpoint, PASSWORD, 10) as session:
        session.deliver(SHOP, [CUSTOMER], mail(2), lambda: True)
    (raw,) = server.wait(1)
    assert b"<md.2@shop.example>" in raw


def test_a_wrong_password_is_refused(server: Server) -> None:
    with pytest.raises(LoginRefused) as caught:
        SmtpSession.open(server.endpoint, "wrong", 10)
    assert "535" in str(caught.value)


def test_without_a_login_nothing_is_sent(server: Server) -> None:
    """Relaying elsewhere needs a login everywhere."""
    endpoint = Endpoint(
        server.endpoint.host, server.endpoint.port, server.endpoint.security, "", server.endpoint.ca_file
    )
    with SmtpSession.open(endpoint, None, 10) as session, pytest.raises(Refused):
        session.deliver(SHOP, ["somebody@elsewhere.example"], mail(), lambda: True)


def test_a_mail_over_the_limit_is_refused_here(server: Server) -> None:
    with SmtpSession.open(server.endpoint, PASSWORD, 10) as session, pytest.raises(Refused) as caught:
        session.deliver(SHOP, [CUSTOMER], mail(1, b"x" * 998 + b"\r\n" * 16_000_000), lambda: True)
    assert caught.value.key == "smtp_too_large"


# -- the demo's server


def open_session(sink: SmtpSink) -> SmtpSession:
    return SmtpSession.open(Endpoint(sink.host, sink.port, "loopback", ""), None, 5)


def test_the_demo_calls_back_in_another_thread_and_survives_its_errors() -> None:
    seen: list[tuple[str, str, tuple[str, ...]]] = []
    both = threading.Semaphore(0)

    def on_mail(sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        seen.append((threading.current_thread().name, sender, recipients))
        both.release()
        if len(seen) == 1:
            raise RuntimeError("the simulated customer stumbles")

    with SmtpSink(on_mail) as sink:
        with open_session(sink) as session:
            session.deliver(SHOP, [CUSTOMER, "b@shop.example"], mail(1), lambda: True)
            session.deliver(SHOP, [CUSTOMER], mail(2), lambda: True)
        assert all(both.acquire(timeout=5) for _ in range(2))
    assert seen == [
        ("demo-smtp-mail", SHOP, (CUSTOMER, "b@shop.example")),
        ("demo-smtp-mail", SHOP, (CUSTOMER,)),
    ]


def test_the_demo_may_send_mail_from_its_callback() -> None:
    """The answering customer speaks SMTP to the same server: that must not wait for itself."""
    answered = threading.Event()

    def on_mail(sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        if sender == SHOP:
            with open_session(sink) as session:
                session.deliver(CUSTOMER, [SHOP], mail(2), lambda: True)
        else:
            answered.set()

    with SmtpSink(on_mail) as sink:
        with open_session(sink) as session:
            session.deliver(SHOP, [CUSTOMER], mail(1), lambda: True)
        assert answered.wait(5)


def test_the_demo_hands_over_what_it_took_before_it_ends() -> None:
    taken: list[bytes] = []
    with SmtpSink(lambda _, __, raw: taken.append(raw)) as sink, open_session(sink) as session:
        for number in range(20):
            session.deliver(SHOP, [CUSTOMER], mail(number), lambda: True)
    assert len(taken) == 20
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sink.host, sink.port), 2)


def test_the_demo_ends_while_somebody_is_connected() -> None:
    with SmtpSink(lambda *_: None) as sink:
        session = open_session(sink)
    session.close()
    assert SIZE_LIMIT > 20_000_000
